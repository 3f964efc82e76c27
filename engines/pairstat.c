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

#include "pair.h"

#define LINE_MAX_BYTES	4096

struct job {
	struct fpb_pair_plan plan;
	char side[2][LINE_MAX_BYTES];
	struct fpb_slice *slices;
	size_t nr, size;
};

static int add(struct job *job, const struct fpb_slice *s)
{
	struct fpb_slice *slices;

	if (job->nr == job->size) {
		job->size = job->size ? 2 * job->size : 256;
		slices = realloc(job->slices, job->size * sizeof(*slices));
		if (!slices)
			return -ENOMEM;
		job->slices = slices;
	}
	job->slices[job->nr++] = *s;
	return 0;
}

static int parse_state(const char *name, enum fpb_slice_state *state)
{
	unsigned int i;

	for (i = 0; i < FPB_SLICE_STATES; i++)
		if (!strcmp(name, fpb_slice_state_name(i))) {
			*state = i;
			return 0;
		}
	return -EINVAL;
}

static int parse_bins(const char *text, struct fpb_bin *bins)
{
	unsigned int i;
	int len;

	for (i = 0; i < FPB_SLICE_BINS; i++) {
		if (sscanf(text, "%" SCNu64 "@%" SCNu64 "%n", &bins[i].ios,
			   &bins[i].last_ns, &len) != 2)
			return -EINVAL;
		text += len;
	}
	return *text ? -EINVAL : 0;
}

static int parse_row(const char *line, struct fpb_slice *s)
{
	char state[16];
	int n, bins = 0;

	memset(s, 0, sizeof(*s));
	n = sscanf(line, "%" SCNu64 ",%u,%15[a-z],%*u,%" SCNu64 ",%" SCNu64
		   ",%" SCNu64 ",%" SCNu64 ",%n", &s->index, &s->side, state,
		   &s->drain_ns, &s->ios, &s->bytes, &s->cpu_ns, &bins);
	if (n != 7 || !bins || s->side > 1 || parse_state(state, &s->state))
		return -EINVAL;
	return parse_bins(line + bins, s->bins);
}

static int parse_line(struct job *job, char *line)
{
	struct fpb_slice s;
	int ret;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] != '#') {
		if (!strncmp(line, "index,", 6))
			return 0;
		ret = parse_row(line, &s);
		return ret ? ret : add(job, &s);
	}
	if (sscanf(line, "# slice_ns %" SCNu64, &job->plan.slice_ns) == 1 ||
	    sscanf(line, "# guard_ns %" SCNu64, &job->plan.guard_ns) == 1 ||
	    sscanf(line, "# seed %" SCNu64, &job->plan.seed) == 1)
		return 0;
	if (!strncmp(line, "# side0 ", 8))
		strcpy(job->side[0], line + 8);
	else if (!strncmp(line, "# side1 ", 8))
		strcpy(job->side[1], line + 8);
	return 0;
}

static int read_job(const char *path, struct job *job)
{
	char line[LINE_MAX_BYTES];
	unsigned int nr = 0;
	FILE *f;
	int ret = 0;

	f = fopen(path, "re");
	if (!f) {
		fprintf(stderr, "fpbench-pair: cannot open %s: %s\n", path,
			strerror(errno));
		return -errno;
	}
	while (!ret && fgets(line, sizeof(line), f)) {
		nr++;
		ret = parse_line(job, line);
	}
	if (!ret && !job->plan.slice_ns)
		ret = -EINVAL;
	if (ret == -EINVAL)
		fprintf(stderr, "fpbench-pair: %s:%u: not a file of slices\n",
			path, nr);
	fclose(f);
	return ret;
}

static int check_plans(char **paths, const struct job *jobs, size_t nr)
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

static double cpu_us_per_io(const struct job *jobs, size_t nr,
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

static int report(const struct job *jobs, size_t nr)
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
	struct job *jobs;
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
		free(jobs[i].slices);
	free(jobs);
	return ret ? 4 : 0;
}
