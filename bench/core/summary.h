/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From samples to what a report says: each cell's rate, its ratio to raw and to
 * the baseline kernel, the verdicts, and the evidence for and against the run.
 */
#ifndef FPB_SUMMARY_H
#define FPB_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/cellresult.h"

/* "Same" means within this factor by default. */
#define FPB_MARGIN_DEFAULT	0.05

/* What a family of comparisons came to. */
struct fpb_tally {
	unsigned int compared, faster, slower, same, unclear;
	double lo, hi;			/* range of the estimated ratios */
};

struct fpb_summary {
	struct fpb_cell *cells;
	size_t ncells;
	/* By cell, of all sides together; only iops is estimated. */
	struct fpb_cell_result *pooled;
	struct fpb_side *sides;		/* the first is the baseline */
	size_t nsides;
	bool paired;			/* sides share their rounds */
	double margin;
	struct fpb_tally control;	/* raw against raw */
	struct fpb_tally effect;	/* all other targets */
	/* Comparisons with both intervals; those whose intervals overlap. */
	unsigned int both, agree;
};

/*
 * Summarize every kernel of one run; the first is the baseline. @run must
 * outlive the summary. Returns 0, -ENOMEM, or -E2BIG (too many rounds,
 * core/exact.h).
 */
int fpb_summary_of_run(struct fpb_summary *s, const struct fpb_rundata *run,
		       double margin);

/* A kernel of a run, both borrowed. */
struct fpb_contender {
	const struct fpb_rundata *run;
	size_t kernel;			/* in the run's manifest */
};

/*
 * Summarize @n kernels side by side; the first is the baseline. Kernels of
 * several runs must be comparable (core/compare.h); the cells are those that
 * all plans have. Rounds of separate runs are not pairs, so two-sample
 * estimates are used. Errors as above, and -ENOENT if there is no cell in
 * common.
 */
int fpb_summary_of_kernels(struct fpb_summary *s,
			   const struct fpb_contender *of, size_t n,
			   double margin);

void fpb_summary_free(struct fpb_summary *s);

/* Return the place of the same cell of another target, or -1. */
long fpb_summary_cell(const struct fpb_summary *s, const struct fpb_cell *cell,
		      const char *target);

/* Whether raw differs between the kernels, or a lock is not as expected. */
bool fpb_summary_unproven(const struct fpb_summary *s);

#endif
