/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paired slices, the pure part: which side of a pair runs when, what a job
 * counts in each slice of time, and what a run's slices say about the ratio of
 * the two sides. No clock, no files, no fio: times are arguments, in
 * nanoseconds of any clock that all jobs of the run share.
 *
 * Time is cut into slices of equal length. Slices 2n and 2n+1 make pair n: one
 * belongs to side 0, the other to side 1, in an order drawn for each pair from
 * a seed, so that nothing periodic can fall in step with it. Jobs need not
 * talk to each other: the same clock and seed give the same side.
 *
 * At the end of every slice, also where the side does not change, a job stops
 * submitting and waits until nothing is in flight ("drain"); it counts only
 * what completes after the guard interval at a slice's beginning. A slice in
 * which the drain of any job outlasts the guard is not used.
 */
#ifndef FPB_PAIR_H
#define FPB_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fpb_pair_plan {
	uint64_t slice_ns;
	/* Less than slice_ns. */
	uint64_t guard_ns;
	uint64_t seed;
};

/* Number of the slice that @now_ns is in. */
uint64_t fpb_pair_index(const struct fpb_pair_plan *plan, uint64_t now_ns);

/* Side, 0 or 1, of slice @index. */
unsigned int fpb_pair_side(const struct fpb_pair_plan *plan, uint64_t index);

enum fpb_slice_state {
	FPB_SLICE_OK,
	FPB_SLICE_DRAIN,	/* I/O of the slice before outlasted the guard */
	FPB_SLICE_PARTIAL,	/* the job began or ended inside it */
	FPB_SLICE_RAMP,		/* before the end of the job's ramp time */
	FPB_SLICE_STATES,
};

/* "ok", "drain", "partial", "ramp". */
const char *fpb_slice_state_name(enum fpb_slice_state state);

/* One job's account of one slice. */
struct fpb_slice {
	uint64_t index;
	unsigned int side;
	enum fpb_slice_state state;
	/* From the slice's beginning until nothing older was in flight. */
	uint64_t drain_ns;
	/* Completed between the guard's end and the slice's. */
	uint64_t ios;
	uint64_t bytes;
	/*
	 * When the first and the last of them were seen, from the slice's
	 * beginning, and how many were seen at the first time: completions
	 * come in batches, and a rate is what came after the first batch over
	 * the time since then. 0 if there were none.
	 */
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t first_ios;
	/* All that completed and the CPU time used, guard and drain included. */
	uint64_t all_ios;
	uint64_t cpu_ns;
};

/* A job's slices as they happen. */
struct fpb_pair {
	struct fpb_pair_plan plan;
	/* The current slice's bounds; a job that has none yet is always due. */
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t last_done_ns;
	uint64_t cpu_start_ns;
	struct fpb_slice cur;
	/* Closed slices, in order of their index. */
	struct fpb_slice *slices;
	size_t nr;
	size_t size;
};

/* -EINVAL if the plan is none. Pairs with fpb_pair_exit(). */
int fpb_pair_init(struct fpb_pair *p, const struct fpb_pair_plan *plan);
void fpb_pair_exit(struct fpb_pair *p);

/* True if a new slice has begun: drain, then fpb_pair_next(). */
static inline bool fpb_pair_due(const struct fpb_pair *p, uint64_t now_ns)
{
	return now_ns >= p->end_ns;
}

/*
 * Closes the current slice and begins the one that @now_ns is in. Nothing may
 * be in flight. @cpu_ns is the job's CPU time so far; @ramp says that what
 * follows is not to be used yet. Returns the new slice's side, or -ENOMEM.
 */
int fpb_pair_next(struct fpb_pair *p, uint64_t now_ns, uint64_t cpu_ns,
		  bool ramp);

/*
 * The job is over: closes the current slice, which is partial unless @now_ns
 * is behind its end. 0 or -ENOMEM.
 */
int fpb_pair_finish(struct fpb_pair *p, uint64_t now_ns, uint64_t cpu_ns);

/* @ios transfers of @bytes together were seen to have completed. */
static inline void fpb_pair_count(struct fpb_pair *p, uint64_t now_ns,
				  uint64_t ios, uint64_t bytes)
{
	uint64_t at = now_ns - p->start_ns;

	p->last_done_ns = now_ns;
	p->cur.all_ios += ios;
	if (at < p->plan.guard_ns || now_ns >= p->end_ns || !ios)
		return;
	if (!p->cur.ios) {
		p->cur.first_ns = at;
		p->cur.first_ios = ios;
	}
	p->cur.last_ns = at;
	p->cur.ios += ios;
	p->cur.bytes += bytes;
}

/* The slices of one job, in order of their index, as kept by the caller. */
struct fpb_pair_job {
	const struct fpb_slice *slices;
	size_t nr;
};

/* What one pair measured, over all jobs, index by side. */
struct fpb_pair_obs {
	uint64_t index;
	uint64_t ios[2];
	uint64_t bytes[2];
	/* ios[] less those of the first batch came in this time. */
	uint64_t rate_ios[2];
	uint64_t rate_ns[2];
};

struct fpb_pair_losses {
	/* Slices used, and not used by reason; FPB_SLICE_OK is unused here. */
	uint64_t kept[2];
	uint64_t dropped[2][FPB_SLICE_STATES];
	/* Fine themselves, but a job or the other half of the pair was not. */
	uint64_t orphaned[2];
};

/*
 * Joins the slices of a run's jobs to pairs. A pair is used if both slices
 * are OK in every job. Returns the number of pairs in *@obs (free() it), or
 * -ENOMEM; -EINVAL if the jobs contradict each other.
 */
long fpb_pair_join(const struct fpb_pair_plan *plan,
		   const struct fpb_pair_job *jobs, size_t nr_jobs,
		   struct fpb_pair_obs **obs, struct fpb_pair_losses *losses);

struct fpb_pair_estimate {
	/* I/Os per second of each side, over all pairs. */
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

#endif
