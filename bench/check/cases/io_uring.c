// SPDX-License-Identifier: GPL-2.0
/* Writes by io_uring: attempts that must not block, workers, appends. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"
#include "os/clock.h"

static void run_fio(struct check_context *c, const char *path,
		    const char *const *options)
{
	char file[FPB_PATH_MAX + 16];
	const char *argv[24] = { c->fio, "--name=f", file, "--bs=4k",
				 "--direct=1", "--rw=randwrite",
				 "--allow_file_create=0",
				 "--ioengine=io_uring", "--size=1m" };
	int n = 9;

	snprintf(file, sizeof(file), "--filename=%s", path);
	while (*options)
		argv[n++] = *options++;
	check_command(c->log, argv, 120000);
}

#define NOWAIT_WRITES	2000

static void nowait(struct check_context *c)
{
	static const char *const options[] = {
		"--iodepth=16", "--number_ios=2000", "--io_size=64m", NULL
	};
	struct check_counters n;
	uint64_t calls;

	check_mount_fuse(c, 512, 0);
	check_fill(check_path(c, "raw", "f"), MIB);
	check_counters_reset();
	run_fio(c, check_path(c, "fuse", "f"), options);
	check_counters_read(&n);
	calls = check_counters_total(&n);
	if (calls < NOWAIT_WRITES)
		check_fail("%" PRIu64 " lock decisions in %d writes", calls,
			   NOWAIT_WRITES);
	check_fact("write_iter_calls_in_2000", calls);
	/* Once without blocking and, if that fails, once by a worker. */
	if (calls > 2 * NOWAIT_WRITES)
		check_hazard("%.1f calls of write_iter for each write",
			     (double)calls / NOWAIT_WRITES);
}

/* The most I/Os at the device while one ring of fio writes to @path. */
static uint64_t most_in_flight(struct check_context *c, const char *path)
{
	static const char *const options[] = {
		"--force_async=1", "--iodepth=8", "--number_ios=40",
		"--io_size=1m", NULL
	};
	uint64_t n, most = 0;
	pid_t pid;
	int ret;

	sync();
	pid = check_fork();
	if (!pid) {
		run_fio(c, path, options);
		_exit(0);
	}
	while ((ret = check_wait(pid, 0)) == -ETIMEDOUT) {
		n = check_in_flight(c);
		most = n > most ? n : most;
	}
	if (ret)
		check_fail("fio failed (see check.log)");
	return most;
}

static void io_wq(struct check_context *c)
{
	uint64_t raw, fuse;

	check_mount_fuse(c, 512, 20000000);
	check_fill(check_path(c, "raw", "f"), MIB);
	raw = most_in_flight(c, check_path(c, "raw", "f"));
	fuse = most_in_flight(c, check_path(c, "fuse", "f"));
	check_fact("in_flight_raw", raw);
	check_fact("in_flight_fuse", fuse);
	if (raw < 3)
		check_fail("the control: at most %" PRIu64 " of 8 writes in flight on raw XFS",
			   raw);
	if (fuse < 3)
		check_fail("at most %" PRIu64 " of 8 writes in flight, %" PRIu64 " on raw XFS",
			   fuse, raw);
}

/* --- writes that must not wait -------------------------------------------- */

/* A block at @pos with RWF_NOWAIT: 0 if written, -errno, -ETIMEDOUT: waits. */
static int write_nowait(int fd, off_t pos)
{
	const struct iovec v = { check_buffer(BLOCK), BLOCK };
	pid_t pid = check_fork();

	if (!pid)
		_exit(pwritev2(fd, &v, 1, pos, RWF_NOWAIT) == (ssize_t)BLOCK ?
			      0 : errno);
	return check_wait(pid, 3000);
}

/*
 * XFS itself does not want to update the times then, so a write comes before
 * that needs them. Whether one of many tries succeeds.
 */
