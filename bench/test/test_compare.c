// SPDX-License-Identifier: GPL-2.0
/* core/compare.c: which runs may be compared, and which of their kernels. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/compare.h"
#include "fixture.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* What is put at @path of a copy of one run's manifest. */
static const struct {
	const char *path, *value;
	const char *why;		/* NULL: still comparable */
} changes[] = {
	{ "id", "\"other\"", NULL },
	{ "plan.seed", "5", NULL },
	{ "plan.rounds", "9", NULL },
	{ "kernels", "[{\"name\": \"other\"}]", NULL },
	{ "daemon.options", "[\"/elsewhere/fpfs\"]", NULL },
	{ "host.kernel", "\"6.19\"", NULL },
	{ "backend.name", "\"uml\"", "backend.name is \"host\" and \"uml\"" },
	{ "backend.accelerator", "\"tcg\"",
	  "backend.accelerator is absent and \"tcg\"" },
	{ "backend.pin", "[0,1]", "backend.pin is absent and [0,1]" },
	{ "backend.affinity", "\"fixed\"",
	  "backend.affinity is absent and \"fixed\"" },
	{ "backend.cpus", "4", "backend.cpus is 2 and 4" },
	{ "backend.memory_mib", "1", "backend.memory_mib is 5120 and 1" },
	{ "host.cpu_model", "\"X\"",
	  "host.cpu_model is \"Example CPU 3000\" and \"X\"" },
	{ "host.cpus", "3", "host.cpus is 2 and 3" },
	{ "device.type", "\"loop\"",
	  "device.type is \"null_blk\" and \"loop\"" },
	{ "device.more", "1", "device.more is absent and 1" },
	{ "device.memory_backed", "null",
	  "device.memory_backed is true and null" },
	{ "filesystem.type", "\"ext4\"",
	  "filesystem.type is \"xfs\" and \"ext4\"" },
	{ "filesystem.mkfs", "[\"mkfs.xfs\"]",
	  "filesystem.mkfs is [\"mkfs.xfs\",\"-f\"] and [\"mkfs.xfs\"]" },
	{ "filesystem.mount", "\"sync\"",
	  "filesystem.mount is \"noatime\" and \"sync\"" },
	{ "plan.runtime_ms", "100", "plan.runtime_ms is 500 and 100" },
	{ "plan.ramp_ms", "1", "plan.ramp_ms is 100 and 1" },
	{ "fio.version", "\"fio-1\"",
	  "fio.version is \"fio-3.42\" and \"fio-1\"" },
	{ "daemon.options", "[\"/x/fpfs\", \"--copy\"]",
	  "daemon.options is [] and [\"--copy\"]" },
	{ "regimes", "[{\"name\": \"device\", \"submit\": \"psync\", "
	  "\"iodepth\": 2, \"batch\": 1, \"completion_nsec\": 100000}]",
	  "regimes.device.iodepth is 1 and 2" },
	{ "workloads", "[{\"name\": \"randwrite-4k\", \"rw\": \"randwrite\", "
	  "\"bs\": 4096, \"direct\": false, \"size_mib\": 512}]",
	  "workloads.randwrite-4k.direct is true and false" },
};

static void set_at(json_t *root, const char *path, const char *value)
{
	const char *dot = strchr(path, '.');
	char parent[64] = "";

	if (dot)
		snprintf(parent, sizeof(parent), "%.*s", (int)(dot - path),
			 path);
	json_object_set_new(dot ? fpb_json_at(root, parent) : root,
			    dot ? dot + 1 : path,
			    json_loads(value, JSON_DECODE_ANY, NULL));
}

