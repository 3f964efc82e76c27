// SPDX-License-Identifier: GPL-2.0
/* Unit tests of pairjoin.c: pairs of all jobs' slices, and their estimate. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../pairjoin.h"

#define MS	1000000ull

static const struct fpb_pair_plan plan = {
	.slice_ns = 20 * MS,
	.guard_ns = 2 * MS,
	.seed = 7,
};

static struct fpb_slice *make(uint64_t first, uint64_t last)
{
	struct fpb_slice *s = calloc(last - first + 1, sizeof(*s));
	unsigned int b;
	uint64_t i;

	assert_non_null(s);
	for (i = 0; i <= last - first; i++) {
		s[i].index = first + i;
		s[i].side = fpb_pair_side(&plan, first + i);
		s[i].ios = 160;
		for (b = 0; b < FPB_SLICE_BINS; b++) {
			s[i].bins[b].ios = 10;
			s[i].bins[b].last_ns = b * 5 * MS / 4 + MS;
		}
	}
	return s;
}

static void a_rate_runs_from_batch_to_batch(void **state)
{
	struct fpb_slice *a = make(10, 11);
	struct fpb_pair_job jobs[] = { { a, 2, 0 } };
	struct fpb_pair_tally t;
	struct fpb_pair_obs *obs;
	unsigned int side = fpb_pair_side(&plan, 10);

	/* The guard of 2 ms ends in bin 1; after two more bin 4 begins the count. */
	assert_int_equal(fpb_pair_join(&plan, jobs, 1, &obs, &t), 1);
	assert_int_equal(obs[0].index, 5);
	assert_int_equal(obs[0].ios[side], 11 * 10);
	assert_int_equal(obs[0].ns[side], 11 * 5 * MS / 4);
	free(obs);

	/* The last batch came earlier; the first bin was empty. */
	a[0].bins[15].ios = a[0].bins[15].last_ns = 0;
	a[1].bins[4].ios = a[1].bins[4].last_ns = 0;
	assert_int_equal(fpb_pair_join(&plan, jobs, 1, &obs, &t), 1);
	assert_int_equal(obs[0].ios[side], 10 * 10);
	assert_int_equal(obs[0].ns[side], 10 * 5 * MS / 4);
	assert_int_equal(obs[0].ios[!side], 10 * 10);
	assert_int_equal(obs[0].ns[!side], 10 * 5 * MS / 4);
	free(obs);
	free(a);
}

static void the_longest_drain_begins_the_count_for_all(void **state)
{
	struct fpb_slice *a = make(10, 11), *b = make(10, 11);
	struct fpb_pair_job jobs[] = { { a, 2, 0 }, { b, 2, 0 } };
	struct fpb_pair_tally t;
	struct fpb_pair_obs *obs;
	unsigned int side = fpb_pair_side(&plan, 10);

	b[0].drain_ns = 5 * MS;				/* bins 6 to 15 */
	assert_int_equal(fpb_pair_join(&plan, jobs, 2, &obs, &t), 1);
	assert_int_equal(obs[0].ios[side], 2 * 9 * 10);
	assert_int_equal(obs[0].ns[side], 9 * 5 * MS / 4);
	assert_int_equal(obs[0].ios[!side], 2 * 11 * 10);
	assert_int_equal(t.used[0], 1);
	assert_int_equal(t.used[1], 1);
	free(obs);
	free(a);
	free(b);
}

static void a_starved_job_does_not_spoil_the_slice(void **state)
{
	struct fpb_slice *a = make(10, 11), *b = make(10, 11);
	struct fpb_pair_job jobs[] = { { a, 2, 0 }, { b, 2, 0 } };
	struct fpb_pair_tally t;
	struct fpb_pair_obs *obs;
	unsigned int side = fpb_pair_side(&plan, 10);

	memset(b[0].bins, 0, sizeof(b[0].bins));
	b[0].bins[15].ios = 1;
	b[0].bins[15].last_ns = 20 * MS - 1;
	assert_int_equal(fpb_pair_join(&plan, jobs, 2, &obs, &t), 1);
	assert_int_equal(obs[0].ios[side], 11 * 10 + 1);
	assert_int_equal(obs[0].ns[side], 20 * MS - 1 - (4 * 5 * MS / 4 + MS));
	free(obs);
	free(a);
	free(b);
}

