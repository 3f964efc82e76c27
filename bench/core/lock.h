/* SPDX-License-Identifier: GPL-2.0 */
/* What the rates of one and of two writers say about the inode lock. Pure. */
#ifndef FPB_LOCK_H
#define FPB_LOCK_H

#include <stdbool.h>

#include "core/result.h"

/*
 * Writers that share the lock have twice the rate of one, writers that wait
 * for each other have the same. Between the bounds nothing is claimed.
 */
#define FPB_LOCK_SHARED_MIN	1.6
#define FPB_LOCK_EXCLUSIVE_MAX	1.3

enum fpb_lock_state fpb_lock_state(double one_writer_iops,
				   double two_writer_iops);

enum fpb_fcntl {
	FPB_FCNTL_NONE,
	FPB_FCNTL_SET_DIRECT,		/* after an open without it */
	FPB_FCNTL_CLEAR_DIRECT,		/* after an open with it */
};

/* One way to write, whose lock is asked for. */
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
