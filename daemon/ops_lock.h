/* SPDX-License-Identifier: GPL-2.0 */
/* Operations on locks: fcntl(2), flock(2). */
#ifndef FPFS_OPS_LOCK_H
#define FPFS_OPS_LOCK_H

#include "fuse_api.h"

void fpfs_op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   struct flock *range, int wait);
void fpfs_op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   int op);
void fpfs_op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   struct flock *range);

#endif
