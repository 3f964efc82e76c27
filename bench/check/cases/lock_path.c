// SPDX-License-Identifier: GPL-2.0
/*
 * The seven cases of the series' cover letter, by its names, and the branches
 * of the lock decision that they leave out.
 */
#include "check/lib/check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/lib/stamp.h"
#include "os/clock.h"

#define DEVICE_MIB(c)	((c)->full ? 8192 : 1024)

/* --- the seven --------------------------------------------------------------- */

static void overwrite(struct check *c)
{
	const uint64_t bytes = c->full ? 1024 * MIB : 32 * MIB;
	struct writing g = { .n = 4, .flags = O_DIRECT, .bs = BLOCK,
			     .random = true, .len = bytes,
			     .ms = c->full ? 30000 : 1500 };

	rig_plain(c, DEVICE_MIB(c));
	file_fill(at(c, "raw", "f"), bytes);
	g.path = at(c, "fuse", "f");
	counters_reset(c);
	writers_start(c, &g);
	counters_are(c, "shared", writers_wait(c, &g));
	writers_verify(c, &g, at(c, "raw", "f"), bytes, true);
	size_is(c, "f", bytes);
	rig_was_passthrough(c, "fuse");
	writers_verify(c, &g, at(c, "fuse", "f"), bytes, true);
}

/* Reads blocks all over until killed; each must be whole. */
static pid_t roaming_reader(const char *path, uint64_t bytes, unsigned int i)
{
	pid_t pid = helper();
	const char *wrong;
	struct stamp s;
	char *buf;
	int fd;

	if (pid)
		return pid;
	buf = aligned(BLOCK);
	srandom(i + 1);
	fd = open_or_fail(path, O_RDONLY | O_DIRECT);
	for (;;) {
		off_t pos = random() % (bytes / BLOCK) * BLOCK;

		must(pread(fd, buf, BLOCK, pos) == (ssize_t)BLOCK);
		wrong = stamp_read(buf, &s);
		if (wrong)
			check_fail("a reader found at %lld: %s",
				   (long long)pos, wrong);
		if (s.pos != (uint64_t)pos)
			check_fail("a reader found the block of %" PRIu64 " at %lld",
				   s.pos, (long long)pos);
	}
}

static void read_write(struct check *c)
{
	const uint64_t bytes = c->full ? 1024 * MIB : 32 * MIB;
	struct writing g = { .n = 2, .flags = O_DIRECT, .bs = BLOCK,
			     .random = true, .len = bytes / 2,
			     .stride = bytes / 2,
			     .ms = c->full ? 30000 : 1500 };
	pid_t reader[2];
	uint64_t writes;

	rig_plain(c, DEVICE_MIB(c));
	file_fill(at(c, "raw", "f"), bytes);
	g.path = at(c, "fuse", "f");
	counters_reset(c);
	for (int i = 0; i < 2; i++)
		reader[i] = roaming_reader(g.path, bytes, i);
	writers_start(c, &g);
	writes = writers_wait(c, &g);
	for (int i = 0; i < 2; i++) {
		if (helper_wait(reader[i], 0) != -ETIMEDOUT)
			check_fail("reader %d ended early", i + 1);
		helper_kill(reader[i]);
	}
	counters_are(c, "shared", writes);
	writers_verify(c, &g, at(c, "raw", "f"), bytes, true);
	size_is(c, "f", bytes);
	rig_was_passthrough(c, "fuse");
}

