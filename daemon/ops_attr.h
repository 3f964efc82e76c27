/* SPDX-License-Identifier: GPL-2.0 */
/* Operations on attributes. */
#ifndef FPFS_OPS_ATTR_H
#define FPFS_OPS_ATTR_H

#include "fuse_api.h"

void fpfs_op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fpfs_op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr,
		     int valid, struct fuse_file_info *fi);
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 18)
void fpfs_op_statx(fuse_req_t req, fuse_ino_t ino, int flags, int mask,
		     struct fuse_file_info *fi);
#endif
void fpfs_op_statfs(fuse_req_t req, fuse_ino_t ino);

#endif
