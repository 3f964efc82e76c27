// SPDX-License-Identifier: GPL-2.0
#include "report/calibration.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/calibration.h"
#include "report/page.h"

#define CELL	48
#define COLUMNS	6

/* For how many boot pairs would resolve it, in the third table. */
#define FINE	0.02

/* There is nothing to say of this group. */
#define NO_ROW	1

struct row {
	char text[COLUMNS][CELL];
};

/* A table: its title, its columns, and one row for each group that it shows. */
struct table {
	const char *title;
	const char *head[COLUMNS];
	bool (*shows)(const struct fpb_calibration_group *g);
	/* 0, NO_ROW or -errno. */
	int (*fill)(const struct fpb_sessions *all,
		    const struct fpb_calibration_group *g, struct row *r);
};

/* 3.62 is "3.6", 96.4 is "96", but 99.6 stays below 100. */
static const char *percent(double share, char *buf)
{
	double p = 100 * share;

	snprintf(buf, CELL, "%.*f", fabs(p) < 9.95 ||
		 (p > 99 && p < 100) ? 1 : 0, p);
	return buf;
}

static void put_proportion(const struct fpb_proportion *p, char *cell)
{
	char share[CELL], lo[CELL], hi[CELL];

	if (!p->n)
		snprintf(cell, CELL, "-");
	else
		snprintf(cell, CELL, "%zu, %s %% [%s, %s]", p->k,
			 percent((double)p->k / p->n, share),
			 percent(p->lo, lo), percent(p->hi, hi));
}

static void put_load(const struct fpb_calibration_group *g, char *cell)
{
	snprintf(cell, CELL, "%s", g->load ? "loaded" : "quiet");
}

static void put_planted(const struct fpb_calibration_group *g, char *cell)
{
	if (g->percent)
		snprintf(cell, CELL, "%u %%", g->percent);
	else
		snprintf(cell, CELL, "none");
}

/* A slowdown, from the logarithm of a ratio. */
static void put_mean(const struct fpb_estimate *e, char *cell)
{
	if (!e->n)
		snprintf(cell, CELL, "-");
	else if (!e->has_interval)
		snprintf(cell, CELL, "%.2f %%", -100 * expm1(e->value));
	else
		snprintf(cell, CELL, "%.2f %% [%.2f, %.2f]",
			 -100 * expm1(e->value), -100 * expm1(e->hi),
			 -100 * expm1(e->lo));
}

/* --- the tables ------------------------------------------------------------- */

static bool is_identical(const struct fpb_calibration_group *g)
{
	return g->kind == FPB_SESSION_IDENTICAL;
}

static int fill_alarms(const struct fpb_sessions *all,
		       const struct fpb_calibration_group *g, struct row *r)
{
	put_load(g, r->text[0]);
	snprintf(r->text[1], CELL, "%zu", g->n);
	put_proportion(&g->claims, r->text[2]);
	put_proportion(&g->row_claims, r->text[3]);
	return 0;
}

static bool is_planted(const struct fpb_calibration_group *g)
{
	return g->kind == FPB_SESSION_PLANTED;
}

static int fill_power(const struct fpb_sessions *all,
		       const struct fpb_calibration_group *g, struct row *r)
{
	put_load(g, r->text[0]);
	put_planted(g, r->text[1]);
	put_mean(&g->mean, r->text[2]);
	snprintf(r->text[3], CELL, "%zu", g->n);
	put_proportion(&g->slower, r->text[4]);
	return 0;
}

static bool is_either(const struct fpb_calibration_group *g)
{
	return g->kind != FPB_SESSION_SIZING && g->n > g->without;
}

/* The half width falls with the root of the boot pairs. */
static int fill_precision(const struct fpb_sessions *all,
			  const struct fpb_calibration_group *g,
			  struct row *r)
{
	double times = log1p(g->resolution) / log1p(FINE);

