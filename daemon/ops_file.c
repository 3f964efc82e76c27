// SPDX-License-Identifier: GPL-2.0
/*
 * Open files. In passthrough the kernel opens the backing file for itself, as
 * the caller asked for it, from the inode that we register: one registration
 * serves every open of an inode and stays until the kernel forgets the inode.
 * The daemon opens the file only to find out whether it may be written (an
 * immutable file, a running program), or when a request needs a descriptor.
 */
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "msg.h"
#include "stats.h"

/* <linux/fuse.h> has these since 6.9. */
struct backing_map {
	int32_t fd;
	uint32_t flags;
	uint64_t padding;
};

#define IOC_BACKING_OPEN	_IOW(229, 1, struct backing_map)
#define IOC_BACKING_CLOSE	_IOW(229, 2, uint32_t)

int fpfs_backing_open(struct fpfs *fs, int fd)
{
	struct backing_map map = { .fd = fd };
	int id = ioctl(fuse_session_fd(fs->se), IOC_BACKING_OPEN, &map);

	if (id < 0)
		return -errno;
	fpfs_stats_backing_ids(1);
	return id;
}

void fpfs_backing_close(struct fpfs *fs, int id)
{
	uint32_t arg = id;

	/* Fails only once the connection is gone, and the id with it. */
	ioctl(fuse_session_fd(fs->se), IOC_BACKING_CLOSE, &arg);
	fpfs_stats_backing_ids(-1);
}

static bool writes(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

/* What of the caller's flags is for a descriptor of our own. */
static int own_flags(int flags)
{
	return (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW | O_TMPFILE)) |
	       O_CLOEXEC | O_NOCTTY;
}

static int reopen(struct fpfs_inode *node, int flags)
{
	int fd = open(fpfs_procpath(node->fd).s, own_flags(flags));

	return fd < 0 ? -errno : fd;
}

int fpfs_file_fd(struct fpfs *fs, struct fpfs_inode *node,
		 struct fpfs_file *file)
{
	int fd = __atomic_load_n(&file->fd, __ATOMIC_ACQUIRE), none = -1;

