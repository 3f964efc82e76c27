// SPDX-License-Identifier: GPL-2.0
/*
 * Errors of the device, limits of users, and kills in the middle of it. After
 * each: no acknowledged write is lost, nothing hangs (the case's deadline), and
 * errors are those of raw XFS.
 */
#include "check/lib/check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/dqblk_xfs.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check/lib/stamp.h"
#include "os/clock.h"
#include "os/spawn.h"
#include "setup/mount.h"

/* Of <xfs/xfs_fs.h>, which is not installed with the program xfsprogs. */
#define XFS_GOINGDOWN		_IOR('X', 125, uint32_t)
#define XFS_GOING_NOLOGFLUSH	2

static const char *const sides[] = { "raw", "fuse" };

/* --- the same on both sides ---------------------------------------------------------- */

struct one_op {
	const char *name;
	int flags;
	off_t pos;
	size_t len;
	bool sync;			/* what counts is fsync */
	bool read;
};

#define OP(n, f, p, l, ...)						\
	{ .name = n, .flags = f, .pos = p, .len = l, __VA_ARGS__ }

/* What the call returns, or -errno; by a child with @limit and @uid. */
static int64_t outcome(const char *path, const struct one_op *op, off_t limit,
		       uid_t uid)
{
	const struct rlimit r = { limit, limit };
	int64_t result = 0;
	int p[2], fd;
	pid_t pid;
	ssize_t n;

	must(!pipe2(p, O_CLOEXEC));
	pid = helper();
	if (!pid) {
		char *buf = aligned(op->len);

		if ((limit && setrlimit(RLIMIT_FSIZE, &r)) ||
		    (uid && (setgid(uid) || setuid(uid))))
			_exit(1);
		fd = open(path, (op->read ? O_RDONLY : O_WRONLY) | op->flags);
		n = fd < 0 ? -1 : op->read ?
		    pread(fd, buf, op->len, op->pos) :
		    pwrite(fd, buf, op->len, op->pos);
		if (n > 0 && op->sync && fsync(fd))
			n = -1;
		result = n < 0 ? -errno : n;
		_exit(write(p[1], &result, sizeof(result)) < 0);
	}
	close(p[1]);
	if (read(p[0], &result, sizeof(result)) != sizeof(result))
		check_fail("%s: the writer died", op->name);
	close(p[0]);
	helper_wait(pid, UINT32_MAX);
	return result;
}

static const char *result_text(int64_t r)
{
	static char text[2][32];
	static int i;

	i = !i;
	if (r < 0)
		snprintf(text[i], sizeof(text[i]), "%s", strerrorname_np(-r));
	else
		snprintf(text[i], sizeof(text[i]), "%" PRId64, r);
	return text[i];
}

static uint64_t size_below(struct check *c, const char *name)
{
	struct stat st;

	must(!stat(at(c, "raw", name), &st));
	return st.st_size;
}

/*
 * Each operation on the files "raw" (raw) and "fuse" (through the mount), and
 * the same result and size; at least one has to fail with @error.
 */
static void as_raw(struct check *c, const struct one_op *ops, off_t limit,
		   uid_t uid, int error)
{
	bool seen = false;

	for (; ops->name; ops++) {
		int64_t r[2];

		for (int s = 0; s < 2; s++)
			r[s] = outcome(at(c, sides[s], sides[s]), ops, limit,
				       uid);
		if (r[0] != r[1])
			check_fail("%s: %s through the mount, %s on raw XFS",
				   ops->name, result_text(r[1]),
				   result_text(r[0]));
		if (size_below(c, "raw") != size_below(c, "fuse"))
			check_fail("%s: size %" PRIu64 " through the mount, %" PRIu64 " on raw XFS",
				   ops->name, size_below(c, "fuse"),
				   size_below(c, "raw"));
		seen |= r[0] == -error;
	}
	if (!seen)
		check_fail("the fault did not happen: no %s on raw XFS",
			   strerrorname_np(error));
}

