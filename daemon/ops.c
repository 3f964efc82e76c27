// SPDX-License-Identifier: GPL-2.0
/*
 * The table of callbacks, names and attributes. Open files are in ops_file.c,
 * directories in ops_dir.c, extended attributes in ops_xattr.c.
 *
 * The kernel checks permissions itself (default_permissions), with the
 * caller's groups and capabilities, which the daemon does not know. What is
 * left to do here is to give new objects to their owner.
 */
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caller.h"
#include "cred.h"
#include "msg.h"
#include "stats.h"

#ifndef RENAME_NOREPLACE
#include <linux/fs.h>
#endif

#ifdef __SANITIZE_THREAD__
char fpfs_order;
#endif

struct fpfs *fpfs_begin(fuse_req_t req, enum fpfs_opcode op)
{
	fpfs_request_begins();
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 18)
	fpfs_stats_count(op, fuse_req_is_uring(req));
#else
	fpfs_stats_count(op, false);
#endif
	return fuse_req_userdata(req);
}

struct fpfs_inode *fpfs_node(struct fpfs *fs, fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? &fs->root :
				     (struct fpfs_inode *)(uintptr_t)ino;
}

struct fpfs_procpath fpfs_procpath(int fd)
{
	struct fpfs_procpath p;

	snprintf(p.s, sizeof(p.s), "/proc/self/fd/%d", fd);
	return p;
}

/* --- set-uid and set-gid bits ------------------------------------------- */

struct fpfs_privs fpfs_privs_begin(fuse_req_t req, int fd, enum fpfs_keep keep)
{
	const struct fpfs *fs = fuse_req_userdata(req);
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	struct fpfs_privs p = { false, false };
	struct stat st;

	if (fstatat(fd, "", &st, AT_EMPTY_PATH) || !S_ISREG(st.st_mode) ||
	    !(st.st_mode & (S_ISUID | S_ISGID)))
		return p;
	/* Without KILLPRIV_V2 the kernel strips, and tells us by SETATTR. */
	if (!(fs->granted & FPFS_STATS_KILLPRIV))
		keep = FPFS_KEEP;
	if (keep == FPFS_KEEP_IF_CAPABLE)
		keep = fpfs_caller_has_cap(ctx->pid, CAP_FSETID) ?
			       FPFS_KEEP : FPFS_STRIP;
	if (keep == FPFS_KEEP) {
		p.fsetid = !fpfs_cred_fsetid(true);
	} else if (st.st_mode & S_ISGID &&
		   fpfs_caller_in_group(ctx->pid, ctx->gid, st.st_gid)) {
		fpfs_cred_group(st.st_gid);
		p.group = true;
	}
	return p;
}

void fpfs_privs_end(struct fpfs_privs p)
{
	if (p.fsetid)
		fpfs_cred_fsetid(false);
	if (p.group)
		fpfs_cred_self();
}

int fpfs_create_begin(fuse_req_t req, mode_t mode)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	/*
	 * The kernel has taken S_ISGID from a caller who may not give it; a
	 * thread without CAP_FSETID would lose it for everybody else too.
	 */
	int ret = mode & S_ISGID ? fpfs_cred_fsetid(true) : 0;

	if (!ret)
		fpfs_cred_caller(ctx->uid, ctx->gid, ctx->umask);
	return ret;
}

void fpfs_create_end(mode_t mode)
{
	fpfs_cred_self();
	if (mode & S_ISGID)
		fpfs_cred_fsetid(false);
}

bool fpfs_has_priv_bits(int fd)
{
	struct stat st;

	return !fstatat(fd, "", &st, AT_EMPTY_PATH) &&
	       st.st_mode & (S_ISUID | S_ISGID);
}

/* --- lookup ------------------------------------------------------------- */

