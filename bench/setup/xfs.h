/* SPDX-License-Identifier: GPL-2.0 */
/* A fresh XFS on a device, mounted. */
#ifndef FPB_XFS_H
#define FPB_XFS_H

/* mkfs.xfs and its arguments before the device; NULL-terminated. */
extern const char *const fpb_mkfs_xfs[];
extern const char fpb_xfs_options[];

/*
 * What mkfs.xfs prints is appended to @log. 0, or -errno with a sentence in
 * @why (FPB_REASON_MAX bytes).
 */
int fpb_xfs_make(const char *device, const char *log, char *why);

/*
 * Mounts it on the folder @dir with fpb_xfs_options and @more options (NULL:
 * none). 0, or -errno with a sentence in @why.
 */
int fpb_xfs_mount(const char *device, const char *dir, const char *more,
		  char *why);

/* Unmounts it and removes the folder; after a message if it stays mounted. */
void fpb_xfs_unmount(const char *dir);

#endif
