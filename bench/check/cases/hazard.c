// SPDX-License-Identifier: GPL-2.0
/*
 * What a reviewer of the series will ask about. Where the answer is not the
 * one that one would like, the case fails and says so, and its table entry
 * says on which kernels that is known.
 */
#include "check/lib/check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <liburing.h>
#include <linux/aio_abi.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check/lib/stamp.h"
#include "os/clock.h"
#include "os/spawn.h"

#define OTHER_USER	1000

static struct stat stat_of(const char *path)
{
	struct stat st;

	must(!stat(path, &st));
	return st;
}

/* One block at @pos by user @uid; 0 or -errno. */
static int write_as(const char *path, uid_t uid, int flags, off_t pos)
{
	pid_t pid = helper();
	int fd, ret;

	if (!pid) {
		if (uid && (setgid(uid) || setuid(uid)))
			_exit(errno);
		fd = open(path, O_WRONLY | flags);
		if (fd < 0)
			_exit(errno);
		_exit(pwrite(fd, aligned(BLOCK), BLOCK, pos) ==
		      (ssize_t)BLOCK ? 0 : errno ? errno : EIO);
	}
	ret = helper_wait(pid, 30000);
	/* Not in a guest; on the host only root may enter the scratch folder. */
	if (ret == -EACCES)
		check_skip("other users do not reach %s", path);
	return ret;
}

/* --- H1: set-uid bits ---------------------------------------------------------- */

static void privs_shared(struct check *c)
{
	const char *path;
	struct counters n;
	int ret;

	rig_naive(c, NULL, 0);
	file_fill(at(c, "raw", "f"), MIB);
	path = at(c, "naive", "f");
	for (int i = 0; i < 20; i++) {
		must(!chmod(path, 06777));
		counters_reset(c);
		ret = write_as(path, OTHER_USER, O_DIRECT, 0);
		if (ret)
			check_fail("write: %s", strerror(-ret));
		if (stat_of(at(c, "raw", "f")).st_mode & 06000)
			check_fail("set-uid survives a write by another user");
		counters_read(c, &n);
		if (n.shared)
			check_hazard("the write that stripped the set-uid bit (SETATTR) held the lock shared");
	}
}

static void privs_promised(struct check *c)
{
	const char *path;
	mode_t mode;

	rig_naive(c, "--killpriv-v2", 0);
	file_fill(at(c, "raw", "f"), MIB);
	path = at(c, "naive", "f");
	must(!chmod(path, 06777));
	must(!write_as(path, OTHER_USER, O_DIRECT, 0));
	mode = stat_of(at(c, "raw", "f")).st_mode;
	if (mode & 06000)
		check_hazard("a write by another user leaves mode %o; raw XFS gives 777",
			     mode & 07777);
}

static void privs_fpfs(struct check *c)
{
	static const int flags[] = { O_DIRECT, 0, O_DIRECT | O_APPEND,
				     O_APPEND, O_DIRECT | O_DSYNC };
	const char *const sides[] = { "raw", "fuse" };
	mode_t mode[2];

	c->rig.daemon_options = "allow_other";
	rig_plain(c, 512);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		for (int s = 0; s < 2; s++) {
			const char *path = at(c, sides[s], sides[s]);

			if (!i)
				file_fill(path, MIB);
			must(!chmod(path, 06777));
			must(!write_as(path, OTHER_USER, flags[i], 0));
			/* Below, whatever the mount still believes. */
			mode[s] = stat_of(at(c, "raw", sides[s])).st_mode;
			if (stat_of(path).st_mode != mode[s])
				check_fail("the mount shows mode %o, XFS %o",
					   stat_of(path).st_mode, mode[s]);
		}
		if (mode[0] != mode[1])
			check_fail("flags %#o: mode %o in place of %o",
				   flags[i], mode[1], mode[0]);
	}
}

/* --- H2: requests to the server ---------------------------------------------------- */

#define WRITES	1000

static void write_many(const char *path)
{
	int fd = open_or_fail(path, O_WRONLY | O_DIRECT);
	void *buf = aligned(BLOCK);

	for (int i = 0; i < WRITES; i++)
		must(pwrite(fd, buf, BLOCK, i % 256 * BLOCK) == (ssize_t)BLOCK);
	must(!close(fd));
}

