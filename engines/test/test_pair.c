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

/* As files of before name them: the seed alone must give them again. */
static void one_lane_has_the_sides_that_it_always_had(void **state)
{
	static const char sides[] = "1010101001011001010110101001101001011001";
	struct fpb_pair_plan one = plan;
	unsigned int i;

	for (i = 0; i < 2 * sizeof(sides) - 2; i++) {
		one.lanes = i & 1;
		one.raw_every = i % 3;
		assert_int_equal(fpb_pair_side(&one, i / 2), sides[i / 2] - '0');
		assert_int_equal(fpb_pair_lane(&one, i / 2), 0);
	}
}

static void a_block_has_each_lane_once_and_one_side(void **state)
{
	struct fpb_pair_plan p = plan;
	unsigned int i, seen;
	uint64_t block;

	p.raw_every = 3;
	for (p.lanes = 2; p.lanes <= FPB_PAIR_LANES; p.lanes++)
		for (block = 0; block < 200; block++) {
			seen = 0;
			for (i = 0; i < p.lanes; i++) {
				seen |= 1 << fpb_pair_lane(&p, block * p.lanes +
							       i);
				assert_int_equal(
					fpb_pair_side(&p, block * p.lanes),
					fpb_pair_side(&p, block * p.lanes + i));
			}
			assert_int_equal(seen, (1 << p.lanes) - 1);
		}
}

/* Each of the six orders of three lanes, in blocks of either side. */
static void the_order_of_lanes_is_balanced(void **state)
{
	struct fpb_pair_plan p = plan;
	unsigned int i, orders[2][9] = { { 0 } }, blocks[2] = { 0 }, side;

	p.lanes = 3;
	p.raw_every = 2;
	for (i = 0; i < 12000; i++) {
		side = fpb_pair_side(&p, 3 * i);
		orders[side][3 * fpb_pair_lane(&p, 3 * i) +
			     fpb_pair_lane(&p, 3 * i + 1)]++;
		blocks[side]++;
	}
	for (side = 0; side < 2; side++)
		for (i = 0; i < 9; i++)
			/* 1000 each; five standard deviations are 144. */
			if (i % 4)
				assert_in_range(orders[side][i], 856, 1144);
			else
				assert_int_equal(orders[side][i], 0);
	assert_int_equal(blocks[0], 6000);
}

/* Of any so many blocks in a row, wherever a job begins. */
static void raw_runs_in_one_block_of_so_many(void **state)
{
	unsigned int first, i, raw, places[8] = { 0 };
	struct fpb_pair_plan p = plan;

	p.lanes = 2;
	p.raw_every = 8;
	for (first = 0; first < 4000; first++) {
		for (i = raw = 0; i < 8; i++)
			raw += fpb_pair_side(&p, 2 * (first + i));
		assert_int_equal(raw, 1);
	}
	for (p.seed = 0; p.seed < 4000; p.seed++)
		for (i = 0; i < 8; i++)
			places[i] += fpb_pair_side(&p, 2 * i);
	/* Five standard deviations of 500 are 105. */
	for (i = 0; i < 8; i++)
		assert_in_range(places[i], 395, 605);
	p.raw_every = 0;
	for (i = 0; i < 1000; i++)
		assert_int_equal(fpb_pair_side(&p, i), 0);
}

static void too_many_lanes_are_refused(void **state)
{
	struct fpb_pair_plan bad = plan;
	struct fpb_pair p;

	bad.lanes = FPB_PAIR_LANES + 1;
	assert_int_equal(fpb_pair_init(&p, &bad, 0), -EINVAL);
	bad.lanes = 2;
	assert_int_equal(fpb_pair_init(&p, &bad, 1), 0);
	assert_int_equal(fpb_pair_init(&p, &bad, 2), -EINVAL);
	bad.lanes = 0;
	assert_int_equal(fpb_pair_init(&p, &bad, 1), -EINVAL);
}

static void a_guard_of_more_than_a_quarter_is_refused(void **state)
{
	struct fpb_pair_plan bad = { .slice_ns = 100, .guard_ns = 26 };
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &bad, 0), -EINVAL);
	bad.guard_ns = 25;
	assert_int_equal(fpb_pair_init(&p, &bad, 0), 0);
	bad.slice_ns = bad.guard_ns = 0;
	assert_int_equal(fpb_pair_init(&p, &bad, 0), -EINVAL);
}