static void the_first_difference_is_named(void **state)
{
	char why[FPB_REASON_MAX], text[FPB_REASON_MAX];
	struct fpb_manifest other;
	struct fpb_rundata run;
	size_t i;

	fixture_load("apart-baseline", &run);
	for (i = 0; i < NELEM(changes); i++) {
		json_t *root = json_deep_copy(run.manifest.root);

		print_message("# %s: %s\n", changes[i].path, changes[i].value);
		set_at(root, changes[i].path, changes[i].value);
		assert_int_equal(fpb_manifest_init(&other, root, text), 0);
		assert_int_equal(fpb_compare_check(&run.manifest, &other, why),
				 changes[i].why ? -EINVAL : 0);
		if (changes[i].why)
			assert_string_equal(why, changes[i].why);
		fpb_manifest_free(&other);
		json_decref(root);
	}
	fpb_rundata_free(&run);
}

static void another_build_of_a_program_is_remarked_on(void **state)
{
	char why[FPB_REASON_MAX];
	struct fpb_manifest other;
	struct fpb_rundata run;
	json_t *root;

	fixture_load("two-kernels-two-regimes", &run);
	assert_int_equal(fpb_compare_remark(&run.manifest, &run.manifest, 0,
					    why), -ENOENT);
	root = json_deep_copy(run.manifest.root);
	set_at(root, "engine.sha256", "\"e2\"");
	set_at(root, "host.kernel", "\"6.19\"");
	assert_int_equal(fpb_manifest_init(&other, root, why), 0);
	json_decref(root);
	assert_int_equal(fpb_compare_check(&run.manifest, &other, why), 0);
	assert_int_equal(fpb_compare_remark(&run.manifest, &other, 0, why), 0);
	assert_non_null(strstr(why, "engine.sha256 is \"e1e1"));
	assert_int_equal(fpb_compare_remark(&run.manifest, &other, 1, why), 0);
	assert_string_equal(why, "host.kernel is \"6.18.15\" and \"6.19\"");
	assert_int_equal(fpb_compare_remark(&run.manifest, &other, 2, why),
			 -ENOENT);
	fpb_manifest_free(&other);
	fpb_rundata_free(&run);
}

static void without_a_guest_the_hosts_kernel_is_the_one_tested(void **state)
{
	char why[FPB_REASON_MAX];
	struct fpb_manifest other;
	struct fpb_rundata run;
	json_t *root;

	fixture_load("apart-baseline", &run);
	root = json_deep_copy(run.manifest.root);
	set_at(root, "host.kernel", "\"6.19\"");
	assert_int_equal(fpb_manifest_init(&other, root, why), 0);
	json_decref(root);
	assert_int_equal(fpb_compare_remark(&run.manifest, &other, 0, why),
			 -ENOENT);
	fpb_manifest_free(&other);
	fpb_rundata_free(&run);
}

#define MAX_SIDES	4

