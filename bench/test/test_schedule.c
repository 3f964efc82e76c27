// SPDX-License-Identifier: GPL-2.0
/* core/schedule.c: the order is balanced, complete, and can be repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/planfile.h"
#include "core/schedule.h"

#define MAX_KERNELS	4
#define BLOCKS		25
#define MAX_CELLS	256

static bool is_permutation(const size_t *order, size_t n)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < n; i++)
		if (order[i] < n)
			seen |= 1u << order[i];
	return seen == (1u << n) - 1;
}

/* Each kernel once in each place: the block's columns are permutations too. */
static void check_block(unsigned long seed, unsigned int first, size_t n)
{
	size_t rows[MAX_KERNELS][MAX_KERNELS], column[MAX_KERNELS];

	for (size_t r = 0; r < n; r++) {
		fpb_schedule_kernels(seed, first + r, n, rows[r]);
		assert_true(is_permutation(rows[r], n));
	}
	for (size_t place = 0; place < n; place++) {
		for (size_t r = 0; r < n; r++)
			column[r] = rows[r][place];
		assert_true(is_permutation(column, n));
	}
}

static void each_kernel_has_each_place_once_in_a_block(void **state)
{
	for (size_t n = 1; n <= MAX_KERNELS; n++)
		for (unsigned long seed = 0; seed < 4; seed++)
			for (unsigned int b = 0; b < BLOCKS; b++)
				check_block(seed, 1 + b * n, n);
}

static void one_kernel_is_always_first(void **state)
{
	size_t order[1] = { 9 };

	fpb_schedule_kernels(7, 5, 1, order);
	assert_int_equal(order[0], 0);
}

/* A block of two starts with either kernel, and about as often with each. */
static void blocks_do_not_all_start_alike(void **state)
{
	size_t order[2];
	int first = 0;

	for (unsigned int b = 0; b < 200; b++) {
		fpb_schedule_kernels(1, 1 + 2 * b, 2, order);
		first += order[0];
	}
	/* Four standard errors of 200 coins. */
	assert_in_range(first, 100 - 28, 100 + 28);
}

/* A square that was only shifted would have three of the six. */
static void three_kernels_come_in_every_order(void **state)
{
	size_t order[3];
	unsigned int seen = 0;

	for (unsigned int round = 1; round <= 300; round++) {
		fpb_schedule_kernels(1, round, 3, order);
		seen |= 1u << (order[0] * 3 + order[1]);
	}
	/* 01 02 10 12 20 21, as numbers to the base of three. */
	assert_int_equal(seen, 1u << 1 | 1u << 2 | 1u << 3 | 1u << 5 |
			       1u << 6 | 1u << 7);
}

/* Else a kernel would nearly always run after the same other one. */
static void rounds_of_a_block_are_shuffled(void **state)
{
	size_t first[3], second[3];
	unsigned int shifts = 0;

	for (unsigned int b = 0; b < 100; b++) {
		fpb_schedule_kernels(1, 1 + 3 * b, 3, first);
		fpb_schedule_kernels(1, 2 + 3 * b, 3, second);
		for (unsigned int i = 0; i < 3; i++)
			if (first[i] == second[0])
				shifts |= 1u << i;
	}
	assert_int_equal(shifts, 1u << 1 | 1u << 2);
}

static void kernels_of_a_round_depend_on_seed_and_round_alone(void **state)
{
	size_t before[3], again[3], other[3];

	fpb_schedule_kernels(11, 5, 3, before);
	for (unsigned int r = 1; r < 9; r++)
		fpb_schedule_kernels(12, r, 3, other);
	fpb_schedule_kernels(11, 5, 3, again);
	assert_memory_equal(before, again, sizeof(before));
}

static bool same_kernels(unsigned long a, unsigned long b)
{
	size_t x[3], y[3];

	for (unsigned int r = 1; r <= 30; r++) {
		fpb_schedule_kernels(a, r, 3, x);
		fpb_schedule_kernels(b, r, 3, y);
		if (memcmp(x, y, sizeof(x)))
			return false;
	}
	return true;
}

static void another_seed_boots_in_another_order(void **state)
{
	assert_true(same_kernels(1, 1));
	for (unsigned long seed = 2; seed < 12; seed++)
		assert_false(same_kernels(1, seed));
	/* What a drawn seed may be at most. */
	assert_false(same_kernels(UINT32_MAX, UINT32_MAX - 1));
}