static void two_batches_are_too_few(void **state)
{
	struct fpb_slice *a = make(10, 11);
	struct fpb_pair_job jobs[] = { { a, 2, 0 } };
	struct fpb_pair_tally t;
	struct fpb_pair_obs *obs;
	unsigned int side = fpb_pair_side(&plan, 10);

	/* Those before the guard's end do not count. */
	memset(a[0].bins + 2, 0, sizeof(a[0].bins) - 2 * sizeof(a[0].bins[0]));
	a[0].bins[7] = (struct fpb_bin){ 64, 9 * MS };
	a[0].bins[11] = (struct fpb_bin){ 64, 14 * MS };
	assert_int_equal(fpb_pair_join(&plan, jobs, 1, &obs, &t), 0);
	assert_int_equal(t.lost[side][FPB_LOSS_FEW], 1);
	assert_int_equal(t.lost[!side][FPB_LOSS_PARTNER], 1);
	free(obs);

	a[0].bins[15] = (struct fpb_bin){ 64, 19 * MS };
	assert_int_equal(fpb_pair_join(&plan, jobs, 1, &obs, &t), 1);
	assert_int_equal(obs[0].ios[side], 128);
	assert_int_equal(obs[0].ns[side], 10 * MS);
	free(obs);
	free(a);
}

/* --- a process without noise ------------------------------------------------ */

struct process {
	uint64_t slice_ns, guard_ns;
	unsigned int batch, jobs;
	/* Of side 1, all jobs together. */
	double iops;
	/* The jobs' batches: all at once, in turn, or at random. */
	enum { IN_STEP, IN_TURN, AT_RANDOM } phase;
	/* The jobs wake up so long after the guard's end. */
	uint64_t late_ns;
};
#define TRUE_RATIO	0.95

/* Chance averages out over many only. */
static uint64_t slices_of(const struct process *p)
{
	return p->phase == AT_RANDOM ? 200 : 20;
}

/* When job @j's first batch of a slice comes, in parts of its period. */
static double phase_of(const struct process *p, unsigned int j)
{
	if (p->phase == IN_TURN)
		return (j + 1.0) / p->jobs;
	return p->phase == IN_STEP ? 1 : (random() % 1000 + 1) / 1000.0;
}

/* Every job submits a batch when it wakes up, and another when it is back. */
static void run(const struct process *p, const struct fpb_pair_plan *pl,
		struct fpb_pair *job, unsigned int j)
{
	double period, at, end;
	uint64_t i;
	int side;

	assert_int_equal(fpb_pair_init(job, pl, 0), 0);
	for (i = 0; i < slices_of(p); i++) {
		side = fpb_pair_next(job, i * p->slice_ns + p->guard_ns, 0,
				     false);
		period = 1e9 * p->batch * p->jobs / p->iops;
		if (side == 0)
			period /= TRUE_RATIO;
		at = i * (double)p->slice_ns + p->guard_ns + p->late_ns;
		end = (i + 1) * (double)p->slice_ns;
		for (at += phase_of(p, j) * period; at < end; at += period)
			fpb_pair_count(job, at, p->batch, p->batch);
	}
	assert_int_equal(fpb_pair_finish(job, slices_of(p) * p->slice_ns, 0),
			 0);
}

/* The ratio shown, in parts of the true one; 0 if too few slices are left. */
static double shown(const struct process *p)
{
	const struct fpb_pair_plan pl = { .slice_ns = p->slice_ns,
					  .guard_ns = p->guard_ns, .seed = 3 };
	struct fpb_pair_job in[8];
	struct fpb_pair job[8];
	struct fpb_pair_tally tally;
	struct fpb_pair_estimate est;
	struct fpb_pair_obs *obs;
	unsigned int j;
	double ret = 0;
	long nr;

	for (j = 0; j < p->jobs; j++) {
		run(p, &pl, &job[j], j);
		in[j] = (struct fpb_pair_job){ job[j].slices, job[j].nr,
						0 };
	}
	nr = fpb_pair_join(&pl, in, p->jobs, &obs, &tally);
	/* With a batch more or less all or none of them would be left. */
	if (nr >= (long)slices_of(p) / 4) {
		assert_int_equal(fpb_pair_estimate(obs, nr, &est), 0);
		ret = est.ratio / TRUE_RATIO;
	} else {
		assert_true(fpb_pair_lost(&tally, FPB_LOSS_FEW) > 0);
	}
	free(obs);
	for (j = 0; j < p->jobs; j++)
		fpb_pair_exit(&job[j]);
	return ret;
}