double fpfs_attr_timeout(const struct fpfs *fs, const struct stat *st)
{
	/*
	 * The kernel is not told when the filesystem below strips these bits
	 * after a passthrough write. It must ask before it believes them.
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
	e->attr_timeout = fpfs_attr_timeout(fs, &e->attr);
	e->entry_timeout = fs->opts->entry_timeout;
}

int fpfs_adopt(struct fpfs *fs, int fd, struct fuse_entry_param *e)
{
	struct fpfs_inode *node;
	bool taken;

	node = fpfs_inode_add(fs->inodes, e->attr.st_dev, e->attr.st_ino,
			      fd, &taken);
	if (!taken)
		close(fd);
	if (!node)
		return -ENOMEM;
	fill_entry(fs, node, e);
	return 0;
}

static int open_handle(struct fpfs_inode *parent, const char *name, bool dir)
{
	/*
	 * One component that is no link, on the same mount: there is no way
	 * out of the source. A directory is opened for reading, the rest is
	 * O_PATH: opening a device or a FIFO would do something.
	 */
	struct open_how how = {
		.flags = O_NOFOLLOW | O_CLOEXEC |
			 (dir ? O_RDONLY | O_DIRECTORY : O_PATH),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV,
	};
	int fd = syscall(SYS_openat2, parent->fd, name, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* Open @name, which @e->attr describes as it was a moment ago. */
static int open_and_adopt(struct fpfs *fs, struct fpfs_inode *parent,
			  const char *name, struct fuse_entry_param *e)
{
	int fd, tries;

	/* A file may be replaced by a directory in between, or the reverse. */
	for (tries = 0; tries < 3; tries++) {
		fd = open_handle(parent, name, S_ISDIR(e->attr.st_mode));
		if (fd == -ENOTDIR && S_ISDIR(e->attr.st_mode)) {
			e->attr.st_mode = S_IFREG;
			continue;
		}
		if (fd < 0)
			return fd;
		if (fstatat(fd, "", &e->attr, AT_EMPTY_PATH)) {
			int err = errno;

			close(fd);
			return -err;
		}
		/* O_PATH of what is now a directory: once more, for reading. */
		if (!S_ISDIR(e->attr.st_mode) ||
		    !(fcntl(fd, F_GETFL) & O_PATH))
			return fpfs_adopt(fs, fd, e);
		close(fd);
	}
	return -ESTALE;
}

int fpfs_lookup(struct fpfs *fs, struct fpfs_inode *parent, const char *name,
		bool fresh, struct fuse_entry_param *e)
{
	struct fpfs_inode *node;

	memset(e, 0, sizeof(*e));
	if (!fresh) {
		if (fstatat(parent->fd, name, &e->attr, AT_SYMLINK_NOFOLLOW))
			return -errno;
		/* The node's descriptor keeps its number from being reused. */
		node = fpfs_inode_get(fs->inodes, e->attr.st_dev,
				      e->attr.st_ino);
		if (node) {
			fill_entry(fs, node, e);
			return 0;
		}
	}
	return open_and_adopt(fs, parent, name, e);
}

void fpfs_unlookup(struct fpfs *fs, const struct fuse_entry_param *e)
{
	if (e->ino)
		fpfs_inode_forget(fs->inodes, fpfs_node(fs, e->ino), 1);
}

static void reply_entry(struct fpfs *fs, fuse_req_t req,
			const struct fuse_entry_param *e)
{
	/* An interrupted caller never learns of the reference. */
	if (fuse_reply_entry(req, e))
		fpfs_unlookup(fs, e);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_LOOKUP);
	struct fuse_entry_param e;
	int ret;

	ret = fpfs_lookup(fs, fpfs_node(fs, parent), name, false, &e);
	if (ret == -ENOENT && fs->opts->entry_timeout > 0) {
		/* No node: the kernel may remember that it is not there. */
		memset(&e, 0, sizeof(e));
		e.entry_timeout = fs->opts->entry_timeout;
		ret = 0;
	}
	if (ret)
		fuse_reply_err(req, -ret);
	else
		reply_entry(fs, req, &e);
}

static void forget(struct fpfs *fs, fuse_ino_t ino, uint64_t n)
{
	if (ino != FUSE_ROOT_ID)
		fpfs_inode_forget(fs->inodes, fpfs_node(fs, ino), n);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_FORGET);

	forget(fs, ino, nlookup);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count,
			    struct fuse_forget_data *forgets)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_BATCH_FORGET);
	size_t i;

	for (i = 0; i < count; i++)
		forget(fs, forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

/* --- attributes --------------------------------------------------------- */

static int reply_attr(struct fpfs *fs, fuse_req_t req, struct fpfs_inode *node)
{
	struct stat st;

	if (fstatat(node->fd, "", &st, AT_EMPTY_PATH))
		return -errno;
	fuse_reply_attr(req, &st, fpfs_attr_timeout(fs, &st));
	return 0;
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_GETATTR);
	int ret = reply_attr(fs, req, fpfs_node(fs, ino));

	if (ret)
		fuse_reply_err(req, -ret);
}

