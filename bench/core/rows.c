// SPDX-License-Identifier: GPL-2.0
#include "core/rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/multiple.h"

/* Which numbers of a row, by round. */
enum {
	TO_RAW = FPB_RATE - 1,		/* of one fio job, or of one boot */
	RATE = FPB_RATE,		/* over that of fpb_lineup_base() */
	LATENCY,			/* the first quantile, over the same */
};

/* Rows whose intervals hold together, and what fills them. */
struct family {
	const struct fpb_lineup *l;
	int what;
	size_t *side, *cell;		/* of each row */
	double *adjusted;
	struct fpb_estimate *e;
	size_t n;
};

static int family_init(struct family *f, const struct fpb_lineup *l, int what)
{
	const size_t room = l->nsides * l->ncells;

	*f = (struct family){ .l = l, .what = what };
	f->side = malloc(room * sizeof(*f->side));
	f->cell = malloc(room * sizeof(*f->cell));
	f->adjusted = malloc(room * sizeof(*f->adjusted));
	f->e = malloc(room * sizeof(*f->e));
	return f->side && f->cell && f->adjusted && f->e ? 0 : -ENOMEM;
}

static void family_free(struct family *f)
{
	free(f->e);
	free(f->adjusted);
	free(f->cell);
	free(f->side);
}

static void family_add(struct family *f, size_t side, const char *target)
{
	size_t i;

	for (i = 0; i < f->l->ncells; i++) {
		if (strcmp(f->l->cells[i].target, target))
			continue;
		f->side[f->n] = side;
		f->cell[f->n++] = i;
	}
}

static struct fpb_cell_result *result(const struct family *f, size_t row)
{
	return &f->l->sides[f->side[row]].results[f->cell[row]];
}

static void get_row(const struct family *f, size_t row, double *d)
{
	const size_t side = f->side[row];

	if (f->what == TO_RAW)
		memcpy(d, result(f, row)->log_to_raw,
		       f->l->sides[side].rounds * sizeof(*d));
	else if (f->what == RATE)
		fpb_lineup_differences(f->l, fpb_lineup_base(f->l, side), side,
				       f->cell[row], false, d);
	else
		fpb_lineup_latencies(f->l, fpb_lineup_base(f->l, side), side,
				     f->cell[row], f->what - LATENCY, d);
}

/* Estimates the rows together; all of their sides have so many rounds. */
static int estimate_together(struct family *f, double alpha, size_t rounds)
{
	double *d = malloc((f->n * rounds + 1) * sizeof(*d));
	size_t i;
	int ret;

	if (!d)
		return -ENOMEM;
	for (i = 0; i < f->n; i++)
		get_row(f, i, d + i * rounds);
	ret = fpb_simultaneous(d, f->n, rounds, alpha, f->e, f->adjusted);
	free(d);
	return ret;
}

/* Whether samples of both kernels tell what the family is about. */
static bool is_told(const struct family *f, size_t row)
{
	const size_t base = fpb_lineup_base(f->l, f->side[row]);
	const struct fpb_cell_result *old =
		&f->l->sides[base].results[f->cell[row]];

	return f->what < LATENCY ||
	       (!result(f, row)->latency[f->what - LATENCY].few &&
		!old->latency[f->what - LATENCY].few);
}

static size_t some(double *v, size_t n)
{
	size_t i, used = 0;

	for (i = 0; i < n; i++)
		if (!isnan(v[i]))
			v[used++] = v[i];
	return used;
}

/* One row of separate sessions, at a level that is its own. */
static int shift_of(const struct family *f, size_t row, double alpha)
{
	const struct fpb_side *old = &f->l->sides[0];
	const struct fpb_side *new = &f->l->sides[f->side[row]];
	const int what = f->what < LATENCY ? FPB_RATE : f->what - LATENCY;
	double *v = malloc((old->nsessions + new->nsessions) * sizeof(*v));
	size_t m, n;
	int ret;

	if (!v)
		return -ENOMEM;
	fpb_session_means(old, fpb_cell_logs(&old->results[f->cell[row]], what),
			  v);
	m = some(v, old->nsessions);
	fpb_session_means(new, fpb_cell_logs(result(f, row), what), v + m);
	n = some(v + m, new->nsessions);
	ret = fpb_stats_shift(v, m, v + m, n, FPB_SESSIONS_MIN, alpha,
			      &f->e[row]);
	free(v);
	return ret;
}

/* Bonferroni: it assumes nothing about how the rows are related. */
static int estimate_shifts(struct family *f, double alpha)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < f->n; i++) {
		f->e[i] = (struct fpb_estimate){ .p = 1 };
		if (is_told(f, i))
			ret = shift_of(f, i, alpha / f->n);
		f->adjusted[i] = fmin(1, f->n * f->e[i].p);
	}
	return ret;
}

