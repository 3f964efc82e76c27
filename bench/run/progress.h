/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a run is, how long it will take, and what it has found so far: kept up
 * to date on a terminal, and in a log once for each round.
 */
#ifndef FPB_PROGRESS_H
#define FPB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/summary.h"

struct fpb_progress {
	size_t total, done;		/* samples */
	size_t at_start;		/* that a resumed run had already */
	uint64_t started_ms;		/* by fpb_now_ms() */
	uint64_t repeated_ms;		/* since, in repeated rounds */
	uint64_t planned_ms;		/* of measuring */
	size_t per_boot;		/* samples of kernels that boot together */
	/* Boots that came up, in all that counts; since when one boots, or 0 */
	size_t boots;
	uint64_t boots_ms, booting_ms;
	unsigned int round;		/* the current one, by its number in the plan */
	unsigned int nth, rounds;	/* which one of ours that is; of how many */
	bool at_most;			/* a rule may end the run before */
	uint64_t max_ms;		/* for the rest; 0: no limit */
	/* Of the rounds before it; owned. */
	struct fpb_rundata data;
	struct fpb_summary so_far;
	bool has_so_far;
	char *found;			/* as lines of this terminal; or NULL */
	size_t columns, rows;
};

/*
 * Seconds until the end if it is @now_ms: from what this run has taken so far,
 * from the plan until there is enough, and each boot as long as those before it,
 * or as the first has taken so far. What was repeated does not make the rest
 * longer, but it is time that has been used up.
 */
unsigned int fpb_progress_eta(const struct fpb_progress *p, uint64_t now_ms);

/*
 * The round @round of the run in @dir begins, or goes on, as the @nth that is
 * measured: sums up those before it. Pairs with fpb_progress_end(). @p must stay
 * where it is.
 */
void fpb_progress_round(struct fpb_progress *p, const char *dir,
			unsigned int round, unsigned int nth);

/* Kernels boot; and they are up. */
void fpb_progress_booting(struct fpb_progress *p);
void fpb_progress_booted(struct fpb_progress *p);

/* What happens now. Not for a log. */
void fpb_progress_show(struct fpb_progress *p, const char *kernel,
		       const char *what);

/* Takes everything off the terminal. */
void fpb_progress_end(struct fpb_progress *p);

#endif
