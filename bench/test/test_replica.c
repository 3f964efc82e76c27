// SPDX-License-Identifier: GPL-2.0
/* core/replica.c: whether a second run says the same; report/replica.c: the text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/grid.h"
#include "core/replica.h"
#include "fixture.h"
#include "report/replica.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* --- one verdict ------------------------------------------------------------ */

struct side {
	double lo, hi;			/* 0, 0: no interval */
	int direction;
	bool within;
	bool missing;
};

#define FASTER(lo, hi)	{ lo, hi, 1, false, false }
#define SLOWER(lo, hi)	{ lo, hi, -1, false, false }
#define WITHIN(lo, hi)	{ lo, hi, 0, true, false }
#define SMALL(lo, hi)	{ lo, hi, 1, true, false }	/* faster, < 5 % */
#define OPEN(lo, hi)	{ lo, hi, 0, false, false }
#define TOO_FEW		{ 0, 0, 0, false, false }
#define MISSING		{ 0, 0, 0, false, true }

static const struct {
	const char *name;
	struct side a, b;
	enum fpb_agreement is;
} cases[] = {
	{ "the same direction, and overlapping",
	  FASTER(1.2, 1.3), FASTER(1.25, 1.4), FPB_AGREES },
	{ "one interval inside of the other",
	  FASTER(1.1, 1.5), FASTER(1.25, 1.3), FPB_AGREES },
	{ "touching is overlapping",
	  FASTER(1.2, 1.3), FASTER(1.3, 1.4), FPB_AGREES },
	{ "both slower", SLOWER(0.8, 0.9), SLOWER(0.85, 0.95), FPB_AGREES },
	{ "the same direction, intervals apart",
	  FASTER(1.2, 1.3), FASTER(1.31, 1.4), FPB_APART },
	{ "both slower, apart",
	  SLOWER(0.5, 0.6), SLOWER(0.85, 0.95), FPB_APART },
	{ "opposite", FASTER(1.2, 1.3), SLOWER(0.8, 0.9), FPB_OPPOSITE },
	{ "opposite, small", SMALL(1.01, 1.02), SLOWER(0.8, 0.9),
	  FPB_OPPOSITE },
	{ "both within", WITHIN(0.97, 1.03), WITHIN(0.99, 1.01), FPB_AGREES },
	{ "both within, apart", WITHIN(0.96, 0.999), WITHIN(1.0, 1.04),
	  FPB_APART },
	{ "faster, and faster but within",
	  FASTER(1.03, 1.2), SMALL(1.01, 1.04), FPB_AGREES },
	{ "faster, and within: apart",
	  FASTER(1.2, 1.3), WITHIN(0.98, 1.02), FPB_APART },
	{ "faster, and within: overlapping",
	  SMALL(1.01, 1.04), WITHIN(0.98, 1.02), FPB_OPEN },
	{ "the second is not resolved",
	  FASTER(1.1, 1.3), OPEN(0.9, 1.2), FPB_OPEN },
	{ "the first is not resolved",
	  OPEN(0.9, 1.2), FASTER(1.1, 1.3), FPB_OPEN },
	{ "neither is", OPEN(0.9, 1.2), OPEN(0.8, 1.1), FPB_OPEN },
	{ "not resolved, but apart",
	  FASTER(1.5, 1.6), OPEN(0.9, 1.2), FPB_APART },
	{ "the second has too few rounds",
	  FASTER(1.1, 1.3), TOO_FEW, FPB_OPEN },
	{ "both have too few", TOO_FEW, TOO_FEW, FPB_OPEN },
	{ "the second has no such row", FASTER(1.1, 1.3), MISSING, FPB_MISSING },
	{ "the first has no number", MISSING, FASTER(1.1, 1.3), FPB_MISSING },
};

static struct fpb_estimate estimate(const struct side *s)
{
	return (struct fpb_estimate){
		.n = s->missing ? 0 : 19, .value = (s->lo + s->hi) / 2,
		.has_interval = s->hi > 0, .lo = s->lo, .hi = s->hi,
	};
}

static void verdicts_agree_or_not(void **state)
{
	for (size_t i = 0; i < NELEM(cases); i++) {
		const struct side *x = &cases[i].a, *y = &cases[i].b;
		struct fpb_estimate a = estimate(x), b = estimate(y);
		struct fpb_verdict va = { x->direction, x->within };
		struct fpb_verdict vb = { y->direction, y->within };

		print_message("# %s\n", cases[i].name);
		assert_int_equal(fpb_agreement(&a, va, &b, vb), cases[i].is);
		/* Which run was first does not matter. */
		assert_int_equal(fpb_agreement(&b, vb, &a, va), cases[i].is);
	}
}

/* --- two runs --------------------------------------------------------------- */

