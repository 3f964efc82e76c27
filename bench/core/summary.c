// SPDX-License-Identifier: GPL-2.0
/* Cells to estimates, comparisons and what they say. */
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

bool fpb_summary_many_workloads(const struct fpb_summary *s)
{
	size_t i;

	for (i = 1; i < s->ncells; i++)
		if (strcmp(s->cells[i].workload, s->cells[0].workload))
			return true;
	return false;
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

/* Means of the numbers that are there; by session if sides share no rounds. */

static int mean_of(double *v, size_t n, size_t min, struct fpb_estimate *e)
{
	size_t i, used = 0;

	for (i = 0; i < n; i++)
		if (!isnan(v[i]))
			v[used++] = v[i];
	return fpb_stats_mean(v, used, min, FPB_ALPHA, e);
}

/* Whether each kernel that has the cell at all has it in this round. */
static bool all_have_round(const struct fpb_summary *s, size_t cell,
			   size_t round)
{
	size_t side;

	for (side = 0; side < s->nsides; side++)
		if (result(s, side, cell)->used &&
		    isnan(result(s, side, cell)->log_iops[round]))
			return false;
	return true;
}

/* The rates that the table shows: of rounds that all kernels have. */
static size_t shown_rates(const struct fpb_summary *s, size_t side,
			  size_t cell, double *v)
{
	const struct fpb_side *of = &s->sides[side];
	const double *rates = result(s, side, cell)->log_iops;
	size_t i;

	if (!s->paired) {
		fpb_session_means(of, rates, v);
		return of->nsessions;
	}
	for (i = 0; i < of->rounds; i++)
		v[i] = all_have_round(s, cell, i) ? rates[i] : NAN;
	return of->rounds;
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

		n = shown_rates(s, side, cell, v);
		memcpy(all + used, v, n * sizeof(*v));
		used += n;
		ret = mean_of(v, n, min, e);
		*e = fpb_estimate_exp(*e);
	}
	if (!ret)
		ret = mean_of(all, used, min, &pooled->iops);
	pooled->iops = fpb_estimate_exp(pooled->iops);
	free(v);
	return ret;
}

/* Comparisons */

static struct fpb_lineup lineup(const struct fpb_summary *s)
{
	return (struct fpb_lineup){
		.cells = s->cells, .ncells = s->ncells,
		.sides = s->sides, .nsides = s->nsides,
		.paired = s->paired,
	};
}

ssize_t fpb_summary_pairs(const struct fpb_summary *s, size_t effect,
			  double *log)
{
	const struct fpb_lineup l = lineup(s);

	return fpb_effect_pairs(&l, &s->effects[effect], log);
}

/* Rows whose intervals hold together, and what fills them. */
struct family {
	size_t *side, *cell;		/* of each row */
	double *adjusted;
	struct fpb_estimate *e;
	size_t n;
};