	if (fd >= 0)
		return fd;
	fd = reopen(node, file->flags & ~O_TRUNC);
	if (fd < 0)
		return fd;
	if (__atomic_compare_exchange_n(&file->fd, &none, fd, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return fd;
	close(fd);	/* another thread was first */
	return none;
}

/* The node's registration, made at its first open. 0 or -errno. */
static int get_backing(struct fpfs *fs, struct fpfs_inode *node, int *id)
{
	int ret = 0;

	pthread_mutex_lock(&node->lock);
	if (!node->backing_id) {
		ret = fpfs_backing_open(fs, node->fd);
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
		__atomic_load_n(&node->locked, __ATOMIC_RELAXED));
}

/*
 * Fill in the reply to an open of @node; takes @fd (may be -1). @privileged: a
 * set-uid or set-gid file is opened for writing.
 */
static int make_file(struct fpfs *fs, struct fpfs_inode *node, int fd,
		     bool privileged, struct fuse_file_info *fi)
{
	const struct fpfs_mode *mode = fs->opts->mode;
	struct fpfs_file *file;
	int ret = 0, id = 0;

	if (mode->passthrough)
		ret = get_backing(fs, node, &id);
	file = ret ? NULL : malloc(sizeof(*file));
	if (!file) {
		if (fd >= 0)
			close(fd);
		return ret ? ret : -ENOMEM;
	}
	*file = (struct fpfs_file){ .fd = fd, .flags = fi->flags };
	fi->fh = (uintptr_t)file;
	fi->backing_id = id;
	fi->direct_io = mode->direct_io;
	fi->parallel_direct_writes = mode->parallel;
	/*
	 * A backing file has one identity for all who write to it, so it would
	 * strip these bits for everybody. With the daemon in between, each
	 * write says whether its caller may keep them.
	 */
	if (id && privileged) {
		fi->direct_io = 1;
		fi->parallel_direct_writes = 0;
	}
	/*
	 * Nothing is kept back until close, except in FUSE's page cache; and
	 * POSIX locks, see ops_lock.c.
	 */
	fi->keep_cache = !mode->passthrough && !mode->direct_io;
	file->flushes = fi->keep_cache || needs_flush(fs, node);
	fi->noflush = !file->flushes;
	if (writes(fi->flags))
		__atomic_add_fetch(&node->nwriters, 1, __ATOMIC_RELAXED);
	fpfs_stats_open_files(1);
	return 0;
}

static void drop_file(struct fpfs_inode *node, struct fpfs_file *file)
{
	if (writes(file->flags))
		__atomic_sub_fetch(&node->nwriters, 1, __ATOMIC_RELAXED);
	if (file->fd >= 0)
		close(file->fd);
	free(file);
	fpfs_stats_open_files(-1);
}

/* May the caller keep set-uid bits when it changes what is in a file? */
static enum fpfs_keep keep_privs(const struct fuse_file_info *fi)
{
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 18)
	return fi->kill_suidgid ? FPFS_STRIP : FPFS_KEEP;
#else
	return FPFS_KEEP_IF_CAPABLE;	/* libfuse does not pass it on */
#endif
}

static int open_own(fuse_req_t req, struct fpfs_inode *node,
		    const struct fuse_file_info *fi)
{
	struct fpfs_privs privs = { false, false };
	int fd;

	if (fi->flags & O_TRUNC)
		privs = fpfs_privs_begin(req, node->fd, keep_privs(fi));
	fd = reopen(node, fi->flags);
	fpfs_privs_end(privs);
	return fd;
}

void fpfs_op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_OPEN);
	struct fpfs_inode *node = fpfs_node(fs, ino);
	int fd = -1, ret = 0;

	if (!fs->opts->mode->passthrough || writes(fi->flags) ||
	    fi->flags & O_TRUNC) {
		fd = open_own(req, node, fi);
		ret = fd < 0 ? fd : 0;
	}
	if (!ret)
		ret = make_file(fs, node, fd,
				writes(fi->flags) && fpfs_has_priv_bits(fd),
				fi);
	if (ret)
		fuse_reply_err(req, -ret);
	else if (fuse_reply_open(req, fi))
		drop_file(node, fpfs_file(fi));	/* no RELEASE will come */
}

/* The rest of a create, once the file is there with its handle @fd. */
static void finish_create(fuse_req_t req, struct fpfs *fs, int fd,
			  struct fuse_file_info *fi)
{
	struct fuse_entry_param e = { 0 };
	struct fpfs_inode *node;
	int own = -1, ret;

	if (fstatat(fd, "", &e.attr, AT_EMPTY_PATH)) {
		ret = -errno;
		close(fd);
		goto out_err;
	}
	ret = fpfs_adopt(fs, fd, &e);
	if (ret)
		goto out_err;
	node = fpfs_node(fs, e.ino);
	if (!fs->opts->mode->passthrough) {
		own = reopen(node, fi->flags & ~O_TRUNC);
		ret = own < 0 ? own : 0;
	}
	if (!ret)
		ret = make_file(fs, node, own,
				writes(fi->flags) &&
				e.attr.st_mode & (S_ISUID | S_ISGID), fi);
	if (ret)
		goto out_unlookup;
	if (fuse_reply_create(req, &e, fi)) {
		drop_file(node, fpfs_file(fi));
		fpfs_unlookup(fs, &e);
	}
	return;

out_unlookup:
	fpfs_unlookup(fs, &e);
out_err:
	fuse_reply_err(req, -ret);
}

