// SPDX-License-Identifier: GPL-2.0
/* core/shard.c and core/merge.c: who measures which rounds, and what they make. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/merge.h"
#include "core/parse.h"
#include "core/schedule.h"
#include "fixture.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static void a_part_is_two_numbers(void **state)
{
	static const char *const wrong[] = {
		"", "3", "0/3", "4/3", "1/0", "-1/3", "1/3x", "1 / 3", "1/3/5",
		"+1/3", "99999999999/99999999999",
	};
	unsigned int part, parts;

	assert_int_equal(fpb_parse_part("2/3", &part, &parts), 0);
	assert_int_equal(part, 2);
	assert_int_equal(parts, 3);
	for (size_t i = 0; i < NELEM(wrong); i++)
		assert_true(fpb_parse_part(wrong[i], &part, &parts) < 0);
}

static void each_round_belongs_to_one_shard(void **state)
{
	for (size_t kernels = 1; kernels < 5; kernels++) {
		for (unsigned int of = 1; of <= fpb_shards_max(kernels, 19);
		     of++) {
			unsigned int sum = 0;

			for (unsigned int i = 1; i <= of; i++) {
				const struct fpb_shard s = { i, of };
				unsigned int n = fpb_shard_rounds(&s, kernels,
								  19);

				assert_true(n > 0);
				sum += n;
			}
			assert_int_equal(sum, 19);
		}
	}
}

static void what_is_not_split_has_all_rounds(void **state)
{
	const struct fpb_shard whole = { 0, 0 };

	assert_int_equal(fpb_shard_rounds(&whole, 2, 19), 19);
}

/* In each shard every kernel is as often the first to boot as any other. */
static void the_order_is_balanced_inside_a_shard(void **state)
{
	size_t order[2], first[2];

	for (unsigned int i = 1; i <= 3; i++) {
		const struct fpb_shard s = { i, 3 };

		first[0] = first[1] = 0;
		for (unsigned int round = 1; round <= 24; round++) {
			if (!fpb_shard_has(&s, 2, round))
				continue;
			fpb_schedule_kernels(7, round, 2, order);
			first[order[0]]++;
		}
		assert_int_equal(first[0], 4);
		assert_int_equal(first[1], 4);
	}
}

/* --- merge ------------------------------------------------------------------ */

#define SHARDS		4

struct parts {
	struct fpb_manifest m[SHARDS];
	struct fpb_merge_shard s[SHARDS];
};

/* Shards of a run of the fixtures, on three machines. */
static int parts_up(void **state)
{
	static const char *const names[SHARDS] = { "a", "b", "c", "d" };
	struct parts *p = calloc(1, sizeof(*p));
	char why[FPB_REASON_MAX], id[8];
	struct fpb_rundata run;
	json_t *root;

	fixture_load("duet", &run);
	for (int i = 0; i < SHARDS; i++) {
		const int machine = i == 3 ? 0 : i;

		root = json_deep_copy(run.manifest.root);
		snprintf(id, sizeof(id), "run-%d", i + 1);
		json_object_set_new(root, "id", json_string(id));
		json_object_set_new(root, "shard", json_pack("{si si}",
			"index", i + 1, "of", SHARDS));
		json_object_set_new(root, "machine", json_pack("{ss ss}",
			"name", names[machine], "id", "0123456789abcdef"));
		json_object_set_new(json_object_get(root, "host"), "kernel",
				    json_string(names[machine]));
		if (fpb_manifest_init(&p->m[i], root, why))
			fail_msg("%s", why);
		json_decref(root);
		p->s[i] = (struct fpb_merge_shard){ names[i], &p->m[i] };
	}
	fpb_rundata_free(&run);
	*state = p;
	return 0;
}

static int parts_down(void **state)
{
	struct parts *p = *state;

	for (int i = 0; i < SHARDS; i++)
		fpb_manifest_free(&p->m[i]);
	free(p);
	return 0;
}

static void refused(const struct parts *p, size_t n, const char *want)
{
	char why[FPB_REASON_MAX] = "";

	assert_int_equal(fpb_merge_check(p->s, n, why), -EINVAL);
	assert_string_equal(why, want);
}

static void set(struct parts *p, int i, const char *in, const char *key,
		json_t *v)
{
	json_object_set_new(fpb_json_at(p->m[i].root, in), key, v);
}

static void shards_make_a_run(void **state)
{
	struct parts *p = *state;
	char why[FPB_REASON_MAX] = "";
	struct fpb_manifest m;
	json_t *root;

	/* In whatever order they are given. */
	struct fpb_merge_shard first = p->s[0];

	p->s[0] = p->s[2];
	p->s[2] = first;
	assert_int_equal(fpb_merge_check(p->s, SHARDS, why), 0);
	root = fpb_merge_manifest(p->s, SHARDS, "all");
	assert_non_null(root);
	if (fpb_manifest_init(&m, root, why))
		fail_msg("%s", why);
	assert_string_equal(m.id, "all");
	assert_int_equal(m.shard.of, 0);
	assert_int_equal(m.nmachines, 3);
	assert_string_equal(m.machines[0], "a");
	assert_string_equal(m.machines[2], "c");
	/* Two kernels: two rounds each. */
	assert_int_equal(fpb_manifest_machine(&m, 1), 0);
	assert_int_equal(fpb_manifest_machine(&m, 2), 0);
	assert_int_equal(fpb_manifest_machine(&m, 3), 1);
	assert_int_equal(fpb_manifest_machine(&m, 6), 2);
	assert_int_equal(fpb_manifest_machine(&m, 8), 0);
	assert_int_equal(fpb_manifest_machine(&m, 9), 0);
	assert_int_equal(fpb_manifest_rounds(&m), m.rounds);
	/* What machines differ in is not the run's. */
	assert_null(fpb_json_at(root, "host.kernel"));
	assert_non_null(fpb_json_at(root, "host.cpu_model"));
	assert_null(fpb_json_at(root, "paths"));
	assert_string_equal(fpb_json_text(json_array_get(fpb_json_at(
		root, "machines"), 1), "host.kernel"), "b");
	fpb_manifest_free(&m);
	json_decref(root);
}

