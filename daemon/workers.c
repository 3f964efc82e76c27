// SPDX-License-Identifier: GPL-2.0
#include "workers.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "msg.h"
#include "stats.h"

enum worker_state {
	NOT_STARTED,	/* as memory is at the start */
	BUSY,
	WAITING,	/* for a request */
	TOLD,		/* WAITING, and told to end: LEAVE_SIGNAL is on its way */
	ENDED,
};

/* Until a worker without memory for its buffer tries again. */
#define NO_MEMORY_US	1000

/* Interrupts read(2) of a worker that is TOLD. */
#define LEAVE_SIGNAL	SIGRTMIN

static __thread volatile sig_atomic_t leave_signalled;

static void note_signal(int sig)
{
	leave_signalled = 1;
}

static void notify_main(struct fpfs_workers *w)
{
	uint64_t one = 1;

	if (write(w->event_fd, &one, sizeof(one)) < 0)
		fpfs_err("cannot write to an eventfd: %s", strerror(errno));
}

void fpfs_workers_clear_event(struct fpfs_workers *w)
{
	uint64_t n;

	if (read(w->event_fd, &n, sizeof(n)) < 0)
		return;		/* nothing was there */
}

static void add_worker(struct fpfs_workers *w);

/*
 * Receive a request as fuse_session_receive_buf() does. *@leave is set if the
 * worker is to end, with or without a last request.
 */
static int receive(struct fpfs_worker *me, struct fuse_buf *buf, bool *leave)
{
	struct fpfs_workers *w = me->all;
	int ret;

	__atomic_add_fetch(&w->idle, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&me->state, WAITING, __ATOMIC_RELAXED);
	ret = fuse_session_receive_buf(w->fs->se, buf);
	*leave = __atomic_exchange_n(&me->state, BUSY, __ATOMIC_RELAXED) ==
		 TOLD;
	/* The signal must not interrupt a system call of the request. */
	while (*leave && !leave_signalled)
		sched_yield();
	if (!__atomic_sub_fetch(&w->idle, 1, __ATOMIC_RELAXED) && ret > 0) {
		__atomic_store_n(&w->all_busy, true, __ATOMIC_RELAXED);
		add_worker(w);
	}
	return ret;
}

/* Returns 1, or 0 or -errno if the session is at its end. */
static int serve_one(struct fpfs_worker *me, struct fuse_buf *buf, bool *leave)
{
	struct fpfs_workers *w = me->all;
	int ret = receive(me, buf, leave);

	/* Nothing has been received: see FUSE_CAP_SPLICE_READ in kernel_features.c. */
	if (ret == -ENOMEM) {
		usleep(NO_MEMORY_US);
		return 1;
	}
	if (ret <= 0)
		return ret == -EINTR || ret == -EAGAIN ? 1 : ret;
	fuse_session_process_buf(w->fs->se, buf);
	if (!__atomic_load_n(&w->init_done, __ATOMIC_RELAXED) &&
	    w->fs->started) {
		__atomic_store_n(&w->init_done, true, __ATOMIC_RELEASE);
		notify_main(w);
	}
	return 1;
}

static void *work(void *arg)
{
	struct fpfs_worker *me = arg;
	struct fpfs_workers *w = me->all;
	struct fuse_buf buf = { 0 };
	bool leave = false;
	int ret = 1;

	while (ret > 0 && !leave && !fuse_session_exited(w->fs->se))
		ret = serve_one(me, &buf, &leave);
	if (ret < 0)
		__atomic_store_n(&w->error, ret, __ATOMIC_RELAXED);
	free(buf.mem);
	fpfs_stats_thread_ends();
	__atomic_store_n(&me->state, ENDED, __ATOMIC_RELEASE);
	__atomic_sub_fetch(&w->running, 1, __ATOMIC_RELEASE);
	notify_main(w);
	return NULL;
}

