// SPDX-License-Identifier: GPL-2.0
/* core/step.c: a step arrives as it was sent, or not at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/step.h"

static const struct fpb_step full = {
	.seq = 1003, .raw_seq = 1004,
	.cell = { "device", "fuse", "randwrite-4k", 8 },
	.slicing = { .lanes = 2, .raw_every = 4, .slice_ns = 200000000,
		     .guard_ns = 30000000, .job_ms = 1600 },
	.lane = 1, .seed = 4294967295u, .clock_offset_ns = -12345678901,
	.mark_ios = 8000, .mark_after = 1600,
};

static void a_step_survives_the_trip(void **state)
{
	json_t *o = fpb_step_to_json(&full);
	char why[FPB_REASON_MAX] = "";
	struct fpb_step s;

	assert_int_equal(fpb_step_from_json(o, &s, why), 0);
	assert_string_equal(why, "");
	assert_int_equal(s.seq, full.seq);
	assert_int_equal(s.raw_seq, full.raw_seq);
	assert_string_equal(s.cell.regime, "device");
	assert_string_equal(s.cell.target, "fuse");
	assert_string_equal(s.cell.workload, "randwrite-4k");
	assert_int_equal(s.cell.numjobs, 8);
	assert_memory_equal(&s.slicing, &full.slicing, sizeof(s.slicing));
	assert_int_equal(s.lane, 1);
	assert_int_equal(s.seed, full.seed);
	assert_true(s.clock_offset_ns == full.clock_offset_ns);
	assert_int_equal(s.mark_ios, full.mark_ios);
	assert_int_equal(s.mark_after, full.mark_after);
	json_decref(o);
}

/* @key of a good step becomes @value; JSON's null removes it. */
static const struct {
	const char *key, *value, *want;
} broken[] = {
	{ "target", "null", "Object item not found: target" },
	{ "seq", "\"1\"", "Expected integer, got string" },
	{ "seq", "-1", "out of bounds" },
	{ "numjobs", "0", "out of bounds" },
	{ "lane", "2", "out of bounds" },
	{ "lanes", "-1", "out of bounds" },
	{ "job_ms", "0", "out of bounds" },
	{ "mark_ios", "-1", "out of bounds" },
	{ "regime", "\"0123456789012345678901234567890123456789012345678901234567890123\"",
	  "out of bounds" },
};

static void each_broken_step_is_explained(void **state)
{
	char why[FPB_REASON_MAX];
	struct fpb_step s;

	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		json_t *o = fpb_step_to_json(&full);
		json_t *v = json_loads(broken[i].value, JSON_DECODE_ANY, NULL);

		print_message("# %s: %s\n", broken[i].key, broken[i].value);
		if (json_is_null(v))
			json_object_del(o, broken[i].key);
		else
			json_object_set(o, broken[i].key, v);
		json_decref(v);
		assert_int_equal(fpb_step_from_json(o, &s, why), -EINVAL);
		assert_non_null(strstr(why, broken[i].want));
		json_decref(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_survives_the_trip),
		cmocka_unit_test(each_broken_step_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
