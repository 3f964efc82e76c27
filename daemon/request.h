/* SPDX-License-Identifier: GPL-2.0 */
/* What a request carries, in our types. */
#ifndef FPFS_REQUEST_H
#define FPFS_REQUEST_H

#include "fs.h"

/* Count the request and get the filesystem: the start of every operation. */
struct fpfs *fpfs_begin(fuse_req_t req, enum fpfs_opcode op);

/* The node that the kernel names by @ino, and back. */
struct fpfs_inode *fpfs_node(struct fpfs *fs, fuse_ino_t ino);

static inline fuse_ino_t fpfs_ino(struct fpfs_inode *node)
{
	return (fuse_ino_t)(uintptr_t)node;
}

#endif
