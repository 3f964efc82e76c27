// SPDX-License-Identifier: GPL-2.0
/*
 * A row is a workload, in each regime and target if there are several. Columns:
 * the row's name | of raw, each kernel | a/baseline | b/baseline ...
 */
#include "report/overview.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"
#include "core/units.h"
#include "report/claim.h"
#include "report/sectiontable.h"

#define TEXT_MAX	256
/* A name, all kernels' ratios to raw, and what stands for each kernel. */
#define MAX_COLS	20
#define NAME_MIN	12
/* Effects whose time average is listed. */
#define TOTALS_MAX	3

/* How wide to print; tried in this order until the lines fit a mail. */
struct format {
	bool apart;			/* a column of raw for each kernel */
	bool intervals;
	bool whole_names;
};

static const struct format formats[] = {
	{ true, true, true }, { false, true, true }, { false, false, true },
	{ false, false, false },
};
#define NFORMATS	(sizeof(formats) / sizeof(formats[0]))

struct row {
	char text[MAX_COLS][TEXT_MAX];
	size_t n;
};

bool fpb_overview_wanted(const struct fpb_summary *s)
{
	return s->nsides > 1 && 2 * s->nsides <= MAX_COLS && !s->steps &&
	       fpb_summary_targets(s) > 0 &&
	       (fpb_summary_workloads(s) > 1 || fpb_summary_targets(s) > 1);
}

bool fpb_overview_alone(const struct fpb_summary *s, bool notes)
{
	return !notes && fpb_overview_wanted(s) &&
	       fpb_summary_workloads(s) > FPB_OVERVIEW_WORKLOADS;
}

static char *next(struct row *r)
{
	return r->text[r->n++];
}

/* What the names of rows need to say. */
struct naming {
	bool regime, workload, target;
	size_t max;			/* columns; longer ones are cut */
};

static void add_word(char *to, const char *word)
{
	size_t len = strlen(to);

	snprintf(to + len, TEXT_MAX - len, "%s%s", len ? " " : "", word);
}

static void put_name(char *to, const struct fpb_cell *c,
		     const struct naming *by)
{
	*to = '\0';
	if (by->regime)
		add_word(to, c->regime);
	if (by->workload)
		add_word(to, c->workload);
	if (by->target)
		add_word(to, fpb_target_title(c->target));
	/* Names are ASCII as a rule, and else lose a character. */
	if (fpb_text_width(to) > by->max)
		strcpy(to + by->max - 1, "\u2026");
}

/* Four columns each, so that those of several kernels line up. */
static void put_percent(char *to, double ratio)
{
	char percent[FPB_UNITS_MAX] = "-", padded[FPB_UNITS_MAX];

	if (ratio > 0)
		fpb_format_percent(ratio, percent);
	snprintf(padded, sizeof(padded), "%*s", *to ? 4 : 0, percent);
	add_word(to, padded);
}

/* @e: the effects of one row, of each kernel but the first. */
static void fill_raw(struct row *r, const struct fpb_summary *s,
		     const struct fpb_effect *e, const struct format *f)
{
	char *to = next(r);
	size_t side;

	*to = '\0';
	put_percent(to, e->to_raw[0]);
	for (side = 1; side < s->nsides; side++) {
		if (f->apart) {
			to = next(r);
			*to = '\0';
		}
		put_percent(to, e[side - 1].to_raw[1]);
	}
}

static void fill_effect(char *to, const struct fpb_summary *s,
			const struct fpb_effect *e, const struct format *f)
{
	char text[FPB_CLAIM_MAX], word[FPB_CLAIM_MAX];
	struct fpb_estimate value = e->ratio;

	value.has_interval &= f->intervals;
	fpb_claim_verdict(&e->ratio, e->verdict, s->margin, word);
	if (e->ratio.has_interval && !fpb_verdict_resolved(e->verdict))
		strcpy(word, "not resolved");
	snprintf(to, TEXT_MAX, "%.80s%s%.40s", fpb_claim_interval(&value, text),
		 *word ? " " : "", word);
}

static void fill_row(struct row *r, const struct fpb_summary *s,
		     const struct fpb_effect *e, const struct format *f,
		     const struct naming *by)
{
	size_t side;

	r->n = 0;
	put_name(next(r), e->first, by);
	fill_raw(r, s, e, f);
	for (side = 1; side < s->nsides; side++)
		fill_effect(next(r), s, &e[side - 1], f);
}

/* "FUSE/raw", or "/raw" if targets differ. */
static void put_of_raw(char *to, const struct fpb_summary *s, bool many)
{
	const struct fpb_effect *e = s->effects;

	if (many) {
		strcpy(to, "/raw");
		return;
	}
	while (fpb_effect_is_control(e))
		e++;
	snprintf(to, TEXT_MAX, "%s/raw", fpb_target_title(e->first->target));
}

static void fill_headers(struct row *top, struct row *bottom,
			 const struct fpb_summary *s, const struct format *f,
			 const struct naming *by)
{
	char buf[2][FPB_SHORT_NAME_MAX];
	const char *base = fpb_section_short_name(s, 0, buf[0]);
	size_t side;

	top->n = bottom->n = 0;
	strcpy(next(top), "");
	strcpy(next(bottom), by->workload ? "workload" : "target");
	for (side = 0; side < (f->apart ? s->nsides : 1); side++) {
		strcpy(next(top), f->apart ?
		       fpb_section_short_name(s, side, buf[1]) : "each kernel");
		if (f->apart)
			put_of_raw(next(bottom), s, by->target);
		else
			strcpy(next(bottom), "(/raw)");
	}
	for (side = 1; side < s->nsides; side++) {
		snprintf(next(top), TEXT_MAX, "%s/%s",
			 fpb_section_short_name(s, side, buf[1]), base);
		strcpy(next(bottom), f->intervals ? "[CI] verdict" : "verdict");
	}
}