static size_t cells_of(const struct fpb_plan *p, unsigned int round,
		       size_t kernel, struct fpb_cell *cells)
{
	size_t n = fpb_plan_ncells(p);

	assert_true(n <= MAX_CELLS);
	memset(cells, 0xff, MAX_CELLS * sizeof(*cells));
	fpb_schedule_cells(p, round, kernel, cells);
	return n;
}

static size_t count(const struct fpb_cell *cells, size_t n,
		    const char *regime, const char *target,
		    unsigned int numjobs)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += !strcmp(cells[i].regime, regime) &&
			 !strcmp(cells[i].target, target) &&
			 cells[i].numjobs == numjobs &&
			 !strcmp(cells[i].workload, "randwrite-4k");
	return found;
}

static void each_cell_is_there_once_in_each_boot(void **state)
{
	struct fpb_cell cells[MAX_CELLS];
	struct fpb_plan p;
	size_t n;

	fpb_plan_default(&p);
	for (unsigned int boot = 0; boot < 20; boot++) {
		n = cells_of(&p, 1 + boot / 2, boot % 2, cells);
		assert_int_equal(n, 3 * 8 * 2);
		for (size_t r = 0; r < p.nregimes; r++)
			for (size_t t = 0; t < p.ntargets; t++)
				for (size_t j = 0; j < p.nnumjobs; j++)
					assert_int_equal(count(cells, n,
						p.regimes[r].name,
						p.targets[t].name,
						p.numjobs[j]), 1);
	}
}

static void a_regime_is_never_left_and_entered_again(void **state)
{
	struct fpb_cell cells[MAX_CELLS];
	struct fpb_plan p;
	size_t n, changes = 0;

	fpb_plan_default(&p);
	for (unsigned int round = 1; round <= 20; round++) {
		n = cells_of(&p, round, 0, cells);
		for (size_t i = 1; i < n; i++)
			changes += strcmp(cells[i].regime,
					  cells[i - 1].regime) != 0;
	}
	assert_int_equal(changes, 20 * (p.nregimes - 1));
}

static void targets_of_one_number_of_jobs_stand_side_by_side(void **state)
{
	struct fpb_cell cells[MAX_CELLS];
	struct fpb_plan p;
	size_t n;

	fpb_plan_default(&p);
	for (unsigned int round = 1; round <= 20; round++) {
		n = cells_of(&p, round, 1, cells);
		for (size_t i = 0; i < n; i += 2) {
			assert_int_equal(cells[i].numjobs,
					 cells[i + 1].numjobs);
			assert_string_equal(cells[i].regime,
					    cells[i + 1].regime);
			assert_string_not_equal(cells[i].target,
						cells[i + 1].target);
		}
	}
}

/* Else what drifts within a pair would favour one target. */
static void either_target_comes_first_about_as_often(void **state)
{
	struct fpb_cell cells[MAX_CELLS];
	struct fpb_plan p;
	int raw_first = 0;
	size_t n;

	fpb_plan_default(&p);
	p.seed = 3;
	for (unsigned int round = 1; round <= 100; round++) {
		n = cells_of(&p, round, 0, cells);
		for (size_t i = 0; i < n; i += 2)
			raw_first += !strcmp(cells[i].target, "raw");
	}
	/* Four standard errors of 2400 coins. */
	assert_in_range(raw_first, 1200 - 98, 1200 + 98);
}

static void each_number_of_jobs_has_its_turn_at_the_start(void **state)
{
	struct fpb_cell cells[MAX_CELLS];
	unsigned int seen = 0;
	struct fpb_plan p;

	fpb_plan_default(&p);
	for (unsigned int round = 1; round <= 100; round++) {
		cells_of(&p, round, 0, cells);
		seen |= 1u << cells[0].numjobs;
	}
	assert_int_equal(seen, 0x1fe);
}

static bool same_cells(unsigned long seed_a, unsigned int round_a,
		       size_t kernel_a, unsigned long seed_b,
		       unsigned int round_b, size_t kernel_b)
{
	struct fpb_cell a[MAX_CELLS], b[MAX_CELLS];
	struct fpb_plan p;
	size_t n;

	fpb_plan_default(&p);
	p.seed = seed_a;
	n = cells_of(&p, round_a, kernel_a, a);
	p.seed = seed_b;
	cells_of(&p, round_b, kernel_b, b);
	return !memcmp(a, b, n * sizeof(*a));
}

