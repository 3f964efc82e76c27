// SPDX-License-Identifier: GPL-2.0
#include "pairjoin.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One interval between batches is no rate: its end decides if it is seen. */
#define MIN_BATCHES	3

/* I/Os in the time that they took, and how many bins had any. */
struct rate {
	uint64_t ios, ns;
	unsigned int bins;
};

/*
 * A rate begins with the first batch that is seen: what came after it, over
 * the time from it to the last batch. Where it begins with the time that the
 * first bin begins or ends, a batch counts in full though it was submitted
 * before, and the rate is too high. As far as bins go: a bin counts as one
 * batch, when its last one came.
 */
static struct rate rate_of(const struct fpb_bin *bins,
			   unsigned int from, unsigned int to)
{
	struct rate r = { 0 };
	uint64_t start = 0;
	unsigned int i;

	for (i = from; i < to; i++) {
		if (!bins[i].ios)
			continue;
		if (r.bins++)
			r.ios += bins[i].ios;
		else
			start = bins[i].last_ns;
		r.ns = bins[i].last_ns - start;
	}
	return r;
}

/* All jobs' accounts of one slice. */
struct total {
	bool ok;
	enum fpb_pair_loss why;
	uint64_t drain_ns;
	struct fpb_bin bins[FPB_SLICE_BINS];
	struct rate rate;
};

static void reject(struct total *t, enum fpb_pair_loss why)
{
	/* The first reason is as good as any other. */
	if (t->ok)
		t->why = why;
	t->ok = false;
}

static void add_slice(struct total *t, const struct fpb_slice *s)
{
	unsigned int i;

	if (s->state == FPB_SLICE_RAMP)
		reject(t, FPB_LOSS_RAMP);
	else if (s->state == FPB_SLICE_PARTIAL)
		reject(t, FPB_LOSS_PARTIAL);
	if (s->drain_ns > t->drain_ns)
		t->drain_ns = s->drain_ns;
	/*
	 * Over the jobs together: where they wait for each other, one of them
	 * may see nothing in a whole slice.
	 */
	for (i = 0; i < FPB_SLICE_BINS; i++) {
		t->bins[i].ios += s->bins[i].ios;
		if (s->bins[i].last_ns > t->bins[i].last_ns)
			t->bins[i].last_ns = s->bins[i].last_ns;
	}
}

/* Moves *@pos to @index or beyond; NULL if the job has no such slice. */
static const struct fpb_slice *slice_of(const struct fpb_pair_job *job,
					size_t *pos, uint64_t index)
{
	while (*pos < job->nr && job->slices[*pos].index < index)
		(*pos)++;
	if (*pos < job->nr && job->slices[*pos].index == index)
		return &job->slices[*pos];
	return NULL;
}

/* The bin in which counting begins: nothing older is in flight from it on. */
static uint64_t first_bin(const struct fpb_pair_plan *plan,
			  const struct total *t)
{
	uint64_t bin_ns = (plan->slice_ns + FPB_SLICE_BINS - 1) /
			  FPB_SLICE_BINS;
	uint64_t from = t->drain_ns > plan->guard_ns ? t->drain_ns :
						       plan->guard_ns;

	return (from + bin_ns - 1) / bin_ns;
}

struct join {
	const struct fpb_pair_plan *plan;
	const struct fpb_pair_job *jobs;
	size_t nr_jobs;
	/* Of each job: where it has got to. */
	size_t *pos;
	/* The first and the last slice that any job knows. */
	uint64_t first, last;
	struct fpb_pair_tally *tally;
};

static int total_slice(const struct join *j, uint64_t index, struct total *t)
{
	const struct fpb_slice *s;
	unsigned int first;
	size_t i;

	memset(t, 0, sizeof(*t));
	t->ok = true;
	for (i = 0; i < j->nr_jobs; i++) {
		s = slice_of(&j->jobs[i], &j->pos[i], index);
		if (!s) {
			/* Not begun yet, or over already. */
			reject(t, FPB_LOSS_PARTIAL);
			continue;
		}
		if (s->side != fpb_pair_side(j->plan, index))
			return -EINVAL;
		add_slice(t, s);
	}
	first = first_bin(j->plan, t);
	if (first > FPB_SLICE_BINS / 2)
		reject(t, FPB_LOSS_DRAIN);
	t->rate = rate_of(t->bins, first, FPB_SLICE_BINS);
	if (t->rate.bins < MIN_BATCHES)
		reject(t, FPB_LOSS_FEW);
	return 0;
}

