/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FPFS_OPS_H
#define FPFS_OPS_H

#include "fuse_api.h"

/* What libfuse calls; the session's user data is a struct fpfs. */
extern const struct fuse_lowlevel_ops fpfs_ops;

#endif
