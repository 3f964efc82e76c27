/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The correctness suite, the side that runs in the kernel under test. A case
 * is a function in a process of its own: it ends by returning (passed), by
 * check_fail() or by check_skip(). What it pushed on c->undo is taken back
 * either way.
 */
#ifndef FPCHECK_H
#define FPCHECK_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "setup/rig.h"
#include "os/undo.h"

#define KIB		UINT64_C(1024)
#define MIB		(1024 * KIB)
#define BLOCK		UINT64_C(4096)

/* What the kernel under test is, by the test patch's counters or by --expect. */
enum check_kind {
	KIND_ANY,			/* unknown */
	KIND_BASELINE,
	KIND_SERIES,
};

#define CHECK_QUICK	(1 << 0)	/* belongs to the quick set */
#define CHECK_COUNTERS	(1 << 1)	/* says nothing without counters */
#define CHECK_DELAY	(1 << 2)	/* needs the delay between check and lock */
/*
 * Runs in two boots: in the first it calls check_kill_me(), in the second
 * c->phase is 2. c->share is the same folder in both.
 */
#define CHECK_KILL	(1 << 3)

struct check;

struct check_case {
	const char *name;
	/* For the report, in the words of a cover letter. */
	const char *setup, *workload, *lock_path, *validates;
	/* What the series' cover letter says otherwise; or NULL. */
	const char *corrects;
	void (*run)(struct check *c);
	unsigned int flags;
	unsigned int quick_s, full_s;	/* deadlines; 0: 60 and 300 */
	/* Where it is known to fail, and why; ends with a NULL reason. */
	struct {
		enum check_kind kind;
		const char *reason;
	} known[3];
};

extern const struct check_case lock_cases[], hazard_cases[], close_cases[],
			       fault_cases[], load_cases[], diff_cases[];

struct check {
	const struct check_case *k;
	bool full;
	unsigned long seed;
	unsigned int seconds;		/* --time; 0: the case's own */
	int phase;			/* 1, or 2 after the kernel was killed */
	const char *events;
	const char *fio, *daemon, *naive, *work, *share;
	char log[FPB_PATH_MAX];
	char naive_mount[FPB_PATH_MAX];
	enum check_kind kind;
	struct fpb_rig rig;
	struct fpb_undo undo;
	json_t *facts;			/* numbers for the report */
};

/* --- how a case ends ------------------------------------------------------- */

