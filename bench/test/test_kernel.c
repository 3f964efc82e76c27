// SPDX-License-Identifier: GPL-2.0
/* guest/kernel.c: what --kernel may say. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest/kernel.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* A folder of kernels with one, "built", as "make kernels" leaves it. */
static char kernels[] = "/tmp/fpb-kernel-XXXXXX";

static const struct fpb_backend backend = {
	.name = "test", .image = "linux", .kernels = "-x",
};

static int build_one(void **state)
{
	char path[FPB_PATH_MAX];

	if (!mkdtemp(kernels) || fpb_path(path, "%s/built", kernels) ||
	    fpb_mkdirs(path) || fpb_path(path, "%s/built/linux", kernels))
		return -1;
	return fpb_file_write(path, "");
}

static int remove_it(void **state)
{
	return fpb_remove_tree(kernels);
}

static const struct {
	const char *text, *name, *append;
	enum fpb_lock_state expect;
} good[] = {
	{ "built", "built", "", FPB_LOCK_UNKNOWN },
	{ "other=built", "other", "", FPB_LOCK_UNKNOWN },
	{ "built,expect=shared", "built", "", FPB_LOCK_SHARED },
	{ "a=built,append=x=1", "a", "x=1", FPB_LOCK_UNKNOWN },
	{ "built,append=x", "built", "x", FPB_LOCK_UNKNOWN },
	{ "a=built,expect=exclusive,append=x=1,2 y", "a", "x=1,2 y",
	  FPB_LOCK_EXCLUSIVE },
	/* It takes the rest. */
	{ "built,append=a.expect=1,expect=shared", "built",
	  "a.expect=1,expect=shared", FPB_LOCK_UNKNOWN },
};

static void a_kernel_is_found_under_any_name(void **state)
{
	char want[FPB_PATH_MAX];
	struct fpb_kernel k;

	assert_int_equal(fpb_path(want, "%s/built", kernels), 0);
	for (size_t i = 0; i < NELEM(good); i++) {
		assert_int_equal(fpb_kernel_parse(&k, &backend, good[i].text,
						  kernels), 0);
		assert_string_equal(k.name, good[i].name);
		assert_string_equal(k.append, good[i].append);
		assert_string_equal(k.dir, want);
		assert_int_equal(k.expect, good[i].expect);
		fpb_kernel_free(&k);
	}
}

static void a_folder_is_taken_as_it_is(void **state)
{
	char text[FPB_PATH_MAX];
	struct fpb_kernel k;

	assert_int_equal(fpb_path(text, "k=%s/built,append=q", kernels), 0);
	assert_int_equal(fpb_kernel_parse(&k, &backend, text, "/none"), 0);
	assert_string_equal(k.name, "k");
	assert_string_equal(k.append, "q");
	fpb_kernel_free(&k);
}

static void what_is_wrong_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "=built", "none", "a=none", "built,expect=maybe",
		"a=./built", "built,append=", "built,append=  ",
		"built,append=x -- y", "built,append=--", "built,append=x\ny",
	};
	char text[FPB_APPEND_MAX + 32] = "built,append=";
	struct fpb_kernel k;

	for (size_t i = 0; i < NELEM(bad); i++)
		assert_int_equal(fpb_kernel_parse(&k, &backend, bad[i],
						  kernels), -EINVAL);
	memset(text + strlen(text), 'x', FPB_APPEND_MAX);
	assert_int_equal(fpb_kernel_parse(&k, &backend, text, kernels),
			 -EINVAL);
}

static void what_is_built_is_known(void **state)
{
	struct fpb_kernel k;

	assert_true(fpb_kernel_is_built(&backend, "built", kernels));
	assert_false(fpb_kernel_is_built(&backend, "other", kernels));
	assert_int_equal(fpb_kernel_planned(&k, "other"), 0);
	assert_string_equal(k.name, "other");
	assert_string_equal(k.dir, "");
}

static void a_copy_differs_by_name_and_filesystem_alone(void **state)
{
	struct fpb_kernel old, k;

	assert_int_equal(fpb_kernel_parse(&old, &backend,
					  "built,expect=shared,append=q,fs=x {mnt}",
					  kernels), 0);
	assert_int_equal(fpb_kernel_with_fs(&k, &old, "a", "y {mnt}"), 0);
	assert_string_equal(k.name, "a");
	assert_string_equal(k.fs, "y {mnt}");
	assert_string_equal(k.dir, old.dir);
	assert_string_equal(k.append, "q");
	assert_int_equal(k.expect, FPB_LOCK_SHARED);
	fpb_kernel_free(&k);
	assert_int_equal(fpb_kernel_with_fs(&k, &old, "a b", "y {mnt}"),
			 -EINVAL);
	assert_int_equal(fpb_kernel_with_fs(&k, &old, "a", "y"), -EINVAL);
	fpb_kernel_free(&old);

	/* Nor has it to be built. */
	assert_int_equal(fpb_kernel_planned(&old, "other"), 0);
	assert_int_equal(fpb_kernel_with_fs(&k, &old, "other-a", "y {mnt}"), 0);
	assert_string_equal(k.dir, "");
}

/* What the kernel "like" was built from, and what its variants say. */
#define SOURCE(variant, version, patches) \
	"{\"variant\": \"" variant "\", \"source\": \"s\", \"version\": \"" \
	version "\", \"arch\": \"um\", \"patches\": [" patches "]}"

