// SPDX-License-Identifier: GPL-2.0
/*
 * Reading directories. There are no handles: the first OPENDIR is answered by
 * ENOSYS, and the kernel then reads by offset and caches the entries. The
 * offsets are the filesystem's own, so they stay valid while names change.
 */
#include "ops_dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inode.h"
#include "lookup.h"
#include "request.h"

struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[];
};

void fpfs_op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	fpfs_begin(req, FPFS_OP_OPENDIR);
	/* The kernel asks once (FUSE_CAP_NO_OPENDIR_SUPPORT). */
	fuse_reply_err(req, ENOSYS);
}

void fpfs_op_releasedir(fuse_req_t req, fuse_ino_t ino,
			struct fuse_file_info *fi)
{
	fpfs_begin(req, FPFS_OP_RELEASEDIR);
	fuse_reply_err(req, 0);
}

void fpfs_op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
		      struct fuse_file_info *fi)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_FSYNCDIR);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);

	if (node)
		fuse_reply_err(req, (datasync ? fdatasync(node->fd) :
						fsync(node->fd)) ? errno : 0);
}

/* Read entries from @off into @buf. Bytes, 0 at the end, or -errno. */
static ssize_t read_entries(struct fpfs_inode *node, off_t off, void *buf,
			    size_t size)
{
	const struct linux_dirent64 *d;
	ssize_t n, i;

	/* All readers of the directory share one descriptor. */
	pthread_mutex_lock(&node->lock);
	if (node->dirpos != off && lseek(node->fd, off, SEEK_SET) < 0) {
		n = -errno;
		goto out_unlock;
	}
	node->dirpos = off;
	n = syscall(SYS_getdents64, node->fd, buf, size);
	if (n < 0)
		n = -errno;
	for (i = 0; i < n; i += d->d_reclen) {
		d = (void *)((char *)buf + i);
		node->dirpos = d->d_off;
	}

out_unlock:
	pthread_mutex_unlock(&node->lock);
	return n;
}

static size_t add_plain(fuse_req_t req, char *out, size_t room,
			const struct linux_dirent64 *d)
{
	struct stat st = {
		.st_ino = d->d_ino,
		.st_mode = DTTOIF(d->d_type),
	};

	return fuse_add_direntry(req, out, room, d->d_name, &st, d->d_off);
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static size_t add_plus(fuse_req_t req, struct fpfs *fs,
		       struct fpfs_inode *node, char *out, size_t room,
		       const struct linux_dirent64 *d, fuse_ino_t *held)
{
	struct fuse_entry_param e = { 0 };

	*held = 0;
	if (fuse_add_direntry_plus(req, NULL, 0, d->d_name, &e, 0) > room)
		return room + 1;
	/* List an entry without attributes if the lookup fails. */
	if (is_dot(d->d_name) || fpfs_lookup(fs, node, d->d_name, &e)) {
		memset(&e, 0, sizeof(e));
		e.attr.st_ino = d->d_ino;
		e.attr.st_mode = DTTOIF(d->d_type);
	}
	*held = e.ino;
	return fuse_add_direntry_plus(req, out, room, d->d_name, &e, d->d_off);
}

/* The shortest entry that getdents64 returns. */
#define MIN_DIRENT	24

/*
 * Fill @out with the entries that getdents64 returned in @in. @held becomes
 * the list of the *@nheld nodes of which the reply hands a reference to the
 * kernel; NULL for entries without attributes. Returns the reply's length.
 */
static size_t fill(fuse_req_t req, struct fpfs *fs, struct fpfs_inode *node,
		   const char *in, ssize_t have, char *out, size_t size,
		   fuse_ino_t *held, size_t *nheld)
{
	const struct linux_dirent64 *d;
	size_t used = 0, n;
	ssize_t i;

	for (i = 0; i < have; i += d->d_reclen) {
		d = (const void *)(in + i);
		n = held ? add_plus(req, fs, node, out + used, size - used, d,
				    &held[*nheld]) :
			   add_plain(req, out + used, size - used, d);
		if (n > size - used)
			break;
		used += n;
		if (held && held[*nheld])
			++*nheld;
	}
	return used;
}

static void read_dir(fuse_req_t req, struct fpfs *fs, fuse_ino_t ino,
		     size_t size, off_t off, bool plus)
{
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	/* Entries with attributes take about five times the space. */
	size_t want = plus ? size / 5 : size, used, nheld = 0;
	fuse_ino_t *held = NULL;
	ssize_t have;
	char *in;

	if (!node)
		return;
	if (want < 1024)
		want = 1024;
	in = malloc(want + size);
	if (plus)
		held = malloc((want / MIN_DIRENT + 1) * sizeof(*held));
	if (!in || (plus && !held)) {
		fuse_reply_err(req, ENOMEM);
		goto out_free;
	}
	have = read_entries(node, off, in, want);
	if (have < 0) {
		fuse_reply_err(req, -have);
		goto out_free;
	}
	used = fill(req, fs, node, in, have, in + want, size, held, &nheld);
	if (fuse_reply_buf(req, in + want, used))
		while (nheld--)
			fpfs_inode_forget(fs->inodes,
					  fpfs_node(fs, held[nheld]), 1);

out_free:
	free(held);
	free(in);
}

void fpfs_op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	read_dir(req, fpfs_begin(req, FPFS_OP_READDIR), ino, size, off, false);
}

void fpfs_op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size,
			 off_t off, struct fuse_file_info *fi)
{
	read_dir(req, fpfs_begin(req, FPFS_OP_READDIRPLUS), ino, size, off,
		 true);
}
