# SPDX-License-Identifier: GPL-2.0
# The daemon fpfs. LIBFUSE names the prefix of a libfuse >= 3.17.

LIBFUSE	?= $(B)/deps/libfuse
FUSE_PC	= PKG_CONFIG_PATH=$(LIBFUSE)/lib/pkgconfig pkg-config

DAEMON_SRC := $(wildcard daemon/*.c)
DAEMON_OBJ := $(DAEMON_SRC:daemon/%.c=$(B)/daemon/%.o)

# libfuse's headers are the system's, as far as our warnings go.
DAEMON_CFLAGS = $(BASE_CFLAGS) -DFPFS_VERSION='"$(VERSION)"' -pthread \
	$(patsubst -I%,-isystem %,$(shell $(FUSE_PC) --cflags fuse3))
DAEMON_LIBS = $(shell $(FUSE_PC) --libs --static fuse3)

all: $(B)/fpfs

$(B)/fpfs: $(DAEMON_OBJ)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS)

# Another libfuse means to compile again: its version is compiled in.
.PHONY: daemon-libfuse
$(B)/daemon/libfuse.id: daemon-libfuse | $(LIBFUSE)
	@mkdir -p $(@D)
	@$(call if-changed,readlink -f $(LIBFUSE); $(FUSE_PC) --modversion fuse3)

$(DAEMON_OBJ): $(B)/daemon/%.o: daemon/%.c $(B)/daemon/libfuse.id
	$(call quiet,CC,$@)
	$(Q)$(CC) $(DAEMON_CFLAGS) $(CFLAGS) -c -o $@ $<

# Tests link what they test and nothing of libfuse.
$(B)/daemon/%.o: daemon/%.c
	@mkdir -p $(@D)
	$(call quiet,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) -pthread $(CFLAGS) -c -o $@ $<

DAEMON_TESTS	:= $(addprefix $(B)/test/,test_inode test_caller test_fpfs_opts)
UNIT_TESTS	+= $(DAEMON_TESTS)

$(B)/test/test_inode: $(B)/daemon/test/test_inode.o $(B)/daemon/inode.o
$(B)/test/test_caller: $(B)/daemon/test/test_caller.o $(B)/daemon/caller.o
$(B)/test/test_fpfs_opts: $(B)/daemon/test/test_fpfs_opts.o $(B)/daemon/opts.o \
	$(B)/daemon/mount_helper.o
$(DAEMON_TESTS):
	@mkdir -p $(@D)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka -lpthread

.PHONY: test-daemon-unit
test-daemon-unit: $(DAEMON_TESTS)	## Run the unit tests of the daemon
	@set -e; for t in $^; do $$t; done

# Tests that play the kernel: no mount, but root. The linker puts functions of the
# test in the place of those that are to fail.
PLAYED_OBJ	:= $(addprefix $(B)/daemon/test/played/,kernel.o sandbox.o) \
		   $(filter-out %/main.o %/session.o,$(DAEMON_OBJ))
PLAYED_LIBS	= $(DAEMON_LIBS) -Wl,--wrap=ioctl
FAULTY_CALLS	:= read writev fuse_session_receive_buf $(shell sed -n 's/^WRAP.\([^,]*\),.*/\1/p' \
		   daemon/test/played/faults.c)
PLAYED_TESTS	:= $(addprefix $(B)/daemon/,faults churn late_release)

$(B)/daemon/test/played/%.o: daemon/test/played/%.c $(B)/daemon/libfuse.id
	@mkdir -p $(@D)
	$(call quiet,CC,$@)
	$(Q)$(CC) $(DAEMON_CFLAGS) -iquote daemon $(CFLAGS) -c -o $@ $<

$(B)/daemon/late_release: PLAYED_LIBS += -Wl,--wrap=usleep
$(B)/daemon/faults: PLAYED_LIBS += $(FAULTY_CALLS:%=-Wl,--wrap=%)
$(PLAYED_TESTS): $(B)/daemon/%: $(B)/daemon/test/played/%.o $(PLAYED_OBJ)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PLAYED_LIBS)

# See "make fuzz".
$(B)/test/fuzz/requests: $(B)/daemon/test/played/fuzz_requests.o $(PLAYED_OBJ)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $^ $(PLAYED_LIBS)

