// SPDX-License-Identifier: GPL-2.0
/* Limits: of the device, of a process, of a user. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/compare.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/verify.h"
#include "check/lib/writers.h"

/* Allocate all but a few MiB. */
static void fill_device(const char *path)
{
	int fd = check_open(path, O_CREAT | O_WRONLY);
	uint64_t step = 64 * MIB, pos = 0;

	while (step >= 8 * MIB) {
		if (!fallocate(fd, 0, pos, step))
			pos += step;
		else
			step /= 2;
	}
	must(!close(fd));
}

static void no_space(struct check_context *c)
{
	const uint64_t each = 64 * MIB;
	struct check_writers g = { .n = 4, .flags = O_DIRECT, .bs = 64 * KIB,
				   .len = each, .stride = each,
				   .may_fail = true };
	const char *raw, *ballast;
	unsigned int failed;
	off_t size;
	int fd;

	check_mount_fuse(c, 320, 0);
	raw = check_path(c, "raw", "f");
	ballast = check_path(c, "raw", "ballast");
	g.path = check_path(c, "fuse", "f");
	fill_device(ballast);
	check_writers_run(c, &g);
	failed = check_writers_failed(&g, (const int[]){ ENOSPC, 0 });
	check_fact("writers_without_space", failed);
	if (!failed)
		check_fail("the device did not get full");
	size = check_stat(raw).st_size;
	if (check_stat(g.path).st_size != size)
		check_fail("size %lld through the mount, %lld on XFS",
			   (long long)check_stat(g.path).st_size,
			   (long long)size);
	check_verify(&g, raw, size, false);
	/* With space again, writes to the same file succeed. */
	must(!unlink(ballast));
	fd = check_open(g.path, O_WRONLY | O_DIRECT);
	must(pwrite(fd, check_buffer(BLOCK), BLOCK, 4 * each) ==
	     (ssize_t)BLOCK);
}

#define LIMIT		(128 * KIB)

static void file_size_limit(struct check_context *c)
{
	static const struct check_op ops[] = {
		{ .name = "up to the limit", .flags = O_DIRECT,
		  .pos = LIMIT - BLOCK, .len = BLOCK },
		{ .name = "across the limit", .flags = O_DIRECT,
		  .pos = LIMIT - BLOCK, .len = 2 * BLOCK },
		{ .name = "beyond the limit", .flags = O_DIRECT,
		  .pos = LIMIT, .len = BLOCK },
		{ .name = "buffered, across", .pos = LIMIT - 100, .len = 300 },
		{ .name = "buffered, beyond", .pos = LIMIT, .len = 300 },
		{ .name = "append, beyond", .flags = O_APPEND | O_DIRECT,
		  .len = BLOCK },
		{ .name = NULL }
	};
	static const struct check_user limited = { .file_size_limit = LIMIT };

	check_mount_fuse(c, 512, 0);
	for (int s = 0; s < CHECK_SIDES; s++)
		check_fill(check_path(c, "raw", check_sides[s]), 64 * KIB);
	check_same_as_raw(c, ops, &limited, EFBIG);
}

/* The owners of the two sides' files, each with a quota of its own. */
#define FIRST_OWNER	1000
#define QUOTA_BYTES	MIB

static void make_file_with_quota(struct check_context *c, const char *side,
				 uid_t owner)
{
	struct fs_disk_quota q = { .d_version = FS_DQUOT_VERSION,
				   .d_flags = FS_USER_QUOTA,
				   .d_fieldmask = FS_DQ_BHARD | FS_DQ_BSOFT,
				   .d_id = owner,
				   .d_blk_hardlimit = QUOTA_BYTES / 512,
				   .d_blk_softlimit = QUOTA_BYTES / 512 };
	int fd = check_open(check_path(c, "raw", side), O_CREAT | O_WRONLY);

	must(!fchmod(fd, 0666) && !fchown(fd, owner, FIRST_OWNER));
	must(!close(fd));
	if (quotactl(QCMD(Q_XSETQLIM, USRQUOTA), c->rig.device.path, owner,
		     (void *)&q))
		check_skip("cannot set quotas: %s", strerror(errno));
}

static void quota(struct check_context *c)
{
	static const struct check_op ops[] = {
		{ .name = "within the quota", .flags = O_DIRECT,
		  .len = 256 * KIB },
		{ .name = "beyond the quota", .flags = O_DIRECT,
		  .pos = 256 * KIB, .len = 4 * MIB },
		{ .name = "buffered beyond", .pos = 8 * MIB, .len = 4 * MIB },
		{ .name = "append beyond", .flags = O_DIRECT | O_APPEND,
		  .len = 4 * MIB },
		{ .name = "within the file", .flags = O_DIRECT, .len = BLOCK },
		{ .name = NULL }
	};
	static const struct check_user other = { .uid = FIRST_OWNER + 10 };

	if (access("/proc/fs/xfs/xqmstat", F_OK))
		check_skip("this kernel's XFS has no quotas");
	c->rig.disk_data = "uquota";
	c->rig.daemon_options = "allow_other";
	check_mount_fuse(c, 512, 0);
	for (int s = 0; s < CHECK_SIDES; s++)
		make_file_with_quota(c, check_sides[s], FIRST_OWNER + s);
	check_same_as_raw(c, ops, &other, EDQUOT);
}

const struct check_case limit_cases[] = {
	{ .name = "no_space", .flags = CHECK_QUICK, .run = no_space,
	  .setup = "A device with 8 MiB left.",
	  .workload = "4 writers extend one file until ENOSPC.",
	  .lock_path = "Past EOF and within.",
	  .validates = "No error but ENOSPC; every acknowledged write is there; sizes agree; with space again writes succeed." },
	{ .name = "file_size_limit", .run = file_size_limit,
	  .setup = "RLIMIT_FSIZE of 128 KiB.",
	  .workload = "Writes up to it, across and beyond: direct, buffered and appending.",
	  .lock_path = "Exclusive.",
	  .validates = "Results and sizes are those of raw XFS." },
	{ .name = "quota", .run = quota,
	  .setup = "XFS with user quotas, 1 MiB for the owner of the file.",
	  .workload = "Writes within and beyond.",
	  .lock_path = "Exclusive; within the file shared.",
	  .validates = "Results and sizes are those of raw XFS." },
	{ .name = NULL }
};
