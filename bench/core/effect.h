/* SPDX-License-Identifier: GPL-2.0 */
/* The effects of kernels side by side whose cells have been collected. */
#ifndef FPB_EFFECT_H
#define FPB_EFFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/cellresult.h"
#include "core/machines.h"

/* An effect needs this many boot pairs, or FPB_SESSIONS_MIN of each kernel. */
#define FPB_EFFECT_ROUNDS_MIN	9

/*
 * One number for a regime, workload, target and kernel: the kernel over another
 * one, as the mean of the log ratios of all rows (numjobs).
 */
struct fpb_effect {
	const struct fpb_cell *first;	/* its regime, workload and target */
	size_t side, base;		/* compared with side base */
	unsigned int jobs_lo, jobs_hi;	/* of the rows that count */
	unsigned int rows, rows_left_out;
	unsigned int rounds_left_out;	/* that lack most of the rows */
	double alpha;			/* of the interval */
	struct fpb_estimate ratio;	/* not a logarithm; n: boot pairs */
	struct fpb_verdict verdict;
	size_t needed;			/* boot pairs to resolve it; 0: it is */
	size_t lacking;			/* boot pairs until there is one */
	/*
	 * By totals of the slices rather than by their median: the same if no
	 * kernel stalls. n = 0 without a duet.
	 */
	struct fpb_estimate total;
	bool total_differs;		/* significantly, at alpha */
	/*
	 * The rate early in a slice over that late, of side base and of this
	 * one: not 1 if the slices are too short. n = 0 without slices.
	 */
	struct fpb_estimate early[2];
	/* Geometric mean of the rows' ratios to raw, of both; 0: none. */
	double to_raw[2];
	struct fpb_latency_effect latency[FPB_COSTS];
	/*
	 * Of a run of several machines: what each of them says; owned. NULL: it
	 * has one. And how far they differ beyond noise (core/machines.h).
	 */
	struct fpb_machine_effect *machines;
	double spread;
};

/* Whether such a rate differs: significantly, and by 2 % at least. */
bool fpb_effect_early_differs(const struct fpb_estimate *early);

/* Whether an effect is the control: of raw. */
bool fpb_effect_is_control(const struct fpb_effect *e);

/*
 * The level that all effects but the control's share, by the rule that ends their
 * run: on the width of intervals, on their side with this risk (core/looks.h; 0:
 * no such rule), or neither.
 */
double fpb_effects_alpha(bool width, double side_risk);
double fpb_effects_alpha_of(const struct fpb_manifest *m);

/* The fewest rounds that give an effect an interval at level 1 - @alpha. */
size_t fpb_effect_rounds_min(double alpha);

/*
 * How many effects share the level of a run: one of each kernel but the first in
 * each regime, workload and target but raw. Raw's are the control. In @steps
 * (struct fpb_lineup) of more than two kernels there is one more: the last over
 * the first.
 */
size_t fpb_effects_count(const struct fpb_cell *cells, size_t ncells,
			 size_t nkernels, bool steps);

/*
 * Fill *@effects: for each round the mean log ratio of all rows, then centre
 * and interval over rounds (core/stats.h) at FPB_ALPHA_EFFECT, shared over the
 * effects by Bonferroni; those of raw share another. Which rows count, and what
 * a round comes to that lacks some of them: core/matrix.h; a lost sample costs
 * no boot pair. Of separate sessions: for each session the mean log rate of the
 * rows that all have, then the shift between the kernels' sessions.
 *
 * The latencies are estimated in the same way, but are a family of their own:
 * all effects' quantiles share FPB_ALPHA_EFFECT, raw's another.
 *
 * If machines share the rounds, each is a block: only boot pairs of one machine
 * are ranked with each other.
 *
 * Needs the rows' ratios to raw (core/rows.h). Returns 0, -ENOMEM or -E2BIG; the
 * caller frees *@effects in any case, by fpb_effects_free().
 */
int fpb_effects_fill(const struct fpb_lineup *l, double margin,
		     struct fpb_effect **effects, size_t *neffects);
void fpb_effects_free(struct fpb_effect *effects, size_t neffects);

/*
 * The log ratios of boot pairs that the interval of @e is made of, into @log,
 * which has room for a number for each round. Returns how many there are, none
 * if rounds are not what is replicated; or -ENOMEM.
 */
ssize_t fpb_effect_pairs(const struct fpb_lineup *l, const struct fpb_effect *e,
			 double *log);

#endif
