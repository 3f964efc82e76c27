// SPDX-License-Identifier: GPL-2.0
/*
 * The seven cases of the series' cover letter, by its names, and the branches
 * of the lock decision that they leave out: parallel writers of one file.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/stamp.h"
#include "check/lib/verify.h"
#include "check/lib/writers.h"

static uint64_t device_mib(const struct check_context *c)
{
	return c->full ? 8192 : 1024;
}

static uint64_t file_bytes(const struct check_context *c)
{
	return c->full ? 1024 * MIB : 32 * MIB;
}

static unsigned int run_time_ms(const struct check_context *c)
{
	return c->full ? 30000 : 1500;
}

/* No write is lost, both sides agree on the size, and all was passthrough. */
static void verify_file(struct check_context *c, const struct check_writers *g,
			uint64_t bytes, bool filled)
{
	check_verify(g, check_path(c, "raw", "f"), bytes, filled);
	check_size(c, "f", bytes);
	check_no_daemon_io(c, "fuse");
}

static void overwrite(struct check_context *c)
{
	const uint64_t bytes = file_bytes(c);
	struct check_writers g;

	check_mount_fuse(c, device_mib(c), 0);
	check_fill(check_path(c, "raw", "f"), bytes);
	g = check_random_writers(c, 4, bytes, run_time_ms(c));
	check_counters_reset();
	check_branch_taken("shared", check_writers_run(c, &g));
	verify_file(c, &g, bytes, true);
	check_verify(&g, g.path, bytes, true);
}

/* Read random blocks until killed; each must be whole and in its place. */
static pid_t random_reader(int fd, uint64_t bytes, unsigned int seed)
{
	pid_t pid = check_fork();
	const char *wrong;
	struct stamp s;
	char *buf;

	if (pid)
		return pid;
	buf = check_buffer(BLOCK);
	srandom(seed);
	for (;;) {
		uint64_t pos = random() % (bytes / BLOCK) * BLOCK;

		must(pread(fd, buf, BLOCK, pos) == (ssize_t)BLOCK);
		wrong = stamp_read(buf, &s);
		if (wrong)
			check_fail("a reader found at %" PRIu64 ": %s", pos,
				   wrong);
		if (s.pos != pos)
			check_fail("a reader found the block of %" PRIu64 " at %" PRIu64,
				   s.pos, pos);
	}
}

static void read_write(struct check_context *c)
{
	const uint64_t bytes = file_bytes(c);
	struct check_writers g;
	pid_t reader[2];
	uint64_t writes;
	int fd;

	check_mount_fuse(c, device_mib(c), 0);
	check_fill(check_path(c, "raw", "f"), bytes);
	g = check_random_writers(c, 2, bytes / 2, run_time_ms(c));
	g.stride = bytes / 2;
	check_counters_reset();
	fd = check_open(g.path, O_RDONLY | O_DIRECT);
	for (int i = 0; i < 2; i++)
		reader[i] = random_reader(fd, bytes, i + 1);
	writes = check_writers_run(c, &g);
	for (int i = 0; i < 2; i++) {
		check_still_runs(reader[i], "reader");
		check_kill(reader[i]);
	}
	check_branch_taken("shared", writes);
	verify_file(c, &g, bytes, true);
}

/*
 * While writers move EOF, a write may be past EOF or, because another writer
 * was faster, within: any mixture is right, but no other branch. At least
 * @past writes are past EOF in any order, and none is upgraded: nothing
 * shrinks.
 */
static void past_eof_or_shared(uint64_t writes, uint64_t past)
{
	struct check_counters n;

	if (check_counters_kernel() < KERNEL_SERIES) {
		check_branch_taken("shared", writes);
		return;
	}
	check_counters_read(&n);
	if (n.exclusive_past_eof < past)
		check_fail("branch exclusive_past_eof: %" PRIu64 " writes, expected at least %" PRIu64,
			   n.exclusive_past_eof, past);
	if (n.upgraded)
		check_fail("branch upgraded: %" PRIu64 " writes, but nothing shrank",
			   n.upgraded);
	if (n.exclusive_past_eof + n.shared != writes ||
	    check_counters_total(&n) != writes)
		check_fail("branches: %" PRIu64 " past EOF and %" PRIu64 " shared of %" PRIu64 " writes",
			   n.exclusive_past_eof, n.shared, writes);
}

struct allocation {
	int mode;			/* of fallocate(2) */
};

