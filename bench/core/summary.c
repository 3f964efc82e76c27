// SPDX-License-Identifier: GPL-2.0
/* Cells to estimates, comparisons and verdicts. */
#include "core/summary.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/multiple.h"

static long find_cell(const struct fpb_summary *s, const struct fpb_cell *cell)
{
	size_t i;

	for (i = 0; i < s->ncells; i++)
		if (fpb_cell_equal(&s->cells[i], cell))
			return i;
	return -1;
}

long fpb_summary_cell(const struct fpb_summary *s, const struct fpb_cell *cell,
		      const char *target)
{
	struct fpb_cell like = *cell;

	strncpy(like.target, target, sizeof(like.target) - 1);
	return find_cell(s, &like);
}

bool fpb_summary_unproven(const struct fpb_summary *s)
{
	size_t i;

	for (i = 0; i < s->nsides; i++)
		if (s->sides[i].lock.contradicted)
			return true;
	return s->control.faster || s->control.slower;
}

static unsigned int rounds_of(const struct fpb_side *side)
{
	return side->run->manifest.rounds;
}

/* The numbers of @all that are numbers, to @some; returns how many. */
static size_t present(const double *all, size_t n, double *some)
{
	size_t i, used = 0;

	for (i = 0; i < n; i++)
		if (!isnan(all[i]))
			some[used++] = all[i];
	return used;
}

/* Centre of a - b by rounds, where both are there; b may be NULL for 0. */
static int centre_of(const double *a, const double *b, size_t rounds,
		     struct fpb_estimate *e)
{
	double *d = malloc(rounds * sizeof(*d));
	size_t i, n;
	int ret;

	if (!d)
		return -ENOMEM;
	for (i = 0; i < rounds; i++)
		d[i] = a[i] - (b ? b[i] : 0);
	n = present(d, rounds, d);
	ret = fpb_stats_centre(d, n, e);
	free(d);
	return ret;
}

/* Where the two were not measured together, both are of one boot at least. */
static void fill_to_raw(struct fpb_cell_result *r, const double *raw,
			unsigned int rounds)
{
	unsigned int i;

	for (i = 0; i < rounds; i++)
		if (isnan(r->log_to_raw[i]))
			r->log_to_raw[i] = r->log_iops[i] - raw[i];
}

static int estimate_cell(const struct fpb_summary *s, size_t side, size_t cell)
{
	const unsigned int rounds = rounds_of(&s->sides[side]);
	struct fpb_cell_result *r = &s->sides[side].results[cell];
	long raw = fpb_summary_cell(s, &s->cells[cell], FPB_TARGET_RAW);
	int ret;

	ret = centre_of(r->log_iops, NULL, rounds, &r->iops);
	if (ret)
		return ret;
	r->iops = fpb_estimate_exp(r->iops);
	if (raw < 0 || fpb_cell_is_raw(&s->cells[cell]))
		return 0;

	fill_to_raw(r, s->sides[side].results[raw].log_iops, rounds);
	ret = centre_of(r->log_to_raw, NULL, rounds, &r->to_raw);
	if (ret)
		return ret;
	r->at_par = fpb_verdict(&r->to_raw, 1, s->margin) == FPB_VERDICT_SAME;
	r->to_raw = fpb_estimate_exp(r->to_raw);
	return 0;
}

static int pool_cell(const struct fpb_summary *s, size_t cell)
{
	struct fpb_cell_result *r = &s->pooled[cell];
	int ret;

	ret = fpb_cell_pool(s->sides, s->nsides, cell, r);
	if (!ret)
		ret = centre_of(r->log_iops, NULL,
				fpb_pooled_rounds(s->sides, s->nsides),
				&r->iops);
	r->iops = fpb_estimate_exp(r->iops);
	return ret;
}

static int shift_of(const double *x, unsigned int m, const double *y,
		    unsigned int n, struct fpb_estimate *e)
{
	double *both = malloc((m + n) * sizeof(*both));
	size_t nx, ny;
	int ret;

	if (!both)
		return -ENOMEM;
	nx = present(x, m, both);
	ny = present(y, n, both + nx);
	ret = fpb_stats_shift(both, nx, both + nx, ny, e);
	free(both);
	return ret;
}

/* How far @new, by rounds of @side, lies above @old of the baseline. */
static int change_of(const struct fpb_summary *s, size_t side,
		     const double *new, const double *old,
		     struct fpb_estimate *e)
{
	unsigned int n = rounds_of(&s->sides[side]);

	if (s->paired)
		return centre_of(new, old, n, e);
	return shift_of(old, rounds_of(&s->sides[0]), new, n, e);
}

