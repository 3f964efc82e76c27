/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Owners of POSIX locks.
 *
 * A POSIX lock belongs to an owner, which the kernel names by a number; for
 * F_OFD_SETLK that is the open file. Here each owner of each inode has a
 * descriptor of its own and takes F_OFD_SETLK locks on it, which conflict
 * between descriptors even of one process. An owner ends with the FLUSH that
 * the kernel sends when the file is closed. Since most files are never locked,
 * an open requests FLUSH only if the inode has been locked before. The locks of
 * files opened earlier end when the file is released, or when the process
 * that locked ends, which is watched by a pidfd.
 */
#ifndef FPFS_LOCK_OWNER_H
#define FPFS_LOCK_OWNER_H

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "file.h"
#include "inode.h"

struct fpfs_lock_owner;

/* The owners of all inodes; each inode has a list of its own. */
struct fpfs_lock_owners {
	pthread_mutex_t lock;
	int epoll_fd;	/* readable: fpfs_lock_owners_reap() */
};

/* 0 or -errno. */
int fpfs_lock_owners_init(struct fpfs_lock_owners *owners);
void fpfs_lock_owners_exit(struct fpfs_lock_owners *owners);

/*
 * Get the owner that the kernel calls @id, for process @pid (0: unknown), who
 * uses @file. With @make it is made if it is not there. It stays until
 * fpfs_lock_owner_put(). NULL with -errno in *@err, or 0 if there is none.
 */
struct fpfs_lock_owner *
fpfs_lock_owner_get(struct fpfs_lock_owners *owners, struct fpfs_inode *node,
		    struct fpfs_file *file, uint64_t id, pid_t pid, bool make,
		    int *err);
void fpfs_lock_owner_put(struct fpfs_lock_owners *owners,
			 struct fpfs_lock_owner *owner, struct fpfs_file *file);

/* The descriptor that holds its locks. */
int fpfs_lock_owner_fd(const struct fpfs_lock_owner *owner);

/* Owner @id has closed the file; @file is closed for good. */
void fpfs_lock_owners_flush(struct fpfs_lock_owners *owners,
			    struct fpfs_inode *node, uint64_t id);
void fpfs_lock_owners_release(struct fpfs_lock_owners *owners,
			      struct fpfs_inode *node, struct fpfs_file *file);

/* Processes that held locks have ended: drop their locks. */
void fpfs_lock_owners_reap(struct fpfs_lock_owners *owners);

/* Has @node owners other than @id? */
bool fpfs_lock_owners_others(struct fpfs_lock_owners *owners,
			     struct fpfs_inode *node, uint64_t id);

/*
 * F_GETLK of owner @id, who uses descriptor @fd: @range becomes the lock that
 * is in its way, with its process (0: unknown) or F_UNLCK. 0 or -errno.
 */
int fpfs_lock_owners_test(struct fpfs_lock_owners *owners,
			  struct fpfs_inode *node, uint64_t id, int fd,
			  struct flock *range);

#endif