/* fio's file_append: user space keeps the offset, without O_APPEND. */
static void append(struct check_context *c)
{
	const struct allocation *a = c->row->variant;
	const uint64_t each = 4 * MIB, bytes = 4 * each;
	struct check_writers g;
	uint64_t writes;
	int fd;

	check_mount_fuse(c, device_mib(c), 0);
	g = (struct check_writers){ .path = check_path(c, "fuse", "f"),
				    .n = 4, .flags = O_DIRECT, .bs = BLOCK,
				    .len = each, .stride = each };
	fd = check_open(g.path, O_CREAT | O_WRONLY);
	must(!fallocate(fd, a->mode, 0, bytes));
	must(!close(fd));
	check_counters_reset();
	writes = check_writers_run(c, &g);
	if (writes != bytes / BLOCK)
		check_fail("%" PRIu64 " writes, expected %" PRIu64, writes,
			   (uint64_t)(bytes / BLOCK));
	if (a->mode & FALLOC_FL_KEEP_SIZE)
		/* At least the writes to the last region. */
		past_eof_or_shared(writes, each / BLOCK);
	else
		check_branch_taken("shared", writes);
	verify_file(c, &g, bytes, false);
}

static void o_append(struct check_context *c)
{
	struct check_writers g = { .n = 4, .flags = O_DIRECT, .append = true,
				   .bs = c->full ? 4 * MIB : 1 * MIB };

	check_mount_fuse(c, device_mib(c), 0);
	g.path = check_path(c, "fuse", "f");
	g.len = 16 * g.bs;
	check_counters_reset();
	check_branch_taken("exclusive_append", check_writers_run(c, &g));
	check_verify_appended(&g, check_path(c, "raw", "f"));
	check_size(c, "f", g.n * g.len);
	check_no_daemon_io(c, "fuse");
}

struct extension {
	unsigned int regions;		/* 4: one each; 1: all write the same */
};

static void extend(struct check_context *c)
{
	const struct extension *e = c->row->variant;
	const uint64_t step = c->full ? 64 * MIB : 16 * MIB;
	const uint64_t bytes = (1 + e->regions) * step;
	struct check_writers g = { .n = 4, .flags = O_DIRECT, .bs = MIB,
				   .from = step, .len = step,
				   .stride = e->regions > 1 ? step : 0 };

	/*
	 * With smaller sectors the block layer may end a request within a
	 * block, and overlapping writes would mix there.
	 */
	c->rig.device.blocksize = BLOCK;
	check_mount_fuse(c, device_mib(c), 0);
	g.path = check_path(c, "fuse", "f");
	check_sparse(g.path, step);
	check_counters_reset();
	past_eof_or_shared(check_writers_run(c, &g), step / g.bs);
	verify_file(c, &g, bytes, false);
}

static void buffered(struct check_context *c)
{
	const uint64_t bytes = file_bytes(c);
	struct check_writers g;

	check_mount_fuse(c, device_mib(c), 0);
	g = check_random_writers(c, 4, bytes, run_time_ms(c));
	g.flags = 0;
	check_sparse(g.path, bytes);
	check_counters_reset();
	check_branch_taken("exclusive_buffered", check_writers_run(c, &g));
	verify_file(c, &g, bytes, false);
}

static void no_pdw(struct check_context *c)
{
	static const char target[] = "fuse-noparallel";
	const char *const targets[] = { target, NULL };
	const uint64_t bytes = 16 * MIB;
	struct check_writers g;

	check_mount(c, device_mib(c), 0, targets);
	check_fill(check_path(c, "raw", "f"), bytes);
	g = check_random_writers(c, 4, bytes, c->full ? 10000 : 500);
	g.path = check_path(c, target, "f");
	check_counters_reset();
	check_branch_taken("exclusive_no_pdw", check_writers_run(c, &g));
	check_verify(&g, check_path(c, "raw", "f"), bytes, true);
	check_no_daemon_io(c, target);
}