/* Both of one run in the test data, and what of them is changed. */
struct two {
	struct fpb_rundata run[2];
	struct fpb_summary s[2];
	struct fpb_replica r;
};

/* The second run is faster by this factor in all that is no control. */
static void load(struct two *t, const char *first, const char *second,
		 double faster)
{
	fixture_load(first, &t->run[0]);
	fixture_load(second, &t->run[1]);
	t->run[1].manifest.id = "the-second";
	for (size_t i = 0; i < t->run[1].nsamples; i++) {
		struct fpb_sample *s = &t->run[1].samples[i];

		if (!fpb_cell_is_raw(&s->cell) &&
		    strcmp(s->kernel, t->run[1].manifest.kernels[0].name)) {
			s->iops *= faster;
			s->duet.log_ratio += log(faster);
			s->duet.log_total += log(faster);
		}
	}
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(fpb_summary_of_run(&t->s[i], &t->run[i],
						    FPB_MARGIN_DEFAULT), 0);
	assert_int_equal(fpb_replica_compare(&t->r, &t->s[0], &t->s[1]), 0);
}

static void unload(struct two *t)
{
	fpb_replica_free(&t->r);
	for (size_t i = 0; i < 2; i++) {
		fpb_summary_free(&t->s[i]);
		fpb_rundata_free(&t->run[i]);
	}
}

static void a_run_agrees_with_its_copy(void **state)
{
	struct two t;

	load(&t, "duet", "duet", 1);
	/* Two regimes, four numbers of jobs, no control. */
	assert_int_equal(t.r.neffects, 2);
	assert_int_equal(t.r.nrows, 8);
	assert_int_equal(t.r.effects_by[FPB_AGREES], 2);
	assert_int_equal(t.r.rows_by[FPB_AGREES], 8);
	assert_false(fpb_replica_disagrees(&t.r));
	assert_false(fpb_replica_unclear(&t.r));
	unload(&t);
}

static void another_size_does_not_agree(void **state)
{
	struct two t;

	load(&t, "duet", "duet", 1.3);
	assert_int_equal(t.r.effects_by[FPB_APART], 2);
	assert_true(fpb_replica_disagrees(&t.r));
	assert_false(fpb_replica_unclear(&t.r));
	unload(&t);
}

static void another_direction_does_not_agree(void **state)
{
	struct two t;

	load(&t, "duet", "duet", 0.1);
	assert_int_equal(t.r.effects_by[FPB_OPPOSITE], 2);
	assert_true(fpb_replica_disagrees(&t.r));
	unload(&t);
}

/* Three kernels in six rounds: no effect has an interval. */
static void too_few_rounds_are_unclear(void **state)
{
	struct two t;

	load(&t, "three-kernels", "three-kernels", 1);
	assert_int_equal(t.r.neffects, 2);
	assert_int_equal(t.r.effects_by[FPB_OPEN], 2);
	assert_false(fpb_replica_disagrees(&t.r));
	assert_true(fpb_replica_unclear(&t.r));
	/* Rows of one kernel stand side by side. */
	for (size_t i = 1; i < t.r.nrows; i++)
		assert_true(t.r.rows[i].side >= t.r.rows[i - 1].side);
	unload(&t);
}

/* The second run lacks a kernel, and a number of jobs. */
static void what_is_missing_is_said(void **state)
{
	struct two t;

	load(&t, "three-kernels", "two-kernels-two-regimes", 1);
	assert_int_equal(t.r.effects_by[FPB_MISSING], 1);
	assert_true(t.r.rows_by[FPB_MISSING] > 0);
	assert_true(fpb_replica_unclear(&t.r));
	unload(&t);
	load(&t, "two-kernels-two-regimes", "duet", 1);
	/* 3, 5, 6 and 7 jobs, in two regimes */
	assert_int_equal(t.r.rows_by[FPB_MISSING], 8);
	unload(&t);
}

/* --- which runs ------------------------------------------------------------- */

static const struct {
	const char *path, *value;
	const char *why;		/* NULL: still a replication */
} changes[] = {
	{ "id", "\"another\"", NULL },
	{ "host", "{\"cpu_model\": \"X\"}", NULL },
	{ "backend", "{\"name\": \"qemu\"}",
	  "the backend was uml and is qemu" },
	{ "kernels", "[{\"name\": \"other\"}]",
	  "the baseline was baseline and is other" },
	{ "kernels", "[{\"name\": \"baseline\", \"release\": \"1.0\"}]",
	  "kernel baseline: release was 7.3.4 and is 1.0" },
};

