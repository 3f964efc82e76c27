// SPDX-License-Identifier: GPL-2.0
/* core/conform.c: what suites of others say, and what the mount fails alone. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/conform.h"
#include "core/target.h"

/* --- what a test prints ------------------------------------------------------- */

#define WORDS_32	"01234567012345670123456701234567"
#define WORDS_224	WORDS_32 WORDS_32 WORDS_32 WORDS_32 WORDS_32 WORDS_32 WORDS_32

static const struct {
	const char *name;
	enum fpb_conform_form form;
	int status;
	const char *output;
	enum fpb_check_status want;
	const char *reason, *failed;
} outputs[] = {
	{ "status 0", FPB_FORM_STATUS, 0, "one failed attempt\n",
	  FPB_CHECK_PASS, "", "" },
	{ "status 77", FPB_FORM_STATUS, 77, "\nno such ioctl\n\n",
	  FPB_CHECK_SKIP, "no such ioctl", "" },
	{ "status 77, and why", FPB_FORM_STATUS, 77,
	  "info: x will be skipped, no y\nerror: nothing ran\n",
	  FPB_CHECK_SKIP, "info: x will be skipped, no y", "" },
	{ "status 77 without a word", FPB_FORM_STATUS, 77, "",
	  FPB_CHECK_SKIP, "exit status 77, no output", "" },
	{ "the first line that speaks of a failure", FPB_FORM_STATUS, 2,
	  "setting up\n info: 12\n fail: [7] chmod: EPERM\nerror: done\nend\n",
	  FPB_CHECK_FAIL, "ended with status 2: fail: [7] chmod: EPERM", "" },
	{ "or the last one", FPB_FORM_STATUS, 1, "a\nb\n\n",
	  FPB_CHECK_FAIL, "ended with status 1: b", "" },
	{ "a signal", FPB_FORM_STATUS, 139, "",
	  FPB_CHECK_FAIL, "killed by signal 11", "" },

	{ "all subtests pass", FPB_FORM_TAP, 0, "1..2\nok 1\nok 2 - b\n",
	  FPB_CHECK_PASS, "", "" },
	{ "the plan at the end", FPB_FORM_TAP, 0, "ok 1\nok 2\n1..2\n",
	  FPB_CHECK_PASS, "", "" },
	{ "two fail", FPB_FORM_TAP, 0,
	  "1..4\nok 1\nnot ok 2 - tried 'x', got EPERM\nok 3\nnot ok 4\n",
	  FPB_CHECK_FAIL, "not ok 2 - tried 'x', got EPERM", "2 4" },
	{ "a subtest without a number", FPB_FORM_TAP, 0,
	  "1..2\nok\nnot ok\n", FPB_CHECK_FAIL, "not ok", "2" },
	{ "what is to be done is no failure", FPB_FORM_TAP, 0,
	  "1..2\nnot ok 1 # TODO later\nok 2 # skip no root\n",
	  FPB_CHECK_PASS, "", "" },
	{ "a hash that is part of a name", FPB_FORM_TAP, 0,
	  "1..1\nnot ok 1 - # of links\n", FPB_CHECK_FAIL,
	  "not ok 1 - # of links", "1" },
	{ "a path of many names", FPB_FORM_TAP, 0,
	  "1..1\nnot ok 1 - " WORDS_224 WORDS_224 "\n", FPB_CHECK_FAIL,
	  "not ok 1 - " WORDS_224 "01234567012345670...", "1" },
	{ "other words are no subtests", FPB_FORM_TAP, 0,
	  "okay\n1..1\nok 1\nnot okay\n", FPB_CHECK_PASS, "", "" },
	{ "the plan says skip", FPB_FORM_TAP, 0, "1..0 # SKIP no ACLs\n",
	  FPB_CHECK_SKIP, "no ACLs", "" },
	{ "the plan says skip, and not why", FPB_FORM_TAP, 0, "1..0\n",
	  FPB_CHECK_SKIP, "planned no subtests", "" },
	{ "the plan says skip, but it fails", FPB_FORM_TAP, 1, "1..0\n",
	  FPB_CHECK_FAIL, "ended with status 1: 1..0", "" },
	{ "a plan without a number", FPB_FORM_TAP, 0, "1..\n",
	  FPB_CHECK_FAIL, "no TAP plan (1..N)", "" },
	{ "a plan with a word for a number", FPB_FORM_TAP, 0, "1..n\nok\n",
	  FPB_CHECK_FAIL, "no TAP plan (1..N)", "" },
	{ "a test that ends early", FPB_FORM_TAP, 0,
	  "1..3\nok 1\nnot ok 2\n", FPB_CHECK_FAIL, "ran 2 of 3 subtests", "" },
	{ "a test that says nothing", FPB_FORM_TAP, 0, "", FPB_CHECK_FAIL,
	  "no TAP plan (1..N)", "" },
	{ "a test that cannot start", FPB_FORM_TAP, 127,
	  "sh: x: not found\n", FPB_CHECK_FAIL,
	  "ended with status 127: sh: x: not found", "" },
	{ "a status beside subtests that pass", FPB_FORM_TAP, 3,
	  "1..1\nok 1\n", FPB_CHECK_FAIL, "ended with status 3: ok 1", "" },
	{ "it gives up", FPB_FORM_TAP, 0, "1..2\nnot ok 1\nBail out! no disk\n",
	  FPB_CHECK_FAIL, "Bail out! no disk", "" },

	{ "xfstests: pass", FPB_FORM_XFSTESTS, 0,
	  "FSTYP         -- fuse\n\ngeneric/001 1s ...  4s\nRan: generic/001\n"
	  "Passed all 1 tests\n", FPB_CHECK_PASS, "", "" },
	{ "xfstests: not run", FPB_FORM_XFSTESTS, 0,
	  "generic/008       [not run] xfs_io fzero failed\n"
	  "Ran: generic/008\nNot run: generic/008\nPassed all 1 tests\n",
	  FPB_CHECK_SKIP, "xfs_io fzero failed", "" },
	{ "xfstests: another output", FPB_FORM_XFSTESTS, 1,
	  "generic/080       - output mismatch (see /x/generic/080.out.bad)\n"
	  "    --- tests/generic/080.out\t2026\n"
	  "    +++ /x/generic/080.out.bad\t2026\n"
	  "    @@ -1,2 +1,3 @@\n"
	  "     QA output created by 080\n"
	  "    +mtime not updated after mmap write\n"
	  "     Silence is golden.\n    ...\n"
	  "Ran: generic/080\nFailures: generic/080\nFailed 1 of 1 tests\n",
	  FPB_CHECK_FAIL, "+mtime not updated after mmap write", "" },
	{ "xfstests: a status", FPB_FORM_XFSTESTS, 1,
	  "generic/013       [failed, exit status 1]- output mismatch (see x)\n"
	  "    ...\nFailures: generic/013\nFailed 1 of 1 tests\n",
	  FPB_CHECK_FAIL,
	  "[failed, exit status 1]- output mismatch (see x)", "" },
	{ "xfstests: the kernel complained", FPB_FORM_XFSTESTS, 1,
	  "generic/013 _check_dmesg: something found in dmesg (see x.dmesg)\n"
	  "Failures: generic/013\n", FPB_CHECK_FAIL,
	  "_check_dmesg: something found in dmesg (see x.dmesg)", "" },
	{ "xfstests: it cannot begin", FPB_FORM_XFSTESTS, 1,
	  "common/rc: could not mount fpbench-test on /run/work/test\n",
	  FPB_CHECK_FAIL, "ended with status 1: common/rc: could not mount fpbench-test on /run/work/test",
	  "" },
	{ "xfstests: an unknown test", FPB_FORM_XFSTESTS, 0,
	  "generic/9999 - unknown test, ignored\nPassed all 0 tests\n",
	  FPB_CHECK_FAIL, "ended with status 0: Passed all 0 tests", "" },
};

