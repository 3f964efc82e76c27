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

static const char *side_name(const struct fpb_side *side)
{
	return side->run->manifest.kernels[side->kernel].name;
}

static bool is_good(const struct fpb_sample *s)
{
	return s->status == FPB_SAMPLE_OK && s->iops > 0;
}

/* The first good sample of this cell and round, else the last bad one. */
static const struct fpb_sample *pick(const struct fpb_side *side,
				     const struct fpb_cell *cell,
				     unsigned int round)
{
	const struct fpb_rundata *run = side->run;
	const struct fpb_sample *found = NULL;
	size_t i;

	for (i = 0; i < run->nsamples; i++) {
		const struct fpb_sample *s = &run->samples[i];

		if (s->round != round || strcmp(s->kernel, side_name(side)) ||
		    !fpb_cell_equal(&s->cell, cell))
			continue;
		found = s;
		if (is_good(s))
			break;
	}
	return found;
}

/* The last boot of this round that came to an end, or NULL. */
static const struct fpb_boot *ended_boot(const struct fpb_side *side,
					 unsigned int round)
{
	const struct fpb_boot *found = NULL;
	size_t i;

	for (i = 0; i < side->run->nboots; i++) {
		const struct fpb_boot *b = &side->run->boots[i];

		if (b->round == round && !strcmp(b->kernel, side_name(side)) &&
		    strcmp(b->status, "interrupted"))
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

static void count_pair(struct fpb_cell_result *r, unsigned int round,
		       const struct fpb_sample_pair *p)
{
	if (!(p->ratio > 0))
		return;
	r->log_to_raw[round - 1] = log(p->ratio);
	r->log_se[round - 1] = p->log_se;
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

static void count_sample(struct fpb_cell_result *r, unsigned int round,
			 const struct fpb_sample *s)
{
	if (is_good(s)) {
		r->log_iops[round - 1] = log(s->iops);
		r->used++;
		if (s->has_pair && !fpb_cell_is_raw(&s->cell))
			count_pair(r, round, &s->pair);
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

static int collect_cell(const struct fpb_side *side,
			const struct fpb_cell *cell, struct fpb_cell_result *r)
{
	unsigned int round, rounds = side->run->manifest.rounds;
	const struct fpb_sample *s;

	r->log_iops = malloc(3 * rounds * sizeof(*r->log_iops));
	if (!r->log_iops)
		return -ENOMEM;
	r->log_to_raw = r->log_iops + rounds;
	r->log_se = r->log_to_raw + rounds;
	for (round = 0; round < 3 * rounds; round++)
		r->log_iops[round] = NAN;
	for (round = 1; round <= rounds; round++) {
		s = pick(side, cell, round);
		if (s)
			count_sample(r, round, s);
		else
			count_absent(r, ended_boot(side, round));
	}
	r->status = status_of(r);
	sum_up_slices(r, rounds);
	return 0;
}

/* The median of @n ratios, which are left in another order. */
static double median(double *ratio, size_t n)
{
	return n ? gsl_stats_median(ratio, 1, n) : 0;
}

static int collect_lock(struct fpb_side *side)
{
	const struct fpb_rundata *run = side->run;
	struct fpb_lock_summary *lock = &side->lock;
	double *ratio = malloc((run->nboots + 1) * sizeof(*ratio));
	size_t i, n = 0;

	if (!ratio)
		return -ENOMEM;
	lock->expect = run->manifest.kernels[side->kernel].expect;
	for (i = 0; i < run->nboots; i++) {
		const struct fpb_boot *b = &run->boots[i];

		if (!b->has_lock || strcmp(b->kernel, side_name(side)))
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
	lock->ratio = median(ratio, n);
	lock->contradicted =
		(lock->expect == FPB_LOCK_SHARED && lock->exclusive) ||
		(lock->expect == FPB_LOCK_EXCLUSIVE && lock->shared);
	free(ratio);
	return 0;
}

int fpb_side_collect(struct fpb_side *side, const struct fpb_cell *cells,
		     size_t ncells)
{
	unsigned int round;
	size_t i;
	int ret;

	side->results = calloc(ncells, sizeof(*side->results));
	if (!side->results)
		return -ENOMEM;
	for (i = 0; i < ncells; i++) {
		ret = collect_cell(side, &cells[i], &side->results[i]);
		if (ret)
			return ret;
	}
	for (round = 1; round <= side->run->manifest.rounds; round++)
		side->rounds_done += ended_boot(side, round) != NULL;
	return collect_lock(side);
}

size_t fpb_pooled_rounds(const struct fpb_side *sides, size_t nsides)
{
	size_t side, n = 0;

	for (side = 0; side < nsides; side++)
		n += sides[side].run->manifest.rounds;
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
		size_t rounds = sides[side].run->manifest.rounds;

		memcpy(pooled->log_iops + n, r->log_iops,
		       rounds * sizeof(*r->log_iops));
		n += rounds;
		pooled->used += r->used;
		pooled->invalid += r->invalid;
		pooled->failed += r->failed;
		pooled->skipped += r->skipped;
		pooled->missing += r->missing;
		set_reason(pooled, r->reason);
	}
	pooled->status = status_of(pooled);
	return 0;
}

void fpb_side_free(struct fpb_side *side, size_t ncells)
{
	size_t i;

	for (i = 0; side->results && i < ncells; i++)
		free(side->results[i].log_iops);
	free(side->results);
	side->results = NULL;
}
