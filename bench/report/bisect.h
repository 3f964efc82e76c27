/* SPDX-License-Identifier: GPL-2.0 */
/* What a bisection found, and the revisions that it measured. */
#ifndef FPB_REPORT_BISECT_H
#define FPB_REPORT_BISECT_H

#include <stdio.h>

#include "core/revision.h"

struct fpb_bisect_report {
	const char *good;		/* full commit */
	double effect;			/* 0.05: 5 % */
	double risk;			/* of one verdict */
	const struct fpb_revisions *revisions;
	/* Those that may be the first bad one; only if @n is 1 it is known. */
	const struct fpb_revision *found;
	size_t n;
};

/* Returns 0 or -ENOMEM. */
int fpb_report_bisect(FILE *out, const struct fpb_bisect_report *r);

#endif