static void completions_fall_into_bins(void **state)
{
	struct fpb_pair p;
	const struct fpb_slice *s;

	assert_int_equal(fpb_pair_init(&p, &plan, 0), 0);
	assert_true(fpb_pair_due(&p, 0));
	assert_true(fpb_pair_next(&p, 100 * MS, 5000, false) >= 0);
	assert_false(fpb_pair_due(&p, 120 * MS - 1));
	assert_true(fpb_pair_due(&p, 120 * MS));

	/* Bins of 1.25 ms. */
	fpb_pair_count(&p, 101 * MS, 3, 300);
	fpb_pair_count(&p, 101 * MS + MS / 5, 4, 400);
	fpb_pair_count(&p, 110 * MS, 2, 200);
	fpb_pair_count(&p, 111 * MS, 0, 0);		/* an fsync, say */
	fpb_pair_count(&p, 120 * MS - 1, 1, 100);	/* the last bin */
	fpb_pair_count(&p, 120 * MS, 5, 500);		/* in the drain */
	assert_true(fpb_pair_next(&p, 121 * MS, 9000, false) >= 0);

	assert_int_equal(p.nr, 1);
	s = &p.slices[0];
	assert_int_equal(s->index, 5);
	assert_int_equal(s->side, fpb_pair_side(&plan, 5));
	assert_int_equal(s->state, FPB_SLICE_OK);
	assert_int_equal(s->ios, 15);
	assert_int_equal(s->bytes, 1500);
	assert_int_equal(s->bins[0].ios, 7);
	assert_int_equal(s->bins[0].last_ns, MS + MS / 5);
	assert_int_equal(s->bins[8].ios, 2);
	assert_int_equal(s->bins[8].last_ns, 10 * MS);
	assert_int_equal(s->bins[15].ios, 1);
	assert_int_equal(s->cpu_ns, 4000);
	fpb_pair_exit(&p);
}

static void a_slice_that_does_not_divide_has_a_bin_for_its_end(void **state)
{
	struct fpb_pair_plan odd = { .slice_ns = 1007, .seed = 1 };
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &odd, 0), 0);
	fpb_pair_next(&p, 1007, 0, false);
	fpb_pair_count(&p, 2013, 1, 1);
	assert_int_equal(p.cur.bins[15].ios, 1);
	fpb_pair_exit(&p);
}

static void the_drain_lasts_to_the_last_old_completion(void **state)
{
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &plan, 0), 0);
	fpb_pair_next(&p, 100 * MS, 0, false);
	fpb_pair_count(&p, 121 * MS, 1, 1);
	fpb_pair_count(&p, 122 * MS, 1, 1);
	fpb_pair_next(&p, 123 * MS, 0, false);
	assert_int_equal(p.cur.drain_ns, 2 * MS);
	/* Late, but nothing was in flight: no drain. */
	fpb_pair_count(&p, 130 * MS, 1, 1);
	fpb_pair_next(&p, 155 * MS, 0, false);
	assert_int_equal(p.cur.drain_ns, 0);
	fpb_pair_exit(&p);
}

static void a_stall_over_several_slices_is_in_each(void **state)
{
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &plan, 0), 0);
	fpb_pair_next(&p, 100 * MS, 0, false);		/* slice 5 */
	fpb_pair_count(&p, 171 * MS, 1, 1);		/* ends in slice 8 */
	fpb_pair_next(&p, 171 * MS, 0, false);
	assert_int_equal(p.nr, 3);
	assert_int_equal(p.slices[1].index, 6);
	assert_int_equal(p.slices[1].drain_ns, 20 * MS);
	assert_int_equal(p.slices[2].index, 7);
	assert_int_equal(p.slices[2].drain_ns, 20 * MS);
	assert_int_equal(p.cur.index, 8);
	assert_int_equal(p.cur.drain_ns, 11 * MS);
	fpb_pair_exit(&p);
}

static void first_and_last_slice_of_a_job_are_partial(void **state)
{
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &plan, 0), 0);
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
	assert_int_equal(fpb_pair_init(&p, &plan, 0), 0);
	assert_int_equal(fpb_pair_finish(&p, 100 * MS, 0), 0);
	assert_int_equal(p.nr, 0);
	fpb_pair_exit(&p);
}

