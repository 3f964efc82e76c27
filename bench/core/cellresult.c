// SPDX-License-Identifier: GPL-2.0
/* One kernel's samples by cell and round, and its lock evidence. */
#include "core/cellresult.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

const char *fpb_cell_status_name(enum fpb_cell_status status)
{
	static const char * const names[] = {
		[FPB_CELL_OK]		= "ok",
		[FPB_CELL_PARTIAL]	= "partial",
		[FPB_CELL_INVALID]	= "invalid",
		[FPB_CELL_FAILED]	= "failed",
		[FPB_CELL_SKIPPED]	= "skipped",
		[FPB_CELL_MISSING]	= "missing",
	};

	return names[status];
}

bool fpb_cell_has_number(const struct fpb_cell_result *r)
{
	return r->status == FPB_CELL_OK || r->status == FPB_CELL_PARTIAL;
}

const double *fpb_cell_logs(const struct fpb_cell_result *r, int what)
{
	return what == FPB_RATE ? r->log_iops : r->latency[what].log_ns;
}

static const char *name_of(const struct fpb_contender *c)
{
	return c->run->manifest.kernels[c->kernel].name;
}

static bool is_good(const struct fpb_sample *s)
{
	return s->status == FPB_SAMPLE_OK && s->iops > 0;
}

/*
 * The first good sample of a cell and round counts, else the last bad one. A
 * try that had no seconds in common with the other kernels was followed by
 * another: one that is compared with them goes before one that is not.
 */
static bool goes_before(const struct fpb_sample *s,
			const struct fpb_sample *earlier)
{
	if (!earlier || !is_good(earlier))
		return true;
	return is_good(s) && s->has_duet > earlier->has_duet;
}

/*
 * The samples of one session that count, by cell and round (NULL: none), for
 * free(). In one pass: a run of many workloads has many samples.
 */
static const struct fpb_sample **pick(const struct fpb_contender *c,
				      const struct fpb_cell *cells,
				      size_t ncells)
{
	const unsigned int rounds = c->run->manifest.rounds;
	const struct fpb_sample **picked = calloc(ncells * rounds,
						  sizeof(*picked));
	size_t i;
	long cell;

	for (i = 0; picked && i < c->run->nsamples; i++) {
		const struct fpb_sample *s = &c->run->samples[i], **at;

		/* A run that is looked at before its end has more rounds. */
		if (!s->round || s->round > rounds ||
		    strcmp(s->kernel, name_of(c)) ||
		    fpb_rundata_repeated(c->run, s))
			continue;
		cell = fpb_cells_find(cells, ncells, &s->cell);
		if (cell < 0)
			continue;
		at = &picked[cell * rounds + s->round - 1];
		if (goes_before(s, *at))
			*at = s;
	}
	return picked;
}

/* The last boot of this round that came to an end and counts, or NULL. */
static const struct fpb_boot *ended_boot(const struct fpb_contender *c,
					 unsigned int round)
{
	const struct fpb_boot *found = NULL;
	size_t i;

	for (i = 0; i < c->run->nboots; i++) {
		const struct fpb_boot *b = &c->run->boots[i];

		if (b->round == round && !strcmp(b->kernel, name_of(c)) &&
		    strcmp(b->status, "interrupted") && !fpb_boot_repeated(b))
			found = b;
	}
	return found;
}

/* The first reason stays. */
static void set_reason(struct fpb_cell_result *r, const char *reason)
{
	if (!*r->reason)
		snprintf(r->reason, sizeof(r->reason), "%s", reason);
}

/* @at: the round's place among those of all sessions. */
static void count_pair(struct fpb_cell_result *r, size_t at,
		       const struct fpb_sample_pair *p)
{
	if (!(p->ratio > 0))
		return;
	r->log_to_raw[at] = log(p->ratio);
	/* 0: too few slices for one. */
	r->log_se[at] = p->log_se > 0 ? p->log_se : NAN;
	if (!r->slices.n++)
		r->slices.slice_ns = p->slice_ns;
}

/* Over the rounds whose sample was one of a pair. */
static void sum_up_slices(struct fpb_cell_result *r, unsigned int rounds)
{
	double mean = 0, ss = 0, within = 0, d;
	unsigned int i, n = 0;

	for (i = 0; i < rounds; i++) {
		if (isnan(r->log_se[i]))
			continue;
		within += r->log_se[i] * r->log_se[i];
		/* Welford's way to the sum of squares. */
		d = r->log_to_raw[i] - mean;
		mean += d / ++n;
		ss += d * (r->log_to_raw[i] - mean);
	}
	if (!n)
		return;
	r->slices.within = sqrt(within / n);
	r->slices.between = n > 1 ? sqrt(ss / (n - 1)) : 0;
}

