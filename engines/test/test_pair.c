// SPDX-License-Identifier: GPL-2.0
/* Unit tests of pair.c: the schedule, a job's account, the run's estimate. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../pair.h"

#define MS	1000000ull

static const struct fpb_pair_plan plan = {
	.slice_ns = 20 * MS,
	.guard_ns = 2 * MS,
	.seed = 7,
};

static void a_pair_holds_both_sides(void **state)
{
	uint64_t pair;

	for (pair = 0; pair < 1000; pair++)
		assert_int_not_equal(fpb_pair_side(&plan, 2 * pair),
				     fpb_pair_side(&plan, 2 * pair + 1));
}

static void order_is_the_seeds_and_not_periodic(void **state)
{
	struct fpb_pair_plan other = plan;
	unsigned int i, ones = 0, same = 0, runs = 0, lag[8] = { 0 }, l;

	other.seed = 8;
	for (i = 0; i < 4096; i++) {
		unsigned int side = fpb_pair_side(&plan, 2 * i);

		assert_int_equal(side, fpb_pair_side(&plan, 2 * i));
		ones += side;
		same += side == fpb_pair_side(&other, 2 * i);
		runs += i && side != fpb_pair_side(&plan, 2 * (i - 1));
		for (l = 1; l < 8; l++)
			lag[l] += side == fpb_pair_side(&plan, 2 * (i + l));
	}
	/* Five standard deviations of a fair coin: 160 of 4096. */
	assert_in_range(ones, 2048 - 160, 2048 + 160);
	assert_in_range(same, 2048 - 160, 2048 + 160);
	assert_in_range(runs, 2048 - 160, 2048 + 160);
	for (l = 1; l < 8; l++)
		assert_in_range(lag[l], 2048 - 160, 2048 + 160);
}

static void a_guard_as_long_as_the_slice_is_refused(void **state)
{
	struct fpb_pair_plan bad = { .slice_ns = 5, .guard_ns = 5 };
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &bad), -EINVAL);
	bad.slice_ns = bad.guard_ns = 0;
	assert_int_equal(fpb_pair_init(&p, &bad), -EINVAL);
}

static void only_what_is_behind_the_guard_counts(void **state)
{
	struct fpb_pair p;
	const struct fpb_slice *s;

	assert_int_equal(fpb_pair_init(&p, &plan), 0);
	assert_true(fpb_pair_due(&p, 0));
	assert_true(fpb_pair_next(&p, 100 * MS, 5000, false) >= 0);
	assert_false(fpb_pair_due(&p, 120 * MS - 1));
	assert_true(fpb_pair_due(&p, 120 * MS));

	fpb_pair_count(&p, 101 * MS, 3, 300);		/* in the guard */
	fpb_pair_count(&p, 102 * MS, 4, 400);		/* at its end */
	fpb_pair_count(&p, 110 * MS, 2, 200);
	fpb_pair_count(&p, 111 * MS, 0, 0);		/* an fsync, say */
	fpb_pair_count(&p, 120 * MS, 5, 500);		/* in the drain */
	assert_true(fpb_pair_next(&p, 121 * MS, 9000, false) >= 0);

	assert_int_equal(p.nr, 1);
	s = &p.slices[0];
	assert_int_equal(s->index, 5);
	assert_int_equal(s->side, fpb_pair_side(&plan, 5));
	assert_int_equal(s->state, FPB_SLICE_OK);
	assert_int_equal(s->ios, 6);
	assert_int_equal(s->bytes, 600);
	assert_int_equal(s->first_ns, 2 * MS);
	assert_int_equal(s->last_ns, 10 * MS);
	assert_int_equal(s->first_ios, 4);
	assert_int_equal(s->all_ios, 14);
	assert_int_equal(s->cpu_ns, 4000);
	fpb_pair_exit(&p);
}

static void a_drain_within_the_guard_is_fine_and_beyond_it_not(void **state)
{
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &plan), 0);
	fpb_pair_next(&p, 100 * MS, 0, false);
	fpb_pair_count(&p, 122 * MS, 1, 1);
	fpb_pair_next(&p, 122 * MS, 0, false);
	assert_int_equal(p.cur.drain_ns, 2 * MS);
	assert_int_equal(p.cur.state, FPB_SLICE_OK);
	fpb_pair_count(&p, 142 * MS + 1, 1, 1);
	fpb_pair_next(&p, 142 * MS + 1, 0, false);
	assert_int_equal(p.cur.drain_ns, 2 * MS + 1);
	assert_int_equal(p.cur.state, FPB_SLICE_DRAIN);
	/* Late, but nothing was in flight: no drain. */
	fpb_pair_count(&p, 150 * MS, 1, 1);
	fpb_pair_next(&p, 175 * MS, 0, false);
	assert_int_equal(p.cur.drain_ns, 0);
	assert_int_equal(p.cur.state, FPB_SLICE_OK);
	fpb_pair_exit(&p);
}

