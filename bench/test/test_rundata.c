// SPDX-License-Identifier: GPL-2.0
/* core/rundata.c and core/manifest.c: what is read, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/rundata.h"
#include "fixture.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* The smallest manifest that a report can use. */
#define MANIFEST \
	"{\"schema\": 1,\n" \
	" \"backend\": {\"name\": \"uml\", \"relative\": true},\n" \
	" \"kernels\": [{\"name\": \"a\", \"expect_lock\": null}],\n" \
	" \"plan\": {\"rounds\": 2, \"numjobs\": [1, 4],\n" \
	"  \"targets\": [\"raw\", \"fuse\"], \"regimes\": [\"cpu\"],\n" \
	"  \"workloads\": [\"w\"]}}\n"

#define SAMPLE(round, numjobs) \
	"{\"schema\": 1, \"boot\": \"b\", \"round\": " #round ", " \
	"\"kernel\": \"a\", \"attempt\": 1, \"seq\": 1, \"regime\": " \
	"\"cpu\", \"target\": \"raw\", \"workload\": \"w\", " \
	"\"numjobs\": " #numjobs ", \"status\": \"ok\", \"iops\": 5, " \
	"\"ios\": 5, \"runtime_ms\": 1000}"

/* The same with another rate, or by a second attempt. */
#define RATED(iops) \
	"{\"schema\": 1, \"boot\": \"b\", \"round\": 1, " \
	"\"kernel\": \"a\", \"attempt\": 1, \"seq\": 1, \"regime\": " \
	"\"cpu\", \"target\": \"raw\", \"workload\": \"w\", " \
	"\"numjobs\": 1, \"status\": \"ok\", \"iops\": " iops ", " \
	"\"ios\": 5, \"runtime_ms\": 1000}"
#define AGAIN \
	"{\"schema\": 1, \"boot\": \"b-2\", \"round\": 1, " \
	"\"kernel\": \"a\", \"attempt\": 2, \"seq\": 1, \"regime\": " \
	"\"cpu\", \"target\": \"raw\", \"workload\": \"w\", " \
	"\"numjobs\": 1, \"status\": \"failed\", \"reason\": \"x\"}"

#define DUET(over) \
	"{\"schema\": 1, \"boot\": \"b\", \"round\": 1, " \
	"\"kernel\": \"a\", \"attempt\": 1, \"seq\": 1, \"regime\": " \
	"\"cpu\", \"target\": \"raw\", \"workload\": \"w\", " \
	"\"numjobs\": 1, \"status\": \"ok\", \"iops\": 5, " \
	"\"ios\": 5, \"runtime_ms\": 1000, \"duet\": {\"over\": " \
	"\"" over "\", \"log_ratio\": 0, \"log_total\": 0, " \
	"\"log_sd\": 0, \"blocks\": 1, \"lost\": 0}}"

#define BOOT(kernel) \
	"{\"schema\": 1, \"boot\": \"b\", \"round\": 1, \"kernel\": \"" \
	kernel "\", \"attempt\": 1, \"status\": \"ok\"}\n"

static int parse(struct fpb_rundata *r, const char *manifest,
		 const char *boots, const char *samples,
		 struct fpb_rundata_error *err)
{
	return fpb_rundata_parse(r, text_of(manifest), text_of(boots),
				 text_of(samples), err);
}

static void a_plan_is_spread_out_into_cells(void **state)
{
	struct fpb_rundata_error err;
	struct fpb_rundata r;

	assert_int_equal(parse(&r, MANIFEST, BOOT("a"),
			       SAMPLE(1, 1) "\n" SAMPLE(2, 4) "\n", &err), 0);
	assert_int_equal(r.manifest.ncells, 4);
	assert_int_equal(r.manifest.cells[1].numjobs, 4);
	assert_string_equal(r.manifest.cells[1].target, "raw");
	assert_string_equal(r.manifest.cells[2].target, "fuse");
	assert_true(r.manifest.relative);
	assert_int_equal(r.manifest.kernels[0].expect, FPB_LOCK_UNKNOWN);
	assert_int_equal(r.nboots, 1);
	assert_int_equal(r.nsamples, 2);
	assert_int_equal(r.samples[1].cell.numjobs, 4);
	assert_false(r.samples_cut);
	fpb_rundata_free(&r);
}

