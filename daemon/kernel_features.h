/* SPDX-License-Identifier: GPL-2.0 */
/* Features of the kernel that the mount needs or uses. */
#ifndef FPFS_KERNEL_FEATURES_H
#define FPFS_KERNEL_FEATURES_H

#include "fs.h"

/*
 * Request the features in the reply to INIT and record in @fs what the kernel
 * offers. FPFS_EXIT_UNSUPPORTED, with the reason printed, if one that the mode
 * needs is missing.
 */
enum fpfs_exit fpfs_features_request(struct fpfs *fs,
				     struct fuse_conn_info *conn);

/*
 * Test them once the mount answers requests: passthrough to the source, and
 * requests by io_uring. Prints the reason of a failure.
 */
enum fpfs_exit fpfs_features_probe(struct fpfs *fs);

#endif
