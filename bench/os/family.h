/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A command and all processes that come of it, wherever they go: a daemon leaves
 * its session, its parent and perhaps its environment. A process of ours is the
 * ancestor of them all: the kernel gives it those whose parent has ended.
 */
#ifndef FPB_FAMILY_H
#define FPB_FAMILY_H

#include <stdbool.h>
#include <sys/types.h>

#include "os/spawn.h"

struct fpb_family {
	pid_t guard;			/* the ancestor; 0: all have ended */
	int fd;				/* what it says of the command */
	bool ended;			/* the command */
	int status;			/* then: as waitpid(2) gives it */
};

/*
 * Starts the command. 0, or -errno if it cannot run. After 0 it is
 * fpb_family_end() that frees what @f holds.
 */
int fpb_family_start(struct fpb_family *f, const struct fpb_spawn *s);

/* Whether the command has ended, with @f->status. */
bool fpb_family_ended(struct fpb_family *f);

/* Waits up to @ms (times fpb_patience) until all have ended; whether they have. */
bool fpb_family_gone(struct fpb_family *f, unsigned int ms);

/*
 * Ends them: SIGTERM, and after @ms (times fpb_patience) SIGKILL. One that waits
 * in the kernel may still be there after as much time again.
 */
void fpb_family_end(struct fpb_family *f, unsigned int ms);

/* Sends it to each of them. */
void fpb_family_signal(const struct fpb_family *f, int signal);

/* Calls @fn with each of them that is alive now. */
void fpb_family_each(const struct fpb_family *f,
		     void (*fn)(pid_t pid, void *user), void *user);

/* The same for all descendants of any process. 0 or -errno. */
int fpb_descendants(pid_t root, void (*fn)(pid_t pid, void *user), void *user);

#endif