static void a_line_that_a_kill_cut_short_is_left_out(void **state)
{
	struct fpb_rundata_error err;
	struct fpb_rundata r;

	assert_int_equal(parse(&r, MANIFEST, "{\"schema\"", SAMPLE(1, 1)
			       "\n{\"schema\": 1, \"bo", &err), 0);
	assert_int_equal(r.nsamples, 1);
	assert_true(r.samples_cut);
	assert_true(r.boots_cut);
	fpb_rundata_free(&r);
}

/* What a resumed run appends would go on in it. */
static void so_is_one_that_lacks_its_newline_alone(void **state)
{
	struct fpb_rundata_error err;
	struct fpb_rundata r;

	assert_int_equal(parse(&r, MANIFEST, "", SAMPLE(1, 1) "\n" SAMPLE(1, 4),
			       &err), 0);
	assert_int_equal(r.nsamples, 1);
	assert_true(r.samples_cut);
	fpb_rundata_free(&r);
}

static void a_second_attempt_is_another_sample(void **state)
{
	struct fpb_rundata_error err;
	struct fpb_rundata r;

	assert_int_equal(parse(&r, MANIFEST, "", SAMPLE(1, 1) "\n" AGAIN "\n"
			       SAMPLE(2, 1) "\n" SAMPLE(1, 4) "\n", &err), 0);
	assert_int_equal(r.nsamples, 4);
	fpb_rundata_free(&r);
}

static void the_highest_rate_is_read(void **state)
{
	struct fpb_rundata_error err;
	struct fpb_rundata r;

	assert_int_equal(parse(&r, MANIFEST, "", RATED("1e12") "\n", &err), 0);
	assert_true(r.samples[0].iops == 1e12);
	fpb_rundata_free(&r);
}

static const struct {
	const char *name;
	const char *manifest, *boots, *samples;
	const char *file;
	size_t line;
	const char *why;	/* a part of it; NULL: jansson's words */
} wrong[] = {
	{ "a broken line in the middle", MANIFEST, "",
	  SAMPLE(1, 1) "\n{\"schema\": 1, \"bo\n" SAMPLE(1, 4) "\n",
	  FPB_FILE_SAMPLES, 2, NULL },
	{ "a broken last line that is complete", MANIFEST, "",
	  SAMPLE(1, 1) "\nrubbish\n", FPB_FILE_SAMPLES, 2, NULL },
	{ "an empty line in the middle", MANIFEST, "",
	  SAMPLE(1, 1) "\n\n" SAMPLE(1, 4) "\n", FPB_FILE_SAMPLES, 2, NULL },
	{ "a duet over another kernel", MANIFEST, "", DUET("c") "\n",
	  FPB_FILE_SAMPLES, 1,
	  "duet over \"c\", which is not the first kernel" },
	{ "a cell that is not in the plan", MANIFEST, "", SAMPLE(1, 2) "\n",
	  FPB_FILE_SAMPLES, 1, "cpu w raw numjobs 2 is not in the plan" },
	{ "a round too many", MANIFEST, "", SAMPLE(3, 1) "\n",
	  FPB_FILE_SAMPLES, 1, "round 3 is not in the plan, which has 2" },
	{ "a round too few", MANIFEST, "", SAMPLE(0, 1) "\n",
	  FPB_FILE_SAMPLES, 1, "round 0 is not in the plan, which has 2" },
	{ "a kernel that is not in the manifest", MANIFEST,
	  BOOT("a") BOOT("z"), "", FPB_FILE_BOOTS, 2,
	  "kernel \"z\" is not in the manifest" },
	{ "a rate that no device has", MANIFEST, "",
	  SAMPLE(1, 4) "\n" RATED("1e308") "\n", FPB_FILE_SAMPLES, 2,
	  "key \"iops\": more than 1e+12" },
	{ "a digit that has changed", MANIFEST, "",
	  SAMPLE(1, 1) "\n{\"iops\":6,\"crc\":\"0fad8c26\"}\n",
	  FPB_FILE_SAMPLES, 2, "it has changed since it was written" },
	{ "a rate just above the most", MANIFEST, "",
	  RATED("1000000000001") "\n",
	  FPB_FILE_SAMPLES, 1, "key \"iops\": more than 1e+12" },
	{ "a sample that stands there twice", MANIFEST, "",
	  SAMPLE(1, 1) "\n" SAMPLE(2, 1) "\n" SAMPLE(1, 1) "\n",
	  FPB_FILE_SAMPLES, 3, "the same sample as in line 1" },
	{ "two samples of one cell in one boot", MANIFEST, "",
	  RATED("7") "\n" SAMPLE(1, 1) "\n", FPB_FILE_SAMPLES, 2,
	  "the same sample as in line 1" },
	{ "a boot that stands there twice", MANIFEST, BOOT("a") BOOT("a"), "",
	  FPB_FILE_BOOTS, 2, "the same boot as in line 1" },
	{ "a manifest that is not JSON", "{\n \"schema\": 1,\n oops\n}", "",
	  "", FPB_FILE_MANIFEST, 3, NULL },
	{ "an empty manifest", "", "", "", FPB_FILE_MANIFEST, 1, NULL },
	{ "a manifest of another schema", "{\"schema\": 7}", "", "",
	  FPB_FILE_MANIFEST, 0, "schema 7 is not known (known: 1)" },
	{ "a manifest that is a list", "[]", "", "", FPB_FILE_MANIFEST, 0,
	  "not a JSON object" },
};

