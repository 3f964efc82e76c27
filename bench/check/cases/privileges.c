// SPDX-License-Identifier: GPL-2.0
/*
 * Set-uid and set-gid bits and file capabilities, which a write by another user
 * has to remove, under the exclusive lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/delayed.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/verify.h"
#include "check/lib/writers.h"

#define OTHER_USER	1000

static mode_t mode_of(const char *path)
{
	return check_stat(path).st_mode;
}

/* One block at 0 by another user, to @fd or, if that is -1, to @path. */
static pid_t start_other_user(int fd, const char *path, int flags)
{
	pid_t pid = check_fork();

	if (pid)
		return pid;
	if (setgid(OTHER_USER) || setuid(OTHER_USER))
		_exit(errno);
	if (fd < 0)
		fd = open(path, O_WRONLY | flags);
	if (fd < 0)
		_exit(errno);
	errno = 0;
	_exit(pwrite(fd, check_buffer(BLOCK), BLOCK, 0) == (ssize_t)BLOCK ? 0 :
	      errno ? errno : EIO);
}

static void write_as_other_user(const char *path, int flags)
{
	int ret = check_wait(start_other_user(-1, path, flags), 30000);

	/* On the host only root may enter the scratch folder. */
	if (ret == -EACCES)
		check_skip("other users cannot reach %s", path);
	if (ret)
		check_fail("write to %s by another user: %s", path,
			   strerror(-ret));
}

/* To a file that was opened before it had privileges. */
static void write_open_file(int fd)
{
	int ret = check_wait(start_other_user(fd, NULL, 0), 30000);

	if (ret)
		check_fail("write by another user: %s", strerror(-ret));
}

/* --- what a write has to remove --------------------------------------------- */

static void grant_set_ids(const char *path)
{
	must(!chmod(path, 06777));
}

static void grant_capability(const char *path)
{
	must(!check_set_capability(path));
}

/* A server and what it grants to "f". */
struct privileges {
	bool naive;			/* fpnaive: no HANDLE_KILLPRIV_V2 */
	void (*grant)(const char *path);
};

static const char *mount_for_others(struct check_context *c)
{
	const struct privileges *p = c->row->variant;

	c->rig.daemon_options = "allow_other";
	if (p->naive)
		check_mount_naive(c, NULL);
	else
		check_mount_fuse(c, 512, 0);
	return check_path(c, p->naive ? "naive" : "fuse", "f");
}

static void must_be_removed(struct check_context *c)
{
	const char *raw = check_path(c, "raw", "f");

	if (mode_of(raw) & 06000)
		check_fail("the set-id bits survive a write by another user");
	if (getxattr(raw, "security.capability", NULL, 0) >= 0)
		check_fail("the capability survives a write by another user");
}

/* Opened before: fpfs itself writes to what has set-id bits at the open. */
static void privs_removed(struct check_context *c)
{
	const struct privileges *p = c->row->variant;
	const char *path = mount_for_others(c);
	int fd;

	check_fill(check_path(c, "raw", "f"), MIB);
	fd = check_open(path, O_WRONLY | O_DIRECT);
	for (int i = 0; i < 20; i++) {
		p->grant(path);
		check_counters_reset();
		write_open_file(fd);
		check_branch_taken("exclusive_privs", 1);
		must_be_removed(c);
		/* If the server has removed them, the kernel has to ask. */
		must(!(mode_of(path) & 06000));
		check_set_nosec(fd);
		check_counters_reset();
		write_open_file(fd);
		check_branch_taken("shared", 1);
	}
}

/* The second to remove it would find nothing. */
static void privs_removed_together(struct check_context *c)
{
	struct check_writers g = { .flags = O_DIRECT, .bs = BLOCK, .n = 2,
				   .stride = BLOCK, .len = BLOCK,
				   .without_nosec = true };
	const char *raw;

	check_mount_naive(c, "--getxattr");
	raw = check_path(c, "raw", "f");
	g.path = check_path(c, "naive", "f");
	check_fill(raw, MIB);
	for (int i = 0; i < 20; i++) {
		must(!check_set_capability(raw));
		check_counters_reset();
		check_writers_run(c, &g);
		check_branch_taken("exclusive_privs", g.n);
		must_be_removed(c);
	}
}

/* --- what comes in between the decision and the lock ------------------------- */

static void without_privileges(struct check_context *c)
{
	check_fill(check_path(c, "raw", "f"), MIB);
	must(!chmod(check_path(c, "raw", "f"), 0777));
}

static void grant(struct check_context *c)
{
	const struct privileges *p = c->row->variant;

	p->grant(check_path(c, p->naive ? "naive" : "fuse", "f"));
}

/*
 * The first of the writers to get its lock has to find out. The second may be
 * late enough to find that all is removed.
 */
static void privs_recheck(struct check_context *c)
{
	const struct check_delayed d = {
		.path = mount_for_others(c), .pos = { 0, 64 * KIB }, .n = 2,
		.user = OTHER_USER, .before = without_privileges,
		.meanwhile = grant,
	};
	struct check_counters n;

	check_delayed(c, &d);
	check_counters_read(&n);
	if (!n.upgraded || n.upgraded != n.exclusive_privs)
		check_fail("%" PRIu64 " upgraded and %" PRIu64 " exclusive for privileges of 2 writes, %" PRIu64 " kept the shared lock",
			   n.upgraded, n.exclusive_privs, n.shared);
	if (n.shared_sxid || check_counters_total(&n) != d.n)
		check_fail("%" PRIu64 " writes, %" PRIu64 " shared on a set-id file",
			   check_counters_total(&n), n.shared_sxid);
	must_be_removed(c);
}

