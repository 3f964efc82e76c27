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

# beyond/ has mutants of its own.
series-name = $(notdir $(patsubst %/,%,$(SERIES)))
mutant-set = $(or $(wildcard kernel-patches/test/mutants-$(series-name)),\
	kernel-patches/test/mutants)
check-kernel-script = $(subst /kernels/build.sh,/check/kernels.sh,$(kernel-script))
kernel-origin = $(shell $(kernel-script) --origin)

# A packaged kernel has neither the counters nor the series.
.PHONY: check-kernels
ifeq ($(KERNEL),debian)
check-kernels: kernels
check-names = debian,expect=exclusive
else
check-kernels: | $(kernel-packages)	## Build the kernels of check-kernel
	@$(check-kernel-script) $(B)/kernels
check-names = $(addsuffix $(shell $(kernel-script) --suffix),\
	check-baseline check-patched)
endif

check-options = --backend=$(BACKEND) $(if $(filter host,$(BACKEND)),,\
	$(addprefix -k ,$(check-names))) \
	$(if $(SEED),--seed=$(SEED)) $(CHECK_OPTIONS)
check-format = $(if $(FORMAT),--format=$(FORMAT))
check-length = $(if $(QUICK),--quick) $(if $(FULL),--full)

.PHONY: check-kernel
check-kernel: all $(if $(filter host,$(BACKEND)),,check-kernels) $(needs-hosts)	## Check in both kernels that the data is right
	@exec $(if $(HOSTS),env CASES=$(call quoted,$(CASES)) \
		FORMAT=$(call quoted,$(FORMAT)) \
		$(call on-hosts,check,$(patsubst %$(comma)expect=exclusive,%,$(check-names))),\
		$(B)/fpbench check $(check-format) $(CASES)) \
		$(check-options) $(check-length)

TIME	?= 10m
.PHONY: check-differential
check-differential: all $(if $(filter host,$(BACKEND)),,check-kernels)	## Compare random operations on raw XFS and on FUSE
	@$(B)/fpbench check $(check-options) $(check-format) --time=$(TIME) differential

.PHONY: mutants
mutants: all check-kernels $(needs-hosts)	## Check that check-kernel notices mistakes in the series
	@export EXTRA="$(shell $(check-kernel-script) --patches)" \
		ORIGIN=$(kernel-origin) SUFFIX=$(shell $(kernel-script) --suffix) \
		SET=$(strip $(mutant-set)) \
		CASES=$(call quoted,$(CASES)); \
	exec $(if $(HOSTS),$(call on-hosts,mutants,check-patched$(shell \
		$(kernel-script) --suffix)),bench/check/mutants.sh \
		$(B)/fpbench $(B)/kernels) $(MUTANTS)