/* openat() as the caller of @req. The descriptor or -errno. */
static int create_as_caller(fuse_req_t req, int dir, const char *name,
			    int flags, mode_t mode)
{
	int fd, ret = fpfs_create_begin(req, mode);

	if (ret)
		return ret;
	fd = openat(dir, name, flags | O_CLOEXEC, mode);
	if (fd < 0)
		fd = -errno;
	fpfs_create_end(mode);
	return fd;
}

void fpfs_op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
		    mode_t mode, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_CREATE);
	/*
	 * The handle is for reading: one for writing would make the file busy
	 * for execve() as long as the kernel remembers it.
	 */
	int fd = create_as_caller(req, fpfs_node(fs, parent)->fd, name,
				  O_CREAT | O_EXCL | O_RDONLY | O_NOFOLLOW,
				  mode);

	/*
	 * Somebody made it in the source meanwhile. The kernel has not checked
	 * whether the caller may open that one: have it look again.
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
	int fd, handle;

	fd = create_as_caller(req, fpfs_node(fs, parent)->fd, ".",
			      O_TMPFILE | O_RDWR | (fi->flags & O_EXCL), mode);
	if (fd < 0) {
		fuse_reply_err(req, -fd);
		return;
	}
	handle = open(fpfs_procpath(fd).s, O_PATH | O_CLOEXEC);
	if (handle < 0)
		handle = -errno;
	close(fd);
	if (handle < 0)
		fuse_reply_err(req, -handle);
	else
		finish_create(req, fs, handle, fi);
}

void fpfs_op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_RELEASE);

	fpfs_locks_release(fs, fpfs_node(fs, ino), fpfs_file(fi));
	drop_file(fpfs_node(fs, ino), fpfs_file(fi));
	fuse_reply_err(req, 0);
}

void fpfs_op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_FLUSH);

	fpfs_locks_flush(fs, fpfs_node(fs, ino), fi->lock_owner);
	fuse_reply_err(req, 0);
}

/* --- data: only where passthrough is off --------------------------------- */

/*
 * A file that was opened with O_DIRECT is so for us too: it waits for the
 * device, which is what is measured. Buffers of requests are not aligned as
 * that wants them.
 */
#define DIRECT_ALIGN	4096

static void *aligned(size_t size)
{
	void *p;

	return posix_memalign(&p, DIRECT_ALIGN, size) ? NULL : p;
}

static void read_direct(fuse_req_t req, int fd, size_t size, off_t off)
{
	void *p = aligned(size);
	ssize_t n;

	if (!p) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	n = pread(fd, p, size, off);
	if (n < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_buf(req, p, n);
	free(p);
}

static ssize_t write_direct(int fd, struct fuse_bufvec *in, off_t off)
{
	size_t size = fuse_buf_size(in);
	struct fuse_bufvec to = FUSE_BUFVEC_INIT(size);
	ssize_t n;

	to.buf[0].mem = aligned(size);
	if (!to.buf[0].mem)
		return -ENOMEM;
	n = fuse_buf_copy(&to, in, 0);
	if (n > 0) {
		n = pwrite(fd, to.buf[0].mem, n, off);
		if (n < 0)
			n = -errno;
	}
	free(to.buf[0].mem);
	return n;
}

static ssize_t write_buffered(int fd, struct fuse_bufvec *in, off_t off)
{
	struct fuse_bufvec to = FUSE_BUFVEC_INIT(fuse_buf_size(in));

	to.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	to.buf[0].fd = fd;
	to.buf[0].pos = off;
	return fuse_buf_copy(&to, in, 0);
}

/*
 * Pages that were changed by mmap come by any handle of the file, and end
 * where the file ends: not what a descriptor with O_DIRECT takes.
 */
static ssize_t write_page(struct fpfs_inode *node, struct fuse_bufvec *in,
			  off_t off)
{
	int fd = reopen(node, O_WRONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = write_buffered(fd, in, off);
	close(fd);
	return n;
}

void fpfs_op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		  struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_READ);
	struct fuse_bufvec buf = FUSE_BUFVEC_INIT(size);
	int fd = fpfs_file_fd(fs, fpfs_node(fs, ino), fpfs_file(fi));

	if (fd < 0) {
		fuse_reply_err(req, -fd);
		return;
	}
	if (fpfs_file(fi)->flags & O_DIRECT) {
		read_direct(req, fd, size, off);
		return;
	}
	buf.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	buf.buf[0].fd = fd;
	buf.buf[0].pos = off;
	fuse_reply_data(req, &buf, FUSE_BUF_SPLICE_MOVE);
}

