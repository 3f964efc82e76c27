// SPDX-License-Identifier: GPL-2.0
/* Writes by io_uring: attempts that must not block, workers, appends. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <liburing.h>
#include <stdio.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"

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

#define APPEND_BYTES	2560

static int write_append_async(int fd)
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
	io_uring_sqe_set_flags(sqe, IOSQE_ASYNC);
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
static int append_by_worker(const char *path)
{
	int fd = check_open(path, O_RDWR | O_CREAT | O_DIRECT), ret;
	loff_t from = 4096, to = 36864;

	must(!fallocate(fd, 0, 0, 17488));
	must(copy_file_range(fd, &from, fd, &to, 28672, 0) == 17488 - 4096);
	ret = write_append_async(fd);
	must(!close(fd));
	must(!unlink(path));
	return ret;
}

static void position(struct check_context *c)
{
	const int tries = 200;
	const char *raw_file, *fuse_file;
	int refused = 0;

	check_mount_fuse(c, 512, 0);
	raw_file = check_path(c, "raw", "g");
	fuse_file = check_path(c, "fuse", "f");
	for (int i = 0; i < tries; i++) {
		int raw = append_by_worker(raw_file);
		int fuse = append_by_worker(fuse_file);

		if (raw != APPEND_BYTES)
			check_fail("the control: %d on raw XFS, expected %d",
				   raw, APPEND_BYTES);
		if (fuse != raw && fuse != -EINVAL)
			check_fail("%d through the mount, %d on raw XFS", fuse,
				   raw);
		refused += fuse != raw;
	}
	if (refused)
		check_hazard("%d of %d writes: EINVAL; raw XFS takes them",
			     refused, tries);
}

const struct check_case io_uring_cases[] = {
	{ .name = "h3_nowait", .flags = CHECK_COUNTERS, .run = nowait,
	  .setup = "1 MiB.",
	  .workload = "fio, io_uring, iodepth 16, 2000 direct writes.",
	  .lock_path = "Ignores IOCB_NOWAIT.",
	  .validates = "At most two calls of write_iter for each write.",
	  .known = { { KERNEL_ANY, "the file has no FMODE_NOWAIT, and its poll is always ready: io_uring tries again and again" } } },
	{ .name = "h3_position", .run = position,
	  .setup = "A file with shared extents that ends within a sector.",
	  .workload = "io_uring, IOSQE_ASYNC and RWF_APPEND, a direct write of 2560 bytes with an offset of 4096; 200 times.",
	  .lock_path = "Append.",
	  .validates = "It is appended, as on raw XFS.",
	  .known = { { KERNEL_ANY, "an attempt with IOCB_NOWAIT fails below FUSE, and fs/backing-file.c keeps the position that it has moved to EOF: the next attempt is refused as misaligned" } } },
	{ .name = "h3b_io_wq", .run = io_wq,
	  .setup = "1 MiB on a device with a latency of 20 ms.",
	  .workload = "fio, one ring, 8 writes at a time with IOSQE_ASYNC.",
	  .lock_path = "io-wq submits them one after the other (no FOP_DIO_PARALLEL_WRITE), but the lock covers the submission only.",
	  .validates = "Several are at the device together, as on raw XFS." },
	{ .name = NULL }
};
