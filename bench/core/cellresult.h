/* SPDX-License-Identifier: GPL-2.0 */
/* One kernel's samples to results of cells, each by itself. */
#ifndef FPB_CELLRESULT_H
#define FPB_CELLRESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/rundata.h"
#include "core/stats.h"

enum fpb_cell_status {
	FPB_CELL_OK,
	FPB_CELL_PARTIAL,	/* a number, but not from all samples */
	FPB_CELL_INVALID,	/* from here on: no number */
	FPB_CELL_FAILED,
	FPB_CELL_SKIPPED,
	FPB_CELL_MISSING,
};

/* What the slices of paired samples say about the spread. */
struct fpb_slices_summary {
	unsigned int n;		/* samples in pairs; 0: the rest is not valid */
	uint64_t slice_ns;	/* of the first of them */
	/*
	 * Of the logarithm of the ratio to raw: its standard error within a
	 * sample, estimated from the slices (root of the mean square), and its
	 * standard deviation between samples (valid if n > 1). The two are
	 * equal if boots differ by no more than slices do.
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
	 * to_raw over the baseline's: the same comparison, without the drift
	 * that raw shares. n = 0 for the baseline, and for raw.
	 */
	struct fpb_estimate to_raw_vs_base;
	double p_adjusted;		/* of vs_base, with its family */
	enum fpb_verdict verdict;	/* of vs_base */
};

/* Whether parallel direct writes to one file take the inode lock shared. */
struct fpb_lock_summary {
	unsigned int shared, exclusive, unknown;	/* boots */
	double ratio;		/* median of two writers over one; 0: none */
	enum fpb_lock_state expect;
	bool contradicted;	/* by a boot that took it otherwise */
	const char *reason;	/* why unknown; NULL or borrowed */
};

/* "NAME" or "NAME of RUN". */
#define FPB_LABEL_MAX		(2 * FPB_NAME_MAX + 8)

/* One kernel of one run. */
struct fpb_side {
	char label[FPB_LABEL_MAX];	/* its name, or what tells it apart */
	const struct fpb_rundata *run;	/* borrowed */
	size_t kernel;			/* in the run's manifest */
	unsigned int rounds_done;	/* whose boot ended */
	struct fpb_lock_summary lock;
	struct fpb_cell_result *results;	/* one for each cell */
};

const char *fpb_cell_status_name(enum fpb_cell_status status);
bool fpb_cell_has_number(const struct fpb_cell_result *r);

/*
 * Fill @side's results (with room for @ncells) from its run's samples. A
 * round counts for a cell if it has a sample of the cell, or if its boot ended:
 * a cell that an interrupted boot did not reach is not missing. Of repeated
 * attempts the first good sample counts. Returns 0 or
 * -ENOMEM; fpb_side_free() is safe after both.
 */
int fpb_side_collect(struct fpb_side *side, const struct fpb_cell *cells,
		     size_t ncells);

/*
 * Pool all sides' results of one cell, without estimates: @pooled's log_iops
 * holds every side's rounds, one side after the other, fpb_pooled_rounds() in
 * all. Returns 0 or -ENOMEM.
 */
int fpb_cell_pool(const struct fpb_side *sides, size_t nsides, size_t cell,
		  struct fpb_cell_result *pooled);
size_t fpb_pooled_rounds(const struct fpb_side *sides, size_t nsides);

void fpb_side_free(struct fpb_side *side, size_t ncells);

#endif
