// SPDX-License-Identifier: GPL-2.0
/*
 * Operations on the descriptor of an open file. Reads and writes only arrive
 * without passthrough, and for set-uid and set-gid files.
 */
#include "ops_data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "file.h"
#include "privs.h"
#include "procfd.h"
#include "request.h"

/* --- reads and writes ----------------------------------------------------- */

/*
 * If the caller opened a file with O_DIRECT, so does the daemon: the benchmark
 * measures how long the device takes. The buffers of requests are not aligned
 * for it, so the data is copied.
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
 * Pages that were changed by mmap arrive through any handle of the file, and
 * the last one ends at the file's end. O_DIRECT would refuse that length.
 */
static ssize_t write_page(struct fpfs_inode *node, struct fuse_bufvec *in,
			  off_t off)
{
	int fd = fpfs_reopen(node->fd, O_WRONLY);
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
	int fd = fpfs_file_fd(fpfs_node(fs, ino), fpfs_file(fi));

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
	int fd = fpfs_file_fd(fpfs_node(fs, ino), fpfs_file(fi));
	struct fpfs_privs privs;
	ssize_t n;

	if (fd < 0) {
		fuse_reply_err(req, -fd);
		return;
	}
	/* Writeback has no caller: the bits were stripped at the write. */
	privs = fpfs_privs_begin(req, fd, fi->writepage ? FPFS_SUID_KEEP :
							 fpfs_suid_of(fi));
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

/* --- operations that need a descriptor in every mode ---------------------- */

void fpfs_op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
		   struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_FSYNC);
	int fd = fpfs_file_fd(fpfs_node(fs, ino), fpfs_file(fi));
	int ret = fd < 0 ? fd : 0;

	if (!ret && (datasync ? fdatasync(fd) : fsync(fd)))
		ret = -errno;
	fuse_reply_err(req, -ret);
}

void fpfs_op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off,
		       off_t len, struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_FALLOCATE);
	int fd = fpfs_file_fd(fpfs_node(fs, ino), fpfs_file(fi));
	struct fpfs_privs privs;
	int ret = fd < 0 ? fd : 0;

	if (!ret) {
		privs = fpfs_privs_begin(req, fd, FPFS_SUID_IF_CAPABLE);
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
	int fd = fpfs_file_fd(fpfs_node(fs, ino), fpfs_file(fi));
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
	int in = fpfs_file_fd(fpfs_node(fs, ino_in), fpfs_file(fi_in));
	int out = fpfs_file_fd(fpfs_node(fs, ino_out), fpfs_file(fi_out));
	struct fpfs_privs privs;
	ssize_t n;

	if (in < 0 || out < 0) {
		fuse_reply_err(req, in < 0 ? -in : -out);
		return;
	}
	privs = fpfs_privs_begin(req, out, FPFS_SUID_IF_CAPABLE);
	n = copy_file_range(in, &off_in, out, &off_out, len, flags);
	if (n < 0)
		n = -errno;
	fpfs_privs_end(privs);
	if (n < 0)
		fuse_reply_err(req, -n);
	else
		fuse_reply_write(req, n);
}
