// SPDX-License-Identifier: GPL-2.0
#include "pairjoin.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One interval between batches is no rate: its end decides if it is seen. */
#define MIN_BATCHES	3
/* With fewer, nothing is known of how they vary. */
#define MIN_BLOCKS	3

/*
 * Bins that do not count once nothing older is in flight. After another kernel's
 * slice caches are cold: a job is 4 to 5 % slower at first. Synchronous writers
 * that begin all at once and wait for one lock are up to 1.6 times as fast for
 * 20 ms as later on (device of 1 ms, slices of 200 ms).
 */
#define SETTLE_BINS	2

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
	uint64_t index;
	bool ok;
	enum fpb_pair_loss why;
	uint64_t drain_ns;
	struct fpb_bin bins[FPB_SLICE_BINS];
	/* The bin in which counting begins. */
	unsigned int first;
	struct rate rate;
};

/* Mean and sum of squares about it (Welford 1962). */
struct spread {
	uint64_t n;
	double mean, ss;
};

static void spread_add(struct spread *s, double x)
{
	double d = x - s->mean;

	s->mean += d / ++s->n;
	s->ss += d * (x - s->mean);
}

static double spread_sd(const struct spread *s)
{
	return s->n > 1 ? sqrt(s->ss / (s->n - 1)) : 0;
}

static struct fpb_pair_early early_of(const struct spread *s)
{
	return (struct fpb_pair_early){
		.slices = s->n,
		.log_mean = s->mean,
		.log_se = s->n ? spread_sd(s) / sqrt(s->n) : 0,
	};
}

static double log_rate(const struct rate *r)
{
	return log((double)r->ios / r->ns);
}

/* The rate in the first third of the bins that count against the last. */
static void compare_thirds(const struct total *t, struct spread *early)
{
	unsigned int third = (FPB_SLICE_BINS - t->first) / 3;
	struct rate a = rate_of(t->bins, t->first, t->first + third);
	struct rate b = rate_of(t->bins, FPB_SLICE_BINS - third,
				FPB_SLICE_BINS);

	if (a.bins > 1 && b.bins > 1)
		spread_add(early, log_rate(&a) - log_rate(&b));
}

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

/* The bin from which on nothing older is in flight. */
static uint64_t drained_bin(const struct fpb_pair_plan *plan,
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
	/* Only slices of this lane; ALL_LANES: those of all. */
	unsigned int lane;
	/* Of each job: where it has got to. */
	size_t *pos;
	/* The first and the last slice that any job knows. */
	uint64_t first, last;
};
#define ALL_LANES	FPB_PAIR_LANES

static int total_slice(const struct join *j, uint64_t index, struct total *t)
{
	const struct fpb_slice *s;
	size_t i;

	*t = (struct total){ .index = index, .ok = true };
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
	t->first = drained_bin(j->plan, t);
	if (t->first > FPB_SLICE_BINS / 2)
		reject(t, FPB_LOSS_DRAIN);
	t->first = fmin(t->first + SETTLE_BINS, FPB_SLICE_BINS);
	t->rate = rate_of(t->bins, t->first, FPB_SLICE_BINS);
	if (t->rate.bins < MIN_BATCHES)
		reject(t, FPB_LOSS_FEW);
	return 0;
}

/*
 * Adds up the slices of @block that are to be joined. Their number, or -EINVAL;
 * *@ok says whether all of them can be used.
 */
static int total_block(const struct join *j, uint64_t block, struct total *t,
		       bool *ok)
{
	unsigned int size = fpb_pair_block(j->plan), i, n = 0;
	uint64_t index = block * size;
	int ret;

	*ok = true;
	for (i = 0; i < size; i++, index++) {
		if (j->lane != ALL_LANES &&
		    fpb_pair_lane(j->plan, index) != j->lane)
			continue;
		ret = total_slice(j, index, &t[n]);
		if (ret)
			return ret;
		*ok &= t[n++].ok;
	}
	return n;
}

