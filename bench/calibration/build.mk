# SPDX-License-Identifier: GPL-2.0
# How often verdicts on known differences are right.

# The kernel of both sides; never one of those that are measured.
.PHONY: planted-kernel
planted-kernel: | $(B)/.packages
	@+$(MAKE) -s --no-print-directory kernels NEW= \
		ARCH=$(kernel-arch) NAME=planted$(kernel-origin) \
		EXTRA=kernel-patches/test/planted.patch

ifneq ($(and $(HOSTS),$(PART)$(KEEP)),)
$(error fpbench: HOSTS= divides the sessions itself: leave out PART= and KEEP=)
endif
sessions-kernel = planted$(shell $(kernel-script) --suffix)
sessions-file = $(or $(DATA),results/calibration.jsonl)

.PHONY: calibrate-verdicts
calibrate-verdicts: all planted-kernel $(needs-hosts)	## Count false alarms and planted slowdowns found
	@export LOAD=$(call quoted,$(LOAD)) KEEP=$(call quoted,$(KEEP)) \
		BACKEND=$(call quoted,$(BACKEND)) PLAN=$(call quoted,$(PLAN)) \
		DATA=$(call quoted,$(sessions-file)); \
	exec $(if $(HOSTS),$(call on-hosts,calibrate,$(sessions-kernel)),\
		bench/calibration/sessions.sh $(sessions-kernel) "$$DATA") \
		$(call run-option,sessions,$(SESSIONS)) \
		$(call run-option,part,$(PART)) \
		$(call run-option,planted,$(PLANTED)) \
		$(call run-option,seed,$(SEED))

.PHONY: verdict-table
verdict-table: $(B)/fpbench	## Print the table of the sessions in the tree, or in DATA
	@$(B)/fpbench calibration $(if $(DATA),$(call quoted,$(DATA)),$(or \
		$(wildcard bench/calibration/*.jsonl),results/calibration.jsonl))