/* Finds the first and the last slice; false if there is none. */
static bool bounds(struct join *j)
{
	const struct fpb_pair_job *job;
	bool any = false;

	for (job = j->jobs; job < j->jobs + j->nr_jobs; job++) {
		if (!job->nr)
			continue;
		if (!any || job->slices[0].index < j->first)
			j->first = job->slices[0].index;
		if (!any || job->slices[job->nr - 1].index > j->last)
			j->last = job->slices[job->nr - 1].index;
		any = true;
	}
	return any;
}

static void count_slice(struct fpb_pair_tally *tally, unsigned int side,
			const struct total *t, bool pair_ok)
{
	if (pair_ok)
		tally->used[side]++;
	else
		tally->lost[side][t->ok ? FPB_LOSS_PARTNER : t->why]++;
}

/* Accounts for both halves of a pair. Whether @o is filled, or -EINVAL. */
static int join_pair(const struct join *j, uint64_t pair,
		     struct fpb_pair_obs *o)
{
	struct total t[2];
	unsigned int half, side;
	uint64_t index;
	bool ok;
	int ret = 0;

	for (half = 0; !ret && half < 2; half++)
		ret = total_slice(j, 2 * pair + half, &t[half]);
	if (ret)
		return ret;
	ok = t[0].ok && t[1].ok;
	for (half = 0; half < 2; half++) {
		index = 2 * pair + half;
		side = fpb_pair_side(j->plan, index);
		if (index >= j->first && index <= j->last)
			count_slice(j->tally, side, &t[half], ok);
		if (ok) {
			o->ios[side] = t[half].rate.ios;
			o->ns[side] = t[half].rate.ns;
		}
	}
	o->index = pair;
	return ok;
}

long fpb_pair_join(const struct fpb_pair_plan *plan,
		   const struct fpb_pair_job *jobs, size_t nr_jobs,
		   struct fpb_pair_obs **obs, struct fpb_pair_tally *tally)
{
	struct join j = { .plan = plan, .jobs = jobs, .nr_jobs = nr_jobs,
			  .tally = tally };
	struct fpb_pair_obs *o;
	uint64_t pair;
	long nr = 0;
	int ret = 0;

	*obs = NULL;
	memset(tally, 0, sizeof(*tally));
	if (!bounds(&j))
		return 0;

	j.pos = calloc(nr_jobs, sizeof(*j.pos));
	o = calloc(j.last / 2 - j.first / 2 + 1, sizeof(*o));
	if (!j.pos || !o)
		ret = -ENOMEM;
	for (pair = j.first / 2; ret >= 0 && pair <= j.last / 2; pair++) {
		ret = join_pair(&j, pair, &o[nr]);
		nr += ret > 0;
	}
	free(j.pos);
	if (ret < 0) {
		free(o);
		return ret;
	}
	*obs = o;
	return nr;
}

/*
 * Student's t, 97.5 %, by the Cornish-Fisher expansion about the normal
 * quantile: off by 0.1 % at 3 degrees of freedom, by less above.
 */
static double t_quantile(double df)
{
	const double z = 1.959963984540054, z2 = z * z;
	double g1 = z * (z2 + 1) / 4;
	double g2 = z * ((5 * z2 + 16) * z2 + 3) / 96;
	double g3 = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
	double g4 = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 -
			 945) / 92160;

	if (df < 3)
		return 4.302652729749464;
	return z + (g1 + (g2 + (g3 + g4 / df) / df) / df) / df;
}

struct sums {
	double ios[2], ns[2];
};

static double log_ratio(const struct sums *s)
{
	return log(s->ios[0] / s->ns[0]) - log(s->ios[1] / s->ns[1]);
}

/* Totals and rates of both sides; false if one completed nothing. */
static bool add_up(const struct fpb_pair_obs *obs, size_t nr,
		   struct fpb_pair_estimate *est)
{
	unsigned int side;
	size_t i;

	memset(est, 0, sizeof(*est));
	est->pairs = nr;
	for (side = 0; side < 2; side++) {
		for (i = 0; i < nr; i++) {
			est->ios[side] += obs[i].ios[side];
			est->ns[side] += obs[i].ns[side];
		}
		if (!est->ios[side])
			return false;
		est->iops[side] = 1e9 * est->ios[side] / est->ns[side];
	}
	return true;
}

