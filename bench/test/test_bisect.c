// SPDX-License-Identifier: GPL-2.0
/*
 * core/bisect.c and core/looks.c: what a revision is, and how often a search that
 * is made of such verdicts finds the commit. Fixed seeds; the table is printed.
 * FPB_TEST_SEARCHES=N simulates N searches of each kind.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "core/bisect.h"
#include "core/effect.h"
#include "core/ending.h"
#include "core/looks.h"
#include "core/revision.h"
#include "fixture.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define COMMITS		64
#define EFFECT		0.05
#define RISK		0.05
/* In a row end a search: bisect/search.c. */
#define SKIPS_MAX	3

static void steps_are_the_logarithm(void **state)
{
	static const struct {
		size_t commits;
		unsigned int steps;
	} cases[] = {
		{ 1, 0 }, { 2, 1 }, { 3, 2 }, { 4, 2 }, { 5, 3 }, { 64, 6 },
		{ 65, 7 }, { 10000, 14 },
	};

	for (size_t i = 0; i < NELEM(cases); i++)
		assert_int_equal(fpb_bisect_steps(cases[i].commits),
				 cases[i].steps);
}

static void the_rule_shares_the_risk(void **state)
{
	const double each = fpb_bisect_risk(RISK, 6);
	struct fpb_plan p;
	unsigned int first;

	assert_true(fabs(7 * each - RISK) < 1e-12);
	fpb_plan_default(&p);
	fpb_bisect_rule(&p, EFFECT, each);
	assert_int_equal(p.until_side, 250);
	/* 0.714 %, less what hundredths cannot hold. */
	assert_int_equal(p.side_risk, 71);
	first = fpb_effect_rounds_min(fpb_effects_alpha(false, 0.0071));
	assert_int_equal(first, 11);
	assert_int_equal(p.rounds, fpb_looks_round(first, FPB_LOOKS));
	/* Never 0, which would be no rule. */
	fpb_bisect_rule(&p, EFFECT, 1e-9);
	assert_int_equal(p.side_risk, 1);
}

static void looks_are_where_they_are_fixed(void **state)
{
	static const unsigned int at[FPB_LOOKS] = {
		10, 15, 20, 29, 40, 57, 80, 114,
	};
	unsigned int round, k = 0;

	for (round = 1; round <= 200; round++) {
		const bool look = k < FPB_LOOKS && at[k] == round;

		assert_int_equal(fpb_looks_at(10, round), look);
		k += look;
	}
	assert_int_equal(k, FPB_LOOKS);
}

static void a_side_needs_the_whole_interval(void **state)
{
	static const struct {
		struct fpb_estimate e;
		int side;
	} cases[] = {
		{ { .n = 9, .has_interval = true, .lo = 0.98, .hi = 1 }, 1 },
		{ { .n = 9, .has_interval = true, .lo = 0.9, .hi = 0.97 }, -1 },
		{ { .n = 9, .has_interval = true, .lo = 0.97, .hi = 0.98 }, 0 },
		{ { .n = 9, .has_interval = true, .lo = 0.975, .hi = 1 }, 0 },
		{ { .n = 3, .lo = 0.98, .hi = 1 }, 0 },
	};

	for (size_t i = 0; i < NELEM(cases); i++)
		assert_int_equal(fpb_looks_side(&cases[i].e, 0.975),
				 cases[i].side);
}

/* --- one revision ----------------------------------------------------------- */

#define ROUNDS	10

/* Rates of the second kernel, of 1000 of the first, in @n boot pairs. */
static void make_run(struct fpb_rundata *run, const char *ended, double rate,
		     unsigned int n)
{
	struct fpb_rundata_error err;
	char text[1024];

	snprintf(text, sizeof(text), "{\"schema\": 1, \"backend\": {\"name\": "
		 "\"uml\"}, \"kernels\": [{\"name\": \"good\"}, {\"name\": "
		 "\"b\"}], \"plan\": {\"numjobs\": [1], \"targets\": [\"raw\", "
		 "\"fuse\"], \"workloads\": [\"w\"], \"regimes\": [\"cpu\"], "
		 "\"pairing\": \"duet\", \"rounds\": %d, \"until_side_pct\": "
		 "2.5, \"side_risk_pct\": 1}%s}", ROUNDS, ended);
	if (fpb_rundata_parse(run, text_of(text), text_of(""), text_of(""),
			      &err))
		fail_msg("%s", err.why);
	run->samples = calloc(4 * ROUNDS, sizeof(*run->samples));
	run->boots = calloc(1, sizeof(*run->boots));
	assert_non_null(run->samples);
	assert_non_null(run->boots);
	for (unsigned int i = 0; i < 4 * n; i++) {
		struct fpb_sample *s = &run->samples[run->nsamples++];

		*s = (struct fpb_sample){
			.round = i / 4 + 1, .attempt = 1,
			.cell = run->manifest.cells[i % 2], .iops = 1000,
		};
		strcpy(s->kernel, run->manifest.kernels[i / 2 % 2].name);
		/* What raw does is no part of the verdict. */
		if (i / 2 % 2)
			s->iops = fpb_cell_is_raw(&s->cell) ? 500 :
				  rate + i / 4 % 3;
	}
}

