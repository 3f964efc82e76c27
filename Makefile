# SPDX-License-Identifier: GPL-2.0
# fpbench: see README.md, or "make help".

VERSION	:= 0.1.0

# Neither make nor the command line of a kernel can quote these characters.
ifneq ($(shell pwd -P | grep '[][:space:]"'\''\\`$$&;()<>|*?{}\#%:,[]'),)
$(error fpbench: the path of this folder has white space or one of the \
	characters "'\`$$&;()<>|*?{}\#%:,[]: move it: $(CURDIR))
endif

# A variable that nothing reads is a mistake in its name.
known	:= $(shell grep -v '^\#' bench/make/variables | cut -f 1)
unknown	:= $(firstword $(foreach v,$(.VARIABLES),$(if $(filter \
	   command%,$(origin $(v))),$(filter-out $(known),$(v)))))
ifneq ($(unknown),)
$(error fpbench: unknown variable: $(unknown): the nearest one is $(shell \
	printf '%s\n' $(known) | awk -v word='$(unknown)' \
	-f bench/make/nearest.awk); "make help" lists them)
endif

# $(call quoted,TEXT): one word for the shell; "~/" is still the user's home.
quoted	= $(subst '~/,~/','$(subst ','\'',$(1))')

# What a user may set
CC	?= gcc
CFLAGS	?= -O2 -g
V	?= 0
B	:= build

# On all CPUs, with fio, libfuse and the kernels side by side, unless -j says
# otherwise. So do the parts of "make test"; other goals that test go one by one.
ifeq ($(MAKELEVEL)$(filter-out all bench check install test,$(MAKECMDGOALS)),0)
MAKEFLAGS += -j$(or $(JOBS),$(shell nproc))
endif

# "CC file.o" lines; V=1 shows the commands
ifeq ($(V),0)
Q	:= @
quiet	= @printf '  %-7s %s\n' "$(1)" "$(2)"
else
quiet	= @:
endif

# -Wno-format-truncation: sentences for people are cut on purpose.
WARN	:= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wformat=2 -Wno-unused-parameter -Wno-format-truncation
ifneq ($(WERROR),)
WARN	+= -Werror
endif
BASE_CFLAGS := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(WARN) \
	       -MMD -MP

# $(call if-changed,COMMANDS): their output is the target's new content, if it is new. A
# make beside this one may do the same.
if-changed = { $(1); } > $@.$$$$; \
	cmp -s $@.$$$$ $@ && rm $@.$$$$ || mv $@.$$$$ $@

.PHONY: all
all:			## Build the harness, the daemon and the engine

include bench/deps/build.mk
include bench/fleet/build.mk
include bench/kernels/build.mk
include bench/build.mk
include bench/check/build.mk
include bench/conform/build.mk
include bench/calibration/build.mk
include bench/bisect/build.mk
include daemon/build.mk
include bench/daemons/build.mk
include engines/build.mk
include kernel-patches/build.mk
include bench/packaging/build.mk
include bench/test/build.mk

# --- the main job -----------------------------------------------------------

FPBENCH	:= $(B)/fpbench
RUN	?= results/latest
# A plan file, or nothing for the default sweep
PLAN	?=
BACKEND	?= uml

run-option = $(if $(2),--$(1)=$(call quoted,$(2)))
# One regime in about the time of two: for small effects.
focus-rounds = $(if $(FOCUS),$(if $(UNTIL_CI)$(MAX_TIME),,38))
run-options = --backend=$(call quoted,$(BACKEND)) $(if $(QUICK),--quick) \
	$(call run-option,numjobs,$(NUMJOBS)) \
	$(call run-option,rounds,$(or $(ROUNDS),$(focus-rounds))) \
	$(call run-option,regimes,$(or $(FOCUS),$(REGIMES),$(if \
		$(WORKLOAD)$(JOB),cpu))) \
	$(call run-option,workload,$(WORKLOAD)) \
	$(call run-option,job,$(JOB)) \
	$(call run-option,fs,$(FS)) \
	$(call run-option,until-ci,$(UNTIL_CI)) \
	$(call run-option,max-time,$(MAX_TIME)) \
	$(call run-option,runtime,$(RUNTIME)) \
	$(call run-option,seed,$(SEED)) \
	$(if $(STEPS),--steps) $(if $(WHY),--why) \
	$(call run-option,label,$(LABEL)) $(RUN_OPTIONS) \
	$(if $(PLAN),$(call quoted,$(PLAN)))

ifneq ($(and $(call given,NAME),$(filter bench,$(MAKECMDGOALS))),)
$(error fpbench: NAME= is for "make kernels" alone: \
	"build/fpbench run -k NAME" runs that kernel)
endif

include bench/turns/build.mk

# What a run needs; the rest of "all" is for other commands.
MEASURING := $(FPBENCH) $(B)/fpfs $(ENGINE)

.PHONY: bench
bench: $(if $(HOSTS),all,$(MEASURING)) $(if $(filter host,$(BACKEND)),,kernels $(if $(WHY),why-kernels)) $(needs-hosts)	## Set up, measure, print the table, write page and plots
	@exec bench/make/measure.sh $(FPBENCH) $(if $(HOSTS),env \
		PLAN=$(call quoted,$(PLAN)) JOB=$(call quoted,$(JOB)) \
		$(call on-hosts,bench,$(booted-kernels)),$(FPBENCH) run) \
		$(kernel-options) $(run-options)

report-format = $(call run-option,format,$(FORMAT))

.PHONY: table
table: $(FPBENCH)	## Print the table of RUN
	@$(FPBENCH) table $(report-format) $(call quoted,$(RUN))

.PHONY: cover-letter
cover-letter: $(FPBENCH)	## Fill RUN and the last check into the cover letter
	@$(FPBENCH) letter $(call run-option,layout,$(LAYOUT)) \
		$(call run-option,text,$(if $(SERIES),$(SERIES)/0000-cover-letter.patch)) \
		$(call quoted,$(RUN))

.PHONY: plots
plots: $(FPBENCH)	## Draw the plots of RUN
	@$(FPBENCH) plot $(call quoted,$(RUN))

# The README's plots; a run made up for tests, so that anyone can redraw them.
EXAMPLE_RUN := bench/test/data/run-two-kernels-two-regimes
.PHONY: example-plots
example-plots: $(FPBENCH)	## Redraw the plots of the README in plots/examples
	@rm -rf $(B)/example && cp -R $(EXAMPLE_RUN) $(B)/example
	@$(FPBENCH) plot $(B)/example >/dev/null
	@mkdir -p plots/examples
	@cp $(addprefix $(B)/example/plots/,iops-device.svg ratio-device.svg) plots/examples/

.PHONY: compare
compare: $(FPBENCH)	## Compare two runs: BASE=DIR NEW=DIR
	@$(if $(and $(BASE),$(NEW)),,echo "fpbench: make compare needs BASE=DIR and NEW=DIR" >&2; exit 2;) \
	$(FPBENCH) compare $(report-format) $(call quoted,$(BASE)) \
		$(call quoted,$(NEW))

# The kernels of QEMU, with its clock of instructions.
.PHONY: cost
cost: BACKEND := qemu
cost: $(B)/.packages-qemu all kernels	## Count the kernel instructions of a write
	@$(FPBENCH) cost $(kernel-options) \
		$(call run-option,workload,$(WORKLOAD)) \
		$(call run-option,fs,$(FS)) $(report-format)

# --- tests -------------------------------------------------------------------

# The longest first. A part that fails does not stop the others.
.PHONY: test
test:			## Run the tests and print how many passed
	@rm -f $(B)/test/*.log $(B)/san/test/*.log
	@+$(MAKE) --no-print-directory --keep-going check-e2e check lint check-san \
		check-fuzz check-page check-oldest-fio check-guests check-mount; \
	status=$$?; bench/test/count.sh $(B)/test/*.log $(B)/san/test/*.log && exit $$status

.PHONY: check
check: all $(UNIT_TESTS) $(B)/test/fold	## Run the unit tests: no root, no network, a minute
	@bench/test/run.sh $(B)/test $(UNIT_TESTS) bench/test/test_layers.sh \
		bench/test/test_reports.sh bench/test/test_formats.sh \
		bench/test/test_valgrind.sh \
		bench/test/test_pack.sh bench/test/test_merge.sh \
		bench/test/test_host.sh bench/test/test_series.sh \
		bench/test/test_plugin.sh bench/test/test_keptcost.sh \
		bench/test/test_kernels.sh bench/test/test_bisect.sh \
		bench/test/test_make.sh bench/test/test_manual.sh \
		bench/test/test_install.sh bench/test/test_package.sh \
		bench/test/test_turns.sh \
		daemon/test/manual.sh

.PHONY: check-units
check-units: all $(UNIT_TESTS)	## Run those of them that test functions
	@bench/test/run.sh $(B)/test $(UNIT_TESTS)

# A minute for the daemon, one for all readers.
.PHONY: check-fuzz
check-fuzz: TIME = 2m
check-fuzz: fuzz	## A short "make fuzz"

.PHONY: check-page
check-page: all	## Show a report in Chromium: narrow, wide, light, dark
	@bench/test/run.sh $(B)/test bench/test/test_page.sh

.PHONY: check-mount
check-mount: all $(B)/daemon/mount_tests $(B)/san-address,undefined $(PLAYED_TESTS)	## Test daemon and engine over mounts of this kernel (root)
	@bench/test/run.sh $(B)/test $(PLAYED_TESTS) \
		daemon/test/calls.sh daemon/test/start.sh \
		daemon/test/run-mount-tests.sh \
		daemon/test/mount-san.sh engines/test/mount.sh

.PHONY: check-e2e
check-e2e: all kernels planted-kernel	## Boot both UML kernels and run the smallest real sweep
	@bench/test/run.sh $(B)/test bench/test/test_cli.sh \
		bench/test/test_e2e.sh bench/test/test_killed.sh \
		bench/test/test_replicate.sh bench/test/test_installed.sh \
		bench/test/test_exec.sh bench/test/test_calibration.sh \
		bench/test/test_workloads.sh bench/test/test_qemu.sh \
		bench/test/test_cost.sh bench/test/test_why.sh \
		bench/test/test_fleet_stop.sh

.PHONY: check-guests
check-guests: all kernels check-kernels $(B)/daemon/mount_tests	## Run suites and daemon tests in both UML kernels
	@$(DEPS)/packages.sh conform || echo "no stress-ng: what needs it is skipped"
	@bench/test/run.sh $(B)/test bench/test/test_check_quick.sh \
		bench/test/test_check_jobs.sh bench/test/test_mount_baseline.sh \
		bench/test/test_mount_patched.sh bench/test/test_daemons.sh \
		bench/test/test_conform_guests.sh

# Root, network namespaces and an sshd; some minutes.
.PHONY: check-fleet
check-fleet: $(B)/.packages-fleet all kernels check-kernels planted-kernel	## Share work among three hosts, and break them
	@bench/test/run.sh $(B)/test bench/test/test_fleet.sh \
		bench/test/test_fleet_stop.sh bench/test/test_fleet_kinds.sh

.PHONY: check-killed
check-killed: all kernels	## Kill KILLS runs at random moments, resume them
	@KILLS=$(or $(KILLS),200) bench/test/run.sh $(B)/test \
		bench/test/test_killed.sh

# Beside other work a tail shows nothing but that.
.PHONY: check-delayed
check-delayed: all kernels planted-kernel	## Delay 1 % of writes, check that p99.9 says so
	@bench/test/run.sh $(B)/test bench/test/test_delayed.sh

# The kernel of both sides, as it is measured and with lock statistics.
.PHONY: check-why
check-why: all planted-kernel	## Plant causes and check that "run --why" names each
	@+$(MAKE) -s --no-print-directory planted-kernel VARIANT=lockstat
	@FULL=1 bench/test/run.sh $(B)/test bench/test/test_why.sh

# KERNEL= as for kernels.
.PHONY: check-qemu
check-qemu: BACKEND := qemu
check-qemu: $(B)/.packages-qemu all kernels planted-kernel	## Build the kernels for QEMU and test that backend
	@bench/test/run.sh $(B)/test bench/test/test_qemu.sh \
		bench/test/test_cost.sh

# --- the rest ----------------------------------------------------------------

.PHONY: help
help:			## Print this text
	@bench/make/help.sh $(MAKEFILE_LIST)

.PHONY: clean
clean:			## Remove build/; results and cache stay
	rm -rf $(B)
