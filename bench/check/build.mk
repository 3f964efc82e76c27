# SPDX-License-Identifier: GPL-2.0
# The correctness suite: build/fpcheck runs one case in the kernel under test,
# "fpbench check" boots the kernels for it.

CHECK_OBJ	:= $(filter-out %/fpnaive.o,$(call objects,$(addprefix \
		   bench/check/,*.c cases/*.c fileops/*.c order/*.c lib/*.c)))

all: $(B)/fpcheck $(B)/fpnaive

# Their text is in the programs that fpcheck writes.
$(B)/bench/check/fileops/print.o: $(addprefix bench/check/fileops/,calls.h result.h)

$(B)/fpcheck: $(CHECK_OBJ) $(filter $(B)/bench/core/% \
	      $(B)/bench/os/% $(B)/bench/setup/%,$(BENCH_OBJ))
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ \
		$$(pkg-config --libs $(BENCH_PKGS) liburing) -lm

# Unit tests of its pure parts
$(B)/test/test_check_fileops: $(addprefix $(B)/bench/check/fileops/,draw.o shrink.o print.o)
$(B)/test/test_check_order: $(addprefix $(B)/bench/check/order/,explore.o watch.o)
$(B)/test/test_check_stamp: $(B)/bench/check/lib/stamp.o

# A server with deliberate mistakes, for some of the cases
$(B)/bench/check/fpnaive.o: bench/check/fpnaive.c $(B)/daemon/libfuse.id
	@mkdir -p $(@D)
	$(call quiet,CC,$@)
	$(Q)$(CC) $(DAEMON_CFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/fpnaive: $(B)/bench/check/fpnaive.o
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(DAEMON_LIBS)

-include $(B)/bench/check/fpnaive.d $(CHECK_OBJ:.o=.d)

# --- running it --------------------------------------------------------------

# Where the patches with the counters and points are; beyond/ has more counters,
# and mutants of its own.
branch-patches := kernel-patches/test
series-name = $(notdir $(patsubst %/,%,$(SERIES)))
more-branches = $(wildcard $(branch-patches)/branches-$(series-name).patch)
patched-extra = $(strip $(branch-patches)/branches.patch $(more-branches) \
	$(branch-patches)/points.patch)
mutant-set = $(or $(wildcard $(branch-patches)/mutants-$(series-name)),\
	$(branch-patches)/mutants)
counters-config = CONFIG=$(call quoted,$(strip $(CONFIG) \
	bench/check/counters.config))
kernel-origin = $(shell $(kernel-script) --origin)

# A packaged kernel has neither the counters nor the series.
.PHONY: check-kernels
ifeq ($(KERNEL),debian)
check-kernels: kernels
check-names = debian,expect=exclusive
else
check-kernels: | $(B)/.packages	## Build the kernels of check-kernel
	@+$(MAKE) -s --no-print-directory kernels NOSERIES=1 NEW= \
		NAME=check-baseline$(kernel-origin) $(counters-config) \
		EXTRA=$(branch-patches)/branches-baseline.patch
	@+$(MAKE) -s --no-print-directory kernels \
		NAME=check-patched$(kernel-origin) $(counters-config) \
		EXTRA="$(patched-extra)"
check-names = $(addsuffix $(shell $(kernel-script) --suffix),\
	check-baseline check-patched)
endif

check-options = --backend=$(BACKEND) $(if $(filter host,$(BACKEND)),,\
	$(addprefix -k ,$(check-names))) \
	$(if $(FORMAT),--format=$(FORMAT)) $(if $(SEED),--seed=$(SEED)) \
	$(CHECK_OPTIONS)

.PHONY: check-kernel
check-kernel: all $(if $(filter host,$(BACKEND)),,check-kernels)	## Check in both kernels that the data is right
	@$(B)/fpbench check $(check-options) $(if $(QUICK),--quick) \
		$(if $(FULL),--full) $(CASES)

TIME	?= 10m
.PHONY: check-differential
check-differential: all $(if $(filter host,$(BACKEND)),,check-kernels)	## Compare random operations on raw XFS and on FUSE
	@$(B)/fpbench check $(check-options) --time=$(TIME) differential

.PHONY: mutants
mutants: all check-kernels	## Check that check-kernel notices mistakes in the series
	@$(counters-config) ORIGIN=$(kernel-origin) \
		SUFFIX=$(shell $(kernel-script) --suffix) \
		EXTRA="$(patched-extra)" SET=$(strip $(mutant-set)) \
		CASES=$(call quoted,$(CASES)) \
		bench/check/mutants.sh $(B)/fpbench $(B)/kernels $(MUTANTS)
