// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench-pair: what the slices of one fio run say, all its jobs together.
 * Reads the files that pair_slices= made; the statistics are in pairjoin.c.
 */
#include <errno.h>
#include <inttypes.h>
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

static void print_estimate(const struct fpb_pairfile *jobs, size_t nr,
			   const struct fpb_pair_estimate *est)
{
	unsigned int side;

	for (side = 0; side < 2; side++)
		printf("side %u: %.1f IOPS, %.2f us CPU per I/O of the jobs themselves  %s\n",
		       side, est->iops[side], cpu_us_per_io(jobs, nr, side),
		       jobs[0].side[side]);
	printf("ratio %.4f, 95 %% interval %.4f to %.4f, %zu pairs\n",
	       est->ratio, est->lo, est->hi, est->pairs);
}

int main(int argc, char **argv)
{
	char why[FPB_PAIRFILE_WHY];
	struct fpb_pair_result r;
	struct fpb_pairfile *jobs;
	size_t i, nr = argc - 1;
	int ret = 0;

	if (argc < 2 || argv[1][0] == '-') {
		fprintf(stderr, "Usage: fpbench-pair SLICES.csv...\n"
			"All files that pair_slices= made in one fio run.\n");
		return 2;
	}
	jobs = calloc(nr, sizeof(*jobs));
	if (!jobs)
		return 4;
	for (i = 0; i < nr && !ret; i++)
		ret = fpb_pairfile_load(argv[i + 1], &jobs[i], why);
	if (!ret) {
		ret = fpb_pair_result(jobs, nr, &r, why);
		if (!ret || ret == -ENODATA)
			print_tally(&r.tally);
	}
	if (ret)
		fprintf(stderr, "fpbench-pair: %s\n", why);
	else
		print_estimate(jobs, nr, &r.est);
	for (i = 0; i < nr; i++)
		fpb_pairfile_free(&jobs[i]);
	free(jobs);
	return ret ? 4 : 0;
}
