// SPDX-License-Identifier: GPL-2.0
/* From rows to one number for a regime. */
#include "core/effect.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Less is not worth a line. */
#define EARLY_MIN	0.02

bool fpb_effect_is_control(const struct fpb_effect *e)
{
	return fpb_cell_is_raw(e->first);
}

bool fpb_effect_early_differs(const struct fpb_estimate *early)
{
	return early->has_interval && (early->lo > 1 || early->hi < 1) &&
	       fabs(log(early->value)) >= EARLY_MIN;
}

size_t fpb_effect_rounds_min(double alpha)
{
	return fmax(FPB_EFFECT_ROUNDS_MIN, fpb_stats_centre_min(alpha));
}

static bool same_rows(const struct fpb_cell *a, const struct fpb_cell *b)
{
	return !strcmp(a->regime, b->regime) &&
	       !strcmp(a->workload, b->workload) &&
	       !strcmp(a->target, b->target);
}

/* Numbers by row and replicate: NAN where there is none. */
struct matrix {
	double *d;
	size_t nrows, n;		/* n replicates */
	bool *counts;			/* by row */
};

static int matrix_init(struct matrix *m, size_t nrows, size_t n)
{
	*m = (struct matrix){ .nrows = nrows, .n = n };
	m->d = malloc((nrows * n + 1) * sizeof(*m->d));
	m->counts = calloc(nrows + 1, sizeof(*m->counts));
	return m->d && m->counts ? 0 : -ENOMEM;
}

static void matrix_free(struct matrix *m)
{
	free(m->counts);
	free(m->d);
}

static size_t present(const double *row, size_t n)
{
	size_t i, some = 0;

	for (i = 0; i < n; i++)
		some += !isnan(row[i]);
	return some;
}

/* Rows that a few rounds lack count, those that many lack do not. */
static void choose_rows(struct matrix *m)
{
	size_t i, most = 0;

	for (i = 0; i < m->nrows; i++)
		most = fmax(most, present(m->d + i * m->n, m->n));
	for (i = 0; i < m->nrows; i++)
		m->counts[i] = most && present(m->d + i * m->n, m->n) >=
			       fmin(0.9 * most, most - 1);
}

static double row_mean(const double *row, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += isnan(row[i]) ? 0 : row[i];
	return sum / present(row, n);
}

/*
 * The mean of the rows that count. A row that this replicate lacks stands there
 * with its mean over the others, and what the replicate's other rows are above
 * theirs; NAN if fewer than half of them are there.
 */
static double mean_of_rows(const struct matrix *m, size_t at)
{
	double all = 0, above = 0;
	size_t i, rows = 0, n = 0;

	for (i = 0; i < m->nrows; i++) {
		const double *row = m->d + i * m->n;

		if (!m->counts[i])
			continue;
		rows++;
		all += row_mean(row, m->n);
		if (isnan(row[at]))
			continue;
		n++;
		above += row[at] - row_mean(row, m->n);
	}
	return n && 2 * n >= rows ? all / rows + above / n : NAN;
}

/* To @means, those that are numbers. Returns how many. */
static size_t means_of_rows(const struct matrix *m, double *means)
{
	size_t i, n = 0;

	for (i = 0; i < m->n; i++) {
		double mean = mean_of_rows(m, i);

		if (!isnan(mean))
			means[n++] = mean;
	}
	return n;
}

/* The summary's cells that are rows of the effect, in their order. */
static size_t rows_of(const struct fpb_lineup *l, const struct fpb_effect *e,
		      size_t *cells)
{
	size_t i, n = 0;

	for (i = 0; i < l->ncells; i++)
		if (same_rows(&l->cells[i], e->first))
			cells[n++] = i;
	return n;
}

static void describe_rows(const struct fpb_lineup *l, struct fpb_effect *e,
			  const struct matrix *m, const size_t *cells)
{
	size_t i;

	for (i = 0; i < m->nrows; i++) {
		unsigned int jobs = l->cells[cells[i]].numjobs;

		if (!m->counts[i]) {
			e->rows_left_out++;
			continue;
		}
		e->jobs_lo = e->rows && e->jobs_lo < jobs ? e->jobs_lo : jobs;
		e->jobs_hi = e->jobs_hi > jobs ? e->jobs_hi : jobs;
		e->rows++;
	}
}

/* Kernels of one run: replicates are rounds */

static void fill_differences(const struct fpb_lineup *l,
			     const struct fpb_effect *e, const size_t *cells,
			     bool total, struct matrix *m)
{
	size_t i;

	for (i = 0; i < m->nrows; i++)
		fpb_lineup_differences(l, e->side, cells[i], total,
					m->d + i * m->n);
}

