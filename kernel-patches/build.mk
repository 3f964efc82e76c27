# SPDX-License-Identifier: GPL-2.0
# The series: what can be asked about it, and how it is sent.

SERIES_ENV = KERNEL="$(KERNEL)" SERIES="$(SERIES)"

.PHONY: check-series
check-series:		## the form of the kernel patches (all here, or SERIES): no kernel, a second
	@kernel-patches/tools/check-series.sh $(or $(SERIES),$(patsubst %/,%,$(dir \
		$(wildcard kernel-patches/series kernel-patches/*/series))))

.PHONY: check-patches
check-patches: | $(B)/.packages	## apply, checkpatch, W=1 and sparse for each patch of SERIES on each KERNEL
	@$(SERIES_ENV) kernel-patches/tools/check-patches.sh

.PHONY: export-series
export-series:		## the series as mails in OUT, signed off by you: KERNEL, SERIES, FORMAT_PATCH=-v2
	@$(if $(OUT),,rm -rf $(B)/mail;) $(SERIES_ENV) \
		FORMAT_PATCH="$(FORMAT_PATCH)" \
		kernel-patches/tools/export-series.sh $(or $(OUT),$(B)/mail)

.PHONY: check-faulty-patches
check-faulty-patches: | $(B)/.packages	## that check-patches finds each kind of fault (Linux 7.3 is unpacked for it)
	@bench/test/run.sh $(B)/test bench/test/faulty_patches.sh