static void a_stall_over_several_slices_spoils_each(void **state)
{
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &plan), 0);
	fpb_pair_next(&p, 100 * MS, 0, false);		/* slice 5 */
	fpb_pair_count(&p, 171 * MS, 1, 1);		/* ends in slice 8 */
	fpb_pair_next(&p, 171 * MS, 0, false);
	assert_int_equal(p.nr, 3);
	assert_int_equal(p.slices[1].index, 6);
	assert_int_equal(p.slices[1].state, FPB_SLICE_DRAIN);
	assert_int_equal(p.slices[1].drain_ns, 20 * MS);
	assert_int_equal(p.slices[2].index, 7);
	assert_int_equal(p.slices[2].state, FPB_SLICE_DRAIN);
	assert_int_equal(p.cur.index, 8);
	assert_int_equal(p.cur.drain_ns, 11 * MS);
	fpb_pair_exit(&p);
}

static void first_and_last_slice_of_a_job_are_partial(void **state)
{
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &plan), 0);
	fpb_pair_next(&p, 103 * MS, 0, false);
	fpb_pair_next(&p, 120 * MS, 0, false);
	fpb_pair_next(&p, 140 * MS, 0, false);
	assert_int_equal(fpb_pair_finish(&p, 159 * MS, 0), 0);
	assert_int_equal(p.nr, 3);
	assert_int_equal(p.slices[0].state, FPB_SLICE_PARTIAL);
	assert_int_equal(p.slices[1].state, FPB_SLICE_OK);
	assert_int_equal(p.slices[2].state, FPB_SLICE_PARTIAL);
	fpb_pair_exit(&p);

	/* A job that never did anything has no slices. */
	assert_int_equal(fpb_pair_init(&p, &plan), 0);
	assert_int_equal(fpb_pair_finish(&p, 100 * MS, 0), 0);
	assert_int_equal(p.nr, 0);
	fpb_pair_exit(&p);
}

static void ramp_time_is_not_used(void **state)
{
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &plan), 0);
	fpb_pair_next(&p, 110 * MS, 0, true);
	fpb_pair_next(&p, 120 * MS, 0, true);
	fpb_pair_next(&p, 140 * MS, 0, false);
	assert_int_equal(p.slices[0].state, FPB_SLICE_RAMP);
	assert_int_equal(p.slices[1].state, FPB_SLICE_RAMP);
	assert_int_equal(p.cur.state, FPB_SLICE_OK);
	fpb_pair_exit(&p);
}

/* Slices @first to @last, each with 10 I/Os at 2 ms and 90 up to 11 ms. */
static struct fpb_slice *make(uint64_t first, uint64_t last)
{
	struct fpb_slice *s = calloc(last - first + 1, sizeof(*s));
	uint64_t i;

	assert_non_null(s);
	for (i = 0; i <= last - first; i++) {
		s[i].index = first + i;
		s[i].side = fpb_pair_side(&plan, first + i);
		s[i].ios = 100;
		s[i].bytes = 1000;
		s[i].first_ios = 10;
		s[i].first_ns = 2 * MS;
		s[i].last_ns = 11 * MS;
	}
	return s;
}

static void join_takes_rates_over_all_jobs(void **state)
{
	struct fpb_slice *a = make(10, 13), *b = make(10, 13);
	struct fpb_pair_job jobs[] = { { a, 4 }, { b, 4 } };
	struct fpb_pair_losses l;
	struct fpb_pair_obs *obs;
	unsigned int side = fpb_pair_side(&plan, 10);

	/* Job b saw its first batch of 5 earlier and its last one later. */
	b[0].first_ns = MS + MS / 2;
	b[0].first_ios = 5;
	b[0].last_ns = 12 * MS;
	/* Starved all through slice 11: still a fine slice. */
	b[1].ios = b[1].bytes = b[1].first_ios = 0;
	b[1].first_ns = b[1].last_ns = 0;

	assert_int_equal(fpb_pair_join(&plan, jobs, 2, &obs, &l), 2);
	assert_int_equal(obs[0].index, 5);
	assert_int_equal(obs[0].ios[side], 200);
	assert_int_equal(obs[0].bytes[side], 2000);
	assert_int_equal(obs[0].rate_ios[side], 195);
	assert_int_equal(obs[0].rate_ns[side], 10 * MS + MS / 2);
	assert_int_equal(obs[0].rate_ios[!side], 90);
	assert_int_equal(obs[0].rate_ns[!side], 9 * MS);
	assert_int_equal(l.kept[0], 2);
	assert_int_equal(l.kept[1], 2);
	free(obs);
	free(a);
	free(b);
}