static void getxattr_per_write(struct check *c)
{
	char text[32] = "";

	rig_naive(c, "--getxattr", 0);
	file_fill(at(c, "raw", "f"), MIB);
	write_many(at(c, "naive", "f"));
	must(getxattr(at(c, "naive", "f"), "user.asked", text,
		      sizeof(text) - 1) > 0);
	check_fact("getxattr_requests", atoi(text));
	if (atoi(text) >= WRITES)
		check_hazard("%s GETXATTR requests in %d writes", text, WRITES);
}

static void no_requests(struct check *c)
{
	const struct fpb_daemon *d;
	struct fpb_daemon_counts before, after;

	rig_plain(c, 512);
	file_fill(at(c, "raw", "f"), MIB);
	d = fpb_rig_daemon(&c->rig, "fuse");
	must(!fpb_daemon_counts(d, &before));
	write_many(at(c, "fuse", "f"));
	must(!fpb_daemon_counts(d, &after));
	check_fact("requests", after.requests - before.requests);
	if (after.requests - before.requests > 20)
		check_fail("%" PRIu64 " requests in %d writes",
			   after.requests - before.requests, WRITES);
}

/* --- H3: io_uring ------------------------------------------------------------------- */

static void fio(struct check *c, const char *path, const char *const *options)
{
	char file[FPB_PATH_MAX + 16];
	const char *argv[24] = { c->fio, "--name=f", file, "--bs=4k",
				 "--direct=1", "--rw=randwrite",
				 "--allow_file_create=0" };
	int n = 7;

	snprintf(file, sizeof(file), "--filename=%s", path);
	while (*options)
		argv[n++] = *options++;
	run(c, argv, 120000);
}

static void nowait(struct check *c)
{
	static const char *const options[] = {
		"--ioengine=io_uring", "--iodepth=16", "--number_ios=2000",
		"--size=1m", "--io_size=64m", NULL
	};
	struct counters n;
	uint64_t sum;

	rig_plain(c, 512);
	file_fill(at(c, "raw", "f"), MIB);
	counters_reset(c);
	fio(c, at(c, "fuse", "f"), options);
	counters_read(c, &n);
	sum = counters_sum(&n);
	if (sum < 2000)
		check_fail("%" PRIu64 " lock decisions in 2000 writes", sum);
	check_fact("write_iter_calls_in_2000", sum);
	/* Without blocking, and if that does not do, from a worker. */
	if (sum > 2 * 2000)
		check_hazard("%.1f calls of write_iter for each write",
			     sum / 2000.0);
}

/* The most I/Os at the device while fio's one ring writes to @path. */
static uint64_t most_inflight(struct check *c, const char *path)
{
	static const char *const options[] = {
		"--ioengine=io_uring", "--force_async=1", "--iodepth=8",
		"--number_ios=40", "--size=1m", "--io_size=1m", NULL
	};
	uint64_t n, most = 0;
	pid_t pid;

	sync();
	pid = helper();
	if (!pid) {
		fio(c, path, options);
		_exit(0);
	}
	for (;;) {
		int ret = helper_wait(pid, 0);

		if (ret != -ETIMEDOUT && ret)
			check_fail("fio failed");
		if (!ret)
			return most;
		n = rig_inflight(c);
		most = n > most ? n : most;
	}
}

static void io_wq(struct check *c)
{
	static const char *const fuse[] = { "fuse", NULL };
	uint64_t raw, through;

	rig_up(c, 512, 20000000, fuse);
	file_fill(at(c, "raw", "f"), MIB);
	raw = most_inflight(c, at(c, "raw", "f"));
	through = most_inflight(c, at(c, "fuse", "f"));
	check_fact("in_flight_raw", raw);
	check_fact("in_flight_fuse", through);
	if (raw < 3)
		check_fail("the control: only %" PRIu64 " writes of 8 in flight on raw XFS",
			   raw);
	if (through < 3)
		check_fail("%" PRIu64 " of 8 punted writes in flight, %" PRIu64 " on raw XFS",
			   through, raw);
}