/* fio's file_append: user space keeps the offset, the kernel sees none. */
static void append_mode(struct check *c, int falloc_mode, const char *branch)
{
	const uint64_t each = 4 * MIB;
	struct writing g = { .n = 4, .flags = O_DIRECT, .bs = BLOCK,
			     .len = each, .stride = each };
	uint64_t writes;
	int fd;

	rig_plain(c, DEVICE_MIB(c));
	g.path = at(c, "fuse", "f");
	fd = open_or_fail(g.path, O_CREAT | O_WRONLY);
	must(!fallocate(fd, falloc_mode, 0, 4 * each));
	must(!close(fd));
	counters_reset(c);
	writers_start(c, &g);
	writes = writers_wait(c, &g);
	if (writes != 4 * each / BLOCK)
		check_fail("%" PRIu64 " writes in place of %" PRIu64, writes,
			   (uint64_t)(4 * each / BLOCK));
	if (branch)
		counters_are(c, branch, writes);
	writers_verify(c, &g, at(c, "raw", "f"), 4 * each, false);
	size_is(c, "f", 4 * each);
	rig_was_passthrough(c, "fuse");
}

static void append(struct check *c)
{
	append_mode(c, 0, "shared");
}

/*
 * Of writers that move EOF, one may find itself behind it by the time it
 * writes: past EOF and shared, in any mixture, but nothing else. At least
 * @past were past EOF whatever the order, and the re-check had no part in it:
 * nothing shrinks.
 */
static void extended(struct check *c, uint64_t writes, uint64_t past)
{
	struct counters n;

	if (counters_kind() != KIND_SERIES) {
		counters_are(c, "shared", writes);
		return;
	}
	counters_read(c, &n);
	if (n.exclusive_past_eof < past)
		check_fail("branch exclusive_past_eof: %" PRIu64 " writes, at least %" PRIu64 " were past EOF",
			   n.exclusive_past_eof, past);
	if (n.upgraded)
		check_fail("branch upgraded: %" PRIu64 " writes, but nothing shrank",
			   n.upgraded);
	if (n.exclusive_past_eof + n.shared != writes ||
	    counters_sum(&n) != writes)
		check_fail("branches: %" PRIu64 " past EOF and %" PRIu64 " shared of %" PRIu64 " writes",
			   n.exclusive_past_eof, n.shared, writes);
}

static void append_keep_size(struct check *c)
{
	append_mode(c, FALLOC_FL_KEEP_SIZE, NULL);
	/* The writer of the last region: each of its writes. */
	extended(c, 4 * 4 * MIB / BLOCK, 4 * MIB / BLOCK);
}

static void o_append(struct check *c)
{
	struct writing g = { .n = 4, .flags = O_DIRECT, .append = true,
			     .bs = c->full ? 4 * MIB : 1 * MIB };
	const uint64_t bytes = 4 * 16 * g.bs;

	g.len = 16 * g.bs;
	rig_plain(c, DEVICE_MIB(c));
	g.path = at(c, "fuse", "f");
	counters_reset(c);
	writers_start(c, &g);
	counters_are(c, "exclusive_append", writers_wait(c, &g));
	writers_verify_appended(c, &g, at(c, "raw", "f"));
	size_is(c, "f", bytes);
	rig_was_passthrough(c, "fuse");
}

static void sparse(const char *path, uint64_t bytes)
{
	int fd = open_or_fail(path, O_CREAT | O_TRUNC | O_WRONLY);

	must(!ftruncate(fd, bytes));
	must(!close(fd));
}

static void extend_by(struct check *c, off_t stride)
{
	const uint64_t step = c->full ? 64 * MIB : 16 * MIB;
	struct writing g = { .n = 4, .flags = O_DIRECT, .bs = MIB,
			     .from = step, .len = step,
			     .stride = stride ? step : 0 };
	const uint64_t bytes = (stride ? 5 : 2) * step;

	/*
	 * Of writes that overlap each sector is one writer's, and no more: the
	 * block layer may end a request in the middle of a block.
	 */
	c->rig.device.blocksize = BLOCK;
	rig_plain(c, DEVICE_MIB(c));
	g.path = at(c, "fuse", "f");
	sparse(g.path, step);
	counters_reset(c);
	writers_start(c, &g);
	extended(c, writers_wait(c, &g), step / g.bs);
	writers_verify(c, &g, at(c, "raw", "f"), bytes, false);
	size_is(c, "f", bytes);
	rig_was_passthrough(c, "fuse");
}

