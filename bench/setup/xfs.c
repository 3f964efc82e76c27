// SPDX-License-Identifier: GPL-2.0
#include "setup/xfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/result.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "setup/mount.h"

#define MKFS_MS		60000

const char *const fpb_mkfs_xfs[] = { "mkfs.xfs", "-q", "-f", "-K", NULL };
const char fpb_xfs_options[] = "noatime";

int fpb_xfs_make(const char *device, const char *log, char *why)
{
	const char *argv[16];
	char reason[FPB_REASON_MAX];
	size_t n = 0;
	int ret;

	for (; fpb_mkfs_xfs[n]; n++)
		argv[n] = fpb_mkfs_xfs[n];
	argv[n++] = device;
	argv[n] = NULL;
	ret = fpb_spawn_run_why(argv, log, MKFS_MS, reason);
	if (ret)
		snprintf(why, FPB_REASON_MAX, "mkfs.xfs failed: %.60s: %s",
			 device, ret == -ENOENT ?
			 "xfsprogs is not installed" : reason);
	return ret;
}

int fpb_xfs_mount(const char *device, const char *dir, const char *more,
		  char *why)
{
	int ret;

	if (!mount(device, dir, "xfs", MS_NOATIME, more))
		return 0;
	ret = -errno;
	snprintf(why, FPB_REASON_MAX, "mount failed: %.60s as XFS: %s", device,
		 ret == -ENODEV ? "this kernel has no XFS" : strerror(-ret));
	return ret;
}

void fpb_xfs_unmount(const char *dir)
{
	int ret = fpb_unmount(dir);

	if (ret)
		fpb_err("unmount failed: %s: %s", dir, strerror(-ret));
	rmdir(dir);
}
