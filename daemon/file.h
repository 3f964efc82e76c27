/* SPDX-License-Identifier: GPL-2.0 */
/* An open file of the mount. */
#ifndef FPFS_FILE_H
#define FPFS_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "fuse_api.h"
#include "inode.h"

struct fpfs_file {
	int fd;			/* -1 until needed; atomic */
	int flags;		/* of open(2) */
	bool flushes;		/* the kernel sends a FLUSH at each close */
	bool flocked;		/* flock was used; atomic */
};

static inline struct fpfs_file *fpfs_file(const struct fuse_file_info *fi)
{
	return (struct fpfs_file *)(uintptr_t)fi->fh;
}

/* Was it opened with these open(2) @flags so that it can be written? */
bool fpfs_for_writing(int flags);

/*
 * Make the file of @node, which is held, with @fd (may be -1), which it then
 * owns. It holds @node, too. NULL if memory is short. fpfs_file_free() closes and frees it.
 */
struct fpfs_file *fpfs_file_new(struct fpfs_inode *node, int fd, int flags);
void fpfs_file_free(struct fpfs_inode *node, struct fpfs_file *file);

/* The descriptor of @file, opened now if it was not yet; or -errno. */
int fpfs_file_fd(struct fpfs_inode *node, struct fpfs_file *file);

#endif