static const struct {
	const char *build;		/* of the kernel in "other" */
	int found;
} variants[] = {
	{ SOURCE("lockstat", "7.3", "{\"patch_id\": \"1\"}"), 0 },
	{ SOURCE("debug", "7.3", "{\"patch_id\": \"1\"}"), -ENOENT },
	{ SOURCE("lockstat", "7.2", "{\"patch_id\": \"1\"}"), -ENOENT },
	{ SOURCE("lockstat", "7.3", ""), -ENOENT },
	{ "{\"variant\": \"lockstat\"}", -ENOENT },
	{ "{}", -ENOENT },
};

static void write_kernel(const char *name, const char *build)
{
	char path[FPB_PATH_MAX];

	assert_int_equal(fpb_path(path, "%s/%s", kernels, name), 0);
	assert_int_equal(fpb_mkdirs(path), 0);
	assert_int_equal(fpb_path(path, "%s/%s/linux", kernels, name), 0);
	assert_int_equal(fpb_file_write(path, ""), 0);
	assert_int_equal(fpb_path(path, "%s/%s/build.json", kernels, name), 0);
	assert_int_equal(fpb_file_write(path, build), 0);
}

static void a_variant_differs_by_its_configuration_alone(void **state)
{
	struct fpb_kernel k, found;
	char want[FPB_PATH_MAX];

	write_kernel("like", SOURCE("plain", "7.3", "{\"patch_id\": \"1\"}"));
	assert_int_equal(fpb_path(want, "%s/other", kernels), 0);
	assert_int_equal(fpb_kernel_parse(&k, &backend, "k=like,append=q",
					  kernels), 0);
	for (size_t i = 0; i < NELEM(variants); i++) {
		write_kernel("other", variants[i].build);
		if (fpb_kernel_variant(&k, &backend, "lockstat", kernels,
				       &found) != variants[i].found)
			fail_msg("%s", variants[i].build);
		if (variants[i].found)
			continue;
		assert_string_equal(found.dir, want);
		assert_string_equal(found.name, "k");
		assert_string_equal(found.append, "q");
		fpb_kernel_free(&found);
	}
	fpb_kernel_free(&k);

	/* One that says nothing of itself has none. */
	assert_int_equal(fpb_kernel_parse(&k, &backend, "built", kernels), 0);
	write_kernel("other", "{\"variant\": \"lockstat\"}");
	assert_int_equal(fpb_kernel_variant(&k, &backend, "lockstat", kernels,
					    &found), -ENOENT);
	fpb_kernel_free(&k);
}

static const struct {
	const char *name, *build, *why;
} damaged[] = {
	{ "an empty file", "", "/build.json:1: " },
	{ "one that ends early", "{\n\"arch\": \"um\",\n", "/build.json:3: " },
	{ "a list", "[]", "/build.json:1: not a JSON object" },
	{ "a key twice", "{\"cpus\": 1,\n\"cpus\": 2}", "/build.json:2: " },
	{ "CPUs that are text", "{\"cpus\": \"1\"}",
	  "/build.json: key \"cpus\": of the wrong type" },
	{ "a lock that is a number", "{\"expect_lock\": 1}",
	  "/build.json: key \"expect_lock\": of the wrong type" },
};

static void a_damaged_build_is_not_taken_for_an_absent_one(void **state)
{
	char dir[FPB_PATH_MAX], why[FPB_REASON_MAX];
	struct fpb_kernel k;
	json_t *build;

	assert_int_equal(fpb_path(dir, "%s/bad", kernels), 0);
	for (size_t i = 0; i < NELEM(damaged); i++) {
		write_kernel("bad", damaged[i].build);
		assert_int_equal(fpb_kernel_build(dir, &build, why), -EINVAL);
		if (strncmp(why, damaged[i].why, strlen(damaged[i].why)))
			fail_msg("%s: %s", damaged[i].name, why);
		assert_int_equal(fpb_kernel_parse(&k, &backend, "bad", kernels),
				 -EINVAL);
	}
	write_kernel("bad", "{\"cpus\": 2, \"more\": 1, \"source\": null}");
	assert_int_equal(fpb_kernel_parse(&k, &backend, "bad", kernels), 0);
	assert_int_equal(k.cpus, 2);
	fpb_kernel_free(&k);
}

static void a_file_beside_the_kernels_has_no_build(void **state)
{
	char file[FPB_PATH_MAX], why[FPB_REASON_MAX];
	json_t *build;

	write_kernel("good", "{}");
	assert_int_equal(fpb_path(file, "%s/good/build.json", kernels), 0);
	assert_int_equal(fpb_kernel_build(file, &build, why), 0);
	assert_null(build);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_is_found_under_any_name),
		cmocka_unit_test(a_folder_is_taken_as_it_is),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(what_is_built_is_known),
		cmocka_unit_test(a_copy_differs_by_name_and_filesystem_alone),
		cmocka_unit_test(a_variant_differs_by_its_configuration_alone),
		cmocka_unit_test(a_damaged_build_is_not_taken_for_an_absent_one),
		cmocka_unit_test(a_file_beside_the_kernels_has_no_build),
	};

	return cmocka_run_group_tests(tests, build_one, remove_it);
}
