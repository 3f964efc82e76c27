// SPDX-License-Identifier: GPL-2.0
#include "report/cellnotes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"
#include "core/units.h"
#include "report/claim.h"

/* One kernel's column of the table, or its part of the raw column. */
struct column {
	const struct fpb_section *x;
	size_t side;
	bool raw;
};

static const struct fpb_cell_result *result(const struct column *c,
					    const struct fpb_cell *cell)
{
	return c->raw ? fpb_section_raw(c->x, c->side, cell) :
			fpb_section_result(c->x, c->side, cell);
}

static bool same_trouble(const struct fpb_cell_result *a,
			 const struct fpb_cell_result *b)
{
	return a->status == b->status && a->used == b->used &&
	       a->invalid == b->invalid && a->failed == b->failed &&
	       a->skipped == b->skipped && a->missing == b->missing &&
	       !strcmp(a->reason, b->reason);
}

/* Whether an earlier cell's note covers this one, too. */
static bool noted_before(const struct column *c, const struct fpb_cell *cell)
{
	const struct fpb_cell *e = NULL;

	while ((e = fpb_section_cell(c->x, e)) != cell)
		if (same_trouble(result(c, e), result(c, cell)))
			return true;
	return false;
}

static void put_numjobs(const struct column *c, const struct fpb_cell *cell,
			FILE *out)
{
	const struct fpb_cell *e = NULL;
	const char *sep = " ";

	fputs(", numjobs", out);
	while ((e = fpb_section_cell(c->x, e))) {
		if (!same_trouble(result(c, e), result(c, cell)))
			continue;
		fprintf(out, "%s%u", sep, e->numjobs);
		sep = ", ";
	}
}

static void put_count(FILE *out, unsigned int n, const char *what)
{
	if (n)
		fprintf(out, ", %u %s", n, what);
}

static void put_trouble(const struct column *c, const struct fpb_cell *cell,
			FILE *out)
{
	const struct fpb_cell_result *r = result(c, cell);
	unsigned int all;

	fprintf(out, "%s%s %s", fpb_cell_has_number(r) ? "* " : "",
		c->x->s->sides[c->side].label,
		c->raw ? "raw" : fpb_target_title(cell->target));
	put_numjobs(c, cell, out);
	if (r->status == FPB_CELL_MISSING && !r->missing) {
		fputs(": not measured", out);
		return;
	}
	all = r->used + r->invalid + r->failed + r->skipped + r->missing;
	fprintf(out, ": %u of %u sample%s used", r->used, all,
		all == 1 ? "" : "s");
	put_count(out, r->invalid, "invalid");
	put_count(out, r->failed, "failed");
	put_count(out, r->skipped, "skipped");
	put_count(out, r->missing, "missing");
	if (*r->reason)
		fprintf(out, " (%s)", r->reason);
}

/* Runs @put into a note of its own. */
static int note(struct fpb_page *p, const struct column *c,
		const struct fpb_cell *cell,
		void (*put)(const struct column *c,
			    const struct fpb_cell *cell, FILE *out))
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	char *text;

	if (!out)
		return -ENOMEM;
	put(c, cell, out);
	text = fpb_memstream_close(&m);
	if (!text)
		return -ENOMEM;
	if (*text)
		fpb_page_note(p, text);
	free(text);
	return 0;
}

static int put_troubles(struct fpb_page *p, const struct column *c)
{
	const struct fpb_cell *cell = NULL;
	int ret;

	while ((cell = fpb_section_cell(c->x, cell))) {
		if (!result(c, cell) || noted_before(c, cell) ||
		    result(c, cell)->status == FPB_CELL_OK)
			continue;
		ret = note(p, c, cell, put_trouble);
		if (ret)
			return ret;
	}
	return 0;
}

/* "patched FUSE/raw: numjobs 1 0.98 [0.97, 0.99] within 5 %, 2 ..." */
static void put_to_raw(const struct column *c, const struct fpb_cell *first,
		       FILE *out)
{
	const struct fpb_cell *cell = NULL;
	char text[FPB_CLAIM_MAX];
	const char *sep = "";

	while ((cell = fpb_section_cell(c->x, cell))) {
		const struct fpb_cell_result *r = result(c, cell);

		if (!r->to_raw.n)
			continue;
		if (!*sep)
			fprintf(out, "%s %s/raw: numjobs ",
				c->x->s->sides[c->side].label,
				fpb_target_title(first->target));
		fprintf(out, "%s%u: %s", sep, cell->numjobs,
			fpb_claim_interval(&r->to_raw, text));
		if (r->at_par)
			fprintf(out, " within %g %%", 100 * c->x->s->margin);
		sep = ", ";
	}
}