static void take_latency(struct fpb_cell_result *r, size_t at,
			 const struct fpb_sample *s)
{
	const double ns[FPB_COSTS] = {
		[FPB_P50]  = s->lat_p50_ns,
		[FPB_P99]  = s->lat_p99_ns,
		[FPB_P999] = s->lat_p999_ns,
		[FPB_CPU]  = s->has_cpu ? (double)s->cpu.all_ns / s->cpu.ios : 0,
	};
	size_t q;

	for (q = 0; q < FPB_COSTS; q++)
		if (ns[q] > 0)
			r->latency[q].log_ns[at] = log(ns[q]);
}

/* Of the round that is number @n of those used. */
static void take_cpu(struct fpb_cell_result *r, const struct fpb_sample_cpu *c,
		     unsigned int n)
{
	/* Ticks of two clocks: the parts may be more than the whole. */
	const double rest = (double)c->all_ns - c->app_ns - c->daemon_ns;
	const double ns[FPB_CPU_PARTS] = {
		[FPB_CPU_APP] = c->app_ns, [FPB_CPU_DAEMON] = c->daemon_ns,
		[FPB_CPU_KERNEL] = rest > 0 ? rest : 0,
	};

	for (int i = 0; i < FPB_CPU_PARTS; i++)
		r->cpu_ns[i] += (ns[i] / c->ios - r->cpu_ns[i]) / n;
}

static void count_sample(struct fpb_cell_result *r, size_t at,
			 const struct fpb_sample *s)
{
	if (is_good(s)) {
		r->samples[at] = s;
		r->log_iops[at] = log(s->iops);
		r->used++;
		r->ios += (s->ios - r->ios) / r->used;
		take_latency(r, at, s);
		if (s->has_cpu)
			take_cpu(r, &s->cpu, r->used);
		if (s->has_pair && s->pair.log_early != 0)
			r->log_early[at] = s->pair.log_early;
		if (s->has_pair && !fpb_cell_is_raw(&s->cell))
			count_pair(r, at, &s->pair);
		if (s->has_duet) {
			r->log_duet[at] = s->duet.log_ratio;
			r->log_duet_total[at] = s->duet.log_total;
		}
		return;
	}
	switch (s->status) {
	case FPB_SAMPLE_INVALID:
		r->invalid++;
		break;
	case FPB_SAMPLE_SKIPPED:
		r->skipped++;
		break;
	case FPB_SAMPLE_OK:		/* without a single I/O */
		set_reason(r, "0 IOPS");
		r->failed++;
		break;
	case FPB_SAMPLE_LOST:
		r->lost++;
		r->failed++;
		break;
	case FPB_SAMPLE_FAILED:
		r->failed++;
		break;
	}
	set_reason(r, s->reason);
}

static void count_absent(struct fpb_cell_result *r, const struct fpb_boot *b)
{
	if (!b)
		return;
	if (!strcmp(b->status, "ok")) {
		r->missing++;
		set_reason(r, "no sample was recorded");
	} else {
		r->failed++;
		set_reason(r, b->reason);
	}
}

static enum fpb_cell_status status_of(const struct fpb_cell_result *r)
{
	bool others = r->invalid || r->failed || r->skipped || r->missing;

	if (r->used)
		return others ? FPB_CELL_PARTIAL : FPB_CELL_OK;
	if (r->invalid)
		return FPB_CELL_INVALID;
	if (r->failed)
		return FPB_CELL_FAILED;
	return r->skipped ? FPB_CELL_SKIPPED : FPB_CELL_MISSING;
}

/* One session's part of all cells; @at: the place of its first round. */
static int collect_session(struct fpb_side *side,
			   const struct fpb_contender *c,
			   const struct fpb_cell *cells, size_t ncells,
			   size_t at)
{
	const unsigned int rounds = c->run->manifest.rounds;
	const struct fpb_sample **picked = pick(c, cells, ncells);
	size_t i, round;

	if (!picked)
		return -ENOMEM;
	for (i = 0; i < ncells; i++) {
		struct fpb_cell_result *r = &side->results[i];

		for (round = 0; round < rounds; round++) {
			const struct fpb_sample *s = picked[i * rounds + round];

			if (s)
				count_sample(r, at + round, s);
			else
				count_absent(r, ended_boot(c, round + 1));
		}
	}
	free(picked);
	return 0;
}

static int init_result(struct fpb_cell_result *r, size_t rounds)
{
	double **const series[] = {
		&r->log_iops, &r->log_to_raw, &r->log_se, &r->log_duet,
		&r->log_duet_total, &r->log_early,
		&r->latency[FPB_P50].log_ns, &r->latency[FPB_P99].log_ns,
		&r->latency[FPB_P999].log_ns, &r->latency[FPB_CPU].log_ns,
	};
	const size_t n = sizeof(series) / sizeof(*series);
	double *all = malloc(n * rounds * sizeof(*all));
	size_t i;

	r->samples = calloc(rounds, sizeof(*r->samples));
	if (!all || !r->samples) {
		free(all);
		return -ENOMEM;
	}
	for (i = 0; i < n * rounds; i++)
		all[i] = NAN;
	for (i = 0; i < n; i++)
		*series[i] = all + i * rounds;
	return 0;
}

