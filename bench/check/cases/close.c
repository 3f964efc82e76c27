// SPDX-License-Identifier: GPL-2.0
/* Files are closed, and processes end, before their writes complete. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <liburing.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/aio.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"
#include "os/clock.h"

/*
 * The file, in blocks: OVERWRITES that are written over, one that the other
 * process overwrites, EOF, one that extends the file, and one by which the
 * other process extends it.
 */
#define OVERWRITES	32
#define WRITES		(OVERWRITES + 1)
#define OTHER_BLOCK	(OVERWRITES * BLOCK)
#define PAST_EOF	((OVERWRITES + 1) * BLOCK)
#define OTHER_PAST_EOF	((OVERWRITES + 2) * BLOCK)

#define LOCK_MS		20000

enum how { BY_AIO, BY_URING };

struct submission {
	enum how how;
};

struct closer {
	enum how how;
	bool async;			/* by a worker of io_uring */
	bool exits;			/* without waiting for its writes */
	char letter;			/* what it writes */
	struct {
		atomic_int closed, in_flight;
		/*
		 * A worker may look up the file only when it is closed: EBADF,
		 * and nothing written.
		 */
		bool refused[WRITES];
	} *shared;			/* with the process that waits for it */
};

static off_t position_of(int i)
{
	return i < OVERWRITES ? i * BLOCK : PAST_EOF;
}

/* --- the process that closes ---------------------------------------------- */

static aio_context_t submit_aio(int fd, const char *buf)
{
	aio_context_t ctx = check_aio_context(WRITES);
	off_t pos[WRITES];

	for (int i = 0; i < WRITES; i++)
		pos[i] = position_of(i);
	check_aio_submit(ctx, fd, buf, pos, WRITES);
	return ctx;
}

static void submit_uring(int fd, char *buf, bool async, struct io_uring *ring)
{
	int ret = io_uring_queue_init(WRITES, ring, 0);

	if (ret)
		check_skip("io_uring: %s", strerror(-ret));
	for (int i = 0; i < WRITES; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

		io_uring_prep_write(sqe, fd, buf, BLOCK, position_of(i));
		io_uring_sqe_set_flags(sqe, async ? IOSQE_ASYNC : 0);
		io_uring_sqe_set_data64(sqe, i);
	}
	must(io_uring_submit(ring) == WRITES);
}

static void check_completion(const struct closer *l, unsigned int i,
			     int64_t res)
{
	if (res == -EBADF && l->async)
		l->shared->refused[i] = true;
	else if (res != (int64_t)BLOCK)
		check_fail("a write whose file was closed returned %" PRId64,
			   res);
}

static void complete_uring(const struct closer *l, struct io_uring *ring)
{
	for (int i = 0; i < WRITES; i++) {
		struct io_uring_cqe *cqe;

		must(!io_uring_wait_cqe(ring, &cqe));
		check_completion(l, io_uring_cqe_get_data64(cqe), cqe->res);
		io_uring_cqe_seen(ring, cqe);
	}
}

static void __attribute__((noreturn))
submit_and_close(struct check_context *c, const struct closer *l)
{
	int fd = check_open(check_path(c, "fuse", "f"), O_RDWR | O_DIRECT);
	char *buf = check_buffer(BLOCK);
	struct io_uring ring;
	aio_context_t ctx = 0;

	memset(buf, l->letter, BLOCK);
	if (l->how == BY_URING)
		submit_uring(fd, buf, l->async, &ring);
	else
		ctx = submit_aio(fd, buf);
	must(!close(fd));
	l->shared->in_flight += check_in_flight(c) > 0;
	l->shared->closed = 1;
	if (l->exits)
		_exit(0);
	if (l->how == BY_URING)
		complete_uring(l, &ring);
	else
		check_aio_wait(ctx, WRITES);
	_exit(0);
}

/* --- the others ----------------------------------------------------------- */

/* A write that shares the lock, one that does not, and a truncate. */
static void write_and_truncate(struct check_context *c, char letter)
{
	const char *path = check_path(c, "fuse", "f");
	pid_t pid = check_fork();
	int ret;

	if (!pid) {
		int fd = check_open(path, O_RDWR | O_DIRECT);
		char *buf = check_buffer(BLOCK);

		memset(buf, letter, BLOCK);
		must(pwrite(fd, buf, BLOCK, OTHER_BLOCK) == (ssize_t)BLOCK);
		must(pwrite(fd, buf, BLOCK, OTHER_PAST_EOF) == (ssize_t)BLOCK);
		must(!truncate(path, OTHER_PAST_EOF));
		_exit(0);
	}
	ret = check_wait(pid, LOCK_MS);
	if (ret)
		check_fail("other writes and a truncate, after writes whose file was closed: %s",
			   ret == -ETIMEDOUT ? "no lock within 20 s" :
					       strerror(-ret));
}