/* Leaves vs_base as a logarithm: the verdict comes after the correction. */
static int compare_cell(const struct fpb_summary *s, size_t side, size_t cell)
{
	const struct fpb_cell_result *b = &s->sides[0].results[cell];
	struct fpb_cell_result *r = &s->sides[side].results[cell];
	int ret;

	ret = change_of(s, side, r->log_iops, b->log_iops, &r->vs_base);
	if (ret || !r->to_raw.n || !b->to_raw.n)
		return ret;
	ret = change_of(s, side, r->log_to_raw, b->log_to_raw,
			&r->to_raw_vs_base);
	r->to_raw_vs_base = fpb_estimate_exp(r->to_raw_vs_base);
	return ret;
}

/* The cells that are compared together: one target's, on all kernels. */
struct family {
	struct fpb_summary *s;
	struct fpb_cell_result **results;
	const struct fpb_cell_result **bases;
	size_t n;
};

static void family_add(struct family *f, const char *target)
{
	size_t side, i;

	for (side = 1; side < f->s->nsides; side++) {
		for (i = 0; i < f->s->ncells; i++) {
			if (strcmp(f->s->cells[i].target, target))
				continue;
			f->results[f->n] = &f->s->sides[side].results[i];
			f->bases[f->n++] = &f->s->sides[0].results[i];
		}
	}
}

static int adjust_paired(const struct family *f, double *adjusted)
{
	unsigned int rounds = rounds_of(&f->s->sides[0]);
	double *d = malloc(f->n * rounds * sizeof(*d));
	unsigned int round;
	size_t i;
	int ret;

	if (!d)
		return -ENOMEM;
	for (i = 0; i < f->n; i++)
		for (round = 0; round < rounds; round++)
			d[i * rounds + round] = f->results[i]->log_iops[round] -
						f->bases[i]->log_iops[round];
	ret = fpb_max_t(d, f->n, rounds, adjusted);
	free(d);
	return ret;
}

static int adjust_unpaired(const struct family *f, double *adjusted)
{
	double *p = malloc(f->n * sizeof(*p));
	size_t i, used = 0;
	int ret;

	if (!p)
		return -ENOMEM;
	/* A cell that could not be compared is not a comparison. */
	for (i = 0; i < f->n; i++)
		if (f->results[i]->vs_base.n)
			p[used++] = f->results[i]->vs_base.p;
	ret = fpb_holm(p, used, p);
	for (i = f->n; i-- > 0;)
		adjusted[i] = f->results[i]->vs_base.n ? p[--used] : 1;
	free(p);
	return ret;
}

static void count(struct fpb_tally *t, const struct fpb_cell_result *r)
{
	if (r->verdict == FPB_VERDICT_NONE)
		return;
	t->lo = t->compared ? fmin(t->lo, r->vs_base.value) : r->vs_base.value;
	t->hi = t->compared ? fmax(t->hi, r->vs_base.value) : r->vs_base.value;
	t->compared++;
	t->faster += r->verdict == FPB_VERDICT_FASTER;
	t->slower += r->verdict == FPB_VERDICT_SLOWER;
	t->same += r->verdict == FPB_VERDICT_SAME;
	t->unclear += r->verdict == FPB_VERDICT_UNCLEAR;
}

/* Whether the comparison and the one by the ratios to raw can both be true. */
static void count_agreement(struct fpb_summary *s,
			    const struct fpb_cell_result *r)
{
	const struct fpb_estimate *a = &r->vs_base, *b = &r->to_raw_vs_base;

	if (!a->n || !b->n || !a->has_interval || !b->has_interval)
		return;
	s->both++;
	s->agree += a->lo <= b->hi && b->lo <= a->hi;
}

static void give_verdicts(const struct family *f, const double *adjusted,
			  struct fpb_tally *tally)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		struct fpb_cell_result *r = f->results[i];

		/* Both test sign changes; neither may claim more alone. */
		r->p_adjusted = fmax(adjusted[i], r->vs_base.p);
		r->verdict = fpb_verdict(&r->vs_base, r->p_adjusted,
					 f->s->margin);
		r->vs_base = fpb_estimate_exp(r->vs_base);
		count(tally, r);
		count_agreement(f->s, r);
	}
}

static int compare_target(struct fpb_summary *s, const char *target)
{
	size_t room = s->nsides * s->ncells;
	struct family f = { .s = s };
	double *adjusted = malloc(room * sizeof(*adjusted));
	int ret = -ENOMEM;

	f.results = malloc(room * sizeof(*f.results));
	f.bases = malloc(room * sizeof(*f.bases));
	if (!adjusted || !f.results || !f.bases)
		goto out_free;

	family_add(&f, target);
	ret = s->paired ? adjust_paired(&f, adjusted) :
			  adjust_unpaired(&f, adjusted);
	if (!ret)
		give_verdicts(&f, adjusted, strcmp(target, FPB_TARGET_RAW) ?
			      &s->effect : &s->control);

out_free:
	free(f.bases);
	free(f.results);
	free(adjusted);
	return ret;
}

