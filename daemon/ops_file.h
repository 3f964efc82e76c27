/* SPDX-License-Identifier: GPL-2.0 */
/* Operations that open and close files. */
#ifndef FPFS_OPS_FILE_H
#define FPFS_OPS_FILE_H

#include "fuse_api.h"

void fpfs_op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fpfs_op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
		    mode_t mode, struct fuse_file_info *fi);
void fpfs_op_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode,
		     struct fuse_file_info *fi);
void fpfs_op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fpfs_op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

#endif