static void a_pause_spoils_its_slice_and_drains_the_next(void **state)
{
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &plan, 0), 0);
	fpb_pair_next(&p, 100 * MS, 0, false);		/* slice 5 */
	fpb_pair_count(&p, 110 * MS, 1, 1);
	fpb_pair_pause(&p);
	fpb_pair_count(&p, 145 * MS, 1, 1);		/* ends in slice 7 */
	fpb_pair_next(&p, 146 * MS, 0, false);
	assert_int_equal(p.nr, 2);
	assert_int_equal(p.slices[0].state, FPB_SLICE_PARTIAL);
	assert_int_equal(p.slices[1].state, FPB_SLICE_OK);
	assert_int_equal(p.slices[1].drain_ns, 20 * MS);
	assert_int_equal(p.cur.state, FPB_SLICE_OK);
	assert_int_equal(p.cur.drain_ns, 5 * MS);

	/* Ramp time stays what it is. */
	fpb_pair_next(&p, 160 * MS, 0, true);
	fpb_pair_pause(&p);
	assert_int_equal(p.cur.state, FPB_SLICE_RAMP);
	fpb_pair_exit(&p);
}

/* As the engine does it: in order of time, and what is left drains for 1 ms. */
static void a_job_sleeps_through_other_lanes(void **state)
{
	struct fpb_pair_plan three = plan;
	uint64_t now = 100 * MS, wake, i;
	unsigned int own = 0;
	struct fpb_pair p;

	three.lanes = 3;
	three.raw_every = 4;
	assert_int_equal(fpb_pair_init(&p, &three, 1), 0);
	for (i = 0; i < 50; i++) {
		wake = fpb_pair_wake(&p, now);
		assert_int_equal(fpb_pair_lane(&three, wake / (20 * MS)), 1);
		if (wake > now)
			now = wake;
		assert_true(fpb_pair_next(&p, now + 2 * MS, 0, false) >= 0);
		fpb_pair_count(&p, now + 10 * MS, 7, 7);
		fpb_pair_count(&p, p.end_ns + MS, 1, 1);
		now = p.end_ns + MS;
	}
	assert_int_equal(fpb_pair_finish(&p, now, 0), 0);
	for (i = 0; i < p.nr; i++) {
		assert_int_equal(p.slices[i].index, p.slices[0].index + i);
		assert_int_equal(p.slices[i].ios, 8 *
			(fpb_pair_lane(&three, p.slices[i].index) == 1));
		own += p.slices[i].ios != 0;
		/* Whoever comes next must know how long this job drained. */
		if (i)
			assert_int_equal(p.slices[i].drain_ns,
					 p.slices[i - 1].ios ? MS : 0);
	}
	assert_int_equal(own, 50);
	fpb_pair_exit(&p);
}

static void a_clock_that_is_set_back_repeats_no_slice(void **state)
{
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &plan, 0), 0);
	assert_int_equal(fpb_pair_wake(&p, 103 * MS), 100 * MS);
	fpb_pair_next(&p, 103 * MS, 0, false);
	assert_int_equal(fpb_pair_wake(&p, 60 * MS), 120 * MS);
	assert_int_equal(fpb_pair_wake(&p, 171 * MS), 160 * MS);
	fpb_pair_exit(&p);
}

static void ramp_time_is_not_used(void **state)
{
	struct fpb_pair p;

	assert_int_equal(fpb_pair_init(&p, &plan, 0), 0);
	fpb_pair_next(&p, 110 * MS, 0, true);
	fpb_pair_next(&p, 120 * MS, 0, true);
	fpb_pair_next(&p, 140 * MS, 0, false);
	assert_int_equal(p.slices[0].state, FPB_SLICE_RAMP);
	assert_int_equal(p.slices[1].state, FPB_SLICE_RAMP);
	assert_int_equal(p.cur.state, FPB_SLICE_OK);
	fpb_pair_exit(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_holds_both_sides),
		cmocka_unit_test(order_is_the_seeds_and_not_periodic),
		cmocka_unit_test(one_lane_has_the_sides_that_it_always_had),
		cmocka_unit_test(a_block_has_each_lane_once_and_one_side),
		cmocka_unit_test(the_order_of_lanes_is_balanced),
		cmocka_unit_test(raw_runs_in_one_block_of_so_many),
		cmocka_unit_test(too_many_lanes_are_refused),
		cmocka_unit_test(a_guard_of_more_than_a_quarter_is_refused),
		cmocka_unit_test(completions_fall_into_bins),
		cmocka_unit_test(a_slice_that_does_not_divide_has_a_bin_for_its_end),
		cmocka_unit_test(the_drain_lasts_to_the_last_old_completion),
		cmocka_unit_test(a_stall_over_several_slices_is_in_each),
		cmocka_unit_test(first_and_last_slice_of_a_job_are_partial),
		cmocka_unit_test(a_pause_spoils_its_slice_and_drains_the_next),
		cmocka_unit_test(a_job_sleeps_through_other_lanes),
		cmocka_unit_test(a_clock_that_is_set_back_repeats_no_slice),
		cmocka_unit_test(ramp_time_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
