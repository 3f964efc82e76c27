# SPDX-License-Identifier: GPL-2.0
# What fpbench stands on: Debian's packages, libfuse and fio.
# build/deps/* are links into the cache, made by the scripts in bench/deps/.

DEPS	:= bench/deps

# Run each time: it costs nothing if the cache has what is wanted. What is wanted
# may have changed (FIO_SRC=, FIO_VERSION=, a new pin), and the cache have moved.
.PHONY: FORCE
$(B)/deps/libfuse: FORCE | $(B)/.packages
	@$(DEPS)/libfuse.sh $@

$(B)/deps/fio: FORCE | $(B)/.packages
	@FIO_SRC=$(call quoted,$(FIO_SRC)) \
		FIO_VERSION=$(call quoted,$(FIO_VERSION)) $(DEPS)/fio.sh $@

# Installs what is missing, or says how and stops with status 77.
$(B)/.packages: $(DEPS)/packages.sh
	@$(DEPS)/packages.sh
	@mkdir -p $(B) && touch $@

# The same for what the QEMU backend and its kernels need, and nothing else.
$(B)/.packages-qemu: $(DEPS)/packages.sh | $(B)/.packages
	@$(DEPS)/packages.sh qemu
	@touch $@

.PHONY: packages
packages:		## Install the Debian packages that are needed
	@$(DEPS)/packages.sh
	$(if $(filter qemu,$(BACKEND)),@$(DEPS)/packages.sh qemu)
