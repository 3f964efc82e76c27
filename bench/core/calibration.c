// SPDX-License-Identifier: GPL-2.0
#include "core/calibration.h"

#include <errno.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const unsigned int fpb_calibration_planted[] = { 0, 1, 2, 5, 10 };

/*
 * A tenth to a fifth of a 4k write's time on machines of today; doubled until
 * it shows.
 */
#define SIZING_LOOPS	10000
#define SIZING_TRIES	6
/* An effect above this is too small to divide by. */
#define SIZING_MAX	0.95

#define ALPHA		0.05

/* --- which sessions --------------------------------------------------------- */

void fpb_calibration_part(const struct fpb_calibration_list *l,
			  unsigned int *first, unsigned int *last)
{
	*first = (l->part - 1) * l->blocks / l->parts + 1;
	*last = l->part * l->blocks / l->parts;
}

/* Another one for each session: any injective mix will do. */
static uint32_t run_seed(const struct fpb_session *x)
{
	uint64_t mix = x->seed;

	mix = mix * 2 + x->load;
	mix = mix * (FPB_CALIBRATION_MAX + 1) + x->block;
	mix = mix * 3 + x->kind;
	mix = mix * 100 + x->percent;
	return mix % (UINT32_MAX - 1) + 1;
}

static struct fpb_session make(const struct fpb_calibration_list *l,
			       enum fpb_session_kind kind, unsigned int percent,
			       unsigned int block)
{
	struct fpb_session x = {
		.kind = kind, .percent = percent, .load = l->load,
		.seed = l->seed, .block = block,
	};

	x.run_seed = run_seed(&x);
	return x;
}

static bool is_sizing(const struct fpb_calibration_list *l,
		      const struct fpb_session *x)
{
	return x->kind == FPB_SESSION_SIZING && x->load == l->load;
}

/*
 * What one loop adds to a write's time, as a share of it: a write that takes
 * 1 + x times as long has 1 / (1 + x) of the rate. 0: not known yet.
 */
static double cost_of_loop(const struct fpb_calibration_list *l,
			   const struct fpb_sessions *have)
{
	double cost = 0;

	for (size_t i = 0; i < have->n; i++) {
		const struct fpb_session *x = &have->at[i];

		if (is_sizing(l, x) && x->loops && x->effect.n &&
		    x->effect.value <= SIZING_MAX)
			cost = (1 / x->effect.value - 1) / x->loops;
	}
	return cost;
}

static unsigned int loops_for(unsigned int percent, double cost)
{
	double share = percent / 100.0;

	return lround((1 / (1 - share) - 1) / cost);
}

static int next_sizing(const struct fpb_calibration_list *l,
		       const struct fpb_sessions *have,
		       struct fpb_calibration_run *next)
{
	unsigned int all = 0, shown = 0;

	for (size_t i = 0; i < have->n; i++) {
		const struct fpb_session *x = &have->at[i];

		all += is_sizing(l, x);
		/* One without an effect says nothing about its loops. */
		shown += is_sizing(l, x) && x->effect.n;
	}
	if (shown >= SIZING_TRIES)
		return -ENODATA;
	if (all - shown >= SIZING_TRIES)
		return -EIO;
	next->n = 1;
	next->at[0] = make(l, FPB_SESSION_SIZING, 0, all + 1);
	next->at[0].loops = SIZING_LOOPS << shown;
	return 0;
}

static bool is_there(const struct fpb_sessions *have,
		     const struct fpb_session *x)
{
	for (size_t i = 0; i < have->n; i++)
		if (fpb_session_same(&have->at[i], x))
			return true;
	return false;
}

/* Those of a block that are not there; one run, so they share a seed. */
static void rest_of_block(const struct fpb_calibration_list *l,
			  const struct fpb_sessions *have, unsigned int block,
			  double cost, struct fpb_calibration_run *rest)
{
	rest->n = 0;
	for (unsigned int i = 0; i < FPB_CALIBRATION_PLANTED; i++) {
		unsigned int percent = fpb_calibration_planted[i];
		struct fpb_session x = make(l, percent ? FPB_SESSION_PLANTED :
					    FPB_SESSION_IDENTICAL, percent,
					    block);

		if (l->skip & 1u << i || is_there(have, &x))
			continue;
		if (cost > 0)
			x.loops = loops_for(percent, cost);
		if (rest->n)
			x.run_seed = rest->at[0].run_seed;
		rest->at[rest->n++] = x;
	}
}

int fpb_calibration_next(const struct fpb_calibration_list *l,
			 const struct fpb_sessions *have,
			 struct fpb_calibration_run *next)
{
	double cost = cost_of_loop(l, have);
	struct fpb_calibration_run rest;
	unsigned int block, last;
	int left = 0, ret;

	next->n = 0;
	fpb_calibration_part(l, &block, &last);
	for (; block <= last; block++) {
		rest_of_block(l, have, block, cost, &rest);
		left += rest.n;
		if (!next->n)
			*next = rest;
	}
	if (!left || cost > 0)
		return left;
	ret = next_sizing(l, have, next);
	return ret ? ret : left + 1;
}

/* --- what they came to ------------------------------------------------------ */

static bool claims(const struct fpb_finding *f)
{
	return f->verdict.direction != 0;
}

static bool any_row_claims(const struct fpb_session *x)
{
	for (size_t i = 0; i < x->nrows; i++)
		if (claims(&x->rows[i]))
			return true;
	return false;
}

/* Numbers of one group's sessions. */
struct numbers {
	double *effects, *widths;	/* logarithms */
	size_t neffects, nwidths;
	size_t slower, claims, row_claims;
};

