# SPDX-License-Identifier: GPL-2.0
# The daemon fpfs. LIBFUSE names the prefix of a libfuse >= 3.17.

LIBFUSE	?= $(B)/deps/libfuse
FUSE_PC	= PKG_CONFIG_PATH=$(LIBFUSE)/lib/pkgconfig pkg-config

DAEMON_SRC := $(addprefix daemon/,main.c msg.c opts.c session.c ops.c \
	ops_dir.c ops_file.c ops_xattr.c caller.c cred.c inode.c stats.c)
DAEMON_OBJ := $(DAEMON_SRC:daemon/%.c=$(B)/daemon/%.o)

# libfuse's headers are the system's, as far as our warnings go.
DAEMON_CFLAGS = $(BASE_CFLAGS) -DFPFS_VERSION='"$(VERSION)"' -pthread \
	$(patsubst -I%,-isystem %,$(shell $(FUSE_PC) --cflags fuse3))
DAEMON_LIBS = $(shell $(FUSE_PC) --libs --static fuse3)

all: $(B)/fpfs

$(B)/fpfs: $(DAEMON_OBJ)
	$(call quiet,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS)

$(DAEMON_OBJ): $(B)/daemon/%.o: daemon/%.c | $(B)/daemon $(LIBFUSE)
	$(call quiet,CC,$@)
	$(Q)$(CC) $(DAEMON_CFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/daemon:
	@mkdir -p $@

-include $(DAEMON_OBJ:.o=.d)
