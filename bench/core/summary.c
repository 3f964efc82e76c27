// SPDX-License-Identifier: GPL-2.0
/* Cells to estimates, comparisons and what they say. */
#include "core/summary.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

long fpb_summary_cell(const struct fpb_summary *s, const struct fpb_cell *cell,
		      const char *target)
{
	return fpb_cells_other(s->cells, s->ncells, cell, target);
}

/* How many different names the cells have at @offset, except @but. */
static size_t distinct(const struct fpb_summary *s, size_t offset,
		       const char *but)
{
	size_t i, j, n = 0;

	for (i = 0; i < s->ncells; i++) {
		const char *name = (const char *)&s->cells[i] + offset;

		for (j = 0; strcmp((const char *)&s->cells[j] + offset, name);)
			j++;
		n += j == i && strcmp(name, but);
	}
	return n;
}

size_t fpb_summary_regimes(const struct fpb_summary *s)
{
	return distinct(s, offsetof(struct fpb_cell, regime), "");
}

size_t fpb_summary_workloads(const struct fpb_summary *s)
{
	return distinct(s, offsetof(struct fpb_cell, workload), "");
}

size_t fpb_summary_targets(const struct fpb_summary *s)
{
	return distinct(s, offsetof(struct fpb_cell, target), FPB_TARGET_RAW);
}

/* The @n-th session of all sides, one side after the other; or NULL. */
static const struct fpb_contender *nth_session(const struct fpb_summary *s,
					       size_t n)
{
	size_t side;

	for (side = 0; side < s->nsides; n -= s->sides[side++].nsessions)
		if (n < s->sides[side].nsessions)
			return &s->sides[side].sessions[n];
	return NULL;
}

const struct fpb_rundata *fpb_summary_run(const struct fpb_summary *s,
					  size_t n)
{
	const struct fpb_contender *c;
	size_t i, j;

	for (i = 0; (c = nth_session(s, i)); i++) {
		for (j = 0; nth_session(s, j)->run != c->run; j++)
			;
		/* Where it is met first. */
		if (j == i && !n--)
			return c->run;
	}
	return NULL;
}

bool fpb_summary_unproven(const struct fpb_summary *s)
{
	size_t i;

	for (i = 0; i < s->nsides; i++)
		if (s->sides[i].lock.contradicted)
			return true;
	for (i = 0; i < s->neffects; i++)
		if (fpb_effect_is_control(&s->effects[i]) &&
		    s->effects[i].verdict.direction)
			return true;
	return s->control.faster || s->control.slower;
}

static struct fpb_cell_result *result(const struct fpb_summary *s, size_t side,
				      size_t cell)
{
	return &s->sides[side].results[cell];
}

static struct fpb_lineup lineup(const struct fpb_summary *s)
{
	return (struct fpb_lineup){
		.cells = s->cells, .ncells = s->ncells,
		.sides = s->sides, .nsides = s->nsides,
		.paired = s->paired, .steps = s->steps,
	};
}

/* Means of the numbers that are there; by session if sides share no rounds. */

/* Machines differ in their rates: each is a block. @v: of one side or several. */
static int mean_of(const struct fpb_summary *s, double *v, size_t n, size_t min,
		   struct fpb_estimate *e)
{
	const struct fpb_lineup l = lineup(s);
	const size_t rounds = s->sides[0].rounds;
	size_t *machine = malloc((n + 1) * sizeof(*machine));
	size_t i, used = 0;
	int ret;

	if (!machine)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		if (isnan(v[i]))
			continue;
		machine[used] = fpb_lineup_machine(&l, i % rounds);
		v[used++] = v[i];
	}
	ret = fpb_stats_mean_in(v, machine, used, min, FPB_ALPHA, e);
	free(machine);
	return ret;
}

/* Whether each kernel that has the cell at all has it in this round. */
static bool all_have_round(const struct fpb_summary *s, size_t cell, int what,
			   size_t round)
{
	size_t side;

	for (side = 0; side < s->nsides; side++)
		if (result(s, side, cell)->used &&
		    isnan(fpb_cell_logs(result(s, side, cell), what)[round]))
			return false;
	return true;
}

/* The numbers that the table shows: of rounds that all kernels have. */
static size_t shown(const struct fpb_summary *s, size_t side, size_t cell,
		    int what, double *v)
{
	const struct fpb_side *of = &s->sides[side];
	const double *logs = fpb_cell_logs(result(s, side, cell), what);
	size_t i;

	if (!s->paired) {
		fpb_session_means(of, logs, v);
		return of->nsessions;
	}
	for (i = 0; i < of->rounds; i++)
		v[i] = all_have_round(s, cell, what, i) ? logs[i] : NAN;
	return of->rounds;
}

size_t fpb_summary_rates(const struct fpb_summary *s, size_t side, size_t cell,
			 double *v)
{
	return shown(s, side, cell, FPB_RATE, v);
}

/* @v: room for a number for each round. */
static int estimate_latencies(struct fpb_summary *s, size_t side, size_t cell,
			      size_t min, double *v)
{
	size_t n;
	int q, ret = 0;

	for (q = 0; !ret && q < FPB_COSTS; q++) {
		struct fpb_latency *x = &result(s, side, cell)->latency[q];

		n = x->few ? 0 : shown(s, side, cell, q, v);
		ret = mean_of(s, v, n, min, &x->ns);
		x->ns = fpb_estimate_exp(x->ns);
	}
	return ret;
}