/* Finds the first and the last slice; false if there is none. */
static bool bounds(struct join *j)
{
	bool any = false;
	size_t i;

	for (i = 0; i < j->nr_jobs; i++) {
		const struct fpb_pair_job *job = &j->jobs[i];

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

/* A block may reach beyond the run: slices outside of it are not lost. */
static void count_slice(const struct join *j, const struct total *t,
			bool block_ok, uint64_t *used, uint64_t *lost)
{
	if (block_ok)
		++*used;
	else if (t->index >= j->first && t->index <= j->last)
		lost[t->ok ? FPB_LOSS_PARTNER : t->why]++;
}

/* Accounts for a block in @o, whose group it belongs to. 0 or -EINVAL. */
static int join_block(const struct join *j, uint64_t block,
		      struct fpb_pair_obs *o, struct fpb_pair_tally *tally,
		      struct spread early[2])
{
	struct total t[2];
	unsigned int side;
	bool ok;
	int i, nr = total_block(j, block, t, &ok);

	for (i = 0; i < nr; i++) {
		side = fpb_pair_side(j->plan, t[i].index);
		count_slice(j, &t[i], ok, &tally->used[side],
			    tally->lost[side]);
		if (!ok)
			continue;
		compare_thirds(&t[i], &early[side]);
		o->ios[side] += t[i].rate.ios;
		o->ns[side] += t[i].rate.ns;
	}
	return nr < 0 ? nr : 0;
}

/* Blocks that make one observation: with lanes, as many as have one of raw. */
static uint64_t group_size(const struct fpb_pair_plan *plan)
{
	return plan->lanes > 1 && plan->raw_every ? plan->raw_every : 1;
}

/* Fills @obs, of which there are enough. Their number, or -EINVAL. */
static long join_blocks(const struct join *j, struct fpb_pair_obs *obs,
			struct fpb_pair_tally *tally)
{
	uint64_t per_group = group_size(j->plan), block;
	unsigned int size = fpb_pair_block(j->plan);
	struct spread early[2] = { { 0 } };
	struct fpb_pair_obs *o = obs;
	int ret;

	for (block = j->first / size; block <= j->last / size; block++) {
		/* The next group, unless there is nothing in this one. */
		if (o->index != block / per_group && (o->ns[0] || o->ns[1]))
			o++;
		o->index = block / per_group;
		ret = join_block(j, block, o, tally, early);
		if (ret)
			return ret;
	}
	tally->early[0] = early_of(&early[0]);
	tally->early[1] = early_of(&early[1]);
	return o - obs + (o->ns[0] || o->ns[1]);
}

long fpb_pair_join(const struct fpb_pair_plan *plan,
		   const struct fpb_pair_job *jobs, size_t nr_jobs,
		   struct fpb_pair_obs **obs, struct fpb_pair_tally *tally)
{
	struct join j = { .plan = plan, .jobs = jobs, .nr_jobs = nr_jobs };
	struct fpb_pair_obs *o;
	long nr = -ENOMEM;

	*obs = NULL;
	memset(tally, 0, sizeof(*tally));
	if (!bounds(&j))
		return 0;

	j.lane = jobs[0].lane;
	j.pos = calloc(nr_jobs, sizeof(*j.pos));
	o = calloc((j.last - j.first) / fpb_pair_block(plan) + 2, sizeof(*o));
	if (j.pos && o)
		nr = join_blocks(&j, o, tally);
	free(j.pos);
	if (nr < 0) {
		free(o);
		return nr;
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

/* Totals, rates and their ratio; false if a side completed nothing. */
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
		if (est->ios[side])
			est->iops[side] = 1e9 * est->ios[side] / est->ns[side];
	}
	if (!est->ios[0] || !est->ios[1])
		return false;
	est->ratio = est->iops[0] / est->iops[1];
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
	struct spread left = { 0 };
	struct sums less;
	double full, d;
	size_t i;

	if (!add_up(obs, nr, est) || nr < MIN_BLOCKS)
		return -EINVAL;
	full = log(est->ratio);

	for (i = 0; i < nr; i++) {
		/* One pair holds everything: no interval from that. */
		if (!all_but(est, &obs[i], &less))
			return -EINVAL;
		spread_add(&left, log_ratio(&less) - full);
	}
	est->log_se = sqrt(left.ss * (nr - 1) / nr);
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
			 "not of one run: the slices of jobs 1 and %zu differ in length, guard, seed or lanes",
			 i + 1);
		return -EINVAL;
	}
	return 0;
}

static int same_lane(const struct fpb_pairfile *jobs, size_t nr, char *why)
{
	size_t i;

	for (i = 1; i < nr; i++) {
		if (jobs[i].lane == jobs[0].lane)
			continue;
		snprintf(why, FPB_PAIRFILE_WHY,
			 "not of one kernel: jobs 1 and %zu are of lanes %u and %u",
			 i + 1, jobs[0].lane, jobs[i].lane);
		return -EINVAL;
	}
	return 0;
}

/* What join() or duet() returned, as a sentence. */
static int explain(long err, char *why)
{
	snprintf(why, FPB_PAIRFILE_WHY, "%s", err == -EINVAL ?
		 "not of one run: the jobs' slices contradict each other" :
		 strerror(-err));
	return err;
}

