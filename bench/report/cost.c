// SPDX-License-Identifier: GPL-2.0
#include "report/cost.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/manifest.h"
#include "core/memstream.h"
#include "core/units.h"
#include "report/claim.h"
#include "report/flame.h"

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

/* --- what differs ------------------------------------------------------------ */

/* A target in a kernel over the first one, or in the last kernel over raw. */
struct change {
	const struct fpb_cost_cell *a, *b;
};

/* The row's @n-th; false: there are no more. */
static bool nth_change(const struct row *w, size_t n, struct change *c)
{
	const struct fpb_plan *p = w->r->plan;
	const size_t last = w->r->nkernels - 1;

	for (size_t t = 0; t < p->ntargets; t++) {
		const char *target = p->targets[t].name;

		if (!strcmp(target, FPB_TARGET_RAW))
			continue;
		for (size_t k = 1; k <= last + 1; k++) {
			*c = k > last ? (struct change){
				find(w, last, target),
				find(w, last, FPB_TARGET_RAW),
			} : (struct change){
				find(w, k, target), find(w, 0, target),
			};
			if (c->a && c->b && !n--)
				return true;
		}
	}
	return false;
}

static bool is_over_raw(const struct change *c)
{
	return fpb_cell_is_raw(&c->b->cell);
}

/* What raw changed by between the same kernels; a new reference. */
static json_t *change_of_raw(const struct row *w, const struct change *c)
{
	const struct fpb_cost_cell *raw[2];
	struct fpb_cell cell = w->cell;

	strcpy(cell.target, FPB_TARGET_RAW);
	raw[0] = fpb_cost_find(w->r->cost, c->a->kernel, &cell);
	raw[1] = fpb_cost_find(w->r->cost, c->b->kernel, &cell);
	return raw[0] && raw[1] ? fpb_cost_diff(raw[0], raw[1]) :
				  json_object();
}

/* "patched - baseline", "patched: fuse - raw" */
static void put_subject(char *text, size_t size, const struct change *c)
{
	if (is_over_raw(c))
		snprintf(text, size, "%s: %s - raw", c->a->kernel,
			 c->a->cell.target);
	else
		snprintf(text, size, "%s - %s", c->a->kernel, c->b->kernel);
}

static int put_change(struct fpb_page *page, const struct row *w,
		      const struct change *c)
{
	const bool over_raw = is_over_raw(c);
	const char *const heads[] = {
		"", over_raw ? "more" : c->a->cell.target,
		over_raw ? "share" : FPB_TARGET_RAW,
	};
	json_t *diff = fpb_cost_diff(c->a, c->b);
	json_t *raw = over_raw ? NULL : change_of_raw(w, c);
	char caption[256];
	int ret = -ENOMEM;

	put_subject(caption, sizeof(caption) - 20, c);
	strcat(caption, ", by function");
	if (diff && (over_raw || raw))
		ret = put_functions(page, caption, heads, diff, raw,
				    fpb_cost_total(c->a) - fpb_cost_total(c->b));
	json_decref(diff);
	json_decref(raw);
	return ret;
}

/* --- the whole --------------------------------------------------------------- */

/* A workload with a path of its own is submitted in its own way. */
static const char *way_of(const struct row *w)
{
	return strcmp(fpb_plan_workload(w->r->plan, w->cell.workload)->path,
		      FPB_PATH_REGIME) ? "one at a time" : w->cell.regime;
}

static int put_row(struct fpb_page *page, const struct row *w)
{
	struct change c;
	char text[256];
	int ret;

	snprintf(text, sizeof(text), "%s, %s: kernel instructions per I/O"
		 FPB_PAGE_FACT "resolution %.2f", w->cell.workload, way_of(w),
		 resolution(w));
	fpb_page_caption(page, text);
	ret = put_totals(page, w);
	for (size_t n = 0; !ret && nth_change(w, n, &c); n++)
		ret = put_change(page, w, &c);
	return ret;
}

