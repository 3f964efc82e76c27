/* SPDX-License-Identifier: GPL-2.0 */
/* Whether two writes hold the inode lock together, by what they do. */
#ifndef CHECK_OVERLAP_H
#define CHECK_OVERLAP_H

#include "check/lib/case.h"

/* Latency of the device: long enough for a busy machine. */
#define CHECK_SLOW_NSEC	40000000

struct check_write {
	const char *path;
	int flags;			/* of open(2), besides O_WRONLY */
	off_t pos;
	size_t len;
	/* Called before each attempt, if set. */
	void (*before)(struct check_context *c);
	/* Called once the first writer sleeps before the lock, if set. */
	void (*meanwhile)(struct check_context *c);
};

/*
 * Fail unless @b reaches the device while @a is there, or does not, as
 * @together says. Needs a device with latency. Decided by the I/Os in flight
 * and by the state of the writers, not by the clock. Skip if the machine is
 * too busy to tell.
 */
void check_overlap(struct check_context *c, const char *what, bool together,
		   const struct check_write *a, const struct check_write *b);

#endif
