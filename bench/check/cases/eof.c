// SPDX-License-Identifier: GPL-2.0
/*
 * The comparison of a write with EOF: its edges, and the second look at EOF
 * under the shared lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/delayed.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/overlap.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"

struct edge {
	off_t size, pos;
	size_t len;
	const char *branch;
};

static void write_at_edge(int fd, const struct edge *e, const char *buf)
{
	const off_t end = e->pos + (off_t)e->len;
	struct stat st;

	must(!ftruncate(fd, e->size));
	check_set_nosec(fd);
	check_counters_reset();
	must(pwrite(fd, buf, e->len, e->pos) == (ssize_t)e->len);
	check_branch_taken(e->branch, e->len ? 1 : 0);
	must(!fstat(fd, &st));
	if (st.st_size != (e->len && end > e->size ? end : e->size))
		check_fail("%zu bytes at %lld of a file of %lld give size %lld",
			   e->len, (long long)e->pos, (long long)e->size,
			   (long long)st.st_size);
}

static void eof_edge(struct check_context *c)
{
	static const struct edge edges[] = {
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
	char *buf = check_buffer(BLOCK);
	int fd;

	check_mount_fuse(c, 512, 0);
	fd = check_open(check_path(c, "fuse", "f"),
			O_CREAT | O_RDWR | O_DIRECT);
	memset(buf, 'e', BLOCK);
	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		if (edges[i].len % c->rig.device.blocksize)
			check_note("no writes smaller than a sector: the device's have %u bytes",
				   c->rig.device.blocksize);
		else
			write_at_edge(fd, &edges[i], buf);
	}
}

/* --- the re-check --------------------------------------------------------- */

#define FILE_BYTES	(1 * MIB)
#define WRITE_AT	(512 * KIB)

static void set_up(struct check_context *c)
{
	check_fill(check_path(c, "raw", "f"), FILE_BYTES);
	check_drop_caches();
}

static void set_up_delay(struct check_context *c)
{
	set_up(c);
	check_lock_delay(CHECK_DELAY_US);
}

/* The truncate that comes between the check and the lock. */
static void shrink(struct check_context *c)
{
	const char *path = check_path(c, "fuse", "f");

	check_lock_delay(0);
	must(!truncate(path, BLOCK));
	/* EOF alone is to be the reason. */
	check_set_nosec_of(path);
}

/* The truncate has cut what is before the write: it reads as zeros. */
static void verify_after_shrink(struct check_context *c)
{
	int fd = check_open(check_path(c, "raw", "f"), O_RDONLY);
	char *buf = check_buffer(WRITE_AT);

	must(pread(fd, buf, WRITE_AT, 0) == (ssize_t)WRITE_AT);
	for (size_t i = BLOCK; i < WRITE_AT; i++)
		if (buf[i])
			check_fail("byte %zu is %d, expected 0 after the truncate",
				   i, buf[i]);
	must(pread(fd, buf, BLOCK, WRITE_AT) == (ssize_t)BLOCK &&
	     buf[0] == 'r' && buf[BLOCK - 1] == 'r');
}

static void recheck(struct check_context *c)
{
	struct check_delayed d = { .pos = { WRITE_AT }, .n = 1, .fill = 'r',
				   .before = set_up, .meanwhile = shrink };
	struct check_counters n;

	check_mount_fuse(c, 512, 0);
	d.path = check_path(c, "fuse", "f");
	check_delayed(c, &d);
	check_counters_read(&n);
	if (n.upgraded != 1 || n.exclusive_past_eof != 1 || n.shared)
		check_fail("%" PRIu64 " upgraded and %" PRIu64 " past EOF, expected 1; %" PRIu64 " kept the shared lock",
			   n.upgraded, n.exclusive_past_eof, n.shared);
	check_size(c, "f", WRITE_AT + BLOCK);
	verify_after_shrink(c);
}

/* With IOCB_NOWAIT it does not wait for the exclusive lock, and keeps none. */
static void recheck_nowait(struct check_context *c)
{
	struct check_delayed d = { .pos = { WRITE_AT }, .n = 1, .fill = 'r',
				   .rwf = RWF_NOWAIT, .error = EAGAIN,
				   .before = set_up, .meanwhile = shrink };
	struct check_counters n;

	if (c->kernel < KERNEL_BEYOND)
		check_skip("needs kernel-patches/beyond: the file has no FMODE_NOWAIT");
	check_mount_fuse(c, 512, 0);
	d.path = check_path(c, "fuse", "f");
	check_delayed(c, &d);
	check_counters_read(&n);
	if (n.exclusive_past_eof != 1 || n.shared)
		check_fail("%" PRIu64 " past EOF, expected 1; %" PRIu64 " kept the shared lock",
			   n.exclusive_past_eof, n.shared);
	/* It waits for whoever holds the lock. */
	must(!truncate(d.path, 2 * BLOCK));
	check_size(c, "f", 2 * BLOCK);
}

/* After the truncate the first write is past EOF: it must be alone. */
static void recheck_in_flight(struct check_context *c)
{
	struct check_write first = { .flags = O_DIRECT, .pos = WRITE_AT,
				     .len = BLOCK, .before = set_up_delay,
				     .meanwhile = shrink };
	struct check_write second = { .flags = O_DIRECT, .len = BLOCK };

	check_mount_fuse(c, 512, CHECK_SLOW_NSEC);
	fpb_undo_push(&c->undo, check_delay_off, NULL);
	check_fill(check_path(c, "raw", "f"), FILE_BYTES);
	first.path = second.path = check_path(c, "fuse", "f");
	check_overlap(c, "put past EOF by a truncate", false, &first, &second);
}

const struct check_case eof_cases[] = {
	{ .name = "eof_edge", .flags = CHECK_QUICK, .run = eof_edge,
	  .setup = "A file truncated to sizes on both sides of the write's end.",
	  .workload = "One direct write for each size, and one of 0 bytes.",
	  .lock_path = "End == size -> shared; end == size + 1 -> exclusive; 0 bytes -> no lock.",
	  .validates = "The comparison with EOF is right to the byte, and so is the size afterwards." },
	{ .name = "recheck", .flags = CHECK_QUICK | CHECK_DELAY,
	  .run = recheck,
	  .setup = "A file of 1 MiB; a delay of 1 s between check and lock.",
	  .workload = "A direct write at 512 KiB; a truncate to 4 KiB during the delay.",
	  .lock_path = "Within EOF -> shared -> the re-check finds it past EOF -> exclusive.",
	  .validates = "The write takes the branch of the re-check; zeros before it, size 516 KiB." },
	{ .name = "recheck_nowait", .flags = CHECK_QUICK | CHECK_DELAY,
	  .run = recheck_nowait,
	  .setup = "As recheck.",
	  .workload = "As recheck, the write with RWF_NOWAIT; then another truncate.",
	  .lock_path = "Within EOF -> shared, tried -> the re-check finds it past EOF -> none.",
	  .validates = "The write returns EAGAIN and keeps no lock." },
	{ .name = "recheck_in_flight", .flags = CHECK_QUICK | CHECK_DELAY,
	  .run = recheck_in_flight,
	  .setup = "As recheck, on a device with a latency of 40 ms.",
	  .workload = "A second write within EOF while the first is at the device.",
	  .lock_path = "As recheck.",
	  .validates = "The upgraded lock is exclusive: the two writes are never at the device together." },
	{ .name = NULL }
};
