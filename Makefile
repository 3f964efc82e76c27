# SPDX-License-Identifier: GPL-2.0
# fpbench: see README.md, or "make help".

VERSION	:= 0.1.0

# What a user may set
CC	?= gcc
CFLAGS	?= -O2 -g
V	?= 0
B	:= build

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

.PHONY: all
all:			## build the harness, the daemon and the engine

include bench/deps/build.mk
include bench/kernels/build.mk
include bench/build.mk
include bench/check/build.mk
include daemon/build.mk
include engines/build.mk
include kernel-patches/build.mk

# --- the main job -----------------------------------------------------------

FPBENCH	:= $(B)/fpbench
RUN	?= results/latest
# A plan file, or nothing for the default sweep
PLAN	?=
BACKEND	?= uml

# One word for the shell, so that a blank in it does not end the value.
run-option = $(if $(2),--$(1)='$(2)')
run-options = --backend=$(BACKEND) $(if $(QUICK),--quick) \
	$(call run-option,numjobs,$(NUMJOBS)) \
	$(call run-option,rounds,$(ROUNDS)) \
	$(call run-option,regimes,$(REGIMES)) \
	$(call run-option,runtime,$(RUNTIME)) \
	$(call run-option,seed,$(SEED)) \
	$(call run-option,label,$(LABEL)) $(RUN_OPTIONS) \
	$(if $(PLAN),'$(PLAN)')

.PHONY: bench
bench: all $(if $(filter host,$(BACKEND)),,kernels)	## measure: sets up, sweeps, prints the table, draws the plots
	@run=$$($(FPBENCH) run $(kernel-options) $(run-options)); status=$$?; \
	[ -n "$$run" ] || exit $$status; \
	if [ $$status -eq 0 ] || [ $$status -eq 4 ]; then \
		echo; $(FPBENCH) table "$$run" && \
		$(FPBENCH) table "$$run" >"$$run/table.txt" && \
		$(FPBENCH) plot "$$run" >/dev/null; \
		echo "Run:   $$run"; \
		echo "Plots: $$run/plots"; \
	fi; exit $$status

.PHONY: table
table: $(FPBENCH)	## print the table of RUN (results/latest)
	@$(FPBENCH) table $(if $(FORMAT),--format=$(FORMAT)) $(RUN)

.PHONY: plots
plots: $(FPBENCH)	## draw the plots of RUN (results/latest)
	@$(FPBENCH) plot $(RUN)

# The README's plots; a run made up for tests, so that anyone can redraw them.
EXAMPLE_RUN := bench/test/data/run-two-kernels-two-regimes
.PHONY: example-plots
example-plots: $(FPBENCH)	## redraw plots/examples
	@rm -rf $(B)/example && cp -R $(EXAMPLE_RUN) $(B)/example
	@$(FPBENCH) plot $(B)/example >/dev/null
	@mkdir -p plots/examples
	@cp $(B)/example/plots/*-device.svg plots/examples/

.PHONY: compare
compare: $(FPBENCH)	## compare two runs: BASE=DIR NEW=DIR
	@$(if $(and $(BASE),$(NEW)),,echo "fpbench: make compare needs BASE=DIR and NEW=DIR" >&2; exit 2;) \
	$(FPBENCH) compare $(if $(FORMAT),--format=$(FORMAT)) \
		$(BASE) $(NEW)

# --- tests -------------------------------------------------------------------

.PHONY: test
test: check check-oldest-fio check-mount check-e2e	## every test; ends with a line that counts them
	@bench/test/count.sh $(B)/test/*.log

.PHONY: check
check: all $(UNIT_TESTS)	## unit tests: no root, no network, seconds
	@rm -f $(B)/test/*.log
	@bench/test/run.sh $(B)/test $(UNIT_TESTS) bench/test/test_layers.sh \
		bench/test/test_reports.sh \
		bench/test/test_host.sh bench/test/test_series.sh \
		bench/test/test_kernels.sh bench/test/test_manual.sh \
		daemon/test/manual.sh

.PHONY: check-mount
check-mount: all check $(B)/daemon/mount_tests	## daemon and engine over real mounts of this kernel (root)
	@bench/test/run.sh $(B)/test daemon/test/run-mount-tests.sh \
		engines/test/mount.sh

.PHONY: check-e2e
check-e2e: all kernels check-kernels check $(B)/daemon/mount_tests	## boot both UML kernels and run the smallest real sweep
	@bench/test/run.sh $(B)/test bench/test/test_cli.sh \
		bench/test/test_e2e.sh bench/test/test_exec.sh \
		bench/test/test_qemu.sh \
		bench/test/test_mount_baseline.sh \
		bench/test/test_mount_patched.sh bench/test/test_check_quick.sh \
		bench/test/test_check_jobs.sh

# KERNEL= as for kernels.
.PHONY: check-qemu
check-qemu: BACKEND := qemu
check-qemu: $(B)/.packages-qemu all kernels	## the QEMU backend, with guests: builds its kernels first
	@bench/test/run.sh $(B)/test bench/test/test_qemu.sh

# --- the rest ----------------------------------------------------------------

.PHONY: help
help:			## list these targets
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | \
		sort | expand -t 20
	@echo
	@echo "  make bench   QUICK=1 NUMJOBS=1,2,4,8 ROUNDS=6 REGIMES=cpu,device"
	@echo "               RUNTIME=600ms SEED=N PLAN=FILE BACKEND=uml|qemu|host"
	@echo "               LABEL=NAME RUN_OPTIONS=\"...\" (see build/fpbench run --help)"
	@echo "  check-kernel QUICK=1 FULL=1 CASES=\"NAME...\" FORMAT=text|tap|junit SEED=N"
	@echo "               BACKEND= KERNEL= VARIANT= CHECK_OPTIONS=\"...\" (check --help)"
	@echo "  kernels      KERNEL=6.12|6.17|6.18|7.2|7.3|debian ARCH=uml|x86-64"
	@echo "  (and bench)  VARIANT=plain|debug|kcsan|lockstat CONFIG=FRAGMENT"
	@echo "               KSRC=TREE [BASE=REV NEW=REV] SERIES=DIR"
	@echo "               NAME=STEM EXTRA=\"PATCH...\" NOSERIES=1 (kernels alone)"
	@echo "  any build    FIO_SRC=TREE FIO_VERSION=V V=1 WERROR=1 CFLAGS=..."

.PHONY: clean
clean:			## remove build/; results and cache stay
	rm -rf $(B)