static void what_is_wrong_is_named_with_its_line(void **state)
{
	struct fpb_rundata_error err;
	struct fpb_rundata r;
	size_t i;

	for (i = 0; i < NELEM(wrong); i++) {
		print_message("# %s\n", wrong[i].name);
		assert_int_equal(parse(&r, wrong[i].manifest, wrong[i].boots,
				       wrong[i].samples, &err), -EINVAL);
		assert_string_equal(err.file, wrong[i].file);
		assert_int_equal(err.line, wrong[i].line);
		assert_true(*err.why);
		if (wrong[i].why && !strstr(err.why, wrong[i].why))
			fail_msg("\"%s\", not \"%s\"", err.why, wrong[i].why);
	}
}

/* Merged into MANIFEST; null removes a key. */
static const struct {
	const char *name;
	const char *change;
	const char *why;
} manifests[] = {
	{ "no backend", "{\"backend\": null}",
	  "key \"backend.name\": missing" },
	{ "no kernels", "{\"kernels\": []}", "key \"kernels\": empty" },
	{ "one kernel twice",
	  "{\"kernels\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}",
	  "key \"kernels.name\": given twice" },
	{ "a kernel without a name", "{\"kernels\": [{}]}",
	  "key \"kernels.name\": missing" },
	{ "a lock nobody knows",
	  "{\"kernels\": [{\"name\": \"a\", \"expect_lock\": \"some\"}]}",
	  "key \"kernels.expect_lock\": not" },
	{ "no plan", "{\"plan\": null}", "key \"plan.rounds\": missing" },
	{ "no rounds", "{\"plan\": {\"rounds\": 0}}",
	  "key \"plan.rounds\": missing, or not a number from 1 to 65535" },
	{ "no regimes", "{\"plan\": {\"rounds\": 1, \"regimes\": 3}}",
	  "key \"plan.regimes\": missing, or not a list" },
	{ "a name that is a number",
	  "{\"plan\": {\"rounds\": 1, \"regimes\": [1]}}",
	  "key \"plan.regimes\": has an entry that is not a string" },
	{ "zero jobs", "{\"plan\": {\"rounds\": 1, \"regimes\": [\"r\"], "
	  "\"workloads\": [\"w\"], \"targets\": [\"raw\"], "
	  "\"numjobs\": [0]}}", "not a number from 1 to 65535" },
	{ "one cell twice", "{\"plan\": {\"rounds\": 1, \"regimes\": "
	  "[\"r\"], \"workloads\": [\"w\"], \"targets\": [\"raw\"], "
	  "\"numjobs\": [2, 2]}}", "the same cell twice" },
};

