// SPDX-License-Identifier: GPL-2.0
/* The table of operations, and those that need few lines. */
#include "ops.h"

#include <errno.h>

#include "fs.h"
#include "kernel_features.h"
#include "ops_attr.h"
#include "ops_data.h"
#include "ops_dir.h"
#include "ops_file.h"
#include "ops_lock.h"
#include "ops_name.h"
#include "ops_xattr.h"
#include "request.h"
#include "stats.h"

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

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct fpfs *fs = userdata;

	fpfs_stats_count(FPFS_OP_INIT, false);
	fs->init_status = fpfs_features_request(fs, conn);
	fs->started = true;
}

static void op_destroy(void *userdata)
{
	fpfs_stats_count(FPFS_OP_DESTROY, false);
}

const struct fuse_lowlevel_ops fpfs_ops = {
	.init = op_init,
	.destroy = op_destroy,
	.lookup = fpfs_op_lookup,
	.forget = fpfs_op_forget,
	.forget_multi = fpfs_op_forget_multi,
	.getattr = fpfs_op_getattr,
	.setattr = fpfs_op_setattr,
	.readlink = fpfs_op_readlink,
	.mknod = fpfs_op_mknod,
	.mkdir = fpfs_op_mkdir,
	.unlink = fpfs_op_unlink,
	.rmdir = fpfs_op_rmdir,
	.symlink = fpfs_op_symlink,
	.rename = fpfs_op_rename,
	.link = fpfs_op_link,
	.statfs = fpfs_op_statfs,
	.access = op_access,
	.ioctl = op_ioctl,
	.bmap = op_bmap,
	.poll = op_poll,
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 18)
	.statx = fpfs_op_statx,
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
