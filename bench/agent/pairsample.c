// SPDX-License-Identifier: GPL-2.0
#include "agent/pairsample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/file.h"
#include "pairjoin.h"

_Static_assert(FPB_PAIRFILE_WHY <= FPB_REASON_MAX, "a sentence has room");

/* So many slices may be lost to slow I/O for each one that is used. */
#define SLOW_MAX	3

static void take_side(const struct fpb_pair_result *r, unsigned int side,
		      struct fpb_sample *s)
{
	struct fpb_sample_pair *p = &s->pair;

	p->slice_ns = r->plan.slice_ns;
	p->guard_ns = r->plan.guard_ns;
	p->seed = r->plan.seed;
	p->pairs = r->pairs;
	p->lost_draining = fpb_pair_lost(&r->tally, FPB_LOSS_DRAIN);
	p->lost_partner = fpb_pair_lost(&r->tally, FPB_LOSS_PARTNER);
	p->ratio = r->est.ratio;
	p->log_se = r->est.log_se;
	p->log_early = r->tally.early[side].log_mean;
	s->ios = r->est.ios[side];
	s->runtime_ms = r->est.ns[side] / 1000000;
	s->iops = r->est.iops[side];
}

int fpb_pairsample(const struct fpb_pairfile *jobs, size_t n,
		   struct fpb_sample *s[2], char *why)
{
	struct fpb_pair_result r;
	unsigned int side;
	size_t len;
	int ret = fpb_pair_result(jobs, n, &r, why);

	if (ret && ret != -ENODATA)
		return ret;
	/* A quarter that was lucky may not be like the rest. */
	if (!ret && fpb_pair_lost(&r.tally, FPB_LOSS_DRAIN) +
		    fpb_pair_lost(&r.tally, FPB_LOSS_FEW) >
		    SLOW_MAX * (r.tally.used[0] + r.tally.used[1])) {
		fpb_pair_too_few(&r, why);
		ret = -ENODATA;
	}
	if (ret) {
		len = strlen(why);
		snprintf(why + len, FPB_REASON_MAX - len,
			 ". Use longer slices (slice= of the regime) or a longer run time");
		r.est = (struct fpb_pair_estimate){ 0 };
	}
	for (side = 0; side < 2; side++)
		take_side(&r, side, s[side]);
	return ret;
}

int fpb_pairsample_load(const char *prefix, unsigned int n,
			struct fpb_sample *s[2], char *why)
{
	struct fpb_pairfile *jobs = calloc(n, sizeof(*jobs));
	char path[FPB_PATH_MAX];
	unsigned int i;
	int ret = jobs ? 0 : -ENOMEM;

	if (ret)
		snprintf(why, FPB_REASON_MAX, "no memory for the slices");
	for (i = 0; !ret && i < n; i++) {
		ret = fpb_path(path, "%s_slices.%u.csv", prefix, i + 1);
		if (ret)
			snprintf(why, FPB_REASON_MAX, "slices: %s",
				 strerror(-ret));
		else
			ret = fpb_pairfile_load(path, &jobs[i], why);
	}
	if (!ret)
		ret = fpb_pairsample(jobs, n, s, why);
	for (i = 0; jobs && i < n; i++)
		fpb_pairfile_free(&jobs[i]);
	free(jobs);
	return ret;
}
