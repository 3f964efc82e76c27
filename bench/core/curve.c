// SPDX-License-Identifier: GPL-2.0
#include "core/curve.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static bool begins_curve(const struct fpb_curve *c)
{
	const struct fpb_cell *cell;

	for (cell = c->s->cells; cell < c->first; cell++)
		if (fpb_cell_alike(cell, c->first))
			return false;
	return true;
}

bool fpb_curve_next(struct fpb_curve *c)
{
	const struct fpb_cell *end = c->s->cells + c->s->ncells;

	if (c->first && !fpb_cell_is_raw(c->first) &&
	    c->side + 1 < c->s->nsides) {
		c->side++;
		return true;
	}
	c->side = 0;
	c->first = c->first ? c->first + 1 : c->s->cells;
	while (c->first < end && !begins_curve(c))
		c->first++;
	return c->first < end;
}

/* Points */

static int by_numjobs(const void *a, const void *b)
{
	const struct fpb_cell *const *x = a, *const *y = b;

	return ((*x)->numjobs > (*y)->numjobs) -
	       ((*x)->numjobs < (*y)->numjobs);
}

/* The curve's cells by numjobs, into @cells. Returns how many. */
static size_t list_cells(const struct fpb_curve *c,
			 const struct fpb_cell **cells)
{
	size_t i, n = 0;

	for (i = 0; i < c->s->ncells; i++)
		if (fpb_cell_alike(&c->s->cells[i], c->first))
			cells[n++] = &c->s->cells[i];
	qsort(cells, n, sizeof(*cells), by_numjobs);
	return n;
}

static size_t replicates_of(const struct fpb_summary *s, size_t side)
{
	return s->paired ? s->sides[side].rounds : s->sides[side].nsessions;
}

/* Of raw: rounds that kernels share count once, sessions are their own. */
static size_t replicates(const struct fpb_curve *c)
{
	size_t side, n = 0;

	if (!fpb_cell_is_raw(c->first) || c->s->paired)
		return replicates_of(c->s, c->side);
	for (side = 0; side < c->s->nsides; side++)
		n += replicates_of(c->s, side);
	return n;
}

/* The mean over kernels by round; @v: room for the rounds of one. */
static void take_mean(const struct fpb_summary *s, size_t cell, double *mean,
		      double *v)
{
	size_t side, i, rounds = s->sides[0].rounds, n = 0;

	for (i = 0; i < rounds; i++)
		mean[i] = NAN;
	for (side = 0; side < s->nsides; side++) {
		fpb_summary_rates(s, side, cell, v);
		/* One that has none has none in any round. */
		if (!fpb_matrix_present(v, rounds))
			continue;
		n++;
		for (i = 0; i < rounds; i++)
			mean[i] = n > 1 ? mean[i] + (v[i] - mean[i]) / n : v[i];
	}
}

/* The logarithms of a cell's rates by replicate; @v as above. */
static void take_rates(const struct fpb_curve *c, size_t cell, double *row,
		       double *v)
{
	size_t side;

	if (!fpb_cell_is_raw(c->first)) {
		fpb_summary_rates(c->s, c->side, cell, row);
		return;
	}
	if (c->s->paired) {
		take_mean(c->s, cell, row, v);
		return;
	}
	for (side = 0; side < c->s->nsides; side++)
		row += fpb_summary_rates(c->s, side, cell, row);
}

static unsigned long seed_of(const struct fpb_summary *s)
{
	return json_integer_value(fpb_json_at(s->sides[0].run->manifest.root,
					      "plan.seed"));
}

static int fit(const struct fpb_curve *c, const struct fpb_cell **cells,
	       struct fpb_scaling *f)
{
	const size_t n = list_cells(c, cells);
	double *jobs = malloc(n * sizeof(*jobs));
	double *v = malloc((replicates(c) + 1) * sizeof(*v));
	struct fpb_matrix m;
	size_t i;
	int ret = fpb_matrix_init(&m, n, replicates(c));

	if (!jobs || !v)
		ret = -ENOMEM;
	for (i = 0; !ret && i < n; i++) {
		jobs[i] = cells[i]->numjobs;
		take_rates(c, cells[i] - c->s->cells, fpb_matrix_row(&m, i), v);
	}
	if (!ret)
		ret = fpb_usl_estimate(jobs, &m, seed_of(c->s), f);
	fpb_matrix_free(&m);
	free(v);
	free(jobs);
	return ret;
}

int fpb_curve_fit(const struct fpb_curve *c, struct fpb_scaling *f)
{
	const struct fpb_cell **cells = malloc(c->s->ncells * sizeof(*cells));
	int ret = cells ? fit(c, cells, f) : -ENOMEM;

	free(cells);
	return ret;
}
