// SPDX-License-Identifier: GPL-2.0
/* core/gate, core/outcome: what fails a comparison. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>

#include "core/outcome.h"
#include "fixture.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static void words_are_parsed(void **state)
{
	static const struct {
		const char *text;
		struct fpb_gate want;
	} good[] = {
		{ "regression", { true, false, 0 } },
		{ "unresolved", { false, true, 0 } },
		{ "regression,unresolved", { true, true, 0 } },
		{ "unresolved,regression=2", { true, true, 0.02 } },
		{ "regression=0.5%", { true, false, 0.005 } },
	};
	struct fpb_gate g;
	const char *wrong;
	size_t i;

	for (i = 0; i < NELEM(good); i++) {
		assert_int_equal(fpb_gate_parse(&g, good[i].text, &wrong), 0);
		assert_int_equal(g.regression, good[i].want.regression);
		assert_int_equal(g.unresolved, good[i].want.unresolved);
		assert_true(g.tolerance == good[i].want.tolerance);
	}
}

static void the_wrong_word_is_named(void **state)
{
	static const struct {
		const char *text, *wrong;
	} bad[] = {
		{ "", "" }, { "never", "never" }, { "regress", "regress" },
		{ "regressions", "regressions" },
		{ "unresolved,slower", "slower" },
		{ "regression,", "" }, { "regression=", "regression=" },
		{ "regression=-1", "regression=-1" },
		{ "regression=100", "regression=100" },
		{ "regression=2x", "regression=2x" },
		{ "unresolved=2", "unresolved=2" },
		{ "regression=2,oops", "oops" },
	};
	struct fpb_gate g;
	const char *wrong;
	size_t i;

	for (i = 0; i < NELEM(bad); i++) {
		assert_int_equal(fpb_gate_parse(&g, bad[i].text, &wrong),
				 -EINVAL);
		assert_string_equal(wrong, bad[i].wrong);
	}
}

static const struct {
	const char *name;
	double lo, hi, tolerance;
	struct fpb_verdict verdict;
	enum fpb_gate_result want;
} cases[] = {
	{ "faster", 1.1, 1.2, 0, { 1, false }, FPB_GATE_PASS },
	{ "the same", 0.98, 1.02, 0, { 0, true }, FPB_GATE_PASS },
	{ "neither", 0.8, 1.2, 0, { 0, false }, FPB_GATE_UNRESOLVED },
	{ "slower", 0.9, 0.99, 0, { -1, false }, FPB_GATE_REGRESSION },
	{ "slower, but perhaps by 1 %", 0.9, 0.99, 0.02, { -1, false },
	  FPB_GATE_PASS },
	{ "slower by more than 2 %", 0.9, 0.97, 0.02, { -1, false },
	  FPB_GATE_REGRESSION },
	{ "perhaps slower by 20 %, perhaps not", 0.8, 1.1, 0.02,
	  { 0, false }, FPB_GATE_UNRESOLVED },
};

static void a_regression_is_one_for_certain(void **state)
{
	size_t i;

	for (i = 0; i < NELEM(cases); i++) {
		const struct fpb_gate g = { .tolerance = cases[i].tolerance };
		const struct fpb_estimate e = {
			.n = 9, .value = 1, .has_interval = true,
			.lo = cases[i].lo, .hi = cases[i].hi,
		};

		if (fpb_gate_judge(&g, &e, cases[i].verdict) != cases[i].want)
			fail_msg("%s", cases[i].name);
	}
}

static void nothing_is_known_without_an_interval(void **state)
{
	const struct fpb_gate g = { .regression = true };
	const struct fpb_estimate e = { .n = 2, .value = 0.5 };

	assert_int_equal(fpb_gate_judge(&g, &e, (struct fpb_verdict){ 0 }),
			 FPB_GATE_UNRESOLVED);
}

static void only_what_was_asked_for_fails(void **state)
{
	const struct fpb_gate none = { 0 }, one = { .regression = true },
		other = { .unresolved = true };

	assert_false(fpb_gate_fails(&none, FPB_GATE_REGRESSION));
	assert_false(fpb_gate_fails(&none, FPB_GATE_UNRESOLVED));
	assert_true(fpb_gate_fails(&one, FPB_GATE_REGRESSION));
	assert_false(fpb_gate_fails(&one, FPB_GATE_UNRESOLVED));
	assert_false(fpb_gate_fails(&other, FPB_GATE_REGRESSION));
	assert_true(fpb_gate_fails(&other, FPB_GATE_UNRESOLVED));
	assert_false(fpb_gate_fails(&other, FPB_GATE_PASS));
}

/* What is counted is what the tallies of the summary have. */
static void all_that_is_compared_is_judged(void **state)
{
	struct fpb_outcome all = { 0 };
	unsigned int effects = 0, rows = 0;
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_judged j = { .s = &s };

	fixture_load("three-kernels", &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	while (fpb_judged_next(&j)) {
		assert_false(fpb_cell_is_raw(j.cell));
		assert_true(j.side > 0);
		if (j.effect)
			effects++;
		else
			rows += j.ratio->n > 0;
	}
	assert_int_equal(effects, fpb_effects_count(s.cells, s.ncells,
						    s.nsides, s.steps));
	assert_int_equal(rows, s.rows.compared);
	fpb_outcome_add(&all, &s);
	assert_int_equal(all.compared, s.rows.compared);
	assert_true(all.regressions >= s.rows.slower);
	assert_true(all.regressions <= s.rows.slower + effects);
	assert_true(all.unresolved >= s.rows.unresolved);
	assert_int_equal(all.unproven, fpb_summary_unproven(&s));
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

/* With more tolerance the same effect is no regression. */
static void the_gate_of_the_summary_counts(void **state)
{
	struct fpb_outcome strict = { 0 }, tolerant = { 0 };
	struct fpb_rundata run;
	struct fpb_summary s;
	size_t i;

	fixture_load("duet", &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	fpb_outcome_add(&strict, &s);
	assert_int_equal(strict.regressions, 0);
	for (i = 0; i < s.neffects; i++) {
		s.effects[i].verdict = (struct fpb_verdict){ -1, false };
		s.effects[i].ratio.lo = 0.9;
		s.effects[i].ratio.hi = 0.97;
	}
	fpb_outcome_add(&strict, &s);
	assert_int_equal(strict.regressions, 2);
	s.gate.tolerance = 0.05;
	fpb_outcome_add(&tolerant, &s);
	assert_int_equal(tolerant.regressions, 0);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_parsed),
		cmocka_unit_test(the_wrong_word_is_named),
		cmocka_unit_test(a_regression_is_one_for_certain),
		cmocka_unit_test(nothing_is_known_without_an_interval),
		cmocka_unit_test(only_what_was_asked_for_fails),
		cmocka_unit_test(all_that_is_compared_is_judged),
		cmocka_unit_test(the_gate_of_the_summary_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
