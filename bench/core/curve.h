/* SPDX-License-Identifier: GPL-2.0 */
/* The curves of a summary, rates over numjobs, and the law of each. */
#ifndef FPB_CURVE_H
#define FPB_CURVE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/summary.h"
#include "core/usl.h"

/* A target of one kernel in a regime and workload; or raw of all kernels. */
struct fpb_curve {
	const struct fpb_summary *s;
	const struct fpb_cell *first;	/* its first cell; numjobs varies */
	size_t side;			/* of raw: 0 */
};

/*
 * Step to the next curve: start with a zeroed *@c whose s is set. False after
 * the last.
 */
bool fpb_curve_next(struct fpb_curve *c);

/*
 * Fit the Universal Scalability Law (core/usl.h) to the rates that a table
 * shows. What is resampled are boot pairs, or sessions if kernels were measured
 * in runs of their own; the seed is that of the plan. Returns 0, also if there
 * are too few points, -EINVAL or -ENOMEM.
 */
int fpb_curve_fit(const struct fpb_curve *c, struct fpb_scaling *f);

#endif
