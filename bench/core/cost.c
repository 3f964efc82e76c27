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
					 .functions = json_object() };
	if (!cells->functions)
		return NULL;
	c->n++;
	return cells;
}

static void add(json_t *functions, const char *name, double more)
{
	const double old = json_number_value(json_object_get(functions, name));

	json_object_set_new(functions, name, json_real(old + more));
}

static bool skip_line(const char **text, const char *line)
{
	const size_t len = strlen(line);

	if (strncmp(*text, line, len))
		return false;
	*text += len;
	return true;
}

/* Counts up to the line "end", by function, and their sum in *@all. */
static int count(const char **text, const struct fpb_symbols *symbols,
		 json_t *functions, double *all)
{
	unsigned long long address, n;
	int len;

	*all = 0;
	while (!skip_line(text, "end\n")) {
		if (sscanf(*text, "%llx %llu%n", &address, &n, &len) != 2 ||
		    (*text)[len] != '\n')
			return -EINVAL;
		*text += len + 1;
		add(functions, fpb_symbols_find(symbols, address), n);
		*all += n;
	}
	return 0;
}

/* The mean of one boot more. */
static int join(struct fpb_cost_cell *c, const json_t *counts,
		unsigned int ios)
{
	const char *name;
	json_t *v;

	json_object_foreach(c->functions, name, v)
		json_real_set(v, json_real_value(v) * c->n / (c->n + 1));
	json_object_foreach((json_t *)counts, name, v)
		add(c->functions, name,
		    json_number_value(v) / ios / (c->n + 1));
	return 0;
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

	if (!ret && (to->n == FPB_COST_SEEDS || !skip_line(regions, "begin\n") ||
		     count(regions, symbols, counts, &all) || !all))
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
		json_decref(c->cells[i].functions);
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
	json_t *diff = json_deep_copy(a->functions), *v;
	const char *name;

	if (diff)
		json_object_foreach(b->functions, name, v)
			add(diff, name, -json_number_value(v));
	return diff;
}