static void machines_of_one_name_are_told_apart(void **state)
{
	struct parts *p = *state;
	json_t *root, *machines;

	set(p, 1, "machine", "name", json_string("a"));
	set(p, 1, "machine", "id", json_string("fedcba9876543210"));
	root = fpb_merge_manifest(p->s, SHARDS, "all");
	machines = fpb_json_at(root, "machines");
	assert_int_equal(json_array_size(machines), 3);
	assert_string_equal(fpb_json_text(json_array_get(machines, 0), "name"),
			    "a");
	assert_string_equal(fpb_json_text(json_array_get(machines, 1), "name"),
			    "a-fedcba");
	json_decref(root);
}

static void a_missing_shard_is_named(void **state)
{
	struct parts *p = *state;

	refused(p, 3, "1 of 4 shards is missing: 4");
	refused(p, 1, "3 of 4 shards are missing: 2, 3, 4");
}

static void a_shard_that_is_there_twice_is_named(void **state)
{
	struct parts *p = *state;

	p->m[3].shard.index = 2;
	refused(p, SHARDS, "shard 2/4 is given twice: b and d");
}

static void a_shard_of_other_parts_is_named(void **state)
{
	struct parts *p = *state;

	p->m[1].shard.of = 3;
	refused(p, SHARDS, "a is shard 1/4, but b is shard 2/3");
}

static void a_whole_run_is_no_shard(void **state)
{
	struct parts *p = *state;

	p->m[2].shard.of = 0;
	refused(p, SHARDS, "c is not a shard, but a whole run");
}

static void another_plan_kernel_or_tool_is_named(void **state)
{
	struct parts *p = *state;

	set(p, 2, "plan", "seed", json_integer(3));
	refused(p, SHARDS, "a and c are not of one run: plan.seed is 20260616 and 3");
	set(p, 2, "plan", "seed", json_integer(20260616));
	json_object_set_new(json_array_get(fpb_json_at(p->m[1].root,
						       "kernels"), 1),
			    "image_sha256", json_string("other"));
	refused(p, SHARDS, "a and b are not of one run: kernels.patched.image_sha256 is \"36f675cc81e74ef5e8e25d940ed904759531985d5d9dc9f81818e811892f902b\" a");
	json_object_set(p->m[1].root, "kernels",
			fpb_json_at(p->m[0].root, "kernels"));
	json_object_set_new(p->m[3].root, "fpbench", json_string("0.2.0"));
	refused(p, SHARDS, "a and d are not of one run: fpbench is \"0.1.0\" and \"0.2.0\"");
}

/* A key that is not known here might matter. */
static void what_is_new_must_match(void **state)
{
	struct parts *p = *state;

	json_object_set_new(p->m[1].root, "mitigations", json_string("off"));
	refused(p, SHARDS, "a and b are not of one run: mitigations is absent and \"off\"");
}

static void a_machine_s_own_may_differ(void **state)
{
	struct parts *p = *state;
	char why[FPB_REASON_MAX];

	set(p, 1, "backend", "pin", json_pack("[ii]", 4, 5));
	set(p, 2, "filesystem", "version", json_string("mkfs.xfs 6.13"));
	json_array_set_new(fpb_json_at(p->m[3].root, "daemon.options"), 0,
			   json_string("/elsewhere/fpfs"));
	json_object_set_new(json_array_get(fpb_json_at(p->m[3].root,
						       "workloads"), 0),
			    "job", json_string("/elsewhere/my.fio"));
	assert_int_equal(fpb_merge_check(p->s, SHARDS, why), 0);
}

int main(void)
{
#define MERGE(test)	cmocka_unit_test_setup_teardown(test, parts_up, parts_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_is_two_numbers),
		cmocka_unit_test(each_round_belongs_to_one_shard),
		cmocka_unit_test(what_is_not_split_has_all_rounds),
		cmocka_unit_test(the_order_is_balanced_inside_a_shard),
		MERGE(shards_make_a_run),
		MERGE(machines_of_one_name_are_told_apart),
		MERGE(a_missing_shard_is_named),
		MERGE(a_shard_that_is_there_twice_is_named),
		MERGE(a_shard_of_other_parts_is_named),
		MERGE(a_whole_run_is_no_shard),
		MERGE(another_plan_kernel_or_tool_is_named),
		MERGE(what_is_new_must_match),
		MERGE(a_machine_s_own_may_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
