# SPDX-License-Identifier: GPL-2.0
# The series: what can be asked about it, and how it is sent.

SERIES_ENV = KERNEL=$(call quoted,$(KERNEL)) SERIES=$(call quoted,$(SERIES))

.PHONY: check-series
check-series:		## Check the form of the kernel patches, without a kernel
	@kernel-patches/tools/check-series.sh $(if $(SERIES),$(call quoted,$(SERIES)),$(patsubst %/,%,$(dir \
		$(wildcard kernel-patches/series kernel-patches/*/series))))

.PHONY: check-patches
check-patches: | $(B)/.packages	## Check that each patch applies, builds and is clean
	@$(SERIES_ENV) kernel-patches/tools/check-patches.sh

.PHONY: export-series
export-series:		## Write the series as mails that you sign off
	@$(if $(OUT),,rm -rf $(B)/mail;) $(SERIES_ENV) \
		CREDIT=$(call quoted,$(CREDIT)) \
		FORMAT_PATCH=$(call quoted,$(FORMAT_PATCH)) \
		kernel-patches/tools/export-series.sh \
		$(call quoted,$(or $(OUT),$(B)/mail))

.PHONY: check-model
check-model: | $(B)/.packages	## Check models of the lock decision and of beyond/
	@bench/deps/packages.sh model
	@kernel-patches/test/model.sh

.PHONY: check-faulty-patches
check-faulty-patches: | $(B)/.packages	## Test that check-patches finds each kind of fault
	@bench/test/run.sh $(B)/test bench/test/faulty_patches.sh