/* --- the device ------------------------------------------------------------------------- */

/* The sector of the file's byte @pos. */
static uint64_t sector_of(const char *path, off_t pos)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} f = { .map = { .fm_start = pos, .fm_length = BLOCK,
			 .fm_flags = FIEMAP_FLAG_SYNC,
			 .fm_extent_count = 1 } };
	int fd = open_or_fail(path, O_RDONLY);

	must(!ioctl(fd, FS_IOC_FIEMAP, &f) && f.map.fm_mapped_extents == 1);
	close(fd);
	return (f.extent.fe_physical + pos - f.extent.fe_logical) / 512;
}

static void bad_block(struct check *c, const char *path, off_t pos, bool bad)
{
	uint64_t sector = sector_of(path, pos);
	char text[64];

	snprintf(text, sizeof(text), "%c%" PRIu64 "-%" PRIu64, bad ? '+' : '-',
		 sector, sector + 7);
	rig_set(c, "badblocks", text);
}

#define BAD	(40 * BLOCK)

static void bad_blocks(struct check *c)
{
	static const struct one_op ops[] = {
		OP("direct write", O_DIRECT, BAD, BLOCK),
		OP("direct write across it", O_DIRECT, BAD - BLOCK, 3 * BLOCK),
		OP("direct write beside it", O_DIRECT, BAD - BLOCK, BLOCK),
		OP("direct read", O_DIRECT, BAD, BLOCK, .read = true),
		OP("direct read across it", O_DIRECT, BAD - BLOCK, 3 * BLOCK,
		  .read = true),
		OP("O_DSYNC write", O_DSYNC, BAD, BLOCK),
		OP("buffered write and fsync", 0, BAD, BLOCK, .sync = true),
		OP("buffered read", 0, BAD, BLOCK, .read = true),
		{ NULL }
	};
	struct writing g = { .n = 4, .flags = O_DIRECT, .bs = BLOCK,
			     .random = true, .len = MIB, .may_fail = true,
			     .ms = c->full ? 10000 : 1000 };
	unsigned int failed = 0;

	rig_plain(c, 512);
	for (int s = 0; s < 2; s++) {
		file_fill(at(c, "raw", sides[s]), MIB);
		bad_block(c, at(c, "raw", sides[s]), BAD, true);
	}
	drop_caches();
	as_raw(c, ops, 0, 0, EIO);

	/* And in the middle of parallel writes. */
	g.path = at(c, "fuse", "fuse");
	writers_start(c, &g);
	writers_wait(c, &g);
	for (unsigned int i = 0; i < g.n; i++) {
		if (writers_error(&g, i) && writers_error(&g, i) != EIO)
			check_fail("writer %u: %s", i + 1,
				   strerror(writers_error(&g, i)));
		failed += writers_error(&g, i) == EIO;
	}
	if (!failed)
		check_fail("no writer met the bad block");
	for (int s = 0; s < 2; s++)
		bad_block(c, at(c, "raw", sides[s]), BAD, false);
	drop_caches();
	/* There are zeros, of the operations above. */
	writers_verify_around(c, &g, at(c, "raw", "fuse"), MIB, true,
			      BAD - BLOCK, 3 * BLOCK);
}

/* A fault of null_blk's, of @percent of the requests, @times times at most. */
static void inject(struct check *c, const char *what, const char *percent,
		   const char *times)
{
	char key[64];

	snprintf(key, sizeof(key), "%s/times", what);
	rig_set(c, key, times);
	snprintf(key, sizeof(key), "%s/probability", what);
	rig_set(c, key, percent);
}

#define MANY		"1000000000"

