// SPDX-License-Identifier: GPL-2.0
/* core/units.c: numbers as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/units.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	char *(*format)(double v, char *buf);
	double v;
	const char *want;
} reals[] = {
	{ fpb_format_iops, 0, "0" },
	{ fpb_format_iops, 999.4, "999" },
	{ fpb_format_iops, 999.6, "1,000" },
	{ fpb_format_iops, 12345, "12,345" },
	{ fpb_format_iops, 123456, "123,456" },
	{ fpb_format_iops, 1675749.2, "1,675,749" },
	{ fpb_format_iops, 1e300, "100,000,000,000,000,000" },
	{ fpb_format_kiops, 1675749.2, "1,675.7" },
	{ fpb_format_kiops, 999960, "1,000.0" },
	{ fpb_format_kiops, 49, "0.0" },
	{ fpb_format_kiops, 51, "0.1" },
	{ fpb_format_ratio, 0.071, "0.07" },
	{ fpb_format_ratio, 1, "1.00" },
	{ fpb_format_ratio, 9.994, "9.99" },
	{ fpb_format_ratio, 9.996, "10.0" },
	{ fpb_format_ratio, 14.24, "14.2" },
	{ fpb_format_ratio, 99.96, "100" },
	{ fpb_format_usec, 950, "0.95" },
	{ fpb_format_usec, 95400, "95.4" },
	{ fpb_format_usec, 99960, "100" },
	{ fpb_format_usec, 1234567, "1,235" },
	{ fpb_format_usec, 99.9994e6, "99,999" },
	{ fpb_format_usec, 99.9996e6, "100ms" },
	{ fpb_format_usec, 1.5e9, "1,500ms" },
	{ fpb_format_percent, 0.994, "99%" },
	{ fpb_format_percent, 1.006, "101%" },
};

static void rates_and_ratios_are_short_and_rounded(void **state)
{
	char buf[FPB_UNITS_MAX];
	size_t i;

	for (i = 0; i < NELEM(reals); i++)
		assert_string_equal(reals[i].format(reals[i].v, buf),
				    reals[i].want);
}

static const struct {
	char *(*format)(uint64_t v, char *buf);
	uint64_t v;
	const char *want;
} wholes[] = {
	{ fpb_format_bs, 512, "512" },
	{ fpb_format_bs, 4096, "4k" },
	{ fpb_format_bs, 6144, "6k" },
	{ fpb_format_bs, 1048576, "1M" },
	{ fpb_format_bs, 0, "0" },
	{ fpb_format_bs, 3221225472, "3G" },
	{ fpb_format_mib, 2048, "2 GiB" },
	{ fpb_format_mib, 1536, "1536 MiB" },
	{ fpb_format_mib, 0, "0 MiB" },
	{ fpb_format_nsec, 100000, "100 us" },
	{ fpb_format_nsec, 1000000, "1 ms" },
	{ fpb_format_nsec, 1500, "1500 ns" },
	{ fpb_format_nsec, 2000000000, "2 s" },
};

static void sizes_and_times_take_the_unit_that_fits(void **state)
{
	char buf[FPB_UNITS_MAX];
	size_t i;

	for (i = 0; i < NELEM(wholes); i++)
		assert_string_equal(wholes[i].format(wholes[i].v, buf),
				    wholes[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_and_ratios_are_short_and_rounded),
		cmocka_unit_test(sizes_and_times_take_the_unit_that_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
