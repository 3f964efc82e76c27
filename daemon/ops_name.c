// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel checks permissions itself (default_permissions), with the
 * caller's groups and capabilities, which the daemon does not know. The daemon
 * only makes new objects with the caller as their owner.
 */
#include "ops_name.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inode.h"
#include "lookup.h"
#include "privs.h"
#include "request.h"

void fpfs_op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_LOOKUP);
	struct fpfs_inode *dir FPFS_HELD = fpfs_hold(fs, req, parent);
	struct fuse_entry_param e;
	int ret;

	if (!dir)
		return;
	ret = fpfs_lookup(fs, dir, name, &e);
	if (ret == -ENOENT && fs->opts->entry_timeout > 0) {
		/* No node: the kernel may cache that the name is absent. */
		memset(&e, 0, sizeof(e));
		e.entry_timeout = fs->opts->entry_timeout;
		ret = 0;
	}
	fpfs_reply_entry(req, ret, &e);
}

static void forget(struct fpfs *fs, fuse_ino_t ino, uint64_t n)
{
	if (ino != FUSE_ROOT_ID)
		fpfs_inode_forget(fs->inodes, fpfs_node(fs, ino), n);
}

void fpfs_op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_FORGET);

	forget(fs, ino, nlookup);
	fuse_reply_none(req);
}

void fpfs_op_forget_multi(fuse_req_t req, size_t count,
			  struct fuse_forget_data *forgets)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_BATCH_FORGET);
	size_t i;

	for (i = 0; i < count; i++)
		forget(fs, forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

void fpfs_op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_READLINK);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	char buf[PATH_MAX + 1];
	ssize_t n;

	if (!node)
		return;
	n = readlinkat(node->fd, "", buf, sizeof(buf));
	if (n < 0) {
		fuse_reply_err(req, errno);
	} else if (n == sizeof(buf)) {
		fuse_reply_err(req, ENAMETOOLONG);
	} else {
		buf[n] = '\0';
		fuse_reply_readlink(req, buf);
	}
}

static int make_node(int dir, const char *name, mode_t mode, dev_t rdev,
		     const char *target)
{
	int ret;

	if (S_ISDIR(mode))
		ret = mkdirat(dir, name, mode & ~S_IFMT);
	else if (target)
		ret = symlinkat(target, dir, name);
	else
		ret = mknodat(dir, name, mode, rdev);
	return ret ? -errno : 0;
}

/*
 * Make a link to @target, or what the S_IFMT bits of @mode say if that is NULL, as
 * the caller, and reply with it.
 */
static void make(struct fpfs *fs, fuse_req_t req, fuse_ino_t parent,
		 const char *name, mode_t mode, dev_t rdev, const char *target)
{
	struct fpfs_inode *dir FPFS_HELD = fpfs_hold(fs, req, parent);
	struct fuse_entry_param e;
	int ret;

	if (!dir)
		return;
	ret = fpfs_create_begin(req, mode);
	if (!ret) {
		ret = make_node(dir->fd, name, mode, rdev, target);
		fpfs_create_end(mode);
	}
	if (!ret)
		ret = fpfs_lookup_new(fs, dir, name, S_ISDIR(mode), &e);
	fpfs_reply_entry(req, ret, &e);
}

void fpfs_op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
		   mode_t mode, dev_t rdev)
{
	make(fpfs_begin(req, FPFS_OP_MKNOD), req, parent, name, mode, rdev,
	     NULL);
}

void fpfs_op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
		   mode_t mode)
{
	make(fpfs_begin(req, FPFS_OP_MKDIR), req, parent, name, mode | S_IFDIR,
	     0, NULL);
}

void fpfs_op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		     const char *name)
{
	make(fpfs_begin(req, FPFS_OP_SYMLINK), req, parent, name, S_IFLNK, 0,
	     target);
}

void fpfs_op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
		  const char *newname)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_LINK);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	struct fpfs_inode *dir FPFS_HELD =
		node ? fpfs_hold(fs, req, newparent) : NULL;
	struct fuse_entry_param e;
	int ret = 0;

	if (!dir)
		return;
	if (linkat(node->fd, "", dir->fd, newname, AT_EMPTY_PATH))
		ret = -errno;
	if (!ret)
		ret = fpfs_lookup_known(fs, node, &e);
	fpfs_reply_entry(req, ret, &e);
}

static void remove_name(struct fpfs *fs, fuse_req_t req, fuse_ino_t parent,
			const char *name, int flags)
{
	struct fpfs_inode *dir FPFS_HELD = fpfs_hold(fs, req, parent);
	struct fpfs_inode *old FPFS_HELD =
		dir ? fpfs_hold_named(fs, dir, name) : NULL;

	if (dir)
		fuse_reply_err(req, unlinkat(dir->fd, name, flags) ? errno : 0);
}

void fpfs_op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_name(fpfs_begin(req, FPFS_OP_UNLINK), req, parent, name, 0);
}

void fpfs_op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_name(fpfs_begin(req, FPFS_OP_RMDIR), req, parent, name,
		    AT_REMOVEDIR);
}

void fpfs_op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		    fuse_ino_t newparent, const char *newname,
		    unsigned int flags)
{
	struct fpfs *fs = fpfs_begin(req, flags ? FPFS_OP_RENAME2 :
						  FPFS_OP_RENAME);
	struct fpfs_inode *dir FPFS_HELD = fpfs_hold(fs, req, parent);
	struct fpfs_inode *newdir FPFS_HELD =
		dir ? fpfs_hold(fs, req, newparent) : NULL;
	struct fpfs_inode *old FPFS_HELD =
		newdir ? fpfs_hold_named(fs, newdir, newname) : NULL;

	if (newdir)
		fuse_reply_err(req, renameat2(dir->fd, name, newdir->fd,
					      newname, flags) ? errno : 0);
}