/* "120" for kernels 1, 2 and 0. */
static void group_is(const char *order, size_t alive, size_t at,
		     const char *want)
{
	size_t kernels[8], group[8], n = strlen(order), used;
	char text[9] = "";

	for (size_t i = 0; i < n; i++)
		kernels[i] = order[i] - '0';
	used = fpb_schedule_group(kernels, n, alive, at, group);
	for (size_t i = 0; i < used; i++)
		text[i] = '0' + group[i];
	if (strcmp(text, want))
		fail_msg("%s, %zu alive, group %zu: \"%s\", not \"%s\"", order,
			 alive, at, text, want);
}

static void every_group_has_the_baseline(void **state)
{
	group_is("1203", 4, 0, "1203");
	group_is("1203", 4, 1, "");
	group_is("1203", 2, 0, "10");
	group_is("1203", 2, 1, "20");
	group_is("1203", 2, 2, "03");
	group_is("1203", 2, 3, "");
	group_is("1203", 3, 0, "120");
	group_is("1203", 3, 1, "03");
	group_is("1203", 3, 2, "");
	group_is("120", 1, 1, "2");
	group_is("120", 1, 2, "0");
	group_is("120", 1, 3, "");
	group_is("0", 1, 0, "0");
	group_is("0", 1, 1, "");

	assert_int_equal(fpb_schedule_boots(4, 1), 4);
	assert_int_equal(fpb_schedule_boots(4, 2), 6);
	assert_int_equal(fpb_schedule_boots(4, 3), 5);
	assert_int_equal(fpb_schedule_boots(4, 4), 4);
	assert_int_equal(fpb_schedule_boots(2, 2), 2);
	assert_int_equal(fpb_schedule_boots(1, 1), 1);
}

static void cells_are_repeated_by_seed_round_and_kernel(void **state)
{
	assert_true(same_cells(5, 3, 1, 5, 3, 1));
	for (unsigned int i = 1; i < 10; i++) {
		assert_false(same_cells(5, 3, 1, 5 + i, 3, 1));
		assert_false(same_cells(5, 3, 1, 5, 3 + i, 1));
		assert_false(same_cells(5, 3, 1, 5, 3, 1 + i));
	}
}

static void a_plan_of_one_cell_has_one(void **state)
{
	struct fpb_cell cells[MAX_CELLS];
	char why[FPB_REASON_MAX];
	struct fpb_plan p;

	fpb_plan_default(&p);
	assert_int_equal(fpb_plan_set_text(&p, "sweep.regimes=cpu", why), 0);
	assert_int_equal(fpb_plan_set_text(&p, "sweep.targets=fuse", why), 0);
	assert_int_equal(fpb_plan_set_text(&p, "sweep.numjobs=8", why), 0);
	assert_int_equal(cells_of(&p, 1, 0, cells), 1);
	assert_int_equal(count(cells, 1, "cpu", "fuse", 8), 1);
	/* Nothing is written behind it. */
	assert_int_equal((unsigned char)cells[1].regime[0], 0xff);
}

static size_t steps_of(struct fpb_plan *p, const char *targets,
		       unsigned int kernels, struct fpb_cell *cells,
		       struct fpb_step *jobs)
{
	char text[FPB_REASON_MAX], why[FPB_REASON_MAX];

	p->cpus = 2;
	snprintf(text, sizeof(text), "sweep.targets=%s", targets);
	if (fpb_plan_set_text(p, text, why))
		fail_msg("%s", why);
	return fpb_schedule_steps(p, cells, cells_of(p, 1, 0, cells), 1,
				  kernels, jobs);
}

static void apart_each_cell_is_a_job(void **state)
{
	struct fpb_step jobs[MAX_CELLS];
	struct fpb_cell cells[MAX_CELLS];
	struct fpb_plan p;
	size_t n;

	fpb_plan_default(&p);
	p.pairing = FPB_PAIRING_SEPARATE;
	n = steps_of(&p, "raw,fuse", 1, cells, jobs);
	assert_int_equal(n, fpb_plan_ncells(&p));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(jobs[i].seq, i + 1);
		assert_memory_equal(&jobs[i].cell, &cells[i], sizeof(*cells));
		assert_int_equal(jobs[i].slicing.lanes, 0);
		assert_int_equal(jobs[i].raw_seq, 0);
	}
}