static bool any(const double *by_round, size_t rounds)
{
	size_t i;

	for (i = 0; i < rounds; i++)
		if (!isnan(by_round[i]))
			return true;
	return false;
}

static void sum_up(struct fpb_cell_result *r, size_t rounds)
{
	size_t q;

	r->status = status_of(r);
	sum_up_slices(r, rounds);
	for (q = 0; q < FPB_COSTS; q++)
		r->latency[q].few = any(r->latency[q].log_ns, rounds) &&
				    !fpb_quantile_known(q, r->ios);
}

/* The median of @n ratios, which are left in another order. */
static double median(double *ratio, size_t n)
{
	return n ? gsl_stats_median(ratio, 1, n) : 0;
}

static size_t boots_of(const struct fpb_side *side)
{
	size_t i, n = 0;

	for (i = 0; i < side->nsessions; i++)
		n += side->sessions[i].run->nboots;
	return n;
}

/* Adds the boots of one session; their ratios to @ratio. Returns how many. */
static size_t add_locks(struct fpb_lock_summary *lock,
			const struct fpb_contender *c, double *ratio)
{
	size_t i, n = 0;

	for (i = 0; i < c->run->nboots; i++) {
		const struct fpb_boot *b = &c->run->boots[i];

		if (!b->has_lock || strcmp(b->kernel, name_of(c)) ||
		    fpb_boot_repeated(b))
			continue;
		lock->shared += b->lock.state == FPB_LOCK_SHARED;
		lock->exclusive += b->lock.state == FPB_LOCK_EXCLUSIVE;
		if (b->lock.state == FPB_LOCK_UNKNOWN) {
			lock->unknown++;
			lock->reason = b->lock.reason;
		}
		if (b->lock.one_writer_iops > 0)
			ratio[n++] = fpb_lock_ratio(&b->lock);
	}
	return n;
}

static int collect_lock(struct fpb_side *side)
{
	struct fpb_lock_summary *lock = &side->lock;
	double *ratio = malloc((boots_of(side) + 1) * sizeof(*ratio));
	size_t i, n = 0;

	if (!ratio)
		return -ENOMEM;
	lock->expect = side->run->manifest.kernels[side->kernel].expect;
	for (i = 0; i < side->nsessions; i++)
		n += add_locks(lock, &side->sessions[i], ratio + n);
	lock->ratio = median(ratio, n);
	lock->contradicted =
		(lock->expect == FPB_LOCK_SHARED && lock->exclusive) ||
		(lock->expect == FPB_LOCK_EXCLUSIVE && lock->shared);
	free(ratio);
	return 0;
}

static void count_rounds(struct fpb_side *side)
{
	unsigned int round;
	size_t i;

	for (i = 0; i < side->nsessions; i++)
		for (round = 1;
		     round <= side->sessions[i].run->manifest.rounds; round++)
			side->rounds_done +=
				ended_boot(&side->sessions[i], round) != NULL;
}

int fpb_side_collect(struct fpb_side *side, const struct fpb_cell *cells,
		     size_t ncells)
{
	size_t i, at = 0;
	int ret = 0;

	side->results = calloc(ncells, sizeof(*side->results));
	if (!side->results)
		return -ENOMEM;
	for (i = 0; !ret && i < ncells; i++)
		ret = init_result(&side->results[i], side->rounds);
	for (i = 0; !ret && i < side->nsessions; i++) {
		ret = collect_session(side, &side->sessions[i], cells, ncells,
				      at);
		at += side->sessions[i].run->manifest.rounds;
	}
	if (ret)
		return ret;
	for (i = 0; i < ncells; i++)
		sum_up(&side->results[i], side->rounds);
	count_rounds(side);
	return collect_lock(side);
}

void fpb_session_means(const struct fpb_side *side, const double *by_round,
		       double *means)
{
	size_t i, n, round, rounds, at = 0;

	for (i = 0; i < side->nsessions; i++) {
		rounds = side->sessions[i].run->manifest.rounds;
		means[i] = 0;
		for (round = n = 0; round < rounds; round++, at++) {
			if (isnan(by_round[at]))
				continue;
			means[i] += by_round[at];
			n++;
		}
		means[i] = n ? means[i] / n : NAN;
	}
}

size_t fpb_pooled_rounds(const struct fpb_side *sides, size_t nsides)
{
	size_t side, n = 0;

	for (side = 0; side < nsides; side++)
		n += sides[side].rounds;
	return n;
}

