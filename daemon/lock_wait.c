// SPDX-License-Identifier: GPL-2.0
#include "lock_wait.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define MAX_WAITERS	1024
#define WAITER_STACK	(256 * 1024)
#define WAKE_SIGNAL	SIGUSR2

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id	_sigev_un._tid
#endif

struct fpfs_lock_waiter {
	struct fpfs_lock_waiter *next, **link;	/* guarded by waiters->lock */
	struct fpfs_lock_waiters *waiters;
	struct fpfs_lock_request r;
	timer_t timer;
	bool cancelled;				/* atomic */
};

static int take_lock(const struct fpfs_lock_request *r, bool wait)
{
	struct flock l = r->range;
	int ret;

	if (r->op)
		ret = flock(r->fd, wait ? r->op & ~LOCK_NB : r->op | LOCK_NB);
	else
		ret = fcntl(r->fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &l);
	if (!ret)
		return 0;
	/* EBADF: the file could not be opened for writing. */
	return errno == EACCES ? -EAGAIN : errno == EBADF ? -ENOLCK : -errno;
}

int fpfs_lock_try(const struct fpfs_lock_request *r)
{
	return take_lock(r, false);
}

void fpfs_lock_reply(struct fpfs_lock_waiters *waiters,
		     const struct fpfs_lock_request *r, int ret)
{
	if (r->owner)
		fpfs_lock_owner_put(waiters->owners, r->owner, r->file);
	fuse_reply_err(r->req, -ret);
}

static void no_action(int sig)
{
}

/*
 * A single signal just before the system call would be lost, so the timer
 * repeats it until the waiter has seen it.
 */
static void wake(struct fpfs_lock_waiter *w)
{
	const struct itimerspec soon = {
		.it_value.tv_nsec = 1, .it_interval.tv_nsec = 2000000,
	};

	__atomic_store_n(&w->cancelled, true, __ATOMIC_RELEASE);
	timer_settime(w->timer, 0, &soon, NULL);
}

static void interrupted(fuse_req_t req, void *arg)
{
	wake(arg);
}

static bool enlist(struct fpfs_lock_waiter *w)
{
	struct fpfs_lock_waiters *waiters = w->waiters;
	struct sigevent ev = {
		.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = WAKE_SIGNAL,
		.sigev_notify_thread_id = gettid(),
	};

	if (timer_create(CLOCK_MONOTONIC, &ev, &w->timer))
		return false;
	pthread_mutex_lock(&waiters->lock);
	w->next = waiters->first;
	w->link = &waiters->first;
	if (w->next)
		w->next->link = &w->next;
	waiters->first = w;
	if (waiters->ending)
		wake(w);
	pthread_mutex_unlock(&waiters->lock);
	fuse_req_interrupt_func(w->r.req, interrupted, w);
	return true;
}

/* Returns whether the session is at its end. */
static bool delist(struct fpfs_lock_waiter *w)
{
	bool ending;

	fuse_req_interrupt_func(w->r.req, NULL, NULL);
	pthread_mutex_lock(&w->waiters->lock);
	*w->link = w->next;
	if (w->next)
		w->next->link = w->link;
	ending = w->waiters->ending;
	pthread_mutex_unlock(&w->waiters->lock);
	timer_delete(w->timer);
	return ending;
}

static void count_out(struct fpfs_lock_waiters *waiters)
{
	pthread_mutex_lock(&waiters->lock);
	if (!--waiters->n)
		pthread_cond_signal(&waiters->idle);
	pthread_mutex_unlock(&waiters->lock);
}

static void *wait_for_lock(void *arg)
{
	struct fpfs_lock_waiter *w = arg;
	int ret = -ENOLCK;

	if (enlist(w)) {
		do {
			ret = take_lock(&w->r, true);
		} while (ret == -EINTR &&
			 !__atomic_load_n(&w->cancelled, __ATOMIC_ACQUIRE));
		/* EINTR is for callers that got a signal. */
		if (delist(w) && ret == -EINTR)
			ret = -ENOTCONN;
	}
	fpfs_lock_reply(w->waiters, &w->r, ret);
	count_out(w->waiters);
	free(w);
	return NULL;
}

static int start_thread(struct fpfs_lock_waiter *w)
{
	pthread_attr_t attr;
	pthread_t thread;
	int ret;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, WAITER_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	ret = pthread_create(&thread, &attr, wait_for_lock, w);
	pthread_attr_destroy(&attr);
	return -ret;
}

int fpfs_lock_wait(struct fpfs_lock_waiters *waiters,
		   const struct fpfs_lock_request *r)
{
	struct fpfs_lock_waiter *w = malloc(sizeof(*w));
	bool full;

	if (!w)
		return -ENOLCK;
	*w = (struct fpfs_lock_waiter){ .waiters = waiters, .r = *r };
	pthread_mutex_lock(&waiters->lock);
	full = waiters->ending || waiters->n >= MAX_WAITERS;
	waiters->n += !full;
	pthread_mutex_unlock(&waiters->lock);
	if (!full && !start_thread(w))
		return 0;
	if (!full)
		count_out(waiters);
	free(w);
	return -ENOLCK;
}

int fpfs_lock_waiters_init(struct fpfs_lock_waiters *waiters,
			   struct fpfs_lock_owners *owners)
{
	struct sigaction act = { .sa_handler = no_action };

	memset(waiters, 0, sizeof(*waiters));
	waiters->owners = owners;
	pthread_mutex_init(&waiters->lock, NULL);
	pthread_cond_init(&waiters->idle, NULL);
	return sigaction(WAKE_SIGNAL, &act, NULL) ? -errno : 0;
}

void fpfs_lock_waiters_cancel(struct fpfs_lock_waiters *waiters)
{
	struct fpfs_lock_waiter *w;

	pthread_mutex_lock(&waiters->lock);
	waiters->ending = true;
	for (w = waiters->first; w; w = w->next)
		wake(w);
	while (waiters->n)
		pthread_cond_wait(&waiters->idle, &waiters->lock);
	pthread_mutex_unlock(&waiters->lock);
}

void fpfs_lock_waiters_exit(struct fpfs_lock_waiters *waiters)
{
	pthread_cond_destroy(&waiters->idle);
	pthread_mutex_destroy(&waiters->lock);
}
