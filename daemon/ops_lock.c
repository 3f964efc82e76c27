// SPDX-License-Identifier: GPL-2.0
/*
 * Locks, taken on the file below, so that they hold against those who use it
 * directly.
 *
 * flock(2) belongs to an open file. So does the descriptor that the daemon has
 * for it, and RELEASE closes that.
 *
 * A POSIX lock belongs to an owner, which the kernel names by a number; for
 * F_OFD_SETLK that is the open file. Here each owner of each inode has a
 * descriptor of its own and takes F_OFD_SETLK locks on it: these conflict
 * between descriptors, though all are one process's. An owner ends with the
 * FLUSH that the kernel sends when the file is closed. As most files are never
 * locked, FLUSH is switched on at open, for inodes that have been locked once.
 * Who was there before is watched instead: its locks go when the handle that
 * it locked by is released, or when the process ends.
 *
 * Who waits does so in a thread of his own: a worker must be free for the
 * request that unlocks.
 */
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "msg.h"
#include "stats.h"

#define MAX_WAITERS	1024
#define WAITER_STACK	(256 * 1024)
#define WAKE_SIGNAL	SIGUSR2
#define CLOSING_US	3000	/* how late a RELEASE may be */

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id	_sigev_un._tid
#endif

/* All guarded by fpfs_locks.lock. */
struct fpfs_owner {
	struct fpfs_owner *next;	/* of the node's */
	struct fpfs_inode *node;
	struct fpfs_file *file;		/* by which it locked last */
	uint64_t id;
	pid_t pid;			/* 0: in no namespace of ours */
	int fd;				/* fixed; what holds the locks */
	int pidfd;			/* -1: not watched */
	bool unflushed;			/* no FLUSH tells of a close */
	unsigned int users;		/* requests under way */
};

struct waiter {
	struct waiter *next, **link;	/* guarded by fpfs_locks.lock */
	struct fpfs *fs;
	fuse_req_t req;
	struct fpfs_file *file;
	struct fpfs_owner *owner;	/* NULL: flock */
	int fd;
	int op;				/* of flock(2) */
	struct flock range;
	timer_t timer;
	bool cancelled;			/* atomic */
};

/* --- the calls ------------------------------------------------------------ */

static int call(int fd, bool wait, int op, const struct flock *range)
{
	struct flock l = *range;
	int ret;

	if (op)
		ret = flock(fd, wait ? op & ~LOCK_NB : op | LOCK_NB);
	else
		ret = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &l);
	if (!ret)
		return 0;
	/* EBADF: a file that nobody may open for writing any more. */
	return errno == EACCES ? -EAGAIN : errno == EBADF ? -ENOLCK : -errno;
}

static void unlock_all(int fd)
{
	const struct flock all = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	call(fd, false, 0, &all);
}

/* --- owners --------------------------------------------------------------- */

static struct fpfs_owner *find(struct fpfs_inode *node, uint64_t id)
{
	struct fpfs_owner *o = node->owners;

	while (o && o->id != id)
		o = o->next;
	return o;
}

static void unwatch(struct fpfs_owner *o)
{
	if (o->pidfd >= 0)
		close(o->pidfd);	/* and epoll forgets it */
	o->pidfd = -1;
}

static void watch(struct fpfs_locks *locks, struct fpfs_owner *o)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = o };

	o->pidfd = o->pid > 0 ? syscall(SYS_pidfd_open, o->pid, 0) : -1;
	if (o->pidfd >= 0 &&
	    epoll_ctl(locks->epoll_fd, EPOLL_CTL_ADD, o->pidfd, &ev))
		unwatch(o);
}

static bool ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/*
 * The kernel names an owner by an address, which may come again once the
 * process is gone; or two processes share their files (CLONE_FILES), and the
 * end of one does not end the owner.
 */
static void note_process(struct fpfs_locks *locks, struct fpfs_owner *o,
			 pid_t pid)
{
	bool is_new = !o->pid;

	if (!pid || o->pid == pid)
		return;
	if (o->pidfd >= 0 && ended(o->pidfd)) {
		unlock_all(o->fd);
		is_new = true;
	}
	unwatch(o);
	o->pid = pid;
	if (is_new && o->unflushed)
		watch(locks, o);
}

/* Its locks are gone after this; it is too, unless it is in use. */
static void drop(struct fpfs_owner *o)
{
	struct fpfs_owner **p = &o->node->owners;

	unwatch(o);
	if (o->users) {
		unlock_all(o->fd);
		return;
	}
	while (*p != o)
		p = &(*p)->next;
	*p = o->next;
	close(o->fd);
	free(o);
}