	put_load(g, r->text[0]);
	put_planted(g, r->text[1]);
	if (g->mean.has_interval)
		snprintf(r->text[2], CELL, "%.1f %%", 100 * g->sd_pair);
	else
		snprintf(r->text[2], CELL, "-");
	snprintf(r->text[3], CELL, "±%.1f %%; ±2 %%: %.0f",
		 100 * g->resolution, ceil(g->pairs * times * times));
	put_proportion(&g->covered, r->text[4]);
	return 0;
}

/* Boot pairs of a session as short as these, of a default run, and of a FOCUS. */
static const unsigned int drawn_pairs[] = { 9, 19, 38 };
#define DRAWS	10000

static int fill_drawn(const struct fpb_sessions *all,
		      const struct fpb_calibration_group *g, struct row *r)
{
	put_load(g, r->text[0]);
	put_planted(g, r->text[1]);
	for (size_t i = 2; i < COLUMNS; i++)
		strcpy(r->text[i], "-");
	for (size_t i = 0; i < sizeof(drawn_pairs) / sizeof(*drawn_pairs); i++) {
		struct fpb_proportion found;
		char share[CELL];
		ssize_t n = fpb_calibration_draw(all, g, drawn_pairs[i], DRAWS,
						 &found);

		if (n < 0 || (!i && !n))
			return n < 0 ? n : NO_ROW;
		if (!i)
			snprintf(r->text[2], CELL, "%zd", n);
		if (n)
			snprintf(r->text[3 + i], CELL, "%s %%",
				 percent((double)found.k / found.n, share));
	}
	return 0;
}

static const struct table tables[] = {
	{ "False alarms: sessions of identical kernels that claim a difference",
	  { "load", "sessions", "in the first line", "in any row" },
	  is_identical, fill_alarms },
	{ "Power: sessions with a planted slowdown whose first line says slower",
	  { "load", "planted", "measured, mean", "sessions", "found" },
	  is_planted, fill_power },
	{ "Precision of the first line",
	  { "load", "planted", "SD, pair", "resolves",
	    "holds the truth" },
	  is_either, fill_precision },
	{ "Claims of sessions of 9, 19, 38 boot pairs, drawn from all of these",
	  { "load", "planted", "boot pairs", "9 drawn", "19 drawn",
	    "38 drawn" },
	  is_either, fill_drawn },
};

/* --- all of it -------------------------------------------------------------- */

/* Calls @each for all groups of sessions with @load, or without. */
static int for_groups(const struct fpb_sessions *all, bool load,
		      int (*each)(const struct fpb_calibration_group *g,
				  void *user), void *user)
{
	struct fpb_calibration_group g;
	int ret = 0;

	for (unsigned int p = 0; !ret && p < 100; p++) {
		ret = fpb_calibration_group(all, p ? FPB_SESSION_PLANTED :
					    FPB_SESSION_IDENTICAL, p, load, &g);
		if (!ret && g.n)
			ret = each(&g, user);
	}
	return ret;
}

struct filling {
	const struct fpb_sessions *all;
	const struct table *table;
	struct fpb_grid grid;
};

static int fill_group(const struct fpb_calibration_group *g, void *user)
{
	struct filling *f = user;
	struct row r = { 0 };
	int ret;

	if (!f->table->shows(g))
		return 0;
	ret = f->table->fill(f->all, g, &r);
	return ret == NO_ROW ? 0 :
	       ret ? : fpb_grid_add_array(&f->grid, *r.text, CELL);
}

static int put_table(struct fpb_page *p, const struct fpb_sessions *all,
		     const struct table *t)
{
	struct filling f = { .all = all, .table = t };
	size_t ncols = COLUMNS;
	int ret;

	while (!t->head[ncols - 1])
		ncols--;

	fpb_grid_init(&f.grid, ncols, 1, true);
	ret = fpb_grid_add(&f.grid, t->head) ? :
	      for_groups(all, false, fill_group, &f) ? :
	      for_groups(all, true, fill_group, &f);
	if (!ret && f.grid.nrows > 1) {
		fpb_page_caption(p, t->title);
		fpb_page_grid(p, &f.grid);
	}
	fpb_grid_free(&f.grid);
	return ret;
}

