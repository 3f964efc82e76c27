// SPDX-License-Identifier: GPL-2.0
/* Shared writers beside others that need the lock exclusively. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/stamp.h"
#include "check/lib/verify.h"
#include "check/lib/writers.h"

static void starvation(struct check_context *c)
{
	const uint64_t bytes = 4 * MIB;
	const int appends = c->full ? 2000 : 200;
	struct check_writers g;
	int fd;

	check_mount_fuse(c, 512, 0);
	check_fill(check_path(c, "raw", "f"), bytes);
	g = check_random_writers(c, 4, bytes, 3600000);
	check_writers_start(c, &g);
	fd = check_open(g.path, O_WRONLY | O_DIRECT | O_APPEND);
	/* The deadline of the case is also that of the exclusive waiter. */
	for (int i = 0; i < appends; i++)
		must(write(fd, check_buffer(BLOCK), BLOCK) == (ssize_t)BLOCK);
	for (unsigned int i = 0; i < g.n; i++) {
		check_still_runs(g.pid[i], "writer");
		check_kill(g.pid[i]);
	}
	check_fact("appends", appends);
	check_fact("writers", g.n);
	check_size(c, "f", bytes + appends * BLOCK);
}

static void mixed_descriptors(struct check_context *c)
{
	/* See fpnaive --mixed. */
	static const int own_flags[] = { 0, 0, O_SYNC, O_SYNC, O_NOATIME,
					 O_NOATIME };
	const uint64_t bytes = 16 * MIB;
	struct check_writers g;
	struct check_counters n;

	check_mount_naive(c, "--mixed");
	check_fill(check_path(c, "raw", "f"), bytes);
	g = check_random_writers(c, 6, bytes, c->full ? 20000 : 1500);
	g.path = check_path(c, "naive", "f");
	memcpy(g.own_flags, own_flags, sizeof(own_flags));
	check_counters_reset();
	check_writers_run(c, &g);
	if (check_counters_kernel() >= KERNEL_SERIES) {
		check_counters_read(&n);
		if (!n.shared || !n.exclusive_no_pdw)
			check_fail("not both branches: %" PRIu64 " shared, %" PRIu64 " without the flag",
				   n.shared, n.exclusive_no_pdw);
	}
	check_verify(&g, check_path(c, "raw", "f"), bytes, true);
}

/* Splice stamped blocks into @path at [from, from + len). */
static void splice_blocks(const char *path, off_t from, off_t len)
{
	int fd = check_open(path, O_WRONLY), p[2];
	char *buf = check_buffer(BLOCK);
	loff_t pos = from;

	must(!pipe2(p, O_CLOEXEC));
	while (pos < from + len) {
		stamp_write(buf, &(struct stamp){ .pos = pos });
		must(write(p[1], buf, BLOCK) == (ssize_t)BLOCK);
		must(splice(p[0], NULL, fd, &pos, BLOCK, 0) == (ssize_t)BLOCK);
	}
}

/* Until the first writer ends; a child then takes its place in the wait. */
static uint64_t splice_while_writing(struct check_writers *g, off_t from,
				     off_t len)
{
	uint64_t rounds = 0;

	do {
		splice_blocks(g->path, from, len);
		rounds++;
	} while (check_wait(g->pid[0], 0) == -ETIMEDOUT);
	g->pid[0] = check_fork();
	if (!g->pid[0])
		_exit(0);
	return rounds;
}

static void splice_write(struct check_context *c)
{
	const uint64_t half = 8 * MIB;
	struct check_writers g;
	const char *raw;
	int fd;

	check_mount_fuse(c, 512, 0);
	raw = check_path(c, "raw", "f");
	check_fill(raw, 2 * half);
	/* splice has to write these again. */
	fd = check_open(raw, O_WRONLY);
	must(!fallocate(fd, FALLOC_FL_ZERO_RANGE, half, half));
	must(!close(fd));
	g = check_random_writers(c, 3, half, c->full ? 10000 : 1000);
	check_writers_start(c, &g);
	check_fact("splice_rounds", splice_while_writing(&g, half, half));
	check_writers_wait(&g);
	check_verify(&g, raw, 2 * half, true);
	check_no_daemon_io(c, "fuse");
}

const struct check_case mixed_cases[] = {
	{ .name = "h8_starvation", .run = starvation,
	  .setup = "4 MiB, 4 writers that hold the lock shared all the time.",
	  .workload = "2000 (200) appends.",
	  .lock_path = "Exclusive waiters among shared holders.",
	  .validates = "The appends get their turn." },
	{ .name = "h8_mixed", .run = mixed_descriptors,
	  .setup = "16 MiB; a server that grants parallel writes to two of six descriptors, denies them to two, and handles the writes of the last two itself (FOPEN_DIRECT_IO).",
	  .workload = "6 direct writers of random blocks.",
	  .lock_path = "Shared, exclusive for lack of the flag, and FUSE's own direct I/O.",
	  .validates = "Every block holds the last acknowledged write of one of its writers." },
	{ .name = "h8_splice", .run = splice_write,
	  .setup = "16 MiB.",
	  .workload = "3 direct writers in the first half, splice(2) into the second.",
	  .lock_path = "Shared, and the exclusive lock of splice_write.",
	  .validates = "Every block is right." },
	{ .name = NULL }
};
