// SPDX-License-Identifier: GPL-2.0
/* The kernel's copy of a file's size and attributes, and truncates. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/aio.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/stamp.h"
#include "check/lib/writers.h"
#include "os/clock.h"

static uint64_t size_of(const char *path)
{
	return check_stat(path).st_size;
}

/* --- a truncate that meets AIO -------------------------------------------- */

#define AIOS		64
#define AIO_BYTES	(AIOS * BLOCK)

/* The kernel's copy, without a request to the server. */
static uint64_t cached_size(int fd)
{
	struct statx sx;

	must(!statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_SIZE,
		    &sx));
	return sx.stx_size;
}

/* This process and those that it starts from now on. */
static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Not on the only CPU. */
static void set_real_time(bool yes)
{
	const struct sched_param p = { .sched_priority = yes };

	if (get_nprocs() > 1)
		sched_setscheduler(0, yes ? SCHED_FIFO : SCHED_OTHER, &p);
}

enum { NOT_SUBMITTED, SUBMITTED, TRUNCATED };

static pid_t start_truncate(const char *path, atomic_int *state)
{
	pid_t pid = check_fork();

	if (pid)
		return pid;
	while (*state == NOT_SUBMITTED)
		sched_yield();
	if (truncate(path, 0))
		_exit(errno);
	*state = TRUNCATED;
	_exit(0);
}

/*
 * The writes complete on the CPU that submitted them, and until the truncate
 * is done the worker there, which calls end_write, gets no time. Where writes
 * complete on another CPU the order is up to chance.
 */
static void truncate_in_flight(const char *path, int fd, aio_context_t ctx,
			       char *buf, atomic_int *state)
{
	off_t pos[AIOS];
	uint64_t until;
	pid_t pid;

	for (int i = 0; i < AIOS; i++)
		pos[i] = i * BLOCK;
	*state = NOT_SUBMITTED;
	pid = start_truncate(path, state);
	pin(0);
	set_real_time(true);
	check_aio_submit(ctx, fd, buf, pos, AIOS);
	*state = SUBMITTED;
	until = fpb_now_ms() + 50;
	while (*state == SUBMITTED && fpb_now_ms() < until)
		;
	set_real_time(false);
	pin(1);
	check_aio_wait(ctx, AIOS);
	must(!check_wait(pid, 10000));
}

static void size_after_truncate(struct check_context *c)
{
	const int tries = c->full ? 2000 : 300;
	atomic_int *state = check_shared_memory(sizeof(*state));
	char *buf = check_buffer(AIO_BYTES);
	const char *raw, *path;
	aio_context_t ctx = check_aio_context(AIOS);
	int fd, wrong = 0, i;

	/* The daemon, too. */
	pin(1);
	check_mount_fuse(c, 512, 1000000);
	raw = check_path(c, "raw", "f");
	path = check_path(c, "fuse", "f");
	check_fill(raw, AIO_BYTES);
	fd = check_open(path, O_RDWR | O_DIRECT);
	for (i = 0; i < tries && !wrong; i++) {
		/* Without blocks to allocate, AIO writes do not block. */
		must(pwrite(fd, buf, AIO_BYTES, 0) == (ssize_t)AIO_BYTES);
		truncate_in_flight(path, fd, ctx, buf, state);
		wrong = size_of(raw) == 0 && cached_size(fd) != 0;
		must(!fstat(fd, &(struct stat){ 0 }));
		if (size_of(path) != size_of(raw))
			check_fail("the next stat does not correct the size");
	}
	check_fact("tries", i);
	if (wrong)
		check_hazard("after a truncate to 0 the kernel's copy of the size is %" PRIu64,
			     (uint64_t)AIO_BYTES);
}

/* --- a reply that is out of date ------------------------------------------ */

static bool same_mtime(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void expect_times_of(int fd, const char *raw)
{
	const struct stat below = check_stat(raw);
	struct stat st;

	must(!fstat(fd, &st));
	if (!same_mtime(&st, &below))
		check_fail("stat after a write has the times of before it");
}

/* A process that asks the server for the attributes. */
static pid_t start_stat(int fd)
{
	struct statx sx;
	pid_t pid = check_fork();

	if (pid)
		return pid;
	_exit(statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_MTIME,
		    &sx) ? errno : 0);
}

