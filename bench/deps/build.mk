# SPDX-License-Identifier: GPL-2.0
# The dependencies: Debian's packages, libfuse and fio. The scripts in bench/deps/
# make build/deps/*, which are links into the cache.

DEPS	:= bench/deps

# Run each time: it costs nothing if the cache has what is wanted. What is wanted
# may have changed (FIO_SRC=, FIO_VERSION=, a new pin), and the cache have moved.
.PHONY: FORCE
$(B)/deps/libfuse: FORCE | $(B)/.packages
	@$(DEPS)/libfuse.sh $@

$(B)/deps/fio: FORCE | $(B)/.packages
	@FIO_SRC=$(call quoted,$(FIO_SRC)) \
		FIO_VERSION=$(call quoted,$(FIO_VERSION)) $(DEPS)/fio.sh $@

# Installs missing packages, or prints the command and stops with status 77.
$(B)/.packages: $(DEPS)/packages.sh
	@$(DEPS)/packages.sh
	@mkdir -p $(B) && touch $@

# The additional packages of the QEMU backend and its kernels
$(B)/.packages-qemu: $(DEPS)/packages.sh | $(B)/.packages
	@$(DEPS)/packages.sh qemu
	@touch $@

.PHONY: packages
packages:		## Install the Debian packages that are needed
	@$(DEPS)/packages.sh
	$(if $(filter qemu,$(BACKEND)),@$(DEPS)/packages.sh qemu)
