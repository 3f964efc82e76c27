/* SPDX-License-Identifier: GPL-2.0 */
/* Where filesystems are mounted, and how they go. */
#ifndef FPB_MOUNT_H
#define FPB_MOUNT_H

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

#endif