static char *numbers(const struct fpb_conform_result *r, char *text)
{
	char *p = text;

	*text = '\0';
	for (size_t i = 0; i < r->nfailed; i++)
		p += sprintf(p, "%s%u", i ? " " : "", r->failed[i]);
	return text;
}

static void each_output_is_understood(void **state)
{
	char text[256];

	for (size_t i = 0; i < sizeof(outputs) / sizeof(*outputs); i++) {
		struct fpb_conform_result r = { 0 };

		print_message("# %s\n", outputs[i].name);
		assert_int_equal(fpb_conform_parse(outputs[i].form,
						   outputs[i].status,
						   outputs[i].output, &r), 0);
		assert_int_equal(r.status, outputs[i].want);
		assert_string_equal(r.reason, outputs[i].reason);
		assert_string_equal(numbers(&r, text), outputs[i].failed);
		fpb_conform_result_free(&r);
	}
}

static void a_failure_from_outside_is_of_the_whole(void **state)
{
	struct fpb_conform_result r = { 0 };

	assert_int_equal(fpb_conform_parse(FPB_FORM_TAP, 0, "1..1\nnot ok 1\n",
					   &r), 0);
	assert_int_equal(fpb_conform_result_fail(&r, "hung", "BUG: x"), 0);
	assert_int_equal(r.status, FPB_CHECK_FAIL);
	assert_int_equal(r.nfailed, 0);
	assert_string_equal(r.reason, "hung");
	assert_string_equal(r.splat, "BUG: x");
	fpb_conform_result_free(&r);
}

