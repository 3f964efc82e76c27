/* SPDX-License-Identifier: GPL-2.0 */
/* Which results fail a comparison, so that a script can act on them. Pure. */
#ifndef FPB_GATE_H
#define FPB_GATE_H

#include <stdbool.h>

#include "core/stats.h"

/* Zeroed: nothing fails. */
struct fpb_gate {
	bool regression, unresolved;	/* these fail */
	double tolerance;		/* 0.02: 2 % slower is none yet */
};

enum fpb_gate_result {
	FPB_GATE_PASS,
	FPB_GATE_REGRESSION,
	FPB_GATE_UNRESOLVED,
};

/*
 * Parse words separated by commas: "regression", "regression=PCT",
 * "unresolved". Returns 0, or -EINVAL with the wrong word in *@wrong, as long
 * as @text lasts.
 */
int fpb_gate_parse(struct fpb_gate *g, const char *text, const char **wrong);

/*
 * What a ratio is (no logarithm), whose verdict is @v. A regression lies below
 * 1 - tolerance with its whole interval: it is slower by more than that for
 * certain, as far as the interval's level goes.
 */
enum fpb_gate_result fpb_gate_judge(const struct fpb_gate *g,
				    const struct fpb_estimate *ratio,
				    struct fpb_verdict v);

bool fpb_gate_fails(const struct fpb_gate *g, enum fpb_gate_result r);

#endif
