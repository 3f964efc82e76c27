// SPDX-License-Identifier: GPL-2.0
#include "report/cellnotes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"

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

/* The numjobs at which the column reaches raw's rate beyond doubt. */
static void put_parity(const struct column *c, const struct fpb_cell *first,
		       FILE *out)
{
	const struct fpb_cell *cell = NULL;
	const char *sep = "";

	while ((cell = fpb_section_cell(c->x, cell))) {
		if (!result(c, cell)->at_par)
			continue;
		if (!*sep)
			fprintf(out, "%s %s is within %g %% of raw (95 %% "
				"interval) at numjobs ",
				c->x->s->sides[c->side].label,
				fpb_target_title(first->target),
				100 * c->x->s->margin);
		fprintf(out, "%s%u", sep, cell->numjobs);
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
		ret = note(p, &c, x->first, put_parity);
	return ret;
}

int fpb_cellnotes_put(struct fpb_page *p, const struct fpb_section *x)
{
	int ret = put_column(p, x, 0);

	if (!ret && x->new_side)
		ret = put_column(p, x, x->new_side);
	return ret;
}
