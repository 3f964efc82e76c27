/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples to what a report says: each cell's rate, its ratio to raw and to the
 * baseline kernel, the verdicts, and the evidence for and against the run.
 */
#ifndef FPB_SUMMARY_H
#define FPB_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/rundata.h"
#include "core/stats.h"

/* "Same" means within this factor, unless the user says otherwise. */
#define FPB_MARGIN_DEFAULT	0.05

enum fpb_cell_status {
	FPB_CELL_OK,
	FPB_CELL_PARTIAL,	/* a number, but not from all samples */
	FPB_CELL_INVALID,	/* from here on: no number */
	FPB_CELL_FAILED,
	FPB_CELL_SKIPPED,
	FPB_CELL_MISSING,
};

/* What slices inside the rounds' samples say, beside what the rounds say. */
struct fpb_slices_summary {
	unsigned int n;		/* samples in pairs; 0: the rest is not valid */
	uint64_t slice_ns;	/* of the first of them */
	/*
	 * Of the logarithm of the ratio to raw: its standard error by the
	 * slices of one sample (root of the mean square), and the standard
	 * deviation between the samples (valid if n > 1). They are alike if
	 * nothing but what the slices see differs from boot to boot.
	 */
	double within, between;
};

/* One cell under one kernel. Rates and ratios, not logarithms. */
struct fpb_cell_result {
	enum fpb_cell_status status;
	unsigned int used, invalid, failed, skipped, missing;
	char reason[FPB_REASON_MAX];	/* of the first one not used */
	/* By round; NAN where there is none. The last two: NULL if pooled. */
	double *log_iops;
	double *log_to_raw;		/* of one fio job, or of one boot */
	double *log_se;			/* of log_to_raw, from its slices */
	struct fpb_estimate iops;
	struct fpb_estimate to_raw;	/* n = 0 for raw itself */
	struct fpb_slices_summary slices;
	bool at_par;			/* with raw, within the margin */
	struct fpb_estimate vs_base;	/* n = 0 for the baseline itself */
	/*
	 * to_raw over the baseline's: the same comparison, without what raw
	 * shares with it. n = 0 for the baseline, and for raw.
	 */
	struct fpb_estimate to_raw_vs_base;
	double p_adjusted;		/* of vs_base, with its family */
	enum fpb_verdict verdict;	/* of vs_base */
};

/* Whether direct writes to one file went to the device together. */
struct fpb_lock_summary {
	unsigned int shared, exclusive, unknown;	/* boots */
	double ratio;		/* median of two writers over one; 0: none */
	enum fpb_lock_state expect;
	bool contradicted;	/* some boot says otherwise than expected */
	const char *reason;	/* why unknown; NULL or borrowed */
};

/* "NAME" or "NAME of RUN". */
#define FPB_LABEL_MAX		(2 * FPB_NAME_MAX + 8)

/* One kernel of one run. */
struct fpb_side {
	char label[FPB_LABEL_MAX];	/* its name, or what tells it apart */
	const struct fpb_rundata *run;	/* borrowed */
	size_t kernel;			/* in the run's manifest */
	unsigned int rounds_done;	/* whose boot came to an end */
	struct fpb_lock_summary lock;
	struct fpb_cell_result *results;	/* one for each cell */
};

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
	/* Comparisons that have both intervals, and whose two overlap. */
	unsigned int both, agree;
};

/*
 * Every kernel of one run; the first is the baseline. @run must outlive the
 * summary. Returns 0, -ENOMEM, or -E2BIG (too many rounds, core/exact.h).
 */
int fpb_summary_of_run(struct fpb_summary *s, const struct fpb_rundata *run,
		       double margin);

/* A kernel of a run, both borrowed. */
struct fpb_contender {
	const struct fpb_rundata *run;
	size_t kernel;			/* in the run's manifest */
};

/*
 * @n kernels side by side, the first being the baseline. If they are of
 * several runs, these must be comparable (core/compare.h); the cells are those
 * that all plans have. Rounds of separate runs are not pairs: the two-sample
 * estimates are used. Errors as above, and -ENOENT if there is no cell in
 * common.
 */
int fpb_summary_of_kernels(struct fpb_summary *s,
			   const struct fpb_contender *of, size_t n,
			   double margin);

void fpb_summary_free(struct fpb_summary *s);

/* The place of @cell's like on another target, or -1. */
long fpb_summary_cell(const struct fpb_summary *s, const struct fpb_cell *cell,
		      const char *target);

/* How many numbers a pooled result's log_iops has. */
size_t fpb_pooled_rounds(const struct fpb_summary *s);

const char *fpb_cell_status_name(enum fpb_cell_status status);
bool fpb_cell_has_number(const struct fpb_cell_result *r);

/* Raw differs between the kernels, or a lock is not as expected. */
bool fpb_summary_unproven(const struct fpb_summary *s);

#endif
