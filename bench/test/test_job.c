// SPDX-License-Identifier: GPL-2.0
/* core/job.c: a boot's orders arrive as they were given, or not at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/job.h"
#include "core/planfile.h"

#define NAME_63 \
	"012345678901234567890123456789012345678901234567890123456789012"

static const struct fpb_job full = {
	.boot = "r02-patched-2",
	.kernel = "patched",
	.round = 2,
	.attempt = 3,
	.guest = true,
	.out = "/run/share",
	.work = "/run/work",
	.fio = "/opt/with space/fio",
	.engine = "/opt/engine.so",
	.daemon = "/opt/fpfs",
	.sweep = true,
};

static json_t *full_json(void)
{
	struct fpb_job j = full;
	char why[FPB_REASON_MAX];
	json_t *o;

	fpb_plan_default(&j.plan);
	assert_int_equal(fpb_plan_set_text(&j.plan, "sweep.seed=77", why), 0);
	assert_int_equal(fpb_plan_set_text(&j.plan, "sweep.regimes=device,cpu",
					   why), 0);
	o = fpb_job_to_json(&j);
	assert_non_null(o);
	return o;
}

static void a_job_survives_the_trip(void **state)
{
	json_t *o = full_json();
	char why[FPB_REASON_MAX] = "";
	struct fpb_job j;

	assert_int_equal(fpb_job_from_json(o, &j, why), 0);
	assert_string_equal(why, "");
	assert_string_equal(j.boot, full.boot);
	assert_string_equal(j.kernel, full.kernel);
	assert_int_equal(j.round, 2);
	assert_int_equal(j.attempt, 3);
	assert_true(j.guest);
	assert_false(j.probe);
	assert_string_equal(j.out, full.out);
	assert_string_equal(j.work, full.work);
	assert_string_equal(j.fio, full.fio);
	assert_string_equal(j.engine, full.engine);
	assert_string_equal(j.daemon, full.daemon);
	assert_int_equal(j.plan.seed, 77);
	assert_string_equal(j.plan.regimes[0].name, "device");
	assert_true(j.sweep);
	json_decref(o);
}

static void tests_survive_the_trip(void **state)
{
	struct fpb_job j = full, back;
	char why[FPB_REASON_MAX] = "";
	json_t *o;

	fpb_plan_default(&j.plan);
	j.command = json_pack("[s]", "sh");
	j.tests = (struct fpb_job_tests){
		.names = json_pack("[ss]", "a/b", "c"), .mount = "x {mnt}",
		.mounts = true, .deadline_s = 300, .time_s = 5,
	};
	o = fpb_job_to_json(&j);
	assert_int_equal(fpb_job_from_json(o, &back, why), 0);
	assert_true(json_equal(back.tests.names, j.tests.names));
	assert_string_equal(back.tests.mount, "x {mnt}");
	assert_true(back.tests.mounts);
	assert_int_equal(back.tests.deadline_s, 300);
	assert_int_equal(back.tests.time_s, 5);
	json_decref(o);
	/* On raw. */
	j.tests.mount = NULL;
	o = fpb_job_to_json(&j);
	assert_int_equal(fpb_job_from_json(o, &back, why), 0);
	assert_null(back.tests.mount);
	json_decref(o);
	json_decref(j.command);
	json_decref(j.tests.names);
}

static void a_job_without_a_path_cannot_be_written(void **state)
{
	struct fpb_job j = full;

	fpb_plan_default(&j.plan);
	j.daemon = NULL;
	assert_null(fpb_job_to_json(&j));
}

/* @change is merged into a good job; null removes the key. */
static const struct {
	const char *name;
	const char *change;
	const char *want;
} broken[] = {
	{ "a key is missing", "{\"engine\": null}",
	  "job: Object item not found: engine" },
	{ "a number where a text belongs", "{\"boot\": 3}",
	  "job: Expected string, got integer" },
	{ "a text where a number belongs", "{\"round\": \"1\"}",
	  "job: Expected integer, got string" },
	{ "a number where yes or no belongs", "{\"guest\": 1}",
	  "job: Expected true or false, got integer" },
	{ "a round below one", "{\"round\": 0}",
	  "job: rounds and attempts count from 1" },
	{ "an attempt below zero", "{\"attempt\": -1}",
	  "job: rounds and attempts count from 1" },
	{ "a name that does not fit", "{\"boot\": \"" NAME_63 "4\"}",
	  "job: a name is too long" },
	{ "a kernel that does not fit", "{\"kernel\": \"" NAME_63 "4\"}",
	  "job: a name is too long" },
	{ "tests without names", "{\"tests\": {\"mounts\": true}}",
	  "job: tests: Object item not found: names" },
	{ "tests without a command",
	  "{\"tests\": {\"names\": [\"a\"], \"mounts\": false, \"deadline\": 1, \"time\": 1}}",
	  "job: tests must be a list of names and have a command" },
	{ "a plan with a key that is not known",
	  "{\"plan\": \"[device]\\ncolour = red\\n\"}",
	  "job: plan, line 2: unknown key \"colour\" in [device] (known: type, fs, size, blocksize, queue_mode, submit_queues, queue_depth)" },
};

static json_t *broken_job(const char *change)
{
	json_t *o = full_json();
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

static void each_broken_job_is_explained(void **state)
{
	char why[FPB_REASON_MAX];
	struct fpb_job j;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		json_t *o = broken_job(broken[i].change);

		print_message("# %s\n", broken[i].name);
		assert_int_equal(fpb_job_from_json(o, &j, why), -EINVAL);
		assert_string_equal(why, broken[i].want);
		json_decref(o);
	}
}

static void a_job_that_is_no_object_is_refused(void **state)
{
	json_t *o = json_array();
	char why[FPB_REASON_MAX];
	struct fpb_job j;

	assert_int_equal(fpb_job_from_json(o, &j, why), -EINVAL);
	assert_string_equal(why, "job: Expected object, got array");
	json_decref(o);
}

static void the_longest_name_fits(void **state)
{
	json_t *o = broken_job("{\"boot\": \"" NAME_63 "\"}");
	char why[FPB_REASON_MAX];
	struct fpb_job j;

	assert_int_equal(fpb_job_from_json(o, &j, why), 0);
	assert_string_equal(j.boot, NAME_63);
	json_decref(o);
}

static void a_regime_is_found_by_its_whole_name(void **state)
{
	struct fpb_plan p;

	fpb_plan_default(&p);
	assert_ptr_equal(fpb_plan_regime(&p, "device"), &p.regimes[2]);
	assert_null(fpb_plan_regime(&p, "dev"));
	assert_null(fpb_plan_regime(&p, ""));
	p.nregimes = 1;
	assert_null(fpb_plan_regime(&p, "device"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_survives_the_trip),
		cmocka_unit_test(tests_survive_the_trip),
			cmocka_unit_test(a_job_without_a_path_cannot_be_written),
		cmocka_unit_test(each_broken_job_is_explained),
		cmocka_unit_test(a_job_that_is_no_object_is_refused),
		cmocka_unit_test(the_longest_name_fits),
		cmocka_unit_test(a_regime_is_found_by_its_whole_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
