// SPDX-License-Identifier: GPL-2.0
#include "pair.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t fpb_pair_index(const struct fpb_pair_plan *plan, uint64_t now_ns)
{
	return now_ns / plan->slice_ns;
}

/* Steele, Lea and Flood's splitmix64: every input bit reaches every output. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

unsigned int fpb_pair_side(const struct fpb_pair_plan *plan, uint64_t index)
{
	unsigned int first = mix(mix(plan->seed) ^ (index / 2)) & 1;

	return first ^ (index & 1);
}

const char *fpb_slice_state_name(enum fpb_slice_state state)
{
	static const char *const names[FPB_SLICE_STATES] = {
		[FPB_SLICE_OK]		= "ok",
		[FPB_SLICE_PARTIAL]	= "partial",
		[FPB_SLICE_RAMP]	= "ramp",
	};

	return names[state];
}

int fpb_pair_init(struct fpb_pair *p, const struct fpb_pair_plan *plan)
{
	/* More guard than half a slice leaves nothing, see usable(). */
	if (plan->slice_ns < FPB_SLICE_BINS ||
	    plan->guard_ns > plan->slice_ns / 4)
		return -EINVAL;
	memset(p, 0, sizeof(*p));
	p->plan = *plan;
	/* Rounded up, or the slice's last nanoseconds had no bin. */
	p->bin_ns = (plan->slice_ns + FPB_SLICE_BINS - 1) / FPB_SLICE_BINS;
	return 0;
}

void fpb_pair_exit(struct fpb_pair *p)
{
	free(p->slices);
	memset(p, 0, sizeof(*p));
}

static int append(struct fpb_pair *p, const struct fpb_slice *s)
{
	struct fpb_slice *slices;
	size_t size;

	if (p->nr == p->size) {
		size = p->size ? 2 * p->size : 256;
		slices = realloc(p->slices, size * sizeof(*slices));
		if (!slices)
			return -ENOMEM;
		p->slices = slices;
		p->size = size;
	}
	p->slices[p->nr++] = *s;
	return 0;
}

/* How long I/O of before was in flight in the slice that begins at @start. */
static uint64_t drain(const struct fpb_pair *p, uint64_t start_ns)
{
	uint64_t ns;

	if (p->last_done_ns <= start_ns)
		return 0;
	ns = p->last_done_ns - start_ns;
	return ns < p->plan.slice_ns ? ns : p->plan.slice_ns;
}

static void begin(struct fpb_pair *p, uint64_t index, bool ramp)
{
	struct fpb_slice *s = &p->cur;

	p->start_ns = index * p->plan.slice_ns;
	p->end_ns = p->start_ns + p->plan.slice_ns;

	memset(s, 0, sizeof(*s));
	s->index = index;
	s->side = fpb_pair_side(&p->plan, index);
	s->drain_ns = drain(p, p->start_ns);
	if (ramp)
		s->state = FPB_SLICE_RAMP;
}

/*
 * Slices that went by without a call: nothing was submitted in them, because
 * something was still in flight (its drain says so) or the job had nothing to
 * do. Both are a job's account of the slice, and others need it.
 */
static int skip_to(struct fpb_pair *p, uint64_t index, bool ramp)
{
	int ret = 0;

	while (p->cur.index + 1 < index && !ret) {
		begin(p, p->cur.index + 1, ramp);
		ret = append(p, &p->cur);
	}
	return ret;
}

static int close_current(struct fpb_pair *p, uint64_t cpu_ns)
{
	p->cur.cpu_ns = cpu_ns - p->cpu_start_ns;
	return append(p, &p->cur);
}

int fpb_pair_next(struct fpb_pair *p, uint64_t now_ns, uint64_t cpu_ns,
		  bool ramp)
{
	uint64_t index = fpb_pair_index(&p->plan, now_ns);
	int ret;

	if (!p->end_ns) {
		begin(p, index, ramp);
		/* Not there from the beginning. */
		if (!ramp && now_ns - p->start_ns > p->plan.guard_ns)
			p->cur.state = FPB_SLICE_PARTIAL;
	} else {
		ret = close_current(p, cpu_ns);
		if (!ret)
			ret = skip_to(p, index, ramp);
		if (ret)
			return ret;
		begin(p, index, ramp);
	}
	p->cpu_start_ns = cpu_ns;
	return p->cur.side;
}

int fpb_pair_finish(struct fpb_pair *p, uint64_t now_ns, uint64_t cpu_ns)
{
	if (!p->end_ns)
		return 0;
	if (now_ns < p->end_ns && p->cur.state == FPB_SLICE_OK)
		p->cur.state = FPB_SLICE_PARTIAL;
	return close_current(p, cpu_ns);
}