static void write_at(int fd, aio_context_t ctx, off_t pos)
{
	check_aio_submit(ctx, fd, check_buffer(BLOCK), &pos, 1);
	check_aio_wait(ctx, 1);
}

static void write_once(int fd, aio_context_t ctx)
{
	write_at(fd, ctx, 0);
}

/*
 * The write comes while the server, which has read size and times, sleeps. Every
 * other one extends the file.
 */
static void late_reply(struct check_context *c)
{
	aio_context_t ctx = check_aio_context(1);
	const char *raw;
	pid_t pid;
	int fd;

	check_mount_naive(c, "--slow-getattr");
	raw = check_path(c, "raw", "f");
	check_fill(raw, MIB);
	fd = check_open(check_path(c, "naive", "f"), O_RDWR | O_DIRECT);
	write_once(fd, ctx);
	for (int i = 0; i < 6; i++) {
		pid = start_stat(fd);
		fpb_sleep_ms(100);
		write_at(fd, ctx, i % 2 ? size_of(raw) : 0);
		must(!check_wait(pid, 30000));
		if (cached_size(fd) != size_of(raw))
			check_fail("the kernel's copy of the size is that of before the write");
		expect_times_of(fd, raw);
	}
}

static void attr_delay_off(void *unused)
{
	check_attr_delay(0);
}

/* Whether the write ended while the attributes of a reply became valid. */
static bool write_meanwhile(int fd, aio_context_t ctx)
{
	const uint64_t until = fpb_now_ms() + 10000;
	bool in_time;
	pid_t pid;

	check_attr_delay(100);
	pid = start_stat(fd);
	while (!check_attr_is_delayed() && fpb_now_ms() < until)
		;
	write_once(fd, ctx);
	in_time = check_attr_is_delayed();
	check_attr_delay(0);
	must(!check_wait(pid, 30000));
	return in_time;
}

static void late_end(struct check_context *c)
{
	aio_context_t ctx = check_aio_context(1);
	const char *raw;
	int fd, n = 0;

	if (c->kernel < KERNEL_BEYOND)
		check_skip("needs kernel-patches/beyond: until then the end of a write waits for fi->lock");
	if (get_nprocs() < 2)
		check_skip("needs two CPUs");
	fpb_undo_push(&c->undo, attr_delay_off, NULL);
	check_mount_naive(c, NULL);
	raw = check_path(c, "raw", "f");
	check_fill(raw, MIB);
	fd = check_open(check_path(c, "naive", "f"), O_RDWR | O_DIRECT);
	for (int i = 0; i < 50 && n < 5; i++) {
		/* The attributes are invalid before, too. */
		write_once(fd, ctx);
		n += write_meanwhile(fd, ctx);
		expect_times_of(fd, raw);
	}
	check_fact("in_time", n);
	if (!n)
		check_fail("the machine is too busy for a write within 100 ms");
}

#define WRITES		1000

static void no_version(struct check_context *c)
{
	char *buf = check_buffer(BLOCK);
	struct check_counters n;
	int fd;

	if (c->kernel < KERNEL_SERIES)
		check_skip("needs the series: only writes that share the lock are looked at");
	check_mount_fuse(c, 512, 0);
	check_fill(check_path(c, "raw", "f"), MIB);
	fd = check_open(check_path(c, "fuse", "f"), O_RDWR | O_DIRECT);
	check_set_nosec(fd);
	check_counters_reset();
	for (int i = 0; i < WRITES; i++)
		must(pwrite(fd, buf, BLOCK, i % 256 * BLOCK) == (ssize_t)BLOCK);
	check_counters_read(&n);
	if (n.shared != WRITES)
		check_fail("%" PRIu64 " of %d writes took the lock shared",
			   n.shared, WRITES);
	/* Requests that come by themselves, such as a GETATTR, count once. */
	if (n.version_changed > 20)
		check_hazard("%" PRIu64 " of %d writes found another version than the one before",
			     n.version_changed, WRITES);
}

