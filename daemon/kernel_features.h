/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel must or may do for this mount. */
#ifndef FPFS_KERNEL_FEATURES_H
#define FPFS_KERNEL_FEATURES_H

#include "fs.h"

/*
 * Ask for the features in the answer to INIT, and note in @fs what is granted.
 * FPFS_EXIT_UNSUPPORTED with the reason printed if one is missing that the
 * mode needs.
 */
enum fpfs_exit fpfs_features_request(struct fpfs *fs,
				     struct fuse_conn_info *conn);

/*
 * See that they work, once the mount answers requests: that the source takes
 * passthrough, and that requests come by io_uring. Prints the reason if not.
 */
enum fpfs_exit fpfs_features_probe(struct fpfs *fs);

#endif