static void requeue(struct check *c)
{
	const uint64_t bytes = 16 * MIB;
	struct writing g = { .n = 4, .flags = O_DIRECT, .bs = BLOCK,
			     .random = true, .len = bytes,
			     .ms = c->full ? 20000 : 1500 };
	uint64_t requeued;

	rig_plain(c, 512);
	file_fill(at(c, "raw", "f"), bytes);
	inject(c, "requeue_inject", "10", MANY);
	g.path = at(c, "fuse", "f");
	writers_start(c, &g);
	writers_wait(c, &g);
	requeued = strtoull(MANY, NULL, 10) - rig_get(c, "requeue_inject/times");
	check_fact("requeued", requeued);
	if (!requeued)
		check_fail("the fault did not happen: nothing was requeued");
	inject(c, "requeue_inject", "0", "0");
	writers_verify(c, &g, at(c, "raw", "f"), bytes, true);
	rig_was_passthrough(c, "fuse");
}

static void time_out(struct check *c)
{
	static const struct one_op write_op =
		OP("a write that times out", O_DIRECT, 0, BLOCK);
	char path[FPB_PATH_MAX];
	int64_t r[2];

	rig_plain(c, 512);
	for (int s = 0; s < 2; s++)
		file_fill(at(c, "raw", sides[s]), MIB);
	sync();
	must(!fpb_path(path, "/sys/block/%s/queue/io_timeout",
		       strrchr(c->rig.device.path, '/') + 1));
	must(!fpb_file_poke(path, "500"));
	for (int s = 0; s < 2; s++) {
		inject(c, "timeout_inject", "100", "1");
		r[s] = outcome(at(c, sides[s], sides[s]), &write_op, 0, 0);
		inject(c, "timeout_inject", "0", "0");
	}
	if (r[0] >= 0)
		check_fail("the fault did not happen: raw XFS wrote %" PRId64,
			   r[0]);
	if (r[0] != r[1])
		check_fail("%s through the mount, %s on raw XFS",
			   result_text(r[1]), result_text(r[0]));
	/* And all is well again. */
	for (int s = 0; s < 2; s++)
		must(outcome(at(c, sides[s], sides[s]), &write_op, 0, 0) ==
		     (int64_t)BLOCK);
}

/* --- space and limits ----------------------------------------------------------------------- */

static void no_space(struct check *c)
{
	const uint64_t each = 64 * MIB;
	struct writing g = { .n = 4, .flags = O_DIRECT, .bs = 64 * KIB,
			     .len = each, .stride = each, .may_fail = true };
	struct stat st, below;
	int fd, failed = 0;

	rig_plain(c, 320);
	/* All but a few MiB. */
	fd = open_or_fail(at(c, "raw", "ballast"), O_CREAT | O_WRONLY);
	for (uint64_t step = 64 * MIB, at_ = 0; step >= 8 * MIB;) {
		if (!fallocate(fd, 0, at_, step))
			at_ += step;
		else
			step /= 2;
	}
	g.path = at(c, "fuse", "f");
	writers_start(c, &g);
	writers_wait(c, &g);
	for (unsigned int i = 0; i < g.n; i++) {
		if (writers_error(&g, i) && writers_error(&g, i) != ENOSPC)
			check_fail("writer %u: %s in place of ENOSPC", i + 1,
				   strerror(writers_error(&g, i)));
		failed += writers_error(&g, i) == ENOSPC;
	}
	if (!failed)
		check_fail("the device did not get full");
	must(!stat(at(c, "fuse", "f"), &st));
	must(!stat(at(c, "raw", "f"), &below));
	if (st.st_size != below.st_size)
		check_fail("size %lld through the mount, %lld below",
			   (long long)st.st_size, (long long)below.st_size);
	check_fact("writers_without_space", failed);
	writers_verify(c, &g, at(c, "raw", "f"), below.st_size, false);
	/* With space again the same file can be written on. */
	must(!close(fd) && !unlink(at(c, "raw", "ballast")));
	fd = open_or_fail(at(c, "fuse", "f"), O_WRONLY | O_DIRECT);
	must(pwrite(fd, aligned(BLOCK), BLOCK, 4 * each) == (ssize_t)BLOCK);
}

#define LIMIT	(128 * KIB)

