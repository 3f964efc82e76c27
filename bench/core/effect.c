// SPDX-License-Identifier: GPL-2.0
/* From rows to one number for a regime, workload, target and kernel. */
#include "core/effect.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/looks.h"
#include "core/matrix.h"

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

double fpb_effects_alpha(bool width, double side_risk)
{
	if (side_risk > 0)
		return fpb_looks_alpha(side_risk);
	return FPB_ALPHA_EFFECT * (width ? FPB_ALPHA_LOOKS : 1);
}

double fpb_effects_alpha_of(const struct fpb_manifest *m)
{
	return fpb_effects_alpha(m->until_ci_pct > 0, m->until_side_pct > 0 ?
				 m->side_risk_pct / 100 : 0);
}

size_t fpb_effect_rounds_min(double alpha)
{
	return fmax(FPB_EFFECT_ROUNDS_MIN, fpb_stats_centre_min(alpha));
}

/* The rows of an effect: places of their cells, in their order. */
struct rows {
	const struct fpb_lineup *l;
	size_t side, base;		/* of the kernels that are compared */
	size_t *cells;
	size_t n;
};

static int rows_init(struct rows *r, const struct fpb_lineup *l,
		     const struct fpb_effect *e)
{
	size_t i;

	*r = (struct rows){ .l = l, .side = e->side, .base = e->base };
	r->cells = malloc(l->ncells * sizeof(*r->cells));
	for (i = 0; r->cells && i < l->ncells; i++)
		if (fpb_cell_alike(&l->cells[i], e->first))
			r->cells[r->n++] = i;
	return r->cells ? 0 : -ENOMEM;
}

static const struct fpb_cell_result *result(const struct rows *r, size_t side,
					    size_t row)
{
	return &r->l->sides[side].results[r->cells[row]];
}

