// SPDX-License-Identifier: GPL-2.0
/* core/casereport.c and report/checkreport.c */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/casereport.h"
#include "report/checkreport.h"

static const struct fpb_check_case overwrite = {
	.name = "overwrite", .setup = "A file.", .workload = "4 writers.",
	.lock_path = "shared", .validates = "Data.", .quick = true,
}, append = {
	.name = "append", .setup = "No file.", .workload = "4 writers.",
	.lock_path = "exclusive", .validates = "Size.",
	.corrects = "It is not what it seems.",
};

static struct fpb_check_result result(const struct fpb_check_case *c,
				      const char *kernel, const char *json)
{
	struct fpb_check_result r = { .c = c };
	json_t *o = json_loads(json, 0, NULL);

	assert_non_null(o);
	assert_int_equal(fpb_check_result_from_json(o, &r), 0);
	json_decref(o);
	snprintf(r.kernel, sizeof(r.kernel), "%s", kernel);
	return r;
}

#define N	5

static void some_results(struct fpb_check_result *r)
{
	r[0] = result(&overwrite, "baseline",
		"{\"status\":\"pass\",\"seconds\":1.5,\"facts\":{\"writes\":42,\"blocks_verified\":7}}");
	r[1] = result(&overwrite, "patched",
		"{\"status\":\"fail\",\"seconds\":2.0,\"reason\":\"block 3 <is> \\\"wrong\\\" & lost\"}");
	r[2] = result(&append, "baseline",
		"{\"status\":\"skip\",\"seconds\":0.0,\"reason\":\"no counters\"}");
	r[3] = result(&append, "patched",
		"{\"status\":\"known-failure\",\"seconds\":1.0,\"reason\":\"it appends\",\"known\":\"F_SETFL\"}");
	r[4] = result(&append, "other",
		"{\"status\":\"unexpected-pass\",\"seconds\":1.0,\"known\":\"F_SETFL\"}");
}

static char *report(const char *format)
{
	struct fpb_check_result r[N];
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	some_results(r);
	assert_int_equal(fpb_check_report_find(format)->write(out, "fpbench check",
			 r, N), 0);
	fclose(out);
	for (int i = 0; i < N; i++)
		fpb_check_result_free(&r[i]);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("not there: %s\nin:\n%s", part, text);
}

static void text_has_the_letters_layout(void **state)
{
	char *t = report("text");

	has(t, "overwrite\n  Setup: A file.\n  Workload: 4 writers.\n  Lock path: shared\n  Validates: Data.\n  Result: baseline: PASS (writes 42, blocks verified 7)\n");
	has(t, "  Result: patched: FAIL (block 3 <is> \"wrong\" & lost)\n");
	has(t, "  Differs from the v3 letter: It is not what it seems.\n");
	has(t, "KNOWN FAILURE (it appends); known: F_SETFL");
	has(t, "UNEXPECTED PASS; known: F_SETFL");
	has(t, "1 passed, 1 failed, 1 skipped, 1 known failure, 1 unexpected pass\n");
	free(t);
}

static void text_keeps_to_the_width(void **state)
{
	char *t = report("text"), *save = NULL;

	for (char *l = strtok_r(t, "\n", &save); l;
	     l = strtok_r(NULL, "\n", &save))
		if (strncmp(l, "1 passed", 8))
			assert_true(strlen(l) <= 75);
	free(t);
}

static void tap_marks_what_is_known(void **state)
{
	char *t = report("tap");

	has(t, "ok 1 - overwrite on baseline\n");
	has(t, "not ok 2 - overwrite on patched\n# fail: block 3");
	has(t, "\nok 3 - append on baseline # SKIP no counters\n");
	has(t, "not ok 4 - append on patched # TODO F_SETFL\n");
	has(t, "\nok 5 - append on other # TODO F_SETFL\n");
	has(t, "1..5\n");
	free(t);
}

static void junit_is_well_formed(void **state)
{
	char *t = report("junit");

	has(t, "tests=\"5\" failures=\"1\" skipped=\"3\"");
	has(t, "<failure message=\"fail: block 3 &lt;is&gt; &quot;wrong&quot; &amp; lost\">");
	has(t, "</testsuite>\n");
	free(t);
}