/* Sums up groups; @user is another one. */
static int add_group(const struct fpb_calibration_group *g, void *user)
{
	struct fpb_calibration_group *sum = user;

	sum->foreign_lo = sum->n ? fmin(sum->foreign_lo, g->foreign_lo) :
				   g->foreign_lo;
	sum->foreign_hi = fmax(sum->foreign_hi, g->foreign_hi);
	sum->pairs = fmax(sum->pairs, g->pairs);
	sum->n += g->n;
	sum->without += g->without;
	sum->failed += g->failed;
	sum->wrong += g->wrong;
	sum->samples += g->samples;
	sum->lost += g->lost;
	sum->repeated += g->repeated;
	return 0;
}

static int note_load(struct fpb_page *p, const struct fpb_sessions *all,
		     bool load)
{
	struct fpb_calibration_group sum = { .load = load };
	char name[CELL], text[512];
	int ret = for_groups(all, load, add_group, &sum);

	if (ret || !sum.n)
		return ret;
	put_load(&sum, name);
	snprintf(text, sizeof(text), "%s: %zu sessions of up to %u boot pairs. Other work kept %.1f to %.1f CPUs busy. %u rounds were repeated because of it, %u of %u samples lost. Sessions without an interval: %zu, failed: %zu, with a slowdown that was called faster: %zu.",
		 name, sum.n, sum.pairs, sum.foreign_lo, sum.foreign_hi,
		 sum.repeated, sum.lost, sum.samples + sum.lost, sum.without,
		 sum.failed, sum.wrong);
	fpb_page_note(p, text);
	return 0;
}

static void note_reading(struct fpb_page *p)
{
	fpb_page_note(p, "[]: 95 % interval; of counts, Clopper and Pearson's. Nominal false alarms: 1 % in the first line, 5 % in any row. Measured: mean over all sessions, found or not. SD, pair: standard deviation of one boot pair's effect (that between sessions times the square root of their boot pairs). Resolves: the median half width of an interval, and how many boot pairs would resolve ±2 %. Holds the truth: sessions whose interval contains 0 %, or the measured mean if a slowdown is planted. Drawn: 10,000 sessions of so many boot pairs, drawn with replacement from those of all sessions of the row (if these are ten times as many): their first lines that claim a difference (none planted) or say slower. What the boot pairs of a row have in common by chance counts as a difference, so without a slowdown a little more than 1 % is expected.");
}

static bool same_machine(const struct fpb_session *a,
			 const struct fpb_session *b)
{
	return a->cpus == b->cpus && !strcmp(a->kernel, b->kernel);
}

/* Each kernel and number of CPUs once, where it is met first. */
static void note_machines(struct fpb_page *p, const struct fpb_sessions *all)
{
	char text[512];
	size_t i, j, n;

	for (i = 0; i < all->n; i++) {
		const struct fpb_session *x = &all->at[i];

		for (j = 0; !same_machine(&all->at[j], x); j++)
			;
		if (j < i)
			continue;
		for (n = 0; j < all->n; j++)
			n += same_machine(&all->at[j], x);
		snprintf(text, sizeof(text), "%zu session%s on %u CPUs, kernel %s.",
			 n, n == 1 ? "" : "s", x->cpus, x->kernel);
		fpb_page_note(p, text);
	}
}

int fpb_report_calibration(FILE *out, const struct fpb_sessions *all)
{
	struct fpb_page p = { .out = out };
	int ret = 0;

	for (size_t i = 0; !ret && i < sizeof(tables) / sizeof(*tables); i++)
		ret = put_table(&p, all, &tables[i]);
	if (ret)
		return ret;
	note_reading(&p);
	ret = note_load(&p, all, false) ? : note_load(&p, all, true);
	note_machines(&p, all);
	return ret;
}
