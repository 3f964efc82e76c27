/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session of "make calibrate-verdicts": a run of two kernels of which one is
 * slower by a planted amount, and what its table says. One line of a file
 * (bench/calibration/README.md), to and from JSON. Pure.
 */
#ifndef FPB_SESSION_H
#define FPB_SESSION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/summary.h"

enum fpb_session_kind {
	FPB_SESSION_SIZING,		/* finds out what a loop costs */
	FPB_SESSION_IDENTICAL,
	FPB_SESSION_PLANTED,
};

/* A verdict as the table prints it. Ratios, not logarithms. */
struct fpb_finding {
	unsigned int numjobs;		/* of a row; 0: the effect */
	size_t n;			/* boot pairs; 0: the rest is not valid */
	bool has_interval;
	double value, lo, hi;
	struct fpb_verdict verdict;
};

#define FPB_SESSION_ROWS	16
#define FPB_SESSION_PAIRS	100

struct fpb_session {
	/* Which one it is. */
	enum fpb_session_kind kind;
	unsigned int percent;		/* of slowdown that are planted */
	bool load;			/* another load beside it */
	uint32_t seed;			/* of the list of sessions */
	unsigned int block;		/* of the list, from 1 */
	/* How it was run. */
	unsigned int loops;
	uint32_t run_seed;
	char date[FPB_NAME_MAX];
	char kernel[2 * FPB_NAME_MAX];	/* source and patches */
	unsigned int cpus;		/* of the machine */
	unsigned int rounds;		/* of its plan */
	/* What came out. */
	int status;			/* exit status of "fpbench run" */
	unsigned int samples, lost;
	unsigned int repeated;		/* rounds, for being busy */
	double foreign_cpus;		/* kept busy by other work */
	struct fpb_finding effect;
	struct fpb_finding rows[FPB_SESSION_ROWS];
	size_t nrows;
	/* Log ratios of the boot pairs of the effect; none if there are more. */
	double pairs[FPB_SESSION_PAIRS];
	size_t npairs;
	/* Where it was read. */
	const char *file;		/* borrowed */
	size_t line;
};

/* Whether both are the same session of one list. */
bool fpb_session_same(const struct fpb_session *a, const struct fpb_session *b);

/* What the table of @s says, into @x; the rest of @x stays. 0 or -ENOMEM. */
int fpb_session_take(struct fpb_session *x, const struct fpb_summary *s);

/* Returns a new object, or NULL: not enough memory. */
json_t *fpb_session_to_json(const struct fpb_session *x);

/* Sessions of several files; zeroed by the caller before the first. */
struct fpb_sessions {
	struct fpb_session *at;		/* owned */
	size_t n;
};

/*
 * Add the sessions in @text, the content of @file. Returns 0, or -errno with
 * the number of the line in *@line and a sentence in @why (FPB_REASON_MAX
 * bytes): -EINVAL if it is damaged or a session of another plan than the first,
 * -EEXIST if it holds a session which is there already, -ENOMEM. The caller
 * frees @all->at in any case.
 */
int fpb_sessions_add(struct fpb_sessions *all, const char *file,
		     const char *text, size_t *line, char *why);

#endif
