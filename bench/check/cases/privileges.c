// SPDX-License-Identifier: GPL-2.0
/* Set-uid and set-gid bits, which a write by another user has to strip. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"

#define OTHER_USER	1000

static mode_t mode_of(const char *path)
{
	return check_stat(path).st_mode;
}

/* One block at 0 by another user; fails if it cannot. */
static void write_as_other_user(const char *path, int flags)
{
	pid_t pid = check_fork();
	int fd, ret;

	if (!pid) {
		if (setgid(OTHER_USER) || setuid(OTHER_USER))
			_exit(errno);
		fd = open(path, O_WRONLY | flags);
		if (fd < 0)
			_exit(errno);
		_exit(pwrite(fd, check_buffer(BLOCK), BLOCK, 0) ==
		      (ssize_t)BLOCK ? 0 : errno ? errno : EIO);
	}
	ret = check_wait(pid, 30000);
	/* On the host only root may enter the scratch folder. */
	if (ret == -EACCES)
		check_skip("other users cannot reach %s", path);
	if (ret)
		check_fail("write to %s by another user: %s", path,
			   strerror(-ret));
}

static void privs_shared(struct check_context *c)
{
	const char *raw, *path;
	struct check_counters n;

	check_mount_naive(c, NULL);
	raw = check_path(c, "raw", "f");
	path = check_path(c, "naive", "f");
	check_fill(raw, MIB);
	for (int i = 0; i < 20; i++) {
		must(!chmod(path, 06777));
		check_counters_reset();
		write_as_other_user(path, O_DIRECT);
		if (mode_of(raw) & 06000)
			check_fail("the set-uid bit survives a write by another user");
		check_counters_read(&n);
		if (n.shared)
			check_hazard("the write that stripped the set-uid bit (SETATTR) held the lock shared");
	}
}

static void privs_promised(struct check_context *c)
{
	const char *raw, *path;

	check_mount_naive(c, "--killpriv-v2");
	raw = check_path(c, "raw", "f");
	path = check_path(c, "naive", "f");
	check_fill(raw, MIB);
	must(!chmod(path, 06777));
	write_as_other_user(path, O_DIRECT);
	if (mode_of(raw) & 06000)
		check_hazard("a write by another user leaves mode %o; raw XFS gives 777",
			     mode_of(raw) & 07777);
}

/* Returns the mode that XFS has after a write by another user. */
static mode_t mode_after_write(struct check_context *c, const char *side,
			       int flags)
{
	const char *path = check_path(c, side, side);
	mode_t mode;

	must(!chmod(path, 06777));
	write_as_other_user(path, flags);
	mode = mode_of(check_path(c, "raw", side));
	if (mode_of(path) != mode)
		check_fail("flags %#o: the mount shows mode %o, XFS %o", flags,
			   mode_of(path), mode);
	return mode;
}

static void privs_fpfs(struct check_context *c)
{
	static const int flags[] = { O_DIRECT, 0, O_DIRECT | O_APPEND,
				     O_APPEND, O_DIRECT | O_DSYNC };

	c->rig.daemon_options = "allow_other";
	check_mount_fuse(c, 512, 0);
	for (int s = 0; s < CHECK_SIDES; s++)
		check_fill(check_path(c, check_sides[s], check_sides[s]), MIB);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		mode_t raw = mode_after_write(c, "raw", flags[i]);
		mode_t fuse = mode_after_write(c, "fuse", flags[i]);

		if (raw != fuse)
			check_fail("flags %#o: mode %o, expected %o", flags[i],
				   fuse, raw);
	}
}

const struct check_case privileges_cases[] = {
	{ .name = "h1_privs_shared", .flags = CHECK_COUNTERS,
	  .run = privs_shared,
	  .setup = "A set-uid and set-gid file of root; a server without HANDLE_KILLPRIV_V2.",
	  .workload = "Another user overwrites a block, direct.",
	  .lock_path = "Should be exclusive: file_remove_privs() sends SETATTR.",
	  .validates = "The bits are stripped, and not under the shared lock.",
	  .known = { { KERNEL_SERIES, "file_remove_privs() runs under whichever lock was taken; XFS and ext4 take it exclusively first" } } },
	{ .name = "h1b_privs_promised", .run = privs_promised,
	  .setup = "A set-uid file; a server that promises HANDLE_KILLPRIV_V2 and leaves the backing write to the kernel.",
	  .workload = "Another user overwrites a block.",
	  .lock_path = "Any.",
	  .validates = "The bits are stripped as on raw XFS.",
	  .known = { { KERNEL_ANY, "the kernel relies on a server that never sees the write; the same without the series" } } },
	{ .name = "privs_fpfs", .flags = CHECK_QUICK, .run = privs_fpfs,
	  .setup = "A set-uid file; fpfs.",
	  .workload = "Another user writes: direct, buffered, append, O_DSYNC.",
	  .lock_path = "Any.",
	  .validates = "After each write the mode is the same as on raw XFS." },
	{ .name = NULL }
};
