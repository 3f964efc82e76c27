// SPDX-License-Identifier: GPL-2.0
/*
 * core/proportion.c against R (4.2), and core/session.c, core/calibration.c and
 * report/calibration.c on sessions made up in bench/test/data/calibration.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/calibration.h"
#include "core/grid.h"
#include "fixture.h"
#include "report/calibration.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* --- proportions ------------------------------------------------------------ */

/* binom.test(k, n)$conf.int */
static const struct {
	size_t k, n;
	double lo, hi;
} intervals[] = {
	{ 0, 100, 0.000000000000, 0.036216692645 },
	{ 2, 100, 0.002431336824, 0.070383932471 },
	{ 95, 100, 0.887165088895, 0.983568120818 },
	{ 100, 100, 0.963783307355, 1.000000000000 },
	{ 1, 8, 0.003159723531, 0.526509670875 },
	{ 929, 1000, 0.911283559113, 0.944135351750 },
	/* gsl_cdf_beta_Pinv() does not converge. */
	{ 96, 10000, 0.00778275412701, 0.01171077722522 },
	{ 0, 0, 0, 1 },
};

static void a_proportion_has_the_interval_of_r(void **state)
{
	for (size_t i = 0; i < NELEM(intervals); i++) {
		struct fpb_proportion p = fpb_proportion(intervals[i].k,
							 intervals[i].n, 0.05);

		assert_as_in_r(p.lo, intervals[i].lo);
		assert_as_in_r(p.hi, intervals[i].hi);
	}
}

/* --- lines ------------------------------------------------------------------ */

static struct fpb_session session(enum fpb_session_kind kind,
				  unsigned int percent, unsigned int block)
{
	return (struct fpb_session){
		.kind = kind, .percent = percent, .seed = 1, .block = block,
		.rounds = 9,
	};
}

static void add(struct fpb_sessions *all, struct fpb_session x)
{
	all->at = reallocarray(all->at, all->n + 1, sizeof(x));
	all->at[all->n++] = x;
}

static char *line_of(const struct fpb_session *x)
{
	json_t *o = fpb_session_to_json(x);
	char *line, *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(12));

	assert_true(asprintf(&line, "%s\n", text) > 0);
	free(text);
	json_decref(o);
	return line;
}

static const struct fpb_effect *effect_of(const struct fpb_summary *s)
{
	const struct fpb_effect *e = s->effects;

	while (fpb_effect_is_control(e))
		e++;
	return e;
}

static void a_session_is_what_its_table_says(void **state)
{
	struct fpb_session x = session(FPB_SESSION_PLANTED, 5, 7);
	struct fpb_sessions all = { 0 };
	char why[FPB_REASON_MAX], *line;
	struct fpb_rundata run;
	struct fpb_summary s;
	size_t at;

	fixture_load("duet", &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, FPB_MARGIN_DEFAULT), 0);
	x.load = true;
	x.loops = 2500;
	x.status = 4;
	strcpy(x.date, "2026-11-24T22:50:29Z");
	strcpy(x.kernel, "some 1234567");
	fpb_session_take(&x, &s);
	assert_true(x.nrows > 1);
	assert_int_equal(x.effect.n, effect_of(&s)->ratio.n);
	assert_int_equal(x.effect.verdict.direction,
			 effect_of(&s)->verdict.direction);

	line = line_of(&x);
	assert_int_equal(fpb_sessions_add(&all, "f", line, &at, why), 0);
	assert_int_equal(all.n, 1);
	assert_true(fpb_session_same(&all.at[0], &x));
	assert_int_equal(all.at[0].loops, 2500);
	assert_int_equal(all.at[0].status, 4);
	assert_int_equal(all.at[0].nrows, x.nrows);
	assert_string_equal(all.at[0].kernel, x.kernel);
	assert_true(fabs(all.at[0].effect.value - x.effect.value) < 1e-5);
	assert_int_equal(all.at[0].rows[1].verdict.direction,
			 x.rows[1].verdict.direction);
	free(line);
	free(all.at);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