static const struct {
	const char *name;
	const char *runs[MAX_SIDES], *kernels[MAX_SIDES];
	size_t table;
	long ret;
	struct fpb_choice want[MAX_SIDES];
	const char *why;
} sides[] = {
	{ "one each, whatever their names",
	  { "apart-baseline", "apart-patched" }, { NULL }, 0, 2,
	  { { 0, 0 }, { 1, 0 } }, NULL },
	{ "one each: no second table", { "apart-baseline", "apart-patched" },
	  { NULL }, 1, -ENOENT, { { 0 } }, NULL },
	{ "several: those of one name", { "three-kernels", "interrupted" },
	  { NULL }, 1, 2, { { 0, 1 }, { 1, 1 } }, NULL },
	{ "several: no third table", { "three-kernels", "interrupted" },
	  { NULL }, 2, -ENOENT, { { 0 } }, NULL },
	{ "several: no common name", { "three-kernels", "long-names" },
	  { NULL }, 0, -EINVAL, { { 0 } }, "no kernel name in common" },
	{ "both named", { "three-kernels", "interrupted" },
	  { "other", "baseline" }, 0, 2, { { 0, 2 }, { 1, 0 } }, NULL },
	{ "both named: no second table", { "three-kernels", "interrupted" },
	  { "other", "baseline" }, 1, -ENOENT, { { 0 } }, NULL },
	{ "one named, the other has one only",
	  { "three-kernels", "apart-baseline" }, { "patched" }, 0, 2,
	  { { 0, 1 }, { 1, 0 } }, NULL },
	{ "one named, its like on the other side",
	  { "interrupted", "three-kernels" }, { NULL, "patched" }, 0, 2,
	  { { 0, 1 }, { 1, 1 } }, NULL },
	{ "one named, no like", { "three-kernels", "interrupted" },
	  { "other" }, 0, -EINVAL, { { 1, 0 } },
	  "several kernels, name one (known: baseline, patched)" },
	{ "a name that is not there", { "apart-baseline", "apart-patched" },
	  { "zzz" }, 0, -EINVAL, { { 0 } },
	  "no kernel \"zzz\" (known: baseline)" },
	{ "all kernels of one run", { "three-kernels" }, { NULL }, 0, 3,
	  { { 0, 0 }, { 0, 1 }, { 0, 2 } }, NULL },
	{ "all kernels of one run: no second table", { "three-kernels" },
	  { NULL }, 1, -ENOENT, { { 0 } }, NULL },
	{ "the only kernel of one run", { "apart-baseline" }, { NULL }, 0,
	  -EINVAL, { { 0 } }, "nothing to compare it with" },
	{ "one kernel of one run", { "three-kernels" }, { "other" }, 0,
	  -EINVAL, { { 0 } }, "nothing to compare it with" },
	{ "three runs, one each",
	  { "apart-baseline", "three-kernels", "apart-patched" },
	  { NULL, "other" }, 0, 3, { { 0, 0 }, { 1, 2 }, { 2, 0 } }, NULL },
	{ "three runs, one of them unclear",
	  { "apart-baseline", "three-kernels", "apart-patched" }, { NULL }, 0,
	  -EINVAL, { { 1, 0 } }, "several kernels, name one (known: baseline, patched, other)" },
	{ "too many", { "three-kernels", "apart-baseline", "apart-baseline",
			"apart-patched" }, { "other" }, 0, -EINVAL, { { 0 } },
	  "too many" },
};

static size_t load_runs(const char *const *names, struct fpb_rundata *runs,
			const struct fpb_manifest **manifests)
{
	size_t n;

	for (n = 0; n < MAX_SIDES && names[n]; n++) {
		fixture_load(names[n], &runs[n]);
		manifests[n] = &runs[n].manifest;
	}
	return n;
}

static void kernels_stand_together_by_name_or_by_wish(void **state)
{
	const struct fpb_manifest *manifests[MAX_SIDES];
	struct fpb_rundata runs[MAX_SIDES];
	struct fpb_choice got[MAX_SIDES];
	char why[FPB_REASON_MAX];
	size_t i, n;
	long ret, j;

	for (i = 0; i < NELEM(sides); i++) {
		print_message("# %s\n", sides[i].name);
		n = load_runs(sides[i].runs, runs, manifests);
		ret = fpb_compare_sides(manifests, sides[i].kernels, n,
					sides[i].table, got, 3, why);
		assert_int_equal(ret, sides[i].ret);
		for (j = 0; j < ret; j++) {
			assert_int_equal(got[j].run, sides[i].want[j].run);
			assert_int_equal(got[j].kernel,
					 sides[i].want[j].kernel);
		}
		if (ret == -EINVAL) {
			assert_int_equal(got[0].run, sides[i].want[0].run);
			assert_non_null(strstr(why, sides[i].why));
		}
		while (n)
			fpb_rundata_free(&runs[--n]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_difference_is_named),
		cmocka_unit_test(another_build_of_a_program_is_remarked_on),
		cmocka_unit_test(
			without_a_guest_the_hosts_kernel_is_the_one_tested),
		cmocka_unit_test(kernels_stand_together_by_name_or_by_wish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
