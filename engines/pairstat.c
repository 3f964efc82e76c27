// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench-pair: what the slices of one run say, all its jobs together.
 * Reads the files that pair_slices= made; the statistics are in pairjoin.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "pairjoin.h"

static void print_tally(const struct fpb_pair_tally *t)
{
	unsigned int side;

	for (side = 0; side < 2; side++)
		printf("slices of side %u: %" PRIu64 " used; not used: %" PRIu64
		       " drain, %" PRIu64 " partial, %" PRIu64 " ramp, %" PRIu64
		       " few, %" PRIu64 " with a bad partner\n",
		       side, t->used[side], t->lost[side][FPB_LOSS_DRAIN],
		       t->lost[side][FPB_LOSS_PARTIAL],
		       t->lost[side][FPB_LOSS_RAMP],
		       t->lost[side][FPB_LOSS_FEW],
		       t->lost[side][FPB_LOSS_PARTNER]);
	if (fpb_pair_lost(t, FPB_LOSS_DRAIN) + fpb_pair_lost(t, FPB_LOSS_FEW) >
	    t->used[0] / 5)
		printf("warning: many slices were lost while draining or held too few I/Os; make pair_slice longer\n");
}

static double cpu_us_per_io(const struct fpb_pairfile *jobs, size_t nr,
			    unsigned int side)
{
	double cpu = 0, ios = 0;
	size_t i, j;

	for (i = 0; i < nr; i++)
		for (j = 0; j < jobs[i].nr; j++)
			if (jobs[i].slices[j].side == side) {
				cpu += jobs[i].slices[j].cpu_ns;
				ios += jobs[i].slices[j].ios;
			}
	return ios ? cpu / ios / 1000 : 0;
}

/* A difference that is small, or chance, is not worth a line. */
static void print_early(const char *what, unsigned int n,
			const struct fpb_pair_early *e)
{
	if (e->slices < 3 || fabs(e->log_mean) < 3 * e->log_se ||
	    fabs(e->log_mean) < 0.02)
		return;
	printf("warning: %s %u runs %.2f times as fast early in a slice as late; make pair_slice longer\n",
	       what, n, exp(e->log_mean));
}

static void print_estimate(const struct fpb_pairfile *jobs, size_t nr,
			   const struct fpb_pair_result *r)
{
	const struct fpb_pair_estimate *est = &r->est;
	unsigned int side;

	for (side = 0; side < 2; side++)
		printf("side %u: %.1f IOPS, %.2f us CPU per I/O of the jobs themselves  %s\n",
		       side, est->iops[side], cpu_us_per_io(jobs, nr, side),
		       jobs[0].side[side]);
	printf("ratio %.4f, 95 %% interval %.4f to %.4f, %zu %s\n",
	       est->ratio, est->lo, est->hi, est->pairs,
	       r->plan.lanes > 1 ? "groups" : "pairs");
}

/* 0, or -errno with a sentence in @why. */
static int one_kernel(const struct fpb_pairfile *jobs, size_t nr, char *why)
{
	struct fpb_pair_result r;
	unsigned int side;
	int ret = fpb_pair_result(jobs, nr, &r, why);

	if (ret && ret != -ENODATA)
		return ret;
	print_tally(&r.tally);
	if (ret)
		return ret;
	print_estimate(jobs, nr, &r);
	for (side = 0; side < 2; side++)
		print_early("side", side, &r.tally.early[side]);
	return 0;
}

static void print_lane(unsigned int k, const struct fpb_duet_lane *l)
{
	printf("lane %u: %.1f IOPS; slices not used: %" PRIu64 " drain, %" PRIu64
	       " partial, %" PRIu64 " ramp, %" PRIu64 " few, %" PRIu64
	       " with a bad partner\n",
	       k, l->iops, l->lost[FPB_LOSS_DRAIN], l->lost[FPB_LOSS_PARTIAL],
	       l->lost[FPB_LOSS_RAMP], l->lost[FPB_LOSS_FEW],
	       l->lost[FPB_LOSS_PARTNER]);
	if (k)
		printf("lane %u to lane 0: ratio %.4f, of totals %.4f, standard deviation of a block's %.4f\n",
		       k, exp(l->log_ratio), exp(l->log_total), l->log_sd);
	print_early("lane", k, &l->early);
}

/* Side 1 runs rarely: it may be too little for a ratio. */
static int several_kernels(const struct fpb_pairfile *jobs, size_t nr,
			   char *why)
{
	struct fpb_duet_result r;
	unsigned int side, k;
	int ret;

	for (side = 0; side < 2; side++) {
		ret = fpb_duet_result(jobs, nr, side, &r, why);
		if (ret && (ret != -ENODATA || !side))
			return ret;
		printf("side %u: %zu blocks of %u slices\n", side, r.blocks,
		       r.plan.lanes);
		for (k = 0; r.blocks && k < r.plan.lanes; k++)
			print_lane(k, &r.lanes[k]);
	}
	return 0;
}

static bool one_lane(const struct fpb_pairfile *jobs, size_t nr)
{
	size_t i;

	for (i = 1; i < nr; i++)
		if (jobs[i].lane != jobs[0].lane)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	char why[FPB_PAIRFILE_WHY];
	struct fpb_pairfile *jobs;
	size_t i, nr = argc - 1;
	int ret = 0;

	if (argc < 2 || argv[1][0] == '-') {
		fprintf(stderr, "Usage: fpbench-pair SLICES.csv...\n"
			"All files that pair_slices= made in one fio run, or in runs that took turns.\n");
		return 2;
	}
	jobs = calloc(nr, sizeof(*jobs));
	if (!jobs)
		return 4;
	for (i = 0; i < nr && !ret; i++)
		ret = fpb_pairfile_load(argv[i + 1], &jobs[i], why);
	if (!ret)
		ret = one_lane(jobs, nr) ? one_kernel(jobs, nr, why) :
					   several_kernels(jobs, nr, why);
	if (ret)
		fprintf(stderr, "fpbench-pair: %s\n", why);
	for (i = 0; i < nr; i++)
		fpb_pairfile_free(&jobs[i]);
	free(jobs);
	return ret ? 4 : 0;
}
