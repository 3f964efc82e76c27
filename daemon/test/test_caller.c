// SPDX-License-Identifier: GPL-2.0
/* Unit tests of caller.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <linux/capability.h>
#include <unistd.h>

#include <cmocka.h>

#include "../caller.h"

static const char status[] =
	"Name:\tGroups:\t7\n"		/* a program may call itself anything */
	"Uid:\t1000\t1000\t1000\t1000\n"
	"Groups:\t4 1000 100000 \n"
	"CapInh:\tffffffffffffffff\n"
	"CapEff:\t0000000000000010\n";

static void groups_are_whole_numbers(void **state)
{
	assert_true(fpfs_status_has_group(status, 4));
	assert_true(fpfs_status_has_group(status, 1000));
	assert_true(fpfs_status_has_group(status, 100000));
	assert_false(fpfs_status_has_group(status, 100));
	assert_false(fpfs_status_has_group(status, 0));
	assert_false(fpfs_status_has_group(status, 7));
}

static void no_groups_end_at_the_line(void **state)
{
	/* The next line begins with a number only if the name is odd. */
	assert_false(fpfs_status_has_group("Groups:\t \nX:\t5\n", 5));
	assert_false(fpfs_status_has_group("Groups:\t\n5\n", 5));
	assert_false(fpfs_status_has_group("", 5));
	assert_false(fpfs_status_has_group("Uid:\t5\n", 5));
}

static void capabilities_are_the_effective_ones(void **state)
{
	assert_true(fpfs_status_has_cap(status, CAP_FSETID));
	assert_false(fpfs_status_has_cap(status, CAP_CHOWN));
	assert_false(fpfs_status_has_cap(status, CAP_SYS_ADMIN));
	assert_false(fpfs_status_has_cap("CapInh:\tff\n", CAP_FSETID));
}

static void nobody_known_may_nothing(void **state)
{
	assert_false(fpfs_caller_has_cap(0, CAP_FSETID));
	assert_false(fpfs_caller_has_cap(0x7ffffff0, CAP_FSETID));
	assert_false(fpfs_caller_in_group(0, 1, 2));
	assert_true(fpfs_caller_in_group(0, 2, 2));
}

static void this_process_is_in_its_groups(void **state)
{
	gid_t list[64];
	int n = getgroups(64, list);

	if (n < 1)
		skip();
	assert_true(fpfs_caller_in_group(getpid(), list[0] + 1, list[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_are_whole_numbers),
		cmocka_unit_test(no_groups_end_at_the_line),
		cmocka_unit_test(capabilities_are_the_effective_ones),
		cmocka_unit_test(nobody_known_may_nothing),
		cmocka_unit_test(this_process_is_in_its_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
