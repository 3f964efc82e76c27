# SPDX-License-Identifier: GPL-2.0
# Several machines: GNU parallel carries what consists of independent boots.

$(B)/.packages-fleet: $(DEPS)/packages.sh | $(B)/.packages
	@$(DEPS)/packages.sh fleet
	@touch $@

# The folders of build/kernels that are booted.
booted-kernels = $(notdir $(or $(filter $(B)/kernels/%,$(subst =, \
	,$(kernel-options))),$(addsuffix $(shell $(kernel-script) --suffix),\
	baseline patched)))

run-on-hosts = PLAN=$(call quoted,$(PLAN)) JOB=$(call quoted,$(JOB)) \
	bench/fleet/bench.sh $(call quoted,$(HOSTS)) results $(call quoted,$(booted-kernels)) \
	$(kernel-options) $(run-options)

# What a fleet finds, simulated.
$(B)/test/fleet_power: $(B)/bench/test/fleet_power.o $(CORE_OBJ)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs $(BENCH_PKGS)) -lm

.PHONY: fleet-power
fleet-power: $(B)/test/fleet_power	## Simulate which effect 1 to 256 machines find; draw it
	@$< | tee bench/calibration/fleet.dat
	@gnuplot -e 'data="bench/calibration/fleet.dat"; \
		output="bench/calibration/fleet.svg"' plots/fleet.gp

.PHONY: check-merge
check-merge: all	## Merge 256 made-up shards, print time and memory
	@bench/test/merge_many.sh