static void file_size_limit(struct check *c)
{
	static const struct one_op ops[] = {
		OP("up to the limit", O_DIRECT, LIMIT - BLOCK, BLOCK),
		OP("across the limit", O_DIRECT, LIMIT - BLOCK, 2 * BLOCK),
		OP("beyond the limit", O_DIRECT, LIMIT, BLOCK),
		OP("buffered, across", 0, LIMIT - 100, 300),
		OP("buffered, beyond", 0, LIMIT, 300),
		OP("append, beyond", O_APPEND | O_DIRECT, 0, BLOCK),
		{ NULL }
	};

	rig_plain(c, 512);
	for (int s = 0; s < 2; s++)
		file_fill(at(c, "raw", sides[s]), 64 * KIB);
	as_raw(c, ops, LIMIT, 0, EFBIG);
}

#define USER	1000

static void quota(struct check *c)
{
	static const struct one_op ops[] = {
		OP("within the quota", O_DIRECT, 0, 256 * KIB),
		OP("beyond the quota", O_DIRECT, 256 * KIB, 4 * MIB),
		OP("buffered beyond", 0, 8 * MIB, 4 * MIB),
		OP("append beyond", O_DIRECT | O_APPEND, 0, 4 * MIB),
		OP("within the file", O_DIRECT, 0, BLOCK),
		{ NULL }
	};
	struct fs_disk_quota q = { .d_version = FS_DQUOT_VERSION,
				   .d_flags = FS_USER_QUOTA,
				   .d_fieldmask = FS_DQ_BHARD | FS_DQ_BSOFT };

	if (access("/proc/fs/xfs/xqmstat", F_OK))
		check_skip("this kernel's XFS has no quotas");
	c->rig.xfs_data = "uquota";
	c->rig.daemon_options = "allow_other";
	rig_plain(c, 512);
	/* Each side has a user of its own, with the same limit. */
	for (int s = 0; s < 2; s++) {
		int fd = open_or_fail(at(c, "raw", sides[s]),
				      O_CREAT | O_WRONLY);

		must(!fchmod(fd, 0666) && !fchown(fd, USER + s, USER));
		must(!close(fd));
		q.d_id = USER + s;
		q.d_blk_hardlimit = q.d_blk_softlimit = MIB / 512;
		if (quotactl(QCMD(Q_XSETQLIM, USRQUOTA), c->rig.device.path,
			     USER + s, (void *)&q))
			check_skip("quotas cannot be set: %s",
				   strerror(errno));
	}
	as_raw(c, ops, 0, USER + 10, EDQUOT);
}

/* --- in the middle of a load --------------------------------------------------------------------- */

#define LOAD_BYTES	(8 * MIB)

static struct writing load(struct check *c, int flags, bool may_fail)
{
	struct writing g = { .n = 4, .flags = O_DIRECT | flags, .bs = BLOCK,
			     .random = true, .len = LOAD_BYTES,
			     .may_fail = may_fail,
			     .ms = c->full ? 20000 : 2500 };

	file_fill(at(c, "raw", "f"), LOAD_BYTES);
	return g;
}

/* Until so many writes more have been acknowledged. */
static void let_run(const struct writing *g, uint64_t more)
{
	uint64_t want = writers_count(g) + more;
	uint64_t until = fpb_now_ms() + 40000;

	while (writers_count(g) < want) {
		if (fpb_now_ms() > until)
			check_fail("the writers stopped, %" PRIu64 " writes short of %" PRIu64,
				   want - writers_count(g), want);
		msleep(5);
	}
}

/* Writers may have ended by any of @errors (0-terminated), and no other. */
static void ended_by(const struct writing *g, const int *errors)
{
	unsigned int ended = 0;

	for (unsigned int i = 0; i < g->n; i++) {
		int err = writers_error(g, i);
		bool ok = !err;

		for (const int *e = errors; *e; e++)
			ok |= err == *e;
		if (!ok)
			check_fail("writer %u ended by %s", i + 1,
				   strerrorname_np(err));
		ended += err != 0;
	}
	check_fact("writers_ended_by_an_error", ended);
}

