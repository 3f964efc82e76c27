/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inode table: one node for each inode that the kernel holds a reference
 * to, found by device and inode number, so that hard links share a node. A
 * node keeps a descriptor open, which pins the inode: its number cannot be
 * given to another file while the node lives.
 *
 * No FUSE types and no system calls here: the caller opens handles, and its
 * callback closes them.
 */
#ifndef FPFS_INODE_H
#define FPFS_INODE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct fpfs_lock_owner;

struct fpfs_inode {
	/* Fixed while the node lives. */
	dev_t dev;
	ino_t ino;
	int fd;				/* O_PATH; O_RDONLY for a directory */
	uint64_t generation;		/* never the same for two nodes */

	/* The table's; guarded by the lock of the node's shard. */
	struct fpfs_inode *next;
	uint64_t nlookup;

	/* Open files that may write; atomic. */
	unsigned int nwriters;
	/* The thread that took its file capabilities last, or 0; atomic. */
	pid_t caps_removed_by;

	/* Guarded by lock. */
	pthread_mutex_t lock;
	int backing_id;			/* 0: not registered */
	off_t dirpos;			/* where fd's directory stream stands */

	/* See lock_owner.h. */
	struct fpfs_lock_owner *lock_owners;
	bool ever_locked;		/* by a POSIX lock; atomic */
	unsigned int nflocked;		/* open files that used flock; atomic */
};

struct fpfs_inode_table;

/*
 * @dispose is called without locks held, once for each node that loses its
 * last reference, before it is freed; it closes what the node holds.
 * NULL if memory is short. Owned by the caller, see fpfs_inode_table_free().
 */
struct fpfs_inode_table *
fpfs_inode_table_new(void (*dispose)(struct fpfs_inode *node, void *arg),
		     void *arg);

/* Disposes of every node left, whatever its count. */
void fpfs_inode_table_free(struct fpfs_inode_table *t);

/* The node of (@dev, @ino) with one more reference, or NULL. */
struct fpfs_inode *fpfs_inode_get(struct fpfs_inode_table *t, dev_t dev,
				  ino_t ino);

/*
 * Add a node for (@dev, @ino) with one reference, or get the one
 * that somebody else added meanwhile. *@taken says whether @fd is now the
 * node's; if not, it stays the caller's. NULL if memory is short.
 */
struct fpfs_inode *fpfs_inode_add(struct fpfs_inode_table *t, dev_t dev,
				  ino_t ino, int fd, bool *taken);

/*
 * Drop @n references; the last one disposes of the node. A count that is too
 * high drops all that are left, so that the counter cannot wrap. Returns true
 * if the node is gone.
 */
bool fpfs_inode_forget(struct fpfs_inode_table *t, struct fpfs_inode *node,
		       uint64_t n);

/* How many nodes there are. */
size_t fpfs_inode_count(struct fpfs_inode_table *t);

/* A node outside any table, for the root. 0 or -errno. */
int fpfs_inode_init(struct fpfs_inode *node, dev_t dev, ino_t ino, int fd);

#endif
