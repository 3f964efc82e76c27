// SPDX-License-Identifier: GPL-2.0
/* Errors of the device, which null_blk injects. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/compare.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/verify.h"
#include "check/lib/writers.h"

static const struct check_user root;

/* --- bad blocks ----------------------------------------------------------- */

#define BAD		(40 * BLOCK)

/* The sector of the file's byte @pos. */
static uint64_t sector_of(const char *path, off_t pos)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} f = { .map = { .fm_start = pos, .fm_length = BLOCK,
			 .fm_flags = FIEMAP_FLAG_SYNC,
			 .fm_extent_count = 1 } };
	int fd = check_open(path, O_RDONLY);

	must(!ioctl(fd, FS_IOC_FIEMAP, &f) && f.map.fm_mapped_extents == 1);
	close(fd);
	return (f.extent.fe_physical + pos - f.extent.fe_logical) / 512;
}

/* Make a block of the file on each side bad, or good again. */
static void set_bad_blocks(struct check_context *c, bool bad)
{
	for (int s = 0; s < CHECK_SIDES; s++) {
		uint64_t sector = sector_of(
			check_path(c, "raw", check_sides[s]), BAD);
		char text[64];

		snprintf(text, sizeof(text), "%c%" PRIu64 "-%" PRIu64,
			 bad ? '+' : '-', sector, sector + 7);
		check_device_set("badblocks", text);
	}
	check_drop_caches();
}

static void bad_blocks(struct check_context *c)
{
	static const struct check_op ops[] = {
		{ .name = "direct write", .flags = O_DIRECT,
		  .pos = BAD, .len = BLOCK },
		{ .name = "direct write across it", .flags = O_DIRECT,
		  .pos = BAD - BLOCK, .len = 3 * BLOCK },
		{ .name = "direct write beside it", .flags = O_DIRECT,
		  .pos = BAD - BLOCK, .len = BLOCK },
		{ .name = "direct read", .flags = O_DIRECT, .read = true,
		  .pos = BAD, .len = BLOCK },
		{ .name = "direct read across it", .flags = O_DIRECT,
		  .read = true, .pos = BAD - BLOCK, .len = 3 * BLOCK },
		{ .name = "O_DSYNC write", .flags = O_DSYNC,
		  .pos = BAD, .len = BLOCK },
		{ .name = "buffered write and fsync", .sync = true,
		  .pos = BAD, .len = BLOCK },
		{ .name = "buffered read", .read = true,
		  .pos = BAD, .len = BLOCK },
		{ .name = NULL }
	};
	struct check_writers g;

	check_mount_fuse(c, 512, 0);
	for (int s = 0; s < CHECK_SIDES; s++)
		check_fill(check_path(c, "raw", check_sides[s]), MIB);
	set_bad_blocks(c, true);
	check_same_as_raw(c, ops, &root, EIO);
	g = check_random_writers(c, 4, MIB, c->full ? 10000 : 1000);
	g.path = check_path(c, "fuse", "fuse");
	g.may_fail = true;
	check_writers_run(c, &g);
	if (!check_writers_failed(&g, (const int[]){ EIO, 0 }))
		check_fail("no writer met the bad block");
	set_bad_blocks(c, false);
	/* The operations above have written zeros there. */
	check_verify_around(&g, check_path(c, "raw", "fuse"), MIB, true,
			    BAD - BLOCK, 3 * BLOCK);
}

/* --- requeues and timeouts ------------------------------------------------ */

/* Inject a fault into @percent of the requests, at most @times times. */
static void inject(const char *fault, const char *percent, const char *times)
{
	char key[64];

	snprintf(key, sizeof(key), "%s/times", fault);
	check_device_set(key, times);
	snprintf(key, sizeof(key), "%s/probability", fault);
	check_device_set(key, percent);
}

#define MANY		"1000000000"

static void requeue(struct check_context *c)
{
	const uint64_t bytes = 16 * MIB;
	const char *raw;
	struct check_writers g;
	uint64_t requeued;

	check_mount_fuse(c, 512, 0);
	raw = check_path(c, "raw", "f");
	check_fill(raw, bytes);
	inject("requeue_inject", "10", MANY);
	g = check_random_writers(c, 4, bytes, c->full ? 20000 : 1500);
	check_writers_run(c, &g);
	requeued = strtoull(MANY, NULL, 10) -
		   check_device_get("requeue_inject/times");
	check_fact("requeued", requeued);
	if (!requeued)
		check_fail("the fault did not happen: nothing was requeued");
	inject("requeue_inject", "0", "0");
	check_verify(&g, raw, bytes, true);
	check_no_daemon_io(c, "fuse");
}

static int64_t write_on(struct check_context *c, const char *side)
{
	static const struct check_op op = { .name = "a write that times out",
					    .flags = O_DIRECT, .len = BLOCK };

	return check_op_result(check_path(c, side, side), &op, &root);
}

static void set_io_timeout(struct check_context *c, const char *ms)
{
	char path[FPB_PATH_MAX];

	must(!fpb_path(path, "/sys/block/%s/queue/io_timeout",
		       strrchr(c->rig.device.path, '/') + 1));
	must(!fpb_file_poke(path, ms));
}

static void time_out(struct check_context *c)
{
	int64_t r[CHECK_SIDES];

	check_mount_fuse(c, 512, 0);
	for (int s = 0; s < CHECK_SIDES; s++)
		check_fill(check_path(c, "raw", check_sides[s]), MIB);
	sync();
	set_io_timeout(c, "500");
	for (int s = 0; s < CHECK_SIDES; s++) {
		inject("timeout_inject", "100", "1");
		r[s] = write_on(c, check_sides[s]);
		inject("timeout_inject", "0", "0");
	}
	if (r[0] >= 0)
		check_fail("the fault did not happen: raw XFS wrote %" PRId64,
			   r[0]);
	check_same_result("a write that times out", r[0], r[1]);
	for (int s = 0; s < CHECK_SIDES; s++)
		if (write_on(c, check_sides[s]) != (int64_t)BLOCK)
			check_fail("the write after the timeout failed on %s",
				   check_sides[s]);
}

const struct check_case device_error_cases[] = {
	{ .name = "bad_blocks", .run = bad_blocks,
	  .setup = "A bad block of null_blk in a file of each side.",
	  .workload = "Direct, synchronous and buffered writes and reads on, across and beside it; then 4 parallel writers.",
	  .lock_path = "Shared and exclusive.",
	  .validates = "Results are those of raw XFS; every acknowledged write is there." },
	{ .name = "requeue", .run = requeue,
	  .setup = "null_blk requeues one request in ten.",
	  .workload = "4 direct writers of random blocks of 16 MiB.",
	  .lock_path = "Shared.",
	  .validates = "Every block holds the last acknowledged write of one of its writers." },
	{ .name = "timeout", .run = time_out,
	  .setup = "null_blk loses one request; it times out after 0.5 s.",
	  .workload = "One direct write on each side.",
	  .lock_path = "Shared.",
	  .validates = "The error is that of raw XFS, and the next write succeeds." },
	{ .name = NULL }
};
