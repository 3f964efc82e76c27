/* SPDX-License-Identifier: GPL-2.0 */
/* What a gate (core/gate.h) makes of everything that a summary compares. */
#ifndef FPB_OUTCOME_H
#define FPB_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "core/summary.h"

/* An effect, or a row: anything but raw. */
struct fpb_judged {
	const struct fpb_summary *s;
	size_t place;			/* of the next one */
	const struct fpb_effect *effect;	/* NULL: a row */
	const struct fpb_cell *cell;	/* of an effect its first */
	size_t side;			/* compared with side 0 */
	const struct fpb_estimate *ratio;	/* n = 0: no number */
	enum fpb_gate_result result;	/* by the gate of the summary */
};

/*
 * Step to the next one, effects before rows: start with a zeroed *@j whose s is
 * set. False after the last.
 */
bool fpb_judged_next(struct fpb_judged *j);

/* Zeroed; then summaries are added. */
struct fpb_outcome {
	unsigned int compared;		/* rows that have a ratio */
	unsigned int regressions, unresolved;	/* effects and such rows */
	bool unproven;			/* fpb_summary_unproven() */
};

void fpb_outcome_add(struct fpb_outcome *o, const struct fpb_summary *s);

#endif