static void extend(struct check *c)
{
	extend_by(c, 1);
}

static void extend_race(struct check *c)
{
	extend_by(c, 0);
}

static void buffered(struct check *c)
{
	const uint64_t bytes = c->full ? 1024 * MIB : 32 * MIB;
	struct writing g = { .n = 4, .bs = BLOCK, .random = true,
			     .len = bytes, .ms = c->full ? 30000 : 1500 };

	rig_plain(c, DEVICE_MIB(c));
	g.path = at(c, "fuse", "f");
	sparse(g.path, bytes);
	counters_reset(c);
	writers_start(c, &g);
	counters_are(c, "exclusive_buffered", writers_wait(c, &g));
	writers_verify(c, &g, at(c, "raw", "f"), bytes, false);
	size_is(c, "f", bytes);
	rig_was_passthrough(c, "fuse");
}

/* --- what they leave out -------------------------------------------------------- */

static void no_pdw(struct check *c)
{
	static const char *const targets[] = { "fuse-noparallel", NULL };
	const uint64_t bytes = 16 * MIB;
	struct writing g = { .n = 4, .flags = O_DIRECT, .bs = BLOCK,
			     .random = true, .len = bytes,
			     .ms = c->full ? 10000 : 500 };

	rig_up(c, DEVICE_MIB(c), 0, targets);
	file_fill(at(c, "raw", "f"), bytes);
	g.path = at(c, "fuse-noparallel", "f");
	counters_reset(c);
	writers_start(c, &g);
	counters_are(c, "exclusive_no_pdw", writers_wait(c, &g));
	writers_verify(c, &g, at(c, "raw", "f"), bytes, true);
	rig_was_passthrough(c, "fuse-noparallel");
}

static void eof_edge(struct check *c)
{
	static const struct {
		off_t size, pos;
		size_t len;
		const char *branch;
	} writes[] = {
		{ 8192, 4096, 4096, "shared" },
		{ 8193, 4096, 4096, "shared" },
		{ 8191, 4096, 4096, "exclusive_past_eof" },
		{ 4096, 4096, 4096, "exclusive_past_eof" },
		{ 8192, 8192 - 512, 1024, "exclusive_past_eof" },
		{ 8192, 8192 - 512, 512, "shared" },
		{ 4097, 4096, 512, "exclusive_past_eof" },
		{ 0, 0, 4096, "exclusive_past_eof" },
		{ 4096, 1 << 20, 4096, "exclusive_past_eof" },
		{ 4096, 0, 0, "" },
	};
	char *buf = aligned(BLOCK);
	int fd;

	rig_plain(c, 512);
	fd = open_or_fail(at(c, "fuse", "f"), O_CREAT | O_RDWR | O_DIRECT);
	memset(buf, 'e', BLOCK);
	for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
		off_t end = writes[i].pos + (off_t)writes[i].len;
		struct stat st;

		if (writes[i].len % c->rig.device.blocksize) {
			check_note("no writes of half a block: the device's "
				   "sectors have %u bytes", c->rig.device.blocksize);
			continue;
		}
		must(!ftruncate(fd, writes[i].size));
		counters_reset(c);
		must(pwrite(fd, buf, writes[i].len, writes[i].pos) ==
		     (ssize_t)writes[i].len);
		counters_are(c, writes[i].branch, writes[i].len ? 1 : 0);
		must(!fstat(fd, &st));
		if (st.st_size != (end > writes[i].size && writes[i].len ?
				   end : writes[i].size))
			check_fail("%zu bytes at %lld of %lld give %lld",
				   writes[i].len, (long long)writes[i].pos,
				   (long long)writes[i].size,
				   (long long)st.st_size);
	}
}

#define DELAY_US	1000000

static void set_delay_off(void *check)
{
	counters_delay(0);
}

/* The truncate that comes between the check and the lock. */
static void shrink(struct check *c)
{
	counters_delay(0);
	must(!truncate(at(c, "fuse", "f"), BLOCK));
}