static int set_mode(struct fpfs_inode *node, mode_t mode)
{
	int ret;

	/*
	 * The kernel has already taken S_ISGID away from who may not set it;
	 * the filesystem below would take it from everybody.
	 */
	if (mode & S_ISGID) {
		ret = fpfs_cred_fsetid(true);
		if (ret)
			return ret;
	}
	ret = chmod(fpfs_procpath(node->fd).s, mode) ? -errno : 0;
	if (mode & S_ISGID)
		fpfs_cred_fsetid(false);
	return ret;
}

static int set_size(fuse_req_t req, struct fpfs *fs, struct fpfs_inode *node,
		    off_t size, bool kill_priv, struct fuse_file_info *fi)
{
	struct fpfs_privs privs = fpfs_privs_begin(req, node->fd, kill_priv ?
						   FPFS_STRIP : FPFS_KEEP);
	int fd, ret;

	if (fi) {
		fd = fpfs_file_fd(fs, node, fpfs_file(fi));
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
						   FPFS_KEEP_IF_CAPABLE);
	int ret;

	ret = fchownat(node->fd, "", uid, gid,
		       AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) ? -errno : 0;
	fpfs_privs_end(privs);
	return ret;
}

/* Would chown() take a bit from the file, whose owner is somebody else? */
static bool would_strip(const struct fuse_ctx *ctx, const struct stat *st)
{
	return st->st_mode & S_ISUID ||
	       (st->st_mode & S_ISGID &&
		(st->st_mode & S_IXGRP ||
		 !fpfs_caller_in_group(ctx->pid, ctx->gid, st->st_gid)));
}

/*
 * With KILLPRIV_V2 a request that sets nothing is what the kernel makes of
 * "strip set-uid bits". It comes before a write or fallocate by who may not
 * keep them, or to a file with file capabilities; then the filesystem below
 * strips what is to go, when the write comes. And it is all that is left of
 * chown(-1, -1), which strips for the owner and is refused to others. The two
 * cannot be told apart, but only the first needs a file that is open for
 * writing.
 */
static int set_nothing(fuse_req_t req, struct fpfs_inode *node)
{
	bool write = __atomic_load_n(&node->nwriters, __ATOMIC_RELAXED);
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	struct stat st;

	if (fstatat(node->fd, "", &st, AT_EMPTY_PATH))
		return -errno;
	if (ctx->uid != st.st_uid && !fpfs_caller_has_cap(ctx->pid, CAP_FOWNER))
		return !write && would_strip(ctx, &st) ? -EPERM : 0;
	if (write && fpfs_caller_has_cap(ctx->pid, CAP_FSETID))
		return 0;
	return set_owner(req, node, &st, 0);
}

#define SET_TIMES	(FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | \
			 FUSE_SET_ATTR_ATIME_NOW | FUSE_SET_ATTR_MTIME_NOW)

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr,
		       int valid, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_SETATTR);
	struct fpfs_inode *node = fpfs_node(fs, ino);
	int ret = 0;

	if (!valid)
		ret = set_nothing(req, node);
	else if (valid & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		ret = set_owner(req, node, attr, valid);
	if (!ret && valid & FUSE_SET_ATTR_MODE)
		ret = set_mode(node, attr->st_mode & 07777);
	if (!ret && valid & FUSE_SET_ATTR_SIZE)
		ret = set_size(req, fs, node, attr->st_size,
			       valid & FUSE_SET_ATTR_KILL_SUID, fi);
	if (!ret && valid & SET_TIMES)
		ret = set_times(node, attr, valid);
	if (!ret)
		ret = reply_attr(fs, req, node);
	if (ret)
		fuse_reply_err(req, -ret);
}

