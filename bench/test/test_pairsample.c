// SPDX-License-Identifier: GPL-2.0
/* agent/pairsample.c: slices become samples, or a reason why they do not. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/pairsample.h"

#define MAX	64
#define MSEC	1000000ull

static const struct fpb_pair_plan plan = {
	.slice_ns = 16 * MSEC, .guard_ns = MSEC, .seed = 5,
};

/* Side 0 does @ios in each millisecond, side 1 twice as many. */
static struct fpb_pairfile slices(struct fpb_slice *s, size_t n,
				  unsigned int ios)
{
	memset(s, 0, n * sizeof(*s));
	for (size_t i = 0; i < n; i++) {
		s[i].index = i;
		s[i].side = fpb_pair_side(&plan, i);
		for (unsigned int b = 0; b < FPB_SLICE_BINS; b++) {
			s[i].bins[b].ios = s[i].side ? 2 * ios : ios;
			s[i].bins[b].last_ns = b * MSEC + MSEC / 2;
		}
	}
	return (struct fpb_pairfile){ .plan = plan, .slices = s, .nr = n };
}

static int take(const struct fpb_pairfile *jobs, size_t n,
		struct fpb_sample *fuse, struct fpb_sample *raw, char *why)
{
	struct fpb_sample *both[] = { fuse, raw };

	memset(fuse, 0, sizeof(*fuse));
	memset(raw, 0, sizeof(*raw));
	*why = '\0';
	return fpb_pairsample(jobs, n, both, why);
}

static void both_sides_get_their_rates_and_one_ratio(void **state)
{
	struct fpb_slice s[2][20];
	struct fpb_pairfile jobs[] = { slices(s[0], 20, 10),
				       slices(s[1], 20, 5) };
	struct fpb_sample fuse, raw;
	char why[FPB_REASON_MAX];

	assert_int_equal(take(jobs, 2, &fuse, &raw, why), 0);
	assert_true(fabs(fuse.iops - 15000) < 1);
	assert_true(fabs(raw.iops - 30000) < 1);
	assert_true(fabs(fuse.pair.ratio - 0.5) < 1e-9);
	assert_true(fuse.pair.log_se < 1e-9);
	assert_true(raw.pair.ratio == fuse.pair.ratio);
	assert_int_equal(fuse.pair.pairs, 10);
	assert_int_equal(fuse.pair.lost_draining, 0);
	assert_int_equal(fuse.pair.slice_ns, plan.slice_ns);
	assert_int_equal(raw.pair.seed, plan.seed);
	/* What the rate is made of. */
	assert_true(fabs(fuse.ios / (fuse.runtime_ms / 1000.0) / fuse.iops -
			 1) < 0.02);
}

/* Of raw alone: its first bins do twice as much. */
static void a_side_that_starts_fast_is_told(void **state)
{
	struct fpb_slice s[20];
	struct fpb_pairfile job = slices(s, 20, 10);
	struct fpb_sample fuse, raw;
	char why[FPB_REASON_MAX];

	for (size_t i = 0; i < 20; i++)
		for (size_t b = 0; s[i].side && b < FPB_SLICE_BINS / 2; b++)
			s[i].bins[b].ios *= 2;
	assert_int_equal(take(&job, 1, &fuse, &raw, why), 0);
	assert_true(fabs(fuse.pair.log_early) < 1e-9);
	assert_true(fabs(raw.pair.log_early - log(2)) < 1e-9);
}

static void too_few_pairs_are_no_sample(void **state)
{
	struct fpb_slice s[4];
	struct fpb_pairfile job = slices(s, 4, 10);
	struct fpb_sample fuse, raw;
	char why[FPB_REASON_MAX];

	assert_int_equal(take(&job, 1, &fuse, &raw, why), -ENODATA);
	assert_non_null(strstr(why, "only 2 usable pairs of 16 ms slices"));
	assert_non_null(strstr(why, "0 to jobs that missed part of them"));
	s[3].state = FPB_SLICE_PARTIAL;
	assert_int_equal(take(&job, 1, &fuse, &raw, why), -ENODATA);
	assert_non_null(strstr(why, "only 1 usable pair of 16 ms slices"));
	assert_non_null(strstr(why, "1 to jobs that missed part of them"));
	assert_true(fuse.iops == 0 && raw.iops == 0);
}

/* Three quarters of the slices are the most that the drain may take. */
static void what_is_left_of_too_many_is_no_sample(void **state)
{
	struct fpb_slice s[40];
	struct fpb_pairfile job = slices(s, 40, 10);
	struct fpb_sample fuse, raw;
	char why[FPB_REASON_MAX];

	for (size_t i = 0; i < 30; i++)
		s[i].drain_ns = 12 * MSEC;
	assert_int_equal(take(&job, 1, &fuse, &raw, why), 0);
	assert_int_equal(fuse.pair.lost_draining, 30);
	assert_int_equal(fuse.pair.pairs, 5);
	s[30].drain_ns = 12 * MSEC;
	assert_int_equal(take(&job, 1, &fuse, &raw, why), -ENODATA);
	assert_non_null(strstr(why, "31 slices lost while draining, 0 with fewer than three"));
	assert_int_equal(raw.pair.lost_partner, 1);
}

static void a_side_that_did_nothing_is_no_sample(void **state)
{
	struct fpb_slice s[20];
	struct fpb_pairfile job = slices(s, 20, 10);
	struct fpb_sample fuse, raw;
	char why[FPB_REASON_MAX];

	for (size_t i = 0; i < 20; i++)
		if (s[i].side)
			memset(s[i].bins, 0, sizeof(s[i].bins));
	assert_int_equal(take(&job, 1, &fuse, &raw, why), -ENODATA);
	assert_true(*why);
}

static void jobs_of_two_runs_are_refused(void **state)
{
	struct fpb_slice s[2][20];
	struct fpb_pairfile jobs[] = { slices(s[0], 20, 10),
				       slices(s[1], 20, 5) };
	struct fpb_sample fuse, raw;
	char why[FPB_REASON_MAX];

	jobs[1].plan.seed++;
	assert_int_equal(take(jobs, 2, &fuse, &raw, why), -EINVAL);
	assert_non_null(strstr(why, "differ in length, guard, seed or lanes"));

	jobs[1].plan.seed--;
	s[1][7].side ^= 1;
	assert_int_equal(take(jobs, 2, &fuse, &raw, why), -EINVAL);
	assert_non_null(strstr(why, "contradict each other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_get_their_rates_and_one_ratio),
		cmocka_unit_test(a_side_that_starts_fast_is_told),
		cmocka_unit_test(too_few_pairs_are_no_sample),
		cmocka_unit_test(what_is_left_of_too_many_is_no_sample),
		cmocka_unit_test(a_side_that_did_nothing_is_no_sample),
		cmocka_unit_test(jobs_of_two_runs_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
