/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paired slices, the pure part: which side of a pair runs when, and what a job
 * counts in each slice of time. No clock, no files, no fio: times are
 * arguments, in nanoseconds of any clock that all jobs of the run share.
 *
 * Time is cut into slices of equal length, and slices into blocks. With one
 * kernel, slices 2n and 2n+1 are block n, a pair: one belongs to side 0, the
 * other to side 1. With several kernels that are measured at the same time
 * ("lanes"), a block has one slice for each lane, all of the same side: side 1
 * in every raw_every-th block, from a place drawn from the seed on, else 0. The
 * order in a block is drawn for each block from a seed, so that nothing
 * periodic can fall in step with it. Jobs need not talk to each other: the same
 * clock and seed give the same lane and side.
 *
 * At the end of every slice, also where the side does not change, a job stops
 * submitting and waits until nothing is in flight ("drain"). A slice counts
 * from a little after the moment at which the last job's drain has ended and the
 * guard has passed (pairjoin.c); if half of the slice had passed before the drain
 * had ended, it is not used.
 */
#ifndef FPB_PAIR_H
#define FPB_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FPB_PAIR_LANES	16

struct fpb_pair_plan {
	uint64_t slice_ns;
	/* At most a quarter of slice_ns. */
	uint64_t guard_ns;
	uint64_t seed;
	/* 0 and 1: one kernel. At most FPB_PAIR_LANES. */
	uint32_t lanes;
	/* With two lanes and more; 0: side 1 never runs. */
	uint32_t raw_every;
};

/* Number of the slice that @now_ns is in. */
uint64_t fpb_pair_index(const struct fpb_pair_plan *plan, uint64_t now_ns);

/* Slices in a block: one for each lane, or a pair if there is only one. */
unsigned int fpb_pair_block(const struct fpb_pair_plan *plan);

/* Lane that slice @index belongs to; always 0 if there is only one. */
unsigned int fpb_pair_lane(const struct fpb_pair_plan *plan, uint64_t index);

/* Side, 0 or 1, of slice @index. */
unsigned int fpb_pair_side(const struct fpb_pair_plan *plan, uint64_t index);

/* Why a job's slice cannot be used, whatever the other jobs did. */
enum fpb_slice_state {
	FPB_SLICE_OK,
	FPB_SLICE_PARTIAL,	/* the job ran in a part of it only */
	FPB_SLICE_RAMP,		/* before the end of the job's ramp time */
	FPB_SLICE_STATES,
};

/* "ok", "partial", "ramp". */
const char *fpb_slice_state_name(enum fpb_slice_state state);

/*
 * A slice is accounted for in bins of equal length: only when the accounts of
 * all jobs are there is it known from where on it counts.
 */
#define FPB_SLICE_BINS	16

struct fpb_bin {
	uint64_t ios;
	/*
	 * When the last of them were seen, from the slice's beginning. Batches
	 * make a count in a window of time jump: a rate is what came after one
	 * batch, over the time from that batch to the last.
	 */
	uint64_t last_ns;
};

/* One job's account of one slice. */
struct fpb_slice {
	uint64_t index;
	unsigned int side;
	enum fpb_slice_state state;
	/* From the slice's beginning until nothing older was in flight. */
	uint64_t drain_ns;
	/* Completed by the slice's end, also in the drain; CPU time in it. */
	uint64_t ios;
	uint64_t bytes;
	uint64_t cpu_ns;
	/* Completed when it was seen, drain excluded. */
	struct fpb_bin bins[FPB_SLICE_BINS];
};

/* A job's slices as they happen. */
struct fpb_pair {
	struct fpb_pair_plan plan;
	unsigned int lane;
	/* The current slice's bounds; a job that has none yet is always due. */
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t bin_ns;
	uint64_t last_done_ns;
	uint64_t cpu_start_ns;
	struct fpb_slice cur;
	/* Closed slices, in order of their index. */
	struct fpb_slice *slices;
	size_t nr;
	size_t size;
};

/* -EINVAL if the plan or the lane is not valid. Pairs with fpb_pair_exit(). */
int fpb_pair_init(struct fpb_pair *p, const struct fpb_pair_plan *plan,
		  unsigned int lane);
void fpb_pair_exit(struct fpb_pair *p);

/* True if a new slice has begun: drain, then fpb_pair_next(). */
static inline bool fpb_pair_due(const struct fpb_pair *p, uint64_t now_ns)
{
	return now_ns >= p->end_ns;
}

/*
 * When the slice begins in which the job goes on, now that nothing is in
 * flight: the one that @now_ns is in, or the next one of the job's lane.
 */
uint64_t fpb_pair_wake(const struct fpb_pair *p, uint64_t now_ns);

/*
 * Closes the current slice and begins the one that @now_ns is in. Nothing may
 * be in flight. Slices between the two, such as other lanes', are accounted
 * for with no I/O. @cpu_ns is the job's CPU time so far; @ramp says that what
 * follows is not to be used yet. Returns the new slice's side, or -ENOMEM.
 */
int fpb_pair_next(struct fpb_pair *p, uint64_t now_ns, uint64_t cpu_ns,
		  bool ramp);

/*
 * The job is over: closes the current slice, which is partial unless @now_ns
 * is behind its end. 0 or -ENOMEM.
 */
int fpb_pair_finish(struct fpb_pair *p, uint64_t now_ns, uint64_t cpu_ns);

/*
 * The job stops for something that is no I/O: whatever it does in the rest of
 * the current slice, the slice cannot be used. If it takes longer than that,
 * the next fpb_pair_count() makes it a drain of the slices that follow.
 */
static inline void fpb_pair_pause(struct fpb_pair *p)
{
	if (p->cur.state == FPB_SLICE_OK)
		p->cur.state = FPB_SLICE_PARTIAL;
}

/* @ios transfers of @bytes together were seen to have completed. */
static inline void fpb_pair_count(struct fpb_pair *p, uint64_t now_ns,
				  uint64_t ios, uint64_t bytes)
{
	uint64_t at = now_ns - p->start_ns;
	struct fpb_bin *bin;

	p->last_done_ns = now_ns;
	p->cur.ios += ios;
	p->cur.bytes += bytes;
	if (now_ns >= p->end_ns || !ios)
		return;
	bin = &p->cur.bins[at / p->bin_ns];
	bin->ios += ios;
	bin->last_ns = at;
}

#endif
