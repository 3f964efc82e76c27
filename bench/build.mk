# SPDX-License-Identifier: GPL-2.0
# The harness: build/fpbench, and the unit tests of its pure parts.

BENCH_PKGS	:= jansson gsl popt inih zlib
BENCH_CFLAGS	:= -iquote bench -iquote daemon -iquote engines -DFPB_VERSION='"$(VERSION)"'
# Of archives, which run/ and guest/ know
ARCHIVE_PKGS	:= libarchive libzstd
objects		= $(patsubst %.c,$(B)/%.o,$(wildcard $(1)))
BENCH_OBJ	:= $(call objects,$(addprefix bench/,$(addsuffix /*.c,cli bisect \
		   run suite guest backend agent setup report os core)))
# What the slices of a fio job say: the engine's own account of them.
PAIR_OBJ	:= $(addprefix $(B)/engines/pure/,pairjoin.o pairfile.o pair.o)
CORE_OBJ	:= $(call objects,bench/core/*.c)

all: $(B)/fpbench

# Beside it, as os/place.h wants it: the source, and a folder for kernels.
.PHONY: place
place:
	@mkdir -p $(B)/kernels
	@[ $(B)/data -ef . ] || ln -sfnr . $(B)/data

$(B)/bench/%.o: bench/%.c | $(B)/.packages
	@mkdir -p $(@D)
	$(call quiet,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(BENCH_CFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/fpbench: $(BENCH_OBJ) $(PAIR_OBJ) | place
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ \
		$$(pkg-config --libs $(BENCH_PKGS) $(ARCHIVE_PKGS)) -lm

# Loaded into QEMU, which brings what it lacks.
all: $(B)/fpbench-count.so
$(B)/fpbench-count.so: bench/plugin/count.c engines/mark.h
	@mkdir -p $(@D)
	$(call quiet,LD,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) $(LDFLAGS) -iquote engines \
		-fPIC -fvisibility=hidden -shared -o $@ $<

# Reports are pure too: results to bytes.
TEST_REPORT_OBJ	:= $(call objects,bench/report/*.c)

# A unit test links the pure parts only: a wrong dependency fails here.
BENCH_TESTS	:= $(patsubst bench/test/%.c,$(B)/test/%,\
		   $(wildcard bench/test/test_*.c))
UNIT_TESTS	+= $(BENCH_TESTS)
$(B)/test/test_undo: $(B)/bench/os/undo.o
$(B)/test/test_file: $(B)/bench/os/file.o
$(B)/test/test_watchdog: $(addprefix $(B)/bench/,guest/watchdog.o $(addprefix os/,confine.o cputime.o family.o spawn.o stop.o file.o clock.o))
$(B)/test/test_progress: $(addprefix $(B)/bench/,$(addprefix run/,progress.o readrun.o \
	packed.o archive.o zst.o) $(addprefix os/,clock.o file.o msg.o screen.o))
$(B)/test/test_progress: BENCH_PKGS += $(ARCHIVE_PKGS)
$(B)/test/test_screen: $(addprefix $(B)/bench/os/,msg.o screen.o)
$(B)/test/test_uml: $(addprefix $(B)/bench/,backend/uml.o os/cpus.o os/file.o)
$(B)/test/test_kernel: $(addprefix $(B)/bench/,guest/kernel.o os/file.o os/msg.o os/screen.o)
$(B)/test/test_scratch: $(addprefix $(B)/bench/,guest/scratch.o $(addprefix os/,confine.o file.o clock.o msg.o screen.o))
$(B)/test/test_spawn: $(addprefix $(B)/bench/os/,confine.o spawn.o file.o clock.o stop.o)
$(B)/test/test_family: $(addprefix $(B)/bench/os/,confine.o family.o spawn.o file.o clock.o stop.o)
$(B)/test/test_agent: $(call objects,$(addprefix bench/,$(addsuffix /*.c,\
	agent setup os))) $(PAIR_OBJ)
$(B)/test/test_filesystem: $(addprefix $(B)/bench/setup/,filesystem.o mount.o) \
	$(addprefix $(B)/bench/os/,confine.o spawn.o file.o clock.o stop.o msg.o screen.o)
$(B)/test/test_archive: $(addprefix $(B)/bench/,run/archive.o run/zst.o os/file.o)
$(B)/test/test_archive: BENCH_PKGS += $(ARCHIVE_PKGS)
$(B)/test/test_pairsample: $(B)/bench/agent/pairsample.o \
	$(B)/bench/os/file.o $(PAIR_OBJ)

$(BENCH_TESTS): $(B)/test/%: $(B)/bench/test/%.o $(CORE_OBJ) $(TEST_REPORT_OBJ)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ \
		$$(pkg-config --libs cmocka $(BENCH_PKGS)) -lm

# See "make fuzz".
$(B)/test/fuzz/readers: $(B)/bench/test/fuzz/readers.o $(CORE_OBJ) \
		$(TEST_REPORT_OBJ) $(B)/engines/pure/pairfile.o \
		$(B)/engines/pure/pair.o \
		$(addprefix $(B)/bench/,run/archive.o run/zst.o os/file.o)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $^ \
		$$(pkg-config --libs $(BENCH_PKGS) $(ARCHIVE_PKGS)) -lm

# What the plugin wrote, as text.
$(B)/test/fold: $(B)/bench/test/fold.o \
	$(addprefix $(B)/bench/core/,stacks.o symbols.o memstream.o)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs jansson)

-include $(BENCH_OBJ:.o=.d) $(wildcard $(B)/bench/test/*.d)
