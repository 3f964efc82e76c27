// SPDX-License-Identifier: GPL-2.0
/*
 * Opening and closing files. In passthrough the kernel opens the backing file
 * itself, with the caller's flags, from the inode that we registered. One
 * registration serves every open of an inode, until the kernel forgets the
 * inode. The daemon opens the file only to detect that it cannot be written
 * (an immutable file, a running program), or when a request needs a
 * descriptor.
 */
#include "ops_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backing.h"
#include "file.h"
#include "lock_owner.h"
#include "lookup.h"
#include "msg.h"
#include "privs.h"
#include "procfd.h"
#include "request.h"

/* The node's registration, made at its first open. 0 or -errno. */
static int get_backing(struct fpfs *fs, struct fpfs_inode *node, int *id)
{
	int ret = 0;

	pthread_mutex_lock(&node->lock);
	if (!node->backing_id) {
		ret = fpfs_backing_open(fs->se, node->fd);
		if (ret > 0) {
			node->backing_id = ret;
			ret = 0;
		}
	}
	*id = node->backing_id;
	pthread_mutex_unlock(&node->lock);
	if (ret)
		fpfs_err("the kernel refuses passthrough for inode %ju: %s",
			 (uintmax_t)node->ino, strerror(-ret));
	return ret;
}

static bool needs_flush(const struct fpfs *fs, const struct fpfs_inode *node)
{
	return fs->opts->locks == FPFS_LOCKS_STRICT ||
	       (fs->opts->locks == FPFS_LOCKS_SOURCE &&
		__atomic_load_n(&node->ever_locked, __ATOMIC_RELAXED));
}

/* Fill in the reply to an open of @node; takes @fd (may be -1). 0 or -errno. */
static int make_file(struct fpfs *fs, struct fpfs_inode *node, int fd,
		     struct fuse_file_info *fi)
{
	const struct fpfs_mode *mode = fs->opts->mode;
	struct fpfs_file *file;
	int ret = 0, id = 0;

	if (mode->passthrough)
		ret = get_backing(fs, node, &id);
	file = ret ? NULL : fpfs_file_new(node, fd, fi->flags);
	if (!file) {
		if (fd >= 0)
			close(fd);
		return ret ? ret : -ENOMEM;
	}
	fi->fh = (uintptr_t)file;
	fi->backing_id = id;
	fi->direct_io = mode->direct_io;
	fi->parallel_direct_writes = mode->parallel;
	/*
	 * A backing file has one set of credentials for all its writers, so
	 * every write would strip these bits. A write that goes through the
	 * daemon says whether its caller may keep them.
	 */
	if (id && fpfs_for_writing(fi->flags) && fpfs_has_suid(node->fd)) {
		fi->direct_io = 1;
		fi->parallel_direct_writes = 0;
	}
	/*
	 * A close has nothing to flush, except FUSE's page cache and POSIX
	 * locks, see lock_owner.h.
	 */
	fi->keep_cache = !mode->passthrough && !mode->direct_io;
	file->flushes = fi->keep_cache || needs_flush(fs, node);
	fi->noflush = !file->flushes;
	return 0;
}

/* A descriptor for the daemon itself, opened as the caller asked. */
static int open_own(struct fpfs *fs, fuse_req_t req, struct fpfs_inode *node,
		    const struct fuse_file_info *fi)
{
	struct fpfs_privs privs = { false, false };
	int fd;

	if (fi->flags & O_TRUNC)
		privs = fpfs_privs_begin(req, node->fd, fpfs_suid_of(fi));
	do {
		fd = fpfs_reopen(node->fd, fi->flags);
	} while (fpfs_fds_full(fs, fd));
	fpfs_privs_end(privs);
	return fd;
}

void fpfs_op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_OPEN);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	int fd = -1, ret = 0;

	if (!node)
		return;
	if (!fs->opts->mode->passthrough || fpfs_for_writing(fi->flags) ||
	    fi->flags & O_TRUNC) {
		fd = open_own(fs, req, node, fi);
		ret = fd < 0 ? fd : 0;
	}
	if (!ret)
		ret = make_file(fs, node, fd, fi);
	if (ret)
		fuse_reply_err(req, -ret);
	else if (fuse_reply_open(req, fi))
		/* No RELEASE will come. */
		fpfs_file_free(node, fpfs_file(fi));
}

