// SPDX-License-Identifier: GPL-2.0
#include "report/cost.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/units.h"

#define CELL	FPB_PAGE_WIDTH
/* Of a list of functions: the largest, but for those that round to nothing. */
#define MAX_FUNCTIONS	12
#define LEAST		0.05

/* --- one row of the plan: a workload in a regime ----------------------------- */

struct row {
	const struct fpb_cost_report *r;
	struct fpb_cell cell;		/* but for the target */
};

/* NULL: it was not measured. */
static const struct fpb_cost_cell *find(const struct row *w, size_t kernel,
					const char *target)
{
	struct fpb_cell cell = w->cell;

	snprintf(cell.target, sizeof(cell.target), "%s", target);
	return fpb_cost_find(w->r->cost, w->r->kernels[kernel], &cell);
}

/* Whether this is the first cell of its row, and the row was measured. */
static bool begins_row(const struct fpb_cost_report *r, size_t i,
		       struct row *w)
{
	const struct fpb_plan *p = r->plan;

	if (i % p->ntargets)
		return false;
	*w = (struct row){ r, fpb_plan_cell(p, i) };
	for (size_t t = 0; t < p->ntargets; t++)
		if (find(w, 0, p->targets[t].name))
			return true;
	return false;
}

static double total(const struct row *w, size_t kernel, const char *target)
{
	const struct fpb_cost_cell *c = find(w, kernel, target);

	return c ? fpb_cost_total(c) : NAN;
}

static void put_number(char *text, bool sign, double value)
{
	if (isnan(value))
		strcpy(text, "-");
	else
		snprintf(text, CELL, sign ? "%+.2f" : "%.2f", value);
}

/*
 * What may be an accident: how far seeds are apart, and what raw changed by,
 * whose code no change of FUSE touches.
 */
static double resolution(const struct row *w)
{
	const struct fpb_plan *p = w->r->plan;
	const struct fpb_cost_cell *c;
	double largest = 0;

	for (size_t k = 0; k < w->r->nkernels; k++) {
		for (size_t t = 0; t < p->ntargets; t++) {
			c = find(w, k, p->targets[t].name);
			if (c)
				largest = fmax(largest, fpb_cost_spread(c));
		}
		/* fmax() passes over what was not measured. */
		largest = fmax(largest, fabs(total(w, k, FPB_TARGET_RAW) -
					     total(w, 0, FPB_TARGET_RAW)));
	}
	return largest;
}

/* --- totals ------------------------------------------------------------------ */

/*
 * @over: NULL, or the kernel whose numbers are subtracted. A column for each
 * target, and one for what each costs more than raw.
 */
static int add_totals(struct fpb_grid *g, const struct row *w, size_t kernel,
		      const size_t *over)
{
	const struct fpb_plan *p = w->r->plan;
	char text[g->ncols][CELL];
	double raw = NAN, value;
	size_t col = 1;

	snprintf(text[0], CELL, over ? "%.30s - %.30s" : "%.30s",
		 w->r->kernels[kernel], over ? w->r->kernels[*over] : "");
	for (int less_raw = 0; less_raw < 2; less_raw++) {
		for (size_t t = 0; t < p->ntargets && col < g->ncols; t++) {
			const char *target = p->targets[t].name;
			const bool is_raw = !strcmp(target, FPB_TARGET_RAW);

			if (less_raw && is_raw)
				continue;
			value = total(w, kernel, target);
			if (over)
				value -= total(w, *over, target);
			if (is_raw)
				raw = value;
			put_number(text[col++], over || less_raw,
				   less_raw ? value - raw : value);
		}
	}
	return fpb_grid_add_array(g, *text, CELL);
}