/*
 * For writing if that can be had: an owner may lock by one handle for reading
 * and then by another one for writing. Not to wait for a lease: others want
 * the mutex.
 */
static int open_locks(struct fpfs_inode *node)
{
	const char *path = fpfs_procpath(node->fd).s;
	int flags = O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	int fd = open(path, O_RDWR | flags);

	if (fd < 0)
		fd = open(path, O_RDONLY | flags);
	return fd < 0 ? -errno : fd;
}

static struct fpfs_owner *add(struct fpfs_inode *node, uint64_t id, int *err)
{
	struct fpfs_owner *o = malloc(sizeof(*o));
	int fd = o ? open_locks(node) : -ENOMEM;

	if (fd < 0) {
		*err = fd == -EMFILE || fd == -ENFILE ? -ENOLCK : fd;
		free(o);
		return NULL;
	}
	*o = (struct fpfs_owner){
		.next = node->owners, .node = node, .id = id, .fd = fd,
		.pidfd = -1,
	};
	node->owners = o;
	/* From now on who opens it is to FLUSH. */
	__atomic_store_n(&node->locked, true, __ATOMIC_RELAXED);
	return o;
}

/* The owner, in use until put(). NULL with 0 or -errno in *@err. */
static struct fpfs_owner *get(struct fpfs *fs, struct fpfs_inode *node,
			      const struct fuse_file_info *fi, pid_t pid,
			      bool make, int *err)
{
	struct fpfs_file *file = fpfs_file(fi);
	struct fpfs_owner *o;

	*err = 0;
	pthread_mutex_lock(&fs->locks.lock);
	o = find(node, fi->lock_owner);
	if (!o && make)
		o = add(node, fi->lock_owner, err);
	if (o) {
		o->users++;
		o->file = file;
		o->unflushed |= !file->flushes;
		note_process(&fs->locks, o, pid);
	}
	pthread_mutex_unlock(&fs->locks.lock);
	return o;
}

static void put(struct fpfs *fs, struct fpfs_owner *o, struct fpfs_file *file)
{
	pthread_mutex_lock(&fs->locks.lock);
	o->users--;
	/* Another handle may have been used, and released, meanwhile. */
	o->file = file;
	pthread_mutex_unlock(&fs->locks.lock);
}

