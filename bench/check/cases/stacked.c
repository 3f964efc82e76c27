// SPDX-License-Identifier: GPL-2.0
/*
 * Other filesystems than XFS below FUSE: ext4, and those whose files have backing
 * files themselves, overlayfs and FUSE. And overlayfs alone, which shares
 * fs/backing-file.c with FUSE.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/aio.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/overlap.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/verify.h"
#include "check/lib/writers.h"

struct stack {
	const char *target;
	unsigned int fuse;		/* levels of FUSE in it */
	/* Whether what is below FUSE lets direct writes within EOF overlap. */
	bool overlaps;
};

struct setup {
	const char *fs;			/* NULL: XFS */
	const char *mounts[5];
	struct stack stacks[4];		/* end with a NULL target */
};

/* overlayfs holds its own lock during a write. */
static const struct setup stacked = {
	.mounts = { "fuse", "fuse-on-fuse", "overlay", "fuse-on-overlay" },
	.stacks = { { "fuse-on-fuse", 2, true }, { "overlay", 0, false },
		    { "fuse-on-overlay", 1, false } },
};
static const struct setup ext4 = {
	.fs = "ext4", .mounts = { "fuse" }, .stacks = { { "fuse", 1, true } },
};

static const struct stack *mount_all(struct check_context *c, uint64_t mib,
				     uint64_t nsec)
{
	const struct setup *s = c->row->variant;

	if (s->fs)
		c->rig.fs = fpb_filesystem_find(s->fs);
	check_mount(c, mib, nsec, s->mounts);
	return s->stacks;
}

/* --- no write is lost ------------------------------------------------------- */

static void no_daemon_io(struct check_context *c)
{
	for (size_t i = 0; i < c->rig.ndaemons; i++)
		if (fpb_target_is_ours(c->rig.daemons[i].target))
			check_no_daemon_io(c, c->rig.daemons[i].target->name);
}

/* With lockdep a kernel learns in which order this takes locks, on each level. */
static void change_names(struct check_context *c, const struct stack *s)
{
	const char *from = check_path(c, s->target, "from");
	const char *to = check_path(c, s->target, "to");
	const char *old = check_path(c, s->target, "from/f");
	const char *new = check_path(c, s->target, "to/f");

	must(!mkdir(from, 0700) && !mkdir(to, 0700));
	check_fill(old, BLOCK);
	must(!rename(old, new) && !unlink(new));
	must(!rmdir(from) && !rmdir(to));
}

static void overwrite_on(struct check_context *c, const struct stack *s)
{
	const uint64_t bytes = c->full ? 256 * MIB : 16 * MIB;
	const char *below = check_below(c, s->target, s->target);
	struct check_writers g = check_random_writers(c, 4, bytes,
						      c->full ? 10000 : 500);

	change_names(c, s);
	g.path = check_path(c, s->target, s->target);
	check_fill(g.path, bytes);
	check_counters_reset();
	/* Each level decides for itself. */
	check_branch_taken("shared", s->fuse * check_writers_run(c, &g));
	check_verify(&g, g.path, bytes, true);
	check_verify(&g, below, bytes, true);
}

static void overwrite(struct check_context *c)
{
	const struct stack *s = mount_all(c, 2048, 0);

	for (; s->target; s++)
		overwrite_on(c, s);
	no_daemon_io(c);
}

/* --- writes at the device together ------------------------------------------ */

static void in_flight(struct check_context *c)
{
	const struct stack *s;

	if (c->kernel == KERNEL_ANY)
		check_skip("needs to know whether this kernel has the series");
	for (s = mount_all(c, 512, CHECK_SLOW_NSEC); s->target; s++) {
		const char *path = check_path(c, s->target, s->target);
		const struct check_write first = {
			.path = path, .flags = O_DIRECT, .len = BLOCK };
		const struct check_write second = {
			.path = path, .flags = O_DIRECT, .len = BLOCK,
			.pos = 64 * KIB };

		check_fill(path, MIB);
		check_overlap(c, s->target,
			      s->overlaps && c->kernel >= KERNEL_SERIES,
			      &first, &second);
	}
}

/* --- AIO -------------------------------------------------------------------- */

#define AIOS		16

/* As the kernel has it, without a request to a server. */
static void expect_size(const char *path, uint64_t bytes)
{
	struct statx sx;

	must(!statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_SIZE, &sx));
	if (sx.stx_size != bytes)
		check_fail("%s: size %" PRIu64 ", expected %" PRIu64, path,
			   (uint64_t)sx.stx_size, bytes);
}

static void expect_bytes(const char *path, int byte, size_t len)
{
	char *want = check_buffer(len), *got = check_buffer(len);
	int fd = check_open(path, O_RDONLY | O_DIRECT);

	memset(want, byte, len);
	must(pread(fd, got, len, 0) == (ssize_t)len);
	if (memcmp(want, got, len))
		check_fail("%s: an AIO write is not there", path);
	must(!close(fd));
}