static void kernels_are_those_of_the_run(void **state)
{
	json_t *then = json_loads("{\"arch\": \"um\", \"release\": \"7.3.4\","
		"\"patches\": [{\"patch_id\": \"1f\", \"subject\": \"x\"}]}",
		0, NULL);
	json_t *now = json_deep_copy(then);
	char why[FPB_REASON_MAX];

	json_object_set_new(json_array_get(json_object_get(now, "patches"), 0),
			    "subject", json_string("0001.patch"));
	json_object_set_new(now, "image_sha256", json_string("other"));
	assert_int_equal(fpb_replica_check_kernel(then, now, why), 0);
	json_object_set_new(json_array_get(json_object_get(now, "patches"), 0),
			    "patch_id", json_string("2e"));
	assert_int_equal(fpb_replica_check_kernel(then, now, why), -EINVAL);
	assert_string_equal(why, "it was built with other patches");
	json_object_del(now, "patches");
	assert_int_equal(fpb_replica_check_kernel(then, now, why), -EINVAL);
	json_object_set_new(now, "release", json_string("7.3.5"));
	assert_int_equal(fpb_replica_check_kernel(then, now, why), -EINVAL);
	assert_string_equal(why, "release was 7.3.4 and is 7.3.5");
	assert_int_equal(fpb_replica_check_kernel(then, NULL, why), -EINVAL);
	assert_string_equal(why, "arch was um and is unknown");
	json_decref(now);
	json_decref(then);
}

static void other_runs_are_refused(void **state)
{
	char why[FPB_REASON_MAX];
	struct fpb_manifest other;
	struct fpb_rundata run;
	json_t *root;
	size_t i;

	fixture_load("duet", &run);
	assert_int_equal(fpb_replica_check(&run.manifest, &run.manifest, why),
			 -EINVAL);
	assert_string_equal(why, "both are run fixture-duet");
	for (i = 0; i < NELEM(changes); i++) {
		root = json_deep_copy(run.manifest.root);
		json_object_set_new(root, "id", json_string("second"));
		json_object_set_new(root, changes[i].path,
				    json_loads(changes[i].value,
					       JSON_DECODE_ANY, NULL));
		assert_int_equal(fpb_manifest_init(&other, root, why), 0);
		print_message("# %s\n", changes[i].path);
		assert_int_equal(fpb_replica_check(&run.manifest, &other, why),
				 changes[i].why ? -EINVAL : 0);
		if (changes[i].why)
			assert_string_equal(why, changes[i].why);
		fpb_manifest_free(&other);
		json_decref(root);
	}
	fpb_rundata_free(&run);
}

/* --- the text --------------------------------------------------------------- */

static char *text_of_two(const struct two *t)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(fpb_report_replica(out, &t->r), 0);
	fclose(out);
	return text;
}

static const struct {
	const char *first, *second;
	double faster;
	const char *golden;		/* NULL: its width is enough */
} texts[] = {
	{ "duet", "duet", 1, "replica-agrees.txt" },
	{ "duet", "duet", 1.3, "replica-apart.txt" },
	{ "duet", "duet", 0.1, NULL },
	{ "three-kernels", "three-kernels", 1, NULL },
	{ "two-kernels-two-regimes", "duet", 1, NULL },
	{ "workloads", "workloads", 1, NULL },
	{ "long-names", "long-names", 1, NULL },
	{ "raw-differs", "raw-differs", 1, NULL },
	{ "patched-behaves-unpatched", "patched-behaves-unpatched", 1, NULL },
};

static void texts_are_as_they_were_and_fit_a_mail(void **state)
{
	for (size_t i = 0; i < NELEM(texts); i++) {
		char *text, *line, *save = NULL;
		struct two t;

		print_message("# %s, %s\n", texts[i].first, texts[i].second);
		load(&t, texts[i].first, texts[i].second, texts[i].faster);
		text = text_of_two(&t);
		unload(&t);
		if (texts[i].golden)
			compare_golden(texts[i].golden, text);
		assert_non_null(strstr(text, "session is the unit"));
		assert_null(strstr(text, "p ="));
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			if (fpb_text_width(line) > 75)
				fail_msg("too wide: %s", line);
		}
		free(text);
	}
}

/* fixture: raw differs */
static void what_is_unproven_comes_first(void **state)
{
	struct two t;
	char *text;

	load(&t, "raw-differs", "raw-differs", 1);
	text = text_of_two(&t);
	assert_memory_equal(text, "UNPROVEN: in run ", 17);
	free(text);
	unload(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_agree_or_not),
		cmocka_unit_test(a_run_agrees_with_its_copy),
		cmocka_unit_test(another_size_does_not_agree),
		cmocka_unit_test(another_direction_does_not_agree),
		cmocka_unit_test(too_few_rounds_are_unclear),
		cmocka_unit_test(what_is_missing_is_said),
		cmocka_unit_test(kernels_are_those_of_the_run),
		cmocka_unit_test(other_runs_are_refused),
		cmocka_unit_test(texts_are_as_they_were_and_fit_a_mail),
		cmocka_unit_test(what_is_unproven_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
