/* SPDX-License-Identifier: GPL-2.0 */
/* What the rates of one and of two writers say about the inode lock. Pure. */
#ifndef FPB_LOCK_H
#define FPB_LOCK_H

#include <stdbool.h>

#include "core/result.h"

/*
 * Number of writes in a window. Writes that wait for each other are no faster
 * with two writers than with one: at most one completes per latency of the
 * device, and in a window at most one per writer can have completed earlier and
 * be seen late. So a dense window proves that two writes were in flight, on any
 * machine, however busy.
 */
#define FPB_LOCK_WINDOW		24

/*
 * Writes per second in the densest run of FPB_LOCK_WINDOW of them, from the
 * times, in seconds, at which each had ended; 0 if there are fewer. Sorts @end.
 */
double fpb_lock_best_rate(double *end, size_t n);

/*
 * Above this, in writes per latency, two were in flight. Writes that wait for
 * each other reach WINDOW / (WINDOW - 2 - 1) = 1.14 at most.
 */
#define FPB_LOCK_SHARED_MIN	1.3
/* Up to this, in rates of one writer, there is no sign of two in flight. */
#define FPB_LOCK_EXCLUSIVE_MAX	1.3
/*
 * The absence of a sign means something only where one would be seen: raw XFS,
 * which shares the lock, must have shown two in flight this many times at about
 * the same time.
 */
#define FPB_LOCK_CONTROLS	3

/* Whether the rate of two writers proves that they were in flight together. */
bool fpb_lock_overlaps(double two_writer_iops, uint64_t completion_nsec);

/* What @e's rates say, with so many @controls that showed two in flight. */
enum fpb_lock_state fpb_lock_state(const struct fpb_lock_evidence *e,
				   unsigned int controls);

enum fpb_fcntl {
	FPB_FCNTL_NONE,
	FPB_FCNTL_SET_DIRECT,		/* after an open without it */
	FPB_FCNTL_CLEAR_DIRECT,		/* after an open with it */
};

/* One way to write, whose lock is probed. */
struct fpb_lock_case {
	const char *name;
	int flags;			/* of open(2), beside O_WRONLY */
	enum fpb_fcntl change;
	bool past_eof;			/* each write begins at or beyond EOF */
	bool own_file;			/* each writer has a file of its own */
	bool noparallel;		/* without FOPEN_PARALLEL_DIRECT_WRITES */
	/* What the series' decision table says; unknown for the control. */
	enum fpb_lock_state baseline, patched;
};

/* The decision table; ends with a NULL name. The first is the plain case. */
extern const struct fpb_lock_case fpb_lock_cases[];

const struct fpb_lock_case *fpb_lock_case_find(const char *name);

#endif
