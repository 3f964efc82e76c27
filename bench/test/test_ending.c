// SPDX-License-Identifier: GPL-2.0
/* core/ending.c: after which round a run ends, and by which rule. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/effect.h"
#include "core/ending.h"
#include "fixture.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define ROUNDS		24

/* Ratios whose spread gives about +-@width per cent after 12 rounds. */
static void fill(struct fpb_rundata *run, double width, unsigned int wide_from)
{
	const struct fpb_manifest *m = &run->manifest;

	for (unsigned int i = 0; i < 2 * m->ncells * ROUNDS; i++) {
		struct fpb_sample *s = &run->samples[i];
		unsigned int round = i / (2 * m->ncells) + 1;
		double step = (round % 5 - 2.0) / 2 * width / 100;

		*s = (struct fpb_sample){
			.round = round, .attempt = 1, .iops = 1000,
			.cell = m->cells[i / 2 % m->ncells],
		};
		strcpy(s->kernel, m->kernels[i % 2].name);
		if (i % 2 && !fpb_cell_is_raw(&s->cell))
			s->iops *= exp(round >= wide_from ? 20 * step : step);
		/* The control's width is no part of the rule. */
		if (i % 2 && fpb_cell_is_raw(&s->cell))
			s->iops *= exp(10 * step);
	}
}

static void make_of(struct fpb_rundata *run, const char *rule,
		    const char *regimes)
{
	struct fpb_rundata_error err;
	char text[1024];

	snprintf(text, sizeof(text), "{\"schema\": 1, \"backend\": {\"name\": "
		 "\"uml\"}, \"kernels\": [{\"name\": \"a\"}, {\"name\": "
		 "\"b\"}], \"plan\": {\"numjobs\": [1], \"targets\": [\"raw\", "
		 "\"fuse\"], \"workloads\": [\"w\"], \"regimes\": [%s], "
		 "\"pairing\": \"duet\", %s \"rounds\": %d}}", regimes, rule,
		 ROUNDS);
	if (fpb_rundata_parse(run, text_of(text), text_of(""), text_of(""),
			      &err))
		fail_msg("%s", err.why);
	run->nsamples = 2 * run->manifest.ncells * ROUNDS;
	run->samples = calloc(run->nsamples, sizeof(*run->samples));
	run->boots = calloc(2 * ROUNDS, sizeof(*run->boots));
	assert_non_null(run->samples);
	assert_non_null(run->boots);
	for (run->nboots = 0; run->nboots < 2 * ROUNDS; run->nboots++) {
		struct fpb_boot *b = &run->boots[run->nboots];

		b->round = run->nboots / 2 + 1;
		b->attempt = 1;
		b->seconds = 10;
		strcpy(b->kernel, run->nboots % 2 ? "b" : "a");
		strcpy(b->status, "ok");
	}
}

static void make(struct fpb_rundata *run, const char *rule)
{
	make_of(run, rule, "\"cpu\"");
}

static const struct {
	const char *name, *plan;
	double width;
	unsigned int wide_from;
	unsigned int end;		/* after this round */
	const char *rule;		/* NULL: by none */
} cases[] = {
	{ "no rule", "", 0.5, 99, ROUNDS, NULL },
	{ "narrow at the first look", "\"until_ci_pct\": 3,", 1, 99, 9,
	  FPB_END_INTERVAL },
	{ "not narrow before the second", "\"until_ci_pct\": 0.9,", 1, 99,
	  12, FPB_END_INTERVAL },
	{ "never narrow", "\"until_ci_pct\": 0.1,", 3, 99, ROUNDS,
	  FPB_END_ROUNDS },
	{ "later rounds do not count", "\"until_ci_pct\": 3,", 1, 10, 9,
	  FPB_END_INTERVAL },
	/* Ten seconds each, of both kernels together. */
	{ "no time for a sixth", "\"max_time_ms\": 59999,", 1, 99, 5,
	  FPB_END_TIME },
	{ "just time for it", "\"max_time_ms\": 60000,", 1, 99, 6,
	  FPB_END_TIME },
	{ "time for all", "\"max_time_ms\": 900000,", 1, 99, ROUNDS,
	  FPB_END_ROUNDS },
	{ "no time for one", "\"max_time_ms\": 1000,", 1, 99, 1,
	  FPB_END_TIME },
	{ "width before time", "\"until_ci_pct\": 3, \"max_time_ms\": 90000,",
	  1, 99, 9, FPB_END_INTERVAL },
	/* 1 % over eight looks takes 10 boot pairs, then 15, 20 and 29. */
	{ "on one side", "\"until_side_pct\": 2.5, \"side_risk_pct\": 1,", 1,
	  99, 10, FPB_END_SIDE },
	{ "on neither side", "\"until_side_pct\": 0.1, \"side_risk_pct\": 1,",
	  1, 99, ROUNDS, FPB_END_ROUNDS },
	{ "a small risk takes longer",
	  "\"until_side_pct\": 2.5, \"side_risk_pct\": 0.1,", 1, 99, 13,
	  FPB_END_SIDE },
};