/* NULL if there is no memory; free() it. */
static struct fpb_pair_job *jobs_of(const struct fpb_pairfile *files, size_t nr)
{
	struct fpb_pair_job *jobs = calloc(nr, sizeof(*jobs));
	size_t i;

	for (i = 0; jobs && i < nr; i++)
		jobs[i] = (struct fpb_pair_job){ files[i].slices, files[i].nr,
						 files[i].lane };
	return jobs;
}

static long join_files(const struct fpb_pairfile *files, size_t nr,
		       struct fpb_pair_obs **obs, struct fpb_pair_tally *tally)
{
	struct fpb_pair_job *jobs = jobs_of(files, nr);
	long pairs = jobs ? fpb_pair_join(&files[0].plan, jobs, nr, obs, tally) :
			    -ENOMEM;

	free(jobs);
	return pairs;
}

/* "(3 slices lost while draining, ...)" */
static void print_lost(char *buf, size_t size, const uint64_t *lost)
{
	snprintf(buf, size,
		 "(%" PRIu64 " slices lost while draining, %" PRIu64 " with fewer than three batches of I/O, %" PRIu64 " to jobs that missed part of them)",
		 lost[FPB_LOSS_DRAIN], lost[FPB_LOSS_FEW],
		 lost[FPB_LOSS_PARTIAL]);
}

void fpb_pair_too_few(const struct fpb_pair_result *r, char *why)
{
	bool lane = r->plan.lanes > 1;
	size_t n = lane ? r->tally.used[0] : r->pairs;
	uint64_t lost[FPB_LOSSES];
	unsigned int i;
	int len;

	for (i = 0; i < FPB_LOSSES; i++)
		lost[i] = fpb_pair_lost(&r->tally, i);
	len = snprintf(why, FPB_PAIRFILE_WHY,
		       lane ? "only %zu usable slice%s of %.3g ms " :
			      "only %zu usable pair%s of %.3g ms slices ",
		       n, n == 1 ? "" : "s", r->plan.slice_ns / 1e6);
	print_lost(why + len, FPB_PAIRFILE_WHY - len, lost);
}

/* Of a lane, rates are what counts: the slices need no partner in raw. */
static bool enough(const struct fpb_pair_result *r, int estimate)
{
	return r->plan.lanes > 1 ? r->tally.used[0] >= MIN_BLOCKS : !estimate;
}

int fpb_pair_result(const struct fpb_pairfile *jobs, size_t nr,
		    struct fpb_pair_result *r, char *why)
{
	struct fpb_pair_obs *obs;
	int ret = same_plan(jobs, nr, why);
	long pairs;

	if (!ret)
		ret = same_lane(jobs, nr, why);
	if (ret)
		return ret;
	*r = (struct fpb_pair_result){ .plan = jobs[0].plan };
	pairs = join_files(jobs, nr, &obs, &r->tally);
	if (pairs < 0)
		return explain(pairs, why);
	r->pairs = pairs;
	ret = fpb_pair_estimate(obs, r->pairs, &r->est);
	free(obs);
	if (enough(r, ret))
		return 0;
	fpb_pair_too_few(r, why);
	return -ENODATA;
}

/* --- several kernels at the same time ---------------------------------------- */

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Median of the means of all pairs of @x, each with itself as well. */
static int hodges_lehmann(const double *x, size_t n, double *median)
{
	size_t pairs = n * (n + 1) / 2, i, j, k = 0;
	double *walsh = calloc(pairs, sizeof(*walsh));

	if (!walsh)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		for (j = i; j < n; j++)
			walsh[k++] = (x[i] + x[j]) / 2;
	qsort(walsh, pairs, sizeof(*walsh), compare);
	*median = (walsh[(pairs - 1) / 2] + walsh[pairs / 2]) / 2;
	free(walsh);
	return 0;
}

struct duet {
	struct join join;
	/* Log ratios of lane k to lane 0: x[k * max + block]. */
	double *x;
	size_t max;
	struct spread early[FPB_PAIR_LANES];
};

static int duet_block(struct duet *d, uint64_t block,
		      struct fpb_duet_result *r)
{
	double log_rates[FPB_PAIR_LANES];
	struct total t[FPB_PAIR_LANES];
	struct fpb_duet_lane *lane;
	unsigned int k;
	bool ok;
	int i, nr = total_block(&d->join, block, t, &ok);