static json_t *changed_manifest(const char *change)
{
	json_t *o = json_loads(MANIFEST, 0, NULL);
	json_t *patch = json_loads(change, 0, NULL);
	const char *key;
	json_t *v;

	assert_non_null(patch);
	json_object_foreach(patch, key, v) {
		if (json_is_null(v))
			json_object_del(o, key);
		else
			json_object_set(o, key, v);
	}
	json_decref(patch);
	return o;
}

static void each_wrong_key_of_a_manifest_is_named(void **state)
{
	char why[FPB_REASON_MAX];
	struct fpb_manifest m;
	size_t i;

	for (i = 0; i < NELEM(manifests); i++) {
		json_t *o = changed_manifest(manifests[i].change);

		print_message("# %s\n", manifests[i].name);
		assert_int_equal(fpb_manifest_init(&m, o, why), -EINVAL);
		if (!strstr(why, manifests[i].why))
			fail_msg("\"%s\", not \"%s\"", why, manifests[i].why);
		json_decref(o);
	}
}

static void paths_of_keys_lead_to_values(void **state)
{
	json_t *o = json_loads(MANIFEST, 0, NULL);

	assert_string_equal(fpb_json_text(o, "backend.name"), "uml");
	assert_null(fpb_json_text(o, "backend.relative"));
	assert_null(fpb_json_at(o, "backend.name.more"));
	assert_null(fpb_json_at(o, "nothing.at.all"));
	assert_non_null(fpb_json_named(o, "kernels", "a"));
	assert_null(fpb_json_named(o, "kernels", "b"));
	json_decref(o);
}

/* Kernels a and b, cell cpu w raw 1 of round 1. */
#define LINE(kernel, attempt, rest)					\
	"{\"schema\": 1, \"boot\": \"" kernel #attempt "\", \"round\": 1, " \
	"\"kernel\": \"" kernel "\", \"attempt\": " #attempt ", \"seq\": 1, " \
	"\"regime\": \"cpu\", \"target\": \"raw\", \"workload\": \"w\", " \
	"\"numjobs\": 1, " rest "}\n"
#define PAIR(pairing)							\
	"{\"schema\": 1, \"backend\": {\"name\": \"uml\"}, \"kernels\": " \
	"[{\"name\": \"a\"}, {\"name\": \"b\"}], \"plan\": {" pairing \
	"\"rounds\": 2, \"numjobs\": [1], \"targets\": [\"raw\"], " \
	"\"regimes\": [\"cpu\"], \"workloads\": [\"w\"]}}"
#define GOOD	"\"status\": \"ok\", \"iops\": 5, \"ios\": 5, \"runtime_ms\": 9"
#define BESIDE	GOOD ", \"duet\": {\"over\": \"a\", \"log_ratio\": 0, " \
		"\"log_total\": 0, \"log_sd\": 0, \"blocks\": 1, \"lost\": 0}"
#define LOST	"\"status\": \"lost\", \"reason\": \"x\""
#define FAILED	"\"status\": \"failed\", \"reason\": \"x\""

static const struct {
	const char *name, *samples;
	bool duet, a, b;		/* what is measured */
} parts[] = {
	{ "nothing", "", true, false, false },
	{ "both, side by side", LINE("a", 1, GOOD) LINE("b", 1, BESIDE),
	  true, true, true },
	{ "both, one after the other", LINE("a", 1, GOOD) LINE("b", 1, GOOD),
	  false, true, true },
	{ "no seconds in common", LINE("a", 1, GOOD) LINE("b", 1, GOOD),
	  true, true, false },
	{ "a was lost", LINE("a", 1, LOST) LINE("b", 1, GOOD),
	  true, false, true },
	{ "a was lost beside b, but not beside another kernel",
	  LINE("a", 1, LOST) LINE("b", 1, GOOD) LINE("a", 2, GOOD),
	  true, true, false },
	{ "then both were measured again",
	  LINE("a", 1, LOST) LINE("b", 1, GOOD) LINE("a", 2, GOOD)
	  LINE("a", 3, GOOD) LINE("b", 2, BESIDE), true, true, true },
	{ "a fails", LINE("a", 1, FAILED) LINE("b", 1, GOOD),
	  true, true, true },
	{ "b fails", LINE("a", 1, GOOD) LINE("b", 1, FAILED),
	  true, true, true },
};