static int put_totals(struct fpb_page *page, const struct row *w)
{
	const struct fpb_cost_report *r = w->r;
	const struct fpb_plan *p = r->plan;
	const size_t ncols = 1 + p->ntargets + (fpb_plan_has_control(p) ?
						p->ntargets - 1 : 0);
	char head[ncols][CELL];
	const size_t first = 0;
	struct fpb_grid g;
	size_t col = 1;
	int ret;

	fpb_grid_init(&g, ncols, 1, false);
	g.first_left = true;
	*head[0] = '\0';
	for (size_t t = 0; t < p->ntargets; t++)
		snprintf(head[col++], CELL, "%s", p->targets[t].name);
	for (size_t t = 0; t < p->ntargets && col < ncols; t++)
		if (strcmp(p->targets[t].name, FPB_TARGET_RAW))
			snprintf(head[col++], CELL, "%.40s - raw",
				 p->targets[t].name);
	ret = fpb_grid_add_array(&g, *head, CELL);
	for (size_t k = 0; !ret && k < r->nkernels; k++)
		ret = add_totals(&g, w, k, NULL);
	for (size_t k = 1; !ret && k < r->nkernels; k++)
		ret = add_totals(&g, w, k, &first);
	if (!ret)
		fpb_page_grid(page, &g);
	fpb_grid_free(&g);
	return ret;
}

/* --- functions --------------------------------------------------------------- */

struct function {
	const char *name;		/* borrowed from the difference */
	double value, other;
};