int fpb_cell_pool(const struct fpb_side *sides, size_t nsides, size_t cell,
		  struct fpb_cell_result *pooled)
{
	size_t side, n = 0;

	pooled->log_iops = malloc(fpb_pooled_rounds(sides, nsides) *
				  sizeof(*pooled->log_iops));
	if (!pooled->log_iops)
		return -ENOMEM;
	for (side = 0; side < nsides; side++) {
		const struct fpb_cell_result *r = &sides[side].results[cell];
		size_t rounds = sides[side].rounds;

		memcpy(pooled->log_iops + n, r->log_iops,
		       rounds * sizeof(*r->log_iops));
		n += rounds;
		pooled->used += r->used;
		pooled->invalid += r->invalid;
		pooled->failed += r->failed;
		pooled->lost += r->lost;
		pooled->skipped += r->skipped;
		pooled->missing += r->missing;
		set_reason(pooled, r->reason);
	}
	pooled->status = status_of(pooled);
	return 0;
}

/* Over the run's first kernel, which has no ratio to itself. */
static double over_first(const struct fpb_side *side, size_t cell, bool total,
			 size_t round)
{
	const struct fpb_cell_result *r = &side->results[cell];

	if (!side->kernel)
		return 0;
	return total ? r->log_duet_total[round] : r->log_duet[round];
}

size_t fpb_lineup_base(const struct fpb_lineup *l, size_t side)
{
	return l->steps ? side - 1 : 0;
}

size_t fpb_lineup_machines(const struct fpb_lineup *l)
{
	return l->paired ? l->sides[0].run->manifest.nmachines : 1;
}

size_t fpb_lineup_machine(const struct fpb_lineup *l, size_t at)
{
	return l->paired ? fpb_manifest_machine(&l->sides[0].run->manifest,
						at + 1) : 0;
}

void fpb_lineup_latencies(const struct fpb_lineup *l, size_t old, size_t new,
			  size_t cell, enum fpb_quantile q, double *d)
{
	const struct fpb_latency *x = &l->sides[new].results[cell].latency[q];
	const struct fpb_latency *y = &l->sides[old].results[cell].latency[q];
	size_t i;

	for (i = 0; i < l->sides[new].rounds; i++)
		d[i] = x->few || y->few ? NAN : x->log_ns[i] - y->log_ns[i];
}

void fpb_lineup_differences(const struct fpb_lineup *l, size_t old, size_t new,
			    size_t cell, bool total, double *d)
{
	const struct fpb_side *x = &l->sides[new], *y = &l->sides[old];
	const bool duet = any(x->results[cell].log_duet, x->rounds) ||
			  any(y->results[cell].log_duet, y->rounds);
	size_t i;

	for (i = 0; i < x->rounds; i++) {
		d[i] = x->results[cell].log_iops[i] -
		       y->results[cell].log_iops[i];
		/* The rates may be of boots that were minutes apart. */
		if (duet && !isnan(d[i]))
			d[i] = over_first(x, cell, total, i) -
			       over_first(y, cell, total, i);
	}
}

/* Of other work: the mean over the round's boots that count, or NAN. */
static double round_load(const struct fpb_rundata *run, unsigned int round,
			 unsigned int *repeats)
{
	const char *first = run->manifest.kernels[0].name;
	double sum = 0;
	size_t i, n = 0;

	*repeats = 0;
	for (i = 0; i < run->nboots; i++) {
		const struct fpb_boot *b = &run->boots[i];

		if (b->round != round || !b->has_load)
			continue;
		/* All kernels were booted again; one of them counts. */
		*repeats += fpb_boot_repeated(b) && !strcmp(b->kernel, first);
		if (fpb_boot_repeated(b))
			continue;
		sum += b->load.foreign_cpus;
		n++;
	}
	return n ? sum / n : NAN;
}

void fpb_load_add(struct fpb_load_summary *l, const struct fpb_rundata *run)
{
	unsigned int round, repeats;
	double load;

	for (round = 1; round <= run->manifest.rounds; round++) {
		load = round_load(run, round, &repeats);
		l->repeated += repeats > 0;
		l->repeats += repeats;
		if (isnan(load))
			continue;
		l->lo = l->rounds ? fmin(l->lo, load) : load;
		l->hi = fmax(l->hi, load);
		l->rounds++;
		l->mean += (load - l->mean) / l->rounds;
	}
}

void fpb_side_free(struct fpb_side *side, size_t ncells)
{
	size_t i;

	for (i = 0; side->results && i < ncells; i++) {
		free(side->results[i].samples);
		free(side->results[i].log_iops);
	}
	free(side->results);
	free(side->sessions);
	side->results = NULL;
	side->sessions = NULL;
}