int fpb_cost_page(struct fpb_page *page, const struct fpb_cost_report *r)
{
	const unsigned int boots = r->cost->n ? r->cost->cells[0].n : 0;
	char text[FPB_REASON_MAX];
	struct row w;
	int ret = 0;

	for (size_t i = 0; !ret && i < fpb_plan_ncells(r->plan); i++)
		if (begins_row(r, i, &w))
			ret = put_row(page, &w);
	snprintf(text, sizeof(text), "Resolution: the largest difference between seeds or, of raw, between kernels. Mean of %u boot%s with %u I/Os each.",
		 boots, fpb_plural(boots), r->ios);
	fpb_page_end_list(page);
	fpb_page_note(page, text);
	fpb_page_note(page, "This is the length of the path, not time: no caches, no contention, one CPU. A repeated string instruction, such as rep movsb, counts as one.");
	return ret;
}

/* --- flame graphs ------------------------------------------------------------ */

static void put_name(char *text, size_t size, const struct row *w,
		     const struct change *c)
{
	const bool over_raw = is_over_raw(c);

	snprintf(text, size, "flame-%.64s-%.64s-%.64s-%.64s-%.64s",
		 w->cell.workload, w->cell.regime,
		 over_raw ? c->a->kernel : c->a->cell.target,
		 over_raw ? c->a->cell.target : c->a->kernel,
		 over_raw ? FPB_TARGET_RAW : c->b->kernel);
}

/* For free(), or NULL: no memory. */
static char *draw(const struct row *w, const struct change *c)
{
	json_t *diff = fpb_stacks_diff(c->a->stacks, c->b->stacks);
	char title[256], facts[512], source[128];
	struct fpb_memstream m;
	FILE *out = diff ? fpb_memstream_open(&m) : NULL;
	const struct fpb_flame f = { title, facts, source, diff };
	char *svg = NULL;

	put_subject(title, sizeof(title), c);
	snprintf(facts, sizeof(facts), "%s" FPB_PAGE_FACT "%s" FPB_PAGE_FACT
		 "%s" FPB_PAGE_FACT "%+.2f kernel instructions per I/O",
		 w->cell.workload, way_of(w), c->a->cell.target,
		 fpb_cost_total(c->a) - fpb_cost_total(c->b));
	snprintf(source, sizeof(source), "mean of %u boot%s with %u I/Os each",
		 c->a->n, fpb_plural(c->a->n), w->r->ios);
	if (out && fpb_flame_put(out, &f))
		free(fpb_memstream_close(&m));
	else if (out)
		svg = fpb_memstream_close(&m);
	json_decref(diff);
	return svg;
}

static int draw_row(const struct row *w, fpb_cost_draw_fn put, void *user)
{
	struct change c;
	char name[512], *svg;
	int ret = 0;

	for (size_t n = 0; !ret && nth_change(w, n, &c); n++) {
		put_name(name, sizeof(name), w, &c);
		svg = draw(w, &c);
		ret = svg ? put(name, svg, user) : -ENOMEM;
		free(svg);
	}
	return ret;
}

int fpb_cost_draw(const struct fpb_cost_report *r, fpb_cost_draw_fn put,
		  void *user)
{
	struct row w;
	int ret = 0;

	for (size_t i = 0; !ret && i < fpb_plan_ncells(r->plan); i++)
		if (begins_row(r, i, &w))
			ret = draw_row(&w, put, user);
	return ret;
}

/* --- for programs ------------------------------------------------------------ */

static json_t *cell_json(const struct fpb_cost_cell *c)
{
	json_t *totals = json_array();

	for (unsigned int i = 0; i < c->n; i++)
		json_array_append_new(totals, json_real(c->totals[i]));
	return json_pack("{ss ss ss ss so so sO}", "kernel", c->kernel,
			 "workload", c->cell.workload,
			 "regime", c->cell.regime, "target", c->cell.target,
			 "totals", totals, "functions",
			 fpb_stacks_functions(c->stacks), "stacks", c->stacks);
}

json_t *fpb_cost_json(const struct fpb_cost_report *r)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < r->cost->n; i++)
		json_array_append_new(cells, cell_json(&r->cost->cells[i]));
	return json_pack("{si si so}", "schema", FPB_SCHEMA,
			 "ios", (int)r->ios, "cells", cells);
}