/*
 * XFS takes a direct write of half a block to a file with shared extents as a
 * buffered one, wherever EOF is, and looks at the position before it looks at
 * RWF_APPEND. Returns what a write by io_uring's worker gives, or -errno.
 */
static int append_by_worker(const char *path)
{
	int fd = open_or_fail(path, O_RDWR | O_CREAT | O_DIRECT);
	loff_t from = 4096, to = 36864;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	int ret;

	must(!fallocate(fd, 0, 0, 17488));
	must(copy_file_range(fd, &from, fd, &to, 28672, 0) == 17488 - 4096);
	ret = io_uring_queue_init(1, &ring, 0);
	if (ret)
		check_skip("io_uring: %s", strerror(-ret));
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_write(sqe, fd, aligned(BLOCK), 2560, 4096);
	sqe->rw_flags = RWF_APPEND;
	io_uring_sqe_set_flags(sqe, IOSQE_ASYNC);
	must(io_uring_submit(&ring) == 1 && !io_uring_wait_cqe(&ring, &cqe));
	ret = cqe->res;
	io_uring_queue_exit(&ring);
	must(!close(fd));
	return ret;
}

static void position(struct check *c)
{
	const int tries = 200;
	int refused = 0;

	rig_plain(c, 512);
	for (int i = 0; i < tries; i++) {
		int raw = append_by_worker(at(c, "raw", "g"));
		int fuse = append_by_worker(at(c, "fuse", "f"));

		if (raw != 2560)
			check_fail("the control: %d on raw XFS, not 2560", raw);
		if (fuse != raw && fuse != -EINVAL)
			check_fail("%d; raw XFS %d", fuse, raw);
		refused += fuse != raw;
		must(!unlink(at(c, "raw", "g")) && !unlink(at(c, "fuse", "f")));
	}
	if (refused)
		check_hazard("%d of %d writes: EINVAL; raw XFS takes them",
			     refused, tries);
}

/* --- H4: fcntl ------------------------------------------------------------------------- */

/* Opens with one set of flags, writes with another, on both sides. */
static void change_flags(struct check *c, int flags, int set, off_t pos,
			 size_t len, ssize_t ret[2], off_t size[2])
{
	const char *const sides[] = { "raw", "fuse" };
	char *buf = aligned(BLOCK);

	for (int s = 0; s < 2; s++) {
		const char *path = at(c, sides[s], sides[s]);
		int fd;

		file_fill(at(c, "raw", sides[s]), 64 * KIB);
		fd = open_or_fail(path, O_RDWR | flags);
		must(!fcntl(fd, F_SETFL, set));
		counters_reset(c);
		ret[s] = pwrite(fd, buf, len, pos);
		if (ret[s] < 0)
			ret[s] = -errno;
		must(!close(fd));
		size[s] = stat_of(at(c, "raw", sides[s])).st_size;
	}
}

static void append_cleared(struct check *c)
{
	struct counters n;
	ssize_t ret[2];
	off_t size[2];

	rig_plain(c, 512);
	change_flags(c, O_DIRECT | O_APPEND, O_DIRECT, 0, BLOCK, ret, size);
	counters_read(c, &n);
	if (size[0] != size[1] || ret[0] != ret[1])
		check_hazard("O_APPEND cleared, write at 0: size %lld in place of %lld, %s",
			     (long long)size[1], (long long)size[0],
			     n.shared ? "with the lock shared" :
					"with the lock exclusive");
}

static void direct_cleared(struct check *c)
{
	ssize_t ret[2];
	off_t size[2];

	rig_plain(c, 512);
	change_flags(c, O_DIRECT, 0, 0, 100, ret, size);
	if (size[0] != size[1] || ret[0] != ret[1])
		check_hazard("O_DIRECT cleared, 100 bytes written: %zd (%s) in place of %zd",
			     ret[1], ret[1] < 0 ? strerror(-ret[1]) : "bytes",
			     ret[0]);
}