static void recheck(struct check *c)
{
	const uint64_t pos = 512 * KIB, size = 1 * MIB;
	uint64_t started;
	struct counters n;
	char *buf = aligned(pos);
	pid_t pid;
	int fd, ret;

	rig_plain(c, 512);
	fpb_undo_push(&c->undo, set_delay_off, c);
	for (int try = 0; try < 5; try++) {
		file_fill(at(c, "raw", "f"), size);
		drop_caches();
		counters_reset(c);
		counters_delay(DELAY_US);
		started = fpb_now_ms();
		pid = helper();
		if (!pid) {
			memset(buf, 'r', BLOCK);
			fd = open_or_fail(at(c, "fuse", "f"),
					  O_WRONLY | O_DIRECT);
			_exit(pwrite(fd, buf, BLOCK, pos) ==
			      (ssize_t)BLOCK ? 0 : errno);
		}
		/* Long enough to be asleep, short enough to be there first. */
		msleep(DELAY_US / 1000 / 4);
		shrink(c);
		if (fpb_now_ms() - started < DELAY_US / 1000)
			break;
		/* Too late: the machine is busy. Once more. */
		helper_wait(pid, UINT32_MAX);
		pid = 0;
	}
	if (!pid)
		check_fail("the machine is too busy for a truncate within %d ms",
			   DELAY_US / 1000);
	ret = helper_wait(pid, UINT32_MAX);
	if (ret)
		check_fail("the write failed: %s", strerror(-ret));
	counters_read(c, &n);
	if (n.upgraded != 1 || n.shared)
		check_fail("branch upgraded: %" PRIu64 " writes in place of 1; %" PRIu64 " kept the shared lock",
			   n.upgraded, n.shared);
	size_is(c, "f", pos + BLOCK);
	/* What the truncate cut off reads as zeros now. */
	fd = open_or_fail(at(c, "raw", "f"), O_RDONLY);
	must(pread(fd, buf, pos, 0) == (ssize_t)pos);
	for (size_t i = BLOCK; i < pos; i++)
		if (buf[i])
			check_fail("byte %zu is %d: not zero after the truncate",
				   i, buf[i]);
	must(pread(fd, buf, BLOCK, pos) == (ssize_t)BLOCK && buf[0] == 'r' &&
	     buf[BLOCK - 1] == 'r');
}

static void in_flight(struct check *c)
{
	static const char *const targets[] = { "fuse", "fuse-noparallel",
					       NULL };
	const bool series = c->kind == KIND_SERIES;
	const char *f, *slow;

	if (c->kind == KIND_ANY)
		check_skip("needs to know whether this kernel has the series");
	rig_up(c, 512, SLOW_NSEC, targets);
	file_fill(at(c, "raw", "f"), 1 * MIB);
	f = at(c, "fuse", "f");
	slow = at(c, "fuse-noparallel", "f");
#define WRITE(p, f, at_, l)	(&(struct one_write){ .path = p,	\
			.flags = f, .pos = at_, .len = l })
#define W(p, at_, l)	WRITE(p, O_DIRECT, at_, l)
	overlap_is(c, "raw XFS", true, W(at(c, "raw", "f"), 0, BLOCK),
		   W(at(c, "raw", "f"), 65536, BLOCK));
	overlap_is(c, "within EOF", series, W(f, 0, BLOCK),
		   W(f, 65536, BLOCK));
	overlap_is(c, "up to EOF", series, W(f, 1 * MIB - BLOCK, BLOCK),
		   W(f, 0, BLOCK));
	overlap_is(c, "past EOF", false, W(f, 1 * MIB - 512, BLOCK),
		   W(f, 0, BLOCK));
	overlap_is(c, "flag off", false, W(slow, 0, BLOCK),
		   W(slow, 65536, BLOCK));
