# SPDX-License-Identifier: GPL-2.0
# The correctness suite: build/fpcheck runs one case in the kernel under test,
# "fpbench check" boots the kernels for it.

CHECK_SRC	:= $(filter-out bench/check/naive.c,$(wildcard bench/check/*.c))
CHECK_OBJ	:= $(CHECK_SRC:%.c=$(B)/%.o)

all: $(B)/fpcheck $(B)/fpnaive

$(B)/fpcheck: $(CHECK_OBJ) $(filter-out $(B)/bench/%/main.o,\
	      $(filter $(B)/bench/core/% $(B)/bench/sys/% $(B)/bench/setup/%,\
	      $(BENCH_OBJ)))
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ \
		$$(pkg-config --libs $(BENCH_PKGS)) -lm

# A server with mistakes, for the hazards.
$(B)/fpnaive: bench/check/naive.c $(B)/daemon/libfuse.id
	$(call quiet,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) -MF $(B)/bench/check/naive.d $(CFLAGS) \
		$$($(FUSE_PC) --cflags fuse3) -o $@ $< \
		$$($(FUSE_PC) --libs --static fuse3)

-include $(B)/bench/check/naive.d $(CHECK_OBJ:.o=.d)
