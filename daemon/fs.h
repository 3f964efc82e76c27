/* SPDX-License-Identifier: GPL-2.0 */
/* The filesystem that is served: the state that all requests share. */
#ifndef FPFS_FS_H
#define FPFS_FS_H

#include <stdbool.h>
#include <stdint.h>

#include "fpfs_ioctl.h"
#include "fuse_api.h"
#include "inode.h"
#include "lock_owner.h"
#include "lock_wait.h"
#include "opts.h"

struct fpfs {
	const struct fpfs_opts *opts;
	struct fuse_session *se;	/* NULL: none any more */
	struct fpfs_inode root;
	struct fpfs_inode_table *inodes;
	struct fpfs_lock_owners lock_owners;
	struct fpfs_lock_waiters lock_waiters;
	bool reopens;		/* descriptors of nodes can be closed */
	bool closed_some;	/* one has been; atomic */
	int fd_high;		/* from this one on, close some; atomic */

	/* Set by INIT, before any other request is taken up. */
	bool started;
	enum fpfs_exit init_status;
	uint64_t features;	/* FPFS_STATS_* */
};

/*
 * Set up everything but the session: handle on the source, inode table.
 * 0 or -errno with the reason printed.
 */
int fpfs_init(struct fpfs *fs, const struct fpfs_opts *opts);
void fpfs_exit(struct fpfs *fs);

/*
 * Hold @node, see inode.h, with its descriptor open. 0, or -errno without
 * holding it; -ESTALE if its file is gone.
 */
int fpfs_hold_node(struct fpfs *fs, struct fpfs_inode *node);

/*
 * Hold the node of @name in @dir, which is about to lose that name, with its
 * descriptor open if possible: without a name it cannot be opened again, but may
 * still be in use. NULL if it has no node, or no descriptor was ever closed: the
 * very first closing may be missed if it happens at the same time.
 */
struct fpfs_inode *fpfs_hold_named(struct fpfs *fs,
				   const struct fpfs_inode *dir,
				   const char *name);

/*
 * To be called after each opening of a descriptor, with the result. If there
 * are too many, descriptors of nodes are closed. Returns true if the opening
 * failed for that reason and is worth another try.
 */
bool fpfs_fds_full(struct fpfs *fs, int fd);

/* Fill in @st for FPFS_IOC_STATS and SIGUSR1. */
void fpfs_fill_stats(struct fpfs *fs, struct fpfs_stats *st);

#endif
