// SPDX-License-Identifier: GPL-2.0
#include "agent/pairsample.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many slices may be lost to the drain for each one that is used. */
#define DRAINED_MAX	3

static int check_plans(const struct fpb_pairfile *jobs, size_t n, char *why)
{
	for (size_t i = 1; i < n; i++) {
		if (!memcmp(&jobs[i].plan, &jobs[0].plan, sizeof(jobs->plan)))
			continue;
		snprintf(why, FPB_REASON_MAX,
			 "the jobs' slices differ in length, guard or seed");
		return -EINVAL;
	}
	return 0;
}

static long join(const struct fpb_pairfile *jobs, size_t n,
		 struct fpb_pair_obs **obs, struct fpb_pair_tally *tally)
{
	struct fpb_pair_job *in = calloc(n, sizeof(*in));
	long pairs;

	if (!in)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		in[i] = (struct fpb_pair_job){ jobs[i].slices, jobs[i].nr };
	pairs = fpb_pair_join(&jobs[0].plan, in, n, obs, tally);
	free(in);
	return pairs;
}

/* What of the accounts is the same for both sides. */
static void keep(const struct fpb_pair_plan *plan,
		 const struct fpb_pair_tally *t, long pairs,
		 struct fpb_sample_pair *p)
{
	p->slice_ns = plan->slice_ns;
	p->guard_ns = plan->guard_ns;
	p->seed = plan->seed;
	p->pairs = pairs;
	p->drained = t->lost[0][FPB_LOSS_DRAIN] + t->lost[1][FPB_LOSS_DRAIN];
	p->widowed = t->lost[0][FPB_LOSS_PARTNER] +
		     t->lost[1][FPB_LOSS_PARTNER];
}

static void take_rate(const struct fpb_pair_obs *obs, long pairs,
		      const struct fpb_pair_estimate *est, unsigned int side,
		      struct fpb_sample *s)
{
	uint64_t ios = 0, ns = 0;

	for (long i = 0; i < pairs; i++) {
		ios += obs[i].ios[side];
		ns += obs[i].ns[side];
	}
	s->ios = ios;
	s->runtime_ms = ns / 1000000;
	s->iops = est->iops[side];
	s->pair.ratio = est->ratio;
	s->pair.log_se = est->log_se;
}

int fpb_pairsample(const struct fpb_pairfile *jobs, size_t n,
		   struct fpb_sample *s[2], char *why)
{
	struct fpb_pair_estimate est;
	struct fpb_pair_tally tally;
	struct fpb_pair_obs *obs;
	const struct fpb_sample_pair *p = &s[0]->pair;
	unsigned int side;
	long pairs;
	int ret = check_plans(jobs, n, why);

	if (ret)
		return ret;
	pairs = join(jobs, n, &obs, &tally);
	if (pairs < 0) {
		snprintf(why, FPB_REASON_MAX, "the jobs' slices: %s",
			 pairs == -EINVAL ? "they contradict each other" :
					    strerror(-pairs));
		return pairs;
	}
	for (side = 0; side < 2; side++)
		keep(&jobs[0].plan, &tally, pairs, &s[side]->pair);
	/* A quarter that was lucky may not be like the rest. */
	if (p->drained > DRAINED_MAX * 2 * p->pairs)
		ret = -EINVAL;
	if (ret || fpb_pair_estimate(obs, pairs, &est)) {
		snprintf(why, FPB_REASON_MAX,
			 "only %" PRIu64 " pairs of slices of %.3g ms can be used, %" PRIu64 " slices were lost to the drain, %" PRIu64 " to jobs that missed part of them: longer slices or a longer runtime may do",
			 p->pairs, p->slice_ns / 1e6, p->drained,
			 tally.lost[0][FPB_LOSS_PARTIAL] +
				 tally.lost[1][FPB_LOSS_PARTIAL]);
		ret = -EINVAL;
	}
	for (side = 0; !ret && side < 2; side++)
		take_rate(obs, pairs, &est, side, s[side]);
	free(obs);
	return ret;
}
