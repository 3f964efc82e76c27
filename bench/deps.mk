# SPDX-License-Identifier: GPL-2.0
# What fpbench stands on: Debian's packages, libfuse, fio and the kernels.
# build/deps/* are links into the cache, made by the scripts in bench/deps/.

DEPS	:= bench/deps

$(B)/deps/libfuse: | $(B)/.packages
	@$(DEPS)/libfuse.sh $(abspath $@)

$(B)/deps/fio: | $(B)/.packages
	@FIO_SRC="$(FIO_SRC)" FIO_VERSION="$(FIO_VERSION)" \
		$(DEPS)/fio.sh $(abspath $@)

# Installs what is missing, or says how and stops with status 77.
$(B)/.packages: $(DEPS)/packages.sh
	@$(DEPS)/packages.sh
	@mkdir -p $(B) && touch $@

.PHONY: packages
packages:		## install the Debian packages that fpbench needs
	@$(DEPS)/packages.sh

# The two kernels of the comparison. KSRC=DIR: a tree of yours.
KERNEL_BASE	:= $(B)/kernels/baseline
KERNEL_NEW	:= $(B)/kernels/patched

.PHONY: kernels
kernels: | $(B)/.packages	## build the baseline and the patched UML kernel
	@KSRC="$(KSRC)" SERIES="$(SERIES)" CONFIG="$(CONFIG)" \
		$(DEPS)/kernel.sh $(abspath $(B))/kernels
