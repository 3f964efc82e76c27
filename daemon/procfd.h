/* SPDX-License-Identifier: GPL-2.0 */
/* Reaching the inode behind a descriptor by its path in /proc. */
#ifndef FPFS_PROCFD_H
#define FPFS_PROCFD_H

/*
 * "/proc/self/fd/N", for calls that refuse an O_PATH descriptor. It leads to
 * the inode itself, also if that is a symbolic link.
 */
struct fpfs_procpath {
	char s[32];
};

struct fpfs_procpath fpfs_procpath(int fd);

/*
 * Open the file behind @fd again, with those of the open(2) @flags that are
 * for an existing file. The descriptor, owned by the caller, or -errno.
 */
int fpfs_reopen(int fd, int flags);

#endif