static int family_init(struct family *f, size_t room)
{
	*f = (struct family){ 0 };
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

static void family_add(const struct fpb_summary *s, struct family *f,
		       size_t side, const char *target)
{
	size_t i;

	for (i = 0; i < s->ncells; i++) {
		if (strcmp(s->cells[i].target, target))
			continue;
		f->side[f->n] = side;
		f->cell[f->n++] = i;
	}
}

/* Estimates the rows together; @get writes one row's numbers by round. */
static int estimate_family(const struct fpb_summary *s, struct family *f,
			   double alpha, size_t rounds,
			   void (*get)(const struct fpb_summary *s,
				       size_t side, size_t cell, double *d))
{
	double *d = malloc((f->n * rounds + 1) * sizeof(*d));
	size_t i;
	int ret;

	if (!d)
		return -ENOMEM;
	for (i = 0; i < f->n; i++)
		get(s, f->side[i], f->cell[i], d + i * rounds);
	ret = fpb_simultaneous(d, f->n, rounds, alpha, f->e, f->adjusted);
	free(d);
	return ret;
}

static void get_difference(const struct fpb_summary *s, size_t side,
			   size_t cell, double *d)
{
	const struct fpb_lineup l = lineup(s);

	fpb_lineup_differences(&l, side, cell, false, d);
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
static int shift_of(const struct fpb_summary *s, size_t side, size_t cell,
		    double alpha, struct fpb_estimate *e)
{
	const struct fpb_side *old = &s->sides[0], *new = &s->sides[side];
	double *v = malloc((old->nsessions + new->nsessions) * sizeof(*v));
	size_t m, n;
	int ret;

	if (!v)
		return -ENOMEM;
	fpb_session_means(old, old->results[cell].log_iops, v);
	m = some(v, old->nsessions);
	fpb_session_means(new, new->results[cell].log_iops, v + m);
	n = some(v + m, new->nsessions);
	ret = fpb_stats_shift(v, m, v + m, n, FPB_SESSIONS_MIN, alpha, e);
	free(v);
	return ret;
}

/* Bonferroni: it assumes nothing about how the rows are related. */
static int estimate_shifts(const struct fpb_summary *s, struct family *f,
			   double alpha)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < f->n; i++) {
		ret = shift_of(s, f->side[i], f->cell[i], alpha / f->n,
			       &f->e[i]);
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

/* One target's rows of all kernels together; raw's are the control. */
static int compare_target(struct fpb_summary *s, const char *target)
{
	bool raw = !strcmp(target, FPB_TARGET_RAW);
	double alpha = raw ? FPB_ALPHA_EFFECT : FPB_ALPHA;
	struct family f;
	size_t side, i;
	int ret = family_init(&f, s->nsides * s->ncells);

	for (side = 1; !ret && side < s->nsides; side++)
		family_add(s, &f, side, target);
	if (!ret)
		ret = s->paired ? estimate_family(s, &f, alpha,
						  s->sides[0].rounds,
						  get_difference) :
				  estimate_shifts(s, &f, alpha);
	for (i = 0; !ret && i < f.n; i++) {
		struct fpb_cell_result *r = result(s, f.side[i], f.cell[i]);

		give_verdict(r, &f.e[i], f.adjusted[i], s->margin);
		count(raw ? &s->control : &s->rows, r);
	}
	family_free(&f);
	return ret;
}

/* Ratios to raw: of one fio job, or at least of one boot. */
static void get_to_raw(const struct fpb_summary *s, size_t side, size_t cell,
		       double *d)
{
	const struct fpb_cell_result *r = result(s, side, cell);

	memcpy(d, r->log_to_raw, s->sides[side].rounds * sizeof(*d));
}

static void complete_to_raw(struct fpb_summary *s, size_t side, size_t cell)
{
	long raw = fpb_summary_cell(s, &s->cells[cell], FPB_TARGET_RAW);
	struct fpb_cell_result *r = result(s, side, cell);
	size_t i;

	for (i = 0; raw >= 0 && i < s->sides[side].rounds; i++)
		if (isnan(r->log_to_raw[i]))
			r->log_to_raw[i] = r->log_iops[i] -
				result(s, side, raw)->log_iops[i];
}

/* The rows of one target of one kernel hold together. */
static int compare_to_raw(struct fpb_summary *s, size_t side,
			  const char *target)
{
	struct family f;
	size_t i;
	int ret = family_init(&f, s->ncells);

	if (!ret) {
		family_add(s, &f, side, target);
		for (i = 0; i < f.n; i++)
			complete_to_raw(s, side, f.cell[i]);
		ret = estimate_family(s, &f, FPB_ALPHA, s->sides[side].rounds,
				      get_to_raw);
	}
	for (i = 0; !ret && i < f.n; i++) {
		struct fpb_cell_result *r = result(s, side, f.cell[i]);

		r->at_par = fpb_verdict(&f.e[i], s->margin).within;
		r->to_raw = fpb_estimate_exp(f.e[i]);
	}
	family_free(&f);
	return ret;
}

static int evaluate_target(struct fpb_summary *s, const char *target)
{
	size_t side;
	int ret = 0;

	for (side = 0; !ret && side < s->nsides &&
	     strcmp(target, FPB_TARGET_RAW); side++)
		ret = compare_to_raw(s, side, target);
	if (!ret && s->nsides > 1)
		ret = compare_target(s, target);
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
	const struct fpb_lineup l = lineup(s);
	size_t side, i;
	int ret = 0;

	for (side = 0; !ret && side < s->nsides; side++)
		ret = fpb_side_collect(&s->sides[side], s->cells, s->ncells);
	for (i = 0; !ret && i < s->ncells; i++)
		ret = estimate_rates(s, i);
	for (i = 0; !ret && i < s->ncells; i++)
		if (new_target(s, i))
			ret = evaluate_target(s, s->cells[i].target);
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

static int make_sides(struct fpb_summary *s, const struct fpb_contender *of,
		      size_t n)
{
	size_t i;
	int ret = 0;

	s->paired = true;
	for (i = 0; i < n; i++)
		s->paired &= of[i].run == of[0].run;
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
	free(s->effects);
	free(s->pooled);
	free(s->sides);
	free(s->cells);
	memset(s, 0, sizeof(*s));
}
