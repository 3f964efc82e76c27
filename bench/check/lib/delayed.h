/* SPDX-License-Identifier: GPL-2.0 */
/* What comes in between the decision for a lock and the lock. */
#ifndef CHECK_DELAYED_H
#define CHECK_DELAYED_H

#include <sys/types.h>

#include "check/lib/case.h"

#define CHECK_DELAYED_MAX	2
#define CHECK_DELAY_US		1000000

struct check_delayed {
	const char *path;		/* has no privileges to remove */
	off_t pos[CHECK_DELAYED_MAX];	/* of one direct write each of BLOCK */
	unsigned int n;
	uid_t user;			/* of the writers, and their group */
	char fill;			/* what they write */
	int rwf;			/* flags of pwritev2(2) */
	int error;			/* with which they fail; 0: they do not */
	/* Called before the writers start, and while all of them wait. */
	void (*before)(struct check_context *c);
	void (*meanwhile)(struct check_context *c);
};

/*
 * Start the writers, call d->meanwhile() while they sleep before their locks,
 * and wait for them. The counters are of these writes. The case needs
 * CHECK_DELAY. Fail if a write ends otherwise than with d->error, or if the
 * machine is too busy.
 */
void check_delayed(struct check_context *c, const struct check_delayed *d);

/* For fpb_undo_push(), by those who set a delay themselves. */
void check_delay_off(void *unused);

#endif