void fpfs_op_write_buf(fuse_req_t req, fuse_ino_t ino, struct fuse_bufvec *in,
		       off_t off, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_WRITE);
	int fd = fpfs_file_fd(fs, fpfs_node(fs, ino), fpfs_file(fi));
	struct fpfs_privs privs;
	ssize_t n;

	if (fd < 0) {
		fuse_reply_err(req, -fd);
		return;
	}
	/* From the page cache it is nobody's write; its caller had his turn. */
	privs = fpfs_privs_begin(req, fd, fi->writepage ? FPFS_KEEP :
							 keep_privs(fi));
	if (!(fpfs_file(fi)->flags & O_DIRECT))
		n = write_buffered(fd, in, off);
	else if (fi->writepage)
		n = write_page(fpfs_node(fs, ino), in, off);
	else
		n = write_direct(fd, in, off);
	fpfs_privs_end(privs);
	if (n < 0)
		fuse_reply_err(req, -n);
	else
		fuse_reply_write(req, n);
}

/* --- what needs a descriptor in every mode -------------------------------- */

void fpfs_op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
		   struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_FSYNC);
	int fd = fpfs_file_fd(fs, fpfs_node(fs, ino), fpfs_file(fi));
	int ret = fd < 0 ? fd : 0;

	if (!ret && (datasync ? fdatasync(fd) : fsync(fd)))
		ret = -errno;
	fuse_reply_err(req, -ret);
}

void fpfs_op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off,
		       off_t len, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_FALLOCATE);
	int fd = fpfs_file_fd(fs, fpfs_node(fs, ino), fpfs_file(fi));
	struct fpfs_privs privs;
	int ret = fd < 0 ? fd : 0;

	if (!ret) {
		privs = fpfs_privs_begin(req, fd, FPFS_KEEP_IF_CAPABLE);
		if (fallocate(fd, mode, off, len))
			ret = -errno;
		fpfs_privs_end(privs);
	}
	fuse_reply_err(req, -ret);
}

void fpfs_op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
		   struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_LSEEK);
	int fd = fpfs_file_fd(fs, fpfs_node(fs, ino), fpfs_file(fi));
	off_t pos;

	if (fd < 0) {
		fuse_reply_err(req, -fd);
		return;
	}
	pos = lseek(fd, off, whence);
	if (pos < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_lseek(req, pos);
}

void fpfs_op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			     struct fuse_file_info *fi_in, fuse_ino_t ino_out,
			     off_t off_out, struct fuse_file_info *fi_out,
			     size_t len, int flags)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_COPY_FILE_RANGE);
	int in = fpfs_file_fd(fs, fpfs_node(fs, ino_in), fpfs_file(fi_in));
	int out = fpfs_file_fd(fs, fpfs_node(fs, ino_out), fpfs_file(fi_out));
	struct fpfs_privs privs;
	ssize_t n;

	if (in < 0 || out < 0) {
		fuse_reply_err(req, in < 0 ? -in : -out);
		return;
	}
	privs = fpfs_privs_begin(req, out, FPFS_KEEP_IF_CAPABLE);
	n = copy_file_range(in, &off_in, out, &off_out, len, flags);
	if (n < 0)
		n = -errno;
	fpfs_privs_end(privs);
	if (n < 0)
		fuse_reply_err(req, -n);
	else
		fuse_reply_write(req, n);
}