static bool nowait_can_write(int fd)
{
	const struct iovec v = { check_buffer(BLOCK), BLOCK };

	for (int i = 0; i < 500; i++) {
		must(pwrite(fd, v.iov_base, BLOCK, 0) == (ssize_t)BLOCK);
		if (pwritev2(fd, &v, 1, 0, RWF_NOWAIT) == (ssize_t)BLOCK)
			return true;
	}
	return false;
}

static void expect_eagain(const char *obstacle, int ret)
{
	if (ret != -EAGAIN)
		check_hazard("%s: %s, expected EAGAIN", obstacle,
			     ret == -ETIMEDOUT ? "it waits" :
			     ret ? strerror(-ret) : "it is written");
}

/* Within EOF, until XFS is thawed: it holds the lock, shared. */
static pid_t start_waiting_write(int fd)
{
	pid_t pid = check_fork();

	if (!pid)
		_exit(pwrite(fd, check_buffer(BLOCK), BLOCK, 0) ==
		      (ssize_t)BLOCK ? 0 : errno);
	while (!check_asleep(pid))
		usleep(1000);
	return pid;
}

static void nowait_frozen(struct check_context *c)
{
	int fd, frozen, locked;
	pid_t pid;

	check_mount_fuse(c, 512, 0);
	check_fill(check_path(c, "raw", "f"), MIB);
	fd = check_open(check_path(c, "fuse", "f"), O_WRONLY | O_DIRECT);
	check_set_nosec(fd);
	check_freeze(c);
	frozen = write_nowait(fd, 0);
	pid = start_waiting_write(fd);
	locked = write_nowait(fd, MIB);
	check_thaw(c);
	must(!check_wait(pid, 30000));
	expect_eagain("XFS is frozen", frozen);
	expect_eagain("the lock is taken", locked);
	if (!nowait_can_write(fd))
		check_hazard("nothing in the way, and yet: %s",
			     strerror(errno));
}

static int asked(const char *path)
{
	char text[32] = "";

	must(getxattr(path, "user.asked", text, sizeof(text) - 1) > 0);
	return atoi(text);
}

static void nowait_privileges(struct check_context *c)
{
	const char *path;
	int fd, before;

	check_mount_naive(c, "--getxattr");
	check_fill(check_path(c, "raw", "f"), MIB);
	path = check_path(c, "naive", "f");
	fd = check_open(path, O_WRONLY | O_DIRECT);
	before = asked(path);
	expect_eagain("the server would be asked", write_nowait(fd, 0));
	if (asked(path) != before)
		check_fail("the server was asked for security.capability");
}

/* --- poll ----------------------------------------------------------------- */

static void epoll(struct check_context *c)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT };
	int fd, ep = epoll_create1(EPOLL_CLOEXEC);

	check_mount_fuse(c, 512, 0);
	check_fill(check_path(c, "raw", "f"), MIB);
	fd = check_open(check_path(c, "fuse", "f"), O_RDWR | O_DIRECT);
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
		check_fail("EPOLL_CTL_ADD: %s", strerror(errno));
	if (epoll_wait(ep, &e, 1, 0) != 1 ||
	    e.events != (EPOLLIN | EPOLLOUT))
		check_fail("a file without poll is not ready");
}

/* --- workers -------------------------------------------------------------- */

#define WORKERS		4

/* Threads of this process that wait in io_uring's workers. */
static unsigned int waiting_workers(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned int n = 0;
	struct dirent *e;

	must(tasks);
	while ((e = readdir(tasks))) {
		char path[FPB_PATH_MAX], *text;

		if (fpb_path(path, "/proc/self/task/%s/comm", e->d_name) ||
		    fpb_file_read(path, &text, NULL))
			continue;
		n += !strncmp(text, "iou-wrk-", 8) &&
		     check_asleep(atoi(e->d_name));
		free(text);
	}
	closedir(tasks);
	return n;
}

