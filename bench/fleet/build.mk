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