/* --- how often it costs the shared lock --------------------------------------- */

static pid_t stat_all_the_time(const char *path)
{
	pid_t pid = check_fork();

	if (pid)
		return pid;
	for (;;)
		check_stat(path);
}

/*
 * Each reply with attributes makes each writer look for privileges once at
 * most.
 */
static void privs_refreshed(struct check_context *c)
{
	struct check_counters n;
	struct check_writers g;
	uint64_t writes, replies;
	pid_t pid;

	check_mount_fuse(c, 512, 0);
	check_fill(check_path(c, "raw", "f"), 16 * MIB);
	g = check_random_writers(c, 4, 16 * MIB, c->full ? 10000 : 1000);
	pid = stat_all_the_time(g.path);
	check_counters_reset();
	replies = check_requests(c, "fuse").requests;
	writes = check_writers_run(c, &g);
	check_still_runs(pid, "process that stats");
	check_kill(pid);
	replies = check_requests(c, "fuse").requests - replies;
	check_counters_read(&n);
	check_fact("replies", replies);
	if (check_counters_kernel() == KERNEL_SERIES &&
	    (!n.shared || n.exclusive_privs > g.n * (replies + 1) ||
	     n.shared + n.exclusive_privs != writes))
		check_fail("%" PRIu64 " writes: %" PRIu64 " shared, and %" PRIu64 " exclusive after %" PRIu64 " replies",
			   writes, n.shared, n.exclusive_privs, replies);
	check_verify(&g, check_path(c, "raw", "f"), 16 * MIB, true);
}

/* --- servers ------------------------------------------------------------------ */

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
	{ .name = "h1_set_ids", .flags = CHECK_QUICK, .run = privs_removed,
	  .variant = &(const struct privileges){ .grant = grant_set_ids },
	  .setup = "A file of root that becomes set-uid and set-gid after the open; fpfs, with HANDLE_KILLPRIV_V2.",
	  .workload = "Another user overwrites a block, direct; and again. 20 times.",
	  .lock_path = "Exclusive: no S_NOSEC. The second write: shared.",
	  .validates = "The bits are removed, and not under the shared lock." },
	{ .name = "h1_set_ids_naive", .run = privs_removed,
	  .variant = &(const struct privileges){ .naive = true,
						 .grant = grant_set_ids },
	  .setup = "As h1_set_ids, with a server without HANDLE_KILLPRIV_V2.",
	  .workload = "As h1_set_ids.",
	  .lock_path = "Exclusive: set-id bits in the mode. The second write: shared, though S_NOSEC is never set.",
	  .validates = "The bits are removed, and not under the shared lock." },
	{ .name = "h1_capability", .flags = CHECK_QUICK, .run = privs_removed,
	  .variant = &(const struct privileges){ .grant = grant_capability },
	  .setup = "As h1_set_ids, but the file gets security.capability.",
	  .workload = "As h1_set_ids.",
	  .lock_path = "Exclusive: no S_NOSEC. The second write: shared.",
	  .validates = "The capability is removed, and not under the shared lock." },
	{ .name = "h1_capability_naive", .flags = CHECK_QUICK,
	  .run = privs_removed_together,
	  .setup = "A file that gets security.capability; a server with xattrs and without HANDLE_KILLPRIV_V2.",
	  .workload = "Two direct writes at once, 20 times.",
	  .lock_path = "Exclusive: only the server knows of capabilities.",
	  .validates = "The capability is removed, not under the shared lock, and no write fails." },
	{ .name = "h1_recheck_set_ids", .flags = CHECK_QUICK | CHECK_DELAY,
	  .run = privs_recheck,
	  .variant = &(const struct privileges){ .grant = grant_set_ids },
	  .setup = "A file without privileges; fpfs; a delay of 1 s between check and lock.",
	  .workload = "Another user's two direct writes; chmod 6777 during the delay.",
	  .lock_path = "S_NOSEC -> shared -> the re-check finds the flag cleared -> exclusive.",
	  .validates = "The bits are removed, and not under the shared lock." },
	{ .name = "h1_recheck_set_ids_naive", .flags = CHECK_DELAY,
	  .run = privs_recheck,
	  .variant = &(const struct privileges){ .naive = true,
						 .grant = grant_set_ids },
	  .setup = "As h1_recheck_set_ids, with a server without HANDLE_KILLPRIV_V2.",
	  .workload = "As h1_recheck_set_ids.",
	  .lock_path = "No set-id bits -> shared -> the re-check finds some -> exclusive.",
	  .validates = "The bits are removed, and not under the shared lock." },
	{ .name = "h1_recheck_capability", .flags = CHECK_QUICK | CHECK_DELAY,
	  .run = privs_recheck,
	  .variant = &(const struct privileges){ .grant = grant_capability },
	  .setup = "As h1_recheck_set_ids.",
	  .workload = "Another user's two direct writes; setxattr of security.capability during the delay.",
	  .lock_path = "As h1_recheck_set_ids.",
	  .validates = "The capability is removed, and not under the shared lock." },
	{ .name = "h1_refreshed", .flags = CHECK_QUICK, .run = privs_refreshed,
	  .setup = "Pre-seed 16 MiB; fpfs.",
	  .workload = "4 direct writers of random blocks for 10 s (1 s), beside a process that calls stat all the time.",
	  .lock_path = "Shared, but exclusive for the first write of a writer after each reply with attributes.",
	  .validates = "No more writes are exclusive than that." },
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