static void in_a_duet_a_sample_without_a_partner_is_not_enough(void **state)
{
	struct fpb_rundata_error err;
	struct fpb_rundata r;

	for (size_t i = 0; i < NELEM(parts); i++) {
		print_message("# %s\n", parts[i].name);
		assert_int_equal(parse(&r, parts[i].duet ?
				       PAIR("\"pairing\": \"duet\",") : PAIR(""),
				       "", parts[i].samples, &err), 0);
		assert_int_equal(fpb_rundata_measured(&r, "a", 1,
				 &r.manifest.cells[0]), parts[i].a);
		assert_int_equal(fpb_rundata_measured(&r, "b", 1,
				 &r.manifest.cells[0]), parts[i].b);
		assert_false(fpb_rundata_measured(&r, "a", 2,
						  &r.manifest.cells[0]));
		fpb_rundata_free(&r);
	}
}

/* Kernel a of MANIFEST. */
#define SIDE(round, target, numjobs)					\
	"{\"schema\": 1, \"boot\": \"a\", \"round\": " #round ", "	\
	"\"kernel\": \"a\", \"attempt\": 1, \"seq\": 1, "		\
	"\"regime\": \"cpu\", \"target\": \"" target "\", "		\
	"\"workload\": \"w\", \"numjobs\": " #numjobs ", " GOOD "}\n"
#define CUT	"{\"schema\""

static const struct {
	const char *name, *manifest, *samples;
	size_t whole;
} cut[] = {
	{ "nothing was cut", MANIFEST, SIDE(1, "raw", 1) SIDE(1, "fuse", 1), 2 },
	{ "two sides of a job", MANIFEST, SIDE(1, "raw", 4) SIDE(1, "fuse", 4)
	  SIDE(1, "raw", 1) SIDE(1, "fuse", 1) CUT, 2 },
	{ "the same job in another round", MANIFEST,
	  SIDE(1, "raw", 1) SIDE(2, "raw", 1) CUT, 1 },
	{ "two kernels", PAIR(""), LINE("a", 1, GOOD) LINE("b", 1, GOOD) CUT,
	  0 },
	{ "the first line", MANIFEST, CUT, 0 },
};

static void of_a_step_that_was_cut_short_nothing_stays(void **state)
{
	struct fpb_rundata_error err;
	struct fpb_rundata r;

	for (size_t i = 0; i < NELEM(cut); i++) {
		print_message("# %s\n", cut[i].name);
		assert_int_equal(parse(&r, cut[i].manifest, "", cut[i].samples,
				       &err), 0);
		assert_int_equal(fpb_rundata_whole_samples(&r), cut[i].whole);
		fpb_rundata_free(&r);
	}
}

static void nor_of_a_boot_of_why(void **state)
{
	struct fpb_why lines[] = {
		{ .kernel = "a" }, { .kernel = "b" }, { .kernel = "b" },
	};
	struct fpb_rundata r = { .why = lines, .nwhy = NELEM(lines) };

	assert_int_equal(fpb_rundata_whole_why(&r), 3);
	r.why_cut = true;
	assert_int_equal(fpb_rundata_whole_why(&r), 1);
	r.nwhy = 0;
	assert_int_equal(fpb_rundata_whole_why(&r), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_is_spread_out_into_cells),
		cmocka_unit_test(a_line_that_a_kill_cut_short_is_left_out),
		cmocka_unit_test(so_is_one_that_lacks_its_newline_alone),
		cmocka_unit_test(a_second_attempt_is_another_sample),
		cmocka_unit_test(the_highest_rate_is_read),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(each_wrong_key_of_a_manifest_is_named),
		cmocka_unit_test(paths_of_keys_lead_to_values),
		cmocka_unit_test(
			in_a_duet_a_sample_without_a_partner_is_not_enough),
		cmocka_unit_test(of_a_step_that_was_cut_short_nothing_stays),
		cmocka_unit_test(nor_of_a_boot_of_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
