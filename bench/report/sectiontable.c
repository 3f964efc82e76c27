// SPDX-License-Identifier: GPL-2.0
/*
 * The columns: numjobs | raw | baseline (of raw) | new (of raw) | new/baseline.
 * With one kernel there is its ratio to raw instead of the last two. With more
 * than two: numjobs | raw | baseline (of raw) | a/baseline | b/baseline ...
 */
#include "report/sectiontable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/units.h"
#include "report/cellnotes.h"
#include "report/claim.h"
#include "report/latency.h"
#include "report/scaling.h"

/* numjobs, raw, and what stands for each kernel. */
#define MAX_COLS	20
#define TEXT_MAX	128

/* How wide to print; tried in this order until the lines fit a mail. */
struct format {
	bool split_numjobs;	/* over two header lines */
	bool thousands;		/* IOPS in thousands */
	bool bare;		/* without the target, which the caption has */
};

static const struct format formats[] = {
	{ false, false, false }, { true, false, false }, { false, true, false },
	{ true, true, false }, { true, true, true },
};

struct row {
	char text[MAX_COLS][TEXT_MAX];
	size_t n;
};

static char *next(struct row *r)
{
	return r->text[r->n++];
}

static void put_iops(char *to, double iops, const struct format *f)
{
	if (f->thousands)
		fpb_format_kiops(iops, to);
	else
		fpb_format_iops(iops, to);
}

static const char *mark(const struct fpb_cell_result *r)
{
	return r->status == FPB_CELL_PARTIAL ? "*" : "";
}

/* "112,000* (64%)", or why there is no number. */
static void put_result(char *to, const struct fpb_cell_result *r,
		       const struct fpb_cell_result *raw,
		       const struct format *f)
{
	char iops[FPB_UNITS_MAX], percent[FPB_UNITS_MAX];

	if (!fpb_cell_has_number(r)) {
		strcpy(to, fpb_cell_status_name(r->status));
		return;
	}
	put_iops(iops, r->iops.value, f);
	/* Of the two numbers in the table: a reader may divide them. */
	if (raw && raw->iops.n)
		snprintf(to, TEXT_MAX, "%s%s (%s)", iops, mark(r),
			 fpb_format_percent(r->iops.value / raw->iops.value,
					    percent));
	else
		snprintf(to, TEXT_MAX, "%s%s", iops, mark(r));
}

/* "1.01 [0.97, 1.05] within 5 %" */
static void put_estimate(char *to, const struct fpb_estimate *e,
			 const char *word)
{
	char text[FPB_CLAIM_MAX];

	snprintf(to, TEXT_MAX, "%.80s%s%.40s", fpb_claim_interval(e, text),
		 *word ? " " : "", word);
}

/* "128,000 1.30 faster" */
static void put_effect(char *to, const struct fpb_cell_result *r,
		       double margin, const struct format *f)
{
	char iops[FPB_UNITS_MAX], ratio[FPB_UNITS_MAX] = "-";
	char word[FPB_CLAIM_MAX];

	if (!fpb_cell_has_number(r)) {
		strcpy(to, fpb_cell_status_name(r->status));
		return;
	}
	put_iops(iops, r->iops.value, f);
	if (r->vs_base.n)
		fpb_format_ratio(r->vs_base.value, ratio);
	fpb_claim_row(r, margin, word);
	snprintf(to, TEXT_MAX, "%s%s %4s%s%.40s", iops, mark(r), ratio,
		 *word ? " " : "", word);
}

static void fill_overview(struct row *r, const struct fpb_section *x,
			  const struct fpb_cell *cell, const struct format *f)
{
	size_t side;

	put_result(next(r), fpb_section_result(x, 0, cell),
		   fpb_section_pooled_raw(x, cell), f);
	for (side = 1; side < x->s->nsides; side++)
		put_effect(next(r), fpb_section_result(x, side, cell),
			   x->s->margin, f);
}

static void fill_row(struct row *r, const struct fpb_section *x,
		     const struct fpb_cell *cell, const struct format *f)
{
	const struct fpb_cell_result *base =
		fpb_section_result(x, fpb_section_base(x), cell);
	const struct fpb_cell_result *new =
		fpb_section_result(x, x->new_side, cell);
	const struct fpb_cell_result *raw = x->has_raw ?
		fpb_section_pooled_raw(x, cell) : NULL;
	char word[FPB_CLAIM_MAX] = "";

	r->n = 0;
	snprintf(next(r), TEXT_MAX, "%u%s", cell->numjobs,
		 fpb_section_crowded(x->s, cell) ? "+" : "");
	if (x->has_raw)
		put_result(next(r), raw, NULL, f);
	if (x->overview) {
		fill_overview(r, x, cell, f);
		return;
	}
	if (x->new_side) {
		put_result(next(r), base, raw, f);
		put_result(next(r), new, raw, f);
		put_estimate(next(r), &new->vs_base,
			     fpb_claim_row(new, x->s->margin, word));
		return;
	}
	/* The ratio has its own column here. */
	put_result(next(r), base, NULL, f);
	if (base->at_par)
		snprintf(word, sizeof(word), "within %g %%",
			 100 * x->s->margin);
	if (x->has_raw)
		put_estimate(next(r), &base->to_raw, word);
}