/* --- what the agent says of it ------------------------------------------------- */

static const struct {
	const char *name;
	const char *event, *output, *splat;
	enum fpb_check_status want;
	const char *reason;
} reports[] = {
	{ "a pass", "{'status': 0, 'seconds': 1.5, 'failed': ''}", "1..1\nok\n",
	  "", FPB_CHECK_PASS, "" },
	{ "a failure of the test", "{'status': 0, 'seconds': 1, 'failed': ''}",
	  "1..1\nnot ok\n", "", FPB_CHECK_FAIL, "not ok" },
	{ "its status counts", "{'status': 3, 'seconds': 1, 'failed': ''}",
	  "1..1\nok\n", "", FPB_CHECK_FAIL, "ended with status 3: ok" },
	{ "what the agent saw counts more",
	  "{'status': 0, 'seconds': 1, 'failed': 'still ran'}",
	  "1..1\nok\n", "BUG: x", FPB_CHECK_FAIL, "still ran" },
	{ "the kernel's complaint, too",
	  "{'status': 0, 'seconds': 1, 'failed': ''}",
	  "1..1\nok\n", "BUG: x", FPB_CHECK_FAIL, "kernel report on the console" },
	{ "no status", "{'seconds': 1, 'failed': ''}", "1..1\nok\n", "",
	  FPB_CHECK_FAIL, "the agent reported no valid result: Object item not found: status" },
	{ "a status that is a text",
	  "{'status': '0', 'seconds': 1, 'failed': ''}", "1..1\nok\n", "BUG: x",
	  FPB_CHECK_FAIL, "the agent reported no valid result: Expected integer, got string" },
	{ "no seconds", "{'status': 0, 'failed': ''}", "1..1\nok\n", "",
	  FPB_CHECK_FAIL, "the agent reported no valid result: Object item not found: seconds" },
	{ "not whether it failed", "{'status': 0, 'seconds': 1}",
	  "1..1\nok\n", "", FPB_CHECK_FAIL,
	  "the agent reported no valid result: Object item not found: failed" },
	{ "a list", "[0]", "1..1\nok\n", "", FPB_CHECK_FAIL,
	  "the agent reported no valid result: Expected object, got array" },
};

/* JSON with ' in place of ". */
static json_t *json(const char *text)
{
	char copy[256], *p = copy;
	json_t *o;

	strcpy(copy, text);
	while ((p = strchr(p, '\'')))
		*p = '"';
	o = json_loads(copy, 0, NULL);
	assert_non_null(o);
	return o;
}

static void each_report_is_understood(void **state)
{
	for (size_t i = 0; i < sizeof(reports) / sizeof(*reports); i++) {
		struct fpb_conform_result r = { 0 };
		json_t *event = json(reports[i].event);

		print_message("# %s\n", reports[i].name);
		assert_int_equal(fpb_conform_result_from_json(event,
			FPB_FORM_TAP, reports[i].output, reports[i].splat, &r),
			0);
		assert_int_equal(r.status, reports[i].want);
		assert_string_equal(r.reason, reports[i].reason);
		assert_string_equal(r.splat ? r.splat : "", reports[i].splat);
		fpb_conform_result_free(&r);
		json_decref(event);
	}
}