/* What is put in place of a text of a good line. */
static const struct {
	const char *old, *new, *why;
} damage[] = {
	{ "{\"schema\":2", "\"schema\":2", "" },
	{ "\"schema\":2", "\"schema\":3", "unknown schema" },
	{ "\"schema\":2", "\"schema\":1", "unknown schema" },
	{ "\"loops\":0,", "", "loops" },
	{ "\"identical\"", "\"none\"", "unknown kind" },
	{ "\"block\":1", "\"block\":0", "invalid percent or block" },
	{ "\"percent\":0", "\"percent\":5", "invalid percent or block" },
	{ "\"rounds\":9", "\"rounds\":0", "without rounds" },
	{ "\"rounds\":9", "\"rounds\":38",
	  "this session has 38 rounds, f:1 has 9" },
	{ "\"value\":1.01", "\"value\":-1", "invalid value in effect or rows" },
	{ "\"lo\":0.99", "\"lo\":1.99", "invalid value in effect or rows" },
	{ "\"verdict\":\"\"", "\"verdict\":\"same\"",
	  "invalid value in effect or rows" },
	{ "\"pairs\":[]", "\"pairs\":[\"x\"]", "a pair is not a number" },
	{ "}\n", "}", "cut short" },
};

static char *replaced(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	char *all;

	if (!at)
		fail_msg("no %s in %s", old, text);
	assert_true(asprintf(&all, "%.*s%s%s", (int)(at - text), text, new,
			     at + strlen(old)) > 0);
	return all;
}

static struct fpb_session with_effect(struct fpb_session x, double value,
				      double factor)
{
	x.effect = (struct fpb_finding){
		.n = 9, .has_interval = true, .value = value,
		.lo = value / factor, .hi = value * factor,
	};
	x.effect.verdict.direction = x.effect.lo > 1 ? 1 :
				     x.effect.hi < 1 ? -1 : 0;
	return x;
}

static void a_damaged_line_is_named(void **state)
{
	struct fpb_session x = session(FPB_SESSION_IDENTICAL, 0, 1), y = x;
	char why[FPB_REASON_MAX], *good, *other, *bad, *text;
	size_t line;

	x = with_effect(x, 1.01, 1.01 / 0.99);
	y.block = 2;
	good = line_of(&x);
	other = line_of(&y);
	for (size_t i = 0; i < NELEM(damage); i++) {
		struct fpb_sessions all = { 0 };

		bad = replaced(good, damage[i].old, damage[i].new);
		assert_true(asprintf(&text, "%s%s", other, bad) > 0);
		assert_int_equal(fpb_sessions_add(&all, "f", text, &line, why),
				 -EINVAL);
		assert_int_equal(line, 2);
		if (!strstr(why, damage[i].why))
			fail_msg("\"%s\" lacks \"%s\"", why, damage[i].why);
		free(text);
		free(bad);
		free(all.at);
	}
	free(good);
	free(other);
}

static void a_session_counts_once(void **state)
{
	struct fpb_session sizing = session(FPB_SESSION_SIZING, 0, 1);
	struct fpb_session x = session(FPB_SESSION_PLANTED, 2, 3);
	struct fpb_sessions all = { 0 };
	char why[FPB_REASON_MAX], *once = line_of(&x);
	char *machine = line_of(&sizing);
	size_t line;

	assert_int_equal(fpb_sessions_add(&all, "a", machine, &line, why), 0);
	assert_int_equal(fpb_sessions_add(&all, "a", once, &line, why), 0);
	assert_int_equal(fpb_sessions_add(&all, "b", machine, &line, why), 0);
	assert_int_equal(fpb_sessions_add(&all, "b", once, &line, why),
			 -EEXIST);
	assert_string_equal(why, "duplicate of a:1");
	assert_int_equal(all.n, 3);
	free(once);
	free(machine);
	free(all.at);
}

/* --- which comes next ------------------------------------------------------- */

static void add_run(struct fpb_sessions *all,
		    const struct fpb_calibration_run *run)
{
	for (size_t i = 0; i < run->n; i++)
		add(all, run->at[i]);
}