static void count(struct fpb_calibration_group *g, struct numbers *m,
		  const struct fpb_session *x)
{
	const struct fpb_finding *f = &x->effect;

	g->foreign_lo = g->n ? fmin(g->foreign_lo, x->foreign_cpus) :
			       x->foreign_cpus;
	g->foreign_hi = fmax(g->foreign_hi, x->foreign_cpus);
	g->n++;
	g->failed += x->status != 0;
	g->samples += x->samples;
	g->lost += x->lost;
	g->repeated += x->repeated;
	g->pairs = f->n > g->pairs ? f->n : g->pairs;
	g->without += !f->has_interval;
	g->wrong += g->percent && f->verdict.direction > 0;
	m->slower += f->verdict.direction < 0;
	m->claims += claims(f);
	m->row_claims += any_row_claims(x);
	if (f->n)
		m->effects[m->neffects++] = log(f->value);
	if (f->has_interval)
		m->widths[m->nwidths++] = log(f->hi / f->lo) / 2;
}

static bool in_group(const struct fpb_calibration_group *g,
		     const struct fpb_session *x)
{
	return x->kind == g->kind && x->percent == g->percent &&
	       x->load == g->load;
}

static size_t count_covered(const struct fpb_sessions *all,
			    const struct fpb_calibration_group *g)
{
	double truth = g->percent ? exp(g->mean.value) : 1;
	size_t i, covered = 0;

	for (i = 0; i < all->n; i++) {
		const struct fpb_finding *f = &all->at[i].effect;

		covered += in_group(g, &all->at[i]) && f->has_interval &&
			   f->lo <= truth && truth <= f->hi;
	}
	return covered;
}

static int estimate(const struct fpb_sessions *all,
		    struct fpb_calibration_group *g, struct numbers *m)
{
	int ret = fpb_stats_mean(m->effects, m->neffects, 2, ALPHA, &g->mean);

	if (m->neffects > 1)
		g->sd_pair = gsl_stats_sd(m->effects, 1, m->neffects) *
			     sqrt(g->pairs);
	if (m->nwidths) {
		gsl_sort(m->widths, 1, m->nwidths);
		g->resolution = exp(gsl_stats_median_from_sorted_data(
			m->widths, 1, m->nwidths)) - 1;
	}
	g->slower = fpb_proportion(m->slower, g->n, ALPHA);
	g->claims = fpb_proportion(m->claims, g->n, ALPHA);
	g->row_claims = fpb_proportion(m->row_claims, g->n, ALPHA);
	g->covered = fpb_proportion(count_covered(all, g), m->nwidths, ALPHA);
	return ret;
}

int fpb_calibration_group(const struct fpb_sessions *all,
			  enum fpb_session_kind kind, unsigned int percent,
			  bool load, struct fpb_calibration_group *g)
{
	struct numbers m = {
		.effects = calloc(all->n + 1, sizeof(double)),
		.widths = calloc(all->n + 1, sizeof(double)),
	};
	int ret = -ENOMEM;

	*g = (struct fpb_calibration_group){
		.kind = kind, .percent = percent, .load = load,
	};
	if (m.effects && m.widths) {
		for (size_t i = 0; i < all->n; i++)
			if (in_group(g, &all->at[i]))
				count(g, &m, &all->at[i]);
		ret = estimate(all, g, &m);
	}
	free(m.effects);
	free(m.widths);
	return ret;
}

/* --- sessions of other lengths ---------------------------------------------- */

/* Any will do: the same draws give the same table. */
#define DRAW_SEED	1
/*
 * Of fewer pairs, what they happen to have in common is in every session that is
 * drawn, as if it were an effect.
 */
#define DRAW_FROM	10

static size_t pool(const struct fpb_sessions *all,
		   const struct fpb_calibration_group *g, double *log)
{
	size_t i, n = 0;

	for (i = 0; i < all->n; i++) {
		const struct fpb_session *x = &all->at[i];

		if (!in_group(g, x))
			continue;
		if (log)
			memcpy(log + n, x->pairs, x->npairs * sizeof(*log));
		n += x->npairs;
	}
	return n;
}

/* One session: 1 if it claims what it should, or should not; 0; or -ENOMEM. */
static int draw(const gsl_rng *r, const struct fpb_calibration_group *g,
		const double *log, size_t n, double *session, size_t pairs)
{
	struct fpb_estimate e;
	struct fpb_verdict v;
	int ret;

	for (size_t i = 0; i < pairs; i++)
		session[i] = log[gsl_rng_uniform_int(r, n)];
	ret = fpb_stats_centre(session, pairs, FPB_ALPHA_EFFECT, &e);
	if (ret)
		return ret;
	v = fpb_verdict(&e, FPB_MARGIN_DEFAULT);
	return g->percent ? v.direction < 0 : v.direction != 0;
}

ssize_t fpb_calibration_draw(const struct fpb_sessions *all,
			     const struct fpb_calibration_group *g,
			     unsigned int pairs, unsigned int draws,
			     struct fpb_proportion *found)
{
	size_t n = pool(all, g, NULL), k = 0;
	double *log = malloc((n + pairs) * sizeof(*log));
	gsl_rng *r = gsl_rng_alloc(gsl_rng_mt19937);
	int ret = log && r ? 0 : -ENOMEM;

	if (!ret && n >= DRAW_FROM * pairs) {
		gsl_rng_set(r, DRAW_SEED);
		pool(all, g, log);
		for (unsigned int i = 0; ret >= 0 && i < draws; i++) {
			ret = draw(r, g, log, n, log + n, pairs);
			k += ret > 0;
		}
		*found = fpb_proportion(k, draws, ALPHA);
	}
	gsl_rng_free(r);
	free(log);
	return ret < 0 ? ret : n < DRAW_FROM * pairs ? 0 : (ssize_t)n;
}
