// SPDX-License-Identifier: GPL-2.0
#include "core/cost.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_cell(const struct fpb_cell *a, const struct fpb_cell *b)
{
	return a->numjobs == b->numjobs && !strcmp(a->regime, b->regime) &&
	       !strcmp(a->target, b->target) &&
	       !strcmp(a->workload, b->workload);
}

const struct fpb_cost_cell *fpb_cost_find(const struct fpb_cost *c,
					  const char *kernel,
					  const struct fpb_cell *cell)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->cells[i].kernel, kernel) &&
		    same_cell(&c->cells[i].cell, cell))
			return &c->cells[i];
	return NULL;
}

/* The same, made if there is none. */
static struct fpb_cost_cell *cell_of(struct fpb_cost *c, const char *kernel,
				     const struct fpb_cell *cell)
{
	const struct fpb_cost_cell *old = fpb_cost_find(c, kernel, cell);
	struct fpb_cost_cell *cells;

	if (old)
		return (struct fpb_cost_cell *)old;
	cells = reallocarray(c->cells, c->n + 1, sizeof(*cells));
	if (!cells)
		return NULL;
	c->cells = cells;
	cells += c->n;
	*cells = (struct fpb_cost_cell){ .kernel = kernel, .cell = *cell,
					 .stacks = json_object() };
	if (!cells->stacks)
		return NULL;
	c->n++;
	return cells;
}

/* The mean of one boot more. */
static void join(struct fpb_cost_cell *c, const json_t *counts,
		 unsigned int ios)
{
	const char *stack;
	json_t *v;

	json_object_foreach(c->stacks, stack, v)
		json_real_set(v, json_real_value(v) * c->n / (c->n + 1));
	json_object_foreach((json_t *)counts, stack, v)
		fpb_stacks_add(c->stacks, stack,
			       json_real_value(v) / ios / (c->n + 1));
}

int fpb_cost_add(struct fpb_cost *c, const char *kernel,
		 const struct fpb_cell *cell, const char **regions,
		 const struct fpb_symbols *symbols, unsigned int ios,
		 char *why)
{
	struct fpb_cost_cell *to = cell_of(c, kernel, cell);
	json_t *counts = json_object();
	double all;
	int ret = to && counts ? 0 : -ENOMEM;

	if (!ret && to->n == FPB_COST_SEEDS)
		ret = -EINVAL;
	ret = ret ? : fpb_stacks_read(counts, regions, symbols, &all);
	if (!ret && !all)
		ret = -EINVAL;
	if (ret) {
		snprintf(why, FPB_REASON_MAX, "no instructions were counted for %s %s %s",
			 cell->workload, cell->regime, cell->target);
	} else {
		join(to, counts, ios);
		to->totals[to->n++] = all / ios;
	}
	json_decref(counts);
	return ret;
}

void fpb_cost_free(struct fpb_cost *c)
{
	for (size_t i = 0; i < c->n; i++)
		json_decref(c->cells[i].stacks);
	free(c->cells);
	*c = (struct fpb_cost){ 0 };
}

double fpb_cost_total(const struct fpb_cost_cell *c)
{
	double sum = 0;

	for (unsigned int i = 0; i < c->n; i++)
		sum += c->totals[i];
	return sum / c->n;
}

double fpb_cost_spread(const struct fpb_cost_cell *c)
{
	double low = c->totals[0], high = c->totals[0];

	for (unsigned int i = 1; i < c->n; i++) {
		if (c->totals[i] < low)
			low = c->totals[i];
		if (c->totals[i] > high)
			high = c->totals[i];
	}
	return high - low;
}

json_t *fpb_cost_diff(const struct fpb_cost_cell *a,
		      const struct fpb_cost_cell *b)
{
	json_t *diff = fpb_stacks_functions(a->stacks);
	json_t *less = fpb_stacks_functions(b->stacks), *v;
	const char *name;

	if (diff && less)
		json_object_foreach(less, name, v)
			fpb_stacks_add(diff, name, -json_real_value(v));
	if (!less) {
		json_decref(diff);
		diff = NULL;
	}
	json_decref(less);
	return diff;
}
