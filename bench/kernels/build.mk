# SPDX-License-Identifier: GPL-2.0
# The kernels that are measured: build/kernels/* are links into the cache.

# The two kernels of the comparison. BASE and NEW are revisions of KSRC here,
# and runs for "make compare", which builds no kernel. ARCH and NAME of the
# environment are not for us: a kernel developer's and that of WSL.
given = $(if $(filter command%,$(origin $(1))),$($(1)))
kernel-arch = $(or $(call given,ARCH),$(if \
	$(filter qemu,$(BACKEND)),x86-64,uml))
kernel-script = KERNEL="$(KERNEL)" ARCH="$(kernel-arch)" VARIANT="$(VARIANT)" \
	KSRC="$(KSRC)" BASE="$(BASE)" NEW="$(NEW)" CONFIG="$(CONFIG)" \
	SERIES="$(SERIES)" EXTRA="$(EXTRA)" NOSERIES="$(NOSERIES)" \
	NAME="$(call given,NAME)" bench/kernels/build.sh
# What tells fpbench to use them; nothing if they are the default.
kernel-options = $(if $(filter host,$(BACKEND)),,$(if \
	$(filter debian,$(KERNEL)),-k debian=$(B)/kernels/debian,$(shell \
	$(kernel-script) --options $(B)/kernels)))

.PHONY: kernels
kernels: | $(B)/.packages $(if $(filter x86-64,$(kernel-arch)),$(B)/.packages-qemu)	## build the baseline and the patched kernel
	@$(if $(filter debian,$(KERNEL)),bench/kernels/debian-kernel.sh,$(kernel-script)) \
		$(abspath $(B))/kernels