static void one_bad_job_costs_the_pair(void **state)
{
	struct fpb_slice *a = make(9, 15), *b = make(10, 15);
	struct fpb_pair_job jobs[] = { { a, 7 }, { b, 6 } };
	struct fpb_pair_losses l;
	struct fpb_pair_obs *obs;
	unsigned int side = fpb_pair_side(&plan, 13);

	b[3].state = FPB_SLICE_DRAIN;			/* slice 13 */
	assert_int_equal(fpb_pair_join(&plan, jobs, 2, &obs, &l), 2);
	assert_int_equal(obs[0].index, 5);
	assert_int_equal(obs[1].index, 7);
	assert_int_equal(l.kept[0], 2);
	assert_int_equal(l.kept[1], 2);
	assert_int_equal(l.dropped[side][FPB_SLICE_DRAIN], 1);
	assert_int_equal(l.orphaned[!side], 1);
	/* Slice 9: job b was not there yet. */
	assert_int_equal(l.dropped[fpb_pair_side(&plan, 9)][FPB_SLICE_PARTIAL],
			 1);
	free(obs);
	free(a);
	free(b);
}

static void too_few_completions_fall_back_to_the_window(void **state)
{
	struct fpb_slice *a = make(10, 11);
	struct fpb_pair_job jobs[] = { { a, 2 } };
	struct fpb_pair_losses l;
	struct fpb_pair_obs *obs;
	unsigned int side = fpb_pair_side(&plan, 10);

	a[0].ios = a[0].first_ios = 1;
	a[0].last_ns = a[0].first_ns;
	assert_int_equal(fpb_pair_join(&plan, jobs, 1, &obs, &l), 1);
	assert_int_equal(obs[0].rate_ios[side], 1);
	assert_int_equal(obs[0].rate_ns[side], 18 * MS);
	free(obs);
	free(a);
}

static void jobs_of_another_seed_are_refused(void **state)
{
	struct fpb_slice *a = make(10, 13);
	struct fpb_pair_job jobs[] = { { a, 4 } };
	struct fpb_pair_losses l;
	struct fpb_pair_obs *obs;

	a[2].side ^= 1;
	assert_int_equal(fpb_pair_join(&plan, jobs, 1, &obs, &l), -EINVAL);
	assert_null(obs);
	free(a);
}

static void no_jobs_and_no_slices_give_no_pairs(void **state)
{
	struct fpb_pair_job none = { NULL, 0 };
	struct fpb_pair_losses l;
	struct fpb_pair_obs *obs;

	assert_int_equal(fpb_pair_join(&plan, &none, 1, &obs, &l), 0);
	assert_null(obs);
	assert_int_equal(fpb_pair_join(&plan, NULL, 0, &obs, &l), 0);
}

static void estimate_of_exact_data_is_exact(void **state)
{
	struct fpb_pair_obs obs[8];
	struct fpb_pair_estimate est;
	unsigned int i;

	memset(obs, 0, sizeof(obs));
	for (i = 0; i < 8; i++) {
		obs[i].rate_ios[0] = 75;
		obs[i].rate_ios[1] = 100;
		obs[i].rate_ns[0] = obs[i].rate_ns[1] = MS;
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
		obs[i].rate_ios[0] = 90 + 10 * i;
		obs[i].rate_ios[1] = 100;
		obs[i].rate_ns[0] = obs[i].rate_ns[1] = MS;
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
	obs[0].rate_ios[0] = obs[0].rate_ios[1] = obs[1].rate_ios[1] = 5;
	obs[0].rate_ns[0] = obs[0].rate_ns[1] = obs[1].rate_ns[1] = MS;
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
			obs[i].rate_ios[0] = 8000 * regime * fast;
			fast = 0.9 + random() % 1000 / 5000.0;
			obs[i].rate_ios[1] = 10000 * regime * fast;
			obs[i].rate_ns[0] = obs[i].rate_ns[1] = 18 * MS;
		}
		assert_int_equal(fpb_pair_estimate(obs, 40, &est), 0);
		/* Fast noise of 5.8 % in each of 40 pairs: 1.3 % remain. */
		assert_true(fabs(est.ratio - 0.8) < 0.06);
		covered += est.lo <= 0.8 && est.hi >= 0.8;
	}
	/* 95 % nominal; three standard deviations of 400 trials are 3.3 %. */
	assert_in_range(covered, trials * 91 / 100, trials * 99 / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_holds_both_sides),
		cmocka_unit_test(order_is_the_seeds_and_not_periodic),
		cmocka_unit_test(a_guard_as_long_as_the_slice_is_refused),
		cmocka_unit_test(only_what_is_behind_the_guard_counts),
		cmocka_unit_test(a_drain_within_the_guard_is_fine_and_beyond_it_not),
		cmocka_unit_test(a_stall_over_several_slices_spoils_each),
		cmocka_unit_test(first_and_last_slice_of_a_job_are_partial),
		cmocka_unit_test(ramp_time_is_not_used),
		cmocka_unit_test(join_takes_rates_over_all_jobs),
		cmocka_unit_test(one_bad_job_costs_the_pair),
		cmocka_unit_test(too_few_completions_fall_back_to_the_window),
		cmocka_unit_test(jobs_of_another_seed_are_refused),
		cmocka_unit_test(no_jobs_and_no_slices_give_no_pairs),
		cmocka_unit_test(estimate_of_exact_data_is_exact),
		cmocka_unit_test(three_pairs_by_hand),
		cmocka_unit_test(nothing_to_estimate_is_an_error),
		cmocka_unit_test(slow_noise_cancels_and_the_interval_covers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
