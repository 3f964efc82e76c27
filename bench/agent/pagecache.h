/* SPDX-License-Identifier: GPL-2.0 */
/* What the page cache holds of the data files when a sample begins. */
#ifndef FPB_AGENT_PAGECACHE_H
#define FPB_AGENT_PAGECACHE_H

#include <stdbool.h>

/*
 * In a guest, which is ours: dirty pages stay where they are, so that no kernel
 * writes back what it dirtied during the slices of another.
 */
void fpb_pagecache_hold(void);

/*
 * Writes back what is dirty in the filesystem at @path; then, to @drop it, all of the
 * kernel's page cache, which is for guests. 0 or -errno.
 */
int fpb_pagecache_sync(const char *path, bool drop);

/* Has all of the file @path in the cache if @warm, else nothing. 0 or -errno. */
int fpb_pagecache_settle(const char *path, bool warm);

#endif