#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 18)
static void op_statx(fuse_req_t req, fuse_ino_t ino, int flags, int mask,
		     struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_STATX);
	struct stat st = { 0 };
	struct statx stx;

	if (statx(fpfs_node(fs, ino)->fd, "",
		  AT_EMPTY_PATH | (flags & AT_STATX_SYNC_TYPE), mask, &stx)) {
		fuse_reply_err(req, errno);
		return;
	}
	st.st_mode = stx.stx_mode;
	fuse_reply_statx(req, 0, &stx, fpfs_attr_timeout(fs, &st));
}
#endif

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_READLINK);
	char buf[PATH_MAX + 1];
	ssize_t n;

	n = readlinkat(fpfs_node(fs, ino)->fd, "", buf, sizeof(buf));
	if (n < 0) {
		fuse_reply_err(req, errno);
	} else if (n == sizeof(buf)) {
		fuse_reply_err(req, ENAMETOOLONG);
	} else {
		buf[n] = '\0';
		fuse_reply_readlink(req, buf);
	}
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_STATFS);
	struct statvfs st;

	if (fstatvfs(fpfs_node(fs, ino)->fd, &st))
		fuse_reply_err(req, errno);
	else
		fuse_reply_statfs(req, &st);
}

/* --- names -------------------------------------------------------------- */

static void reply_made(struct fpfs *fs, fuse_req_t req, fuse_ino_t parent,
		       const char *name, int ret)
{
	struct fuse_entry_param e;

	if (!ret)
		ret = fpfs_lookup(fs, fpfs_node(fs, parent), name, true, &e);
	if (ret)
		fuse_reply_err(req, -ret);
	else
		reply_entry(fs, req, &e);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
		     mode_t mode, dev_t rdev)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_MKNOD);
	int ret = fpfs_create_begin(req, mode);

	if (!ret) {
		if (mknodat(fpfs_node(fs, parent)->fd, name, mode, rdev))
			ret = -errno;
		fpfs_create_end(mode);
	}
	reply_made(fs, req, parent, name, ret);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
		     mode_t mode)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_MKDIR);
	struct fuse_entry_param e;
	int ret = fpfs_create_begin(req, mode);

	if (!ret) {
		if (mkdirat(fpfs_node(fs, parent)->fd, name, mode))
			ret = -errno;
		fpfs_create_end(mode);
	}
	if (ret) {
		fuse_reply_err(req, -ret);
		return;
	}
	memset(&e, 0, sizeof(e));
	e.attr.st_mode = S_IFDIR;
	ret = open_and_adopt(fs, fpfs_node(fs, parent), name, &e);
	if (ret)
		fuse_reply_err(req, -ret);
	else
		reply_entry(fs, req, &e);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		       const char *name)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_SYMLINK);
	int ret = fpfs_create_begin(req, S_IFLNK);

	if (!ret) {
		if (symlinkat(target, fpfs_node(fs, parent)->fd, name))
			ret = -errno;
		fpfs_create_end(S_IFLNK);
	}
	reply_made(fs, req, parent, name, ret);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
		    const char *newname)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_LINK);
	struct fpfs_inode *node = fpfs_node(fs, ino);
	struct fuse_entry_param e = { 0 };

	if (linkat(node->fd, "", fpfs_node(fs, newparent)->fd, newname,
		   AT_EMPTY_PATH) ||
	    fstatat(node->fd, "", &e.attr, AT_EMPTY_PATH)) {
		fuse_reply_err(req, errno);
		return;
	}
	/* It is in the table: the kernel names it, so it holds a reference. */
	fpfs_inode_get(fs->inodes, node->dev, node->ino);
	fill_entry(fs, node, &e);
	reply_entry(fs, req, &e);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_UNLINK);

	fuse_reply_err(req, unlinkat(fpfs_node(fs, parent)->fd, name, 0) ?
				    errno : 0);
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_RMDIR);

	fuse_reply_err(req, unlinkat(fpfs_node(fs, parent)->fd, name,
				     AT_REMOVEDIR) ? errno : 0);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		      fuse_ino_t newparent, const char *newname,
		      unsigned int flags)
{
	struct fpfs *fs = fpfs_begin(req, flags ? FPFS_OP_RENAME2 :
						  FPFS_OP_RENAME);

	fuse_reply_err(req, renameat2(fpfs_node(fs, parent)->fd, name,
				      fpfs_node(fs, newparent)->fd, newname,
				      flags) ? errno : 0);
}