	for (i = 0; i < nr; i++) {
		k = fpb_pair_lane(&r->plan, t[i].index);
		lane = &r->lanes[k];
		count_slice(&d->join, &t[i], ok, &lane->used, lane->lost);
		if (!ok)
			continue;
		compare_thirds(&t[i], &d->early[k]);
		lane->ios += t[i].rate.ios;
		lane->ns += t[i].rate.ns;
		log_rates[k] = log_rate(&t[i].rate);
	}
	if (nr < 0 || !ok)
		return nr < 0 ? nr : 0;
	for (k = 0; k < r->plan.lanes; k++)
		d->x[k * d->max + r->blocks] = log_rates[k] - log_rates[0];
	r->blocks++;
	return 0;
}

static int duet_lane(const struct duet *d, unsigned int k,
		     struct fpb_duet_result *r)
{
	struct fpb_duet_lane *lane = &r->lanes[k], *base = &r->lanes[0];
	const double *x = d->x + k * d->max;
	struct spread s = { 0 };
	size_t i;

	lane->early = early_of(&d->early[k]);
	if (!r->blocks)
		return 0;
	for (i = 0; i < r->blocks; i++)
		spread_add(&s, x[i]);
	lane->iops = 1e9 * lane->ios / lane->ns;
	lane->log_total = log(lane->iops / base->iops);
	lane->log_sd = spread_sd(&s);
	return hodges_lehmann(x, r->blocks, &lane->log_ratio);
}

static int duet(struct duet *d, struct fpb_duet_result *r)
{
	uint64_t size = r->plan.lanes, block, last = d->join.last / size;
	unsigned int k;
	int ret = 0;

	for (block = d->join.first / size; !ret && block <= last; block++)
		if (fpb_pair_side(&r->plan, block * size) == r->side)
			ret = duet_block(d, block, r);
	for (k = 0; !ret && k < r->plan.lanes; k++)
		ret = duet_lane(d, k, r);
	return ret;
}

/* @jobs of every lane? */
static int check_lanes(const struct fpb_pairfile *files, size_t nr, char *why)
{
	unsigned int lanes = nr ? files[0].plan.lanes : 0, k;
	uint32_t seen = 0;
	size_t i;
	int ret = same_plan(files, nr, why);

	if (ret)
		return ret;
	for (i = 0; i < nr; i++)
		seen |= 1u << files[i].lane;
	for (k = 0; k < lanes && seen & 1u << k; k++)
		;
	if (lanes > 1 && k == lanes)
		return 0;
	if (lanes > 1)
		snprintf(why, FPB_PAIRFILE_WHY, "no slices of lane %u", k);
	else
		snprintf(why, FPB_PAIRFILE_WHY,
			 "slices of one kernel: nothing to compare it with");
	return -EINVAL;
}

static void duet_too_few(const struct fpb_duet_result *r, char *why)
{
	uint64_t lost[FPB_LOSSES] = { 0 };
	unsigned int k, i;
	int len;

	for (k = 0; k < r->plan.lanes; k++)
		for (i = 0; i < FPB_LOSSES; i++)
			lost[i] += r->lanes[k].lost[i];
	len = snprintf(why, FPB_PAIRFILE_WHY,
		       "only %zu usable block%s of %u slices of %.3g ms ",
		       r->blocks, r->blocks == 1 ? "" : "s", r->plan.lanes,
		       r->plan.slice_ns / 1e6);
	print_lost(why + len, FPB_PAIRFILE_WHY - len, lost);
}

int fpb_duet_result(const struct fpb_pairfile *files, size_t nr,
		    unsigned int side, struct fpb_duet_result *r, char *why)
{
	struct duet d = { 0 };
	int ret = check_lanes(files, nr, why);

	if (ret)
		return ret;
	*r = (struct fpb_duet_result){ .plan = files[0].plan, .side = side };
	d.join = (struct join){ .plan = &r->plan, .nr_jobs = nr,
				.jobs = jobs_of(files, nr), .lane = ALL_LANES,
				.pos = calloc(nr, sizeof(size_t)) };
	ret = d.join.jobs && d.join.pos ? 0 : -ENOMEM;
	if (!ret && bounds(&d.join)) {
		d.max = (d.join.last - d.join.first) / r->plan.lanes + 2;
		d.x = calloc(d.max * r->plan.lanes, sizeof(*d.x));
		ret = d.x ? duet(&d, r) : -ENOMEM;
	}
	free(d.x);
	free(d.join.pos);
	free((void *)d.join.jobs);
	if (ret)
		return explain(ret, why);
	if (r->blocks >= MIN_BLOCKS)
		return 0;
	duet_too_few(r, why);
	return -ENODATA;
}
