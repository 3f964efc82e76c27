# SPDX-License-Identifier: GPL-2.0
# How often verdicts on known differences are right.

# The kernel of both sides; never one of those that are measured.
.PHONY: planted-kernel
planted-kernel: | $(B)/.packages
	@+$(MAKE) -s --no-print-directory kernels NEW= \
		ARCH=$(kernel-arch) NAME=planted$(kernel-origin) \
		EXTRA=kernel-patches/test/planted.patch

.PHONY: calibrate-verdicts
calibrate-verdicts: all planted-kernel	## Count false alarms and planted slowdowns found
	@LOAD=$(call quoted,$(LOAD)) KEEP=$(call quoted,$(KEEP)) \
		BACKEND=$(call quoted,$(BACKEND)) PLAN=$(call quoted,$(PLAN)) \
		bench/calibration/sessions.sh \
		planted$(shell $(kernel-script) --suffix) \
		$(call quoted,$(or $(DATA),results/calibration.jsonl)) \
		$(call run-option,sessions,$(SESSIONS)) \
		$(call run-option,part,$(PART)) \
		$(call run-option,planted,$(PLANTED)) \
		$(call run-option,seed,$(SEED))

.PHONY: verdict-table
verdict-table: $(B)/fpbench	## Print the table of the sessions in the tree, or in DATA
	@$(B)/fpbench calibration $(if $(DATA),$(call quoted,$(DATA)),$(or \
		$(wildcard bench/calibration/*.jsonl),results/calibration.jsonl))
