/* SPDX-License-Identifier: GPL-2.0 */
/* Looking up nodes by name, and replying with them. */
#ifndef FPFS_LOOKUP_H
#define FPFS_LOOKUP_H

#include <stdbool.h>
#include <sys/stat.h>

#include "fs.h"

/* The kernel gets @st of @node: how long it may trust it. Seconds. */
double fpfs_show_attr(const struct fpfs *fs, struct fpfs_inode *node,
		      const struct stat *st);

/* Is @st of @node not what the kernel got last? */
bool fpfs_attr_changed(const struct fpfs_inode *node, const struct stat *st);

/*
 * Look up @name in @parent; on success @e holds a reference, which the reply
 * hands to the kernel. 0 or -errno.
 */
int fpfs_lookup(struct fpfs *fs, struct fpfs_inode *parent, const char *name,
		struct fuse_entry_param *e);

/* The same for what was just made, a @dir or not: it is not in the table. */
int fpfs_lookup_new(struct fpfs *fs, struct fpfs_inode *parent,
		    const char *name, bool dir, struct fuse_entry_param *e);

/* The same for one more name of @node. */
int fpfs_lookup_known(struct fpfs *fs, struct fpfs_inode *node,
		      struct fuse_entry_param *e);

/* The same for a file whose handle @fd is open; the table takes @fd. */
int fpfs_lookup_fd(struct fpfs *fs, int fd, struct fuse_entry_param *e);

/* Take back what @e holds, when the reply did not reach the kernel. */
void fpfs_unlookup(struct fpfs *fs, const struct fuse_entry_param *e);

/* Reply with @e, or with the error -@ret if @ret is not 0. */
void fpfs_reply_entry(fuse_req_t req, int ret,
		      const struct fuse_entry_param *e);

#endif