/* Whether the cell's target was not met in an earlier cell. */
static bool new_target(const struct fpb_summary *s, size_t cell)
{
	size_t i;

	for (i = 0; i < cell; i++)
		if (!strcmp(s->cells[i].target, s->cells[cell].target))
			return false;
	return true;
}

static int evaluate(struct fpb_summary *s)
{
	size_t side, i;
	int ret = 0;

	for (side = 0; !ret && side < s->nsides; side++)
		ret = fpb_side_collect(&s->sides[side], s->cells, s->ncells);
	for (side = 0; !ret && side < s->nsides; side++)
		for (i = 0; !ret && i < s->ncells; i++)
			ret = estimate_cell(s, side, i);
	for (i = 0; !ret && i < s->ncells; i++)
		ret = pool_cell(s, i);
	for (side = 1; !ret && side < s->nsides; side++)
		for (i = 0; !ret && i < s->ncells; i++)
			ret = compare_cell(s, side, i);
	for (i = 0; !ret && s->nsides > 1 && i < s->ncells; i++)
		if (new_target(s, i))
			ret = compare_target(s, s->cells[i].target);
	if (ret)
		fpb_summary_free(s);
	return ret;
}

static int init(struct fpb_summary *s, size_t nsides, size_t ncells,
		double margin)
{
	memset(s, 0, sizeof(*s));
	s->margin = margin;
	s->sides = calloc(nsides, sizeof(*s->sides));
	s->cells = calloc(ncells, sizeof(*s->cells));
	s->pooled = calloc(ncells, sizeof(*s->pooled));
	if (!s->sides || !s->cells || !s->pooled) {
		fpb_summary_free(s);
		return -ENOMEM;
	}
	s->nsides = nsides;
	return 0;
}

/* Whether every contender's plan has this cell. */
static bool all_have(const struct fpb_contender *of, size_t n,
		     const struct fpb_cell *cell)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (of[i].run != of[0].run &&
		    fpb_manifest_cell(&of[i].run->manifest, cell) < 0)
			return false;
	return true;
}

static const char *name_of(const struct fpb_contender *of)
{
	return of->run->manifest.kernels[of->kernel].name;
}

static bool name_is_taken(const struct fpb_contender *of, size_t n, size_t i)
{
	size_t j;

	for (j = 0; j < n; j++)
		if (j != i && !strcmp(name_of(&of[i]), name_of(&of[j])))
			return true;
	return false;
}

static void set_label(struct fpb_side *side, const struct fpb_contender *of,
		      size_t n, size_t i)
{
	if (!name_is_taken(of, n, i))
		snprintf(side->label, FPB_LABEL_MAX, "%s", name_of(&of[i]));
	else if (n == 2)
		strcpy(side->label, i ? "new" : "base");
	else
		snprintf(side->label, FPB_LABEL_MAX, "%.64s of %.64s",
			 name_of(&of[i]), of[i].run->manifest.id);
}

int fpb_summary_of_kernels(struct fpb_summary *s,
			   const struct fpb_contender *of, size_t n,
			   double margin)
{
	const struct fpb_manifest *m = &of[0].run->manifest;
	size_t i;
	int ret;

	ret = init(s, n, m->ncells, margin);
	if (ret)
		return ret;
	for (i = 0; i < m->ncells; i++)
		if (all_have(of, n, &m->cells[i]))
			s->cells[s->ncells++] = m->cells[i];
	if (!s->ncells) {
		fpb_summary_free(s);
		return -ENOENT;
	}
	s->paired = true;
	for (i = 0; i < n; i++) {
		s->sides[i].run = of[i].run;
		s->sides[i].kernel = of[i].kernel;
		s->paired &= of[i].run == of[0].run;
		set_label(&s->sides[i], of, n, i);
	}
	return evaluate(s);
}

int fpb_summary_of_run(struct fpb_summary *s, const struct fpb_rundata *run,
		       double margin)
{
	size_t i, n = run->manifest.nkernels;
	struct fpb_contender *of = calloc(n, sizeof(*of));
	int ret;

	if (!of)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		of[i] = (struct fpb_contender){ .run = run, .kernel = i };
	ret = fpb_summary_of_kernels(s, of, n, margin);
	free(of);
	return ret;
}

void fpb_summary_free(struct fpb_summary *s)
{
	size_t i;

	for (i = 0; s->sides && i < s->nsides; i++)
		fpb_side_free(&s->sides[i], s->ncells);
	for (i = 0; s->pooled && i < s->ncells; i++)
		free(s->pooled[i].log_iops);
	free(s->pooled);
	free(s->sides);
	free(s->cells);
	memset(s, 0, sizeof(*s));
}
