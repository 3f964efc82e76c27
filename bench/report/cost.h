/* SPDX-License-Identifier: GPL-2.0 */
/* What "fpbench cost" counted, as text, pictures and JSON. */
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
/*
 * Draws the flame graph (SVG) of each difference that the page has a table of, in
 * the same order. @put gets its name, fit for a file's, and returns 0 or the error
 * that ends it all. 0, that error, or -ENOMEM.
 */
typedef int (*fpb_cost_draw_fn)(const char *name, const char *svg, void *user);
int fpb_cost_draw(const struct fpb_cost_report *r, fpb_cost_draw_fn put,
		  void *user);
/* A new reference, or NULL. The manual describes it. */
json_t *fpb_cost_json(const struct fpb_cost_report *r);

#endif
