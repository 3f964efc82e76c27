# SPDX-License-Identifier: GPL-2.0
# Test suites of other projects, on a FUSE mount and on raw XFS: CONFORMANCE in fpbench(1).

# The one that Debian has
$(B)/.packages-conform: $(DEPS)/packages.sh | $(B)/.packages
	@$(DEPS)/packages.sh conform
	@touch $@

# SUITE=NAME=TREE needs its own packages, and says which.
.PHONY: conform
conform: $(if $(SUITE),,$(B)/.packages-conform) all kernels	## Run another project's test suite on raw XFS and on FUSE
	@$(FPBENCH) conform -k patched$(shell $(kernel-script) --suffix) \
		--backend=$(BACKEND) $(call run-option,suite,$(SUITE)) \
		$(call run-option,fs,$(FS)) $(if $(QUICK),--time=1s) \
		$(report-format) $(CONFORM_OPTIONS)