/* The rest of a create, once the file is there with its handle @fd. */
static void finish_create(fuse_req_t req, struct fpfs *fs, int fd,
			  struct fuse_file_info *fi)
{
	struct fpfs_inode *node FPFS_HELD = NULL;
	struct fuse_entry_param e;
	int own = -1, ret;

	ret = fpfs_lookup_fd(fs, fd, &e);
	if (ret)
		goto out_err;
	ret = fpfs_hold_node(fs, fpfs_node(fs, e.ino));
	if (ret)
		goto out_unlookup;
	node = fpfs_node(fs, e.ino);
	if (!fs->opts->mode->passthrough) {
		own = fpfs_reopen(node->fd, fi->flags & ~O_TRUNC);
		ret = own < 0 ? own : 0;
	}
	if (!ret)
		ret = make_file(fs, node, own, fi);
	if (ret)
		goto out_unlookup;
	if (fuse_reply_create(req, &e, fi)) {
		fpfs_file_free(node, fpfs_file(fi));
		fpfs_unlookup(fs, &e);
	}
	return;

out_unlookup:
	fpfs_unlookup(fs, &e);
out_err:
	fuse_reply_err(req, -ret);
}

/* openat() as the caller of @req. The descriptor or -errno. */
static int create_as_caller(struct fpfs *fs, fuse_req_t req, int dir,
			    const char *name, int flags, mode_t mode)
{
	int fd;

	do {
		fd = fpfs_create_begin(req, mode);
		if (fd)
			return fd;
		fd = openat(dir, name, flags | O_CLOEXEC, mode);
		if (fd < 0)
			fd = -errno;
		fpfs_create_end(mode);
	} while (fpfs_fds_full(fs, fd));
	return fd;
}

void fpfs_op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
		    mode_t mode, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_CREATE);
	struct fpfs_inode *dir FPFS_HELD = fpfs_hold(fs, req, parent);
	int fd;

	if (!dir)
		return;
	/*
	 * Open the handle for reading: one for writing would make execve()
	 * fail with ETXTBSY until the kernel forgets the file.
	 */
	fd = create_as_caller(fs, req, dir->fd, name,
			      O_CREAT | O_EXCL | O_RDONLY | O_NOFOLLOW, mode);

	/*
	 * Somebody has made it in the source meanwhile, and the kernel has not
	 * checked whether the caller may open it: have it look again.
	 */
	if (fd == -EEXIST && !(fi->flags & O_EXCL))
		fd = -ESTALE;
	if (fd < 0)
		fuse_reply_err(req, -fd);
	else
		finish_create(req, fs, fd, fi);
}

void fpfs_op_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode,
		     struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_TMPFILE);
	struct fpfs_inode *dir FPFS_HELD = fpfs_hold(fs, req, parent);
	int fd, handle;

	if (!dir)
		return;
	fd = create_as_caller(fs, req, dir->fd, ".",
			      O_TMPFILE | O_RDWR | (fi->flags & O_EXCL), mode);
	if (fd < 0) {
		fuse_reply_err(req, -fd);
		return;
	}
	handle = fpfs_reopen(fd, O_PATH);
	close(fd);
	if (handle < 0)
		fuse_reply_err(req, -handle);
	else
		finish_create(req, fs, handle, fi);
}

/*
 * The kernel does not notice that stores to a mapping change the times of the
 * file: if they have, it must not trust what it has cached.
 */
static void drop_stale_attr(struct fpfs *fs, struct fpfs_inode *node, int flags)
{
	struct stat st;

	if (fs->opts->mode->passthrough && fs->opts->attr_timeout > 0 &&
	    (flags & O_ACCMODE) == O_RDWR &&
	    !fstatat(node->fd, "", &st, AT_EMPTY_PATH) &&
	    fpfs_attr_changed(node, &st))
		fuse_lowlevel_notify_inval_inode(fs->se, fpfs_ino(node), -1, 0);
}

void fpfs_op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_RELEASE);
	struct fpfs_inode *node = fpfs_node(fs, ino);

	drop_stale_attr(fs, node, fpfs_file(fi)->flags);
	fpfs_lock_owners_release(&fs->lock_owners, node, fpfs_file(fi));
	fpfs_file_free(node, fpfs_file(fi));
	fuse_reply_err(req, 0);
}

void fpfs_op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_FLUSH);

	fpfs_lock_owners_flush(&fs->lock_owners, fpfs_node(fs, ino),
			       fi->lock_owner);
	fuse_reply_err(req, 0);
}
