/* SPDX-License-Identifier: GPL-2.0 */
/* Operations on names: looking up, making, linking, removing. */
#ifndef FPFS_OPS_NAME_H
#define FPFS_OPS_NAME_H

#include "fuse_api.h"

void fpfs_op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void fpfs_op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup);
void fpfs_op_forget_multi(fuse_req_t req, size_t count,
			  struct fuse_forget_data *forgets);
void fpfs_op_readlink(fuse_req_t req, fuse_ino_t ino);
void fpfs_op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
		   mode_t mode, dev_t rdev);
void fpfs_op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
		   mode_t mode);
void fpfs_op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		     const char *name);
void fpfs_op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
		  const char *newname);
void fpfs_op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void fpfs_op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void fpfs_op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		    fuse_ino_t newparent, const char *newname,
		    unsigned int flags);

#endif