/* An aborted connection: what may come then. */
static const int gone[] = { ENOTCONN, ECONNABORTED, EIO, 0 };

/* The fault has happened once a request of a file that was open gets no answer. */
static void no_daemon_behind(int fd)
{
	for (int i = 0; i < 200; i++) {
		if (fsync(fd) && (errno == ENOTCONN || errno == ECONNABORTED))
			return;
		msleep(50);
	}
	check_fail("the fault did not happen: the daemon answers");
}

static void daemon_killed(struct check *c)
{
	struct writing g;
	struct fpb_daemon *d;
	int fd;

	rig_plain(c, 512);
	g = load(c, 0, true);
	g.path = at(c, "fuse", "f");
	d = fpb_rig_daemon(&c->rig, "fuse");
	fd = open_or_fail(g.path, O_RDONLY);
	writers_start(c, &g);
	let_run(&g, 200);
	must(!kill(d->pid, SIGKILL));
	no_daemon_behind(fd);
	must(!close(fd));
	writers_wait(c, &g);
	ended_by(&g, gone);
	writers_verify(c, &g, at(c, "raw", "f"), LOAD_BYTES, true);
	umount2(d->mount, MNT_DETACH);
	rig_remount(c);
	writers_verify(c, &g, at(c, "fuse", "f"), LOAD_BYTES, true);
}

/* A process that waits for an answer; the first may still get one. */
static pid_t who_waits_for_daemon(int fd)
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = helper();
		struct statx sx;

		/* Unlike fsync() not under the lock that writers want. */
		if (!pid)
			_exit(statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC,
				    STATX_MODE, &sx) ? errno : 0);
		if (helper_wait(pid, 100) == -ETIMEDOUT)
			return pid;
	}
	check_fail("the fault did not happen: the daemon answers");
}

static void daemon_stopped(struct check *c)
{
	struct writing g;
	struct fpb_daemon *d;
	uint64_t writes;
	char *buf = aligned(BLOCK);
	pid_t asks;
	int fd;

	rig_plain(c, 512);
	g = load(c, 0, false);
	g.path = at(c, "fuse", "f");
	d = fpb_rig_daemon(&c->rig, "fuse");
	fd = open_or_fail(g.path, O_RDWR | O_DIRECT);
	g.ms = 1500;
	writers_start(c, &g);
	let_run(&g, 100);
	must(!kill(d->pid, SIGSTOP));
	asks = who_waits_for_daemon(fd);
	/* Data goes on without it, by writers and by readers. */
	let_run(&g, 200);
	for (int i = 0; i < 100; i++)
		must(pread(fd, buf, BLOCK, i * BLOCK) == (ssize_t)BLOCK);
	must(!kill(d->pid, SIGCONT));
	if (helper_wait(asks, 20000))
		check_fail("a request that the stopped daemon got is lost");
	writes = writers_wait(c, &g);
	check_fact("writes", writes);
	writers_verify(c, &g, at(c, "raw", "f"), LOAD_BYTES, true);
	rig_was_passthrough(c, "fuse");
}

static void forced_unmount(struct check *c)
{
	struct writing g;
	struct fpb_daemon *d;
	int fd;

	rig_plain(c, 512);
	g = load(c, 0, true);
	g.path = at(c, "fuse", "f");
	d = fpb_rig_daemon(&c->rig, "fuse");
	fd = open_or_fail(g.path, O_RDONLY);
	writers_start(c, &g);
	let_run(&g, 200);
	/* Busy, but the connection is aborted all the same. */
	umount2(d->mount, MNT_FORCE);
	no_daemon_behind(fd);
	must(!close(fd));
	umount2(d->mount, MNT_DETACH);
	writers_wait(c, &g);
	ended_by(&g, gone);
	writers_verify(c, &g, at(c, "raw", "f"), LOAD_BYTES, true);
	rig_remount(c);
	writers_verify(c, &g, at(c, "fuse", "f"), LOAD_BYTES, true);
}

