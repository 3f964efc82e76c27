/* SPDX-License-Identifier: GPL-2.0 */
/* What a request carries, in our types. */
#ifndef FPFS_REQUEST_H
#define FPFS_REQUEST_H

#include "fs.h"

/* Count the request and get the filesystem: the start of every operation. */
struct fpfs *fpfs_begin(fuse_req_t req, enum fpfs_opcode op);

/* The node that the kernel names by @ino, and back. */
struct fpfs_inode *fpfs_node(struct fpfs *fs, fuse_ino_t ino);

/*
 * The same with its descriptor open until the end of the variable's scope:
 *
 *	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
 *
 * After an error it is NULL and @req has been replied to.
 */
struct fpfs_inode *fpfs_hold(struct fpfs *fs, fuse_req_t req, fuse_ino_t ino);

#define FPFS_HELD	__attribute__((cleanup(fpfs_release_held), unused))

static inline void fpfs_release_held(struct fpfs_inode **node)
{
	if (*node)
		fpfs_inode_release(*node);
}

static inline fuse_ino_t fpfs_ino(struct fpfs_inode *node)
{
	return (fuse_ino_t)(uintptr_t)node;
}

#endif