/* Blocks 0 to AIOS - 1, of this byte. */
static void write_blocks(int fd, aio_context_t ctx, int byte)
{
	char *buf = check_buffer(BLOCK);
	off_t pos[AIOS];

	memset(buf, byte, BLOCK);
	for (int i = 0; i < AIOS; i++)
		pos[i] = i * BLOCK;
	check_aio_submit(ctx, fd, buf, pos, AIOS);
	check_aio_wait(ctx, AIOS);
}

/*
 * With kernel-patches/beyond a write ends in the interrupt of the device, level by
 * level, unless there is one that does not allow it, as overlayfs.
 */
static void expect_ends(const struct check_context *c, const struct stack *s)
{
	const uint64_t want = s->overlaps ? s->fuse * AIOS : 0;
	struct check_counters n;

	check_counters_read(&n);
	if (n.aio_in_interrupt != want)
		check_fail("%s: %" PRIu64 " ends of AIO writes in an interrupt, expected %" PRIu64,
			   s->target, n.aio_in_interrupt, want);
}

static void aio_on(struct check_context *c, const struct stack *s)
{
	const struct setup *set = c->row->variant;
	const char *path = check_path(c, s->target, s->target);
	const char *below = check_below(c, s->target, s->target);
	aio_context_t ctx = check_aio_context(AIOS);
	int fd = check_open(path, O_CREAT | O_RDWR | O_DIRECT);

	for (int byte = 'a'; byte < 'e'; byte++) {
		/* The first extends the file, the others are within EOF. */
		check_set_nosec(fd);
		check_counters_reset();
		write_blocks(fd, ctx, byte);
		expect_size(path, AIOS * BLOCK);
		expect_bytes(path, byte, AIOS * BLOCK);
		expect_bytes(below, byte, AIOS * BLOCK);
		if (byte > 'b' && c->kernel == KERNEL_BEYOND && !set->fs)
			expect_ends(c, s);
	}
	must(!close(fd));
}

static void aio(struct check_context *c)
{
	const struct stack *s = mount_all(c, 512, 1000000);

	for (; s->target; s++)
		aio_on(c, s);
	no_daemon_io(c);
}

const struct check_case stacked_cases[] = {
	{ .name = "stack_overwrite", .flags = CHECK_QUICK | CHECK_MENDED,
	  .run = overwrite, .variant = &stacked, .lockdep = CHECK_ONE_CLASS,
	  .setup = "FUSE over FUSE over XFS; overlayfs over XFS; FUSE over that overlayfs. In each a pre-seeded file of 256 MiB (quick: 16 MiB).",
	  .workload = "4 concurrent writers, 4K direct random writes, 10 s (0.5 s) on each.",
	  .lock_path = "Each level of FUSE: shared.",
	  .validates = "Every write takes the shared lock at each level of FUSE. Every block holds the last acknowledged write of one of its writers, on XFS too. No READ or WRITE reaches a daemon." },
	{ .name = "stack_in_flight", .flags = CHECK_QUICK | CHECK_MENDED,
	  .run = in_flight, .variant = &stacked, .lockdep = CHECK_ONE_CLASS,
	  .setup = "As stack_overwrite, 1 MiB, on a device with a latency of 40 ms.",
	  .workload = "Two direct writes within EOF.",
	  .lock_path = "FUSE: shared.",
	  .validates = "Over FUSE they are at the device together; in overlayfs, and over it, they are not, since it holds its own lock." },
	{ .name = "stack_aio", .flags = CHECK_QUICK | CHECK_MENDED,
	  .run = aio, .variant = &stacked, .lockdep = CHECK_ONE_CLASS,
	  .setup = "As stack_overwrite, on a device with a latency of 1 ms, by a timer.",
	  .workload = "16 AIO writes that extend the file, then three times 16 within EOF.",
	  .lock_path = "Exclusive past EOF, then shared.",
	  .validates = "When a write is reported, its data and the size are there, at each level. With kernel-patches/beyond FUSE over FUSE ends both levels in the interrupt, and overlayfs ends in its worker." },
	{ .name = "ext4_overwrite", .flags = CHECK_QUICK, .run = overwrite,
	  .variant = &ext4,
	  .setup = "FUSE over ext4.",
	  .workload = "As stack_overwrite.",
	  .lock_path = "Shared.",
	  .validates = "As stack_overwrite." },
	{ .name = "ext4_in_flight", .run = in_flight, .variant = &ext4,
	  .setup = "FUSE over ext4, 1 MiB, on a device with a latency of 40 ms.",
	  .workload = "Two direct writes within EOF.",
	  .lock_path = "Shared.",
	  .validates = "They are at the device together." },
	{ .name = "ext4_aio", .run = aio, .variant = &ext4,
	  .setup = "FUSE over ext4, on a device with a latency of 1 ms, by a timer.",
	  .workload = "As stack_aio.",
	  .lock_path = "As stack_aio.",
	  .validates = "When a write is reported, its data and the size are there." },
	{ .name = NULL }
};