static void thaw(void *check)
{
	struct check *c = check;
	int fd = open(c->rig.xfs, O_RDONLY | O_CLOEXEC);

	ioctl(fd, FITHAW, 0);
	close(fd);
}

static void freeze(struct check *c)
{
	struct writing g;
	uint64_t before, frozen = 0;
	int fd;

	rig_plain(c, 512);
	g = load(c, 0, false);
	g.path = at(c, "fuse", "f");
	writers_start(c, &g);
	fpb_undo_push(&c->undo, thaw, c);
	fd = open_or_fail(c->rig.xfs, O_RDONLY);
	for (int i = 0; i < (c->full ? 20 : 3); i++) {
		let_run(&g, 50);
		must(!ioctl(fd, FIFREEZE, 0));
		/* One of each may have been on its way back. */
		msleep(50);
		before = writers_count(&g);
		msleep(100);
		if (writers_count(&g) > before + g.n)
			check_fail("writes went on while XFS was frozen");
		frozen++;
		must(!ioctl(fd, FITHAW, 0));
	}
	check_fact("freezes", frozen);
	writers_wait(c, &g);
	writers_verify(c, &g, at(c, "raw", "f"), LOAD_BYTES, true);
	size_is(c, "f", LOAD_BYTES);
}

static void shut_down(struct check *c)
{
	static const int eio[] = { EIO, 0 };
	const uint32_t how = XFS_GOING_NOLOGFLUSH;
	struct writing g;
	int fd, failed = 0;

	rig_plain(c, 512);
	g = load(c, O_DSYNC, true);
	g.path = at(c, "fuse", "f");
	g.ms = 600000;
	writers_start(c, &g);
	let_run(&g, 100);
	fd = open_or_fail(c->rig.xfs, O_RDONLY);
	must(!ioctl(fd, XFS_GOINGDOWN, &how));
	must(!close(fd));
	writers_wait(c, &g);
	ended_by(&g, eio);
	for (unsigned int i = 0; i < g.n; i++)
		failed += writers_error(&g, i) == EIO;
	if (failed != (int)g.n)
		check_fail("only %d of %u writers ended", failed, g.n);
	/* Recovers the log. */
	rig_remount(c);
	writers_verify(c, &g, at(c, "raw", "f"), LOAD_BYTES, true);
	writers_verify(c, &g, at(c, "fuse", "f"), LOAD_BYTES, true);
}

/* --- a power cut ----------------------------------------------------------------------------------- */

#define KILL_WRITERS	4
#define KILL_DEVICE	"/dev/loop0"

static void path_in_share(struct check *c, char *path, const char *name,
			  unsigned int i)
{
	must(!fpb_path(path, "%s/%s%u", c->share, name, i));
}

/* The disk is a file that outlives this kernel. */
static void attach_disk(struct check *c)
{
	char disk[FPB_PATH_MAX];
	const char *argv[] = { "losetup", KILL_DEVICE, disk, NULL };

	path_in_share(c, disk, "disk", 0);
	if (c->phase == 1) {
		int fd = open_or_fail(disk, O_CREAT | O_WRONLY);

		must(!ftruncate(fd, 320 * MIB) && !close(fd));
	}
	c->rig = (struct fpb_rig){ .work = c->work, .log = c->log,
				   .program = c->daemon,
				   .device.path = KILL_DEVICE,
				   .device.loop_fd = -1 };
	run(c, argv, 30000);
}

/* Writes and, once a write is acknowledged, says so where it will be found. */
static void __attribute__((noreturn))
diarist(struct check *c, const char *file, unsigned int i)
{
	char diary[FPB_PATH_MAX], *buf = aligned(BLOCK);
	int fd = open_or_fail(file, O_WRONLY | O_DIRECT | O_DSYNC), log;
	uint32_t record[2];

	path_in_share(c, diary, "diary", i);
	log = open_or_fail(diary, O_CREAT | O_WRONLY | O_APPEND);
	for (uint32_t seq = 1;; seq++) {
		uint32_t block = i * 64 + random() % 64;

		stamp_write(buf, &(struct stamp){ .pos = block * BLOCK,
						  .writer = i + 1,
						  .seq = seq });
		must(pwrite(fd, buf, BLOCK, block * BLOCK) ==
		     (ssize_t)BLOCK);
		record[0] = block;
		record[1] = seq;
		must(write(log, record, sizeof(record)) == sizeof(record));
		must(!fdatasync(log));
	}
}

