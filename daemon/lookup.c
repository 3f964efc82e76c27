// SPDX-License-Identifier: GPL-2.0
#include "lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inode.h"
#include "request.h"

static int64_t ctime_of(const struct stat *st)
{
	return st->st_ctim.tv_sec * 1000000000LL + st->st_ctim.tv_nsec;
}

bool fpfs_attr_changed(const struct fpfs_inode *node, const struct stat *st)
{
	return ctime_of(st) !=
	       __atomic_load_n(&node->shown_ctime, __ATOMIC_RELAXED);
}

double fpfs_show_attr(const struct fpfs *fs, struct fpfs_inode *node,
		      const struct stat *st)
{
	__atomic_store_n(&node->shown_ctime, ctime_of(st), __ATOMIC_RELAXED);
	/*
	 * The kernel does not notice that the filesystem below strips these
	 * bits at a passthrough write, so it has to ask each time.
	 */
	if (S_ISREG(st->st_mode) && st->st_mode & (S_ISUID | S_ISGID))
		return 0;
	return fs->opts->attr_timeout;
}

static void fill_entry(const struct fpfs *fs, struct fpfs_inode *node,
		       struct fuse_entry_param *e)
{
	e->ino = fpfs_ino(node);
	e->generation = node->generation;
	e->attr_timeout = fpfs_show_attr(fs, node, &e->attr);
	e->entry_timeout = fs->opts->entry_timeout;
}

/* The node of @e->attr, with the handle @fd if it is a new one. */
static int add_node(struct fpfs *fs, int fd, struct fuse_entry_param *e)
{
	struct fpfs_inode *node;
	bool taken;

	node = fpfs_inode_add(fs->inodes, e->attr.st_dev, e->attr.st_ino, fd,
			      &taken);
	if (!taken)
		close(fd);
	if (!node)
		return -ENOMEM;
	fill_entry(fs, node, e);
	return 0;
}

/* The attributes of the file behind @fd, which is closed after an error. */
static int stat_handle(int fd, struct fuse_entry_param *e)
{
	int ret;

	memset(e, 0, sizeof(*e));
	if (!fstatat(fd, "", &e->attr, AT_EMPTY_PATH))
		return 0;
	ret = -errno;
	close(fd);
	return ret;
}

int fpfs_lookup_fd(struct fpfs *fs, int fd, struct fuse_entry_param *e)
{
	int ret = stat_handle(fd, e);

	return ret ? ret : add_node(fs, fd, e);
}

static int open_handle(struct fpfs_inode *parent, const char *name, bool dir)
{
	/*
	 * A single component, no link, on the same mount: it cannot lead out
	 * of the source. A directory is opened for reading, everything else
	 * with O_PATH, since opening a device or a FIFO has effects.
	 */
	struct open_how how = {
		.flags = O_NOFOLLOW | O_CLOEXEC |
			 (dir ? O_RDONLY | O_DIRECTORY : O_PATH),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV,
	};
	int fd = syscall(SYS_openat2, parent->fd, name, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

int fpfs_lookup_new(struct fpfs *fs, struct fpfs_inode *parent,
		    const char *name, bool dir, struct fuse_entry_param *e)
{
	int fd, ret, tries;

	/* A file may be replaced by a directory meanwhile, or the reverse. */
	for (tries = 0; tries < 3; tries++) {
		do {
			fd = open_handle(parent, name, dir);
		} while (fpfs_fds_full(fs, fd));
		if (fd == -ENOTDIR && dir) {
			dir = false;
			continue;
		}
		if (fd < 0)
			return fd;
		ret = stat_handle(fd, e);
		if (ret)
			return ret;
		if (dir || !S_ISDIR(e->attr.st_mode))
			return add_node(fs, fd, e);
		/* O_PATH of what is now a directory: again, for reading. */
		close(fd);
		dir = true;
	}
	return -ESTALE;
}

int fpfs_lookup(struct fpfs *fs, struct fpfs_inode *parent, const char *name,
		struct fuse_entry_param *e)
{
	struct fpfs_inode *node;

	memset(e, 0, sizeof(*e));
	if (fstatat(parent->fd, name, &e->attr, AT_SYMLINK_NOFOLLOW))
		return -errno;
	/* A node's descriptor keeps its number from being reused. */
	node = fpfs_inode_get(fs->inodes, e->attr.st_dev, e->attr.st_ino);
	if (!node)
		return fpfs_lookup_new(fs, parent, name,
				       S_ISDIR(e->attr.st_mode), e);
	fill_entry(fs, node, e);
	return 0;
}

int fpfs_lookup_known(struct fpfs *fs, struct fpfs_inode *node,
		      struct fuse_entry_param *e)
{
	memset(e, 0, sizeof(*e));
	if (fstatat(node->fd, "", &e->attr, AT_EMPTY_PATH))
		return -errno;
	fpfs_inode_ref(fs->inodes, node);
	fill_entry(fs, node, e);
	return 0;
}

void fpfs_unlookup(struct fpfs *fs, const struct fuse_entry_param *e)
{
	if (e->ino)
		fpfs_inode_forget(fs->inodes, fpfs_node(fs, e->ino), 1);
}

void fpfs_reply_entry(fuse_req_t req, int ret,
		      const struct fuse_entry_param *e)
{
	struct fpfs *fs = fuse_req_userdata(req);

	if (ret)
		fuse_reply_err(req, -ret);
	else if (fuse_reply_entry(req, e))
		/*
		 * The request was interrupted: the kernel did not take the
		 * reply. The request is gone all the same.
		 */
		fpfs_unlookup(fs, e);
}
