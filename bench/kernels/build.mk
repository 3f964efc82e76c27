# SPDX-License-Identifier: GPL-2.0
# The kernels that are measured: build/kernels/* are links into the cache.

# BASE and NEW are revisions of KSRC here, and runs for "make compare", which
# builds no kernel. ARCH and NAME of the environment are ignored: the first is
# a kernel developer's, the second is set by WSL.
given = $(if $(filter command%,$(origin $(1))),$($(1)))
kernel-arch = $(or $(call given,ARCH),$(if \
	$(filter qemu,$(BACKEND)),x86-64,uml))
kernel-script = $(foreach v,KERNEL VARIANT KSRC BASE NEW CONFIG SERIES EXTRA \
	NOSERIES STEPS,$(v)=$(call quoted,$($(v)))) \
	ARCH=$(call quoted,$(kernel-arch)) \
	NAME=$(call quoted,$(call given,NAME)) bench/kernels/$(if $(filter \
	debian,$(KERNEL)),debian-kernel,build).sh
# The options that choose these kernels; none if they are the default.
kernel-options = $(if $(filter host,$(BACKEND)),,$(shell \
	$(kernel-script) --options $(B)/kernels))

kernel-packages = $(B)/.packages $(if $(filter x86-64,$(kernel-arch)),$(B)/.packages-qemu)

.PHONY: kernels
kernels: | $(kernel-packages)	## Build the baseline and the patched kernel
	@$(kernel-script) $(B)/kernels

# The same with lock statistics, for "fpbench run --why".
.PHONY: why-kernels
why-kernels: kernels
	@+$(MAKE) -s --no-print-directory kernels VARIANT=lockstat
