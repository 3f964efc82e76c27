// SPDX-License-Identifier: GPL-2.0
/*
 * The lock by its effect: which writes are in flight together. And where AIO
 * writes end.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/aio.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/overlap.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"
#include "os/clock.h"

#define FILE_BYTES	MIB

struct pair {
	const char *what;
	const char *target;		/* NULL: "fuse" */
	off_t size;			/* of the file; 0: FILE_BYTES */
	struct { int flags; off_t pos; } first, second;
	/* Whether they overlap: never, with the series, or on any kernel. */
	enum { NEVER, SERIES, ALWAYS } together;
};

static const struct pair pairs[] = {
	{ "raw XFS", .target = "raw", .together = ALWAYS,
	  .first = { O_DIRECT, 0 }, .second = { O_DIRECT, 65536 } },
	{ "within EOF", .together = SERIES,
	  .first = { O_DIRECT, 0 }, .second = { O_DIRECT, 65536 } },
	{ "up to EOF", .together = SERIES,
	  .first = { O_DIRECT, FILE_BYTES - BLOCK },
	  .second = { O_DIRECT, 0 } },
	{ "past EOF",
	  .first = { O_DIRECT, FILE_BYTES - 512 }, .second = { O_DIRECT, 0 } },
	{ "flag off", .target = "fuse-noparallel",
	  .first = { O_DIRECT, 0 }, .second = { O_DIRECT, 65536 } },
	{ "append",
	  .first = { O_DIRECT | O_APPEND, 0 },
	  .second = { O_DIRECT | O_APPEND, 0 } },
	{ "within EOF, then append",
	  .first = { O_DIRECT, 0 }, .second = { O_DIRECT | O_APPEND, 0 } },
	{ "buffered",
	  .first = { O_DSYNC, 0 }, .second = { O_DSYNC, 65536 } },
	{ "past EOF by one byte", .size = FILE_BYTES - 1,
	  .first = { O_DIRECT, FILE_BYTES - BLOCK },
	  .second = { O_DIRECT, 0 } },
};

static void in_flight(struct check_context *c)
{
	static const char *const targets[] = { "fuse", "fuse-noparallel",
					       NULL };
	const bool series = c->kernel >= KERNEL_SERIES;

	if (c->kernel == KERNEL_ANY)
		check_skip("needs to know whether this kernel has the series");
	check_mount(c, 512, CHECK_SLOW_NSEC, targets);
	check_fill(check_path(c, "raw", "f"), FILE_BYTES);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const struct pair *p = &pairs[i];
		const char *path = check_path(c, p->target ? p->target : "fuse",
					      "f");
		const struct check_write first = {
			.path = path, .flags = p->first.flags,
			.pos = p->first.pos, .len = BLOCK };
		const struct check_write second = {
			.path = path, .flags = p->second.flags,
			.pos = p->second.pos, .len = BLOCK };

		if (p->size)
			must(!truncate(path, p->size));
		check_overlap(c, p->what,
			      p->together == ALWAYS ||
				      (p->together == SERIES && series),
			      &first, &second);
	}
}

#define TOGETHER	8
#define ATTEMPTS	10

/* The most of the writes of @g that are at the device at once. */
static uint64_t most_in_flight(struct check_context *c,
			       const struct check_writers *g)
{
	const uint64_t until = fpb_now_ms() + 10000;
	uint64_t n, most = 0;

	while (check_writers_count(g) < g->n && fpb_now_ms() < until) {
		n = check_in_flight(c);
		if (n > most)
			most = n;
		usleep(50);
	}
	return most;
}