#define ENDED(rule)	", \"ended\": {\"rounds\": 10, \"rule\": \"" rule "\"}"

static void only_a_planned_look_has_a_verdict(void **state)
{
	static const struct {
		const char *ended;
		double rate;
		unsigned int pairs;
		enum fpb_bisect_verdict verdict;
		const char *reason;
	} cases[] = {
		{ ENDED("side"), 940, ROUNDS, FPB_BISECT_BAD, "" },
		{ ENDED("side"), 1000, ROUNDS, FPB_BISECT_GOOD, "" },
		{ ENDED("side"), 1100, ROUNDS, FPB_BISECT_GOOD, "" },
		{ ENDED("time"), 940, ROUNDS, FPB_BISECT_SKIP,
		  "not resolved after 10 boot pairs" },
		{ ENDED("rounds"), 975, ROUNDS, FPB_BISECT_SKIP,
		  "not resolved after 10 boot pairs" },
		{ "", 940, ROUNDS, FPB_BISECT_SKIP,
		  "not resolved after 10 boot pairs" },
		{ "", 940, 0, FPB_BISECT_SKIP,
		  "not resolved after 0 boot pairs" },
	};
	struct fpb_bisect_result result;
	struct fpb_rundata run;

	for (size_t i = 0; i < NELEM(cases); i++) {
		make_run(&run, cases[i].ended, cases[i].rate, cases[i].pairs);
		assert_int_equal(fpb_bisect_judge(&run, &result), 0);
		if (result.verdict != cases[i].verdict)
			fail_msg("case %zu: %s", i,
				 fpb_bisect_names[result.verdict]);
		assert_string_equal(result.reason, cases[i].reason);
		assert_int_equal(result.ratio.n, cases[i].pairs);
		fpb_rundata_free(&run);
	}
}

static void a_kernel_that_does_not_boot_is_skipped(void **state)
{
	struct fpb_bisect_result result;
	struct fpb_rundata run;

	make_run(&run, "", 940, 0);
	run.nboots = 1;
	run.boots[0].round = 1;
	strcpy(run.boots[0].kernel, "b");
	strcpy(run.boots[0].status, "failed");
	strcpy(run.boots[0].reason, "kernel panic: oh");
	assert_int_equal(fpb_bisect_judge(&run, &result), 0);
	assert_int_equal(result.verdict, FPB_BISECT_SKIP);
	assert_string_equal(result.reason,
			    "a boot of kernel b failed: kernel panic: oh");
	fpb_rundata_free(&run);
}

/* --- git's log, and ours ---------------------------------------------------- */

static void the_log_says_what_was_found(void **state)
{
	static const char begun[] =
		"# bad: [aaaa] bad\n# good: [bbbb] good\n"
		"git bisect start 'aaaa' 'bbbb'\n"
		"# skip: [cccc] # first bad commit: [dddd]\n"
		"git bisect skip cccc\n";
	char text[512], commit[FPB_COMMIT_MAX];

	assert_int_equal(fpb_bisect_found(begun, 0, commit), -ENOENT);
	assert_int_equal(fpb_bisect_found("", 0, commit), -ENOENT);
	snprintf(text, sizeof(text), "%s# first bad commit: [abc123] x\n",
		 begun);
	assert_int_equal(fpb_bisect_found(text, 0, commit), 0);
	assert_string_equal(commit, "abc123");
	assert_int_equal(fpb_bisect_found(text, 1, commit), -ENOENT);
	snprintf(text, sizeof(text), "%s# only skipped commits left to test\n"
		 "# possible first bad commit: [1111] y\n"
		 "# possible first bad commit: [2222] z", begun);
	assert_int_equal(fpb_bisect_found(text, 1, commit), 0);
	assert_string_equal(commit, "2222");
	assert_int_equal(fpb_bisect_found(text, 2, commit), -ENOENT);
}