static void describe_rows(const struct rows *r, struct fpb_effect *e,
			  const struct fpb_matrix *m)
{
	size_t i;

	for (i = 0; i < m->nrows; i++) {
		unsigned int jobs = r->l->cells[r->cells[i]].numjobs;

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

/* Numbers by round of one row, to @d; what @which means is their own affair. */
typedef void (*get_row)(const struct rows *r, size_t row, int which, double *d);

/* Logarithms of the rates; @total: those of the slices' totals. */
static void get_ratio(const struct rows *r, size_t row, int total, double *d)
{
	fpb_lineup_differences(r->l, r->base, r->side, r->cells[row], total, d);
}

static void get_latency(const struct rows *r, size_t row, int quantile,
			double *d)
{
	fpb_lineup_latencies(r->l, r->base, r->side, r->cells[row], quantile,
			     d);
}

static void get_early(const struct rows *r, size_t row, int side, double *d)
{
	memcpy(d, result(r, side, row)->log_early,
	       r->l->sides[side].rounds * sizeof(*d));
}

static int take(const struct rows *r, get_row get, int which,
		struct fpb_matrix *m)
{
	size_t i;

	if (fpb_matrix_init(m, r->n, r->l->sides[0].rounds))
		return -ENOMEM;
	for (i = 0; i < r->n; i++)
		get(r, i, which, fpb_matrix_row(m, i));
	fpb_matrix_choose_rows(m);
	return 0;
}

/* Means of rows, with room for those of all rounds and sessions. */
struct means {
	double *d;
	size_t *machine;		/* that each was measured on */
	size_t n;
};

/* Replicates are rounds here. */
static void means_of(const struct rows *r, const struct fpb_matrix *m,
		     struct means *x)
{
	size_t i;

	x->n = fpb_matrix_means(m, x->d, x->machine);
	for (i = 0; i < x->n; i++)
		x->machine[i] = fpb_lineup_machine(r->l, x->machine[i]);
}

static int means_by_round(const struct rows *r, get_row get, int which,
			  struct means *x)
{
	struct fpb_matrix m;
	int ret = take(r, get, which, &m);

	if (!ret)
		means_of(r, &m, x);
	fpb_matrix_free(&m);
	return ret;
}

static int centre(const struct means *x, double alpha, struct fpb_estimate *e)
{
	return fpb_stats_centre_in(x->d, x->machine, x->n, alpha, e);
}

static bool any_duet(const struct rows *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (fpb_matrix_present(result(r, r->side, i)->log_duet,
				       r->l->sides[r->side].rounds))
			return true;
	return false;
}

/* Centre of what the totals say, and of how it differs from the medians'. */
static int fill_total(const struct rows *r, struct fpb_effect *e,
		      const struct fpb_matrix *medians, struct means *x)
{
	struct fpb_estimate difference;
	struct fpb_matrix m;
	size_t i;
	int ret = take(r, get_ratio, true, &m);

	if (ret)
		goto out_free;
	memcpy(m.counts, medians->counts, m.nrows * sizeof(*m.counts));
	means_of(r, &m, x);
	ret = centre(x, e->alpha, &e->total);
	e->total = fpb_estimate_exp(e->total);
	for (i = 0; i < m.nrows * m.n; i++)
		m.d[i] -= medians->d[i];
	means_of(r, &m, x);
	if (!ret)
		ret = centre(x, e->alpha, &difference);
	if (!ret)
		e->total_differs = difference.has_interval &&
			(difference.lo > 0 || difference.hi < 0);
out_free:
	fpb_matrix_free(&m);
	return ret;
}

static int fill_early(const struct rows *r, size_t side, double alpha,
		      struct means *x, struct fpb_estimate *early)
{
	int ret = means_by_round(r, get_early, side, x);

	if (!ret)
		ret = fpb_stats_mean(x->d, x->n, FPB_ROUNDS_MIN, alpha, early);
	*early = fpb_estimate_exp(*early);
	return ret;
}

/* How far machines agree about the effect. */
static int fill_machines(const struct rows *r, struct fpb_effect *e,
			 const struct means *x)
{
	const size_t n = fpb_lineup_machines(r->l);

	if (n < 2)
		return 0;
	e->machines = calloc(n, sizeof(*e->machines));
	if (!e->machines)
		return -ENOMEM;
	return fpb_machines_compare(x->d, x->machine, x->n, e->alpha,
				    e->machines, n, &e->spread);
}

static int fill_paired(const struct rows *r, struct fpb_effect *e,
		       struct means *x)
{
	size_t i, min = fpb_effect_rounds_min(e->alpha), most = 0;
	struct fpb_matrix m;
	int ret = take(r, get_ratio, false, &m);

	if (ret)
		goto out_free;
	describe_rows(r, e, &m);
	for (i = 0; i < m.nrows; i++)
		most = fmax(most, fpb_matrix_present(fpb_matrix_row(&m, i),
						     m.n));
	means_of(r, &m, x);
	e->rounds_left_out = most > x->n ? most - x->n : 0;
	ret = centre(x, e->alpha, &e->ratio);
	e->ratio.has_interval &= x->n >= min;
	e->lacking = x->n < min ? min - x->n : 0;

	if (!ret)
		ret = fill_machines(r, e, x);
	if (!ret && any_duet(r))
		ret = fill_total(r, e, &m, x);
	for (i = 0; !ret && i < 2; i++)
		ret = fill_early(r, i ? e->side : e->base, e->alpha, x,
				 &e->early[i]);
out_free:
	fpb_matrix_free(&m);
	return ret;
}

/* Kernels of separate runs: replicates are sessions */

/* Means by session, of the rows that all sessions of both kernels have. */
struct sessions {
	struct fpb_matrix old, new;
	size_t m, n;			/* of the baseline, then of the other */
};

static int take_sessions(const struct rows *r, size_t side, int what,
			 struct fpb_matrix *m)
{
	const struct fpb_side *of = &r->l->sides[side];
	size_t i;

	if (fpb_matrix_init(m, r->n, of->nsessions))
		return -ENOMEM;
	for (i = 0; i < r->n; i++) {
		double *row = fpb_matrix_row(m, i);

		fpb_session_means(of, fpb_cell_logs(result(r, side, i), what),
				  row);
		m->counts[i] = fpb_matrix_present(row, m->n) == m->n;
	}
	return 0;
}

/*
 * Compare the sessions by fpb_cell_logs() @what. @x is to be freed in any case;
 * @means has room for all sessions.
 */
static int compare_sessions(const struct rows *r, int what, double alpha,
			    double *means, struct sessions *x,
			    struct fpb_estimate *e)
{
	size_t i;

	*x = (struct sessions){ .m = 0 };
	if (take_sessions(r, 0, what, &x->old) ||
	    take_sessions(r, r->side, what, &x->new))
		return -ENOMEM;
	/* A row is compared if every session has it. */
	for (i = 0; i < r->n; i++)
		x->new.counts[i] = x->old.counts[i] =
			x->old.counts[i] && x->new.counts[i];
	x->m = fpb_matrix_means(&x->old, means, NULL);
	x->n = fpb_matrix_means(&x->new, means + x->m, NULL);
	return fpb_stats_shift(means, x->m, means + x->m, x->n,
			       FPB_SESSIONS_MIN, alpha, e);
}

static void sessions_free(struct sessions *x)
{
	fpb_matrix_free(&x->new);
	fpb_matrix_free(&x->old);
}

static size_t short_of(size_t have, size_t want)
{
	return have < want ? want - have : 0;
}

static int fill_separate(const struct rows *r, struct fpb_effect *e,
			 struct means *means)
{
	struct sessions x;
	int ret = compare_sessions(r, FPB_RATE, e->alpha, means->d, &x,
				   &e->ratio);

	if (!ret)
		describe_rows(r, e, &x.new);
	e->lacking = short_of(x.m, FPB_SESSIONS_MIN) +
		     short_of(x.n, FPB_SESSIONS_MIN);
	sessions_free(&x);
	return ret;
}

/* Latencies */

/* Keeps the rows of which samples of both kernels tell the quantile. */
static void keep_told(struct rows *r, enum fpb_quantile q,
		      struct fpb_latency_effect *x)
{
	size_t i, used = 0;

	x->rows_few = 0;
	for (i = 0; i < r->n; i++) {
		const struct fpb_latency *old =
			&result(r, r->base, i)->latency[q];
		const struct fpb_latency *new =
			&result(r, r->side, i)->latency[q];

		if (old->few || new->few)
			x->rows_few++;
		else if (old->ns.n && new->ns.n)
			r->cells[used++] = r->cells[i];
	}
	x->rows = r->n = used;
}

static int compare_latency(const struct rows *r, enum fpb_quantile q,
			   struct means *means, struct fpb_latency_effect *x)
{
	struct sessions of;
	int ret;

	if (!r->l->paired) {
		ret = compare_sessions(r, q, x->alpha, means->d, &of,
				       &x->ratio);
		sessions_free(&of);
		return ret;
	}
	ret = means_by_round(r, get_latency, q, means) ? :
	      centre(means, x->alpha, &x->ratio);
	if (!ret)
		x->ratio.has_interval &=
			means->n >= fpb_effect_rounds_min(x->alpha);
	return ret;
}

static int fill_latency(const struct fpb_lineup *l, double margin,
			struct fpb_effect *e, enum fpb_quantile q,
			struct means *means)
{
	struct fpb_latency_effect *x = &e->latency[q];
	struct rows r;
	int ret = rows_init(&r, l, e);

	if (!ret)
		keep_told(&r, q, x);
	if (!ret && r.n)
		ret = compare_latency(&r, q, means, x);
	free(r.cells);
	if (ret || !x->rows)
		return ret;
	x->verdict = fpb_latency_verdict(&x->ratio, margin);
	x->ratio = fpb_estimate_exp(x->ratio);
	return 0;
}

/* All of it */

static void fill_to_raw(const struct rows *r, struct fpb_effect *e)
{
	double sum[2] = { 0 };
	size_t i, k, n = 0;

	for (i = 0; i < r->n; i++) {
		const struct fpb_estimate *of[2] = {
			&result(r, r->base, i)->to_raw,
			&result(r, r->side, i)->to_raw,
		};

		if (!of[0]->n || !of[1]->n)
			continue;
		for (k = 0; k < 2; k++)
			sum[k] += log(of[k]->value);
		n++;
	}
	for (k = 0; n && k < 2; k++)
		e->to_raw[k] = exp(sum[k] / n);
}

/* @means: room for the rounds of two kernels, and so for their sessions. */
static int fill(const struct fpb_lineup *l, double margin,
		struct fpb_effect *e, struct means *means)
{
	struct rows r;
	int q, ret = rows_init(&r, l, e);

	if (!ret)
		ret = l->paired ? fill_paired(&r, e, means) :
				  fill_separate(&r, e, means);
	fill_to_raw(&r, e);
	free(r.cells);
	for (q = 0; !ret && q < FPB_COSTS; q++)
		ret = fill_latency(l, margin, e, q, means);
	e->verdict = fpb_verdict(&e->ratio, margin);
	if (e->ratio.has_interval && !fpb_verdict_resolved(e->verdict))
		e->needed = fpb_stats_needed(&e->ratio, margin);
	e->ratio = fpb_estimate_exp(e->ratio);
	return ret;
}

ssize_t fpb_effect_pairs(const struct fpb_lineup *l, const struct fpb_effect *e,
			 double *log)
{
	struct means x = { .d = log };
	struct rows r;
	int ret = rows_init(&r, l, e);

	x.machine = malloc((l->sides[0].rounds + 1) * sizeof(*x.machine));
	if (!x.machine)
		ret = -ENOMEM;
	if (!ret && l->paired)
		ret = means_by_round(&r, get_ratio, false, &x);
	free(x.machine);
	free(r.cells);
	return ret ? ret : (ssize_t)x.n;
}

/* Whether no earlier cell is a row of the same effect. */
static bool begins_effect(const struct fpb_cell *cells, size_t cell)
{
	size_t i;

	for (i = 0; i < cell; i++)
		if (fpb_cell_alike(&cells[i], &cells[cell]))
			return false;
	return true;
}

/* Whether the last kernel is compared with the first one, too. */
static bool has_whole(size_t nkernels, bool steps)
{
	return steps && nkernels > 2;
}

size_t fpb_effects_count(const struct fpb_cell *cells, size_t ncells,
			 size_t nkernels, bool steps)
{
	size_t i, n = 0;

	for (i = 0; i < ncells; i++)
		n += !fpb_cell_is_raw(&cells[i]) && begins_effect(cells, i);
	return n * (nkernels - 1 + has_whole(nkernels, steps));
}

static size_t list_effects(const struct fpb_lineup *l, struct fpb_effect *e)
{
	size_t i, side, n = 0;

	for (i = 0; i < l->ncells; i++) {
		if (!begins_effect(l->cells, i))
			continue;
		for (side = 1; side < l->nsides; side++)
			e[n++] = (struct fpb_effect){
				.first = &l->cells[i], .side = side,
				.base = fpb_lineup_base(l, side),
			};
		if (has_whole(l->nsides, l->steps))
			e[n++] = (struct fpb_effect){
				.first = &l->cells[i], .side = side - 1,
			};
	}
	return n;
}

static int count_told(const struct fpb_lineup *l, struct fpb_effect *e)
{
	struct rows r;
	int q, ret = 0;

	for (q = 0; !ret && q < FPB_COSTS; q++) {
		ret = rows_init(&r, l, e);
		if (!ret)
			keep_told(&r, q, &e->latency[q]);
		free(r.cells);
	}
	return ret;
}

/*
 * Bonferroni: the effects share one level, and their latencies and CPU times
 * another. Raw's are not what a session claims: they have their
 * own.
 */
static void share_level(const struct fpb_lineup *l, struct fpb_effect *e,
			size_t n)
{
	const struct fpb_manifest *m = &l->sides[0].run->manifest;
	const double alpha = l->paired ? fpb_effects_alpha_of(m) :
					 fpb_effects_alpha(false, 0);
	size_t i, control, rates[2] = { 0 }, latencies[2] = { 0 };
	int q;

	for (i = 0; i < n; i++) {
		control = fpb_effect_is_control(&e[i]);
		rates[control]++;
		for (q = 0; q < FPB_COSTS; q++)
			latencies[control] += e[i].latency[q].rows > 0;
	}
	for (i = 0; i < n; i++) {
		control = fpb_effect_is_control(&e[i]);
		e[i].alpha = alpha / rates[control];
		for (q = 0; q < FPB_COSTS; q++)
			if (e[i].latency[q].rows)
				e[i].latency[q].alpha =
					alpha / latencies[control];
	}
}

/* Of all sides together: enough for any two. */
static int make_room(const struct fpb_lineup *l, struct means *x)
{
	const size_t n = fpb_pooled_rounds(l->sides, l->nsides) + 1;

	x->d = malloc(n * sizeof(*x->d));
	x->machine = malloc(n * sizeof(*x->machine));
	return x->d && x->machine ? 0 : -ENOMEM;
}

int fpb_effects_fill(const struct fpb_lineup *l, double margin,
		     struct fpb_effect **effects, size_t *neffects)
{
	struct means means;
	size_t i;
	int ret = make_room(l, &means);

	*neffects = 0;
	*effects = calloc(l->ncells * l->nsides, sizeof(**effects));
	if (!*effects)
		ret = -ENOMEM;
	if (!ret)
		*neffects = list_effects(l, *effects);
	for (i = 0; !ret && i < *neffects; i++)
		ret = count_told(l, &(*effects)[i]);
	if (!ret)
		share_level(l, *effects, *neffects);
	for (i = 0; !ret && i < *neffects; i++)
		ret = fill(l, margin, &(*effects)[i], &means);
	free(means.machine);
	free(means.d);
	return ret;
}

void fpb_effects_free(struct fpb_effect *effects, size_t neffects)
{
	size_t i;

	for (i = 0; i < neffects; i++)
		free(effects[i].machines);
	free(effects);
}
