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
	struct fuse_session *se;
	struct fpfs_inode root;
	struct fpfs_inode_table *inodes;
	struct fpfs_lock_owners lock_owners;
	struct fpfs_lock_waiters lock_waiters;

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

/* Fill in @st for FPFS_IOC_STATS and SIGUSR1. */
void fpfs_fill_stats(struct fpfs *fs, struct fpfs_stats *st);

#endif