static void add_worker(struct fpfs_workers *w)
{
	struct fpfs_worker *me = w->worker;
	bool more = false;

	pthread_mutex_lock(&w->lock);
	if (w->nthreads < FPFS_MAX_WORKERS) {
		while (__atomic_load_n(&me->state, __ATOMIC_RELAXED))
			me++;
		me->all = w;
		__atomic_store_n(&me->state, BUSY, __ATOMIC_RELAXED);
		__atomic_add_fetch(&w->running, 1, __ATOMIC_RELAXED);
		if (!pthread_create(&me->thread, NULL, work, me)) {
			more = ++w->nthreads > w->nstart;
		} else {
			__atomic_sub_fetch(&w->running, 1, __ATOMIC_RELAXED);
			__atomic_store_n(&me->state, NOT_STARTED,
					 __ATOMIC_RELAXED);
		}
	}
	pthread_mutex_unlock(&w->lock);
	if (more)
		notify_main(w);
}

/* Under the lock. */
static void join_ended(struct fpfs_workers *w)
{
	unsigned int i;

	for (i = 0; i < FPFS_MAX_WORKERS; i++) {
		struct fpfs_worker *one = &w->worker[i];

		if (__atomic_load_n(&one->state, __ATOMIC_ACQUIRE) != ENDED)
			continue;
		pthread_join(one->thread, NULL);
		__atomic_store_n(&one->state, NOT_STARTED, __ATOMIC_RELAXED);
		w->nthreads--;
		w->ntold -= one->told;
		one->told = false;
	}
}

/* Under the lock. */
static void tell_one_to_leave(struct fpfs_workers *w)
{
	unsigned int i;

	for (i = 0; i < FPFS_MAX_WORKERS; i++) {
		int state = WAITING;

		if (__atomic_compare_exchange_n(&w->worker[i].state, &state,
						TOLD, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED)) {
			pthread_kill(w->worker[i].thread, LEAVE_SIGNAL);
			w->worker[i].told = true;
			w->ntold++;
			return;
		}
	}
}

bool fpfs_workers_trim(struct fpfs_workers *w)
{
	bool needed = __atomic_exchange_n(&w->all_busy, false,
					  __ATOMIC_RELAXED);
	bool more;

	pthread_mutex_lock(&w->lock);
	join_ended(w);
	more = w->nthreads > w->nstart;
	/* One that was told may take long to end. */
	if (w->nthreads - w->ntold > w->nstart && !needed)
		tell_one_to_leave(w);
	pthread_mutex_unlock(&w->lock);
	return more;
}

int fpfs_workers_start(struct fpfs_workers *w)
{
	unsigned int want = w->fs->opts->threads, have;

	if (!want)
		want = sysconf(_SC_NPROCESSORS_ONLN);
	if (want < FPFS_MIN_WORKERS)
		want = FPFS_MIN_WORKERS;
	if (want > FPFS_MAX_WORKERS)
		want = FPFS_MAX_WORKERS;
	w->nstart = want;
	while (want--)
		add_worker(w);
	pthread_mutex_lock(&w->lock);
	have = w->nthreads;
	pthread_mutex_unlock(&w->lock);
	return have ? 0 : -EAGAIN;
}

bool fpfs_workers_join(struct fpfs_workers *w, int ms)
{
	struct pollfd p = { .fd = w->event_fd, .events = POLLIN };
	const int step = 50;

	while (__atomic_load_n(&w->running, __ATOMIC_ACQUIRE) && ms > 0) {
		if (poll(&p, 1, step) > 0)
			fpfs_workers_clear_event(w);
		else
			ms -= step;
	}
	if (__atomic_load_n(&w->running, __ATOMIC_ACQUIRE))
		return false;
	pthread_mutex_lock(&w->lock);
	join_ended(w);
	pthread_mutex_unlock(&w->lock);
	return true;
}

int fpfs_workers_init(struct fpfs_workers *w, struct fpfs *fs)
{
	struct sigaction act = { .sa_handler = note_signal };

	*w = (struct fpfs_workers){ .fs = fs };
	if (sigaction(LEAVE_SIGNAL, &act, NULL))
		return -errno;
	w->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->event_fd < 0)
		return -errno;
	return -pthread_mutex_init(&w->lock, NULL);
}

void fpfs_workers_exit(struct fpfs_workers *w)
{
	close(w->event_fd);
	pthread_mutex_destroy(&w->lock);
}