/* What all pairs but @left_out add up to; false if a side has nothing then. */
static bool all_but(const struct fpb_pair_estimate *est,
		    const struct fpb_pair_obs *left_out, struct sums *less)
{
	unsigned int side;

	for (side = 0; side < 2; side++) {
		less->ios[side] = est->ios[side] - left_out->ios[side];
		less->ns[side] = est->ns[side] - left_out->ns[side];
	}
	return less->ios[0] && less->ios[1];
}

int fpb_pair_estimate(const struct fpb_pair_obs *obs, size_t nr,
		      struct fpb_pair_estimate *est)
{
	double full, mean = 0, ss = 0, d;
	struct sums less;
	size_t i;

	if (!add_up(obs, nr, est) || nr < 3)
		return -EINVAL;
	full = log(est->iops[0]) - log(est->iops[1]);
	est->ratio = exp(full);

	/* Welford: the mean of what is left out, and its sum of squares. */
	for (i = 0; i < nr; i++) {
		/* One pair holds everything: no interval from that. */
		if (!all_but(est, &obs[i], &less))
			return -EINVAL;
		d = log_ratio(&less) - full;
		ss += (d - mean) * (d - mean) * i / (i + 1);
		mean += (d - mean) / (i + 1);
	}
	est->log_se = sqrt(ss * (nr - 1) / nr);
	d = t_quantile(nr - 1) * est->log_se;
	est->lo = exp(full - d);
	est->hi = exp(full + d);
	return 0;
}

/* --- the files of a run ----------------------------------------------------- */

uint64_t fpb_pair_lost(const struct fpb_pair_tally *tally,
		       enum fpb_pair_loss why)
{
	return tally->lost[0][why] + tally->lost[1][why];
}

static int same_plan(const struct fpb_pairfile *jobs, size_t nr, char *why)
{
	size_t i;

	for (i = 1; i < nr; i++) {
		if (!memcmp(&jobs[i].plan, &jobs[0].plan, sizeof(jobs->plan)))
			continue;
		snprintf(why, FPB_PAIRFILE_WHY,
			 "not of one run: the slices of jobs 1 and %zu differ in length, guard or seed",
			 i + 1);
		return -EINVAL;
	}
	return 0;
}

static long join_files(const struct fpb_pairfile *jobs, size_t nr,
		       struct fpb_pair_obs **obs, struct fpb_pair_tally *tally)
{
	struct fpb_pair_job *in = calloc(nr, sizeof(*in));
	long pairs;
	size_t i;

	if (!in)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		in[i] = (struct fpb_pair_job){ jobs[i].slices, jobs[i].nr };
	pairs = fpb_pair_join(&jobs[0].plan, in, nr, obs, tally);
	free(in);
	return pairs;
}

void fpb_pair_too_few(const struct fpb_pair_result *r, char *why)
{
	snprintf(why, FPB_PAIRFILE_WHY,
		 "only %zu usable pair%s of %.3g ms slices (%" PRIu64 " slices lost while draining, %" PRIu64 " with fewer than three batches of I/O, %" PRIu64 " to jobs that missed part of them)",
		 r->pairs, r->pairs == 1 ? "" : "s", r->plan.slice_ns / 1e6,
		 fpb_pair_lost(&r->tally, FPB_LOSS_DRAIN),
		 fpb_pair_lost(&r->tally, FPB_LOSS_FEW),
		 fpb_pair_lost(&r->tally, FPB_LOSS_PARTIAL));
}

int fpb_pair_result(const struct fpb_pairfile *jobs, size_t nr,
		    struct fpb_pair_result *r, char *why)
{
	struct fpb_pair_obs *obs;
	long pairs = same_plan(jobs, nr, why);

	if (pairs)
		return pairs;
	*r = (struct fpb_pair_result){ .plan = jobs[0].plan };
	pairs = join_files(jobs, nr, &obs, &r->tally);
	if (pairs < 0) {
		snprintf(why, FPB_PAIRFILE_WHY, "%s", pairs == -EINVAL ?
			 "not of one run: the jobs' slices contradict each other" :
			 strerror(-pairs));
		return pairs;
	}
	r->pairs = pairs;
	pairs = fpb_pair_estimate(obs, r->pairs, &r->est);
	free(obs);
	if (!pairs)
		return 0;
	if (r->pairs && (!r->est.ios[0] || !r->est.ios[1]))
		snprintf(why, FPB_PAIRFILE_WHY,
			 "one of the two sides completed nothing");
	else
		fpb_pair_too_few(r, why);
	return -ENODATA;
}