static double peak(const struct fpb_section *x)
{
	const struct fpb_cell *cell = NULL;
	double most = 0;

	while ((cell = fpb_section_cell(x, cell))) {
		const struct fpb_cell_result *r =
			fpb_section_pooled_raw(x, cell);

		if (r && r->iops.n && r->iops.value > most)
			most = r->iops.value;
	}
	return most;
}

/* Raw may be past its peak at many jobs: a ratio there flatters. */
static void put_to_peak(const struct column *c, const struct fpb_cell *first,
			FILE *out)
{
	const struct fpb_cell *cell = NULL;
	double most = peak(c->x);
	char percent[FPB_UNITS_MAX];
	const char *sep = "";

	while (most > 0 && (cell = fpb_section_cell(c->x, cell))) {
		const struct fpb_cell_result *r = result(c, cell);

		if (!r->iops.n)
			continue;
		if (!*sep)
			fprintf(out, "%s %s, of raw's peak: numjobs ",
				c->x->s->sides[c->side].label,
				fpb_target_title(first->target));
		fprintf(out, "%s%u: %s", sep, cell->numjobs,
			fpb_format_percent(r->iops.value / most, percent));
		sep = ", ";
	}
}

/* A printed ratio that two printed rates do not give, and why. */
static void put_other_quotient(const struct column *c,
			       const struct fpb_cell *first, FILE *out)
{
	const struct fpb_cell *cell = NULL;
	char ratio[FPB_UNITS_MAX], quotient[FPB_UNITS_MAX];
	const char *sep = "";

	while ((cell = fpb_section_cell(c->x, cell))) {
		const struct fpb_cell_result *r = result(c, cell);
		const struct fpb_cell_result *b =
			fpb_section_result(c->x, fpb_section_base(c->x), cell);

		if (!r->vs_base.n || !b->iops.n)
			continue;
		fpb_format_ratio(r->vs_base.value, ratio);
		fpb_format_ratio(r->iops.value / b->iops.value, quotient);
		if (!strcmp(ratio, quotient))
			continue;
		if (!*sep)
			fputs("The ratio is the median over slices; the "
			      "quotient of the rates differs at numjobs ",
			      out);
		fprintf(out, "%s%u: %s", sep, cell->numjobs, quotient);
		sep = ", ";
	}
}

/* How many boot pairs rows would take that say nothing yet. */
static void put_unresolved(const struct column *c,
			   const struct fpb_cell *first, FILE *out)
{
	const struct fpb_cell *cell = NULL;
	const struct fpb_summary *s = c->x->s;
	const char *sep = "";

	while ((cell = fpb_section_cell(c->x, cell))) {
		const struct fpb_cell_result *r = result(c, cell);

		if (!r->needed)
			continue;
		if (!*sep)
			fprintf(out, "\u00b1: not resolved; would need about "
				"this many %s: numjobs ",
				fpb_claim_replicates(s, 2));
		fprintf(out, "%s%u: %zu", sep, cell->numjobs, r->needed);
		sep = ", ";
	}
}

static int put_column(struct fpb_page *p, const struct fpb_section *x,
		      size_t side)
{
	struct column c = { x, side, true };
	int ret = 0;

	if (x->has_raw)
		ret = put_troubles(p, &c);
	c.raw = false;
	if (!ret)
		ret = put_troubles(p, &c);
	/* With one kernel the table's last column says it. */
	if (!ret && x->has_raw && x->new_side)
		ret = note(p, &c, x->first, put_to_raw);
	return ret || !x->has_raw ? ret : note(p, &c, x->first, put_to_peak);
}

int fpb_cellnotes_put(struct fpb_page *p, const struct fpb_section *x,
		      bool all)
{
	struct column new = { x, x->new_side, false };
	int ret = 0;

	if (x->new_side)
		ret = note(p, &new, x->first, put_unresolved);
	if (ret || !all)
		return ret;
	ret = put_column(p, x, fpb_section_base(x));
	if (!ret && x->new_side)
		ret = put_column(p, x, x->new_side);
	return ret || !x->new_side ? ret :
	       note(p, &new, x->first, put_other_quotient);
}