/* The most workers that wait at once while XFS is frozen. */
static unsigned int workers_used(struct check_context *c, const char *path)
{
	const uint64_t until = fpb_now_ms() + 3000;
	int fd = check_open(path, O_WRONLY | O_DIRECT), ret;
	unsigned int n, most = 0;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	struct io_uring ring;

	ret = io_uring_queue_init(WORKERS, &ring, 0);
	if (ret)
		check_skip("io_uring: %s", strerror(-ret));
	check_freeze(c);
	for (int i = 0; i < WORKERS; i++) {
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_write(sqe, fd, check_buffer(BLOCK), BLOCK,
				    i * BLOCK);
		io_uring_sqe_set_flags(sqe, IOSQE_ASYNC);
	}
	must(io_uring_submit(&ring) == WORKERS);
	while (most < WORKERS && fpb_now_ms() < until) {
		n = waiting_workers();
		most = n > most ? n : most;
		usleep(1000);
	}
	check_thaw(c);
	for (int i = 0; i < WORKERS; i++) {
		must(!io_uring_wait_cqe(&ring, &cqe));
		must(cqe->res == (int)BLOCK);
		io_uring_cqe_seen(&ring, cqe);
	}
	io_uring_queue_exit(&ring);
	must(!close(fd));
	return most;
}

static void parallel_workers(struct check_context *c)
{
	unsigned int raw, fuse;

	check_mount_fuse(c, 512, 0);
	check_fill(check_path(c, "raw", "f"), MIB);
	raw = workers_used(c, check_path(c, "raw", "f"));
	fuse = workers_used(c, check_path(c, "fuse", "f"));
	check_fact("workers_raw", raw);
	check_fact("workers_fuse", fuse);
	if (raw < WORKERS)
		check_fail("the control: %u workers for %d writes on raw XFS",
			   raw, WORKERS);
	if (fuse < raw)
		check_hazard("%u workers for %d writes, %u on raw XFS", fuse,
			     WORKERS, raw);
}

/* --- the position of the next attempt ------------------------------------- */

#define APPEND_BYTES	2560

struct append {
	bool async;			/* by a worker from the beginning */
};

static int write_append(int fd, bool async)
{
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	int ret = io_uring_queue_init(1, &ring, 0);

	if (ret)
		check_skip("io_uring: %s", strerror(-ret));
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_write(sqe, fd, check_buffer(BLOCK), APPEND_BYTES, 4096);
	sqe->rw_flags = RWF_APPEND;
	io_uring_sqe_set_flags(sqe, async ? IOSQE_ASYNC : 0);
	must(io_uring_submit(&ring) == 1 && !io_uring_wait_cqe(&ring, &cqe));
	ret = cqe->res;
	io_uring_queue_exit(&ring);
	return ret;
}

/*
 * XFS turns a direct write of half a block to a file with shared extents into
 * a buffered one, wherever EOF is, and checks the position before it honours
 * RWF_APPEND. Returns the result of a write by io_uring's worker, or -errno.
 */
static int append(const char *path, bool async)
{
	int fd = check_open(path, O_RDWR | O_CREAT | O_DIRECT), ret;
	loff_t from = 4096, to = 36864;

	must(!fallocate(fd, 0, 0, 17488));
	must(copy_file_range(fd, &from, fd, &to, 28672, 0) == 17488 - 4096);
	ret = write_append(fd, async);
	must(!close(fd));
	must(!unlink(path));
	return ret;
}

static void position(struct check_context *c)
{
	const struct append *how = c->row->variant;
	const int tries = 200;
	int refused[CHECK_SIDES] = { 0 };

	check_mount_fuse(c, 512, 0);
	for (int i = 0; i < tries; i++)
		for (int s = 0; s < CHECK_SIDES; s++) {
			int ret = append(check_path(c, check_sides[s],
						    check_sides[s]),
					 how->async);

			if (ret != APPEND_BYTES && ret != -EINVAL)
				check_fail("%s: %d, expected %d",
					   check_sides[s], ret, APPEND_BYTES);
			refused[s] += ret != APPEND_BYTES;
		}
	if (how->async && refused[0])
		check_fail("the control: %d of %d writes on raw XFS: EINVAL",
			   refused[0], tries);
	if (refused[0] + refused[1])
		check_hazard("of %d writes each EINVAL: %d on raw XFS, %d through the mount",
			     tries, refused[0], refused[1]);
}