/* --- statistics, start and end ------------------------------------------ */

void fpfs_fill_stats(struct fpfs *fs, struct fpfs_stats *st)
{
	fpfs_stats_read(st);
	st->flags = fs->granted;
	st->nodes = fpfs_inode_count(fs->inodes) + 1;
}

static void op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd,
		     void *arg, struct fuse_file_info *fi, unsigned int flags,
		     const void *in_buf, size_t in_size, size_t out_size)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_IOCTL);
	struct fpfs_stats st;

	if (cmd != FPFS_IOC_STATS || out_size < sizeof(st)) {
		fuse_reply_err(req, ENOTTY);
		return;
	}
	fpfs_fill_stats(fs, &st);
	fuse_reply_ioctl(req, 0, &st, sizeof(st));
}

/* The kernel remembers each of these answers and does not ask again. */
static void op_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
	fpfs_begin(req, FPFS_OP_ACCESS);
	fuse_reply_err(req, ENOSYS);	/* default_permissions: it knows */
}

static void op_bmap(fuse_req_t req, fuse_ino_t ino, size_t blocksize,
		    uint64_t idx)
{
	fpfs_begin(req, FPFS_OP_BMAP);
	fuse_reply_err(req, ENOSYS);	/* for block device mounts only */
}

static void op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		    struct fuse_pollhandle *ph)
{
	fpfs_begin(req, FPFS_OP_POLL);
	if (ph)
		fuse_pollhandle_destroy(ph);
	fuse_reply_err(req, ENOSYS);	/* regular files are always ready */
}

static bool ask(struct fuse_conn_info *conn, struct fpfs *fs, uint64_t cap,
		uint64_t stat)
{
	if (!fuse_set_feature_flag(conn, cap))
		return false;
	fs->granted |= stat;
	return true;
}

static void choose_features(struct fpfs *fs, struct fuse_conn_info *conn)
{
	static const uint64_t nice[] = {
		FUSE_CAP_DONT_MASK,	/* default ACLs need the umask apart */
		FUSE_CAP_PARALLEL_DIROPS,
		FUSE_CAP_CACHE_SYMLINKS,
		FUSE_CAP_DIRECT_IO_ALLOW_MMAP,
		FUSE_CAP_NO_OPENDIR_SUPPORT,
		FUSE_CAP_NO_EXPORT_SUPPORT,	/* node ids are addresses */
	};
	size_t i;

	for (i = 0; i < sizeof(nice) / sizeof(*nice); i++)
		fuse_set_feature_flag(conn, nice[i]);
	ask(conn, fs, FUSE_CAP_POSIX_ACL, FPFS_STATS_POSIX_ACL);

	/*
	 * Without it the kernel asks for security.capability before each
	 * write. With it set-uid bits are ours to strip, see cred.h.
	 */
	ask(conn, fs, FUSE_CAP_HANDLE_KILLPRIV_V2, FPFS_STATS_KILLPRIV);

	/* The pipe costs more than it saves where data bypasses us. */
	if (fs->opts->mode->passthrough)
		fuse_unset_feature_flag(conn, FUSE_CAP_SPLICE_READ |
						FUSE_CAP_SPLICE_WRITE |
						FUSE_CAP_SPLICE_MOVE);
	if (fs->opts->locks == FPFS_LOCKS_LOCAL)
		fuse_unset_feature_flag(conn, FUSE_CAP_POSIX_LOCKS |
						FUSE_CAP_FLOCK_LOCKS);
	/* Only who waits for a lock can be interrupted. */
	conn->no_interrupt = fs->opts->locks == FPFS_LOCKS_LOCAL;
	conn->max_background = 1024;	/* asynchronous I/O in mode direct */
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct fpfs *fs = userdata;
	const struct fpfs_mode *mode = fs->opts->mode;

	fpfs_stats_count(FPFS_OP_INIT, false);
	fs->init_status = FPFS_EXIT_OK;
	choose_features(fs, conn);
	if (mode->parallel)
		fs->granted |= FPFS_STATS_PARALLEL;
	if (mode->direct_io)
		fs->granted |= FPFS_STATS_DIRECT_IO;
	if (mode->passthrough &&
	    !ask(conn, fs, FUSE_CAP_PASSTHROUGH, FPFS_STATS_PASSTHROUGH)) {
		fpfs_err("the kernel offers no FUSE passthrough; it needs "
			 "Linux 6.9 or later with CONFIG_FUSE_PASSTHROUGH");
		fs->init_status = FPFS_EXIT_UNSUPPORTED;
	}
#ifdef FUSE_CAP_OVER_IO_URING
	if (fs->opts->uring &&
	    !ask(conn, fs, FUSE_CAP_OVER_IO_URING, FPFS_STATS_IO_URING)) {
		fpfs_err("the kernel offers no FUSE over io_uring; it needs "
			 "Linux 6.14 or later with CONFIG_FUSE_IO_URING and "
			 "/sys/module/fuse/parameters/enable_uring set to Y");
		fs->init_status = FPFS_EXIT_UNSUPPORTED;
	}
#endif
	fs->started = true;
}

