# SPDX-License-Identifier: GPL-2.0
# What fpbench stands on: Debian's packages, libfuse and fio.
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
