// SPDX-License-Identifier: GPL-2.0
#include "workers.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "msg.h"

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

/* Returns 1, or 0 or -errno if the session is at its end. */
static int serve_one(struct fpfs_workers *w, struct fuse_buf *buf)
{
	struct fpfs *fs = w->fs;
	int ret;

	__atomic_add_fetch(&w->idle, 1, __ATOMIC_RELAXED);
	ret = fuse_session_receive_buf(fs->se, buf);
	if (!__atomic_sub_fetch(&w->idle, 1, __ATOMIC_RELAXED) && ret > 0)
		add_worker(w);
	if (ret <= 0)
		return ret == -EINTR || ret == -EAGAIN ? 1 : ret;
	fuse_session_process_buf(fs->se, buf);
	if (!__atomic_load_n(&w->init_done, __ATOMIC_RELAXED) && fs->started) {
		__atomic_store_n(&w->init_done, true, __ATOMIC_RELEASE);
		notify_main(w);
	}
	return 1;
}

static void *work(void *arg)
{
	struct fpfs_workers *w = arg;
	struct fuse_buf buf = { 0 };
	int ret = 1;

	while (ret > 0 && !fuse_session_exited(w->fs->se))
		ret = serve_one(w, &buf);
	if (ret < 0)
		__atomic_store_n(&w->error, ret, __ATOMIC_RELAXED);
	free(buf.mem);
	/* All workers end with the connection. */
	__atomic_sub_fetch(&w->running, 1, __ATOMIC_RELEASE);
	notify_main(w);
	return NULL;
}

static void add_worker(struct fpfs_workers *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->nthreads < FPFS_MAX_WORKERS) {
		__atomic_add_fetch(&w->running, 1, __ATOMIC_RELAXED);
		if (!pthread_create(&w->thread[w->nthreads], NULL, work, w))
			w->nthreads++;
		else
			__atomic_sub_fetch(&w->running, 1, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&w->lock);
}

int fpfs_workers_start(struct fpfs_workers *w)
{
	unsigned int want = w->fs->opts->threads, have;

	if (!want)
		want = sysconf(_SC_NPROCESSORS_ONLN);
	if (want < 2)
		want = 2;	/* one may block */
	if (want > FPFS_MAX_WORKERS)
		want = FPFS_MAX_WORKERS;
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
	unsigned int i;

	while (__atomic_load_n(&w->running, __ATOMIC_ACQUIRE) && ms > 0) {
		if (poll(&p, 1, step) > 0)
			fpfs_workers_clear_event(w);
		else
			ms -= step;
	}
	if (__atomic_load_n(&w->running, __ATOMIC_ACQUIRE))
		return false;
	for (i = 0; i < w->nthreads; i++)
		pthread_join(w->thread[i], NULL);
	return true;
}

int fpfs_workers_init(struct fpfs_workers *w, struct fpfs *fs)
{
	*w = (struct fpfs_workers){ .fs = fs };
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
