/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that read requests and answer them. There is one for each CPU; when
 * all are busy (an fsync may take long), another one is started.
 */
#ifndef FPFS_WORKERS_H
#define FPFS_WORKERS_H

#include <pthread.h>
#include <stdbool.h>

#include "fs.h"

#define FPFS_MAX_WORKERS	64	/* more than that can wait for disks */

struct fpfs_workers {
	struct fpfs *fs;
	int event_fd;		/* readable: INIT was answered, or one ended */
	pthread_mutex_t lock;
	pthread_t thread[FPFS_MAX_WORKERS];	/* guarded by lock */
	unsigned int nthreads;			/* guarded by lock */
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

/* Make event_fd unreadable until there is more news. */
void fpfs_workers_clear_event(struct fpfs_workers *w);

/*
 * Wait until all have ended, and join them. False if some are still at work
 * after @ms.
 */
bool fpfs_workers_join(struct fpfs_workers *w, int ms);

#endif