.PHONY: test-daemon-churn
test-daemon-churn: $(B)/daemon/churn	## Send the daemon ten million requests (root)
	@REQUESTS=10000000 $(B)/daemon/churn

# The tests over a real mount need root; without it they skip.
MOUNT_TESTS_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard daemon/test/mt_*.c) \
	daemon/test/harness.c daemon/test/trace.c)
$(B)/daemon/mount_tests: $(MOUNT_TESTS_OBJ)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -luring -lpthread

.PHONY: test-daemon
test-daemon: $(B)/fpfs $(B)/daemon/mount_tests	## Test the daemon over a mount of this kernel (root)
	@FPFS=$(B)/fpfs MOUNT_TESTS=$(B)/daemon/mount_tests \
		daemon/test/run-mount-tests.sh
	@FPFS=$(B)/fpfs daemon/test/manual.sh

.PHONY: test-daemon-walk
test-daemon-walk: $(B)/fpfs $(B)/daemon/mount_tests	## Walk over a million files with 1024 descriptors (root)
	@FPFS_TEST_FILES=1000000 FPFS=$(B)/fpfs \
		MOUNT_TESTS=$(B)/daemon/mount_tests \
		daemon/test/run-mount-tests.sh -t "a walk over"

# Sanitizers in the daemon, which then ends with a status of its own if they found
# something.
SAN_DAEMONS := $(addprefix $(B)/san-,thread address,undefined)
.PHONY: $(SAN_DAEMONS)
$(SAN_DAEMONS): $(B)/san-%: $(B)/fpfs
	@$(MAKE) --no-print-directory B=$@ LIBFUSE=$(abspath $(LIBFUSE)) \
		CFLAGS="-O1 -g -fsanitize=$* -fno-sanitize-recover=all" $@/fpfs $@/daemon/churn

.PHONY: test-daemon-san
test-daemon-san: $(B)/daemon/mount_tests $(SAN_DAEMONS)	## Run test-daemon with ThreadSanitizer, AddressSanitizer
	@set -e; for d in $(SAN_DAEMONS); do \
		echo "# $${d##*/san-}"; \
		FPFS=$$d/fpfs MOUNT_TESTS=$(B)/daemon/mount_tests \
			daemon/test/mount-san.sh; \
		TSAN_OPTIONS="suppressions=$(CURDIR)/daemon/test/tsan.supp" \
			REQUESTS=20000 $$d/daemon/churn; \
	done

# Against libfuse's own example, built from the source tree that the build of
# libfuse leaves behind (a system's libfuse has none).
HP_SRC	= $(LIBFUSE)/src/example/passthrough_hp.cc
CXX	?= g++

$(B)/daemon/passthrough_hp: $(B)/daemon/libfuse.id
	$(call quiet,CXX,$@)
	$(Q)command -v $(CXX) >/dev/null || { echo "fpbench: no $(CXX) to build libfuse's example with (Debian: g++)" >&2; exit 77; }
	$(Q)[ -f $(HP_SRC) ] || { echo "fpbench: no $(HP_SRC): build libfuse from source to have its example" >&2; exit 77; }
	$(Q)$(CXX) -std=c++17 -O2 -D_FILE_OFFSET_BITS=64 \
		-DHAVE_LIBFUSE_PRIVATE_CONFIG_H -I$(LIBFUSE)/build \
		$$($(FUSE_PC) --cflags fuse3) -I$(LIBFUSE)/src/include \
		-o $@ $(HP_SRC) $(DAEMON_LIBS)

$(B)/daemon/bench_ops: $(B)/daemon/bench/bench_ops.o
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< -lm

.PHONY: bench-daemon
bench-daemon: $(B)/fpfs $(B)/daemon/bench_ops $(B)/daemon/passthrough_hp	## Compare the daemon with libfuse's passthrough_hp (root)
	@FPFS=$(B)/fpfs BENCH_OPS=$(B)/daemon/bench_ops \
		PASSTHROUGH_HP=$(B)/daemon/passthrough_hp \
		daemon/bench/bench-daemon.sh $(BENCH_OPS_OPTIONS)

-include $(DAEMON_OBJ:.o=.d) $(wildcard $(B)/daemon/test/*.d \
	$(B)/daemon/test/played/*.d)
