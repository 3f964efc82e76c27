// SPDX-License-Identifier: GPL-2.0
/*
 * Hazard 8: files that are closed, and processes that end, before their writes
 * have completed.
 */
#include "check/lib/check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <liburing.h>
#include <linux/aio_abi.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/clock.h"

/*
 * Writes of one process: OVER blocks over what is there, and one past EOF.
 * The block between is another writer's.
 */
#define OVER		32
#define WRITES_LEFT	(OVER + 1)
#define BETWEEN		(OVER * BLOCK)
#define PAST_EOF	((OVER + 1) * BLOCK)
#define AFTER		((OVER + 2) * BLOCK)

struct leaving {
	bool uring, async;		/* async: by a worker of io_uring */
	bool ends;			/* the process, too, without waiting */
	char letter;
	struct {
		atomic_int closed, in_flight;
		/*
		 * A worker may look the file up only when it is closed: EBADF,
		 * and nothing written.
		 */
		bool refused[WRITES_LEFT];
	} *shared;			/* with who waits for it */
};

static off_t place(int i)
{
	return i < OVER ? i * BLOCK : PAST_EOF;
}

static aio_context_t submit_aio(int fd, char *buf)
{
	struct iocb cb[WRITES_LEFT], *cbs[WRITES_LEFT];
	aio_context_t ctx = 0;

	for (int i = 0; i < WRITES_LEFT; i++) {
		cb[i] = (struct iocb){
			.aio_fildes = fd, .aio_lio_opcode = IOCB_CMD_PWRITE,
			.aio_buf = (uintptr_t)buf, .aio_nbytes = BLOCK,
			.aio_offset = place(i) };
		cbs[i] = &cb[i];
	}
	must(!syscall(SYS_io_setup, WRITES_LEFT, &ctx));
	must(syscall(SYS_io_submit, ctx, WRITES_LEFT, cbs) == WRITES_LEFT);
	return ctx;
}

static void submit_uring(int fd, char *buf, bool async, struct io_uring *ring)
{
	int ret = io_uring_queue_init(WRITES_LEFT, ring, 0);

	if (ret)
		check_skip("io_uring: %s", strerror(-ret));
	for (int i = 0; i < WRITES_LEFT; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

		io_uring_prep_write(sqe, fd, buf, BLOCK, place(i));
		io_uring_sqe_set_flags(sqe, async ? IOSQE_ASYNC : 0);
		io_uring_sqe_set_data64(sqe, i);
	}
	must(io_uring_submit(ring) == WRITES_LEFT);
}

static void completed(const struct leaving *l, unsigned int i, int64_t res)
{
	if (res == -EBADF && l->async)
		l->shared->refused[i] = true;
	else if (res != (int64_t)BLOCK)
		check_fail("a write whose file was closed returned %" PRId64,
			   res);
}

static void __attribute__((noreturn))
leave(struct check *c, const struct leaving *l)
{
	int fd = open_or_fail(at(c, "fuse", "f"), O_RDWR | O_DIRECT);
	char *buf = aligned(BLOCK);
	struct io_event ev[WRITES_LEFT];
	struct io_uring ring;
	struct io_uring_cqe *cqe;
	aio_context_t ctx = 0;

	memset(buf, l->letter, BLOCK);
	if (l->uring)
		submit_uring(fd, buf, l->async, &ring);
	else
		ctx = submit_aio(fd, buf);
	must(!close(fd));
	l->shared->in_flight += rig_inflight(c) > 0;
	l->shared->closed = 1;
	if (l->ends)
		_exit(0);
	if (!l->uring)
		must(syscall(SYS_io_getevents, ctx, WRITES_LEFT, WRITES_LEFT,
			     ev, NULL) == WRITES_LEFT);
	for (int i = 0; i < WRITES_LEFT; i++) {
		if (!l->uring) {
			completed(l, i, ev[i].res);
			continue;
		}
		must(!io_uring_wait_cqe(&ring, &cqe));
		completed(l, io_uring_cqe_get_data64(cqe), cqe->res);
		io_uring_cqe_seen(&ring, cqe);
	}
	_exit(0);
}