/* Every cell is measured once, raw's by one of the jobs beside it. */
static void check_pairs(const struct fpb_cell *cells, size_t ncells,
			const struct fpb_step *jobs, size_t njobs)
{
	unsigned int seen[MAX_CELLS] = { 0 };

	for (size_t i = 0; i < njobs; i++) {
		const struct fpb_step *j = &jobs[i];

		seen[j->seq - 1]++;
		assert_memory_equal(&j->cell, &cells[j->seq - 1],
				    sizeof(*cells));
		if (j->slicing.lanes)
			assert_string_not_equal(j->cell.target, "raw");
		if (!j->raw_seq)
			continue;
		assert_true(j->slicing.lanes);
		seen[j->raw_seq - 1]++;
		assert_string_equal(cells[j->raw_seq - 1].target, "raw");
		assert_int_equal(cells[j->raw_seq - 1].numjobs,
				 j->cell.numjobs);
		assert_string_equal(cells[j->raw_seq - 1].regime,
				    j->cell.regime);
	}
	for (size_t i = 0; i < ncells; i++)
		assert_int_equal(seen[i], 1);
}

static void pairs_measure_every_cell_once(void **state)
{
	static const char *const targets[] = { "raw,fuse",
		"fuse,raw,fuse-direct", "fuse-direct,fuse,fuse-copy,raw" };
	struct fpb_step jobs[MAX_CELLS];
	struct fpb_cell cells[MAX_CELLS];
	struct fpb_plan p;
	size_t n;

	for (size_t i = 0; i < 3; i++) {
		for (unsigned long seed = 1; seed < 20; seed++) {
			fpb_plan_default(&p);
			p.seed = seed;
			p.pairing = seed % 2 ? FPB_PAIRING_PAIRED :
					       FPB_PAIRING_AUTO;
			n = steps_of(&p, targets[i], 1 + seed % 3, cells,
				     jobs);
			assert_true(n < fpb_plan_ncells(&p));
			check_pairs(cells, fpb_plan_ncells(&p), jobs, n);
		}
	}
}

static void each_sample_has_an_order_of_slices_of_its_own(void **state)
{
	struct fpb_step a[MAX_CELLS], b[MAX_CELLS];
	struct fpb_cell cells[MAX_CELLS];
	struct fpb_plan p;
	size_t n;

	fpb_plan_default(&p);
	p.seed = 7;
	n = steps_of(&p, "raw,fuse", 2, cells, a);
	assert_int_equal(fpb_schedule_steps(&p, cells, fpb_plan_ncells(&p), 1,
					    2, b), n);
	for (size_t i = 0; i < n; i++) {
		/* The same in each kernel of a round. */
		assert_int_equal(a[i].seed, b[i].seed);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(a[i].seed, a[k].seed);
	}
	fpb_schedule_steps(&p, cells, fpb_plan_ncells(&p), 2, 2, b);
	assert_int_not_equal(a[0].seed, b[0].seed);
	p.seed = 8;
	fpb_schedule_steps(&p, cells, fpb_plan_ncells(&p), 1, 2, b);
	assert_int_not_equal(a[0].seed, b[0].seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kernel_has_each_place_once_in_a_block),
		cmocka_unit_test(one_kernel_is_always_first),
		cmocka_unit_test(blocks_do_not_all_start_alike),
		cmocka_unit_test(three_kernels_come_in_every_order),
		cmocka_unit_test(rounds_of_a_block_are_shuffled),
		cmocka_unit_test(
			kernels_of_a_round_depend_on_seed_and_round_alone),
		cmocka_unit_test(another_seed_boots_in_another_order),
		cmocka_unit_test(each_cell_is_there_once_in_each_boot),
		cmocka_unit_test(a_regime_is_never_left_and_entered_again),
		cmocka_unit_test(
			targets_of_one_number_of_jobs_stand_side_by_side),
		cmocka_unit_test(either_target_comes_first_about_as_often),
		cmocka_unit_test(each_number_of_jobs_has_its_turn_at_the_start),
		cmocka_unit_test(every_group_has_the_baseline),
		cmocka_unit_test(cells_are_repeated_by_seed_round_and_kernel),
		cmocka_unit_test(a_plan_of_one_cell_has_one),
		cmocka_unit_test(apart_each_cell_is_a_job),
		cmocka_unit_test(pairs_measure_every_cell_once),
		cmocka_unit_test(each_sample_has_an_order_of_slices_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
