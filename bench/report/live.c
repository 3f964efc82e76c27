// SPDX-License-Identifier: GPL-2.0
#include "report/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/grid.h"
#include "core/memstream.h"
#include "report/claim.h"
#include "report/evidence.h"

/* How wide to print an effect; tried in this order until all of them fit. */
struct form {
	bool jobs;			/* the numbers of jobs */
	bool kernels;			/* both kernels, even if there are but two */
	bool words;
};

static const struct form forms[] = {
	{ true, true, true }, { false, true, true }, { false, true, false },
	{ false, false, false },
};
#define NFORMS	(sizeof(forms) / sizeof(forms[0]))

/* "cpu, patched/baseline over 1 to 8 jobs", or less. */
static void put_subject(FILE *out, const struct fpb_summary *s,
			const struct fpb_effect *e, const struct form *f)
{
	struct fpb_effect without = *e;

	if (f->kernels || s->nsides > 2) {
		if (!f->jobs)
			without.jobs_lo = without.jobs_hi = 0;
		fpb_claim_subject(out, s, &without);
		return;
	}
	fpb_claim_where(out, s, e->first);
	if (fpb_summary_targets(s) > 1)
		fprintf(out, " %s", e->first->target);
}

/* "so far 1.27 [1.20, 1.34], 12 of 19 rounds", or less. */
static void put_so_far(FILE *out, const struct fpb_live *l,
		      const struct fpb_effect *e, const struct form *f)
{
	const struct fpb_summary *s = l->so_far;
	const double goal = s->sides[0].run->manifest.until_ci_pct;
	char text[FPB_CLAIM_MAX];

	fprintf(out, "so far %s", fpb_claim_interval(&e->ratio, text));
	if (!f->words) {
		fprintf(out, ", %zu/%u", e->ratio.n, l->rounds);
		return;
	}
	if (goal > 0 && e->ratio.has_interval)
		fprintf(out, ", known to %.1f %% (goal: %g %%)",
			100 * fpb_estimate_resolution(&e->ratio), goal);
	fprintf(out, ", %zu of %s%u rounds", e->ratio.n,
		l->at_most ? "at most " : "", l->rounds);
	if (e->lacking)
		fprintf(out, " (interval after %zu)",
			e->ratio.n + e->lacking);
}

/* An effect: cut, if its names are that long. */
struct line {
	char subject[256], found[FPB_CLAIM_MAX];
};

/* How many columns the widest of them takes. */
struct widths {
	size_t subject, found;
};

/* A stream over @size bytes, of which the last stays 0; NULL: no memory. */
static FILE *open_text(char *text, size_t size)
{
	memset(text, 0, size);
	return fmemopen(text, size - 1, "w");
}

static int fill_line(struct line *line, const struct fpb_live *l,
		     const struct fpb_effect *e, const struct form *f)
{
	FILE *out = open_text(line->subject, sizeof(line->subject));

	if (!out)
		return -ENOMEM;
	put_subject(out, l->so_far, e, f);
	fclose(out);
	out = open_text(line->found, sizeof(line->found));
	if (!out)
		return -ENOMEM;
	put_so_far(out, l, e, f);
	fclose(out);
	return 0;
}

/* The first @n effects. */
static int fill_lines(struct line *lines, size_t n, const struct fpb_live *l,
		      const struct form *f, struct widths *w)
{
	const struct fpb_effect *e = l->so_far->effects;
	size_t i, width;
	int ret = 0;

	*w = (struct widths){ 0 };
	for (i = 0; !ret && i < n; e++) {
		if (fpb_effect_is_control(e))
			continue;
		ret = fill_line(&lines[i], l, e, f);
		width = fpb_text_width(lines[i].subject);
		w->subject = width > w->subject ? width : w->subject;
		width = fpb_text_width(lines[i].found);
		w->found = width > w->found ? width : w->found;
		i++;
	}
	return ret;
}

/* The numbers matter more than the names. */
static void put_line(FILE *out, const struct line *line, const struct widths *w,
		     size_t width)
{
	size_t columns = fpb_text_width(line->subject), room = 0;

	if (width > w->found + 2)
		room = width - w->found - 2;
	if (room > w->subject)
		room = w->subject;
	if (room) {
		fpb_text_cut(out, line->subject, room);
		fprintf(out, ":%*s", columns < room ?
			(int)(room - columns) + 1 : 1, "");
	}
	fpb_text_cut(out, line->found, width);
	fputc('\n', out);
}

static size_t count_effects(const struct fpb_summary *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->neffects; i++)
		n += !fpb_effect_is_control(&s->effects[i]);
	return n;
}

static int put_effects(FILE *out, const struct fpb_live *l, size_t width,
		       size_t rows)
{
	const size_t all = count_effects(l->so_far);
	const size_t n = all <= rows ? all : rows ? rows - 1 : 0;
	struct line *lines = calloc(n + 1, sizeof(*lines));
	struct widths w;
	size_t i;
	int ret = lines ? 0 : -ENOMEM;

	for (i = 0; !ret && i < NFORMS; i++) {
		ret = fill_lines(lines, n, l, &forms[i], &w);
		if (w.subject + 2 + w.found <= width)
			break;
	}
	for (i = 0; !ret && i < n; i++)
		put_line(out, &lines[i], &w, width);
	if (n < all && rows)
		fprintf(out, "and %zu more\n", all - n);
	free(lines);
	return ret;
}

/* For free(); "" if nothing is known of it. */
static char *load_of(const struct fpb_summary *s, size_t width)
{
	struct fpb_memstream m, wrapped;
	FILE *out = fpb_memstream_open(&m);
	char *text;

	if (!out)
		return NULL;
	fpb_evidence_load(s, out);
	text = fpb_memstream_close(&m);
	if (!text || !*text)
		return text;
	out = fpb_memstream_open(&wrapped);
	if (out)
		fpb_text_wrap(out, "", text, width, "  ");
	free(text);
	return out ? fpb_memstream_close(&wrapped) : NULL;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static int put_found(FILE *out, const struct fpb_live *l, size_t width,
		     size_t rows)
{
	char *load = load_of(l->so_far, width);
	size_t taken;
	int ret;

	if (!load)
		return -ENOMEM;
	taken = count_lines(load);
	if (taken >= rows) {
		*load = '\0';
		taken = 0;
	}
	ret = put_effects(out, l, width, rows - taken);
	fputs(load, out);
	free(load);
	return ret;
}

char *fpb_live_found(const struct fpb_live *l, size_t width, size_t rows)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	char *text;
	int ret = 0;

	if (!out)
		return NULL;
	if (l->so_far && rows)
		ret = put_found(out, l, width, rows);
	text = fpb_memstream_close(&m);
	if (!ret)
		return text;
	free(text);
	return NULL;
}

char *fpb_live_round(const struct fpb_live *l, size_t width)
{
	char text[256];
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	snprintf(text, sizeof(text),
		 "round %u/%u, ETA %s%u:%02u, %zu/%zu samples%s%s", l->round,
		 l->rounds, l->at_most ? "at most " : "", l->eta_s / 60,
		 l->eta_s % 60, l->done, l->total, l->now ? ", " : "",
		 l->now ? l->now : "");
	fpb_text_cut(out, text, width);
	fputc('\n', out);
	return fpb_memstream_close(&m);
}
