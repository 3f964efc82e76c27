# SPDX-License-Identifier: GPL-2.0
# What fpbench stands on: Debian's packages, libfuse, fio and the kernels.
# build/deps/* are links into the cache, made by the scripts in bench/deps/.

DEPS	:= bench/deps

# Run each time: it costs nothing if the cache has what is wanted, and what is
# wanted may have changed (FIO_SRC=, FIO_VERSION=, a new pin).
.PHONY: FORCE
$(B)/deps/libfuse: FORCE | $(B)/.packages
	@$(DEPS)/libfuse.sh $(abspath $@)

$(B)/deps/fio: FORCE | $(B)/.packages
	@FIO_SRC="$(FIO_SRC)" FIO_VERSION="$(FIO_VERSION)" \
		$(DEPS)/fio.sh $(abspath $@)

# Installs what is missing, or says how and stops with status 77.
$(B)/.packages: $(DEPS)/packages.sh
	@$(DEPS)/packages.sh
	@mkdir -p $(B) && touch $@

# The same for what the QEMU backend and its kernels need, and nothing else.
$(B)/.packages-qemu: $(DEPS)/packages.sh | $(B)/.packages
	@$(DEPS)/packages.sh qemu
	@touch $@

.PHONY: packages
packages:		## install the Debian packages that fpbench needs (BACKEND=qemu: for QEMU, too)
	@$(DEPS)/packages.sh
	$(if $(filter qemu,$(BACKEND)),@$(DEPS)/packages.sh qemu)

# The two kernels of the comparison. BASE and NEW are revisions of KSRC here,
# and runs for "make compare", which builds no kernel. ARCH and NAME of the
# environment are not for us: a kernel developer's and that of WSL.
given = $(if $(filter command%,$(origin $(1))),$($(1)))
kernel-arch = $(or $(call given,ARCH),$(if \
	$(filter qemu,$(BACKEND)),x86-64,uml))
kernel-script = KERNEL="$(KERNEL)" ARCH="$(kernel-arch)" VARIANT="$(VARIANT)" \
	KSRC="$(KSRC)" BASE="$(BASE)" NEW="$(NEW)" CONFIG="$(CONFIG)" \
	SERIES="$(SERIES)" EXTRA="$(EXTRA)" NOSERIES="$(NOSERIES)" \
	NAME="$(call given,NAME)" $(DEPS)/kernel.sh
# What tells fpbench to use them; nothing if they are the default.
kernel-options = $(if $(filter host,$(BACKEND)),,$(if \
	$(filter debian,$(KERNEL)),-k debian=$(B)/kernels/debian,$(shell \
	$(kernel-script) --options $(B)/kernels)))

.PHONY: kernels
kernels: | $(B)/.packages $(if $(filter x86-64,$(kernel-arch)),$(B)/.packages-qemu)	## build the baseline and the patched kernel
	@$(if $(filter debian,$(KERNEL)),$(DEPS)/debian-kernel.sh,$(kernel-script)) \
		$(abspath $(B))/kernels
