// SPDX-License-Identifier: GPL-2.0
/*
 * Locks are taken on the file below, so that they also exclude processes that
 * use it directly. A POSIX lock is taken through its owner's descriptor
 * (lock_owner.h). A flock(2) lock belongs to an open file, so it is taken
 * through the descriptor of that file, which RELEASE closes.
 */
#include "ops_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "file.h"
#include "lock_owner.h"
#include "lock_wait.h"
#include "request.h"

#define RELEASE_LATE_US	3000	/* after close() */

/*
 * close() does not wait for RELEASE, yet a process that knows of a close should
 * not find the file locked afterwards. So look again for a while. Returns false
 * when that is over; *@waited is 0 at first.
 */
static bool wait_for_release(unsigned int *waited)
{
	unsigned int us = *waited ? *waited : 100;

	if (*waited >= RELEASE_LATE_US)
		return false;
	usleep(us);
	*waited += us;
	return true;
}

/* May the lock in the way belong to a file that was closed just now? */
static bool release_may_be_late(struct fpfs *fs, struct fpfs_inode *node,
				const struct fpfs_lock_request *r, uint64_t id)
{
	if (!r->op)
		return fpfs_lock_owners_others(&fs->lock_owners, node, id);
	return __atomic_load_n(&node->nflocked, __ATOMIC_RELAXED) >
	       r->file->flocked;
}

static int try_again(struct fpfs *fs, struct fpfs_inode *node,
		     const struct fpfs_lock_request *r, uint64_t id)
{
	unsigned int waited = 0;
	int ret = -EAGAIN;

	while (ret == -EAGAIN && release_may_be_late(fs, node, r, id) &&
	       wait_for_release(&waited))
		ret = fpfs_lock_try(r);
	return ret;
}

static void lock_or_wait(struct fpfs *fs, struct fpfs_inode *node,
			 const struct fpfs_lock_request *r, uint64_t id,
			 bool wait)
{
	int ret = fpfs_lock_try(r);

	/* A kernel that keeps its locks to itself sends none, and no INTERRUPT. */
	wait &= fs->opts->locks != FPFS_LOCKS_LOCAL;
	if (ret == -EAGAIN && wait) {
		ret = fpfs_lock_wait(&fs->lock_waiters, r);
		if (!ret)
			return;		/* the thread replies */
	} else if (ret == -EAGAIN) {
		ret = try_again(fs, node, r, id);
	}
	fpfs_lock_reply(&fs->lock_waiters, r, ret);
}

void fpfs_op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   struct flock *range, int wait)
{
	struct fpfs *fs = fpfs_begin(req, wait ? FPFS_OP_SETLKW :
						 FPFS_OP_SETLK);
	struct fpfs_inode *node = fpfs_node(fs, ino);
	bool lock = range->l_type != F_UNLCK;
	struct fpfs_lock_request r = {
		.req = req, .file = fpfs_file(fi), .range = *range,
	};
	int ret;

	r.owner = fpfs_lock_owner_get(&fs->lock_owners, node, r.file,
				      fi->lock_owner, lock ? range->l_pid : 0,
				      lock, &ret);
	if (!r.owner) {
		fuse_reply_err(req, -ret);
		return;
	}
	r.fd = fpfs_lock_owner_fd(r.owner);
	r.range.l_pid = 0;
	lock_or_wait(fs, node, &r, fi->lock_owner, wait);
}

void fpfs_op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   int op)
{
	struct fpfs *fs = fpfs_begin(req, op & LOCK_NB ? FPFS_OP_SETLK :
							 FPFS_OP_SETLKW);
	struct fpfs_inode *node = fpfs_node(fs, ino);
	struct fpfs_lock_request r = {
		.req = req, .file = fpfs_file(fi), .op = op,
	};

	r.fd = fpfs_file_fd(node, r.file);
	if (r.fd < 0) {
		fuse_reply_err(req, -r.fd);
		return;
	}
	if (!__atomic_exchange_n(&r.file->flocked, true, __ATOMIC_RELAXED))
		__atomic_add_fetch(&node->nflocked, 1, __ATOMIC_RELAXED);
	lock_or_wait(fs, node, &r, 0, !(op & LOCK_NB));
}

void fpfs_op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   struct flock *range)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_GETLK);
	struct fpfs_inode *node = fpfs_node(fs, ino);
	struct fpfs_lock_owners *owners = &fs->lock_owners;
	int fd = fpfs_file_fd(node, fpfs_file(fi)), ret;
	uint64_t id = fi->lock_owner;
	unsigned int waited = 0;
	struct flock found;

	do {
		found = *range;
		ret = fd < 0 ? fd :
			       fpfs_lock_owners_test(owners, node, id, fd,
						     &found);
	} while (!ret && found.l_type != F_UNLCK &&
		 fpfs_lock_owners_others(owners, node, id) &&
		 wait_for_release(&waited));
	if (ret)
		fuse_reply_err(req, -ret);
	else
		fuse_reply_lock(req, &found);
}
