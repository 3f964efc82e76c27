/* SPDX-License-Identifier: GPL-2.0 */
/* What "fpbench cost" counted, as text and as JSON. */
#ifndef FPB_REPORT_COST_H
#define FPB_REPORT_COST_H

#include "core/cost.h"
#include "core/plan.h"
#include "report/page.h"

/* Borrowed: cells of all kernels, of which the first is the baseline. */
struct fpb_cost_report {
	const struct fpb_cost *cost;
	const struct fpb_plan *plan;
	const char *const *kernels;
	size_t nkernels;
	unsigned int ios;		/* that were counted in each cell and boot */
};

/* 0 or -ENOMEM. */
int fpb_cost_page(struct fpb_page *p, const struct fpb_cost_report *r);
/* A new reference, or NULL. The manual describes it. */
json_t *fpb_cost_json(const struct fpb_cost_report *r);

#endif