/* --- a size that is out of date ------------------------------------------- */

struct stale {
	uint64_t cached, real;		/* sizes */
};

#define WRITE_AT	(512 * KIB)

static void verify_stale(const char *raw, int fd, uint64_t size)
{
	char *buf = check_buffer(BLOCK);

	must(pread(fd, buf, BLOCK, WRITE_AT) == (ssize_t)BLOCK);
	if (buf[0] != 's' || buf[BLOCK - 1] != 's')
		check_fail("the data written is not there");
	must(pread(fd, buf, BLOCK, 256 * KIB) == (ssize_t)BLOCK);
	for (size_t i = 0; i < BLOCK; i++)
		if (buf[i])
			check_fail("no zeros where the file was cut and grew again");
	if (size_of(raw) != size)
		check_fail("size %" PRIu64 ", expected %" PRIu64, size_of(raw),
			   size);
}

/* A write after the size has changed below the mount. */
static void write_with_stale_size(struct check_context *c,
				  struct check_counters *n)
{
	const struct stale *s = c->row->variant;
	const uint64_t end = WRITE_AT + BLOCK;
	char *buf = check_buffer(BLOCK);
	const char *raw;
	int fd;

	check_mount_fuse(c, 512, 0);
	raw = check_path(c, "raw", "f");
	check_fill(raw, s->cached);
	fd = check_open(check_path(c, "fuse", "f"), O_RDWR | O_DIRECT);
	must(!fstat(fd, &(struct stat){ 0 }));
	must(!truncate(raw, s->real));
	memset(buf, 's', BLOCK);
	check_set_nosec(fd);
	check_counters_reset();
	must(pwrite(fd, buf, BLOCK, WRITE_AT) == (ssize_t)BLOCK);
	check_counters_read(n);
	verify_stale(raw, fd, s->real < end ? end : s->real);
}

static void stale_high(struct check_context *c)
{
	struct check_counters n;

	write_with_stale_size(c, &n);
	if (n.shared)
		check_hazard("the file was cut below the mount: a write past EOF held the lock shared (data and size are right)");
}

static void stale_low(struct check_context *c)
{
	struct check_counters n;

	write_with_stale_size(c, &n);
	if (n.exclusive_past_eof)
		check_hazard("the file grew below the mount: a write within EOF took the lock exclusively (data and size are right)");
}

/* --- truncates against writers -------------------------------------------- */

static uint64_t truncate_for(const char *path, uint64_t bytes, unsigned int ms)
{
	const uint64_t until = fpb_now_ms() + ms;
	uint64_t n = 0;

	for (; fpb_now_ms() < until; n += 2) {
		must(!truncate(path, random() % 256 * BLOCK));
		must(!truncate(path, bytes));
	}
	return n;
}

/* Each block is whole and in its place, or zeros. */
static void verify_whole(const char *raw, uint64_t bytes)
{
	const int fd = check_open(raw, O_RDONLY | O_DIRECT);
	char *buf = check_buffer(bytes);
	const ssize_t size = pread(fd, buf, bytes, 0);
	uint64_t written = 0;

	must(size >= 0 && (uint64_t)size == size_of(raw));
	for (ssize_t pos = 0; pos < size; pos += BLOCK) {
		struct stamp s;
		const char *wrong = stamp_read(buf + pos, &s);

		if (wrong && strcmp(wrong, "zeros"))
			check_fail("block at %zd: %s", pos, wrong);
		if (!wrong && s.pos != (uint64_t)pos)
			check_fail("block at %zd belongs to %" PRIu64, pos,
				   s.pos);
		written += !wrong;
	}
	check_fact("blocks_written", written);
}