#define A	WRITE(f, O_DIRECT | O_APPEND, 0, BLOCK)
	overlap_is(c, "append", false, A, A);
	overlap_is(c, "within EOF, then append", false, W(f, 0, BLOCK),
		   A);
	overlap_is(c, "buffered", false,
		   WRITE(f, O_DSYNC, 0, BLOCK),
		   WRITE(f, O_DSYNC, 65536, BLOCK));
	must(!truncate(f, 1 * MIB - 1));
	overlap_is(c, "past EOF by one byte", false,
		   W(f, 1 * MIB - BLOCK, BLOCK), W(f, 0, BLOCK));
}

static void arm(struct check *c)
{
	file_fill(at(c, "raw", "f"), 1 * MIB);
	drop_caches();
	counters_delay(DELAY_US);
}

/* After the truncate the first writer is past EOF: it must be alone. */
static void recheck_in_flight(struct check *c)
{
	static const char *const fuse[] = { "fuse", NULL };
	const char *f;

	rig_up(c, 512, SLOW_NSEC, fuse);
	fpb_undo_push(&c->undo, set_delay_off, c);
	f = at(c, "fuse", "f");
	file_fill(at(c, "raw", "f"), 1 * MIB);
	overlap_is(c, "put past EOF by a truncate", false,
		   &(struct one_write){ .path = f, .flags = O_DIRECT,
			.pos = 512 * KIB, .len = BLOCK, .before = arm,
			.meanwhile = shrink },
		   W(f, 0, BLOCK));
}