static void before_the_cut(struct check *c)
{
	struct fpb_daemon *d = &c->rig.daemons[0];
	char why[FPB_REASON_MAX] = "", diary[FPB_PATH_MAX];
	struct stat st;

	if (fpb_rig_xfs(&c->rig, why))
		check_fail("%s", why);
	c->rig.ndaemons = 1;
	d->target = fpb_target_find("fuse");
	if (fpb_rig_start(&c->rig, d, why))
		check_fail("%s", why);
	file_fill(at(c, "raw", "f"), KILL_WRITERS * 64 * BLOCK);
	sync();
	for (unsigned int i = 0; i < KILL_WRITERS; i++)
		if (!helper())
			diarist(c, at(c, "fuse", "f"), i);
	for (unsigned int i = 0; i < KILL_WRITERS; i++) {
		path_in_share(c, diary, "diary", i);
		while (stat(diary, &st) || st.st_size < (c->full ? 8000 : 400))
			msleep(10);
	}
	check_kill_me(c);
}

/* Each block is at least as new as the diary says. */
static uint64_t read_diary(struct check *c, unsigned int i, int fd)
{
	uint32_t last[KILL_WRITERS * 64] = { 0 }, record[2];
	char diary[FPB_PATH_MAX], *buf = aligned(BLOCK);
	const char *wrong;
	uint64_t n = 0;
	struct stamp s;
	int log;

	path_in_share(c, diary, "diary", i);
	log = open_or_fail(diary, O_RDONLY);
	for (; read(log, record, sizeof(record)) == sizeof(record); n++) {
		must(record[0] / 64 == i);
		last[record[0]] = record[1];
	}
	close(log);
	for (uint32_t b = i * 64; b < i * 64 + 64; b++) {
		must(pread(fd, buf, BLOCK, b * BLOCK) == (ssize_t)BLOCK);
		wrong = stamp_read(buf, &s);
		if (wrong || s.pos != b * BLOCK)
			check_fail("block %u: %s", b,
				   wrong ? wrong : "misplaced");
		if (s.seq < last[b])
			check_fail("block %u: write %u of writer %u was acknowledged and is lost; it holds %u",
				   b, last[b], i + 1, s.seq);
	}
	return n;
}

static void after_the_cut(struct check *c)
{
	static const char *const repair[] = { "xfs_repair", "-n", KILL_DEVICE,
					      NULL };
	char xfs[FPB_PATH_MAX];
	uint64_t n = 0;
	int fd;

	must(!fpb_path(xfs, "%s/xfs", c->work) && !fpb_mkdirs(xfs));
	strcpy(c->rig.xfs, xfs);
	/* Recovers the log; xfs_repair wants that done. */
	must(!mount(KILL_DEVICE, xfs, "xfs", MS_NOATIME, NULL));
	must(!fpb_unmount(xfs));
	run(c, repair, 60000);
	must(!mount(KILL_DEVICE, xfs, "xfs", MS_NOATIME, NULL));
	fd = open_or_fail(at(c, "raw", "f"), O_RDONLY | O_DIRECT);
	for (unsigned int i = 0; i < KILL_WRITERS; i++)
		n += read_diary(c, i, fd);
	check_fact("acknowledged_writes", n);
	must(!close(fd) && !fpb_unmount(xfs));
}

static void guest_killed(struct check *c)
{
	attach_disk(c);
	if (c->phase == 1)
		before_the_cut(c);
	else
		after_the_cut(c);
}

#define SHARED_LOAD "4 direct writers all over 8 MiB"

