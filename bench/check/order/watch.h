/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must hold while tasks change one file through a passthrough mount, and
 * after it: which lock a write asks for and holds at each point where it stops,
 * and that the file is as if one task had come after the other. This is the
 * decision of the series once more, from its description.
 */
#ifndef CHECK_ORDER_WATCH_H
#define CHECK_ORDER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#define ORDER_TASKS	2
#define ORDER_SECTOR	512
#define ORDER_SECTORS	64		/* of a file, at most */
#define ORDER_BYTES	16384		/* of the file before */

/* What a task does: one system call. */
enum order_kind {
	ORDER_WRITE,
	ORDER_TRUNCATE,
	ORDER_CHMOD,
	ORDER_SETCAP,		/* security.capability */
	ORDER_SETFL,		/* of the file of the other task */
};

struct order_op {
	enum order_kind kind;
	uint64_t pos, len;	/* of a write: bytes, multiples of a sector */
	uint64_t size;		/* of a truncate: bytes */
	unsigned int mode;	/* of a chmod */
	int flags;		/* of open(2) for a write; what F_SETFL sets */
};

enum order_server {
	SERVER_FPFS,
	SERVER_NO_PARALLEL,	/* does not ask for parallel writes */
	SERVER_NAIVE,		/* does not ask for HANDLE_KILLPRIV_V2 */
};

struct order_pair {
	const char *name;
	enum order_server server;
	struct order_op op[ORDER_TASKS];
};

/* Where tasks stop: the names are those of kernel-patches/test/points.patch. */
enum order_point {
	AT_USER,		/* before or after the system call */
	AT_DECIDE,		/* before it decides, and with the lock again */
	AT_TRYLOCK,		/* before it takes the exclusive lock, if that is free */
	AT_LOCK,
	AT_LOCK_SHARED,
	AT_WRITE,		/* before the write to the backing file */
	AT_END,			/* before i_size is updated */
	AT_UNLOCK,
	AT_UNLOCK_SHARED,
	AT_SETATTR,		/* before the request to the server */
	AT_REPLY,		/* before the attributes are those of the reply */
	AT_APPLIED,
	ORDER_POINTS
};

enum order_lock { LOCK_FREE, LOCK_SHARED, LOCK_EXCLUSIVE, ORDER_LOCKS };

/* What the kernel says when a task has stopped. */
struct order_stop {
	enum order_point at;
	enum order_lock lock;	/* of the inode, by whomever */
	uint64_t size;		/* i_size */
	unsigned int mode;
	bool nosec;		/* S_NOSEC */
};

/* Parse a line of points. False: it is something else. */
bool order_stop_parse(const char *line, struct order_stop *s);

struct order_task {
	enum order_point at;
	enum order_lock holds;
	int flags;		/* of its file, as of when it began */
	bool upgrades;		/* it has given up the shared lock */
	bool begun, done;
	bool before_other;	/* it was done before the other one had begun */
};

struct order_watch {
	const struct order_pair *pair;
	struct order_task task[ORDER_TASKS];
	int flags[ORDER_TASKS];	/* of the files now */
	struct order_stop now;
	char wrong[200];
};

/* Both tasks are to begin, and the inode is like @now. */
void order_watch_begin(struct order_watch *w, const struct order_pair *pair,
		       const struct order_stop *now);
/*
 * Task @t has taken a step and stopped. Returns NULL, or what must not be: in
 * w->wrong.
 */
const char *order_watch_stopped(struct order_watch *w, int t,
				const struct order_stop *s);
/* Task @t has taken a step and waits for the lock. */
const char *order_watch_waits(struct order_watch *w, int t);
/* The bits of the tasks that are not done. */
unsigned int order_watch_able(const struct order_watch *w);

/* --- what comes out ------------------------------------------------------- */

struct order_file {
	uint64_t size;
	unsigned int mode;
	bool capability;
	/* Who wrote each sector: 'A' or 'B', 'o' before, 0 where nobody has. */
	char sector[ORDER_SECTORS];
};

/* The file before. */
void order_file_begin(struct order_file *f);
/*
 * All tasks are done, the inode is like @now, and the file below the mount like
 * @f. Returns NULL if one task after the other gives that, or what must not be:
 * in w->wrong.
 */
const char *order_watch_ended(struct order_watch *w,
			      const struct order_stop *now,
			      const struct order_file *f);

#endif
