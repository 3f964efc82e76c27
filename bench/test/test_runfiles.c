// SPDX-License-Identifier: GPL-2.0
/* core/runfiles.c: which names an archive of a run may have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/runfiles.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	enum fpb_runfile is;
} names[] = {
	{ "manifest.json", FPB_RUNFILE_KEPT },
	{ "plan.ini", FPB_RUNFILE_KEPT },
	{ "samples.jsonl", FPB_RUNFILE_KEPT },
	{ "why.jsonl", FPB_RUNFILE_KEPT },
	{ "job-my_job.fio", FPB_RUNFILE_KEPT },
	{ "kernels/patched/config", FPB_RUNFILE_KEPT },
	{ "kernels/a.b-c/patches/0001.patch", FPB_RUNFILE_KEPT },
	{ "boots/r01-patched/step.0", FPB_RUNFILE_KEPT },
	{ "boots/r01-patched/daemon-fuse-copy.log", FPB_RUNFILE_KEPT },
	{ "boots/r01-patched/fio/002_slices.1.csv", FPB_RUNFILE_KEPT },
	{ "plots/iops-cpu.svg", FPB_RUNFILE_MADE },
	{ "report.html", FPB_RUNFILE_MADE },

	{ "", FPB_RUNFILE_UNKNOWN },
	{ "/manifest.json", FPB_RUNFILE_UNKNOWN },
	{ "notes.txt", FPB_RUNFILE_UNKNOWN },
	{ "manifest.json/x", FPB_RUNFILE_UNKNOWN },
	{ "job-../x.fio", FPB_RUNFILE_UNKNOWN },
	{ "kernels/../config", FPB_RUNFILE_UNKNOWN },
	{ "kernels/./config", FPB_RUNFILE_UNKNOWN },
	{ "kernels/.git/config", FPB_RUNFILE_UNKNOWN },
	{ "kernels//config", FPB_RUNFILE_UNKNOWN },
	{ "kernels/a/b/config", FPB_RUNFILE_UNKNOWN },
	{ "kernels/patched/linux", FPB_RUNFILE_UNKNOWN },
	{ "kernels/a b/config", FPB_RUNFILE_UNKNOWN },
	{ "kernels/$(id)/config", FPB_RUNFILE_UNKNOWN },
	{ "boots/r01/console.log\n", FPB_RUNFILE_UNKNOWN },
	{ "boots/r01/fio/../../x.csv", FPB_RUNFILE_UNKNOWN },
	{ "plots/.profile", FPB_RUNFILE_UNKNOWN },
};

static void names_are_known_or_not(void **state)
{
	for (size_t i = 0; i < NELEM(names); i++) {
		print_message("# %s\n", names[i].name);
		assert_int_equal(fpb_runfile(names[i].name), names[i].is);
	}
}

static void a_folder_is_one_name(void **state)
{
	assert_true(fpb_runfile_is_folder("20261128-213201-uml-2"));
	assert_false(fpb_runfile_is_folder(""));
	assert_false(fpb_runfile_is_folder(".."));
	assert_false(fpb_runfile_is_folder("a/b"));
	assert_false(fpb_runfile_is_folder("a b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_known_or_not),
		cmocka_unit_test(a_folder_is_one_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