static void a_verdict_is_read_as_it_was_written(void **state)
{
	static const struct fpb_revision was = {
		.commit = "0123abc", .subject = "fuse: \"a\", b",
		.result = {
			.verdict = FPB_BISECT_BAD,
			.ratio = { .n = 16, .value = 0.94, .lo = 0.92,
				   .hi = 0.96, .has_interval = true },
		},
	};
	static const struct fpb_revision skipped = {
		.commit = "4567def", .subject = "x",
		.result = { .reason = "it does not build" },
	};
	struct fpb_revisions all = { .n = 0 };
	const struct fpb_revision *is;
	char text[2048];
	json_t *o = fpb_revision_to_json(&was);
	json_t *p = fpb_revision_to_json(&skipped);
	char *a = json_dumps(o, JSON_COMPACT), *b = json_dumps(p, JSON_COMPACT);
	char why[FPB_REASON_MAX];
	size_t line;

	snprintf(text, sizeof(text), "%s\n%s\n", a, b);
	assert_int_equal(fpb_revisions_parse(&all, text, &line, why), 0);
	assert_int_equal(all.n, 2);
	is = fpb_revisions_find(&all, "0123abc");
	assert_non_null(is);
	assert_string_equal(is->subject, was.subject);
	assert_int_equal(is->result.verdict, FPB_BISECT_BAD);
	assert_int_equal(is->result.ratio.n, 16);
	assert_true(is->result.ratio.has_interval);
	assert_true(is->result.ratio.lo == 0.92);
	is = fpb_revisions_find(&all, "4567def");
	assert_non_null(is);
	assert_int_equal(is->result.ratio.n, 0);
	assert_string_equal(is->result.reason, "it does not build");
	assert_null(fpb_revisions_find(&all, "0123"));
	snprintf(text, sizeof(text), "%s\n{\"schema\": 1}\n", a);
	assert_int_equal(fpb_revisions_parse(&all, text, &line, why), -EINVAL);
	assert_int_equal(line, 2);
	assert_string_equal(why, "not a revision of schema 1");
	/* A ratio without a value is not one of 0. */
	json_object_del(json_object_get(o, "ratio"), "value");
	free(a);
	a = json_dumps(o, JSON_COMPACT);
	assert_int_equal(fpb_revisions_parse(&all, a, &line, why), -EINVAL);
	free(all.at);
	free(b);
	free(a);
	json_decref(p);
	json_decref(o);
}

/* --- whole searches --------------------------------------------------------- */

struct scene {
	const char *name;
	double sd;			/* of a boot pair's log effect */
	double slowdown, effect;	/* of the commit; looked for; 0.05: 5 % */
	unsigned int searches;
	unsigned int pairs_max;		/* that there is time for */
	double right_min, wrong_max;	/* shares */
};

struct tally {
	unsigned int right, wrong, untold, revisions;
	size_t pairs;
};

/* As a run of a revision ends: of which log ratios have @mean. */
static enum fpb_bisect_verdict judge(const struct scene *sc,
				     const struct fpb_plan *p, double mean,
				     gsl_rng *rng, struct tally *t)
{
	const double alpha = fpb_effects_alpha(false, p->side_risk / 1e4);
	const unsigned int first = fpb_effect_rounds_min(alpha);
	const double bound = 1 - p->until_side / 1e4;
	double pairs[FPB_PLAN_MAX_JOBS];
	struct fpb_estimate e;
	unsigned int n;
	int side = 0;

	t->revisions++;
	for (n = 0; !side && n < p->rounds && n < sc->pairs_max;) {
		pairs[n++] = mean + gsl_ran_gaussian(rng, sc->sd);
		if (!fpb_looks_at(first, n))
			continue;
		assert_int_equal(fpb_stats_centre(pairs, n, alpha, &e), 0);
		e = fpb_estimate_exp(e);
		side = fpb_looks_side(&e, bound);
	}
	t->pairs += n;
	return side < 0 ? FPB_BISECT_BAD : side > 0 ? FPB_BISECT_GOOD :
	       FPB_BISECT_SKIP;
}