/* Batches that side 0 completes in the part of a slice that counts. */
static double batches(const struct process *p)
{
	double bin = p->slice_ns / 16.0;
	double from = (ceil((p->guard_ns + p->late_ns) / bin) + 2) * bin;

	return (p->slice_ns - from) / 1e9 * p->iops * TRUE_RATIO /
	       (p->batch * (p->phase == IN_TURN ? 1 : p->jobs));
}

static unsigned int check_process(const struct process *p)
{
	double got = shown(p), n = batches(p);

	/* At random it is an estimate, whose bias falls with the batches. */
	if (n < (p->phase == AT_RANDOM && p->jobs > 1 ? 8 : 3))
		return 0;
	if (n >= 4 && !got)
		fail_msg("%u jobs, phase %d, batches of %u, %.0f IOPS, slices of %.0f ms: %.1f batches, and not used",
			 p->jobs, p->phase, p->batch, p->iops,
			 p->slice_ns / 1e6, n);
	if (got && fabs(got - 1) > 0.005)
		fail_msg("%u jobs, phase %d, batches of %u, %.0f IOPS, slices of %.0f ms: shows %.4f of the true ratio",
			 p->jobs, p->phase, p->batch, p->iops,
			 p->slice_ns / 1e6, got);
	return got != 0;
}

static unsigned int check_lengths(struct process p)
{
	static const unsigned int slices[] = { 20, 50, 100, 200 };
	unsigned int i, used = 0;

	for (i = 0; i < 12; i++) {
		p.slice_ns = slices[i % 4] * MS;
		p.guard_ns = i % 4 == 3 ? 30 * MS : p.slice_ns / 10;
		p.late_ns = i / 4 * p.slice_ns / 64;
		used += check_process(&p);
	}
	return used;
}

static unsigned int check_rates(struct process p)
{
	static const double iops[] = { 1e3, 5e3, 40e3, 45e3, 50e3, 55e3, 200e3 };
	unsigned int i, used = 0;

	for (i = 0; i < 7; i++) {
		p.iops = iops[i];
		used += check_lengths(p);
	}
	return used;
}

static void without_noise_the_ratio_is_the_true_one(void **state)
{
	static const unsigned int batch[] = { 1, 16, 64 };
	struct process p = { .jobs = 1 };
	unsigned int i, used = 0;

	srandom(1);
	for (i = 0; i < 9; i++) {
		p.batch = batch[i % 3];
		p.phase = i / 3;
		used += check_rates(p);
	}
	/* Of 756 cells: the others have less than three batches a slice. */
	assert_true(used >= 640);
}

static void without_noise_several_jobs_show_the_true_ratio(void **state)
{
	static const unsigned int batch[] = { 4, 64 }, jobs[] = { 2, 3, 8 };
	struct process p = { 0 };
	unsigned int i, used = 0;

	srandom(1);
	for (i = 0; i < 18; i++) {
		p.batch = batch[i % 2];
		p.jobs = jobs[i / 2 % 3];
		p.phase = i / 6;
		used += check_rates(p);
	}
	assert_true(used >= 1000);
}

/* --- the estimate ----------------------------------------------------------- */

static void one_bad_job_costs_the_pair(void **state)
{
	struct fpb_slice *a = make(9, 17), *b = make(10, 17);
	struct fpb_pair_job jobs[] = { { a, 9, 0 }, { b, 8, 0 } };
	struct fpb_pair_tally t;
	struct fpb_pair_obs *obs;
	unsigned int side = fpb_pair_side(&plan, 13);

	b[3].drain_ns = 10 * MS + 1;			/* slice 13 */
	a[7].state = FPB_SLICE_RAMP;			/* slice 16 */
	assert_int_equal(fpb_pair_join(&plan, jobs, 2, &obs, &t), 2);
	assert_int_equal(obs[0].index, 5);
	assert_int_equal(obs[1].index, 7);
	assert_int_equal(t.used[0], 2);
	assert_int_equal(t.used[1], 2);
	assert_int_equal(t.lost[side][FPB_LOSS_DRAIN], 1);
	assert_int_equal(t.lost[!side][FPB_LOSS_DRAIN], 0);
	assert_int_equal(t.lost[fpb_pair_side(&plan, 16)][FPB_LOSS_RAMP], 1);
	assert_int_equal(t.lost[0][FPB_LOSS_PARTNER] +
			 t.lost[1][FPB_LOSS_PARTNER], 2);
	/* Slice 9: job b was not there yet. */
	assert_int_equal(t.lost[fpb_pair_side(&plan, 9)][FPB_LOSS_PARTIAL], 1);
	free(obs);
	free(a);
	free(b);
}