static void direct_set(struct check *c)
{
	struct counters n;
	ssize_t ret[2];
	off_t size[2];

	rig_plain(c, 512);
	change_flags(c, 0, O_DIRECT, 0, BLOCK, ret, size);
	if (size[0] != size[1] || ret[0] != ret[1])
		check_fail("O_DIRECT set: %zd in place of %zd", ret[1], ret[0]);
	counters_read(c, &n);
	if (n.shared)
		check_hazard("O_DIRECT set after the open: a buffered write below with the lock shared");
}

/* --- H5: the size after a truncate that meets AIO ------------------------------------------- */

#define AIOS	64

static void aio_write_all(int fd, aio_context_t ctx, char *buf)
{
	struct iocb cb[AIOS], *cbs[AIOS];

	for (int i = 0; i < AIOS; i++) {
		cb[i] = (struct iocb){
			.aio_fildes = fd, .aio_lio_opcode = IOCB_CMD_PWRITE,
			.aio_buf = (uintptr_t)buf, .aio_nbytes = BLOCK,
			.aio_offset = i * BLOCK };
		cbs[i] = &cb[i];
	}
	must(syscall(SYS_io_submit, ctx, AIOS, cbs) == AIOS);
}

static void aio_wait_all(aio_context_t ctx)
{
	struct io_event ev[AIOS];

	must(syscall(SYS_io_getevents, ctx, AIOS, AIOS, ev, NULL) == AIOS);
	for (int i = 0; i < AIOS; i++)
		if (ev[i].res != (int64_t)BLOCK)
			check_fail("an AIO write returned %lld",
				   (long long)ev[i].res);
}

/* What the kernel believes, without asking the server. */
static uint64_t cached_size(const char *path)
{
	struct statx sx;

	must(!statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_SIZE, &sx));
	return sx.stx_size;
}

/* This process, and what it starts from now on. */
static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Not on the only CPU. */
static void real_time(bool yes)
{
	const struct sched_param p = { .sched_priority = yes };

	if (get_nprocs() > 1)
		sched_setscheduler(0, yes ? SCHED_FIFO : SCHED_OTHER, &p);
}

/*
 * AIO writes meet a truncate. They complete on the CPU that submitted them,
 * and until the truncate is done its worker, who calls end_write, gets no
 * time. Where writes complete on another one it is up to chance.
 */
static void truncate_in_flight(const char *path, int fd, aio_context_t ctx,
			       char *buf, atomic_int *truncated)
{
	uint64_t until;
	pid_t pid;

	*truncated = 0;
	pid = helper();
	if (!pid) {
		/* Until there is something in flight. */
		while (!*truncated)
			sched_yield();
		if (truncate(path, 0))
			_exit(errno);
		*truncated = 2;
		_exit(0);
	}
	pin(0);
	real_time(true);
	aio_write_all(fd, ctx, buf);
	*truncated = 1;
	until = fpb_now_ms() + 50;
	while (*truncated == 1 && fpb_now_ms() < until)
		;
	real_time(false);
	pin(1);
	aio_wait_all(ctx);
	must(!helper_wait(pid, 10000));
}

static void size_after_truncate(struct check *c)
{
	static const char *const fuse[] = { "fuse", NULL };
	const int tries = c->full ? 2000 : 300;
	char path[FPB_PATH_MAX];
	char *buf = aligned(AIOS * BLOCK);
	aio_context_t ctx = 0;
	atomic_int *truncated;
	int fd, wrong = 0, i;

	truncated = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(truncated != MAP_FAILED);
	/* The daemon, too. */
	pin(1);
	rig_up(c, 512, 1000000, fuse);
	must(!fpb_path(path, "%s", at(c, "fuse", "f")));
	file_fill(at(c, "raw", "f"), AIOS * BLOCK);
	must(!syscall(SYS_io_setup, AIOS, &ctx));
	fd = open_or_fail(path, O_RDWR | O_DIRECT);
	for (i = 0; i < tries && !wrong; i++) {
		/* Without blocks to allocate they complete at once. */
		must(pwrite(fd, buf, AIOS * BLOCK, 0) ==
		     (ssize_t)(AIOS * BLOCK));
		truncate_in_flight(path, fd, ctx, buf, truncated);
		if (stat_of(at(c, "raw", "f")).st_size == 0 &&
		    cached_size(path) != 0)
			wrong++;
		/* And a new look heals it. */
		must(!fstat(fd, &(struct stat){ 0 }));
		if (stat_of(path).st_size !=
		    stat_of(at(c, "raw", "f")).st_size)
			check_fail("a new stat does not heal the size");
	}
	check_fact("tries", i);
	if (wrong)
		check_hazard("after a truncate to 0 the kernel believes in a size of %" PRIu64,
			     (uint64_t)AIOS * BLOCK);
}