static void the_cost_of_a_loop_comes_first(void **state)
{
	const struct fpb_calibration_list l = {
		.blocks = 2, .part = 1, .parts = 1, .seed = 1,
	};
	struct fpb_sessions all = { 0 };
	struct fpb_calibration_run next;
	unsigned int loops;

	assert_int_equal(fpb_calibration_next(&l, &all, &next), 11);
	assert_int_equal(next.n, 1);
	assert_int_equal(next.at[0].kind, FPB_SESSION_SIZING);
	loops = next.at[0].loops;
	add(&all, with_effect(next.at[0], 0.99, 1.02));
	/* Too small to divide by: twice as many. */
	assert_int_equal(fpb_calibration_next(&l, &all, &next), 11);
	assert_int_equal(next.at[0].kind, FPB_SESSION_SIZING);
	assert_int_equal(next.at[0].loops, 2 * loops);
	/* A write takes 1.25 times as long: a loop costs 0.25 / loops. */
	add(&all, with_effect(next.at[0], 0.8, 1.02));
	assert_int_equal(fpb_calibration_next(&l, &all, &next), 10);
	assert_int_equal(next.n, 5);
	assert_int_equal(next.at[0].kind, FPB_SESSION_IDENTICAL);
	assert_int_equal(next.at[0].loops, 0);
	assert_int_equal(next.at[4].percent, 10);
	assert_int_equal(next.at[4].loops,
			 lround((1 / 0.9 - 1) / 0.25 * 2 * loops));
	free(all.at);
}

static void the_rest_of_a_block_is_one_run(void **state)
{
	/* Not 1 %, 5 % and 10 %. */
	struct fpb_calibration_list l = {
		.blocks = 2, .part = 1, .parts = 1, .seed = 1,
		.skip = 1 << 1 | 1 << 3 | 1 << 4,
	};
	struct fpb_sessions all = { 0 };
	struct fpb_calibration_run next;

	add(&all, with_effect((struct fpb_session){
		.kind = FPB_SESSION_SIZING, .loops = 1000 }, 0.8, 1.02));
	assert_int_equal(fpb_calibration_next(&l, &all, &next), 4);
	assert_int_equal(next.n, 2);
	assert_int_equal(next.at[0].percent, 0);
	assert_int_equal(next.at[1].percent, 2);
	assert_int_equal(next.at[0].run_seed, next.at[1].run_seed);
	add_run(&all, &next);
	l.skip = 0;
	assert_int_equal(fpb_calibration_next(&l, &all, &next), 8);
	assert_int_equal(next.n, 3);
	assert_int_equal(next.at[0].block, 1);
	assert_int_equal(next.at[0].percent, 1);
	assert_int_equal(next.at[2].percent, 10);
	assert_int_not_equal(next.at[0].run_seed, all.at[1].run_seed);
	free(all.at);
}

static void loops_that_cost_nothing_end_it(void **state)
{
	const struct fpb_calibration_list l = {
		.blocks = 1, .part = 1, .parts = 1, .seed = 1,
	};
	struct fpb_sessions all = { 0 };
	struct fpb_calibration_run next;
	int ret;

	while ((ret = fpb_calibration_next(&l, &all, &next)) > 0)
		add(&all, with_effect(next.at[0], 1, 1.02));
	assert_int_equal(ret, -ENODATA);
	assert_in_range(all.n, 2, 20);
	free(all.at);
}

static void a_sizing_that_failed_is_run_again(void **state)
{
	const struct fpb_calibration_list l = {
		.blocks = 1, .part = 1, .parts = 1, .seed = 1,
	};
	struct fpb_sessions all = { 0 };
	struct fpb_calibration_run first, next;
	int ret;

	assert_int_equal(fpb_calibration_next(&l, &all, &first), 6);
	while ((ret = fpb_calibration_next(&l, &all, &next)) > 0) {
		assert_int_equal(next.at[0].loops, first.at[0].loops);
		assert_int_equal(next.at[0].block, all.n + 1);
		add_run(&all, &next);
	}
	assert_int_equal(ret, -EIO);
	assert_in_range(all.n, 2, 20);
	/* Without one of them it goes on. */
	all.n--;
	assert_int_equal(fpb_calibration_next(&l, &all, &next), 6);
	add(&all, with_effect(next.at[0], 0.8, 1.02));
	assert_int_equal(fpb_calibration_next(&l, &all, &next), 5);
	free(all.at);
}

