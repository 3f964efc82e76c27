// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon, the connection or XFS goes away under a load. No acknowledged
 * write is lost, and nothing hangs (the case's deadline).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/verify.h"
#include "check/lib/writers.h"
#include "os/clock.h"

/* From <xfs/xfs_fs.h>, which the package xfsprogs does not install. */
#define XFS_GOINGDOWN		_IOR('X', 125, uint32_t)
#define XFS_GOING_NOLOGFLUSH	2

#define LOAD_BYTES		(8 * MIB)

static struct check_writers load(struct check_context *c)
{
	check_mount_fuse(c, 512, 0);
	check_fill(check_path(c, "raw", "f"), LOAD_BYTES);
	return check_random_writers(c, 4, LOAD_BYTES, c->full ? 20000 : 2500);
}

/* Wait until the writers have done @more writes. */
static void let_run(const struct check_writers *g, uint64_t more)
{
	uint64_t want = check_writers_count(g) + more;
	uint64_t until = fpb_now_ms() + 40000;

	while (check_writers_count(g) < want) {
		if (fpb_now_ms() > until)
			check_fail("the writers stopped, %" PRIu64 " writes short of %" PRIu64,
				   want - check_writers_count(g), want);
		fpb_sleep_ms(5);
	}
}

/* Wait for writers that may be ended by @errors. Returns how many were. */
static unsigned int wait_with_errors(struct check_writers *g,
				     const int *errors)
{
	unsigned int ended;

	check_writers_wait(g);
	ended = check_writers_failed(g, errors);
	check_fact("writers_ended_by_an_error", ended);
	return ended;
}

static void verify_load(struct check_context *c, const struct check_writers *g,
			const char *side)
{
	check_verify(g, check_path(c, side, "f"), LOAD_BYTES, true);
}

/* --- the connection is lost ----------------------------------------------- */

static void kill_daemon(const struct fpb_daemon *d)
{
	fpb_family_signal(&d->family, SIGKILL);
}

/* The mount is busy, but the connection is aborted all the same. */
static void force_unmount(const struct fpb_daemon *d)
{
	umount2(d->mount, MNT_FORCE);
}

struct connection_loss {
	void (*cause)(const struct fpb_daemon *d);
};

/* Until a request on an open file fails for want of a connection. */
static void wait_for_loss(int fd)
{
	for (int i = 0; i < 200; i++) {
		if (fsync(fd) && (errno == ENOTCONN || errno == ECONNABORTED))
			return;
		fpb_sleep_ms(50);
	}
	check_fail("the fault did not happen: the daemon answers");
}

static void lose_connection(struct check_context *c)
{
	static const int errors[] = { ENOTCONN, ECONNABORTED, EIO, 0 };
	const struct connection_loss *loss = c->row->variant;
	struct check_writers g = load(c);
	struct fpb_daemon *d = fpb_rig_daemon(&c->rig, "fuse");
	int fd = check_open(g.path, O_RDONLY);

	g.may_fail = true;
	check_writers_start(c, &g);
	let_run(&g, 200);
	loss->cause(d);
	wait_for_loss(fd);
	must(!close(fd));
	umount2(d->mount, MNT_DETACH);
	wait_with_errors(&g, errors);
	verify_load(c, &g, "raw");
	check_remount(c);
	verify_load(c, &g, "fuse");
}

/* --- the daemon is stopped ------------------------------------------------ */

/* A process that waits for an answer; the daemon may still give some. */
static pid_t start_waiting_request(int fd)
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = check_fork();
		struct statx sx;

		/* Unlike fsync(), this does not take the writers' lock. */
		if (!pid)
			_exit(statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC,
				    STATX_MODE, &sx) ? errno : 0);
		if (check_wait(pid, 100) == -ETIMEDOUT)
			return pid;
	}
	check_fail("the fault did not happen: the daemon answers");
}