#define NO_NOWAIT "the file has no FMODE_NOWAIT: EOPNOTSUPP"

const struct check_case io_uring_cases[] = {
	{ .name = "h3_nowait", .flags = CHECK_COUNTERS | CHECK_MENDED,
	  .run = nowait,
	  .setup = "1 MiB.",
	  .workload = "fio, io_uring, iodepth 16, 2000 direct writes.",
	  .lock_path = "Ignores IOCB_NOWAIT; beyond: tried.",
	  .validates = "At most two calls of write_iter for each write.",
	  .known = { { KERNEL_ANY, "the file has no FMODE_NOWAIT, and its poll is always ready: io_uring tries again and again" } } },
	{ .name = "h3_nowait_frozen", .flags = CHECK_MENDED,
	  .run = nowait_frozen,
	  .setup = "1 MiB; XFS is frozen.",
	  .workload = "A write with RWF_NOWAIT; another past EOF, while a write within EOF waits for XFS.",
	  .lock_path = "Tried: shared, then exclusive.",
	  .validates = "Both return EAGAIN and do not wait.",
	  .known = { { KERNEL_ANY, NO_NOWAIT } } },
	{ .name = "h3_nowait_privileges", .flags = CHECK_MENDED,
	  .run = nowait_privileges,
	  .setup = "As h2_getxattr.",
	  .workload = "A write with RWF_NOWAIT.",
	  .lock_path = "Tried.",
	  .validates = "EAGAIN, and the server is not asked.",
	  .known = { { KERNEL_ANY, NO_NOWAIT } } },
	{ .name = "h3_epoll", .flags = CHECK_QUICK, .run = epoll,
	  .setup = "A file; a server without poll.",
	  .workload = "EPOLL_CTL_ADD.",
	  .lock_path = "None.",
	  .validates = "It is accepted, and the file is ready." },
	{ .name = "h3_position", .flags = CHECK_MENDED, .run = position,
	  .variant = &(const struct append){ .async = true },
	  .setup = "A file with shared extents that ends within a sector.",
	  .workload = "io_uring, IOSQE_ASYNC and RWF_APPEND, a direct write of 2560 bytes with an offset of 4096; 200 times.",
	  .lock_path = "Append.",
	  .validates = "It is appended, as on raw XFS.",
	  .known = { { KERNEL_ANY, "an attempt with IOCB_NOWAIT fails below FUSE, and fs/backing-file.c keeps the position that it has moved to EOF: the next attempt is refused as misaligned" } } },
	{ .name = "h3_position_raw", .flags = CHECK_MENDED, .run = position,
	  .variant = &(const struct append){ .async = false },
	  .setup = "As h3_position.",
	  .workload = "The same without IOSQE_ASYNC.",
	  .lock_path = "Append.",
	  .validates = "It is appended, on raw XFS, too.",
	  .known = { { KERNEL_ANY, "io_uring does not restore the position after an attempt with IOCB_NOWAIT" } } },
	{ .name = "h3b_workers", .flags = CHECK_MENDED,
	  .run = parallel_workers,
	  .setup = "1 MiB; XFS is frozen.",
	  .workload = "4 writes by io_uring with IOSQE_ASYNC.",
	  .lock_path = "Shared.",
	  .validates = "4 workers wait, as on raw XFS: none waits for another.",
	  .known = { { KERNEL_ANY, "the file operations have no FOP_DIO_PARALLEL_WRITE: io_uring's workers write to an inode one at a time" } } },
	{ .name = "h3b_io_wq", .run = io_wq,
	  .setup = "1 MiB on a device with a latency of 20 ms.",
	  .workload = "fio, one ring, 8 writes at a time with IOSQE_ASYNC.",
	  .lock_path = "io-wq submits them one after the other (no FOP_DIO_PARALLEL_WRITE), but the lock covers the submission only.",
	  .validates = "Several are at the device together, as on raw XFS." },
	{ .name = NULL }
};