/* All parts into @all; each begins with a session that sizes the loop. */
static void run_parts(struct fpb_calibration_list l, struct fpb_sessions *all)
{
	struct fpb_calibration_run next;

	add(all, with_effect((struct fpb_session){
		.kind = FPB_SESSION_SIZING, .loops = 1000, .load = l.load,
		.block = 1 }, 0.8, 1.02));
	for (l.part = 1; l.part <= l.parts; l.part++)
		while (fpb_calibration_next(&l, all, &next) > 0)
			add_run(all, &next);
}

static void parts_make_up_the_whole(void **state)
{
	struct fpb_calibration_list l = {
		.blocks = 7, .part = 1, .parts = 3, .seed = 5,
	};
	struct fpb_sessions all = { 0 };
	size_t i, j;

	run_parts(l, &all);
	assert_int_equal(all.n, 1 + 7 * FPB_CALIBRATION_PLANTED);
	l.load = true;
	run_parts(l, &all);
	assert_int_equal(all.n, 2 * (1 + 7 * FPB_CALIBRATION_PLANTED));
	for (i = 0; i < all.n; i++)
		for (j = 0; j < i; j++)
			/* One run is of one block. */
			assert_false(fpb_session_same(&all.at[i], &all.at[j]) ||
				     (all.at[i].run_seed &&
				      all.at[i].run_seed ==
				      all.at[j].run_seed &&
				      (all.at[i].block != all.at[j].block ||
				       all.at[i].load != all.at[j].load)));
	free(all.at);
}

/* --- what they came to ------------------------------------------------------ */

static void groups_are_counted(void **state)
{
	static const double effects[] = { 0.94, 0.95, 0.96, 0.99, 1.03 };
	struct fpb_calibration_group g;
	struct fpb_sessions all = { 0 };
	double mean = 0;

	for (size_t i = 0; i < NELEM(effects); i++) {
		add(&all, with_effect(session(FPB_SESSION_PLANTED, 5, i + 1),
				      effects[i], 1.02));
		mean += log(effects[i]) / NELEM(effects);
	}
	all.at[1].status = 4;
	all.at[2].rows[0].verdict.direction = 1;
	all.at[2].nrows = 1;
	add(&all, session(FPB_SESSION_PLANTED, 5, 9));
	add(&all, session(FPB_SESSION_PLANTED, 2, 9));

	assert_int_equal(fpb_calibration_group(&all, FPB_SESSION_PLANTED, 5,
					       false, &g), 0);
	assert_int_equal(g.n, 6);
	assert_int_equal(g.without, 1);
	assert_int_equal(g.failed, 1);
	assert_int_equal(g.slower.k, 3);
	assert_int_equal(g.slower.n, 6);
	assert_int_equal(g.claims.k, 4);
	assert_int_equal(g.wrong, 1);
	assert_int_equal(g.row_claims.k, 1);
	assert_as_in_r(g.mean.value, mean);
	/* exp(mean) is 0.9734: 0.96 and 0.99 are within 2 % of it. */
	assert_int_equal(g.covered.k, 2);
	assert_int_equal(g.covered.n, 5);
	assert_as_in_r(g.resolution, 0.02);
	/* R: sd(log(c(.94, .95, .96, .99, 1.03))) * 3 */
	assert_as_in_r(g.sd_pair, 0.111077416351);
	assert_int_equal(fpb_calibration_group(&all, FPB_SESSION_PLANTED, 5,
					       true, &g), 0);
	assert_int_equal(g.n, 0);
	free(all.at);
}

