/* SPDX-License-Identifier: GPL-2.0 */
/* Files that are registered with the kernel, for passthrough. */
#ifndef FPFS_BACKING_H
#define FPFS_BACKING_H

#include "fuse_api.h"

/*
 * Register the file behind @fd, which may be closed afterwards. The id (above
 * 0) or -errno; fpfs_backing_close() gives it back.
 */
int fpfs_backing_open(struct fuse_session *se, int fd);
void fpfs_backing_close(struct fuse_session *se, int id);

#endif