static void half_a_slice_must_be_left(void **state)
{
	struct fpb_slice *a = make(10, 11);
	struct fpb_pair_job jobs[] = { { a, 2, 0 } };
	struct fpb_pair_tally t;
	struct fpb_pair_obs *obs;

	a[0].drain_ns = 10 * MS;
	assert_int_equal(fpb_pair_join(&plan, jobs, 1, &obs, &t), 1);
	free(obs);
	a[0].drain_ns = 10 * MS + 1;
	assert_int_equal(fpb_pair_join(&plan, jobs, 1, &obs, &t), 0);
	free(obs);
	free(a);
}

static void jobs_of_another_seed_are_refused(void **state)
{
	struct fpb_slice *a = make(10, 13);
	struct fpb_pair_job jobs[] = { { a, 4, 0 } };
	struct fpb_pair_tally t;
	struct fpb_pair_obs *obs;

	a[2].side ^= 1;
	assert_int_equal(fpb_pair_join(&plan, jobs, 1, &obs, &t), -EINVAL);
	assert_null(obs);
	free(a);
}

static void no_jobs_and_no_slices_give_no_pairs(void **state)
{
	struct fpb_pair_job none = { NULL, 0, 0 };
	struct fpb_pair_tally t;
	struct fpb_pair_obs *obs;

	assert_int_equal(fpb_pair_join(&plan, &none, 1, &obs, &t), 0);
	assert_null(obs);
	assert_int_equal(fpb_pair_join(&plan, NULL, 0, &obs, &t), 0);
}

static void estimate_of_exact_data_is_exact(void **state)
{
	struct fpb_pair_obs obs[8];
	struct fpb_pair_estimate est;
	unsigned int i;

	memset(obs, 0, sizeof(obs));
	for (i = 0; i < 8; i++) {
		obs[i].ios[0] = 75;
		obs[i].ios[1] = 100;
		obs[i].ns[0] = obs[i].ns[1] = MS;
	}
	assert_int_equal(fpb_pair_estimate(obs, 8, &est), 0);
	assert_true(fabs(est.ratio - 0.75) < 1e-12);
	assert_true(fabs(est.iops[1] - 100000) < 1e-6);
	assert_true(est.hi - est.lo < 1e-9);
	assert_int_equal(est.pairs, 8);
}

static void three_pairs_by_hand(void **state)
{
	/*
	 * Side 1 always 100; side 0: 90, 100, 110. Ratios of what is left:
	 * 210/200, 200/200, 190/200. Jackknife by hand from their logs.
	 */
	struct fpb_pair_obs obs[3];
	struct fpb_pair_estimate est;
	const double y[3] = { log(1.05), 0, log(0.95) };
	double mean = (y[0] + y[1] + y[2]) / 3, ss = 0, se;
	unsigned int i;

	memset(obs, 0, sizeof(obs));
	for (i = 0; i < 3; i++) {
		obs[i].ios[0] = 90 + 10 * i;
		obs[i].ios[1] = 100;
		obs[i].ns[0] = obs[i].ns[1] = MS;
		ss += (y[i] - mean) * (y[i] - mean);
	}
	se = sqrt(ss * 2 / 3);
	assert_int_equal(fpb_pair_estimate(obs, 3, &est), 0);
	assert_true(fabs(est.ratio - 1) < 1e-12);
	assert_true(fabs(est.log_se - se) < 1e-12);
	assert_true(fabs(log(est.hi) - 4.302652729749464 * se) < 1e-9);
}

static void nothing_to_estimate_is_an_error(void **state)
{
	struct fpb_pair_obs obs[3];
	struct fpb_pair_estimate est;

	memset(obs, 0, sizeof(obs));
	assert_int_equal(fpb_pair_estimate(obs, 2, &est), -EINVAL);
	assert_int_equal(fpb_pair_estimate(obs, 3, &est), -EINVAL);
	/* All of one side in one pair. */
	obs[0].ios[0] = obs[0].ios[1] = obs[1].ios[1] = 5;
	obs[0].ns[0] = obs[0].ns[1] = obs[1].ns[1] = MS;
	assert_int_equal(fpb_pair_estimate(obs, 3, &est), -EINVAL);
}

