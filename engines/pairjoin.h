/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the slices of one fio run say about the ratio of the two sides, all its
 * jobs together. Pure.
 */
#ifndef FPB_PAIRJOIN_H
#define FPB_PAIRJOIN_H

#include "pairfile.h"

/* The slices of one job, in order of their index, as kept by the caller. */
struct fpb_pair_job {
	const struct fpb_slice *slices;
	size_t nr;
};

/* What one pair measured, over all jobs, index by side. */
struct fpb_pair_obs {
	uint64_t index;
	/* So many I/Os came in so much time. */
	uint64_t ios[2];
	uint64_t ns[2];
};

/* Why a slice was not used. */
enum fpb_pair_loss {
	FPB_LOSS_DRAIN,		/* older I/O was in flight for too long */
	FPB_LOSS_PARTIAL,	/* a job began or ended inside it */
	FPB_LOSS_RAMP,		/* a job had ramp time */
	FPB_LOSS_FEW,		/* fewer than three batches: no rate */
	FPB_LOSS_PARTNER,	/* fine itself, but the pair's other half not */
	FPB_LOSSES,
};

struct fpb_pair_tally {
	uint64_t used[2];
	uint64_t lost[2][FPB_LOSSES];
};

/*
 * Joins the slices of a run's jobs to pairs. Returns the number of pairs in
 * *@obs (free() it), or -ENOMEM; -EINVAL if the jobs contradict each other.
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
 * pairs or with a side that completed nothing.
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
 * Joins the files of a run's @nr jobs. Returns 0; or with a sentence in @why
 * (FPB_PAIRFILE_WHY bytes) -ENOMEM, -EINVAL if the files are not of one run,
 * or -ENODATA if too few pairs are left for an estimate: the rest of @r is
 * then filled.
 */
int fpb_pair_result(const struct fpb_pairfile *jobs, size_t nr,
		    struct fpb_pair_result *r, char *why);

/* The sentence for a result of too few pairs, in @why (FPB_PAIRFILE_WHY). */
void fpb_pair_too_few(const struct fpb_pair_result *r, char *why);

/* Slices of both sides that were lost for this reason. */
uint64_t fpb_pair_lost(const struct fpb_pair_tally *tally,
		       enum fpb_pair_loss why);

#endif