/* --- H6: a size that is out of date -------------------------------------------------------------- */

static void stale(struct check *c, uint64_t before, uint64_t behind,
		  struct counters *n)
{
	char *buf = aligned(BLOCK), *zeros = aligned(BLOCK);
	uint64_t size = behind < 516 * KIB ? 516 * KIB : behind;
	int fd;

	rig_plain(c, 512);
	file_fill(at(c, "raw", "f"), before);
	fd = open_or_fail(at(c, "fuse", "f"), O_RDWR | O_DIRECT);
	must(!fstat(fd, &(struct stat){ 0 }));
	must(!truncate(at(c, "raw", "f"), behind));
	memset(buf, 's', BLOCK);
	counters_reset(c);
	must(pwrite(fd, buf, BLOCK, 512 * KIB) == (ssize_t)BLOCK);
	counters_read(c, n);
	memset(buf, 0, BLOCK);
	must(pread(fd, buf, BLOCK, 512 * KIB) == (ssize_t)BLOCK);
	if (buf[0] != 's' || buf[BLOCK - 1] != 's')
		check_fail("the data written is not there");
	must(pread(fd, buf, BLOCK, 256 * KIB) == (ssize_t)BLOCK);
	if (memcmp(buf, zeros, BLOCK))
		check_fail("no zeros where the file was cut and grew again");
	if ((uint64_t)stat_of(at(c, "raw", "f")).st_size != size)
		check_fail("size %lld in place of %" PRIu64,
			   (long long)stat_of(at(c, "raw", "f")).st_size, size);
}

static void stale_high(struct check *c)
{
	struct counters n;

	stale(c, MIB, 64 * KIB, &n);
	if (n.shared)
		check_hazard("the file was cut behind the mount's back: a write past EOF held the lock shared (data and size are right)");
}

static void stale_low(struct check *c)
{
	struct counters n;

	stale(c, 64 * KIB, MIB, &n);
	if (n.exclusive_past_eof)
		check_hazard("the file grew behind the mount's back: a write within EOF takes the lock exclusively (data and size are right)");
}

/* --- H7: truncate against shared writers ------------------------------------------------------------ */

static void truncate_race(struct check *c)
{
	const uint64_t bytes = 4 * MIB;
	struct writing g = { .n = 3, .flags = O_DIRECT, .bs = BLOCK,
			     .random = true, .len = bytes,
			     .ms = c->full ? 20000 : 1500 };
	const char *path, *wrong;
	uint64_t until, cuts = 0, valid = 0;
	struct counters n;
	struct stamp s;
	char *buf = aligned(bytes);
	ssize_t size;
	int fd;

	rig_plain(c, 512);
	file_fill(at(c, "raw", "f"), bytes);
	path = at(c, "fuse", "f");
	g.path = path;
	counters_reset(c);
	writers_start(c, &g);
	srandom(c->seed);
	until = fpb_now_ms() + g.ms;
	while (fpb_now_ms() < until) {
		must(!truncate(path, random() % 256 * BLOCK));
		must(!truncate(path, bytes));
		cuts += 2;
	}
	writers_wait(c, &g);
	check_fact("truncates", cuts);
	counters_read(c, &n);
	fd = open_or_fail(at(c, "raw", "f"), O_RDONLY | O_DIRECT);
	size = pread(fd, buf, bytes, 0);
	must(size >= 0);
	if (stat_of(path).st_size != size)
		check_fail("size %lld through the mount, %zd below",
			   (long long)stat_of(path).st_size, size);
	for (ssize_t pos = 0; pos < size; pos += BLOCK) {
		wrong = stamp_read(buf + pos, &s);
		if (wrong && strcmp(wrong, "zeros"))
			check_fail("block at %zd: %s", pos, wrong);
		if (!wrong && s.pos != (uint64_t)pos)
			check_fail("block at %zd belongs to %" PRIu64, pos,
				   s.pos);
		valid += !wrong;
	}
	check_fact("blocks_written", valid);
	rig_was_passthrough(c, "fuse");
}