/* Noise that lasts longer than a pair must cancel; that is the whole idea. */
static void slow_noise_cancels_and_the_interval_covers(void **state)
{
	unsigned int trial, i, covered = 0, trials = 400;
	struct fpb_pair_obs obs[40];
	struct fpb_pair_estimate est;
	double regime, fast;

	srandom(1);
	for (trial = 0; trial < trials; trial++) {
		memset(obs, 0, sizeof(obs));
		regime = 1;
		for (i = 0; i < 40; i++) {
			if (i % 10 == 0)
				regime = 0.5 + random() % 1000 / 1000.0;
			fast = 0.9 + random() % 1000 / 5000.0;
			obs[i].ios[0] = 8000 * regime * fast;
			fast = 0.9 + random() % 1000 / 5000.0;
			obs[i].ios[1] = 10000 * regime * fast;
			obs[i].ns[0] = obs[i].ns[1] = 18 * MS;
		}
		assert_int_equal(fpb_pair_estimate(obs, 40, &est), 0);
		/* Fast noise of 5.8 % in each of 40 pairs: 1.3 % remain. */
		assert_true(fabs(est.ratio - 0.8) < 0.06);
		covered += est.lo <= 0.8 && est.hi >= 0.8;
	}
	/* 95 % nominal; three standard deviations of 400 trials are 3.3 %. */
	assert_in_range(covered, trials * 91 / 100, trials * 99 / 100);
}

/* Side 0 does 10 I/Os in each bin, side 1 as many: of one run, or not. */
static void files_of_two_runs_are_refused(void **state)
{
	struct fpb_slice *a = make(10, 19), *b = make(10, 19);
	struct fpb_pairfile jobs[] = {
		{ .plan = plan, .slices = a, .nr = 10 },
		{ .plan = plan, .slices = b, .nr = 10 },
	};
	struct fpb_pair_result r;
	char why[FPB_PAIRFILE_WHY];

	assert_int_equal(fpb_pair_result(jobs, 2, &r, why), 0);
	assert_int_equal(r.pairs, 5);
	assert_true(fabs(r.est.ratio - 1) < 1e-9);
	jobs[1].plan.seed++;
	assert_int_equal(fpb_pair_result(jobs, 2, &r, why), -EINVAL);
	assert_string_equal(why, "not of one run: the slices of jobs 1 and 2 "
			    "differ in length, guard, seed or lanes");
	jobs[1].plan.seed--;
	b[7].side ^= 1;
	assert_int_equal(fpb_pair_result(jobs, 2, &r, why), -EINVAL);
	assert_string_equal(why, "not of one run: the jobs' slices contradict "
			    "each other");
	free(a);
	free(b);
}

static void too_few_pairs_are_counted_and_explained(void **state)
{
	struct fpb_slice *a = make(10, 13);
	struct fpb_pairfile job = { .plan = plan, .slices = a, .nr = 4 };
	struct fpb_pair_result r;
	char why[FPB_PAIRFILE_WHY];

	a[0].drain_ns = 15 * MS;
	assert_int_equal(fpb_pair_result(&job, 1, &r, why), -ENODATA);
	assert_string_equal(why, "only 1 usable pair of 20 ms slices (1 slices "
			    "lost while draining, 0 with fewer than three "
			    "batches of I/O, 0 to jobs that missed part of them)");
	assert_int_equal(r.pairs, 1);
	assert_int_equal(fpb_pair_lost(&r.tally, FPB_LOSS_DRAIN), 1);
	assert_int_equal(fpb_pair_lost(&r.tally, FPB_LOSS_PARTNER), 1);
	free(a);
}

/* --- several kernels at the same time --------------------------------------- */

#define LANES	3
#define BLOCKS	64

static const struct fpb_pair_plan duet_plan = {
	.slice_ns = 16 * MS, .guard_ns = MS, .seed = 2, .lanes = LANES,
	.raw_every = 8,
};

/* All lanes' slices of BLOCKS blocks; lane k does rate[k] in each bin. */
struct duet_run {
	struct fpb_slice slices[LANES][LANES * BLOCKS];
	struct fpb_pairfile files[LANES];
};

static struct duet_run *make_duet(const uint64_t rate[LANES])
{
	struct duet_run *d = calloc(1, sizeof(*d));
	struct fpb_slice *s;
	unsigned int k, b;
	uint64_t i;

	assert_non_null(d);
	for (k = 0; k < LANES; k++) {
		for (i = 0; i < LANES * BLOCKS; i++) {
			s = &d->slices[k][i];
			s->index = i;
			s->side = fpb_pair_side(&duet_plan, i);
			if (fpb_pair_lane(&duet_plan, i) != k)
				continue;
			for (b = 0; b < FPB_SLICE_BINS; b++) {
				s->bins[b].ios = s->side ? 1000 : rate[k];
				s->bins[b].last_ns = b * MS + MS / 2;
			}
		}
		d->files[k] = (struct fpb_pairfile){
			.plan = duet_plan, .lane = k, .slices = d->slices[k],
			.nr = LANES * BLOCKS };
	}
	return d;
}