/* --- the mount against raw ----------------------------------------------------- */

static const char known_text[] =
	"# what is known\n"
	"\n"
	"s/all\tfuse cannot\n"
	"  s/some:3   subtest three\n"
	"s/often? races with the cache\n"
	"s/stops! deadlocks\n"
	"s/dir/*  a whole folder\n";

/* Output of a test of TAP, "hung" or "crashed"; NULL: it did not run. */
static struct fpb_conform_result result(const char *output)
{
	struct fpb_conform_result r = { .seconds = 1.5 };

	if (!output)
		return r;
	if (!strcmp(output, "hung") || !strcmp(output, "crashed"))
		assert_int_equal(fpb_conform_result_fail(&r, output,
			*output == 'c' ? "BUG: x" : ""), 0);
	else
		assert_int_equal(fpb_conform_parse(FPB_FORM_TAP, 0, output,
						   &r), 0);
	return r;
}

#define PASS	"1..3\nok\nok\nok\n"
#define FAIL_2	"1..3\nok\nnot ok two\nok\n"
#define FAIL_3	"1..3\nok\nok\nnot ok three\n"
#define FAIL_23	"1..3\nok\nnot ok two\nnot ok three\n"
#define FAIL	"1..3\nok\n"
#define SKIP	"1..0 # SKIP no\n"

static const struct {
	const char *name;
	const char *test, *raw, *mount;
	enum fpb_check_status want;
	const char *reason, *notes, *known;
} pairs[] = {
	{ "both pass", "s/x", PASS, PASS, FPB_CHECK_PASS, "", "", "" },
	{ "the mount fails", "s/x", PASS, FAIL_2, FPB_CHECK_FAIL,
	  "subtest 2: not ok two", "raw passes", "" },
	{ "the mount hangs", "s/x", PASS, "hung", FPB_CHECK_FAIL, "hung",
	  "raw passes", "" },
	{ "both fail alike", "s/x", FAIL_2, FAIL_2, FPB_CHECK_SKIP,
	  "not ok two", "raw fails, too", "" },
	{ "both fail, the mount more", "s/x", FAIL_2, FAIL_23, FPB_CHECK_FAIL,
	  "subtest 3: not ok two", "raw fails, too", "" },
	{ "a subtest of raw does not excuse a hang", "s/x", FAIL_2, "hung",
	  FPB_CHECK_FAIL, "hung", "raw fails in another way", "" },
	{ "nor does a test of raw that fails as a whole", "s/x", FAIL, "hung",
	  FPB_CHECK_FAIL, "hung", "raw fails in another way", "" },
	{ "it excuses one that fails as a whole", "s/x", FAIL, FAIL,
	  FPB_CHECK_SKIP, "ran 1 of 3 subtests", "raw fails, too", "" },
	{ "both hang", "s/x", "hung", "hung", FPB_CHECK_SKIP, "hung",
	  "raw fails, too", "" },
	{ "raw hangs, the mount crashes", "s/x", "hung", "crashed",
	  FPB_CHECK_FAIL, "crashed", "raw fails in another way", "" },
	{ "raw crashes, the mount hangs", "s/x", "crashed", "hung",
	  FPB_CHECK_SKIP, "hung", "raw fails, too", "" },
	{ "raw hangs", "s/x", "hung", FAIL_2, FPB_CHECK_SKIP, "not ok two",
	  "raw fails, too", "" },
	{ "raw alone fails", "s/x", FAIL_2, PASS, FPB_CHECK_PASS, "",
	  "raw fails", "" },
	{ "raw did not run", "s/x", NULL, PASS, FPB_CHECK_PASS, "", "", "" },
	{ "raw did not run, the mount skips", "s/x", NULL, SKIP,
	  FPB_CHECK_SKIP, "no", "", "" },
	{ "raw did not run, the mount fails", "s/x", NULL, FAIL_2,
	  FPB_CHECK_FAIL, "subtest 2: not ok two", "raw did not run", "" },
	{ "both skip", "s/x", SKIP, SKIP, FPB_CHECK_SKIP, "no", "", "" },
	{ "the mount skips", "s/x", PASS, SKIP, FPB_CHECK_SKIP, "no",
	  "raw runs it", "" },
	{ "raw skips what the mount fails", "s/x", SKIP, FAIL_2,
	  FPB_CHECK_FAIL, "subtest 2: not ok two", "raw skips it", "" },
	{ "a test that is known", "s/all", PASS, FAIL_23, FPB_CHECK_KNOWN,
	  "subtests 2, 3: not ok two", "raw passes", "fuse cannot" },
	{ "it passes", "s/all", PASS, PASS, FPB_CHECK_UNEXPECTED, "", "",
	  "fuse cannot" },
	{ "it fails on raw, too", "s/all", FAIL_2, FAIL_2, FPB_CHECK_SKIP,
	  "not ok two", "raw fails, too", "" },
	{ "it is skipped", "s/all", PASS, SKIP, FPB_CHECK_SKIP, "no",
	  "raw runs it", "" },
	{ "a subtest that is known", "s/some", PASS, FAIL_3, FPB_CHECK_KNOWN,
	  "subtest 3: not ok three", "raw passes", "subtest three" },
	{ "and another one that is not", "s/some", PASS, FAIL_23,
	  FPB_CHECK_FAIL, "subtest 2: not ok two", "raw passes",
	  "subtest three" },
	{ "another one alone", "s/some", PASS, FAIL_2, FPB_CHECK_FAIL,
	  "subtest 2: not ok two", "raw passes", "" },
	{ "a known subtest does not excuse a hang", "s/some", PASS, "hung",
	  FPB_CHECK_FAIL, "hung", "raw passes", "" },
	{ "nor does a known test", "s/all", PASS, "hung", FPB_CHECK_FAIL,
	  "hung", "raw passes", "" },
	{ "a hang that is known", "s/stops", PASS, "hung", FPB_CHECK_KNOWN,
	  "hung", "raw passes", "deadlocks" },
	{ "it fails instead", "s/stops", PASS, FAIL_2, FPB_CHECK_KNOWN,
	  "subtest 2: not ok two", "raw passes", "deadlocks" },
	{ "what fails at times fails", "s/often", PASS, FAIL_2,
	  FPB_CHECK_KNOWN, "subtest 2: not ok two", "raw passes",
	  "races with the cache" },
	{ "or passes", "s/often", PASS, PASS, FPB_CHECK_PASS, "", "", "" },
	{ "a pattern", "s/dir/a/b", PASS, FAIL_2, FPB_CHECK_KNOWN,
	  "subtest 2: not ok two", "raw passes", "a whole folder" },
	{ "a name that begins alike", "s/all2", PASS, FAIL_2, FPB_CHECK_FAIL,
	  "subtest 2: not ok two", "raw passes", "" },
};