const struct check_case lock_cases[] = {
	{ .name = "overwrite", .flags = CHECK_QUICK, .run = overwrite,
	  .setup = "Pre-seed a 1 GiB file (quick: 32 MiB).",
	  .workload = "4 concurrent writers, 4K direct random writes over the whole file for 30 s (1.5 s), each block stamped with place, writer, number and CRC32C.",
	  .lock_path = "FOPEN_PARALLEL_DIRECT_WRITES, IOCB_DIRECT, no IOCB_APPEND, within EOF -> shared; the re-check passes.",
	  .validates = "Every write takes the shared lock. Every block holds the last acknowledged write of one of its writers." },
	{ .name = "read_write", .flags = CHECK_QUICK, .run = read_write,
	  .setup = "Pre-seed a 1 GiB file (32 MiB).",
	  .workload = "2 writers on disjoint halves, 2 readers all over the file, 30 s (1.5 s).",
	  .lock_path = "Writers take the shared lock; reads take none.",
	  .validates = "Writers and unlocked readers coexist: no reader sees a torn or misplaced block, no write is lost." },
	{ .name = "append", .flags = CHECK_QUICK, .run = append,
	  .setup = "No file; fallocate 16 MiB, which also sets the size.",
	  .workload = "4 writers, 4K direct, each 4 MiB at offsets that user space keeps.",
	  .lock_path = "Within the size that is already there -> shared.",
	  .validates = "Every write takes the shared lock; final size 16 MiB, every block there.",
	  .corrects = "The letter's setup does not say that the size is set: space alone, without the size, leads elsewhere (see append_keep_size)." },
	{ .name = "append_keep_size", .flags = CHECK_QUICK,
	  .run = append_keep_size,
	  .setup = "No file; fallocate 16 MiB with FALLOC_FL_KEEP_SIZE: space, but size 0.",
	  .workload = "As append.",
	  .lock_path = "Past EOF -> exclusive, until another writer has moved EOF beyond the write -> shared.",
	  .validates = "Both branches in one run; final size 16 MiB, every block there." },
	{ .name = "o_append", .flags = CHECK_QUICK, .run = o_append,
	  .setup = "No file.",
	  .workload = "4 writers with O_APPEND | O_DIRECT, 16 x 4 MiB (1 MiB) each.",
	  .lock_path = "IOCB_APPEND -> exclusive.",
	  .validates = "Every write takes the append branch; each is there once, whole, in its writer's order; final size 256 MiB (64 MiB).",
	  .corrects = "dd without oflag=direct never gets to the test of IOCB_APPEND: a buffered write is exclusive before that." },
	{ .name = "extend", .flags = CHECK_QUICK, .run = extend,
	  .setup = "truncate to 64 MiB (16 MiB), sparse.",
	  .workload = "4 writers, each 64 MiB (16 MiB) in 1 MiB direct writes to a region of its own beyond EOF.",
	  .lock_path = "Past EOF at the first check -> exclusive; within what another writer has added meanwhile -> shared.",
	  .validates = "At least the last region's writes are exclusive; every block and the final size of 320 MiB (80 MiB) are right.",
	  .corrects = "Not every write is past EOF: once the writer of the last region has written, the others are within. And the first check decides, not the re-check, which only a shrinking file reaches (see recheck)." },
	{ .name = "extend_race", .flags = CHECK_QUICK, .run = extend_race,
	  .setup = "truncate to 64 MiB (16 MiB), sparse.",
	  .workload = "4 writers, all of them the same 64 MiB (16 MiB) beyond EOF.",
	  .lock_path = "The first to write a block is past EOF -> exclusive; the others may be within -> shared.",
	  .validates = "No deadlock; every block is one writer's; final size 128 MiB (32 MiB).",
	  .corrects = "The race between extending writers never reaches the re-check: EOF only grows." },
	{ .name = "buffered", .flags = CHECK_QUICK, .run = buffered,
	  .setup = "truncate to 1 GiB (32 MiB), sparse.",
	  .workload = "4 writers, 4K buffered random writes, 30 s (1.5 s).",
	  .lock_path = "Not IOCB_DIRECT -> exclusive.",
	  .validates = "Every write takes the buffered branch of the passthrough path, none reaches the daemon; every block is right.",
	  .corrects = "On a passthrough open buffered writes do not bypass fuse_passthrough_write_iter(): every one of them goes through it." },
	{ .name = "no_pdw", .flags = CHECK_QUICK, .run = no_pdw,
	  .setup = "Pre-seed 16 MiB; a daemon that does not ask for parallel writes.",
	  .workload = "As overwrite.",
	  .lock_path = "FOPEN_PARALLEL_DIRECT_WRITES clear -> exclusive.",
	  .validates = "Servers that did not ask for it keep the lock that they had." },
	{ .name = "eof_edge", .flags = CHECK_QUICK, .run = eof_edge,
	  .setup = "A file truncated to sizes on both sides of the write's end.",
	  .workload = "One direct write for each; one of no bytes.",
	  .lock_path = "End == size -> shared; end == size + 1 -> exclusive; no bytes -> no lock.",
	  .validates = "The comparison with EOF is right to the byte, and so is the size afterwards." },
	{ .name = "recheck", .flags = CHECK_QUICK | CHECK_DELAY,
	  .run = recheck,
	  .setup = "A file of 1 MiB; a delay of 1 s between check and lock.",
	  .workload = "A direct write at 512 KiB; a truncate to 4 KiB during the delay.",
	  .lock_path = "Within EOF -> shared -> the re-check finds it past EOF -> exclusive.",
	  .validates = "The write takes the branch of the re-check; zeros before it, size 516 KiB." },
	{ .name = "recheck_in_flight", .flags = CHECK_QUICK | CHECK_DELAY,
	  .run = recheck_in_flight,
	  .setup = "As recheck, on a device with a latency of 40 ms.",
	  .workload = "A second write within EOF while the first is at the device.",
	  .lock_path = "As recheck.",
	  .validates = "The upgraded lock really is exclusive: the second write is not at the device together with the first." },
	{ .name = "in_flight", .flags = CHECK_QUICK, .run = in_flight,
	  .setup = "A file of 1 MiB on a device with a latency of 40 ms.",
	  .workload = "Pairs of writes: within EOF, up to EOF, past EOF by 1 and by 3584 bytes, append, append after a write within EOF, buffered, without the flag; raw as the control.",
	  .lock_path = "Shared for the first two, exclusive for the others.",
	  .validates = "The lock by its effect, without counters: whether two writes are at the device together." },
	{ .name = NULL }
};