static int estimate_rates(struct fpb_summary *s, size_t cell)
{
	const size_t min = s->paired ? FPB_ROUNDS_MIN : FPB_SESSIONS_MIN;
	struct fpb_cell_result *pooled = &s->pooled[cell];
	double *v = malloc((2 * fpb_pooled_rounds(s->sides, s->nsides) + 1) *
			   sizeof(*v));
	double *all = v;
	size_t side, n, used = 0;
	int ret;

	if (!v)
		return -ENOMEM;
	ret = fpb_cell_pool(s->sides, s->nsides, cell, pooled);
	all = v + fpb_pooled_rounds(s->sides, s->nsides);
	for (side = 0; !ret && side < s->nsides; side++) {
		struct fpb_estimate *e = &result(s, side, cell)->iops;

		n = shown(s, side, cell, FPB_RATE, v);
		memcpy(all + used, v, n * sizeof(*v));
		used += n;
		ret = mean_of(s, v, n, min, e);
		*e = fpb_estimate_exp(*e);
		if (!ret)
			ret = estimate_latencies(s, side, cell, min, v);
	}
	if (!ret)
		ret = mean_of(s, all, used, min, &pooled->iops);
	pooled->iops = fpb_estimate_exp(pooled->iops);
	free(v);
	return ret;
}

/* Comparisons */

size_t fpb_summary_base(const struct fpb_summary *s, size_t side)
{
	const struct fpb_lineup l = lineup(s);

	return fpb_lineup_base(&l, side);
}

bool fpb_summary_is_whole(const struct fpb_summary *s,
			  const struct fpb_effect *e)
{
	return s->steps && e->side > 1 && !e->base;
}

ssize_t fpb_summary_pairs(const struct fpb_summary *s, size_t effect,
			  double *log)
{
	const struct fpb_lineup l = lineup(s);

	return fpb_effect_pairs(&l, &s->effects[effect], log);
}

static int evaluate(struct fpb_summary *s)
{
	const struct fpb_lineup l = lineup(s);
	size_t side, i;
	int ret = 0;

	for (side = 0; !ret && side < s->nsides; side++)
		ret = fpb_side_collect(&s->sides[side], s->cells, s->ncells);
	for (i = 0; !ret && i < s->ncells; i++)
		ret = estimate_rates(s, i);
	if (!ret)
		ret = fpb_rows_compare(&l, s->margin, &s->control, &s->rows);
	if (!ret)
		ret = fpb_effects_fill(&l, s->margin, &s->effects,
				       &s->neffects);
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

/* The side that @of is another session of, or a new one. */
static struct fpb_side *side_of(struct fpb_summary *s,
				const struct fpb_contender *of, bool group)
{
	size_t i;

	for (i = 0; group && i < s->nsides; i++)
		if (!strcmp(name_of(&s->sides[i].sessions[0]), name_of(of)))
			return &s->sides[i];
	return &s->sides[s->nsides++];
}

static int add_session(struct fpb_side *side, const struct fpb_contender *of,
		       size_t room)
{
	if (!side->sessions) {
		side->sessions = calloc(room, sizeof(*side->sessions));
		if (!side->sessions)
			return -ENOMEM;
		side->run = of->run;
		side->kernel = of->kernel;
	}
	side->sessions[side->nsessions++] = *of;
	side->rounds += of->run->manifest.rounds;
	side->rounds_due += fpb_manifest_rounds(&of->run->manifest);
	return 0;
}

static void set_labels(struct fpb_summary *s)
{
	size_t i;

	for (i = 0; i < s->nsides; i++)
		snprintf(s->sides[i].label, FPB_LABEL_MAX, "%s",
			 name_of(&s->sides[i].sessions[0]));
	if (s->nsides == 2 && !strcmp(s->sides[0].label, s->sides[1].label)) {
		strcpy(s->sides[0].label, "base");
		strcpy(s->sides[1].label, "new");
	}
}

/* Whether none of the earlier kernels is of this one's run. */
static bool new_run(const struct fpb_contender *of, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (of[j].run == of[i].run)
			return false;
	return true;
}

/* All kernels of one run, in their order, that are to be compared so. */
static bool are_steps(const struct fpb_contender *of, size_t n)
{
	const struct fpb_manifest *m = &of[0].run->manifest;
	size_t i;

	for (i = 0; i < n; i++)
		if (of[i].run != of[0].run || of[i].kernel != i)
			return false;
	return m->steps && n == m->nkernels;
}

static int make_sides(struct fpb_summary *s, const struct fpb_contender *of,
		      size_t n)
{
	size_t i;
	int ret = 0;

	s->paired = true;
	for (i = 0; i < n; i++)
		s->paired &= of[i].run == of[0].run;
	s->steps = are_steps(of, n);
	for (i = 0; !ret && i < n; i++)
		ret = add_session(side_of(s, &of[i], !s->paired && n > 2),
				  &of[i], n);
	if (!ret)
		set_labels(s);
	return ret;
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
	ret = s->ncells ? make_sides(s, of, n) : -ENOENT;
	if (ret) {
		fpb_summary_free(s);
		return ret;
	}
	for (i = 0; i < n; i++)
		if (new_run(of, i))
			fpb_load_add(&s->load, of[i].run);
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
	fpb_effects_free(s->effects, s->neffects);
	free(s->pooled);
	free(s->sides);
	free(s->cells);
	memset(s, 0, sizeof(*s));
}