static int by_size(const void *a, const void *b)
{
	const struct function *x = a, *y = b;
	const double dx = fmax(fabs(x->value), fabs(x->other));
	const double dy = fmax(fabs(y->value), fabs(y->other));

	if (dx != dy)
		return dx > dy ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Those of @diff, the largest first, with what @other has of each. */
static size_t sorted(const json_t *diff, const json_t *other,
		     struct function *f)
{
	const char *name;
	json_t *v;
	size_t n = 0;

	json_object_foreach((json_t *)diff, name, v) {
		f[n].name = name;
		f[n].value = json_number_value(v);
		f[n].other = json_number_value(json_object_get(other, name));
		n += fabs(f[n].value) >= LEAST || fabs(f[n].other) >= LEAST;
	}
	qsort(f, n, sizeof(*f), by_size);
	return n < MAX_FUNCTIONS ? n : MAX_FUNCTIONS;
}

/*
 * A table of functions below @caption: @head names its columns. The third is
 * @other if there is one, else the share of @all.
 */
static int put_functions(struct fpb_page *page, const char *caption,
			 const char *const head[3], const json_t *diff,
			 const json_t *other, double all)
{
	struct function *f = calloc(json_object_size(diff) + 1, sizeof(*f));
	char text[3][CELL];
	struct fpb_grid g;
	size_t n;
	int ret;

	if (!f)
		return -ENOMEM;
	n = sorted(diff, other, f);
	fpb_grid_init(&g, 3, 1, false);
	g.first_left = true;
	ret = fpb_grid_add(&g, head);
	for (size_t i = 0; !ret && i < n; i++) {
		snprintf(text[0], CELL, "%.44s", f[i].name);
		put_number(text[1], true, f[i].value);
		if (other)
			put_number(text[2], true, f[i].other);
		else
			fpb_format_percent(f[i].value / all, text[2]);
		ret = fpb_grid_add_array(&g, *text, CELL);
	}
	if (!ret && n) {
		fpb_page_caption(page, caption);
		fpb_page_grid(page, &g);
	}
	fpb_grid_free(&g);
	free(f);
	return ret;
}

/* Between the kernel and the first one, beside the same of raw. */
static int put_change(struct fpb_page *page, const struct row *w,
		      size_t kernel, const char *target)
{
	const struct fpb_cost_cell *a = find(w, kernel, target);
	const struct fpb_cost_cell *b = find(w, 0, target);
	const struct fpb_cost_cell *ra = find(w, kernel, FPB_TARGET_RAW);
	const struct fpb_cost_cell *rb = find(w, 0, FPB_TARGET_RAW);
	const char *const heads[] = { "", target, FPB_TARGET_RAW };
	char caption[256];
	json_t *diff, *raw;
	int ret;

	if (!a || !b)
		return 0;
	snprintf(caption, sizeof(caption), "%s - %s, by function", a->kernel,
		 b->kernel);
	diff = fpb_cost_diff(a, b);
	raw = ra && rb ? fpb_cost_diff(ra, rb) : json_object();
	ret = diff && raw ? put_functions(page, caption, heads, diff, raw, 0) :
			    -ENOMEM;
	json_decref(diff);
	json_decref(raw);
	return ret;
}

/* What the target costs more than raw in the last kernel. */
static int put_more_than_raw(struct fpb_page *page, const struct row *w,
			     const char *target)
{
	const size_t kernel = w->r->nkernels - 1;
	const struct fpb_cost_cell *a = find(w, kernel, target);
	const struct fpb_cost_cell *b = find(w, kernel, FPB_TARGET_RAW);
	const char *const heads[] = { "", "more", "share" };
	char caption[256];
	json_t *diff;
	int ret;

	if (!a || !b)
		return 0;
	snprintf(caption, sizeof(caption), "%s: %s - raw, by function",
		 a->kernel, target);
	diff = fpb_cost_diff(a, b);
	ret = diff ? put_functions(page, caption, heads, diff, NULL,
				   fpb_cost_total(a) - fpb_cost_total(b)) :
		     -ENOMEM;
	json_decref(diff);
	return ret;
}

/* --- the whole --------------------------------------------------------------- */

static int put_row(struct fpb_page *page, const struct row *w)
{
	const struct fpb_plan *p = w->r->plan;
	char text[256];
	int ret;

	snprintf(text, sizeof(text), "%s, %s: kernel instructions per I/O"
		 FPB_PAGE_FACT "resolution %.2f", w->cell.workload,
		 strcmp(fpb_plan_workload(p, w->cell.workload)->path,
			FPB_PATH_REGIME) ? "one at a time" : w->cell.regime,
		 resolution(w));
	fpb_page_caption(page, text);
	ret = put_totals(page, w);
	for (size_t t = 0; !ret && t < p->ntargets; t++) {
		const char *target = p->targets[t].name;

		if (!strcmp(target, FPB_TARGET_RAW))
			continue;
		for (size_t k = 1; !ret && k < w->r->nkernels; k++)
			ret = put_change(page, w, k, target);
		if (!ret)
			ret = put_more_than_raw(page, w, target);
	}
	return ret;
}

int fpb_cost_page(struct fpb_page *page, const struct fpb_cost_report *r)
{
	char text[FPB_REASON_MAX];
	struct row w;
	int ret = 0;

	for (size_t i = 0; !ret && i < fpb_plan_ncells(r->plan); i++)
		if (begins_row(r, i, &w))
			ret = put_row(page, &w);
	snprintf(text, sizeof(text), "Resolution: the largest difference between seeds or, of raw, between kernels. Mean of %u boots with %u I/Os each.",
		 r->cost->n ? r->cost->cells[0].n : 0, r->ios);
	fpb_page_end_list(page);
	fpb_page_note(page, text);
	fpb_page_note(page, "This is the length of the path, not time: no caches, no contention, one CPU. A repeated string instruction, such as rep movsb, counts as one.");
	return ret;
}

static json_t *cell_json(const struct fpb_cost_cell *c)
{
	json_t *totals = json_array();

	for (unsigned int i = 0; i < c->n; i++)
		json_array_append_new(totals, json_real(c->totals[i]));
	return json_pack("{ss ss ss ss so sO}", "kernel", c->kernel,
			 "workload", c->cell.workload,
			 "regime", c->cell.regime, "target", c->cell.target,
			 "totals", totals, "functions", c->functions);
}

json_t *fpb_cost_json(const struct fpb_cost_report *r)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < r->cost->n; i++)
		json_array_append_new(cells, cell_json(&r->cost->cells[i]));
	return json_pack("{si si so}", "schema", FPB_SCHEMA,
			 "ios", (int)r->ios, "cells", cells);
}