static bool any_duet(const struct fpb_lineup *l, const struct fpb_effect *e,
		     const size_t *cells, size_t n)
{
	const struct fpb_side *side = &l->sides[e->side];
	size_t i;

	for (i = 0; i < n; i++)
		if (present(side->results[cells[i]].log_duet, side->rounds))
			return true;
	return false;
}

/* Centre of what the totals say, and of how it differs from the medians'. */
static int fill_total(const struct fpb_lineup *l, struct fpb_effect *e,
		      const size_t *cells, struct matrix *m, double *means)
{
	struct fpb_estimate difference;
	struct matrix totals = *m;
	size_t i, n;
	int ret;

	totals.d = malloc(m->nrows * m->n * sizeof(*totals.d));
	if (!totals.d)
		return -ENOMEM;
	fill_differences(l, e, cells, true, &totals);
	n = means_of_rows(&totals, means);
	ret = fpb_stats_centre(means, n, e->alpha, &e->total);
	e->total = fpb_estimate_exp(e->total);
	for (i = 0; i < m->nrows * m->n; i++)
		totals.d[i] -= m->d[i];
	n = means_of_rows(&totals, means);
	if (!ret)
		ret = fpb_stats_centre(means, n, e->alpha, &difference);
	free(totals.d);
	if (!ret)
		e->total_differs = difference.has_interval &&
			(difference.lo > 0 || difference.hi < 0);
	return ret;
}

static int fill_early(const struct fpb_lineup *l, const struct fpb_effect *e,
		      const size_t *cells, size_t nrows, size_t side,
		      struct fpb_estimate *early)
{
	const size_t rounds = l->sides[side].rounds;
	double *means = malloc((rounds + 1) * sizeof(*means));
	struct matrix m;
	size_t i, n;
	int ret = matrix_init(&m, nrows, rounds);

	if (!ret && means) {
		for (i = 0; i < nrows; i++)
			memcpy(m.d + i * rounds,
			       l->sides[side].results[cells[i]].log_early,
			       rounds * sizeof(*m.d));
		choose_rows(&m);
		n = means_of_rows(&m, means);
		ret = fpb_stats_mean(means, n, FPB_ROUNDS_MIN, e->alpha, early);
		*early = fpb_estimate_exp(*early);
	} else {
		ret = -ENOMEM;
	}
	matrix_free(&m);
	free(means);
	return ret;
}

static int fill_paired(const struct fpb_lineup *l, struct fpb_effect *e,
		       const size_t *cells, size_t nrows)
{
	const size_t rounds = l->sides[0].rounds;
	double *means = malloc((rounds + 1) * sizeof(*means));
	size_t n, i, min, most = 0;
	struct matrix m;
	int ret = matrix_init(&m, nrows, rounds);

	if (ret || !means) {
		ret = -ENOMEM;
		goto out_free;
	}
	fill_differences(l, e, cells, false, &m);
	choose_rows(&m);
	describe_rows(l, e, &m, cells);
	for (i = 0; i < nrows; i++)
		most = fmax(most, present(m.d + i * rounds, rounds));
	n = means_of_rows(&m, means);
	e->rounds_left_out = most > n ? most - n : 0;
	ret = fpb_stats_centre(means, n, e->alpha, &e->ratio);
	if (!ret && any_duet(l, e, cells, nrows))
		ret = fill_total(l, e, cells, &m, means);
	for (i = 0; !ret && i < 2; i++)
		ret = fill_early(l, e, cells, nrows, i ? e->side : 0,
				 &e->early[i]);

	min = fpb_effect_rounds_min(e->alpha);
	e->ratio.has_interval &= n >= min;
	e->lacking = n < min ? min - n : 0;
out_free:
	matrix_free(&m);
	free(means);
	return ret;
}

/* Kernels of separate runs: replicates are sessions */

static int session_rates(const struct fpb_lineup *l, const size_t *cells,
			 size_t nrows, size_t side, struct matrix *m)
{
	const struct fpb_side *of = &l->sides[side];
	size_t i;

	if (matrix_init(m, nrows, of->nsessions))
		return -ENOMEM;
	for (i = 0; i < nrows; i++) {
		fpb_session_means(of, of->results[cells[i]].log_iops,
				  m->d + i * m->n);
		m->counts[i] = present(m->d + i * m->n, m->n) == m->n;
	}
	return 0;
}

static size_t short_of(size_t have, size_t want)
{
	return have < want ? want - have : 0;
}