/* --- H8: the rest -------------------------------------------------------------------------------------- */

static void starvation(struct check *c)
{
	const uint64_t bytes = 4 * MIB;
	const int appends = c->full ? 2000 : 200;
	struct writing g = { .n = 4, .flags = O_DIRECT, .bs = BLOCK,
			     .random = true, .len = bytes, .ms = 3600000 };
	uint64_t during = 0;
	int fd;

	rig_plain(c, 512);
	file_fill(at(c, "raw", "f"), bytes);
	g.path = at(c, "fuse", "f");
	writers_start(c, &g);
	fd = open_or_fail(at(c, "fuse", "f"), O_WRONLY | O_DIRECT | O_APPEND);
	/* The case's deadline is what an exclusive waiter has. */
	for (int i = 0; i < appends; i++)
		must(write(fd, aligned(BLOCK), BLOCK) == (ssize_t)BLOCK);
	for (unsigned int i = 0; i < g.n; i++) {
		if (helper_wait(g.pid[i], 0) != -ETIMEDOUT)
			check_fail("a writer ended early");
		helper_kill(g.pid[i]);
		during++;
	}
	check_fact("appends", appends);
	check_fact("writers", during);
	size_is(c, "f", bytes + appends * BLOCK);
}

static void mixed_descriptors(struct check *c)
{
	const uint64_t bytes = 16 * MIB;
	struct writing g = { .n = 6, .flags = O_DIRECT, .bs = BLOCK,
			     .random = true, .len = bytes,
			     .ms = c->full ? 20000 : 1500,
			     .own_flags = { 0, 0, O_SYNC, O_SYNC, O_NOATIME,
					    O_NOATIME } };

	rig_naive(c, "--mixed", 0);
	file_fill(at(c, "raw", "f"), bytes);
	g.path = at(c, "naive", "f");
	counters_reset(c);
	writers_start(c, &g);
	writers_wait(c, &g);
	if (counters_kind() == KIND_SERIES) {
		struct counters n;

		counters_read(c, &n);
		if (!n.shared || !n.exclusive_no_pdw)
			check_fail("not both branches: %" PRIu64 " shared, %" PRIu64 " without the flag",
				   n.shared, n.exclusive_no_pdw);
	}
	writers_verify(c, &g, at(c, "raw", "f"), bytes, true);
}

/* Splices stamped blocks into @path at [from, from + len). */
static void splice_in(struct check *c, const char *path, off_t from, off_t len)
{
	int fd = open_or_fail(path, O_WRONLY), p[2];
	char *buf = aligned(BLOCK);
	loff_t pos = from;

	must(!pipe2(p, O_CLOEXEC));
	while (pos < from + len) {
		stamp_write(buf, &(struct stamp){ .pos = pos });
		must(write(p[1], buf, BLOCK) == (ssize_t)BLOCK);
		must(splice(p[0], NULL, fd, &pos, BLOCK, 0) == (ssize_t)BLOCK);
	}
}

static void splice_write(struct check *c)
{
	const uint64_t bytes = 16 * MIB;
	struct writing g = { .n = 3, .flags = O_DIRECT, .bs = BLOCK,
			     .random = true, .len = bytes / 2,
			     .ms = c->full ? 10000 : 1000 };
	uint64_t rounds = 0;
	bool more = true;
	int fd;

	rig_plain(c, 512);
	file_fill(at(c, "raw", "f"), bytes);
	/* What splice has to write again. */
	fd = open_or_fail(at(c, "raw", "f"), O_WRONLY);
	must(!fallocate(fd, FALLOC_FL_ZERO_RANGE, bytes / 2, bytes / 2));
	must(!close(fd));
	g.path = at(c, "fuse", "f");
	writers_start(c, &g);
	while (more) {
		splice_in(c, g.path, bytes / 2, bytes / 2);
		rounds++;
		more = helper_wait(g.pid[0], 0) == -ETIMEDOUT;
	}
	g.pid[0] = helper();
	if (!g.pid[0])
		_exit(0);
	writers_wait(c, &g);
	check_fact("splice_rounds", rounds);
	writers_verify(c, &g, at(c, "raw", "f"), bytes, true);
	rig_was_passthrough(c, "fuse");
}

