# SPDX-License-Identifier: GPL-2.0
# A Debian on a disk of QEMU that boots two kernels in turns.

$(B)/.packages-turns: $(DEPS)/packages.sh | $(B)/.packages-qemu
	@$(DEPS)/packages.sh turns
	@touch $@

# Its kernels, which nothing else boots.
turns-kernel = KERNEL= VARIANT= KSRC= BASE= NEW= SERIES= STEPS= ARCH=x86-64 \
	CONFIG=bench/turns/debian.config

.PHONY: turns-kernels
turns-kernels: | $(B)/.packages-qemu
	@$(turns-kernel) NAME=turns-patched NOSERIES= \
		EXTRA=kernel-patches/test/release.patch bench/kernels/build.sh $(B)/turns
	@$(turns-kernel) NAME=turns-baseline NOSERIES=1 EXTRA= \
		bench/kernels/build.sh $(B)/turns

$(B)/turns/root.tar: bench/test/turns_image.sh | all $(B)/.packages-turns
	@bench/test/turns_image.sh root $@

# Root, and QEMU without KVM.
.PHONY: check-turns
check-turns: $(B)/.packages-turns all turns-kernels $(B)/turns/root.tar	## Boot a Debian in QEMU, baseline and patched in turn
	@bench/test/run.sh $(B)/test bench/test/test_turns_boots.sh