/* The next to ask about between @lo, which is good, and @hi; 0: none is left. */
static unsigned int next(const bool *skipped, unsigned int lo, unsigned int hi)
{
	const unsigned int middle = (lo + hi) / 2;

	for (unsigned int d = 0; d < COMMITS; d++) {
		if (middle + d < hi && !skipped[middle + d])
			return middle + d;
		if (middle > lo + d && !skipped[middle - d])
			return middle - d;
	}
	return 0;
}

/* Commits are 1 to COMMITS, of which @at is the slow one. */
static void search(const struct scene *sc, const struct fpb_plan *p,
		   unsigned int at, gsl_rng *rng, struct tally *t)
{
	unsigned int lo = 0, hi = COMMITS, skips = 0, middle;
	bool skipped[COMMITS + 1] = { false };

	if (judge(sc, p, log(1 - sc->slowdown), rng, t) != FPB_BISECT_BAD) {
		t->untold++;
		return;
	}
	/* There is nothing to find. */
	if (!sc->slowdown) {
		t->wrong++;
		return;
	}
	while (hi - lo > 1 && skips < SKIPS_MAX &&
	       (middle = next(skipped, lo, hi)) > 0) {
		const double mean = middle >= at ? log(1 - sc->slowdown) : 0;

		switch (judge(sc, p, mean, rng, t)) {
		case FPB_BISECT_GOOD:
			lo = middle;
			skips = 0;
			break;
		case FPB_BISECT_BAD:
			hi = middle;
			skips = 0;
			break;
		case FPB_BISECT_SKIP:
			skipped[middle] = true;
			skips++;
			break;
		}
	}
	if (hi < at || lo >= at)
		t->wrong++;
	else if (hi - lo == 1)
		t->right++;
	else
		t->untold++;
}

static unsigned int searches_of(const struct scene *sc)
{
	const char *more = getenv("FPB_TEST_SEARCHES");

	return more ? strtoul(more, NULL, 10) : sc->searches;
}

static void play(const struct scene *sc)
{
	const unsigned int n = searches_of(sc);
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct tally t = { 0 };
	struct fpb_plan p;

	fpb_plan_default(&p);
	fpb_bisect_rule(&p, sc->effect,
			fpb_bisect_risk(RISK, fpb_bisect_steps(COMMITS)));
	for (unsigned int i = 0; i < n; i++)
		search(sc, &p, 1 + gsl_rng_uniform_int(rng, COMMITS), rng, &t);
	gsl_rng_free(rng);
	print_message("# %-34s %4u searches: right %5.1f %%, wrong %4.1f %%, "
		      "unresolved %5.1f %%; %.1f revisions of %.1f boot pairs\n",
		      sc->name, n, 100.0 * t.right / n, 100.0 * t.wrong / n,
		      100.0 * t.untold / n, 1.0 * t.revisions / n,
		      1.0 * t.pairs / t.revisions);
	/* Three standard errors of the count. */
	assert_true(t.wrong <= n * sc->wrong_max +
		    3 * sqrt(n * sc->wrong_max * (1 - sc->wrong_max)));
	assert_true(t.right >= n * sc->right_min -
		    3 * sqrt(n * sc->right_min * (1 - sc->right_min)));
}

/* Deviations of a boot pair as bench/calibration measured them. */
static void searches_find_the_commit(void **state)
{
	static const struct scene scenes[] = {
		{ "5 %, quiet", 0.025, 0.05, 0.05, 100, 150, 0.95, RISK },
		{ "5 %, busy", 0.07, 0.05, 0.05, 20, 150, 0, RISK },
		{ "10 %, busy", 0.07, 0.10, 0.10, 40, 150, 0.95, RISK },
		/* Just where good and bad meet: none of both is wrong. */
		{ "2.5 %, quiet", 0.025, 0.025, 0.05, 20, 150, 0, 1 },
		/* No slowdown at all: to begin to search is wrong. */
		{ "none, quiet", 0.025, 0, 0.05, 100, 150, 0, RISK },
	};

	for (size_t i = 0; i < NELEM(scenes); i++)
		play(&scenes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_the_logarithm),
		cmocka_unit_test(the_rule_shares_the_risk),
		cmocka_unit_test(looks_are_where_they_are_fixed),
		cmocka_unit_test(a_side_needs_the_whole_interval),
		cmocka_unit_test(only_a_planned_look_has_a_verdict),
		cmocka_unit_test(a_kernel_that_does_not_boot_is_skipped),
		cmocka_unit_test(the_log_says_what_was_found),
		cmocka_unit_test(a_verdict_is_read_as_it_was_written),
		cmocka_unit_test(searches_find_the_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
