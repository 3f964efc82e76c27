/* SPDX-License-Identifier: GPL-2.0 */
/* One kernel's samples to results of cells, each by itself. */
#ifndef FPB_CELLRESULT_H
#define FPB_CELLRESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/latency.h"
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

/* The rate, where a quantile of the latency could stand as well. */
#define FPB_RATE	(-1)

/* One cell under one kernel. Rates and ratios, not logarithms. */
struct fpb_cell_result {
	enum fpb_cell_status status;
	unsigned int used, invalid, failed, skipped, missing;
	unsigned int lost;		/* failed because of lost slices */
	char reason[FPB_REASON_MAX];	/* of the first one not used */
	/* By round: the sample that was used, borrowed, or NULL. */
	const struct fpb_sample **samples;
	double ios;			/* of a sample, mean over those used */
	/* By round; NAN: none. If pooled, all but log_iops are NULL. */
	double *log_iops;
	double *log_to_raw;		/* of one fio job, or of one boot */
	double *log_se;			/* of log_to_raw, from its slices */
	double *log_duet;		/* over the run's first kernel */
	double *log_duet_total;
	double *log_early;		/* early in its slices over late */
	/* Geometric mean over the rounds that all kernels have. */
	struct fpb_estimate iops;
	/* Interval simultaneous over numjobs; n = 0 for raw itself. */
	struct fpb_estimate to_raw;
	bool at_par;			/* with raw, within the margin */
	struct fpb_slices_summary slices;
	/* Interval simultaneous over all rows; n = 0 for the baseline. */
	struct fpb_estimate vs_base;
	double p_adjusted;		/* of vs_base, with its family */
	struct fpb_verdict verdict;	/* of vs_base */
	size_t needed;			/* rounds to resolve it; 0: it is */
	struct fpb_latency latency[FPB_COSTS];	/* all 0 if pooled */
	double cpu_ns[FPB_CPU_PARTS];	/* of an I/O, mean over rounds; 0: none */
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

/* A kernel of a run, both borrowed. */
struct fpb_contender {
	const struct fpb_rundata *run;
	size_t kernel;			/* in the run's manifest */
};

/* One kernel, measured in one run or in several. */
struct fpb_side {
	char label[FPB_LABEL_MAX];	/* its name, or what tells it apart */
	struct fpb_contender *sessions;	/* owned; one run after the other */
	size_t nsessions;
	const struct fpb_rundata *run;	/* the first session's */
	size_t kernel;			/* in its manifest */
	unsigned int rounds;		/* of all sessions together */
	unsigned int rounds_due;	/* of these, all but those of other shards */
	unsigned int rounds_done;	/* whose boot ended */
	struct fpb_lock_summary lock;
	struct fpb_cell_result *results;	/* one for each cell */
};

const char *fpb_cell_status_name(enum fpb_cell_status status);
bool fpb_cell_has_number(const struct fpb_cell_result *r);

/*
 * By round, NAN where there is none: the logarithm of the rate (FPB_RATE) or of
 * a quantile of the latency in ns.
 */
const double *fpb_cell_logs(const struct fpb_cell_result *r, int what);

/*
 * Fill @side's results (with room for @ncells) from the samples of its
 * sessions. A round counts for a cell if it has a sample of the cell, or if its
 * boot ended: a cell that an interrupted boot did not reach is not missing. Of
 * several tries and attempts the first good sample counts; samples of a boot
 * that was repeated because the machine was busy never do. Returns 0 or -ENOMEM;
 * fpb_side_free() is safe after both.
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

/* The means of @by_round over each session's rounds; NAN if it has none. */
void fpb_session_means(const struct fpb_side *side, const double *by_round,
		       double *means);

/* How busy the machine was with other work. */
struct fpb_load_summary {
	unsigned int rounds;		/* in which it was measured; 0: none */
	unsigned int repeated;		/* rounds that were, for being busy */
	unsigned int repeats;		/* of these rounds, one or more each */
	double mean, lo, hi;		/* busy CPUs by round */
};

/* Add the rounds of a run to @l, zeroed before the first. */
void fpb_load_add(struct fpb_load_summary *l, const struct fpb_rundata *run);

/* Kernels side by side; everything is borrowed. */
struct fpb_lineup {
	const struct fpb_cell *cells;
	size_t ncells;
	const struct fpb_side *sides;	/* the first is the baseline */
	size_t nsides;
	bool paired;			/* sides share their rounds */
	bool steps;			/* each is compared with the one before */
};

/* The side that @side is compared with; it is not the first one. */
size_t fpb_lineup_base(const struct fpb_lineup *l, size_t side);

/*
 * How many machines share the rounds, and the one that has the round at place
 * @at, from 0; 1 and 0 if sides share no rounds.
 */
size_t fpb_lineup_machines(const struct fpb_lineup *l);
size_t fpb_lineup_machine(const struct fpb_lineup *l, size_t at);

/*
 * The logarithms of side @new over side @old in cell @cell, by round (NAN where
 * there is none): from the slices of a duet, by median or @total. Of the rates
 * only if no round of the cell has slices of a duet. For sides that share their
 * rounds.
 */
void fpb_lineup_differences(const struct fpb_lineup *l, size_t old, size_t new,
			    size_t cell, bool total, double *d);

/*
 * The same of a latency: log(quantile of @new / quantile of @old) of each boot
 * pair. All NAN if the samples of either have too few I/Os to tell it.
 */
void fpb_lineup_latencies(const struct fpb_lineup *l, size_t old, size_t new,
			  size_t cell, enum fpb_quantile q, double *d);

void fpb_side_free(struct fpb_side *side, size_t ncells);

#endif
