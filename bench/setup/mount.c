// SPDX-License-Identifier: GPL-2.0
#include "setup/mount.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "core/result.h"
#include "os/clock.h"
#include "os/file.h"

int fpb_mount_point(char *path, const char *work, const char *name, char *why)
{
	int ret = fpb_path(path, "%s/%s", work, name);

	if (!ret)
		ret = fpb_mkdirs(path);
	if (ret)
		snprintf(why, FPB_REASON_MAX, "cannot make %.150s: %s", path,
			 strerror(-ret));
	return ret;
}

int fpb_unmount(const char *path)
{
	for (unsigned int i = 0; i < 200 * fpb_patience; i++) {
		if (!umount2(path, UMOUNT_NOFOLLOW))
			return 0;
		if (errno != EBUSY)
			break;
		fpb_sleep_ms(10);
	}
	return -errno;
}