static void begin_together(struct check_context *c)
{
	static const char *const targets[] = { "fuse", NULL };
	struct check_writers g = { .flags = O_DIRECT, .bs = BLOCK,
				   .n = TOGETHER, .stride = BLOCK,
				   .len = BLOCK, .without_nosec = true };
	struct check_counters n;
	bool waited = false;
	uint64_t most;

	if (c->kernel < KERNEL_SERIES)
		check_skip("needs the series");
	check_mount(c, 512, CHECK_SLOW_NSEC, targets);
	check_fill(check_path(c, "raw", "f"), FILE_BYTES);
	g.path = check_path(c, "fuse", "f");
	/* All decide before the first one has the lock. */
	check_lock_delay(100000);
	for (int i = 0; i < ATTEMPTS; i++) {
		check_counters_reset();
		check_writers_start(c, &g);
		most = most_in_flight(c, &g);
		check_writers_wait(&g);
		check_counters_read(&n);
		if (n.exclusive_privs > 1)
			check_fail("%" PRIu64 " of %d writers that began together held the lock exclusively, expected 1",
				   n.exclusive_privs, TOGETHER);
		waited |= n.waited > 1;
		if (n.waited > 1 && most >= n.waited) {
			check_fact("in_flight", most);
			return;
		}
	}
	if (waited)
		check_fail("writers that waited for the first one were not at the device together");
	check_skip("the machine is too busy for writers to begin together");
}

#define AIOS		16

/* How many of AIOS writes within EOF. */
static uint64_t ends_in_interrupt(struct check_context *c, const char *target)
{
	aio_context_t ctx = check_aio_context(AIOS);
	char *buf = check_buffer(BLOCK);
	struct check_counters n;
	off_t pos[AIOS];
	int fd;

	fd = check_open(check_path(c, target, "f"), O_RDWR | O_DIRECT);
	for (int i = 0; i < AIOS; i++)
		pos[i] = i * BLOCK;
	check_set_nosec(fd);
	check_counters_reset();
	check_aio_submit(ctx, fd, buf, pos, AIOS);
	check_aio_wait(ctx, AIOS);
	check_counters_read(&n);
	must(!close(fd));
	return n.aio_in_interrupt;
}

static void end_in_interrupt(struct check_context *c)
{
	static const char *const targets[] = { "fuse", "fuse-noparallel",
					       NULL };
	uint64_t shared, exclusive;

	check_mount(c, 512, 1000000, targets);
	check_fill(check_path(c, "raw", "f"), FILE_BYTES);
	/* XFS leaves writes to its own worker if there are pages in the way. */
	sync();
	check_drop_caches();
	exclusive = ends_in_interrupt(c, targets[1]);
	shared = ends_in_interrupt(c, targets[0]);
	if (exclusive)
		check_fail("%" PRIu64 " AIO writes under the exclusive lock ended in an interrupt",
			   exclusive);
	if (shared != AIOS)
		check_hazard("%" PRIu64 " of %d AIO writes ended in the interrupt of the device",
			     shared, AIOS);
	/* Their ends have let go of the filesystem. */
	check_freeze(c);
	check_thaw(c);
}

const struct check_case in_flight_cases[] = {
	{ .name = "in_flight", .flags = CHECK_QUICK, .run = in_flight,
	  .setup = "A file of 1 MiB on a device with a latency of 40 ms.",
	  .workload = "Pairs of writes: within EOF, up to EOF, past EOF by 1 and by 3584 bytes, append, append after a write within EOF, buffered, without the flag; raw XFS as the control.",
	  .lock_path = "Shared for the first two, exclusive for the others.",
	  .validates = "The lock by its effect, without counters: whether two writes are at the device together." },
	{ .name = "begin_together", .run = begin_together,
	  .flags = CHECK_QUICK | CHECK_DELAY,
	  .setup = "A file of 1 MiB, whose attributes have just been read anew, on a device with a latency of 40 ms. A delay between the decision and the lock.",
	  .workload = "8 writers begin at once, each with one write.",
	  .lock_path = "No S_NOSEC -> exclusive for one; the others wait for the shared lock and find it set.",
	  .validates = "One write holds the lock exclusively. Those that waited for it are at the device together." },
	{ .name = "end_in_interrupt", .run = end_in_interrupt,
	  .flags = CHECK_QUICK | CHECK_COUNTERS | CHECK_MENDED,
	  .setup = "A file of 1 MiB on a device with a latency of 1 ms, by a timer.",
	  .workload = "16 AIO writes within EOF; the same for a server that did not ask for parallel ones; then XFS is frozen.",
	  .lock_path = "Shared; exclusive.",
	  .validates = "Each under the shared lock ends in the interrupt of the device, without a worker, and no other. XFS can be frozen afterwards.",
	  .known = { { KERNEL_ANY, "fs/backing-file.c ends each AIO write in a work queue" } } },
	{ .name = NULL }
};
