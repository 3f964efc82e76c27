// SPDX-License-Identifier: GPL-2.0
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backing.h"
#include "handle.h"
#include "msg.h"
#include "stats.h"

static void dispose(struct fpfs_inode *node, void *arg)
{
	struct fpfs *fs = arg;

	/* The kernel closes those of a connection that ends. */
	if (node->backing_id && fs->se)
		fpfs_backing_close(fs->se, node->backing_id);
	if (node->fd >= 0)
		close(node->fd);
	free(node->handle);
}

/* A removed file is not closed: it may be used, and would be gone. */
static bool close_node(struct fpfs_inode *node, void *arg)
{
	struct fpfs *fs = arg;
	struct stat st;

	if (!fs->reopens || fstatat(node->fd, "", &st, AT_EMPTY_PATH) ||
	    !st.st_nlink)
		return false;
	if (!node->handle)
		node->handle = fpfs_handle_new(node->fd);
	if (!node->handle)
		return false;
	pthread_mutex_lock(&node->lock);
	node->dirpos = 0;
	pthread_mutex_unlock(&node->lock);
	__atomic_store_n(&fs->closed_some, true, __ATOMIC_RELAXED);
	close(__atomic_exchange_n(&node->fd, -1, __ATOMIC_ACQ_REL));
	return true;
}

static bool same_file(const struct fpfs_inode *node, int fd, void *arg)
{
	return fpfs_handle_is(node->handle, fd);
}

static const struct fpfs_inode_ops inode_ops = {
	.dispose = dispose,
	.close = close_node,
	.same = same_file,
};

static int reopen(struct fpfs *fs, struct fpfs_inode *node)
{
	int fd;

	do {
		fd = fpfs_handle_open(node->handle, fs->root.fd);
	} while (fpfs_fds_full(fs, fd));
	if (fd < 0)
		return fd;
	if (!fpfs_inode_reopened(node, fd))
		close(fd);	/* another thread was first */
	return 0;
}

int fpfs_hold_node(struct fpfs *fs, struct fpfs_inode *node)
{
	int ret = 0;

	fpfs_inode_hold(node);
	if (__atomic_load_n(&node->fd, __ATOMIC_ACQUIRE) < 0)
		ret = reopen(fs, node);
	if (ret)
		fpfs_inode_release(node);
	return ret;
}

struct fpfs_inode *fpfs_hold_named(struct fpfs *fs,
				   const struct fpfs_inode *dir,
				   const char *name)
{
	struct fpfs_inode *node;
	struct stat st;

	if (!__atomic_load_n(&fs->closed_some, __ATOMIC_RELAXED) ||
	    fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return NULL;
	node = fpfs_inode_find(fs->inodes, st.st_dev, st.st_ino);
	if (node && __atomic_load_n(&node->fd, __ATOMIC_ACQUIRE) < 0)
		reopen(fs, node);
	return node;
}

/*
 * Descriptors are numbered from the lowest one that is free. The last quarter
 * is for open files, locks, and what libraries open.
 */
static void read_fd_limit(struct fpfs *fs)
{
	struct rlimit lim;
	int high = INT_MAX;

	if (!getrlimit(RLIMIT_NOFILE, &lim) && lim.rlim_cur < INT_MAX)
		high = lim.rlim_cur - lim.rlim_cur / 4;
	__atomic_store_n(&fs->fd_high, high, __ATOMIC_RELAXED);
}

bool fpfs_fds_full(struct fpfs *fs, int fd)
{
	bool full = fd == -EMFILE || fd == -ENFILE;

	if (full)
		read_fd_limit(fs);	/* it may have changed */
	else if (fd < __atomic_load_n(&fs->fd_high, __ATOMIC_RELAXED))
		return false;
	return fpfs_inode_close_some(fs->inodes, full) && full;
}

/* Needs handles, and a capability that containers may not have. */
static bool can_reopen(int fd)
{
	struct fpfs_handle *handle = fpfs_handle_new(fd);
	int again = handle ? fpfs_handle_open(handle, fd) : -1;

	free(handle);
	if (again >= 0)
		close(again);
	return again >= 0;
}

static int init_source(struct fpfs *fs, const char *source)
{
	int fd = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		ret = -errno;
		fpfs_err("cannot open the source %s: %s", source,
			 strerror(-ret));
	} else if (access("/proc/self/fd", F_OK)) {
		ret = -errno;
		fpfs_err("cannot open /proc/self/fd (is /proc mounted?): %s",
			 strerror(-ret));
	}
	if (!ret)
		ret = fpfs_inode_init(&fs->root, st.st_dev, st.st_ino, fd);
	if (ret && fd >= 0)
		close(fd);
	return ret;
}

int fpfs_init(struct fpfs *fs, const struct fpfs_opts *opts)
{
	int ret;

	memset(fs, 0, sizeof(*fs));
	fs->opts = opts;
	ret = init_source(fs, opts->source);
	if (ret)
		return ret;
	fs->reopens = can_reopen(fs->root.fd);
	read_fd_limit(fs);
	ret = -ENOMEM;
	fs->inodes = fpfs_inode_table_new(&inode_ops, fs);
	if (!fs->inodes)
		goto out_close;
	ret = fpfs_lock_owners_init(&fs->lock_owners);
	if (ret)
		goto out_table;
	ret = fpfs_lock_waiters_init(&fs->lock_waiters, &fs->lock_owners);
	if (!ret)
		return 0;

	fpfs_lock_owners_exit(&fs->lock_owners);
out_table:
	fpfs_inode_table_free(fs->inodes);
out_close:
	fpfs_err("cannot set up locks and inodes: %s", strerror(-ret));
	close(fs->root.fd);
	return ret;
}

void fpfs_exit(struct fpfs *fs)
{
	fpfs_lock_waiters_exit(&fs->lock_waiters);
	fpfs_lock_owners_exit(&fs->lock_owners);
	fpfs_inode_table_free(fs->inodes);
	close(fs->root.fd);
}

void fpfs_fill_stats(struct fpfs *fs, struct fpfs_stats *st)
{
	fpfs_stats_read(st);
	st->flags = fs->features;
	st->nodes = fpfs_inode_count(fs->inodes) + 1;
}