static void daemon_stopped(struct check_context *c)
{
	struct check_writers g = load(c);
	struct fpb_daemon *d = fpb_rig_daemon(&c->rig, "fuse");
	int fd = check_open(g.path, O_RDWR | O_DIRECT);
	char *buf = check_buffer(BLOCK);
	pid_t request;

	g.ms = 1500;
	check_writers_start(c, &g);
	let_run(&g, 100);
	fpb_family_signal(&d->family, SIGSTOP);
	request = start_waiting_request(fd);
	/* Writes and reads go on without the daemon. */
	let_run(&g, 200);
	for (int i = 0; i < 100; i++)
		must(pread(fd, buf, BLOCK, i * BLOCK) == (ssize_t)BLOCK);
	fpb_family_signal(&d->family, SIGCONT);
	if (check_wait(request, 20000))
		check_fail("a request to the stopped daemon was lost");
	check_writers_wait(&g);
	verify_load(c, &g, "raw");
	check_no_daemon_io(c, "fuse");
}

/* --- XFS is frozen or shut down ------------------------------------------- */

static void freeze_and_thaw(struct check_context *c,
			    const struct check_writers *g)
{
	uint64_t before;

	check_freeze(c);
	/* One write of each writer may already have been done. */
	fpb_sleep_ms(50);
	before = check_writers_count(g);
	fpb_sleep_ms(100);
	if (check_writers_count(g) > before + g->n)
		check_fail("writes went on while XFS was frozen");
	check_thaw(c);
}

static void freeze(struct check_context *c)
{
	const int times = c->full ? 20 : 3;
	struct check_writers g = load(c);

	check_writers_start(c, &g);
	for (int i = 0; i < times; i++) {
		let_run(&g, 50);
		freeze_and_thaw(c, &g);
	}
	check_fact("freezes", times);
	check_writers_wait(&g);
	verify_load(c, &g, "raw");
	check_size(c, "f", LOAD_BYTES);
}

static void shut_down(struct check_context *c)
{
	static const int errors[] = { EIO, 0 };
	const uint32_t how = XFS_GOING_NOLOGFLUSH;
	struct check_writers g = load(c);
	unsigned int ended;
	int xfs;

	g.flags |= O_DSYNC;
	g.may_fail = true;
	g.ms = 600000;
	check_writers_start(c, &g);
	let_run(&g, 100);
	xfs = check_open(c->rig.disk, O_RDONLY);
	must(!ioctl(xfs, XFS_GOINGDOWN, &how));
	must(!close(xfs));
	ended = wait_with_errors(&g, errors);
	if (ended != g.n)
		check_fail("only %u of %u writers ended", ended, g.n);
	/* Recovers the log. */
	check_remount(c);
	verify_load(c, &g, "raw");
	verify_load(c, &g, "fuse");
}

#define LOAD "4 direct writers of random blocks of 8 MiB"

const struct check_case outage_cases[] = {
	{ .name = "daemon_killed", .flags = CHECK_QUICK,
	  .run = lose_connection,
	  .variant = &(const struct connection_loss){ kill_daemon },
	  .setup = "8 MiB.",
	  .workload = LOAD "; SIGKILL to the daemon.",
	  .lock_path = "Shared.",
	  .validates = "Nothing hangs; writers go on or end with ENOTCONN, ECONNABORTED or EIO; every acknowledged write is there, also through a new mount." },
	{ .name = "daemon_stopped", .run = daemon_stopped,
	  .setup = "8 MiB.",
	  .workload = LOAD " and a reader; SIGSTOP to the daemon.",
	  .lock_path = "Shared.",
	  .validates = "Reads and writes go on without the daemon; a request waits for it." },
	{ .name = "forced_unmount", .run = lose_connection,
	  .variant = &(const struct connection_loss){ force_unmount },
	  .setup = "8 MiB.",
	  .workload = LOAD "; umount -f.",
	  .lock_path = "Shared.",
	  .validates = "As daemon_killed." },
	{ .name = "freeze", .run = freeze,
	  .setup = "8 MiB.",
	  .workload = LOAD "; XFS is frozen and thawed 20 (3) times.",
	  .lock_path = "Shared, held while frozen.",
	  .validates = "No write completes while XFS is frozen; all go on afterwards; no deadlock." },
	{ .name = "shutdown", .run = shut_down,
	  .setup = "8 MiB.",
	  .workload = LOAD " with O_DSYNC; XFS is shut down without flushing its log, then mounted again.",
	  .lock_path = "Shared.",
	  .validates = "Every writer ends with EIO; every acknowledged write is there after recovery." },
	{ .name = NULL }
};
