// SPDX-License-Identifier: GPL-2.0
#include "setup/mount.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "core/result.h"
#include "os/clock.h"

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

/* By its type in a line of mountinfo; "fuseblk" has a device of its own. */
static bool is_fuse(const char *line)
{
	const char *type = strstr(line, " - ");

	return type && (!strncmp(type + 3, "fuse ", 5) ||
			!strncmp(type + 3, "fuse.", 5));
}

bool fpb_mount_last(const char *path, bool below, struct fpb_mounted *m)
{
	const size_t len = strlen(path);
	char *text, *save, *line, where[FPB_PATH_MAX];
	unsigned int minor;
	bool found = false;

	if (fpb_file_read("/proc/self/mountinfo", &text, NULL))
		return false;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%*d %*d %*u:%u %*s %1023s", &minor,
			   where) != 2 || strncmp(where, path, len) ||
		    (where[len] && !(below && where[len] == '/')))
			continue;
		found = true;
		strcpy(m->where, where);
		m->connection = is_fuse(line) ? minor : 0;
	}
	free(text);
	return found;
}