void check_fail(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void check_skip(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
/* Has the kernel under test ended, as by a power cut; does not return. */
void check_kill_me(struct check *c) __attribute__((noreturn));
/* The hazard that the case is about is there: failed, if nothing else does. */
void check_hazard(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Adds to what the report says, once. */
void check_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void check_fact(const char *name, int64_t value);

/* check_fail() unless @cond, with errno. */
#define must(cond)							\
	do {								\
		if (!(cond))						\
			check_fail("%s:%d: %s: %s", __FILE__, __LINE__,	\
				   #cond, strerror(errno));		\
	} while (0)

/* --- the rig (rig.c) ------------------------------------------------------- */

/* What faults do to the rig: XFS and the daemon go and come back. */
void rig_remount(struct check *c);
/* XFS on null_blk and the daemon in the modes of @targets (NULL-terminated). */
void rig_up(struct check *c, uint64_t size_mib, uint64_t completion_nsec,
	    const char *const *targets);
/* The usual one: target fuse alone, no latency. */
void rig_plain(struct check *c, uint64_t size_mib);
/* The same under fpnaive with @option (NULL: none); target "naive". */
void rig_naive(struct check *c, const char *option, uint64_t completion_nsec);
/* Path of a file on "raw" or a target; in one of a few static buffers. */
const char *at(struct check *c, const char *target, const char *name);
uint64_t rig_inflight(struct check *c);	/* I/Os at the device now */
/* Fails if a READ or WRITE reached the daemon since the rig came up. */
void rig_was_passthrough(struct check *c, const char *target);
/* Sets or reads a key of our null_blk; fails the case if it cannot. */
void rig_set(struct check *c, const char *key, const char *value);
uint64_t rig_get(struct check *c, const char *key);
void drop_caches(void);

/* --- the test patch's counters (counters.c) -------------------------------- */

#define COUNTERS_DIR	"/sys/kernel/debug/fuse_passthrough"

struct counters {
	uint64_t exclusive_no_pdw, exclusive_buffered, exclusive_append,
		 exclusive_past_eof, shared, upgraded, exclusive_always;
	/* Of all those: on a set-uid file, with a backing file that appends or
	 * buffers, and asked not to block. */
	uint64_t shared_sxid, shared_backing, nowait;
};

enum check_kind counters_kind(void);
bool counters_have_delay(void);
void counters_reset(struct check *c);
void counters_read(struct check *c, struct counters *n);
uint64_t counters_sum(const struct counters *n);
void counters_delay(unsigned int us);
/*
 * Fails unless @n writes since the reset, and nothing else, took the branch
 * @name (a member of struct counters) on the series, or the only branch that
 * there is on the baseline. Says so where it cannot be known.
 */
void counters_are(struct check *c, const char *name, uint64_t n);

/* --- writers and verification (writers.c) ---------------------------------- */

#define MAX_WRITERS	16

struct writing {
	const char *path;
	int flags;			/* of open(2), beside O_WRONLY */
	int own_flags[MAX_WRITERS];	/* and of writer i */
	size_t bs;			/* a multiple of BLOCK */
	bool random, append;
	bool may_fail;			/* then a writer ends, and no more */
	unsigned int n;			/* processes */
	/* Region of writer i: from + i * stride, of length len. */
	off_t from, stride, len;
	unsigned int ms;		/* so long; 0: the region once */
	/* Set by writers_start(). */
	pid_t pid[MAX_WRITERS];
	struct writers *w;
};

/* Seeds @path with stamps of writer 0, sequence 0, by way of @path. */
void file_fill(const char *path, uint64_t bytes);
void writers_start(struct check *c, struct writing *g);
/* Waits, fails the case if a writer failed; returns the number of writes. */
uint64_t writers_wait(struct check *c, struct writing *g);
/*
 * Each block of @path has a stamp that fits its place and its CRC32C, of the
 * fill or of the last write of one of the writers of that block.
 */
void writers_verify(struct check *c, const struct writing *g, const char *path,
		    uint64_t bytes, bool filled);
/* The same, but for @hole_bytes at @hole. */
void writers_verify_around(struct check *c, const struct writing *g,
			   const char *path, uint64_t bytes, bool filled,
			   uint64_t hole, uint64_t hole_bytes);
/* The same for O_APPEND: each write of each writer once, whole and in order. */
void writers_verify_appended(struct check *c, const struct writing *g,
			     const char *path);
void writers_free(struct writing *g);
/* Writes so far, and the errno by which writer @i ended (0: none). */
uint64_t writers_count(const struct writing *g);
int writers_error(const struct writing *g, unsigned int i);
/* Exact size through both sides. */
void size_is(struct check *c, const char *name, uint64_t bytes);

/* Latency of a device for overlap_is(): long enough for a busy machine. */
#define SLOW_NSEC	40000000

/* --- helpers (helper.c) ---------------------------------------------------- */

/* fork(); the child ends with the case at the latest and must not return. */
pid_t helper(void);
/* Ends those that are left. */
void helpers_end(void);
/* 0 if the child ended with status 0 within @ms, else -errno; it is reaped. */
int helper_wait(pid_t pid, unsigned int ms);
void helper_kill(pid_t pid);
/* Aligned, for O_DIRECT; never fails. */
void *aligned(size_t bytes);
int open_or_fail(const char *path, int flags);
void msleep(unsigned int ms);
/* Runs a command; fails the case unless it ends with status 0. */
void run(struct check *c, const char *const *argv, unsigned int ms);

/* --- writes in flight together (overlap.c) --------------------------------- */

struct one_write {
	const char *path;
	int flags;			/* of open(2), beside O_WRONLY */
	off_t pos;
	size_t len;
	/* If set, called before each attempt. */
	void (*before)(struct check *c);
	/* If set, called once the first writer sleeps on its way to the lock. */
	void (*meanwhile)(struct check *c);
};

enum verdict { UNCLEAR, TOGETHER, APART };

/*
 * Whether @b reaches the device while @a is there: they shared the lock.
 * Never UNCLEAR. Needs a device with latency. Decided by the device's count of
 * I/Os in flight and by the state of the writer, not by the clock.
 */
enum verdict overlap_once(struct check *c, const struct one_write *a,
			  const struct one_write *b);
/*
 * Fails unless @b reaches the device while @a is there (@together),
 * or does not. The log's I/O can only deceive one attempt of three.
 */
void overlap_is(struct check *c, const char *what, bool together,
		const struct one_write *a, const struct one_write *b);

#endif