/*
 * Blocks are whole and hold what was written. A write of io_uring by a process
 * that has ended, or one that was refused, may be there or not.
 */
static void verify_blocks(struct check_context *c, const struct closer *l,
			  char other)
{
	int fd = check_open(check_path(c, "raw", "f"), O_RDONLY | O_DIRECT);
	char *buf = check_buffer(OTHER_PAST_EOF);

	check_size(c, "f", OTHER_PAST_EOF);
	must(pread(fd, buf, OTHER_PAST_EOF, 0) == (ssize_t)OTHER_PAST_EOF);
	must(!close(fd));
	for (size_t b = 0; b < OTHER_PAST_EOF; b += BLOCK) {
		const bool others = b == OTHER_BLOCK;
		const size_t i = b / BLOCK - (b > OTHER_BLOCK);

		if (memcmp(buf + b, buf + b + 1, BLOCK - 1))
			check_fail("the block at %zu is torn", b);
		if (!others && (l->shared->refused[i] ||
				(l->how == BY_URING && l->exits)))
			continue;
		if (buf[b] != (others ? other : l->letter))
			check_fail("the block at %zu was lost with the file closed before completion",
				   b);
	}
	free(buf);
}

/* Returns the closer's result, or -ETIMEDOUT if it has not ended yet. */
static int wait_until_closed(const struct closer *l, pid_t pid)
{
	const uint64_t until = fpb_now_ms() + LOCK_MS;
	int ret = -ETIMEDOUT;

	while (!l->shared->closed && ret == -ETIMEDOUT) {
		usleep(50);
		ret = check_wait(pid, 0);
		if (fpb_now_ms() > until)
			check_fail("writes over and past EOF: no lock within 20 s");
	}
	return ret;
}

static void close_once(struct check_context *c, struct closer *l, int round)
{
	const char other = 'a' + round % 26;
	pid_t pid;
	int ret;

	l->exits = round & 1;
	l->async = l->how == BY_URING && round & 2;
	l->letter = 'A' + round % 26;
	l->shared->closed = 0;
	memset(l->shared->refused, 0, sizeof(l->shared->refused));
	must(!truncate(check_path(c, "fuse", "f"), PAST_EOF));
	pid = check_fork();
	if (!pid)
		submit_and_close(c, l);
	ret = wait_until_closed(l, pid);
	write_and_truncate(c, other);
	if (ret == -ETIMEDOUT)
		ret = check_wait(pid, LOCK_MS);
	if (ret)
		check_fail("%s: %s", l->exits ?
			   "a process with writes in flight does not end" :
			   "writes whose file was closed do not complete",
			   strerror(-ret));
	verify_blocks(c, l, other);
}

static void close_in_flight(struct check_context *c)
{
	const struct submission *s = c->row->variant;
	struct closer l = { .how = s->how };
	struct check_counters n;

	check_mount_fuse(c, 512, 1000000);
	check_fill(check_path(c, "raw", "f"), PAST_EOF);
	l.shared = check_shared_memory(sizeof(*l.shared));
	check_counters_reset();
	for (int i = 0; i < (c->full ? 400 : 24); i++)
		close_once(c, &l, i);
	check_counters_read(&n);
	if (check_counters_kernel() >= KERNEL_SERIES &&
	    (!n.shared || !n.exclusive_past_eof))
		check_fail("not both branches: %" PRIu64 " shared, %" PRIu64 " past EOF",
			   n.shared, n.exclusive_past_eof);
	check_fact("rounds_with_writes_in_flight", l.shared->in_flight);
	if (!l.shared->in_flight)
		check_skip("the machine is too busy to close a file within 1 ms");
	check_no_daemon_io(c, "fuse");
}

const struct check_case close_cases[] = {
	{ .name = "h8_close_aio", .run = close_in_flight,
	  .variant = &(const struct submission){ BY_AIO },
	  .setup = "132 KiB on a device with a latency of 1 ms.",
	  .workload = "32 AIO overwrites and one write past EOF. Their file is closed before they complete, and the process ends or goes on; then another process overwrites, extends and truncates. 400 (24) times.",
	  .lock_path = "Shared and past EOF, released before completion.",
	  .validates = "The other process gets the lock; every write completes and its data is there." },
	{ .name = "h8_close_uring", .run = close_in_flight,
	  .variant = &(const struct submission){ BY_URING },
	  .setup = "As h8_close_aio.",
	  .workload = "The same by io_uring, with and without IOSQE_ASYNC.",
	  .lock_path = "The same, taken by a worker.",
	  .validates = "The same; if the process has ended, each block holds what it held before or what was written." },
	{ .name = NULL }
};