const struct check_case lock_path_cases[] = {
	{ .name = "overwrite", .flags = CHECK_QUICK, .run = overwrite,
	  .setup = "Pre-seed a 1 GiB file (quick: 32 MiB).",
	  .workload = "4 concurrent writers, 4K direct random writes over the whole file for 30 s (1.5 s). Each block is stamped with its offset, writer, sequence number and CRC32C.",
	  .lock_path = "FOPEN_PARALLEL_DIRECT_WRITES, IOCB_DIRECT, no IOCB_APPEND, within EOF, S_NOSEC -> shared; the re-check passes.",
	  .validates = "Every write takes the shared lock. Every block holds the last acknowledged write of one of its writers." },
	{ .name = "read_write", .flags = CHECK_QUICK, .run = read_write,
	  .setup = "Pre-seed a 1 GiB file (32 MiB).",
	  .workload = "2 writers on disjoint halves and 2 readers of the whole file, 30 s (1.5 s).",
	  .lock_path = "Writers take the shared lock; reads take none.",
	  .validates = "Writers and unlocked readers coexist: no reader sees a torn or misplaced block, no write is lost." },
	{ .name = "append", .flags = CHECK_QUICK, .run = append,
	  .variant = &(const struct allocation){ 0 },
	  .setup = "No file; fallocate 16 MiB, which also sets the size.",
	  .workload = "4 writers, 4K direct, each 4 MiB at offsets that user space keeps.",
	  .lock_path = "Within the size that fallocate has set -> shared.",
	  .validates = "Every write takes the shared lock; the final size is 16 MiB and every block is there.",
	  .corrects = "v3 does not say that fallocate sets the size. With space alone and size 0, writes take another branch (see append_keep_size)." },
	{ .name = "append_keep_size", .flags = CHECK_QUICK, .run = append,
	  .variant = &(const struct allocation){ FALLOC_FL_KEEP_SIZE },
	  .setup = "No file; fallocate 16 MiB with FALLOC_FL_KEEP_SIZE: space, but size 0.",
	  .workload = "As append.",
	  .lock_path = "Past EOF -> exclusive, until another writer has moved EOF beyond the write -> shared.",
	  .validates = "Both branches in one run; the final size is 16 MiB and every block is there." },
	{ .name = "o_append", .flags = CHECK_QUICK, .run = o_append,
	  .setup = "No file.",
	  .workload = "4 writers with O_APPEND | O_DIRECT, 16 x 4 MiB (1 MiB) each.",
	  .lock_path = "IOCB_APPEND -> exclusive.",
	  .validates = "Every write takes the append branch. Each is there once, whole, and in its writer's order; the final size is 256 MiB (64 MiB).",
	  .corrects = "dd without oflag=direct never reaches the test of IOCB_APPEND: a buffered write is exclusive before that." },
	{ .name = "extend", .flags = CHECK_QUICK, .run = extend,
	  .variant = &(const struct extension){ .regions = 4 },
	  .setup = "truncate to 64 MiB (16 MiB), sparse.",
	  .workload = "4 writers, each 64 MiB (16 MiB) in 1 MiB direct writes to its own region beyond EOF.",
	  .lock_path = "Past EOF at the first check -> exclusive; within EOF because another writer has moved it -> shared.",
	  .validates = "At least the writes to the last region are exclusive; every block and the final size of 320 MiB (80 MiB) are right.",
	  .corrects = "Not every write is past EOF: once the writer of the last region has written, the others are within EOF. And the first check decides, not the re-check, which only a shrinking file reaches (see recheck)." },
	{ .name = "extend_race", .flags = CHECK_QUICK, .run = extend,
	  .variant = &(const struct extension){ .regions = 1 },
	  .setup = "truncate to 64 MiB (16 MiB), sparse.",
	  .workload = "4 writers, all on the same 64 MiB (16 MiB) beyond EOF.",
	  .lock_path = "The first write of a block is past EOF -> exclusive; the others may be within EOF -> shared.",
	  .validates = "No deadlock; every block is one writer's; the final size is 128 MiB (32 MiB).",
	  .corrects = "The race between extending writers never reaches the re-check: EOF only grows." },
	{ .name = "buffered", .flags = CHECK_QUICK, .run = buffered,
	  .setup = "truncate to 1 GiB (32 MiB), sparse.",
	  .workload = "4 writers, 4K buffered random writes, 30 s (1.5 s).",
	  .lock_path = "No IOCB_DIRECT -> exclusive.",
	  .validates = "Every write takes the buffered branch of the passthrough path and none reaches the daemon; every block is right.",
	  .corrects = "On a passthrough open, buffered writes do not bypass fuse_passthrough_write_iter(): every one goes through it." },
	{ .name = "no_pdw", .flags = CHECK_QUICK, .run = no_pdw,
	  .setup = "Pre-seed 16 MiB; a daemon that does not ask for parallel writes.",
	  .workload = "As overwrite.",
	  .lock_path = "FOPEN_PARALLEL_DIRECT_WRITES clear -> exclusive.",
	  .validates = "Servers that do not ask for parallel writes keep the exclusive lock." },
	{ .name = NULL }
};
