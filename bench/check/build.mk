# SPDX-License-Identifier: GPL-2.0
# The correctness suite: build/fpcheck runs one case in the kernel under test,
# "fpbench check" boots the kernels for it.

CHECK_SRC	:= $(wildcard bench/check/*.c)
CHECK_OBJ	:= $(CHECK_SRC:%.c=$(B)/%.o)

all: $(B)/fpcheck

$(B)/fpcheck: $(CHECK_OBJ) $(filter-out $(B)/bench/%/main.o,\
	      $(filter $(B)/bench/core/% $(B)/bench/sys/% $(B)/bench/setup/%,\
	      $(BENCH_OBJ)))
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ \
		$$(pkg-config --libs $(BENCH_PKGS)) -lm

-include $(CHECK_OBJ:.o=.d)