static void each_pair_is_judged(void **state)
{
	struct fpb_known known;
	char why[FPB_REASON_MAX];

	assert_int_equal(fpb_known_parse(&known, strdup(known_text), why), 0);
	assert_int_equal(known.n, 5);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const struct fpb_check_case c = { .name = pairs[i].test };
		struct fpb_conform_result raw = result(pairs[i].raw);
		struct fpb_conform_result mount = result(pairs[i].mount);
		struct fpb_check_result r = { .c = &c };

		print_message("# %s\n", pairs[i].name);
		assert_int_equal(fpb_conform_compare(&raw, &mount, &known, &r),
				 0);
		assert_string_equal(fpb_check_status_name(r.status),
				    fpb_check_status_name(pairs[i].want));
		assert_string_equal(r.reason, pairs[i].reason);
		assert_string_equal(r.notes, pairs[i].notes);
		assert_string_equal(r.known, pairs[i].known);
		fpb_check_result_free(&r);
		fpb_conform_result_free(&raw);
		fpb_conform_result_free(&mount);
	}
	fpb_known_free(&known);
}

static void a_difference_without_a_reason_is_refused(void **state)
{
	struct fpb_known known;
	char why[FPB_REASON_MAX];

	assert_int_equal(fpb_known_parse(&known, strdup("# x\na/b r\nc/d \n"),
					 why), -EINVAL);
	assert_string_equal(why, "line 3: must be SUITE/TEST and a reason");
	fpb_known_free(&known);
	assert_int_equal(fpb_known_parse(&known, strdup(""), why), 0);
	assert_int_equal(known.n, 0);
	fpb_known_free(&known);
}