static void sessions_are_drawn_from_boot_pairs(void **state)
{
	struct fpb_calibration_group g = {
		.kind = FPB_SESSION_PLANTED, .percent = 5,
	};
	struct fpb_session x = session(FPB_SESSION_PLANTED, 5, 1);
	struct fpb_sessions all = { 0 };
	struct fpb_proportion found;

	for (x.npairs = 0; x.npairs < 100; x.npairs++)
		x.pairs[x.npairs] = -0.05 - 0.0001 * x.npairs;
	add(&all, x);
	assert_int_equal(fpb_calibration_draw(&all, &g, 11, 10, &found), 0);
	add(&all, x);
	add(&all, session(FPB_SESSION_PLANTED, 2, 1));
	assert_int_equal(fpb_calibration_draw(&all, &g, 11, 10, &found), 200);
	assert_int_equal(found.k, 10);
	assert_int_equal(found.n, 10);
	/* One in two pairs says the opposite: nothing is claimed, or little. */
	for (size_t i = 0; i < x.npairs; i++)
		all.at[0].pairs[i] = -all.at[0].pairs[i];
	assert_int_equal(fpb_calibration_draw(&all, &g, 19, 1000, &found), 200);
	assert_in_range(found.k, 0, 30);
	/* Faster would be wrong here, but a claim if the kernels are the same. */
	for (size_t i = 0; i < x.npairs; i++)
		all.at[1].pairs[i] = all.at[0].pairs[i];
	assert_int_equal(fpb_calibration_draw(&all, &g, 11, 10, &found), 200);
	assert_int_equal(found.k, 0);
	for (size_t i = 0; i < 2; i++) {
		all.at[i].kind = FPB_SESSION_IDENTICAL;
		all.at[i].percent = 0;
	}
	g = (struct fpb_calibration_group){ .kind = FPB_SESSION_IDENTICAL };
	assert_int_equal(fpb_calibration_draw(&all, &g, 11, 10, &found), 200);
	assert_int_equal(found.k, 10);
	free(all.at);
}

static char *report(const char *file)
{
	char why[FPB_REASON_MAX], *text = fixture_text(file), *table = NULL;
	struct fpb_sessions all = { 0 };
	size_t line, len;
	FILE *out;

	if (fpb_sessions_add(&all, file, text, &line, why))
		fail_msg("%s:%zu: %s", file, line, why);
	out = open_memstream(&table, &len);
	assert_int_equal(fpb_report_calibration(out, &all), 0);
	fclose(out);
	free(all.at);
	free(text);
	return table;
}

static void the_table_is_what_it_was(void **state)
{
	char *table = report("calibration.jsonl"), *want;
	FILE *out = getenv("FPB_TEST_UPDATE") ?
		    fixture_open("golden/calibration.txt", "w") : NULL;

	if (out) {
		fputs(table, out);
		fclose(out);
	}
	want = fixture_text("golden/calibration.txt");
	assert_string_equal(table, want);
	for (char *l = strtok(table, "\n"); l; l = strtok(NULL, "\n"))
		assert_in_range(fpb_text_width(l), 0, 75);
	free(want);
	free(table);
}

/* The first columns of a table's row that begins with @first. */
static void find_row(const char *table, const char *first, char cols[4][32])
{
	const char *at = strstr(table, first);

	assert_non_null(at);
	assert_int_equal(sscanf(at, "%31[^|]| %31[^|]| %31[^|]| %31[^|]|",
				cols[0], cols[1], cols[2], cols[3]), 4);
}

static void one_session_has_no_deviation(void **state)
{
	struct fpb_sessions all = { 0 };
	char *table = NULL, cols[4][32];
	size_t len;
	FILE *out = open_memstream(&table, &len);

	add(&all, with_effect(session(FPB_SESSION_PLANTED, 2, 1), 0.98, 1.01));
	assert_int_equal(fpb_report_calibration(out, &all), 0);
	fclose(out);
	find_row(strstr(table, "Precision"), "quiet", cols);
	assert_string_equal(cols[2], "- ");
	free(table);
	free(all.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proportion_has_the_interval_of_r),
		cmocka_unit_test(a_session_is_what_its_table_says),
		cmocka_unit_test(a_damaged_line_is_named),
		cmocka_unit_test(a_session_counts_once),
		cmocka_unit_test(the_cost_of_a_loop_comes_first),
		cmocka_unit_test(the_rest_of_a_block_is_one_run),
		cmocka_unit_test(loops_that_cost_nothing_end_it),
		cmocka_unit_test(a_sizing_that_failed_is_run_again),
		cmocka_unit_test(parts_make_up_the_whole),
		cmocka_unit_test(groups_are_counted),
		cmocka_unit_test(sessions_are_drawn_from_boot_pairs),
		cmocka_unit_test(the_table_is_what_it_was),
		cmocka_unit_test(one_session_has_no_deviation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
