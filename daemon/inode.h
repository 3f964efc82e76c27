/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inode table: one node for each inode that the kernel holds a reference
 * to, found by device and inode number, so that hard links share a node. A
 * node has a descriptor, which pins the inode: its number cannot be given to
 * another file. When descriptors are short, those that nobody holds are closed.
 * Such a node is no longer found by its number alone, which may be another
 * file's by now.
 *
 * No FUSE types and no system calls here: the caller opens descriptors, and its
 * callbacks close and compare them.
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
	uint64_t generation;		/* never the same for two nodes */
	struct fpfs_inode_table *table;	/* NULL: in none */

	/*
	 * O_PATH; O_RDONLY for a directory; -1: closed. Fixed while the node is
	 * held, but for fpfs_inode_reopened(); else atomic.
	 */
	int fd;
	int users;			/* see fpfs_inode_hold(); atomic */
	bool recent;			/* used since the last look; atomic */

	/* The table's; guarded by the lock of the node's shard. */
	struct fpfs_inode *next;
	uint64_t nlookup;
	struct fpfs_inode *ring_next, *ring_prev; /* NULL: closed */
	bool stale;			/* its number is another file's */
	void *handle;			/* the callbacks'; NULL at first */

	/* Open files that may write; atomic. */
	unsigned int nwriters;
	/* The thread that took its file capabilities last, or 0; atomic. */
	pid_t caps_removed_by;

	/* Of the attributes that the kernel got last, nanoseconds; atomic. */
	int64_t shown_ctime;

	/* Guarded by lock. */
	pthread_mutex_t lock;
	int backing_id;			/* 0: not registered */
	off_t dirpos;			/* where fd's directory stream stands */

	/* See lock_owner.h. */
	struct fpfs_lock_owner *lock_owners;
	bool ever_locked;		/* by a POSIX lock; atomic */
	unsigned int nflocked;		/* open files that used flock; atomic */
};

struct fpfs_inode_ops {
	/*
	 * Close what the node holds, before it is freed. Called without locks
	 * held, once for each node that has lost its last reference and its
	 * last user.
	 */
	void (*dispose)(struct fpfs_inode *node, void *arg);
	/*
	 * Close the descriptor of a node that nobody uses, so that it can be
	 * opened again. False if that cannot be.
	 */
	bool (*close)(struct fpfs_inode *node, void *arg);
	/* Is @fd the file of a node that was closed? */
	bool (*same)(const struct fpfs_inode *node, int fd, void *arg);
};

/*
 * NULL if memory is short. Owned by the caller, see fpfs_inode_table_free().
 * @ops must outlive the table.
 */
struct fpfs_inode_table *
fpfs_inode_table_new(const struct fpfs_inode_ops *ops, void *arg);

/* Disposes of every node left, whatever its count. */
void fpfs_inode_table_free(struct fpfs_inode_table *t);

/*
 * The node of (@dev, @ino) with one more reference. NULL if there is none, or
 * if its descriptor is closed: then fpfs_inode_add() finds out.
 */
struct fpfs_inode *fpfs_inode_get(struct fpfs_inode_table *t, dev_t dev,
				  ino_t ino);

/*
 * The node of (@dev, @ino), held, open or closed; NULL if there is none. If it is
 * closed, the number may be another file's by now.
 */
struct fpfs_inode *fpfs_inode_find(struct fpfs_inode_table *t, dev_t dev,
				   ino_t ino);

/* One more reference to @node. */
void fpfs_inode_ref(struct fpfs_inode_table *t, struct fpfs_inode *node);

/*
 * Add a node for (@dev, @ino) with one reference, or get the one
 * that somebody else added meanwhile. *@taken says whether @fd is now the
 * node's; if not, it stays the caller's. NULL if memory is short.
 */
struct fpfs_inode *fpfs_inode_add(struct fpfs_inode_table *t, dev_t dev,
				  ino_t ino, int fd, bool *taken);

/*
 * Until fpfs_inode_release() the descriptor of @node stays open, if it is: the
 * caller looks. And the node is not freed, even if it is forgotten.
 */
void fpfs_inode_hold(struct fpfs_inode *node);
void fpfs_inode_release(struct fpfs_inode *node);

/*
 * Give @fd to @node, which the caller holds and which was closed. False if
 * somebody else was first: @fd stays the caller's.
 */
bool fpfs_inode_reopened(struct fpfs_inode *node, int fd);

/*
 * Close descriptors of nodes that nobody holds and that were not used lately.
 * Looks at a few nodes only, or, if @hard, until it has closed one. Returns how
 * many were closed.
 */
unsigned int fpfs_inode_close_some(struct fpfs_inode_table *t, bool hard);

/*
 * Drop @n references; the last one disposes of the node. A count that is too
 * high drops all that are left, so that the counter cannot wrap. Returns true
 * if the node is gone, at the latest when it is no longer held.
 */
bool fpfs_inode_forget(struct fpfs_inode_table *t, struct fpfs_inode *node,
		       uint64_t n);

/* How many nodes there are. */
size_t fpfs_inode_count(struct fpfs_inode_table *t);

/* A node outside any table, for the root. 0 or -errno. */
int fpfs_inode_init(struct fpfs_inode *node, dev_t dev, ino_t ino, int fd);

#endif