const struct check_case fault_cases[] = {
	{ .name = "bad_blocks", .run = bad_blocks,
	  .setup = "A bad block of null_blk in a file of each side.",
	  .workload = "Direct, synchronous and buffered writes and reads on, across and beside it; then 4 parallel writers.",
	  .lock_path = "Shared and exclusive.",
	  .validates = "Results are those of raw XFS; what was acknowledged is there." },
	{ .name = "requeue", .run = requeue,
	  .setup = "null_blk requeues one request in ten.",
	  .workload = SHARED_LOAD ".",
	  .lock_path = "Shared.",
	  .validates = "Every block holds the last acknowledged write of one of its writers." },
	{ .name = "timeout", .run = time_out,
	  .setup = "null_blk loses one request; it times out after 0.5 s.",
	  .workload = "One direct write on each side.",
	  .lock_path = "Shared.",
	  .validates = "The error is that of raw XFS, and the next write succeeds." },
	{ .name = "no_space", .flags = CHECK_QUICK, .run = no_space,
	  .setup = "A device with 8 MiB left.",
	  .workload = "4 writers extend one file until ENOSPC.",
	  .lock_path = "Past EOF and within.",
	  .validates = "ENOSPC and nothing else; what was acknowledged is there; sizes agree; with space again writes succeed." },
	{ .name = "file_size_limit", .run = file_size_limit,
	  .setup = "RLIMIT_FSIZE of 128 KiB.",
	  .workload = "Writes up to it, across and beyond, direct, buffered and appending.",
	  .lock_path = "Exclusive.",
	  .validates = "Results and sizes are those of raw XFS." },
	{ .name = "quota", .run = quota,
	  .setup = "XFS with user quotas, 1 MiB for the owner of the file.",
	  .workload = "Writes within and beyond.",
	  .lock_path = "Exclusive; within the file shared.",
	  .validates = "Results and sizes are those of raw XFS." },
	{ .name = "daemon_killed", .flags = CHECK_QUICK, .run = daemon_killed,
	  .setup = "8 MiB.",
	  .workload = SHARED_LOAD "; SIGKILL to the daemon.",
	  .lock_path = "Shared.",
	  .validates = "Nothing hangs; writers end by ENOTCONN or go on; what was acknowledged is there, also through a new mount." },
	{ .name = "daemon_stopped", .run = daemon_stopped,
	  .setup = "8 MiB.",
	  .workload = SHARED_LOAD " and a reader; SIGSTOP to the daemon.",
	  .lock_path = "Shared.",
	  .validates = "Reads and writes go on without the daemon; a request waits for it." },
	{ .name = "forced_unmount", .run = forced_unmount,
	  .setup = "8 MiB.",
	  .workload = SHARED_LOAD "; umount -f.",
	  .lock_path = "Shared.",
	  .validates = "As daemon_killed." },
	{ .name = "freeze", .run = freeze,
	  .setup = "8 MiB.",
	  .workload = SHARED_LOAD "; XFS frozen and thawed 3 (20) times.",
	  .lock_path = "Shared, held while frozen.",
	  .validates = "No write completes while it is frozen; all go on afterwards; no deadlock." },
	{ .name = "shutdown", .run = shut_down,
	  .setup = "8 MiB.",
	  .workload = SHARED_LOAD " with O_DSYNC; XFS shut down without flushing its log, then mounted again.",
	  .lock_path = "Shared.",
	  .validates = "Every writer ends by EIO; what was acknowledged is there after recovery." },
	{ .name = "guest_killed", .flags = CHECK_QUICK | CHECK_KILL,
	  .run = guest_killed,
	  .setup = "XFS on a loop device over a file that outlives the kernel.",
	  .workload = "4 writers, direct and O_DSYNC, each in 256 KiB of its own, noting outside what was acknowledged; the kernel is killed.",
	  .lock_path = "Shared.",
	  .validates = "In a new boot the log recovers, xfs_repair -n finds nothing, and every acknowledged write is there." },
	{ .name = NULL }
};
