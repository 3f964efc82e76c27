// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench-pair: what the slices of one fio run say, all its jobs together.
 * Reads the files that pair_slices= made; the statistics are in pair.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pairfile.h"

static int read_job(const char *path, struct fpb_pairfile *job)
{
	unsigned int line;
	FILE *f;
	int ret;

	f = fopen(path, "re");
	if (!f) {
		ret = -errno;
		fprintf(stderr, "fpbench-pair: cannot open %s: %s\n", path,
			strerror(-ret));
		return ret;
	}
	ret = fpb_pairfile_read(f, job, &line);
	if (ret == -EINVAL)
		fprintf(stderr, "fpbench-pair: %s:%u: not a file of slices\n",
			path, line);
	else if (ret)
		fprintf(stderr, "fpbench-pair: cannot read %s: %s\n", path,
			strerror(-ret));
	fclose(f);
	return ret;
}

static int check_plans(char **paths, const struct fpb_pairfile *jobs, size_t nr)
{
	size_t i;

	for (i = 1; i < nr; i++) {
		if (!memcmp(&jobs[i].plan, &jobs[0].plan, sizeof(jobs[0].plan)))
			continue;
		fprintf(stderr,
			"fpbench-pair: %s and %s differ in slice, guard or seed: not of one run\n",
			paths[0], paths[i]);
		return -EINVAL;
	}
	return 0;
}

static void print_tally(const struct fpb_pair_tally *t)
{
	unsigned int side;

	for (side = 0; side < 2; side++)
		printf("slices of side %u: %" PRIu64 " used; not used: %" PRIu64
		       " drain, %" PRIu64 " partial, %" PRIu64 " ramp, %" PRIu64
		       " with a bad partner\n",
		       side, t->used[side], t->lost[side][FPB_LOSS_DRAIN],
		       t->lost[side][FPB_LOSS_PARTIAL],
		       t->lost[side][FPB_LOSS_RAMP],
		       t->lost[side][FPB_LOSS_PARTNER]);
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

static int report(const struct fpb_pairfile *jobs, size_t nr)
{
	struct fpb_pair_estimate est;
	struct fpb_pair_tally tally;
	struct fpb_pair_job *in;
	struct fpb_pair_obs *obs;
	uint64_t drained;
	unsigned int side;
	long pairs;
	size_t i;
	int ret;

	in = calloc(nr, sizeof(*in));
	if (!in)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		in[i].slices = jobs[i].slices;
		in[i].nr = jobs[i].nr;
	}
	pairs = fpb_pair_join(&jobs[0].plan, in, nr, &obs, &tally);
	free(in);
	if (pairs < 0) {
		fprintf(stderr, "fpbench-pair: the files contradict each other: not of one run\n");
		return pairs;
	}
	print_tally(&tally);
	drained = tally.lost[0][FPB_LOSS_DRAIN] +
		  tally.lost[1][FPB_LOSS_DRAIN];
	if (drained > tally.used[0] / 5)
		printf("warning: many slices were lost to the drain; make pair_slice longer\n");
	ret = fpb_pair_estimate(obs, pairs, &est);
	if (ret) {
		fprintf(stderr, "fpbench-pair: too few pairs (%ld) for a ratio\n",
			pairs);
		free(obs);
		return ret;
	}
	for (side = 0; side < 2; side++)
		printf("side %u: %.1f IOPS, %.2f us CPU per I/O of the jobs themselves  %s\n",
		       side, est.iops[side], cpu_us_per_io(jobs, nr, side),
		       jobs[0].side[side]);
	printf("ratio %.4f, 95 %% interval %.4f to %.4f, %zu pairs\n", est.ratio,
	       est.lo, est.hi, est.pairs);
	free(obs);
	return 0;
}

int main(int argc, char **argv)
{
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
		ret = read_job(argv[i + 1], &jobs[i]);
	if (!ret)
		ret = check_plans(argv + 1, jobs, nr);
	if (!ret)
		ret = report(jobs, nr);
	for (i = 0; i < nr; i++)
		fpb_pairfile_free(&jobs[i]);
	free(jobs);
	return ret ? 4 : 0;
}
