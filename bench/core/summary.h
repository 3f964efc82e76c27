/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From samples to what a report says: each cell's rate, its ratio to raw and to
 * the baseline kernel, what is claimed, and the evidence for and against it.
 */
#ifndef FPB_SUMMARY_H
#define FPB_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/effect.h"
#include "core/gate.h"
#include "core/keptcost.h"
#include "core/rows.h"

/* "Within" means within this factor by default. */
#define FPB_MARGIN_DEFAULT	0.05

struct fpb_summary {
	struct fpb_cell *cells;
	size_t ncells;
	/* By cell, of all sides together; only iops is estimated. */
	struct fpb_cell_result *pooled;
	struct fpb_side *sides;		/* the first is the baseline */
	size_t nsides;
	bool paired;			/* sides share their rounds */
	bool steps;			/* each is compared with the one before */
	double margin;
	struct fpb_gate gate;		/* for the caller to set */
	/* The same: what the kernels cost; borrowed, NULL if not known. */
	const struct fpb_keptcost *cost;
	struct fpb_effect *effects;	/* raw's are the control */
	size_t neffects;
	struct fpb_tally control;	/* rows of raw against raw */
	struct fpb_tally rows;		/* of all other targets */
	struct fpb_load_summary load;
};

/*
 * Summarize every kernel of one run; the first is the baseline. @run must
 * outlive the summary. Returns 0, -ENOMEM, or -E2BIG (too many rounds,
 * core/exact.h).
 */
int fpb_summary_of_run(struct fpb_summary *s, const struct fpb_rundata *run,
		       double margin);

/*
 * Summarize @n kernels side by side; the first is the baseline. All kernels of
 * a run whose plan says so are steps instead. Kernels of several runs must be
 * comparable (core/compare.h); the cells are those that all plans have. Of
 * several runs, those of kernels of one name are sessions of one side, unless
 * there are only two. Then the session is what is replicated: what differs
 * between sessions, such as a boot of the machine, differs for all of its
 * rounds. Errors as above, and -ENOENT if there is no cell in common.
 */
int fpb_summary_of_kernels(struct fpb_summary *s,
			   const struct fpb_contender *of, size_t n,
			   double margin);

void fpb_summary_free(struct fpb_summary *s);

/* Return the place of the same cell of another target, or -1. */
long fpb_summary_cell(const struct fpb_summary *s, const struct fpb_cell *cell,
		      const char *target);

/*
 * The logarithms of the rates that a table shows the mean of, by round, or by
 * session if sides share no rounds; NAN where there is none. @v has room for
 * all rounds of @side. Returns how many were written.
 */
size_t fpb_summary_rates(const struct fpb_summary *s, size_t side, size_t cell,
			 double *v);

/* fpb_lineup_base(): the side that @side is compared with. */
size_t fpb_summary_base(const struct fpb_summary *s, size_t side);

/* Whether @e is of all steps together: the last kernel over the first. */
bool fpb_summary_is_whole(const struct fpb_summary *s,
			  const struct fpb_effect *e);

/* fpb_effect_pairs() of the effect with this number. */
ssize_t fpb_summary_pairs(const struct fpb_summary *s, size_t effect,
			  double *log);

/* The @n-th of the runs that its sides were measured in; NULL: no more. */
const struct fpb_rundata *fpb_summary_run(const struct fpb_summary *s,
					  size_t n);

/* How many there are among the cells; of targets, all but raw. */
size_t fpb_summary_regimes(const struct fpb_summary *s);
size_t fpb_summary_workloads(const struct fpb_summary *s);
size_t fpb_summary_targets(const struct fpb_summary *s);

/* Whether raw differs between the kernels, or a lock is not as expected. */
bool fpb_summary_unproven(const struct fpb_summary *s);

#endif