static void a_rule_ends_a_run(void **state)
{
	struct fpb_rundata run;
	unsigned int done;
	const char *rule;

	for (size_t i = 0; i < NELEM(cases); i++) {
		make(&run, cases[i].plan);
		fill(&run, cases[i].width, cases[i].wide_from);
		for (done = 1, rule = NULL; done <= ROUNDS; done++) {
			assert_int_equal(fpb_ending(&run, done, &rule), 0);
			if (rule || done == ROUNDS)
				break;
		}
		if (done != cases[i].end || !rule != !cases[i].rule ||
		    (rule && strcmp(rule, cases[i].rule)))
			fail_msg("%s: after round %u by \"%s\"", cases[i].name,
				 done, rule ? rule : "none");
		fpb_rundata_free(&run);
	}
}

/* Two effects share the level, so that 9 rounds are too few for intervals. */
static void the_first_look_is_where_intervals_can_be(void **state)
{
	const double alpha = fpb_effects_alpha(true, 0);
	struct fpb_rundata run;
	const char *rule;

	assert_int_equal(fpb_effect_rounds_min(alpha / 1), 9);
	assert_int_equal(fpb_effect_rounds_min(alpha / 2), 10);
	assert_int_equal(fpb_effect_rounds_min(alpha / 3), 10);
	assert_int_equal(fpb_effect_rounds_min(alpha / 4), 11);
	make_of(&run, "\"until_ci_pct\": 3,", "\"cpu\", \"device\"");
	fill(&run, 1, 99);
	assert_int_equal(fpb_ending(&run, 9, &rule), 0);
	assert_null(rule);
	assert_int_equal(fpb_ending(&run, 10, &rule), 0);
	assert_string_equal(rule, FPB_END_INTERVAL);
	fpb_rundata_free(&run);
}

/* What was killed before its boot ended has samples only. */
static void a_round_has_begun_with_its_first_boot_or_sample(void **state)
{
	struct fpb_rundata run;

	make(&run, "");
	fill(&run, 1, 99);
	assert_int_equal(fpb_ending_begun(&run), ROUNDS);
	run.nboots = 2 * 13 - 1;
	run.nsamples = 0;
	assert_int_equal(fpb_ending_begun(&run), 13);
	run.nsamples = 2 * run.manifest.ncells * 13 + 1;
	assert_int_equal(fpb_ending_begun(&run), 14);
	run.nboots = run.nsamples = 0;
	assert_int_equal(fpb_ending_begun(&run), 0);
	fpb_rundata_free(&run);
}

/* One after the other: a round takes as long as both of its boots. */
static void kernels_in_turn_take_longer(void **state)
{
	struct fpb_rundata run;
	const char *rule;

	make(&run, "\"max_time_ms\": 60000,");
	run.manifest.duet = false;
	assert_true(fpb_ending_seconds(&run, 2) == 40);
	assert_int_equal(fpb_ending(&run, 2, &rule), 0);
	assert_null(rule);
	assert_int_equal(fpb_ending(&run, 3, &rule), 0);
	assert_string_equal(rule, FPB_END_TIME);
	fpb_rundata_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_ends_a_run),
		cmocka_unit_test(the_first_look_is_where_intervals_can_be),
		cmocka_unit_test(
			a_round_has_begun_with_its_first_boot_or_sample),
		cmocka_unit_test(kernels_in_turn_take_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