static int fill_grid(struct fpb_grid *g, const struct fpb_summary *s,
		     const struct format *f, const struct naming *by)
{
	struct row top, bottom, row;
	size_t i;
	int ret;

	fill_headers(&top, &bottom, s, f, by);
	fpb_grid_init(g, top.n, 2, s->nsides == 2);
	g->first_left = true;
	ret = fpb_grid_add_array(g, *top.text, TEXT_MAX);
	if (!ret)
		ret = fpb_grid_add_array(g, *bottom.text, TEXT_MAX);
	/* Effects of one row stand side by side. */
	for (i = 0; !ret && i < s->neffects; i += s->nsides - 1) {
		if (fpb_effect_is_control(&s->effects[i]))
			continue;
		fill_row(&row, s, &s->effects[i], f, by);
		ret = fpb_grid_add_array(g, *row.text, TEXT_MAX);
	}
	if (ret)
		fpb_grid_free(g);
	return ret;
}

static int put_grid(struct fpb_page *p, const struct fpb_summary *s)
{
	struct naming by = {
		.regime = fpb_summary_regimes(s) > 1,
		.workload = fpb_summary_workloads(s) > 1,
		.target = fpb_summary_targets(s) > 1,
		.max = TEXT_MAX - 8,
	};
	size_t i, over = 0;
	struct fpb_grid g;
	int ret;

	for (i = 0; i < NFORMATS; i++) {
		if (!formats[i].whole_names) {
			by.max = fpb_grid_column_width(&g, 0);
			by.max = by.max > over + NAME_MIN ? by.max - over :
							    NAME_MIN;
		}
		if (i)
			fpb_grid_free(&g);
		ret = fill_grid(&g, s, &formats[i], &by);
		if (ret)
			return ret;
		if (!fpb_page_has_lines(p) ||
		    fpb_grid_width(&g) <= FPB_PAGE_WIDTH)
			break;
		over = fpb_grid_width(&g) - FPB_PAGE_WIDTH;
	}
	fpb_page_grid(p, &g);
	fpb_grid_free(&g);
	return 0;
}

static void put_jobs(const struct fpb_summary *s, FILE *out)
{
	unsigned int lo = s->cells[0].numjobs, hi = lo;
	size_t i;

	for (i = 0; i < s->ncells; i++) {
		lo = s->cells[i].numjobs < lo ? s->cells[i].numjobs : lo;
		hi = s->cells[i].numjobs > hi ? s->cells[i].numjobs : hi;
	}
	if (fpb_summary_regimes(s) == 1)
		fprintf(out, "%s: ", s->cells[0].regime);
	fprintf(out, "means over %u", lo);
	if (hi > lo)
		fprintf(out, " to %u", hi);
	fprintf(out, " job%s" FPB_PAGE_FACT, fpb_plural(hi));
}

static void put_needed(struct fpb_page *p, const struct fpb_summary *s)
{
	char text[FPB_CLAIM_MAX];
	size_t i, needed = 0, lacking = 0;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (fpb_effect_is_control(e))
			continue;
		needed = e->needed > needed ? e->needed : needed;
		lacking = e->lacking > lacking ? e->lacking : lacking;
	}
	if (lacking)
		snprintf(text, sizeof(text), "An interval needs %zu more %s.",
			 lacking, fpb_claim_replicates(s, lacking));
	else if (needed)
		snprintf(text, sizeof(text),
			 "Not resolved: the widest would need about %zu %s.", needed,
			 fpb_claim_replicates(s, needed));
	if (lacking || needed)
		fpb_page_note(p, text);
}

/* Where stalls make another ratio of the totals. */
static int put_totals(struct fpb_page *p, const struct fpb_summary *s)
{
	const char *sep = "Time averages, lowered by stalls: ";
	char interval[FPB_CLAIM_MAX], *text;
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	size_t i, n = 0;

	for (i = 0; out && i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (fpb_effect_is_control(e) || !e->total_differs ||
		    n++ >= TOTALS_MAX)
			continue;
		fputs(sep, out);
		fpb_claim_subject(out, s, e);
		fprintf(out, " %s", fpb_claim_interval(&e->total, interval));
		sep = "; ";
	}
	if (out && n > TOTALS_MAX)
		fprintf(out, "; and %zu more", n - TOTALS_MAX);
	text = out ? fpb_memstream_close(&m) : NULL;
	if (!text)
		return -ENOMEM;
	if (n)
		fpb_page_note(p, text);
	free(text);
	return 0;
}

int fpb_overview_remarks(struct fpb_page *p, const struct fpb_summary *s)
{
	put_needed(p, s);
	return put_totals(p, s);
}

int fpb_overview_put(struct fpb_page *p, const struct fpb_summary *s)
{
	const struct fpb_section all = {
		.s = s, .overview = true,
		.first = fpb_summary_regimes(s) > 1 ? NULL : s->cells,
	};
	char *platform = fpb_section_platform(&all);
	struct fpb_memstream m;
	FILE *out = platform ? fpb_memstream_open(&m) : NULL;
	int ret;

	if (!out) {
		free(platform);
		return -ENOMEM;
	}
	put_jobs(s, out);
	fputs(platform, out);
	free(platform);
	ret = fpb_page_caption_stream(p, &m) ? : put_grid(p, s);
	if (ret)
		return ret;
	fpb_section_put_names(p, &all);
	return fpb_overview_remarks(p, s);
}
