// SPDX-License-Identifier: GPL-2.0
#include "core/schedule.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdio.h>
#include <string.h>

#include "core/manifest.h"
#include "core/plantime.h"

/* A generator for one decision, so that each can be repeated alone. */
static gsl_rng *generator(unsigned long seed, unsigned long a, unsigned long b)
{
	gsl_rng *r = gsl_rng_alloc(gsl_rng_mt19937);

	/* Any injective mix will do: the generator scrambles its seed. */
	gsl_rng_set(r, (seed * 1000003UL + a) * 1009UL + b + 1);
	return r;
}

static void numbers(gsl_rng *r, size_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = i;
	if (n > 1)
		gsl_ran_shuffle(r, out, n, sizeof(*out));
}

void fpb_schedule_kernels(unsigned long seed, unsigned int round, size_t n,
			  size_t *order)
{
	size_t block = (round - 1) / n, place = (round - 1) % n;
	gsl_rng *r = generator(seed, block, 0);
	size_t names[n], rows[n];

	/* A cyclic Latin square, its symbols and its rows shuffled. */
	numbers(r, names, n);
	numbers(r, rows, n);
	for (size_t i = 0; i < n; i++)
		order[i] = names[(i + rows[place]) % n];
	gsl_rng_free(r);
}

size_t fpb_schedule_group(const size_t *order, size_t n, size_t alive,
			  size_t at, size_t *group)
{
	const size_t size = alive - 1, first = at * size;
	size_t others = 0, used = 0;

	if (alive == 1) {
		group[0] = order[at < n ? at : 0];
		return at < n;
	}
	if (first + 1 >= n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!order[i])
			group[used++] = 0;
		else if (others++ >= first && others <= first + size)
			group[used++] = order[i];
	}
	return used;
}

size_t fpb_schedule_boots(size_t n, size_t alive)
{
	return alive == 1 ? n : n - 1 + (n + alive - 3) / (alive - 1);
}

void fpb_schedule_cells(const struct fpb_plan *p, unsigned int round,
			size_t kernel, struct fpb_cell *cells)
{
	gsl_rng *r = generator(p->seed, round, kernel + 1);
	const size_t nrows = p->nworkloads * p->nnumjobs;
	size_t regimes[FPB_PLAN_MAX_LIST], targets[FPB_PLAN_MAX_LIST];
	size_t rows[FPB_PLAN_MAX_LIST * FPB_PLAN_MAX_LIST];

	numbers(r, regimes, p->nregimes);
	for (size_t i = 0; i < p->nregimes; i++) {
		numbers(r, rows, nrows);
		for (size_t j = 0; j < nrows; j++) {
			numbers(r, targets, p->ntargets);
			for (size_t t = 0; t < p->ntargets; t++)
				*cells++ = fpb_plan_cell(p,
					(regimes[i] * nrows + rows[j]) *
					p->ntargets + targets[t]);
		}
	}
	gsl_rng_free(r);
}

static bool same_but_target(const struct fpb_cell *a, const struct fpb_cell *b)
{
	return a->numjobs == b->numjobs && !strcmp(a->regime, b->regime) &&
	       !strcmp(a->workload, b->workload);
}

/* The target of raw's job: the next one in the order, else the one before. */
static size_t partner(const struct fpb_cell *cells, size_t n, size_t raw)
{
	if (raw + 1 < n && same_but_target(&cells[raw], &cells[raw + 1]))
		return raw + 1;
	return raw - 1;
}

/* Another one for each sample of a run; the same in each kernel of a round. */
static uint32_t slice_seed(unsigned long seed, unsigned int round,
			   unsigned int seq)
{
	/* Fowler, Noll and Vo's hash, 1a: the engine scrambles what it gets. */
	uint32_t hash = 2166136261u ^ (uint32_t)seed;

	hash = (hash ^ round) * 16777619u;
	return (hash ^ seq) * 16777619u;
}

size_t fpb_schedule_steps(const struct fpb_plan *p,
			  const struct fpb_cell *cells, size_t n,
			  unsigned int round, unsigned int kernels,
			  struct fpb_step *steps)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		struct fpb_step s = {
			.seq = i + 1, .cell = cells[i],
			.slicing = fpb_plan_slicing(p, &cells[i], kernels),
			.seed = slice_seed(p->seed, round, i + 1),
		};

		if (s.slicing.lanes && fpb_cell_is_raw(&cells[i]) &&
		    fpb_plan_has_control(p))
			continue;
		for (size_t k = 0; s.slicing.lanes && k < n; k++)
			if (k != i && fpb_cell_is_raw(&cells[k]) &&
			    partner(cells, n, k) == i)
				s.raw_seq = k + 1;
		steps[count++] = s;
	}
	return count;
}