static void truncate_race(struct check_context *c)
{
	const uint64_t bytes = 4 * MIB;
	struct check_writers g;
	struct check_counters n;
	const char *raw;

	check_mount_fuse(c, 512, 0);
	raw = check_path(c, "raw", "f");
	check_fill(raw, bytes);
	g = check_random_writers(c, 3, bytes, c->full ? 20000 : 1500);
	check_counters_reset();
	check_writers_start(c, &g);
	srandom(c->seed);
	check_fact("truncates", truncate_for(g.path, bytes, g.ms));
	check_writers_wait(&g);
	check_counters_read(&n);
	if (size_of(g.path) != size_of(raw))
		check_fail("size %" PRIu64 " through the mount, %" PRIu64 " on XFS",
			   size_of(g.path), size_of(raw));
	verify_whole(raw, bytes);
	check_no_daemon_io(c, "fuse");
}

#define I_SIZE_IS_A_COPY "i_size is a copy of the server's last answer; a change below the mount is seen when the attributes are read again"

const struct check_case size_cases[] = {
	{ .name = "h5_size_after_truncate", .flags = CHECK_MENDED,
	  .run = size_after_truncate,
	  .setup = "256 KiB on a device with a latency of 1 ms.",
	  .workload = "64 AIO writes in flight meet a truncate to 0, up to 2000 (300) times.",
	  .lock_path = "The lock covers the submission only.",
	  .validates = "The size is 0 afterwards, also in the kernel's copy.",
	  .known = { { KERNEL_ANY, "end_write runs from a workqueue and may grow i_size after the truncate; the next stat corrects it" } } },
	{ .name = "late_reply", .run = late_reply,
	  .setup = "A server that sleeps for 0.3 s between reading the attributes and its reply.",
	  .workload = "An AIO write while it sleeps, within EOF or past it, then stat, 6 times.",
	  .lock_path = "Shared; exclusive.",
	  .validates = "The reply is not taken for the attributes after the write." },
	{ .name = "late_end", .run = late_end,
	  .setup = "A delay of 0.1 s between the comparison of the version of a reply and its attributes becoming valid.",
	  .workload = "An AIO write that ends in it, then stat, 5 times.",
	  .lock_path = "Shared; its end takes no lock.",
	  .validates = "The attributes of the reply are not valid after the write." },
	{ .name = "no_version", .run = no_version,
	  .flags = CHECK_QUICK | CHECK_COUNTERS | CHECK_MENDED,
	  .setup = "A file of 1 MiB.",
	  .workload = "1000 direct writes within EOF, no stat.",
	  .lock_path = "Shared.",
	  .validates = "The end of a write stores no new version of the attributes, neither in the connection nor in the inode.",
	  .known = { { KERNEL_SERIES, "fuse_write_update_attr() increments the version of the connection for each write" } } },
	{ .name = "h6_stale_high", .flags = CHECK_COUNTERS, .run = stale_high,
	  .variant = &(const struct stale){ .cached = MIB, .real = 64 * KIB },
	  .setup = "1 MiB, cut to 64 KiB below the mount.",
	  .workload = "A write at 512 KiB.",
	  .lock_path = "Within the cached size -> shared.",
	  .validates = "Data, zeros and size are right; the lock is exclusive.",
	  .known = { { KERNEL_SERIES, I_SIZE_IS_A_COPY } } },
	{ .name = "h6_stale_low", .flags = CHECK_COUNTERS, .run = stale_low,
	  .variant = &(const struct stale){ .cached = 64 * KIB, .real = MIB },
	  .setup = "64 KiB, grown to 1 MiB below the mount.",
	  .workload = "A write at 512 KiB.",
	  .lock_path = "Past the cached size -> exclusive.",
	  .validates = "Data, zeros and size are right; the lock is shared.",
	  .known = { { KERNEL_SERIES, I_SIZE_IS_A_COPY } } },
	{ .name = "h7_truncate_race", .flags = CHECK_QUICK,
	  .run = truncate_race,
	  .setup = "4 MiB.",
	  .workload = "3 direct writers of random blocks, against truncates to random sizes and back, 20 s (1.5 s).",
	  .lock_path = "All but append.",
	  .validates = "Every block is whole and in its place, or zeros; both sides agree on the size." },
	{ .name = NULL }
};
