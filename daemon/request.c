// SPDX-License-Identifier: GPL-2.0
#include "request.h"

#include "stats.h"

struct fpfs *fpfs_begin(fuse_req_t req, enum fpfs_opcode op)
{
	fpfs_request_begins();
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 18)
	fpfs_stats_count(op, fuse_req_is_uring(req));
#else
	fpfs_stats_count(op, false);
#endif
	return fuse_req_userdata(req);
}

struct fpfs_inode *fpfs_node(struct fpfs *fs, fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? &fs->root :
				     (struct fpfs_inode *)(uintptr_t)ino;
}

struct fpfs_inode *fpfs_hold(struct fpfs *fs, fuse_req_t req, fuse_ino_t ino)
{
	struct fpfs_inode *node = fpfs_node(fs, ino);
	int ret = fpfs_hold_node(fs, node);

	if (!ret)
		return node;
	fuse_reply_err(req, -ret);
	return NULL;
}
