// SPDX-License-Identifier: GPL-2.0
#include "setup/filesystem.h"

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

int fpb_filesystem_make(const struct fpb_filesystem *fs, const char *device,
			const char *log, char *why)
{
	const char *argv[sizeof(fs->mkfs) / sizeof(*fs->mkfs) + 2];
	char reason[FPB_REASON_MAX], missing[64];
	size_t n = 0;
	int ret;

	for (; fs->mkfs[n]; n++)
		argv[n] = fs->mkfs[n];
	argv[n++] = device;
	argv[n] = NULL;
	ret = fpb_spawn_run_why(argv, log, MKFS_MS, reason);
	snprintf(missing, sizeof(missing), "%s is not installed", fs->package);
	if (ret)
		snprintf(why, FPB_REASON_MAX, "%s failed: %.60s: %s", argv[0],
			 device, ret == -ENOENT ? missing : reason);
	return ret;
}

int fpb_filesystem_mount(const struct fpb_filesystem *fs, const char *device,
			 const char *dir, const char *more, char *why)
{
	char lacks[64];
	int ret;

	if (!mount(device, dir, fs->name, MS_NOATIME, more))
		return 0;
	ret = -errno;
	snprintf(lacks, sizeof(lacks), "this kernel has no %s", fs->title);
	snprintf(why, FPB_REASON_MAX, "mount failed: %.60s as %s: %s", device,
		 fs->title, ret == -ENODEV ? lacks : strerror(-ret));
	return ret;
}

void fpb_filesystem_unmount(const char *dir)
{
	int ret = fpb_unmount(dir);

	if (ret)
		fpb_err("unmount failed: %s: %s", dir, strerror(-ret));
	rmdir(dir);
}
