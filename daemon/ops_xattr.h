/* SPDX-License-Identifier: GPL-2.0 */
/* Operations on extended attributes. */
#ifndef FPFS_OPS_XATTR_H
#define FPFS_OPS_XATTR_H

#include "fuse_api.h"

void fpfs_op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		      size_t size);
void fpfs_op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		      const char *value, size_t size, int flags);
void fpfs_op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name);
void fpfs_op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);

#endif
