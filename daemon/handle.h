/* SPDX-License-Identifier: GPL-2.0 */
/*
 * File handles: names of inodes that stay valid without a descriptor, and that
 * no other inode ever gets.
 */
#ifndef FPFS_HANDLE_H
#define FPFS_HANDLE_H

#include <stdbool.h>

struct fpfs_handle;

/*
 * The handle of @fd's file, owned by the caller, who calls free(3). NULL if its
 * filesystem has none, or if memory is short.
 */
struct fpfs_handle *fpfs_handle_new(int fd);

/* Is @fd's file that of @handle? */
bool fpfs_handle_is(const struct fpfs_handle *handle, int fd);

/*
 * Open the file of @handle, as node descriptors are: for reading if it is a
 * directory, else O_PATH. @fs is any descriptor of its filesystem. Owned by the
 * caller; or -errno, -ESTALE if there is no such file any more.
 */
int fpfs_handle_open(const struct fpfs_handle *handle, int fs);

#endif
