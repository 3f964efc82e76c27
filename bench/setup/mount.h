/* SPDX-License-Identifier: GPL-2.0 */
/* Where filesystems are mounted, and how they go. */
#ifndef FPB_MOUNT_H
#define FPB_MOUNT_H

#include <stdbool.h>

#include "os/file.h"

/*
 * Makes the folder @work/@name, and @path (FPB_PATH_MAX bytes) its path. 0, or
 * -errno with a sentence in @why.
 */
int fpb_mount_point(char *path, const char *work, const char *name, char *why);

/*
 * Waits up to 2 s while the mount is busy: it stays so for a moment after its
 * last user has gone, because FUSE releases files asynchronously. 0 or -errno.
 */
int fpb_unmount(const char *path);

struct fpb_mounted {
	char where[FPB_PATH_MAX];
	/* Its connection, if it is of type fuse; else 0, which none has. */
	unsigned int connection;
};

/*
 * The last thing that was mounted on @path, or, if @below, on it or below it.
 * False if there is none. By the kernel's list: to look at the folder itself
 * could take forever if its daemon is dead.
 */
bool fpb_mount_last(const char *path, bool below, struct fpb_mounted *m);

#endif
