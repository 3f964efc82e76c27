/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that read requests and answer them. There is one for each CPU; when
 * all are busy (an fsync may take long), another one is started. It ends when
 * it has not been needed for a while.
 */
#ifndef FPFS_WORKERS_H
#define FPFS_WORKERS_H

#include <pthread.h>
#include <stdbool.h>

#include "fs.h"

#define FPFS_TRIM_MS		1000	/* between two calls of trim */

struct fpfs_worker {
	struct fpfs_workers *all;
	pthread_t thread;
	int state;		/* enum worker_state of workers.c; atomic */
	bool told;		/* to end; guarded by the lock */
};

struct fpfs_workers {
	struct fpfs *fs;
	int event_fd;		/* readable: INIT was answered, or the number of
				   workers has changed */
	pthread_mutex_t lock;
	struct fpfs_worker worker[FPFS_MAX_WORKERS];
	unsigned int nstart;	/* how many stay */
	unsigned int nthreads;	/* not yet joined; guarded by lock */
	unsigned int ntold;	/* of these, told to end; guarded by lock */
	bool all_busy;		/* since the last trim; atomic */
	int idle;		/* wait for a request; atomic */
	int running;		/* have not ended; atomic */
	int error;		/* of one that ended, -errno; atomic */
	bool init_done;		/* INIT has been answered; atomic */
};

/* 0 or -errno. fpfs_workers_exit() frees what it holds. */
int fpfs_workers_init(struct fpfs_workers *w, struct fpfs *fs);
void fpfs_workers_exit(struct fpfs_workers *w);

/* Start as many as the options say. 0, or -EAGAIN if none could be started. */
int fpfs_workers_start(struct fpfs_workers *w);

/*
 * End one worker, if more are there than at the start and all of them were
 * never busy at once since the last call. To be called every FPFS_TRIM_MS while
 * it returns true, and after event_fd was readable. Returns whether more are
 * there than at the start.
 */
bool fpfs_workers_trim(struct fpfs_workers *w);

/* Make event_fd unreadable until there is more news. */
void fpfs_workers_clear_event(struct fpfs_workers *w);

/*
 * Wait until all have ended, and join them. False if some are still at work
 * after @ms.
 */
bool fpfs_workers_join(struct fpfs_workers *w, int ms);

#endif
