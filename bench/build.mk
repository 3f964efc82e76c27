# SPDX-License-Identifier: GPL-2.0
# The harness: build/fpbench, and the unit tests of its pure parts.

BENCH_PKGS	:= jansson gsl popt inih
# -iquote: bench/sys/ must not shadow <sys/...>.
BENCH_CFLAGS	:= -iquote bench -iquote daemon -iquote engines -DFPB_VERSION='"$(VERSION)"' \
		   -DFPB_PLOTS_DIR='"$(abspath plots)"'
BENCH_SRC	:= $(wildcard bench/*.c bench/core/*.c bench/sys/*.c \
		   bench/setup/*.c bench/backend/*.c bench/report/*.c)
BENCH_OBJ	:= $(BENCH_SRC:%.c=$(B)/%.o)
# The engine's statistics of slices, and the files that they are in.
PAIR_OBJ	:= $(addprefix $(B)/engines/pure/,pair.o pairfile.o)
CORE_OBJ	:= $(patsubst %.c,$(B)/%.o,$(wildcard bench/core/*.c)) $(PAIR_OBJ)

all: $(B)/fpbench

$(B)/bench/%.o: bench/%.c | $(B)/.packages
	@mkdir -p $(@D)
	$(call quiet,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(BENCH_CFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/fpbench: $(BENCH_OBJ) $(PAIR_OBJ)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ \
		$$(pkg-config --libs $(BENCH_PKGS)) -lm

# Reports are pure too: results to bytes.
TEST_REPORT_OBJ	:= $(patsubst %.c,$(B)/%.o,$(wildcard bench/report/*.c))

# A unit test links the pure parts only: a wrong dependency fails here.
BENCH_TESTS	:= $(patsubst bench/test/%.c,$(B)/test/%,\
		   $(wildcard bench/test/test_*.c))
UNIT_TESTS	+= $(BENCH_TESTS)
$(B)/test/test_undo: $(B)/bench/sys/undo.o

$(BENCH_TESTS): $(B)/test/%: $(B)/bench/test/%.o $(CORE_OBJ) $(TEST_REPORT_OBJ)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ \
		$$(pkg-config --libs cmocka $(BENCH_PKGS)) -lm

-include $(BENCH_OBJ:.o=.d) $(wildcard $(B)/bench/test/*.d)