/* --- where to go on ------------------------------------------------------------ */

/* s: a test begins; r: it has a result. */
static ssize_t guest(struct fpb_batch *b, const char *events, bool ok)
{
	fpb_batch_boot(b);
	for (; *events; events++) {
		if (*events == 's')
			fpb_batch_start(b);
		else
			fpb_batch_result(b);
	}
	return fpb_batch_end(b, ok);
}

static void a_test_that_hangs_costs_itself(void **state)
{
	struct fpb_batch b = { .next = 10, .end = 14 };

	assert_int_equal(guest(&b, "srs", false), 11);
	assert_int_equal(b.next, 12);
	/* The first one of the next guest. */
	assert_int_equal(guest(&b, "s", false), 12);
	assert_int_equal(b.next, 13);
	assert_int_equal(guest(&b, "sr", true), -ENOENT);
	assert_int_equal(b.next, b.end);
}

static void a_kernel_that_fails_at_the_end_blames_the_last(void **state)
{
	struct fpb_batch b = { .next = 0, .end = 2 };

	assert_int_equal(guest(&b, "srsr", false), 1);
	assert_int_equal(b.next, 2);
}

static void a_guest_that_runs_nothing_blames_none(void **state)
{
	struct fpb_batch b = { .next = 3, .end = 5 };

	assert_int_equal(guest(&b, "", false), -EIO);
	assert_int_equal(b.next, 3);
	/* Nor does it count what another guest ran. */
	assert_int_equal(guest(&b, "sr", true), -ENOENT);
	assert_int_equal(guest(&b, "", false), -EIO);
	assert_int_equal(b.next, 4);
	/* Nor is it booted again, for ever, if it ends as it should. */
	assert_int_equal(guest(&b, "", true), -EIO);
	assert_int_equal(b.next, 4);
}

static void suites_are_found_by_their_whole_names(void **state)
{
	assert_string_equal(fpb_conform_suite("tap=/x", 3)->name, "tap");
	assert_null(fpb_conform_suite("ta", 2));
	assert_null(fpb_conform_suite("tapx", 4));
	assert_null(fpb_conform_suite("", 0));
}

/* What a mount is called goes where the command wants it. */
static void a_mount_can_be_named(void **state)
{
	const struct fpb_target t = { .mount = "d -o fsname={name} {source} {mnt}" };
	char *command = fpb_target_command(&t, &(struct fpb_target_words){
		.source = "/s", .mnt = "/m", .work = "/w", .name = "n",
		.fpfs = "fpfs",
	});

	assert_string_equal(command, "d -o fsname=n /s /m");
	free(command);
}

/* "console.log" and "agent.log" are the boot's own. */
static void a_log_has_a_name_of_its_own(void **state)
{
	static const char *const tests[][2] = {
		{ "console", "test-console.log" },
		{ "generic/001", "test-generic-001.log" },
		{ "a/b/c-d", "test-a-b-c-d.log" },
	};
	char name[FPB_CONFORM_LOG_MAX], longest[FPB_CONFORM_LOG_MAX] = "";

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		assert_int_equal(fpb_conform_log_name(tests[i][0], name), 0);
		assert_string_equal(name, tests[i][1]);
	}
	/* A file's name has 255 bytes at most. */
	memset(longest, 'x', 255 - strlen("test-.log"));
	assert_int_equal(fpb_conform_log_name(longest, name), 0);
	assert_int_equal(strlen(name), 255);
	strcat(longest, "x");
	assert_int_equal(fpb_conform_log_name(longest, name), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_output_is_understood),
		cmocka_unit_test(a_failure_from_outside_is_of_the_whole),
		cmocka_unit_test(each_report_is_understood),
		cmocka_unit_test(each_pair_is_judged),
		cmocka_unit_test(a_difference_without_a_reason_is_refused),
		cmocka_unit_test(a_test_that_hangs_costs_itself),
		cmocka_unit_test(a_kernel_that_fails_at_the_end_blames_the_last),
		cmocka_unit_test(a_guest_that_runs_nothing_blames_none),
		cmocka_unit_test(suites_are_found_by_their_whole_names),
		cmocka_unit_test(a_mount_can_be_named),
		cmocka_unit_test(a_log_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
