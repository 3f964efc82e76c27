/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What slices say, all jobs of a run together: about the ratio of the two sides
 * of one kernel, and about the ratio of kernels that took turns. Pure.
 */
#ifndef FPB_PAIRJOIN_H
#define FPB_PAIRJOIN_H

#include "pairfile.h"

/* The slices of one job, in order of their index, as kept by the caller. */
struct fpb_pair_job {
	const struct fpb_slice *slices;
	size_t nr;
	unsigned int lane;
};

/*
 * What one pair measured, over all jobs, index by side. Of a lane: what a group
 * of raw_every blocks did, a side of which may be 0.
 */
struct fpb_pair_obs {
	uint64_t index;
	/* I/Os, and the time in which they came. */
	uint64_t ios[2];
	uint64_t ns[2];
};

/* Why a slice was not used. */
enum fpb_pair_loss {
	FPB_LOSS_DRAIN,		/* older I/O was in flight for too long */
	FPB_LOSS_PARTIAL,	/* a job began or ended inside it */
	FPB_LOSS_RAMP,		/* a job had ramp time */
	FPB_LOSS_FEW,		/* fewer than three batches: no rate */
	FPB_LOSS_PARTNER,	/* fine itself, but another of its block not */
	FPB_LOSSES,
};

/*
 * Whether a side runs at another rate right after the switch: the first third
 * of the bins that count against the last, in slices that were used and have
 * two batches in each. Mean of the log ratio, and its standard error. If
 * exp(log_mean) is not 1, the slices are too short.
 */
struct fpb_pair_early {
	uint64_t slices;
	double log_mean, log_se;
};

struct fpb_pair_tally {
	/* Slices, by side. */
	uint64_t used[2];
	uint64_t lost[2][FPB_LOSSES];
	struct fpb_pair_early early[2];
};

/*
 * Joins the slices of a kernel's jobs to pairs, or, if it is one of several
 * lanes, to groups of blocks. Returns their number in *@obs (free() it), or
 * -ENOMEM; -EINVAL if the jobs contradict each other.
 */
long fpb_pair_join(const struct fpb_pair_plan *plan,
		   const struct fpb_pair_job *jobs, size_t nr_jobs,
		   struct fpb_pair_obs **obs, struct fpb_pair_tally *tally);

struct fpb_pair_estimate {
	/* What each side completed in all pairs, in how much time; the rate. */
	uint64_t ios[2], ns[2];
	double iops[2];
	/* iops[0] / iops[1], and its standard error on the log scale. */
	double ratio;
	double log_se;
	/* The 95 % interval, by the t distribution with pairs - 1. */
	double lo, hi;
	size_t pairs;
};

/*
 * Ratio of totals, with the delete-one-pair jackknife's standard error
 * (Efron 1982, ch. 3) of its logarithm. It takes the pairs as independent:
 * noise that lasts longer than a pair hits both of its halves and cancels,
 * which is the point of pairing. Returns 0, or -EINVAL with less than three
 * pairs or with a side that completed nothing: totals, rates and, if there are
 * two, their ratio are filled then as well, the rest is 0.
 */
int fpb_pair_estimate(const struct fpb_pair_obs *obs, size_t nr,
		      struct fpb_pair_estimate *est);

/* A fio run's slices, joined; the estimate only if there are enough. */
struct fpb_pair_result {
	struct fpb_pair_plan plan;
	struct fpb_pair_tally tally;
	size_t pairs;
	struct fpb_pair_estimate est;
};

/*
 * Joins the files of a kernel's @nr jobs. Returns 0; or with a sentence in @why
 * (FPB_PAIRFILE_WHY bytes) -ENOMEM, -EINVAL if the files are not of one run and
 * kernel, or -ENODATA if too few pairs are left for an estimate: the rest of @r
 * is then filled.
 * Of one of several lanes three slices of side 0 are enough. Ratio, log_se, lo
 * and hi are 0 if there is too little of side 1 for them. Drains of other
 * lanes' jobs are not seen: fpb_duet_result() compares kernels.
 */
int fpb_pair_result(const struct fpb_pairfile *jobs, size_t nr,
		    struct fpb_pair_result *r, char *why);

/* The sentence for a result of too few pairs, in @why (FPB_PAIRFILE_WHY). */
void fpb_pair_too_few(const struct fpb_pair_result *r, char *why);

/* What one of several kernels did in the blocks that could be used. */
struct fpb_duet_lane {
	/*
	 * Log of the ratio to lane 0: Hodges-Lehmann estimate over blocks
	 * (median of Walsh averages), of the totals, and the standard deviation
	 * of the blocks'. Stalls are in the totals, while a median leaves them
	 * out. All 0 for lane 0.
	 */
	double log_ratio, log_total, log_sd;
	uint64_t ios, ns;
	double iops;
	/* Slices of this lane and side. */
	uint64_t used;
	uint64_t lost[FPB_LOSSES];
	struct fpb_pair_early early;
};

struct fpb_duet_result {
	struct fpb_pair_plan plan;
	unsigned int side;
	/* The same for all lanes: every slice of a block can be used, or none. */
	size_t blocks;
	/* Of these, plan.lanes are filled. */
	struct fpb_duet_lane lanes[FPB_PAIR_LANES];
};

/*
 * Compares the kernels of a run in the blocks of @side. @files are those of all
 * jobs of all lanes, in any order; a slice counts from the moment at which the
 * last job of any lane has drained. Returns 0; or with a sentence in @why
 * (FPB_PAIRFILE_WHY bytes) -ENOMEM, -EINVAL if the files are not of one run or a
 * lane has none, or -ENODATA if fewer than three blocks are left: the rest of
 * @r is then filled.
 */
int fpb_duet_result(const struct fpb_pairfile *files, size_t nr,
		    unsigned int side, struct fpb_duet_result *r, char *why);

/* Slices of both sides that were lost for this reason. */
uint64_t fpb_pair_lost(const struct fpb_pair_tally *tally,
		       enum fpb_pair_loss why);

#endif