static const uint64_t some_rates[LANES] = { 400, 380, 500 };

/* Slice of lane @k in block @block. */
static struct fpb_slice *own_slice(struct duet_run *d, unsigned int k,
				   uint64_t block)
{
	uint64_t i = block * LANES;

	while (fpb_pair_lane(&duet_plan, i) != k)
		i++;
	return &d->slices[k][i];
}

/* The @n-th block of @side. */
static uint64_t block_of(unsigned int side, unsigned int n)
{
	uint64_t b = 0;

	for (;; b++)
		if (fpb_pair_side(&duet_plan, b * LANES) == side && !n--)
			return b;
}

static void lanes_are_compared_in_blocks_of_one_side(void **state)
{
	struct duet_run *d = make_duet(some_rates);
	struct fpb_pairfile swapped[LANES] = { d->files[2], d->files[0],
					       d->files[1] };
	struct fpb_duet_result r;
	char why[FPB_PAIRFILE_WHY];
	unsigned int k;

	assert_int_equal(fpb_duet_result(swapped, LANES, 0, &r, why), 0);
	assert_int_equal(r.blocks, BLOCKS * 7 / 8);
	for (k = 0; k < LANES; k++) {
		assert_true(fabs(exp(r.lanes[k].log_ratio) -
				 some_rates[k] / 400.) < 1e-9);
		assert_true(fabs(r.lanes[k].log_total -
				 r.lanes[k].log_ratio) < 1e-9);
		assert_true(r.lanes[k].log_sd < 1e-9);
		assert_true(fabs(r.lanes[k].iops - 1000. * some_rates[k]) < 1);
		assert_int_equal(r.lanes[k].used, BLOCKS * 7 / 8);
	}
	assert_int_equal(fpb_duet_result(swapped, LANES, 1, &r, why), 0);
	assert_int_equal(r.blocks, BLOCKS / 8);
	assert_true(fabs(r.lanes[1].log_ratio) < 1e-9);
	free(d);
}

/* By hand: of 0, 0.1 and 0.7 the Walsh averages are 0, 0.05, 0.1, 0.35, ... */
static void the_estimate_is_the_median_of_walsh_averages(void **state)
{
	const double want = (0.1 + 0.35) / 2, x[3] = { 0, 0.1, 0.7 };
	struct fpb_duet_result r;
	char why[FPB_PAIRFILE_WHY];
	struct duet_run *d = make_duet(some_rates);
	unsigned int i, b, k;
	struct fpb_slice *s;
	double sum = 0;

	for (i = 0; i < 3; i++) {
		s = own_slice(d, 1, block_of(0, i));
		for (b = 0; b < FPB_SLICE_BINS; b++)
			s->bins[b].ios = 400000 * exp(x[i]);
		sum += exp(x[i]) / 3;
		s = own_slice(d, 0, block_of(0, i));
		for (b = 0; b < FPB_SLICE_BINS; b++)
			s->bins[b].ios = 400000;
	}
	/* Nothing else is left. */
	for (k = 0; k < LANES; k++)
		d->files[k].nr = LANES * (block_of(0, 2) + 1);
	assert_int_equal(fpb_duet_result(d->files, LANES, 0, &r, why), 0);
	assert_int_equal(r.blocks, 3);
	assert_true(fabs(r.lanes[1].log_ratio - want) < 1e-5);
	assert_true(fabs(r.lanes[1].log_total - log(sum)) < 1e-5);
	assert_true(fabs(r.lanes[1].log_sd - sqrt(0.43 / 3)) < 1e-5);
	free(d);
}

