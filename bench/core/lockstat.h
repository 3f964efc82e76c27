/* SPDX-License-Identifier: GPL-2.0 */
/* How long tasks waited for locks, by the text of /proc/lock_stat. Pure. */
#ifndef FPB_LOCKSTAT_H
#define FPB_LOCKSTAT_H

#include <stdint.h>

#include "core/result.h"

/* A class of locks. */
struct fpb_lock_wait {
	char name[FPB_NAME_MAX];	/* "": nobody waited */
	/* The function that waited most often, or "". */
	char where[FPB_NAME_MAX];
	uint64_t ns;			/* of all tasks, until they had the lock */
};

struct fpb_lockstat {
	/* i_rwsem of files, of all filesystems: named as the most waited for. */
	struct fpb_lock_wait inode;
	/* What else was waited for most. */
	struct fpb_lock_wait other;
};

/*
 * 0, or -EINVAL with a sentence in @why (FPB_REASON_MAX bytes): @text is
 * something else, or the kernel has stopped counting.
 */
int fpb_lockstat_parse(const char *text, struct fpb_lockstat *s, char *why);

#endif