static void op_destroy(void *userdata)
{
	fpfs_stats_count(FPFS_OP_DESTROY, false);
}

const struct fuse_lowlevel_ops fpfs_ops = {
	.init = op_init,
	.destroy = op_destroy,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.statfs = op_statfs,
	.access = op_access,
	.ioctl = op_ioctl,
	.bmap = op_bmap,
	.poll = op_poll,
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 18)
	.statx = op_statx,
#endif
	.open = fpfs_op_open,
	.create = fpfs_op_create,
	.tmpfile = fpfs_op_tmpfile,
	.read = fpfs_op_read,
	.write_buf = fpfs_op_write_buf,
	.flush = fpfs_op_flush,
	.release = fpfs_op_release,
	.fsync = fpfs_op_fsync,
	.fallocate = fpfs_op_fallocate,
	.lseek = fpfs_op_lseek,
	.copy_file_range = fpfs_op_copy_file_range,
	.getlk = fpfs_op_getlk,
	.setlk = fpfs_op_setlk,
	.flock = fpfs_op_flock,
	.opendir = fpfs_op_opendir,
	.readdir = fpfs_op_readdir,
	.readdirplus = fpfs_op_readdirplus,
	.releasedir = fpfs_op_releasedir,
	.fsyncdir = fpfs_op_fsyncdir,
	.getxattr = fpfs_op_getxattr,
	.setxattr = fpfs_op_setxattr,
	.listxattr = fpfs_op_listxattr,
	.removexattr = fpfs_op_removexattr,
};

static void dispose(struct fpfs_inode *node, void *arg)
{
	struct fpfs *fs = arg;

	if (node->backing_id)
		fpfs_backing_close(fs, node->backing_id);
	close(node->fd);
}

int fpfs_init(struct fpfs *fs, const struct fpfs_opts *opts)
{
	struct stat st;
	int fd, ret;

	memset(fs, 0, sizeof(*fs));
	fs->opts = opts;
	fd = open(opts->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		ret = -errno;
		fpfs_err("cannot open the source %s: %s", opts->source,
			 strerror(-ret));
		goto out_close;
	}
	if (access("/proc/self/fd", F_OK)) {
		ret = -errno;
		fpfs_err("cannot open /proc/self/fd (is /proc mounted?): %s",
			 strerror(-ret));
		goto out_close;
	}
	ret = -ENOMEM;
	fs->inodes = fpfs_inode_table_new(dispose, fs);
	if (!fs->inodes)
		goto out_close;
	ret = fpfs_locks_init(&fs->locks);
	if (!ret)
		ret = fpfs_inode_init(&fs->root, st.st_dev, st.st_ino, fd);
	if (!ret)
		return 0;
	fpfs_inode_table_free(fs->inodes);

out_close:
	if (fd >= 0)
		close(fd);
	return ret;
}

void fpfs_exit(struct fpfs *fs)
{
	fpfs_locks_exit(&fs->locks);
	fpfs_inode_table_free(fs->inodes);
	close(fs->root.fd);
}