void fpfs_locks_flush(struct fpfs *fs, struct fpfs_inode *node, uint64_t id)
{
	struct fpfs_owner *o;

	if (!__atomic_load_n(&node->locked, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&fs->locks.lock);
	o = find(node, id);
	if (o)
		drop(o);
	pthread_mutex_unlock(&fs->locks.lock);
}

void fpfs_locks_release(struct fpfs *fs, struct fpfs_inode *node,
			struct fpfs_file *file)
{
	struct fpfs_owner *o, *next;

	if (file->flocked) {
		close(file->fd);
		file->fd = -1;
		__atomic_sub_fetch(&node->flocked, 1, __ATOMIC_RELAXED);
	}
	if (!__atomic_load_n(&node->locked, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&fs->locks.lock);
	for (o = node->owners; o; o = next) {
		next = o->next;
		if (o->file == file)
			drop(o);
	}
	pthread_mutex_unlock(&fs->locks.lock);
}

void fpfs_locks_reap(struct fpfs *fs)
{
	struct epoll_event ev[16];
	int i, n;

	/* Under the lock, so that none of them is gone already. */
	pthread_mutex_lock(&fs->locks.lock);
	n = epoll_wait(fs->locks.epoll_fd, ev, 16, 0);
	for (i = 0; i < n; i++)
		drop(ev[i].data.ptr);
	pthread_mutex_unlock(&fs->locks.lock);
}

/* --- who waits ------------------------------------------------------------ */

static void no_action(int sig)
{
}

/*
 * A signal that comes just before the call would be lost, so it comes again
 * and again until the waiter has seen it.
 */
static void wake(struct waiter *w)
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

static bool enlist(struct waiter *w)
{
	struct fpfs_locks *locks = &w->fs->locks;
	struct sigevent ev = {
		.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = WAKE_SIGNAL,
		.sigev_notify_thread_id = gettid(),
	};

	if (timer_create(CLOCK_MONOTONIC, &ev, &w->timer))
		return false;
	pthread_mutex_lock(&locks->lock);
	w->next = locks->waiters;
	w->link = &locks->waiters;
	if (w->next)
		w->next->link = &w->next;
	locks->waiters = w;
	if (locks->ending)
		wake(w);
	pthread_mutex_unlock(&locks->lock);
	fuse_req_interrupt_func(w->req, interrupted, w);
	return true;
}

/* Returns whether the session is at its end. */
static bool delist(struct waiter *w)
{
	struct fpfs_locks *locks = &w->fs->locks;
	bool ending;

	fuse_req_interrupt_func(w->req, NULL, NULL);
	pthread_mutex_lock(&locks->lock);
	*w->link = w->next;
	if (w->next)
		w->next->link = w->link;
	ending = locks->ending;
	pthread_mutex_unlock(&locks->lock);
	timer_delete(w->timer);
	return ending;
}

static void *wait_for_lock(void *arg)
{
	struct waiter *w = arg;
	struct fpfs_locks *locks = &w->fs->locks;
	int ret = -ENOLCK;

	if (enlist(w)) {
		do {
			ret = call(w->fd, true, w->op, &w->range);
		} while (ret == -EINTR &&
			 !__atomic_load_n(&w->cancelled, __ATOMIC_ACQUIRE));
		/* EINTR is for callers who have a signal. */
		if (delist(w) && ret == -EINTR)
			ret = -ENOTCONN;
	}
	if (w->owner)
		put(w->fs, w->owner, w->file);
	fuse_reply_err(w->req, -ret);

	pthread_mutex_lock(&locks->lock);
	if (!--locks->nwaiters)
		pthread_cond_signal(&locks->idle);
	pthread_mutex_unlock(&locks->lock);
	free(w);
	return NULL;
}

/* Hands the request (and the use of @like->owner) to a thread; or -errno. */
static int start_waiter(const struct waiter *like)
{
	struct fpfs_locks *locks = &like->fs->locks;
	struct waiter *w = malloc(sizeof(*w));
	pthread_attr_t attr;
	pthread_t thread;
	bool full;
	int ret;

	if (!w)
		return -ENOLCK;
	*w = *like;
	pthread_mutex_lock(&locks->lock);
	full = locks->ending || locks->nwaiters >= MAX_WAITERS;
	locks->nwaiters += !full;
	pthread_mutex_unlock(&locks->lock);
	if (full) {
		free(w);
		return -ENOLCK;
	}
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, WAITER_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	ret = pthread_create(&thread, &attr, wait_for_lock, w);
	pthread_attr_destroy(&attr);
	if (!ret)
		return 0;
	pthread_mutex_lock(&locks->lock);
	locks->nwaiters--;
	pthread_mutex_unlock(&locks->lock);
	free(w);
	return -ENOLCK;
}

/* --- requests ------------------------------------------------------------- */

/* Does one hold locks who may have closed the file, without our knowing yet? */
static bool somebody_may_have_closed(struct fpfs *fs, struct fpfs_inode *node,
				     const struct waiter *w)
{
	unsigned int flocked = __atomic_load_n(&node->flocked,
					       __ATOMIC_RELAXED);
	struct fpfs_owner *o;
	bool may = false;

	if (w->op)
		return flocked > w->file->flocked;
	pthread_mutex_lock(&fs->locks.lock);
	for (o = node->owners; o && !may; o = o->next)
		may = o != w->owner && o->unflushed;
	pthread_mutex_unlock(&fs->locks.lock);
	return may;
}

/*
 * close() does not wait for RELEASE. Who is told of a close and then finds the
 * file locked would be wronged, so an answer "no" is given some time.
 */
static int try_again(struct fpfs *fs, struct fpfs_inode *node,
		     const struct waiter *w)
{
	unsigned int us, waited = 0;
	int ret = -EAGAIN;

	if (!somebody_may_have_closed(fs, node, w))
		return ret;
	for (us = 100; ret == -EAGAIN && waited < CLOSING_US; us *= 2) {
		usleep(us);
		waited += us;
		ret = call(w->fd, false, w->op, &w->range);
	}
	return ret;
}

static void lock_or_wait(struct fpfs *fs, struct fpfs_inode *node,
			 const struct waiter *w, bool wait)
{
	int ret = call(w->fd, false, w->op, &w->range);

	if (ret == -EAGAIN && wait) {
		ret = start_waiter(w);
		if (!ret)
			return;
	} else if (ret == -EAGAIN) {
		ret = try_again(fs, node, w);
	}
	if (w->owner)
		put(fs, w->owner, w->file);
	fuse_reply_err(w->req, -ret);
}

void fpfs_op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   struct flock *range, int wait)
{
	struct fpfs *fs = fpfs_begin(req, wait ? FPFS_OP_SETLKW :
						 FPFS_OP_SETLK);
	struct fpfs_inode *node = fpfs_node(fs, ino);
	bool lock = range->l_type != F_UNLCK;
	struct waiter w = {
		.fs = fs, .req = req, .file = fpfs_file(fi), .range = *range,
	};
	int err;

	w.owner = get(fs, node, fi, lock ? range->l_pid : 0, lock, &err);
	if (!w.owner) {
		fuse_reply_err(req, -err);
		return;
	}
	w.fd = w.owner->fd;
	w.range.l_pid = 0;
	lock_or_wait(fs, node, &w, wait);
}

void fpfs_op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   int op)
{
	struct fpfs *fs = fpfs_begin(req, op & LOCK_NB ? FPFS_OP_SETLK :
							 FPFS_OP_SETLKW);
	struct fpfs_inode *node = fpfs_node(fs, ino);
	struct waiter w = {
		.fs = fs, .req = req, .file = fpfs_file(fi), .op = op,
	};

	w.fd = fpfs_file_fd(fs, node, w.file);
	if (w.fd < 0) {
		fuse_reply_err(req, -w.fd);
		return;
	}
	if (!__atomic_exchange_n(&w.file->flocked, true, __ATOMIC_RELAXED))
		__atomic_add_fetch(&node->flocked, 1, __ATOMIC_RELAXED);
	lock_or_wait(fs, node, &w, !(op & LOCK_NB));
}