static int fill_separate(const struct fpb_lineup *l, struct fpb_effect *e,
			 const size_t *cells, size_t nrows)
{
	const size_t room = l->sides[0].nsessions + l->sides[e->side].nsessions;
	double *means = malloc(room * sizeof(*means));
	struct matrix old = { 0 }, new = { 0 };
	size_t i, m, n;
	int ret = -ENOMEM;

	if (!means || session_rates(l, cells, nrows, 0, &old) ||
	    session_rates(l, cells, nrows, e->side, &new))
		goto out_free;
	/* A row is compared if every session has it. */
	for (i = 0; i < nrows; i++)
		new.counts[i] = old.counts[i] = old.counts[i] && new.counts[i];
	describe_rows(l, e, &new, cells);
	m = means_of_rows(&old, means);
	n = means_of_rows(&new, means + m);
	ret = fpb_stats_shift(means, m, means + m, n, FPB_SESSIONS_MIN,
			      e->alpha, &e->ratio);
	e->lacking = short_of(m, FPB_SESSIONS_MIN) +
		     short_of(n, FPB_SESSIONS_MIN);
out_free:
	matrix_free(&new);
	matrix_free(&old);
	free(means);
	return ret;
}

ssize_t fpb_effect_pairs(const struct fpb_lineup *l, const struct fpb_effect *e,
			 double *log)
{
	size_t *cells = malloc(l->ncells * sizeof(*cells));
	size_t nrows = cells ? rows_of(l, e, cells) : 0;
	struct matrix m = { 0 };
	ssize_t n = -ENOMEM;

	if (!l->paired) {
		n = 0;
	} else if (cells && !matrix_init(&m, nrows, l->sides[0].rounds)) {
		fill_differences(l, e, cells, false, &m);
		choose_rows(&m);
		n = means_of_rows(&m, log);
	}
	matrix_free(&m);
	free(cells);
	return n;
}

static int fill(const struct fpb_lineup *l, double margin,
		struct fpb_effect *e)
{
	size_t *cells = malloc(l->ncells * sizeof(*cells));
	size_t nrows;
	int ret;

	if (!cells)
		return -ENOMEM;
	nrows = rows_of(l, e, cells);
	ret = l->paired ? fill_paired(l, e, cells, nrows) :
			  fill_separate(l, e, cells, nrows);
	free(cells);
	e->verdict = fpb_verdict(&e->ratio, margin);
	if (e->ratio.has_interval && !fpb_verdict_resolved(e->verdict))
		e->needed = fpb_stats_needed(&e->ratio, margin);
	e->ratio = fpb_estimate_exp(e->ratio);
	return ret;
}

/* Whether no earlier cell is a row of the same effect. */
static bool begins_effect(const struct fpb_cell *cells, size_t cell)
{
	size_t i;

	for (i = 0; i < cell; i++)
		if (same_rows(&cells[i], &cells[cell]))
			return false;
	return true;
}

size_t fpb_effects_count(const struct fpb_cell *cells, size_t ncells,
			 size_t nkernels)
{
	size_t i, n = 0;

	for (i = 0; i < ncells; i++)
		n += !fpb_cell_is_raw(&cells[i]) && begins_effect(cells, i);
	return n * (nkernels - 1);
}

static size_t list_effects(const struct fpb_lineup *l, struct fpb_effect *e)
{
	size_t i, side, n = 0;

	for (i = 0; i < l->ncells; i++)
		for (side = 1; side < l->nsides && begins_effect(l->cells, i); side++)
			e[n++] = (struct fpb_effect){
				.first = &l->cells[i], .side = side,
			};
	return n;
}

/* Raw's effects are not what a session claims: they share another level. */
static void share_level(const struct fpb_lineup *l, struct fpb_effect *e,
			size_t n)
{
	double alpha = FPB_ALPHA_EFFECT;
	size_t i, controls = 0;

	if (l->paired && l->sides[0].run->manifest.until_ci_pct > 0)
		alpha *= FPB_ALPHA_LOOKS;
	for (i = 0; i < n; i++)
		controls += fpb_effect_is_control(&e[i]);
	for (i = 0; i < n; i++)
		e[i].alpha = alpha / (fpb_effect_is_control(&e[i]) ?
				       controls : n - controls);
}

int fpb_effects_fill(const struct fpb_lineup *l, double margin,
		     struct fpb_effect **effects, size_t *neffects)
{
	size_t i;
	int ret = 0;

	*neffects = 0;
	*effects = calloc(l->ncells * l->nsides, sizeof(**effects));
	if (!*effects)
		return -ENOMEM;
	*neffects = list_effects(l, *effects);
	share_level(l, *effects, *neffects);
	for (i = 0; !ret && i < *neffects; i++)
		ret = fill(l, margin, &(*effects)[i]);
	return ret;
}
