// SPDX-License-Identifier: GPL-2.0
/* core/result.c: what is written is read back; what is broken is named. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/result.h"

static const struct fpb_sample full = {
	.boot = "r02-patched",
	.kernel = "patched",
	.round = 2,
	.attempt = 1,
	.seq = 7,
	.cell = { "cpu", "fuse", "randwrite-4k", 8 },
	.status = FPB_SAMPLE_OK,
	.iops = 112345.678,
	.ios = 112346,
	.runtime_ms = 1000,
	.lat_mean_ns = 1.5e6,
	.lat_p50_ns = 1.25e6,
	.lat_p99_ns = 4e6,
	.lat_p999_ns = 8e6,
	.cpu_usr_pct = 12.5,
	.cpu_sys_pct = 80.25,
	.has_daemon = true,
	.daemon_requests = 8,
	.fio = "boots/r02-patched/fio/007.json",
	.has_pair = true,
	.pair = { .with = "raw", .slices = "boots/r02-patched/fio/007",
		  .slice_ns = 20000000, .guard_ns = 2000000, .seed = 4242,
		  .pairs = 28, .lost_draining = 3, .lost_partner = 2,
		  .ratio = 0.625, .log_se = 0.03125,
		  .log_early = -0.25 },
	.has_duet = true,
	.duet = { .over = "baseline", .log_ratio = -0.125,
		  .log_total = 0.25, .log_sd = 0.0625, .blocks = 12,
		  .lost = 3 },
};

static void read_back(const struct fpb_sample *s, struct fpb_sample *again)
{
	char why[FPB_REASON_MAX] = "";
	json_t *o = fpb_sample_to_json(s);

	assert_non_null(o);
	assert_int_equal(fpb_sample_from_json(o, again, why), 0);
	assert_string_equal(why, "");
	json_decref(o);
}

static void a_sample_survives_the_trip(void **state)
{
	struct fpb_sample again;

	read_back(&full, &again);
	assert_memory_equal(&full, &again, sizeof(full));
}

static void a_sample_alone_has_no_pair_and_no_duet(void **state)
{
	struct fpb_sample alone = full, again;
	json_t *o;

	alone.has_pair = false;
	memset(&alone.pair, 0, sizeof(alone.pair));
	alone.has_duet = false;
	memset(&alone.duet, 0, sizeof(alone.duet));
	o = fpb_sample_to_json(&alone);
	assert_null(json_object_get(o, "pair"));
	assert_null(json_object_get(o, "duet"));
	json_decref(o);
	read_back(&alone, &again);
	assert_memory_equal(&alone, &again, sizeof(alone));
}

static void a_failed_sample_carries_no_number(void **state)
{
	struct fpb_sample failed = full, again;
	json_t *o;

	failed.status = FPB_SAMPLE_FAILED;
	failed.has_daemon = false;
	strcpy(failed.reason, "fio: no space left on device");
	o = fpb_sample_to_json(&failed);
	assert_null(json_object_get(o, "iops"));
	assert_null(json_object_get(o, "daemon"));
	json_decref(o);

	read_back(&failed, &again);
	assert_int_equal(again.status, FPB_SAMPLE_FAILED);
	assert_string_equal(again.reason, failed.reason);
	assert_true(again.iops == 0);
}

static void a_number_that_json_cannot_hold_is_refused(void **state)
{
	struct fpb_sample s = full;

	s.iops = NAN;
	assert_null(fpb_sample_to_json(&s));
}

static void a_boot_survives_the_trip(void **state)
{
	static const struct fpb_boot boot = {
		.boot = "r01-baseline",
		.kernel = "baseline",
		.round = 1,
		.attempt = 2,
		.status = "ok",
		.release = "7.3.4",
		.started = "2026-11-22T15:00:00Z",
		.seconds = 12.25,
		.clock_offset_ns = -1500,
		.has_load = true,
		.load = { 0.42 },
		.has_lock = true,
		.lock = { FPB_LOCK_EXCLUSIVE, "", 1000000, 870.5, 880.25 },
	};
	char why[FPB_REASON_MAX] = "";
	struct fpb_boot again;
	json_t *o = fpb_boot_to_json(&boot);

	assert_true(fabs(json_real_value(json_object_get(
		json_object_get(o, "lock"), "ratio")) - 1.0112) < 1e-4);
	assert_int_equal(fpb_boot_from_json(o, &again, why), 0);
	assert_memory_equal(&boot, &again, sizeof(boot));
	json_decref(o);
}

static void lock_evidence_survives_the_trip_alone(void **state)
{
	static const struct fpb_lock_evidence lock = {
		FPB_LOCK_SHARED, "", 1000000, 870.5, 1741,
	};
	char why[FPB_REASON_MAX] = "";
	struct fpb_lock_evidence again;
	json_t *o = fpb_lock_evidence_to_json(&lock);

	assert_int_equal(fpb_lock_evidence_from_json(o, &again, why), 0);
	assert_memory_equal(&lock, &again, sizeof(lock));
	assert_true(fpb_lock_ratio(&again) == 2);
	json_decref(o);
	assert_int_equal(fpb_lock_evidence_from_json(NULL, &again, why),
			 -EINVAL);
	assert_string_equal(why, "key \"lock\": missing, or not an object");
}

static void an_unknown_lock_may_have_no_rates(void **state)
{
	static const struct fpb_boot boot = {
		.boot = "r01-baseline", .kernel = "baseline", .round = 1,
		.attempt = 1, .status = "ok", .has_lock = true,
		.lock = { FPB_LOCK_UNKNOWN, "no null_blk", 0, 0, 0 },
	};
	char why[FPB_REASON_MAX] = "";
	struct fpb_boot again;
	json_t *o = fpb_boot_to_json(&boot);

	assert_int_equal(fpb_boot_from_json(o, &again, why), 0);
	assert_memory_equal(&boot, &again, sizeof(boot));
	json_decref(o);
}

/* @change is merged into a good sample; null removes the key. */
static const struct {
	const char *name;
	const char *change;
	const char *want;
} broken[] = {
	{ "another schema", "{\"schema\": 2}",
	  "schema 2 is not known (known: 1)" },
	{ "no schema", "{\"schema\": null}",
	  "key \"schema\": missing, or not a whole number" },
	{ "a key is missing", "{\"kernel\": null}",
	  "key \"kernel\": missing" },
	{ "a number as text", "{\"numjobs\": \"8\"}",
	  "key \"numjobs\": not a whole number" },
	{ "a negative count", "{\"round\": -1}",
	  "key \"round\": out of range" },
	{ "a count that overflows", "{\"seq\": 4294967296}",
	  "key \"seq\": out of range" },
	{ "a status that is not one", "{\"status\": \"fine\"}",
	  "key \"status\": unknown value \"fine\"" },
	{ "no status", "{\"status\": null}",
	  "key \"status\": missing, or not a string" },
	{ "a good sample without its number", "{\"iops\": null}",
	  "key \"iops\": missing" },
	{ "a rate below zero", "{\"iops\": -1.0}",
	  "key \"iops\": negative" },
	{ "a name that does not fit",
	  "{\"boot\": \"0123456789012345678901234567890123456789"
	  "012345678901234567890123456789\"}",
	  "key \"boot\": too long" },
	{ "a logarithm beyond reason", "{\"duet\": {\"over\": \"baseline\","
	  "\"log_ratio\": -31, \"log_total\": 0, \"log_sd\": 0, "
	  "\"blocks\": 1, \"lost\": 0}}",
	  "key \"log_ratio\": out of range" },
	{ "a list where an object belongs", "{\"lat_ns\": []}",
	  "key \"lat_ns\": not an object" },
};

