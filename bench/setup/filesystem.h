/* SPDX-License-Identifier: GPL-2.0 */
/* A fresh filesystem on a device, mounted. */
#ifndef FPB_SETUP_FILESYSTEM_H
#define FPB_SETUP_FILESYSTEM_H

#include "core/filesystem.h"

/*
 * What mkfs prints is appended to @log. 0, or -errno with a sentence in @why
 * (FPB_REASON_MAX bytes).
 */
int fpb_filesystem_make(const struct fpb_filesystem *fs, const char *device,
			const char *log, char *why);

/*
 * Mounts it on the folder @dir with fpb_filesystem_options and @more options
 * (NULL: none). 0, or -errno with a sentence in @why.
 */
int fpb_filesystem_mount(const struct fpb_filesystem *fs, const char *device,
			 const char *dir, const char *more, char *why);

/* Unmounts it and removes the folder; after a message if it stays mounted. */
void fpb_filesystem_unmount(const char *dir);

#endif
