/* SPDX-License-Identifier: GPL-2.0 */
/* What the FUSE callbacks share: one filesystem, its helpers. */
#ifndef FPFS_FS_H
#define FPFS_FS_H

#define FUSE_USE_VERSION 317	/* FUSE_MAKE_VERSION(3, 17) */

#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "fpfs_ioctl.h"
#include "inode.h"
#include "opts.h"
#include "tsan.h"

struct waiter;

/* What ops_lock.c shares with the main thread. */
struct fpfs_locks {
	pthread_mutex_t lock;
	pthread_cond_t idle;		/* nwaiters is 0 */
	int epoll_fd;			/* readable: fpfs_locks_reap() */
	struct waiter *waiters;
	unsigned int nwaiters;
	bool ending;			/* nobody may wait any more */
};

struct fpfs {
	const struct fpfs_opts *opts;
	struct fuse_session *se;
	struct fpfs_inode root;
	struct fpfs_inode_table *inodes;
	struct fpfs_locks locks;

	/* Set by init(), before any other request is taken up. */
	bool started;
	int init_status;	/* enum fpfs_exit */
	uint64_t granted;	/* FPFS_STATS_* */
};

/* An open file; fi->fh points to it. */
struct fpfs_file {
	int fd;			/* -1 until needed; atomic */
	int flags;		/* of open(2) */
	bool flushes;		/* a FLUSH comes at each close */
	bool flocked;		/* flock was used; atomic */
};

extern const struct fuse_lowlevel_ops fpfs_ops;

/*
 * Set up everything but the session: handle on the source, inode table.
 * 0 or -errno with the reason printed.
 */
int fpfs_init(struct fpfs *fs, const struct fpfs_opts *opts);
void fpfs_exit(struct fpfs *fs);

/* For FPFS_IOC_STATS and SIGUSR1. */
void fpfs_fill_stats(struct fpfs *fs, struct fpfs_stats *st);

/*
 * Register the file behind @fd with the kernel. The id (above 0) or -errno;
 * fpfs_backing_close() gives it back.
 */
int fpfs_backing_open(struct fpfs *fs, int fd);
void fpfs_backing_close(struct fpfs *fs, int id);

/* --- between the files that hold the callbacks --- */

/* Start of every callback: counts the request. */
struct fpfs *fpfs_begin(fuse_req_t req, enum fpfs_opcode op);

struct fpfs_inode *fpfs_node(struct fpfs *fs, fuse_ino_t ino);

static inline fuse_ino_t fpfs_ino(struct fpfs_inode *node)
{
	return (fuse_ino_t)(uintptr_t)node;
}

static inline struct fpfs_file *fpfs_file(const struct fuse_file_info *fi)
{
	return (struct fpfs_file *)(uintptr_t)fi->fh;
}

/* "/proc/self/fd/N" for calls that take no descriptor of an O_PATH file. */
struct fpfs_procpath {
	char s[32];
};

struct fpfs_procpath fpfs_procpath(int fd);

/* How long the kernel may trust @st. Seconds. */
double fpfs_attr_timeout(const struct fpfs *fs, const struct stat *st);

/*
 * Look up @name in @parent; on success @e holds a reference that the reply
 * hands to the kernel. @fresh: it was just made, so it cannot be in the table.
 * 0 or -errno.
 */
int fpfs_lookup(struct fpfs *fs, struct fpfs_inode *parent, const char *name,
		bool fresh, struct fuse_entry_param *e);

/* Make @e for a file whose handle @fd (then the table's) is at hand. */
int fpfs_adopt(struct fpfs *fs, int fd, struct fuse_entry_param *e);

/* Take back what @e holds, when the reply did not reach the kernel. */
void fpfs_unlookup(struct fpfs *fs, const struct fuse_entry_param *e);

/* The descriptor of an open file, opened now if it was not yet; or -errno. */
int fpfs_file_fd(struct fpfs *fs, struct fpfs_inode *node,
		 struct fpfs_file *file);

/*
 * Between begin and end the filesystem below treats the set-uid and set-gid
 * bits of @fd's file as it would for the caller of @req, who may keep them,
 * may not, or may if he has CAP_FSETID (where the kernel does not say).
 */
enum fpfs_keep {
	FPFS_STRIP,
	FPFS_KEEP,
	FPFS_KEEP_IF_CAPABLE,
};

struct fpfs_privs {
	bool fsetid;	/* this thread holds CAP_FSETID */
	bool group;	/* it is in the file's group */
};

struct fpfs_privs fpfs_privs_begin(fuse_req_t req, int fd, enum fpfs_keep keep);
void fpfs_privs_end(struct fpfs_privs p);

/*
 * Between begin and end this thread makes files of @mode as the caller of @req:
 * with his user, group and umask. 0 or -errno; no end after an error.
 */
int fpfs_create_begin(fuse_req_t req, mode_t mode);
void fpfs_create_end(mode_t mode);

/* Is the file behind @fd set-uid or set-gid? */
bool fpfs_has_priv_bits(int fd);

/* 0 or -errno. */
int fpfs_locks_init(struct fpfs_locks *locks);
void fpfs_locks_exit(struct fpfs_locks *locks);
/* Processes that held locks have ended. */
void fpfs_locks_reap(struct fpfs *fs);
/* Send everybody away who waits, and wait until they are gone. */
void fpfs_locks_cancel(struct fpfs_locks *locks);
/* Owner @id has closed the file; @file is closed for good. */
void fpfs_locks_flush(struct fpfs *fs, struct fpfs_inode *node, uint64_t id);
void fpfs_locks_release(struct fpfs *fs, struct fpfs_inode *node,
			struct fpfs_file *file);

/* Callbacks, by file. */
void fpfs_op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fpfs_op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
		    mode_t mode, struct fuse_file_info *fi);
void fpfs_op_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode,
		     struct fuse_file_info *fi);
void fpfs_op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		  struct fuse_file_info *fi);
void fpfs_op_write_buf(fuse_req_t req, fuse_ino_t ino, struct fuse_bufvec *in,
		       off_t off, struct fuse_file_info *fi);
void fpfs_op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fpfs_op_release(fuse_req_t req, fuse_ino_t ino,
		     struct fuse_file_info *fi);
void fpfs_op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
		   struct fuse_file_info *fi);
void fpfs_op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off,
		       off_t len, struct fuse_file_info *fi);
void fpfs_op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
		   struct fuse_file_info *fi);
void fpfs_op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			     struct fuse_file_info *fi_in, fuse_ino_t ino_out,
			     off_t off_out, struct fuse_file_info *fi_out,
			     size_t len, int flags);
void fpfs_op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   struct flock *range);
void fpfs_op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   struct flock *range, int wait);
void fpfs_op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		   int op);
void fpfs_op_opendir(fuse_req_t req, fuse_ino_t ino,
		     struct fuse_file_info *fi);
void fpfs_op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		     struct fuse_file_info *fi);
void fpfs_op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size,
			 off_t off, struct fuse_file_info *fi);
void fpfs_op_releasedir(fuse_req_t req, fuse_ino_t ino,
			struct fuse_file_info *fi);
void fpfs_op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
		      struct fuse_file_info *fi);
void fpfs_op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		      size_t size);
void fpfs_op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		      const char *value, size_t size, int flags);
void fpfs_op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);
void fpfs_op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name);

#endif