#define I_SIZE_IS_A_CACHE "i_size is a copy of what the server last said; a change behind its back is seen with the next look at the attributes"

const struct check_case hazard_cases[] = {
	{ .name = "h1_privs_shared", .flags = CHECK_COUNTERS,
	  .run = privs_shared,
	  .setup = "A set-uid and set-gid file of root; a server without HANDLE_KILLPRIV_V2.",
	  .workload = "Another user overwrites a block, direct.",
	  .lock_path = "Should be exclusive: file_remove_privs() sends SETATTR.",
	  .validates = "The bits are stripped, and not under the shared lock.",
	  .known = { { KIND_SERIES, "file_remove_privs() runs under the lock as it was taken; XFS and ext4 go exclusive first" } } },
	{ .name = "h1b_privs_promised", .run = privs_promised,
	  .setup = "A set-uid file; a server that promises HANDLE_KILLPRIV_V2 and leaves the backing write to the kernel.",
	  .workload = "Another user overwrites a block.",
	  .lock_path = "Any.",
	  .validates = "The bits are stripped as on raw XFS.",
	  .known = { { KIND_ANY, "the kernel relies on a server that never sees the write; the same without the series" } } },
	{ .name = "privs_fpfs", .flags = CHECK_QUICK, .run = privs_fpfs,
	  .setup = "A set-uid file; fpfs.",
	  .workload = "Another user writes: direct, buffered, append, O_DSYNC.",
	  .lock_path = "Any.",
	  .validates = "Modes as on raw XFS after each." },
	{ .name = "h2_getxattr", .run = getxattr_per_write,
	  .setup = "A server that answers GETXATTR and has no HANDLE_KILLPRIV_V2.",
	  .workload = "1000 direct writes.",
	  .lock_path = "Shared, around a request.",
	  .validates = "Writes cause no requests.",
	  .known = { { KIND_ANY, "file_remove_privs() asks for security.capability before each write" } } },
	{ .name = "no_requests", .run = no_requests,
	  .setup = "fpfs.",
	  .workload = "1000 direct writes.",
	  .lock_path = "Shared.",
	  .validates = "Writes cause no requests." },
	{ .name = "h3_nowait", .flags = CHECK_COUNTERS,
	  .run = nowait,
	  .setup = "1 MiB.",
	  .workload = "fio, io_uring, iodepth 16, 2000 direct writes.",
	  .lock_path = "IOCB_NOWAIT is not looked at.",
	  .validates = "At most two calls of write_iter for each write.",
	  .known = { { KIND_ANY, "the file has no FMODE_NOWAIT and a poll that is always ready: io_uring tries again and again" } } },
	{ .name = "h3_position", .run = position,
	  .setup = "A file with shared extents that ends within a sector.",
	  .workload = "io_uring, IOSQE_ASYNC and RWF_APPEND, a direct write of 2560 bytes with an offset of 4096; 200 times.",
	  .lock_path = "Append.",
	  .validates = "It is appended, as on raw XFS.",
	  .known = { { KIND_ANY, "an attempt with IOCB_NOWAIT fails below, and fs/backing-file.c keeps the position that it has moved to EOF: the next attempt is refused as not aligned" } } },
	{ .name = "h3b_io_wq", .run = io_wq,
	  .setup = "1 MiB on a device with a latency of 20 ms.",
	  .workload = "fio, one ring, 8 writes at a time with IOSQE_ASYNC.",
	  .lock_path = "io-wq submits them one after the other (no FOP_DIO_PARALLEL_WRITE), but the lock covers the submission only.",
	  .validates = "Several are at the device together, as on raw XFS." },
	{ .name = "h4_append_cleared", .flags = CHECK_QUICK,
	  .run = append_cleared,
	  .setup = "64 KiB, opened O_APPEND | O_DIRECT; F_SETFL takes O_APPEND away.",
	  .workload = "A write at 0.",
	  .lock_path = "No IOCB_APPEND any more, but the backing file appends.",
	  .validates = "The write lands at 0.",
	  .known = { { KIND_SERIES, "F_SETFL does not reach the backing file: it appends, with the lock shared" },
		     { KIND_ANY, "F_SETFL does not reach the backing file: it appends" } } },
	{ .name = "h4_direct_cleared", .run = direct_cleared,
	  .setup = "64 KiB, opened O_DIRECT; F_SETFL takes it away.",
	  .workload = "A write of 100 bytes.",
	  .lock_path = "Exclusive.",
	  .validates = "The write succeeds.",
	  .known = { { KIND_ANY, "F_SETFL does not reach the backing file: EINVAL" } } },
	{ .name = "h4_direct_set", .flags = CHECK_QUICK | CHECK_COUNTERS,
	  .run = direct_set,
	  .setup = "64 KiB, opened without O_DIRECT; F_SETFL sets it.",
	  .workload = "A write within EOF.",
	  .lock_path = "IOCB_DIRECT -> shared, but the backing file buffers.",
	  .validates = "A write that is buffered below is exclusive.",
	  .known = { { KIND_SERIES, "F_SETFL does not reach the backing file, and the lock decision looks at the fuse file only" } } },
	{ .name = "h5_size_after_truncate", .run = size_after_truncate,
	  .quick_s = 90,
	  .setup = "256 KiB on a device with a latency of 1 ms.",
	  .workload = "64 AIO writes in flight meet a truncate to 0, up to 2000 (300) times.",
	  .lock_path = "The lock covers the submission only.",
	  .validates = "The size is 0 afterwards, also in the kernel's copy.",
	  .known = { { KIND_ANY, "end_write runs from a workqueue and may grow i_size after the truncate; the next stat heals it" } } },
	{ .name = "h6_stale_high", .flags = CHECK_COUNTERS,
	  .run = stale_high,
	  .setup = "1 MiB, cut to 64 KiB below the mount.",
	  .workload = "A write at 512 KiB.",
	  .lock_path = "Within what the kernel believes -> shared.",
	  .validates = "Data, zeros and size right; exclusive.",
	  .known = { { KIND_SERIES, I_SIZE_IS_A_CACHE } } },
	{ .name = "h6_stale_low", .flags = CHECK_COUNTERS, .run = stale_low,
	  .setup = "64 KiB, grown to 1 MiB below the mount.",
	  .workload = "A write at 512 KiB.",
	  .lock_path = "Past what the kernel believes -> exclusive.",
	  .validates = "Data, zeros and size right; shared.",
	  .known = { { KIND_SERIES, I_SIZE_IS_A_CACHE } } },
	{ .name = "h7_truncate_race", .flags = CHECK_QUICK,
	  .run = truncate_race,
	  .setup = "4 MiB.",
	  .workload = "3 direct writers all over the file, against truncates to random sizes and back, 20 s (1.5 s).",
	  .lock_path = "All but append.",
	  .validates = "Every block is whole and in its place, or zeros; both sides agree on the size." },
	{ .name = "h8_starvation", .run = starvation,
	  .setup = "4 MiB, 4 writers that share the lock all the time.",
	  .workload = "2000 (200) appends.",
	  .lock_path = "Exclusive waiters among shared holders.",
	  .validates = "The appends get their turn." },
	{ .name = "h8_mixed", .run = mixed_descriptors,
	  .setup = "16 MiB; a server that grants parallel writes to two of six descriptors and sends the writes of two others to itself (FOPEN_DIRECT_IO).",
	  .workload = "6 direct writers all over the file.",
	  .lock_path = "Shared, exclusive for lack of the flag, and FUSE's own direct I/O.",
	  .validates = "Every block holds the last acknowledged write of one of its writers." },
	{ .name = "h8_splice", .run = splice_write,
	  .setup = "16 MiB.",
	  .workload = "3 direct writers in the first half, splice(2) into the second.",
	  .lock_path = "Shared, and the exclusive lock of splice_write.",
	  .validates = "Every block is right." },
	{ .name = NULL }
};