/* One write that shares the lock, one that does not, and a truncate. */
static void write_after(struct check *c, char letter)
{
	const char *path = at(c, "fuse", "f");
	pid_t pid = helper();
	int ret;

	if (!pid) {
		int fd = open_or_fail(path, O_RDWR | O_DIRECT);
		char *buf = aligned(BLOCK);

		memset(buf, letter, BLOCK);
		must(pwrite(fd, buf, BLOCK, BETWEEN) == (ssize_t)BLOCK);
		must(pwrite(fd, buf, BLOCK, AFTER) == (ssize_t)BLOCK);
		must(!truncate(path, AFTER));
		_exit(0);
	}
	ret = helper_wait(pid, 20000);
	if (ret)
		check_fail("after writes whose file was closed, other writes and a truncate: %s",
			   ret == -ETIMEDOUT ? "no lock within 20 s" :
					       strerror(-ret));
}

/* Whole blocks; and what nobody promised to wait for may not be there. */
static void arrived(struct check *c, const struct leaving *l, char other)
{
	int fd = open_or_fail(at(c, "raw", "f"), O_RDONLY | O_DIRECT);
	char *buf = aligned(AFTER);

	size_is(c, "f", AFTER);
	must(pread(fd, buf, AFTER, 0) == (ssize_t)AFTER);
	must(!close(fd));
	for (size_t b = 0; b < AFTER; b += BLOCK) {
		char want = b == BETWEEN ? other : l->letter;

		if (memcmp(buf + b, buf + b + 1, BLOCK - 1))
			check_fail("the block at %zu is torn", b);
		if (b != BETWEEN && l->shared->refused[b / BLOCK - (b > BETWEEN)])
			continue;
		if (buf[b] != want && !(l->uring && l->ends && b != BETWEEN))
			check_fail("the block at %zu was lost with the file closed before completion",
				   b);
	}
	free(buf);
}

static void close_in_flight(struct check *c, bool uring)
{
	static const char *const fuse[] = { "fuse", NULL };
	struct leaving l = { .uring = uring };
	struct counters n;

	rig_up(c, 512, 1000000, fuse);
	file_fill(at(c, "raw", "f"), PAST_EOF);
	l.shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(l.shared != MAP_FAILED);
	counters_reset(c);
	for (int i = 0; i < (c->full ? 400 : 24); i++) {
		uint64_t until = fpb_now_ms() + 20000;
		int ret = -ETIMEDOUT;
		pid_t pid;

		l.ends = i & 1;
		l.async = uring && i & 2;
		l.letter = 'A' + i % 26;
		l.shared->closed = 0;
		memset(l.shared->refused, 0, sizeof(l.shared->refused));
		must(!truncate(at(c, "fuse", "f"), PAST_EOF));
		pid = helper();
		if (!pid)
			leave(c, &l);
		while (!l.shared->closed && ret == -ETIMEDOUT) {
			usleep(50);
			ret = helper_wait(pid, 0);
			if (fpb_now_ms() > until)
				check_fail("writes over and past EOF: no lock within 20 s");
		}
		write_after(c, 'a' + i % 26);
		if (ret == -ETIMEDOUT)
			ret = helper_wait(pid, 20000);
		if (ret)
			check_fail("%s: %s", l.ends ?
				   "a process whose writes are in flight does not end" :
				   "writes whose file was closed do not complete",
				   strerror(-ret));
		arrived(c, &l, 'a' + i % 26);
	}
	counters_read(c, &n);
	if (counters_kind() == KIND_SERIES && (!n.shared || !n.exclusive_past_eof))
		check_fail("not both branches: %" PRIu64 " shared, %" PRIu64 " past EOF",
			   n.shared, n.exclusive_past_eof);
	check_fact("rounds_with_writes_in_flight", l.shared->in_flight);
	if (!l.shared->in_flight)
		check_skip("the machine is too busy to close a file within 1 ms");
	rig_was_passthrough(c, "fuse");
}

static void close_aio(struct check *c)
{
	close_in_flight(c, false);
}

static void close_uring(struct check *c)
{
	close_in_flight(c, true);
}

const struct check_case close_cases[] = {
	{ .name = "h8_close_aio", .run = close_aio,
	  .setup = "132 KiB on a device with a latency of 1 ms.",
	  .workload = "32 AIO overwrites and one write past EOF; their file is closed before they complete, and the process ends or goes on. Then another process overwrites, extends and truncates. 400 (24) times.",
	  .lock_path = "Shared and past EOF, released before completion.",
	  .validates = "The others get the lock; every write completes and its data is there." },
	{ .name = "h8_close_uring", .run = close_uring,
	  .setup = "As h8_close_aio.",
	  .workload = "The same by io_uring, with and without IOSQE_ASYNC.",
	  .lock_path = "The same, of a worker.",
	  .validates = "The same; of a process that ended, each block is as before or as written." },
	{ .name = NULL }
};
