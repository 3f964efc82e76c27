// SPDX-License-Identifier: GPL-2.0
#include "lock_owner.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "procfd.h"

/* All guarded by fpfs_lock_owners.lock. */
struct fpfs_lock_owner {
	struct fpfs_lock_owner *next;	/* of the node's */
	struct fpfs_inode *node;
	struct fpfs_file *file;		/* by which it locked last */
	uint64_t id;
	pid_t pid;			/* 0: in no namespace of ours */
	int fd;				/* that holds the locks; fixed */
	int pidfd;			/* -1: not watched */
	bool unflushed;			/* closes of it come without FLUSH */
	unsigned int users;		/* requests under way */
};

static void unlock_all(int fd)
{
	struct flock all = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	fcntl(fd, F_OFD_SETLK, &all);
}

static struct fpfs_lock_owner *find(struct fpfs_inode *node, uint64_t id)
{
	struct fpfs_lock_owner *o = node->lock_owners;

	while (o && o->id != id)
		o = o->next;
	return o;
}

static void unwatch(struct fpfs_lock_owner *o)
{
	if (o->pidfd >= 0)
		close(o->pidfd);	/* and epoll forgets it */
	o->pidfd = -1;
}

static void watch(struct fpfs_lock_owners *owners, struct fpfs_lock_owner *o)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = o };

	o->pidfd = o->pid > 0 ? syscall(SYS_pidfd_open, o->pid, 0) : -1;
	if (o->pidfd >= 0 &&
	    epoll_ctl(owners->epoll_fd, EPOLL_CTL_ADD, o->pidfd, &ev))
		unwatch(o);
}

static bool ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/*
 * The process of an owner can change. The kernel's number of an owner is an
 * address, which is reused after the process has ended. And two processes can
 * share their files (CLONE_FILES): then the end of one does not end the owner.
 */
static void note_process(struct fpfs_lock_owners *owners,
			 struct fpfs_lock_owner *o, pid_t pid)
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
		watch(owners, o);
}

/* Drop its locks, and free it unless it is in use. */
static void drop(struct fpfs_lock_owner *o)
{
	struct fpfs_lock_owner **p = &o->node->lock_owners;

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
 * Open for writing if possible: an owner may lock through a handle for reading
 * and later through one for writing. O_NONBLOCK, so as not to wait for a lease
 * while the mutex is held.
 */
static int open_for_locks(struct fpfs_inode *node)
{
	int fd = fpfs_reopen(node->fd, O_RDWR | O_NONBLOCK);

	return fd < 0 ? fpfs_reopen(node->fd, O_RDONLY | O_NONBLOCK) : fd;
}

static struct fpfs_lock_owner *add(struct fpfs_inode *node, uint64_t id,
				   int *err)
{
	struct fpfs_lock_owner *o = malloc(sizeof(*o));
	int fd = o ? open_for_locks(node) : -ENOMEM;

	if (fd < 0) {
		*err = fd == -EMFILE || fd == -ENFILE ? -ENOLCK : fd;
		free(o);
		return NULL;
	}
	*o = (struct fpfs_lock_owner){
		.next = node->lock_owners, .node = node, .id = id, .fd = fd,
		.pidfd = -1,
	};
	node->lock_owners = o;
	/* Later opens of the inode request FLUSH. */
	__atomic_store_n(&node->ever_locked, true, __ATOMIC_RELAXED);
	return o;
}

struct fpfs_lock_owner *
fpfs_lock_owner_get(struct fpfs_lock_owners *owners, struct fpfs_inode *node,
		    struct fpfs_file *file, uint64_t id, pid_t pid, bool make,
		    int *err)
{
	struct fpfs_lock_owner *o;

	*err = 0;
	pthread_mutex_lock(&owners->lock);
	o = find(node, id);
	if (!o && make)
		o = add(node, id, err);
	if (o) {
		o->users++;
		o->file = file;
		o->unflushed |= !file->flushes;
		note_process(owners, o, pid);
	}
	pthread_mutex_unlock(&owners->lock);
	return o;
}

void fpfs_lock_owner_put(struct fpfs_lock_owners *owners,
			 struct fpfs_lock_owner *o, struct fpfs_file *file)
{
	pthread_mutex_lock(&owners->lock);
	o->users--;
	/* Another handle may have been used, and released, meanwhile. */
	o->file = file;
	pthread_mutex_unlock(&owners->lock);
}

int fpfs_lock_owner_fd(const struct fpfs_lock_owner *o)
{
	return o->fd;
}

void fpfs_lock_owners_flush(struct fpfs_lock_owners *owners,
			    struct fpfs_inode *node, uint64_t id)
{
	struct fpfs_lock_owner *o;

	if (!__atomic_load_n(&node->ever_locked, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&owners->lock);
	o = find(node, id);
	if (o)
		drop(o);
	pthread_mutex_unlock(&owners->lock);
}

void fpfs_lock_owners_release(struct fpfs_lock_owners *owners,
			      struct fpfs_inode *node, struct fpfs_file *file)
{
	struct fpfs_lock_owner *o, *next;

	if (file->flocked) {
		close(file->fd);
		file->fd = -1;
		__atomic_sub_fetch(&node->nflocked, 1, __ATOMIC_RELAXED);
	}
	if (!__atomic_load_n(&node->ever_locked, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&owners->lock);
	for (o = node->lock_owners; o; o = next) {
		next = o->next;
		if (o->file == file)
			drop(o);
	}
	pthread_mutex_unlock(&owners->lock);
}

void fpfs_lock_owners_reap(struct fpfs_lock_owners *owners)
{
	struct epoll_event ev[16];
	int i, n;

	/* Under the lock, so that no owner is freed meanwhile. */
	pthread_mutex_lock(&owners->lock);
	n = epoll_wait(owners->epoll_fd, ev, 16, 0);
	for (i = 0; i < n; i++)
		drop(ev[i].data.ptr);
	pthread_mutex_unlock(&owners->lock);
}

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

int fpfs_lock_owners_test(struct fpfs_lock_owners *owners,
			  struct fpfs_inode *node, uint64_t id, int fd,
			  struct flock *range)
{
	struct fpfs_lock_owner *self, *o;
	int ret;

	pthread_mutex_lock(&owners->lock);
	self = find(node, id);
	range->l_pid = 0;
	ret = fcntl(self ? self->fd : fd, F_OFD_GETLK, range) ? -errno : 0;
	/* -1: the mount's own lock, or an F_OFD_SETLK lock on the source. */
	if (!ret && range->l_type != F_UNLCK && range->l_pid < 0) {
		for (o = node->lock_owners; o; o = o->next)
			if (o != self && holds(o->fd, range))
				break;
		range->l_pid = o ? o->pid : 0;
	}
	pthread_mutex_unlock(&owners->lock);
	return ret;
}

bool fpfs_lock_owners_others(struct fpfs_lock_owners *owners,
			     struct fpfs_inode *node, uint64_t id)
{
	struct fpfs_lock_owner *o;

	pthread_mutex_lock(&owners->lock);
	for (o = node->lock_owners; o && o->id == id; o = o->next)
		;
	pthread_mutex_unlock(&owners->lock);
	return o;
}

int fpfs_lock_owners_init(struct fpfs_lock_owners *owners)
{
	pthread_mutex_init(&owners->lock, NULL);
	owners->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return owners->epoll_fd < 0 ? -errno : 0;
}

void fpfs_lock_owners_exit(struct fpfs_lock_owners *owners)
{
	close(owners->epoll_fd);
	pthread_mutex_destroy(&owners->lock);
}
