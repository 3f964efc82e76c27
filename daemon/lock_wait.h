/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that take a lock. Those that wait get a thread of their own, so that
 * a worker stays free for the request that unlocks.
 */
#ifndef FPFS_LOCK_WAIT_H
#define FPFS_LOCK_WAIT_H

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>

#include "fuse_api.h"
#include "lock_owner.h"

struct fpfs_lock_waiter;

struct fpfs_lock_waiters {
	struct fpfs_lock_owners *owners;
	pthread_mutex_t lock;
	pthread_cond_t idle;		/* n is 0 */
	struct fpfs_lock_waiter *first;
	unsigned int n;
	bool ending;			/* no more waiting */
};

struct fpfs_lock_request {
	fuse_req_t req;
	struct fpfs_file *file;
	int fd;				/* to lock by */
	int op;				/* of flock(2); 0: a POSIX lock */
	struct flock range;		/* of the POSIX lock */
	struct fpfs_lock_owner *owner;	/* of the POSIX lock, in use */
};

/* 0 or -errno. @owners must outlive the waiters. */
int fpfs_lock_waiters_init(struct fpfs_lock_waiters *waiters,
			   struct fpfs_lock_owners *owners);
void fpfs_lock_waiters_exit(struct fpfs_lock_waiters *waiters);

/* Take or release the lock, without waiting. 0 or -errno; -EAGAIN if taken. */
int fpfs_lock_try(const struct fpfs_lock_request *r);

/* Reply with the error -@ret, or success if it is 0, and put the owner. */
void fpfs_lock_reply(struct fpfs_lock_waiters *waiters,
		     const struct fpfs_lock_request *r, int ret);

/*
 * Hand @r to a thread that waits for the lock and replies. 0, or -errno if the
 * reply is still the caller's to make.
 */
int fpfs_lock_wait(struct fpfs_lock_waiters *waiters,
		   const struct fpfs_lock_request *r);

/* Interrupt all waiters, and return once they have ended. */
void fpfs_lock_waiters_cancel(struct fpfs_lock_waiters *waiters);

#endif
