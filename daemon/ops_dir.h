/* SPDX-License-Identifier: GPL-2.0 */
/* Operations on directories. */
#ifndef FPFS_OPS_DIR_H
#define FPFS_OPS_DIR_H

#include "fuse_api.h"

void fpfs_op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fpfs_op_releasedir(fuse_req_t req, fuse_ino_t ino,
			struct fuse_file_info *fi);
void fpfs_op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
		      struct fuse_file_info *fi);
void fpfs_op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		     struct fuse_file_info *fi);
void fpfs_op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size,
			 off_t off, struct fuse_file_info *fi);

#endif