static void count(struct fpb_tally *t, const struct fpb_cell_result *r)
{
	if (!r->vs_base.n)
		return;
	t->compared++;
	t->faster += r->verdict.direction > 0;
	t->slower += r->verdict.direction < 0;
	t->unresolved += !fpb_verdict_resolved(r->verdict);
}

static void give_verdict(struct fpb_cell_result *r,
			 const struct fpb_estimate *e, double adjusted,
			 double margin)
{
	r->p_adjusted = adjusted;
	r->verdict = fpb_verdict(e, margin);
	if (e->has_interval && !fpb_verdict_resolved(r->verdict))
		r->needed = fpb_stats_needed(e, margin);
	r->vs_base = fpb_estimate_exp(*e);
}

static void give_latency(struct fpb_latency *x, const struct fpb_estimate *e,
			 double margin)
{
	x->verdict = fpb_latency_verdict(e, margin);
	x->vs_base = fpb_estimate_exp(*e);
}

/* One target's rows of all kernels together; @tally: NULL of latencies. */
static int compare_target(const struct fpb_lineup *l, const char *target,
			  int what, double alpha, double margin,
			  struct fpb_tally *tally)
{
	struct family f;
	size_t side, i;
	int ret = family_init(&f, l, what);

	for (side = 1; !ret && side < l->nsides; side++)
		family_add(&f, side, target);
	if (!ret)
		ret = l->paired ?
			estimate_together(&f, alpha, l->sides[0].rounds) :
			estimate_shifts(&f, alpha);
	for (i = 0; !ret && i < f.n; i++) {
		struct fpb_cell_result *r = result(&f, i);

		if (what == RATE) {
			give_verdict(r, &f.e[i], f.adjusted[i], margin);
			count(tally, r);
		} else {
			give_latency(&r->latency[what - LATENCY], &f.e[i],
				     margin);
		}
	}
	family_free(&f);
	return ret;
}

static void complete_to_raw(const struct family *f, size_t row)
{
	const struct fpb_lineup *l = f->l;
	const struct fpb_side *side = &l->sides[f->side[row]];
	long raw = fpb_cells_other(l->cells, l->ncells,
				   &l->cells[f->cell[row]], FPB_TARGET_RAW);
	struct fpb_cell_result *r = result(f, row);
	size_t i;

	for (i = 0; raw >= 0 && i < side->rounds; i++)
		if (isnan(r->log_to_raw[i]))
			r->log_to_raw[i] = r->log_iops[i] -
					   side->results[raw].log_iops[i];
}

/* The rows of one target of one kernel hold together. */
static int compare_to_raw(const struct fpb_lineup *l, size_t side,
			  const char *target, double margin)
{
	struct family f;
	size_t i;
	int ret = family_init(&f, l, TO_RAW);

	if (!ret) {
		family_add(&f, side, target);
		for (i = 0; i < f.n; i++)
			complete_to_raw(&f, i);
		ret = estimate_together(&f, FPB_ALPHA, l->sides[side].rounds);
	}
	for (i = 0; !ret && i < f.n; i++) {
		struct fpb_cell_result *r = result(&f, i);

		r->at_par = fpb_verdict(&f.e[i], margin).within;
		r->to_raw = fpb_estimate_exp(f.e[i]);
	}
	family_free(&f);
	return ret;
}

static int evaluate_target(const struct fpb_lineup *l, const char *target,
			   double margin, struct fpb_tally *control,
			   struct fpb_tally *rows)
{
	const bool raw = !strcmp(target, FPB_TARGET_RAW);
	const double alpha = raw ? FPB_ALPHA_EFFECT : FPB_ALPHA;
	size_t side;
	int q, ret = 0;

	for (side = 0; !ret && side < l->nsides && !raw; side++)
		ret = compare_to_raw(l, side, target, margin);
	if (ret || l->nsides < 2)
		return ret;
	ret = compare_target(l, target, RATE, alpha, margin,
			     raw ? control : rows);
	for (q = 0; !ret && q < FPB_COSTS; q++)
		ret = compare_target(l, target, LATENCY + q, alpha, margin,
				     NULL);
	return ret;
}

/* Whether the cell's target was not met in an earlier cell. */
static bool new_target(const struct fpb_lineup *l, size_t cell)
{
	size_t i;

	for (i = 0; i < cell; i++)
		if (!strcmp(l->cells[i].target, l->cells[cell].target))
			return false;
	return true;
}

int fpb_rows_compare(const struct fpb_lineup *l, double margin,
		     struct fpb_tally *control, struct fpb_tally *rows)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < l->ncells; i++)
		if (new_target(l, i))
			ret = evaluate_target(l, l->cells[i].target, margin,
					      control, rows);
	return ret;
}