static void the_status_is_that_of_the_worst(void **state)
{
	struct fpb_check_result r[N];

	some_results(r);
	assert_int_equal(fpb_check_exit(r, N), 1);
	assert_int_equal(fpb_check_exit(r, 1), 0);
	assert_int_equal(fpb_check_exit(r + 2, 1), 0);
	assert_int_equal(fpb_check_exit(r + 3, 1), 0);
	assert_int_equal(fpb_check_exit(r + 3, 2), 3);
	for (int i = 0; i < N; i++)
		fpb_check_result_free(&r[i]);
}

static void a_kernels_complaint_is_a_failure(void **state)
{
	struct fpb_check_result r = result(&append, "patched",
		"{\"status\":\"known-failure\",\"seconds\":1.0,\"known\":\"F_SETFL\"}");

	assert_int_equal(fpb_check_result_fail(&r, true, "lockdep",
					       "WARNING: ..."), 0);
	assert_int_equal(r.status, FPB_CHECK_FAIL);
	assert_string_equal(r.splat, "WARNING: ...");
	assert_int_equal(fpb_check_exit(&r, 1), 1);
	fpb_check_result_free(&r);
}

static void a_failed_case_keeps_its_reason(void **state)
{
	struct fpb_check_result r = result(&append, "patched",
		"{\"status\":\"fail\",\"seconds\":1.0,\"reason\":\"within/AB: no\"}");

	assert_int_equal(fpb_check_result_fail(&r, true, "lockdep",
					       "WARNING: ..."), 0);
	assert_string_equal(r.reason, "within/AB: no; lockdep");
	assert_string_equal(r.splat, "WARNING: ...");
	fpb_check_result_free(&r);
}

static void what_lockdep_is_known_to_say(void **state)
{
#define LOCKDEP "WARNING: possible recursive locking detected\n"
	static const struct {
		const char *status;
		bool ended;
		const char *splat;
		enum fpb_check_status then;
	} rows[] = {
		{ "pass", true, LOCKDEP, FPB_CHECK_KNOWN },
		{ "pass", false, LOCKDEP, FPB_CHECK_FAIL },
		{ "fail", true, LOCKDEP, FPB_CHECK_FAIL },
		{ "known-failure", true, LOCKDEP, FPB_CHECK_FAIL },
		{ "pass", true, LOCKDEP "BUG: KASAN: slab-use-after-free\n",
		  FPB_CHECK_FAIL },
		{ "pass", true, "", FPB_CHECK_FAIL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[128];
		struct fpb_check_result r;

		snprintf(text, sizeof(text),
			 "{\"status\":\"%s\",\"seconds\":1.0,\"lockdep\":\"two levels\"}",
			 rows[i].status);
		r = result(&append, "baseline", text);
		assert_int_equal(fpb_check_result_fail(&r, rows[i].ended, "it",
						       rows[i].splat), 0);
		assert_int_equal(r.status, rows[i].then);
		assert_string_equal(r.known, rows[i].then == FPB_CHECK_KNOWN ?
				    "two levels" : "");
		fpb_check_result_free(&r);
	}
}

static void a_boot_that_said_nothing_is_one(void **state)
{
	struct fpb_check_result r = { .c = &append };

	assert_int_equal(fpb_check_result_fail(&r, false, "hung", ""), 0);
	assert_string_equal(r.reason, "hung");
	assert_string_equal(r.facts, "");
	fpb_check_result_free(&r);
}

static void nonsense_is_refused(void **state)
{
	static const char *const texts[] = {
		"{}", "{\"status\":\"fine\",\"seconds\":1.0}",
		"{\"status\":\"pass\"}", "[]",
	};
	struct fpb_check_result r = { 0 };
	struct fpb_check_case c;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		json_t *o = json_loads(texts[i], 0, NULL);

		assert_int_equal(fpb_check_result_from_json(o, &r), -EINVAL);
		assert_int_equal(fpb_check_case_from_json(o, &c), -EINVAL);
		json_decref(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_the_letters_layout),
		cmocka_unit_test(text_keeps_to_the_width),
		cmocka_unit_test(tap_marks_what_is_known),
		cmocka_unit_test(junit_is_well_formed),
		cmocka_unit_test(the_status_is_that_of_the_worst),
		cmocka_unit_test(a_kernels_complaint_is_a_failure),
		cmocka_unit_test(a_failed_case_keeps_its_reason),
		cmocka_unit_test(what_lockdep_is_known_to_say),
		cmocka_unit_test(a_boot_that_said_nothing_is_one),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