/* --- F_GETLK -------------------------------------------------------------- */

/* Does descriptor @fd hold a lock that is in the way of @range? */
static bool holds(int fd, const struct flock *range)
{
	long long from = range->l_start, to, start, end;
	char path[48], line[200], type[8], last[24];
	bool found = false;
	FILE *f;

	to = range->l_len ? from + range->l_len - 1 : INT64_MAX;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "lock: %*s OFDLCK %*s %7s %*s %*s %lld %23s",
			   type, &start, last) != 3)
			continue;
		end = strcmp(last, "EOF") ? atoll(last) : INT64_MAX;
		found = start <= to && end >= from &&
			(*type == 'W') == (range->l_type == F_WRLCK);
	}
	if (f)
		fclose(f);
	return found;
}

void fpfs_op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   struct flock *range)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_GETLK);
	struct fpfs_inode *node = fpfs_node(fs, ino);
	struct fpfs_owner *self, *o;
	int fd = fpfs_file_fd(fs, node, fpfs_file(fi)), ret = 0;

	if (fd < 0) {
		fuse_reply_err(req, -fd);
		return;
	}
	pthread_mutex_lock(&fs->locks.lock);
	self = find(node, fi->lock_owner);
	range->l_pid = 0;
	if (fcntl(self ? self->fd : fd, F_OFD_GETLK, range))
		ret = errno;
	/* A lock of ours, or of somebody else who uses F_OFD_SETLK. */
	if (!ret && range->l_type != F_UNLCK && range->l_pid < 0) {
		for (o = node->owners; o; o = o->next)
			if (o != self && holds(o->fd, range))
				break;
		range->l_pid = o ? o->pid : 0;
	}
	pthread_mutex_unlock(&fs->locks.lock);
	if (ret)
		fuse_reply_err(req, ret);
	else
		fuse_reply_lock(req, range);
}

/* --- start and end -------------------------------------------------------- */

int fpfs_locks_init(struct fpfs_locks *locks)
{
	struct sigaction act = { .sa_handler = no_action };

	memset(locks, 0, sizeof(*locks));
	pthread_mutex_init(&locks->lock, NULL);
	pthread_cond_init(&locks->idle, NULL);
	locks->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (locks->epoll_fd < 0 || sigaction(WAKE_SIGNAL, &act, NULL))
		return -errno;
	return 0;
}

void fpfs_locks_cancel(struct fpfs_locks *locks)
{
	struct waiter *w;

	pthread_mutex_lock(&locks->lock);
	locks->ending = true;
	for (w = locks->waiters; w; w = w->next)
		wake(w);
	while (locks->nwaiters)
		pthread_cond_wait(&locks->idle, &locks->lock);
	pthread_mutex_unlock(&locks->lock);
}

void fpfs_locks_exit(struct fpfs_locks *locks)
{
	close(locks->epoll_fd);
	pthread_cond_destroy(&locks->idle);
	pthread_mutex_destroy(&locks->lock);
}
