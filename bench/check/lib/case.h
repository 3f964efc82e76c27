/* SPDX-License-Identifier: GPL-2.0 */
/* A case, as a row of a table, and what its function is given. */
#ifndef CHECK_CASE_H
#define CHECK_CASE_H

#include <stdbool.h>

#include "check/lib/counters.h"
#include "os/undo.h"
#include "setup/rig.h"

#define CHECK_QUICK	(1 << 0)	/* belongs to the quick set */
#define CHECK_COUNTERS	(1 << 1)	/* needs counters */
#define CHECK_DELAY	(1 << 2)	/* needs the delay before the lock */
/*
 * Runs in two boots with the same c->share: the first time it ends with
 * check_power_cut(), the second time c->phase is 2.
 */
#define CHECK_POWER_CUT	(1 << 3)
#define CHECK_MENDED	(1 << 4)	/* what is known does not hold beyond */
#define CHECK_POINTS	(1 << 5)	/* needs the points of points.h */

struct check_context;

struct check_case {
	const char *name;
	/* For the report, as in a cover letter. */
	const char *setup, *workload, *lock_path, *validates;
	/* Where the series' cover letter says otherwise; or NULL. */
	const char *corrects;
	void (*run)(struct check_context *c);
	const void *variant;		/* for run(), as c->row->variant */
	unsigned int flags;
	unsigned int full_s;		/* deadline of a full run; 0: as of a quick one */
	/*
	 * Where it is known to fail, and why; ends with a NULL reason. What
	 * holds for the series holds beyond it, without CHECK_MENDED.
	 */
	struct {
		enum check_kernel kernel;
		const char *reason;
	} known[3];
	/*
	 * Why lockdep is known to complain where the case passes; or NULL. With
	 * CHECK_MENDED it does not beyond the series.
	 */
	const char *lockdep;
};

struct check_context {
	const struct check_case *row;
	enum check_kernel kernel;
	bool full;			/* the sizes of the cover letter */
	unsigned long seed;
	unsigned int seconds;		/* --time; 0: the case's own */
	const char *schedule;		/* --schedule; NULL: all */
	int phase;			/* 1, or 2 after the power cut */
	const char *fio, *daemon, *naive;	/* programs */
	const char *work;		/* folder for mounts */
	const char *share;		/* folder that outlives this kernel */
	const char *events;		/* file for the runner's events */
	char log[FPB_PATH_MAX];		/* output of programs */
	/* Set up by mounts.h; a case may set options in it before that. */
	struct fpb_rig rig;
	char naive_mount[FPB_PATH_MAX];
	/* Undone when the case ends, however it ends. */
	struct fpb_undo undo;
};

/* Ask for this kernel to be killed, as if by a power cut. Does not return. */
void check_power_cut(const struct check_context *c) __attribute__((noreturn));

#endif