static void any_lanes_drain_costs_the_block(void **state)
{
	struct duet_run *d = make_duet(some_rates);
	struct fpb_duet_result r;
	char why[FPB_PAIRFILE_WHY];
	struct fpb_slice *s;
	uint64_t index;

	/* Lane 2 has the slice, the others' I/O is in flight until late. */
	index = own_slice(d, 2, block_of(0, 3))->index;
	d->slices[0][index].drain_ns = 9 * MS;
	/* A long drain of another lane that leaves enough. */
	index = own_slice(d, 1, block_of(0, 5))->index;
	d->slices[0][index].drain_ns = 6 * MS;
	/* A stall. */
	s = own_slice(d, 0, block_of(0, 4));
	memset(s->bins, 0, sizeof(s->bins));
	assert_int_equal(fpb_duet_result(d->files, LANES, 0, &r, why), 0);
	assert_int_equal(r.blocks, BLOCKS * 7 / 8 - 2);
	assert_int_equal(r.lanes[2].lost[FPB_LOSS_DRAIN], 1);
	assert_int_equal(r.lanes[2].lost[FPB_LOSS_PARTNER], 1);
	assert_int_equal(r.lanes[0].lost[FPB_LOSS_FEW], 1);
	assert_int_equal(r.lanes[0].lost[FPB_LOSS_PARTNER], 1);
	assert_int_equal(r.lanes[1].lost[FPB_LOSS_PARTNER], 2);
	assert_true(fabs(r.lanes[1].log_total - log(0.95)) < 1e-9);
	assert_int_equal(r.lanes[0].ios, r.blocks * 12 * 400);
	/* The others' count began in bin 8. */
	assert_int_equal(r.lanes[1].ios, (r.blocks * 12 - 5) * 380);
	free(d);
}

static void a_lane_that_ends_early_has_partial_blocks(void **state)
{
	struct duet_run *d = make_duet(some_rates);
	struct fpb_duet_result r;
	char why[FPB_PAIRFILE_WHY];

	d->files[1].nr = LANES * 8;
	assert_int_equal(fpb_duet_result(d->files, LANES, 0, &r, why), 0);
	assert_int_equal(r.blocks, 7);
	assert_int_equal(r.lanes[0].lost[FPB_LOSS_PARTIAL],
			 (BLOCKS - 8) * 7 / 8);
	free(d);
}

static void what_is_no_duet_is_refused(void **state)
{
	struct duet_run *d = make_duet(some_rates);
	struct fpb_duet_result r;
	char why[FPB_PAIRFILE_WHY];
	unsigned int k;

	assert_int_equal(fpb_duet_result(d->files, 2, 0, &r, why), -EINVAL);
	assert_string_equal(why, "no slices of lane 2");
	d->files[1].plan.raw_every++;
	assert_int_equal(fpb_duet_result(d->files, LANES, 0, &r, why), -EINVAL);
	assert_non_null(strstr(why, "not of one run: the slices of jobs 1 and 2"));
	d->files[1].plan.raw_every--;
	d->slices[1][5].side ^= 1;
	assert_int_equal(fpb_duet_result(d->files, LANES, 0, &r, why), -EINVAL);
	assert_non_null(strstr(why, "contradict each other"));
	d->slices[1][5].side ^= 1;

	for (k = 0; k < LANES; k++)
		d->files[k].nr = LANES * (block_of(0, 1) + 1);
	assert_int_equal(fpb_duet_result(d->files, LANES, 0, &r, why), -ENODATA);
	assert_non_null(strstr(why, "only 2 usable blocks of 3 slices of 16 ms ("));
	assert_true(fabs(r.lanes[2].log_total - log(1.25)) < 1e-9);

	for (k = 0; k < LANES; k++)
		d->files[k].plan.lanes = 1;
	assert_int_equal(fpb_duet_result(d->files, 1, 0, &r, why), -EINVAL);
	assert_non_null(strstr(why, "slices of one kernel"));
	free(d);
}