static void head_overview(struct row *top, struct row *bottom,
			  const struct fpb_section *x)
{
	const char *title = fpb_target_title(x->first->target);
	char buf[FPB_SHORT_NAME_MAX];
	size_t side;

	for (side = 0; side < x->s->nsides; side++) {
		snprintf(next(top), TEXT_MAX, "%s", fpb_section_short_name(x->s, side, buf));
		if (side)
			snprintf(next(bottom), TEXT_MAX, "%s, /%s", title,
				 fpb_section_short_name(x->s,
					fpb_summary_base(x->s, side), buf));
		else
			snprintf(next(bottom), TEXT_MAX, "%s%s", title,
				 x->has_raw ? " (/raw)" : "");
	}
}

static void put_title(char *to, const struct fpb_section *x,
		      const struct format *f)
{
	const char *title = fpb_target_title(x->first->target);

	if (f->bare && x->has_raw)
		strcpy(to, "(/raw)");
	else
		snprintf(to, TEXT_MAX, "%s%s", title,
			 x->has_raw ? " (/raw)" : "");
}

static void fill_headers(struct row *top, struct row *bottom,
			 const struct fpb_section *x, const struct format *f)
{
	const char *title = fpb_target_title(x->first->target);
	const char *iops = f->thousands ? "kIOPS" : "IOPS";
	const char *base, *new;
	char b[FPB_SHORT_NAME_MAX], n[FPB_SHORT_NAME_MAX];

	base = fpb_section_short_name(x->s, fpb_section_base(x), b);
	new = fpb_section_short_name(x->s, x->new_side, n);
	top->n = bottom->n = 0;
	strcpy(next(top), f->split_numjobs ? "num-" : "");
	strcpy(next(bottom), f->split_numjobs ? "jobs" : "numjobs");
	if (x->has_raw) {
		strcpy(next(top), "raw");
		strcpy(next(bottom), iops);
	}
	if (x->overview) {
		head_overview(top, bottom, x);
		return;
	}
	if (!x->new_side) {
		snprintf(next(top), TEXT_MAX, "%s", base);
		snprintf(next(bottom), TEXT_MAX, "%s %s", title, iops);
		if (x->has_raw) {
			snprintf(next(top), TEXT_MAX, "%s/raw", title);
			strcpy(next(bottom), "[95 % CI]");
		}
		return;
	}
	snprintf(next(top), TEXT_MAX, "%s", base);
	put_title(next(bottom), x, f);
	snprintf(next(top), TEXT_MAX, "%s", new);
	put_title(next(bottom), x, f);
	snprintf(next(top), TEXT_MAX, "%s/%s", new, base);
	strcpy(next(bottom), "[95 % CI] verdict");
}

static int fill_grid(struct fpb_grid *g, const struct fpb_section *x,
		     const struct format *f)
{
	const struct fpb_cell *cell = NULL;
	struct row top, bottom, row;
	int ret;

	fill_headers(&top, &bottom, x, f);
	/* Estimates begin with a figure of always the same width. */
	fpb_grid_init(g, top.n, 2,
		      !x->overview && (x->new_side || x->has_raw));

	ret = fpb_grid_add_array(g, *top.text, TEXT_MAX);
	if (!ret)
		ret = fpb_grid_add_array(g, *bottom.text, TEXT_MAX);
	while (!ret && (cell = fpb_section_cell(x, cell))) {
		fill_row(&row, x, cell, f);
		ret = fpb_grid_add_array(g, *row.text, TEXT_MAX);
	}
	if (ret)
		fpb_grid_free(g);
	return ret;
}

static int put_grid(struct fpb_page *p, const struct fpb_section *x)
{
	const size_t n = sizeof(formats) / sizeof(formats[0]);
	struct fpb_grid g;
	size_t i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = fill_grid(&g, x, &formats[i]);
		if (ret)
			return ret;
		/* What is not laid out by us has full figures. */
		if (!fpb_page_has_lines(p) || i == n - 1 ||
		    fpb_grid_width(&g) <= FPB_PAGE_WIDTH)
			break;
		fpb_grid_free(&g);
	}
	fpb_page_grid(p, &g);
	fpb_grid_free(&g);
	return 0;
}

void fpb_section_put_names(struct fpb_page *p, const struct fpb_section *x)
{
	char buf[FPB_SHORT_NAME_MAX], text[FPB_LABEL_MAX + sizeof(buf)];
	size_t i;

	for (i = 0; i < x->s->nsides; i++) {
		const char *label = x->s->sides[i].label;
		const char *name = fpb_section_short_name(x->s, i, buf);

		if (name == label ||
		    (!x->overview && i != x->new_side &&
		     i != fpb_section_base(x)))
			continue;
		snprintf(text, sizeof(text), "%s: %s", name, label);
		fpb_page_note(p, text);
	}
}

int fpb_section_put(struct fpb_page *p, const struct fpb_section *x,
		    bool notes)
{
	char *caption = fpb_section_caption(x);
	int ret;

	if (!caption)
		return -ENOMEM;
	fpb_page_caption(p, caption);
	free(caption);
	ret = put_grid(p, x);
	if (ret)
		return ret;
	fpb_section_put_names(p, x);
	/* Of the pairs' cells, where they follow. */
	if (x->overview)
		return 0;
	ret = fpb_cellnotes_put(p, x, notes);
	if (!ret && notes)
		ret = fpb_scaling_put(p, x);
	return ret || !notes ? ret : fpb_latency_put(p, x);
}
