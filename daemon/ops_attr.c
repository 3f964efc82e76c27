// SPDX-License-Identifier: GPL-2.0
#include "ops_attr.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "caller.h"
#include "file.h"
#include "lookup.h"
#include "privs.h"
#include "procfd.h"
#include "request.h"

static int reply_attr(struct fpfs *fs, fuse_req_t req, struct fpfs_inode *node)
{
	struct stat st;

	if (fstatat(node->fd, "", &st, AT_EMPTY_PATH))
		return -errno;
	fuse_reply_attr(req, &st, fpfs_show_attr(fs, node, &st));
	return 0;
}

void fpfs_op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_GETATTR);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	int ret;

	if (!node)
		return;
	ret = reply_attr(fs, req, node);
	if (ret)
		fuse_reply_err(req, -ret);
}

static int set_mode(struct fpfs_inode *node, mode_t mode)
{
	int ret = fpfs_mode_begin(mode);

	if (ret)
		return ret;
	ret = chmod(fpfs_procpath(node->fd).s, mode) ? -errno : 0;
	fpfs_mode_end(mode);
	return ret;
}

static int set_size(fuse_req_t req, struct fpfs_inode *node, off_t size,
		    bool kill_priv, struct fuse_file_info *fi)
{
	enum fpfs_suid suid = kill_priv ? FPFS_SUID_STRIP : FPFS_SUID_KEEP;
	struct fpfs_privs privs = fpfs_privs_begin(req, node->fd, suid);
	int fd, ret;

	if (fi) {
		fd = fpfs_file_fd(node, fpfs_file(fi));
		ret = fd < 0 ? fd : ftruncate(fd, size) ? -errno : 0;
	} else {
		ret = truncate(fpfs_procpath(node->fd).s, size) ? -errno : 0;
	}
	fpfs_privs_end(privs);
	return ret;
}

static int set_times(struct fpfs_inode *node, const struct stat *attr,
		     int valid)
{
	struct timespec tv[2] = {
		{ .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT },
	};

	if (valid & FUSE_SET_ATTR_ATIME_NOW)
		tv[0].tv_nsec = UTIME_NOW;
	else if (valid & FUSE_SET_ATTR_ATIME)
		tv[0] = attr->st_atim;
	if (valid & FUSE_SET_ATTR_MTIME_NOW)
		tv[1].tv_nsec = UTIME_NOW;
	else if (valid & FUSE_SET_ATTR_MTIME)
		tv[1] = attr->st_mtim;
	return utimensat(node->fd, "", tv, AT_EMPTY_PATH) ? -errno : 0;
}

static int set_owner(fuse_req_t req, struct fpfs_inode *node,
		     const struct stat *attr, int valid)
{
	uid_t uid = valid & FUSE_SET_ATTR_UID ? attr->st_uid : (uid_t)-1;
	gid_t gid = valid & FUSE_SET_ATTR_GID ? attr->st_gid : (gid_t)-1;
	struct fpfs_privs privs = fpfs_privs_begin(req, node->fd,
						   FPFS_SUID_IF_CAPABLE);
	int ret;

	ret = fchownat(node->fd, "", uid, gid,
		       AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) ? -errno : 0;
	fpfs_privs_end(privs);
	return ret;
}

/*
 * With KILLPRIV_V2 the kernel sends a request that sets nothing in two cases:
 *
 * - Before a write or fallocate, to strip set-uid bits or file capabilities.
 *   The filesystem below does so at the write anyway.
 * - For chown(-1, -1), which strips them for the owner and is refused to
 *   others.
 *
 * The requests are the same, but the first needs a file open for writing. If
 * the caller may keep the bits, it also needs file capabilities, which the
 * kernel has just removed.
 */
static int set_nothing(fuse_req_t req, struct fpfs_inode *node)
{
	bool write = __atomic_load_n(&node->nwriters, __ATOMIC_RELAXED);
	pid_t removed_by = __atomic_exchange_n(&node->caps_removed_by, 0,
					       __ATOMIC_RELAXED);
	pid_t pid = fuse_req_ctx(req)->pid;

	if (fpfs_chown_refused(req, node->fd))
		return write ? 0 : -EPERM;
	if (write && removed_by == pid &&
	    fpfs_caller_has_cap(pid, CAP_FSETID))
		return 0;
	return set_owner(req, node, NULL, 0);
}

#define SET_TIMES	(FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | \
			 FUSE_SET_ATTR_ATIME_NOW | FUSE_SET_ATTR_MTIME_NOW)

void fpfs_op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr,
		     int valid, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_SETATTR);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	int ret = 0;

	if (!node)
		return;
	if (!valid)
		ret = set_nothing(req, node);
	else if (valid & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		ret = set_owner(req, node, attr, valid);
	if (!ret && valid & FUSE_SET_ATTR_MODE)
		ret = set_mode(node, attr->st_mode & 07777);
	if (!ret && valid & FUSE_SET_ATTR_SIZE)
		ret = set_size(req, node, attr->st_size,
			       valid & FUSE_SET_ATTR_KILL_SUID, fi);
	if (!ret && valid & SET_TIMES)
		ret = set_times(node, attr, valid);
	if (!ret)
		ret = reply_attr(fs, req, node);
	if (ret)
		fuse_reply_err(req, -ret);
}

#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 18)
void fpfs_op_statx(fuse_req_t req, fuse_ino_t ino, int flags, int mask,
		   struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_STATX);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	struct stat st = { 0 };
	struct statx stx;

	if (!node)
		return;
	if (statx(node->fd, "", AT_EMPTY_PATH |
		  (flags & AT_STATX_SYNC_TYPE), mask, &stx)) {
		fuse_reply_err(req, errno);
		return;
	}
	st.st_mode = stx.stx_mode;
	st.st_ctim.tv_sec = stx.stx_ctime.tv_sec;
	st.st_ctim.tv_nsec = stx.stx_ctime.tv_nsec;
	fuse_reply_statx(req, 0, &stx, fpfs_show_attr(fs, node, &st));
}
#endif

void fpfs_op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_STATFS);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	struct statvfs st;

	if (!node)
		return;
	if (fstatvfs(node->fd, &st))
		fuse_reply_err(req, errno);
	else
		fuse_reply_statfs(req, &st);
}