static void a_lane_alone_has_rates_and_a_ratio_to_raw(void **state)
{
	struct duet_run *d = make_duet(some_rates);
	struct fpb_pair_result r;
	char why[FPB_PAIRFILE_WHY];

	assert_int_equal(fpb_pair_result(&d->files[1], 1, &r, why), 0);
	assert_int_equal(r.pairs, BLOCKS / 8);
	assert_int_equal(r.tally.used[0], BLOCKS * 7 / 8);
	assert_int_equal(r.tally.used[1], BLOCKS / 8);
	assert_true(fabs(r.est.iops[0] - 380000) < 1);
	assert_true(fabs(r.est.iops[1] - 1000000) < 1);
	assert_true(fabs(r.est.ratio - 0.38) < 1e-9);
	assert_true(r.est.lo > 0.37 && r.est.log_se < 1e-9);
	/* Other lanes' slices are neither used nor lost. */
	assert_int_equal(r.tally.lost[0][FPB_LOSS_FEW], 0);

	/* A lost slice of FUSE costs itself only. */
	own_slice(d, 1, block_of(0, 9))->drain_ns = 12 * MS;
	assert_int_equal(fpb_pair_result(&d->files[1], 1, &r, why), 0);
	assert_int_equal(r.tally.used[0], BLOCKS * 7 / 8 - 1);
	assert_int_equal(r.tally.lost[0][FPB_LOSS_DRAIN], 1);
	assert_int_equal(r.tally.used[1], BLOCKS / 8);

	/* Too short for an interval, but not for a rate. */
	d->files[1].nr = LANES * 8;
	assert_int_equal(fpb_pair_result(&d->files[1], 1, &r, why), 0);
	assert_true(fabs(r.est.ratio - 0.38) < 1e-9);
	assert_true(r.est.log_se == 0 && r.est.lo == 0 && r.est.hi == 0);
	/* No raw at all. */
	assert_true(block_of(1, 0) >= 3);
	d->files[1].nr = LANES * block_of(1, 0);
	assert_int_equal(fpb_pair_result(&d->files[1], 1, &r, why), 0);
	assert_true(r.est.ratio == 0 && r.est.iops[0] > 0);
	d->files[1].nr = LANES * (block_of(0, 1) + 1);
	assert_int_equal(fpb_pair_result(&d->files[1], 1, &r, why), -ENODATA);
	assert_non_null(strstr(why, "only 2 usable slices of 16 ms ("));

	assert_int_equal(fpb_pair_result(d->files, 2, &r, why), -EINVAL);
	assert_string_equal(why, "not of one kernel: jobs 1 and 2 are of lanes "
			    "0 and 1");
	free(d);
}

/* Lane 2 is 1.5 times as fast in the first 5 ms after the guard. */
static void a_rate_that_settles_late_is_seen(void **state)
{
	struct duet_run *d = make_duet(some_rates);
	struct fpb_duet_result r;
	struct fpb_pair_result one;
	char why[FPB_PAIRFILE_WHY];
	unsigned int i, b;

	for (i = 0; i < LANES * BLOCKS; i++)
		for (b = 1; b < 6 && !d->slices[2][i].side; b++)
			d->slices[2][i].bins[b].ios *= 1.5;
	assert_int_equal(fpb_duet_result(d->files, LANES, 0, &r, why), 0);
	assert_int_equal(r.lanes[2].early.slices, r.blocks);
	/* Bins 4, 5 and 6 after bin 3, against 13 to 15 after 12. */
	assert_true(fabs(r.lanes[2].early.log_mean - log(4 / 3.0)) < 1e-9);
	assert_true(r.lanes[2].early.log_se < 1e-9);
	assert_true(fabs(r.lanes[1].early.log_mean) < 1e-9);

	assert_int_equal(fpb_pair_result(&d->files[2], 1, &one, why), 0);
	assert_true(fabs(one.tally.early[0].log_mean - log(4 / 3.0)) < 1e-9);
	assert_true(fabs(one.tally.early[1].log_mean) < 1e-9);
	assert_int_equal(one.tally.early[1].slices, BLOCKS / 8);
	free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rate_runs_from_batch_to_batch),
		cmocka_unit_test(the_longest_drain_begins_the_count_for_all),
		cmocka_unit_test(a_starved_job_does_not_spoil_the_slice),
		cmocka_unit_test(two_batches_are_too_few),
		cmocka_unit_test(without_noise_the_ratio_is_the_true_one),
		cmocka_unit_test(without_noise_several_jobs_show_the_true_ratio),
		cmocka_unit_test(one_bad_job_costs_the_pair),
		cmocka_unit_test(half_a_slice_must_be_left),
		cmocka_unit_test(jobs_of_another_seed_are_refused),
		cmocka_unit_test(no_jobs_and_no_slices_give_no_pairs),
		cmocka_unit_test(estimate_of_exact_data_is_exact),
		cmocka_unit_test(three_pairs_by_hand),
		cmocka_unit_test(nothing_to_estimate_is_an_error),
		cmocka_unit_test(slow_noise_cancels_and_the_interval_covers),
		cmocka_unit_test(files_of_two_runs_are_refused),
		cmocka_unit_test(too_few_pairs_are_counted_and_explained),
		cmocka_unit_test(lanes_are_compared_in_blocks_of_one_side),
		cmocka_unit_test(the_estimate_is_the_median_of_walsh_averages),
		cmocka_unit_test(any_lanes_drain_costs_the_block),
		cmocka_unit_test(a_lane_that_ends_early_has_partial_blocks),
		cmocka_unit_test(what_is_no_duet_is_refused),
		cmocka_unit_test(a_lane_alone_has_rates_and_a_ratio_to_raw),
		cmocka_unit_test(a_rate_that_settles_late_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
