# SPDX-License-Identifier: GPL-2.0
# Several machines: GNU parallel carries what consists of independent boots.

$(B)/.packages-fleet: $(DEPS)/packages.sh | $(B)/.packages
	@$(DEPS)/packages.sh fleet
	@touch $@

comma := ,

# The goals of which hosts can do a part each.
carried := bench calibrate-verdicts check-kernel mutants
ifneq ($(HOSTS),)
ifeq ($(MAKELEVEL),0)
ifneq ($(filter-out $(carried),$(or $(MAKECMDGOALS),all)),)
$(error fpbench: HOSTS= is for $(carried): hosts cannot share \
	$(firstword $(filter-out $(carried),$(or $(MAKECMDGOALS),all))))
endif
ifeq ($(BACKEND),host)
$(error fpbench: HOSTS= needs a backend that boots kernels, not BACKEND=host)
endif
endif
endif
needs-hosts = $(if $(HOSTS),$(B)/.packages-fleet)

# $(call on-hosts,KIND,KERNELS): options follow
on-hosts = env BACKEND=$(call quoted,$(BACKEND)) bench/fleet/fleet.sh $(1) \
	$(call quoted,$(HOSTS)) results $(call quoted,$(2))

# The folders of build/kernels that a run boots.
booted-kernels = $(notdir $(or $(filter $(B)/kernels/%,$(subst =, \
	,$(kernel-options))),$(addsuffix $(shell $(kernel-script) --suffix),\
	baseline patched)))

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
