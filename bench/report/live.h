/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a run is and what it has found so far. Nothing is claimed before the
 * end that was fixed beforehand: no verdict, no p, and each number says of how
 * many rounds it is.
 */
#ifndef FPB_LIVE_H
#define FPB_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/summary.h"

/* Texts and the summary are borrowed. */
struct fpb_live {
	unsigned int round, rounds;
	bool at_most;			/* a rule may end the run before */
	size_t done, total;		/* samples */
	unsigned int eta_s;
	const char *now;		/* what is being measured; NULL: nothing */
	/* Of the rounds that are complete; NULL: there is none. */
	const struct fpb_summary *so_far;
};

/*
 * Return lines of at most @width columns, for free(), or NULL if memory is
 * short. ASCII: not every terminal has more.
 *
 * One line: the round, when the run will end, and what is being measured.
 */
char *fpb_live_round(const struct fpb_live *l, size_t width);
/*
 * At most @rows lines: each effect but the control's, and the machine's load.
 * Effects that find no room are counted. "" if there is nothing so far.
 */
char *fpb_live_found(const struct fpb_live *l, size_t width, size_t rows);

#endif