static json_t *broken_sample(const char *change)
{
	json_t *o = fpb_sample_to_json(&full);
	json_t *patch = json_loads(change, 0, NULL);
	const char *key;
	json_t *v;

	json_object_foreach(patch, key, v) {
		if (json_is_null(v))
			json_object_del(o, key);
		else
			json_object_set(o, key, v);
	}
	json_decref(patch);
	return o;
}

static void each_broken_line_is_explained(void **state)
{
	char why[FPB_REASON_MAX];
	struct fpb_sample s;
	size_t i;

	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		json_t *o = broken_sample(broken[i].change);

		print_message("# %s\n", broken[i].name);
		assert_int_equal(fpb_sample_from_json(o, &s, why), -EINVAL);
		assert_string_equal(why, broken[i].want);
		json_decref(o);
	}
}

static void a_line_that_is_no_object_is_refused(void **state)
{
	json_t *o = json_integer(3);
	char why[FPB_REASON_MAX];
	struct fpb_sample s;

	assert_int_equal(fpb_sample_from_json(o, &s, why), -EINVAL);
	assert_string_equal(why, "not a JSON object");
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sample_survives_the_trip),
		cmocka_unit_test(a_sample_alone_has_no_pair_and_no_duet),
		cmocka_unit_test(a_failed_sample_carries_no_number),
		cmocka_unit_test(a_number_that_json_cannot_hold_is_refused),
		cmocka_unit_test(a_boot_survives_the_trip),
		cmocka_unit_test(lock_evidence_survives_the_trip_alone),
		cmocka_unit_test(an_unknown_lock_may_have_no_rates),
		cmocka_unit_test(each_broken_line_is_explained),
		cmocka_unit_test(a_line_that_is_no_object_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