/* All jobs' accounts of one slice. */
struct total {
	bool ok;
	enum fpb_pair_loss why;
	uint64_t drain_ns;
	struct fpb_bin bins[FPB_SLICE_BINS];
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

static int total_slice(const struct fpb_pair_plan *plan,
		       const struct fpb_pair_job *jobs, size_t nr_jobs,
		       size_t *pos, uint64_t index, struct total *t)
{
	const struct fpb_slice *s;
	size_t j;

	memset(t, 0, sizeof(*t));
	t->ok = true;
	for (j = 0; j < nr_jobs; j++) {
		s = slice_of(&jobs[j], &pos[j], index);
		if (!s) {
			/* Not begun yet, or over already. */
			reject(t, FPB_LOSS_PARTIAL);
			continue;
		}
		if (s->side != fpb_pair_side(plan, index))
			return -EINVAL;
		add_slice(t, s);
	}
	if (first_bin(plan, t) > FPB_SLICE_BINS / 2)
		reject(t, FPB_LOSS_DRAIN);
	return 0;
}

/*
 * The rate begins with the last batch of the first bin that counts: what came
 * after it, over the time from it to the slice's last batch.
 */
static void observe(const struct fpb_pair_plan *plan, struct fpb_pair_obs *o,
		    unsigned int side, const struct total *t)
{
	unsigned int first = first_bin(plan, t), i;
	uint64_t bin_ns = (plan->slice_ns + FPB_SLICE_BINS - 1) /
			  FPB_SLICE_BINS;
	uint64_t start, end = 0;

	start = t->bins[first].ios ? t->bins[first].last_ns :
				     (first + 1) * bin_ns;
	for (i = first + 1; i < FPB_SLICE_BINS; i++) {
		o->ios[side] += t->bins[i].ios;
		if (t->bins[i].ios)
			end = t->bins[i].last_ns;
	}
	/* Nothing came: that took all the time there was. */
	o->ns[side] = (end > start ? end : plan->slice_ns) - start;
}

/* First and last slice that any job knows; false if there is none. */
static bool bounds(const struct fpb_pair_job *jobs, size_t nr_jobs,
		   uint64_t *first, uint64_t *last)
{
	const struct fpb_slice *s;
	bool any = false;
	size_t j;

	for (j = 0; j < nr_jobs; j++) {
		s = jobs[j].slices;
		if (!jobs[j].nr)
			continue;
		if (!any || s[0].index < *first)
			*first = s[0].index;
		if (!any || s[jobs[j].nr - 1].index > *last)
			*last = s[jobs[j].nr - 1].index;
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

long fpb_pair_join(const struct fpb_pair_plan *plan,
		   const struct fpb_pair_job *jobs, size_t nr_jobs,
		   struct fpb_pair_obs **obs, struct fpb_pair_tally *tally)
{
	uint64_t first = 0, last = 0, pair, index;
	struct fpb_pair_obs *o;
	struct total t[2];
	unsigned int half;
	size_t *pos, nr = 0;
	long ret = 0;
	bool ok;

	*obs = NULL;
	memset(tally, 0, sizeof(*tally));
	if (!bounds(jobs, nr_jobs, &first, &last))
		return 0;

	pos = calloc(nr_jobs, sizeof(*pos));
	o = calloc(last / 2 - first / 2 + 1, sizeof(*o));
	if (!pos || !o) {
		ret = -ENOMEM;
		goto out_free;
	}

	for (pair = first / 2; pair <= last / 2; pair++) {
		for (half = 0; half < 2 && !ret; half++)
			ret = total_slice(plan, jobs, nr_jobs, pos,
					  2 * pair + half, &t[half]);
		if (ret)
			goto out_free;
		ok = t[0].ok && t[1].ok;
		for (half = 0; half < 2; half++) {
			index = 2 * pair + half;
			if (index >= first && index <= last)
				count_slice(tally, fpb_pair_side(plan, index),
					    &t[half], ok);
			if (ok)
				observe(plan, &o[nr],
					fpb_pair_side(plan, index), &t[half]);
		}
		o[nr].index = pair;
		nr += ok;
	}
	free(pos);
	*obs = o;
	return nr;

out_free:
	free(o);
	free(pos);
	return ret;
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

int fpb_pair_estimate(const struct fpb_pair_obs *obs, size_t nr,
		      struct fpb_pair_estimate *est)
{
	struct sums all = { 0 }, less;
	double full, mean = 0, ss = 0, d;
	unsigned int side;
	size_t i;

	memset(est, 0, sizeof(*est));
	if (nr < 3)
		return -EINVAL;
	for (i = 0; i < nr; i++)
		for (side = 0; side < 2; side++) {
			all.ios[side] += obs[i].ios[side];
			all.ns[side] += obs[i].ns[side];
		}
	for (side = 0; side < 2; side++) {
		if (!all.ios[side])
			return -EINVAL;
		est->iops[side] = 1e9 * all.ios[side] / all.ns[side];
	}
	full = log_ratio(&all);
	est->ratio = exp(full);
	est->pairs = nr;

	/* Welford: the mean of what is left out, and its sum of squares. */
	for (i = 0; i < nr; i++) {
		for (side = 0; side < 2; side++) {
			less.ios[side] = all.ios[side] - obs[i].ios[side];
			less.ns[side] = all.ns[side] - obs[i].ns[side];
			/* One pair holds everything: no interval from that. */
			if (!less.ios[side])
				return -EINVAL;
		}
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
