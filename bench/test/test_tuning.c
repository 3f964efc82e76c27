// SPDX-License-Identifier: GPL-2.0
/* core/tuning.c: what the kernel says of a machine's settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/tuning.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *key, *text, *value;
	bool varies;
} cases[] = {
	{ "governor", "powersave\n", "powersave", true },
	{ "governor", "performance\n", "performance", false },
	{ "governor", "", "", false },
	{ "no_turbo", "0\n", "0", true },
	{ "boost", "0\n", "0", false },
	{ "smt", "1\n", "1", true },
	{ "numa_nodes", "0-1\n", "0-1", true },
	{ "numa_nodes", "0\n", "0", false },
	{ "transparent_hugepage", "always [madvise] never\n", "madvise", false },
	{ "mitigations", "ro mitigations=off quiet\n", "off", false },
	{ "mitigations", "mitigations=auto,nosmt\n", "auto,nosmt", false },
	{ "mitigations", "ro no_mitigations=off\n", "", false },
	{ "mitigations", "ro quiet\n", "", false },
};

static const struct fpb_tuning *find(const char *key)
{
	const struct fpb_tuning *t = fpb_tunings;

	while (t->key && strcmp(t->key, key))
		t++;
	assert_non_null(t->key);
	return t;
}

static void values_are_read_and_judged(void **state)
{
	char value[FPB_TUNING_MAX];

	for (size_t i = 0; i < NELEM(cases); i++) {
		const struct fpb_tuning *t = find(cases[i].key);

		fpb_tuning_value(t, cases[i].text, value);
		assert_string_equal(value, cases[i].value);
		assert_int_equal(fpb_tuning_varies(t, value), cases[i].varies);
	}
}

static void each_that_varies_can_be_mended(void **state)
{
	for (const struct fpb_tuning *t = fpb_tunings; t->key; t++)
		assert_int_equal(!t->good, !t->mend);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read_and_judged),
		cmocka_unit_test(each_that_varies_can_be_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
