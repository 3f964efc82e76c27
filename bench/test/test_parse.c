// SPDX-License-Identifier: GPL-2.0
/* core/parse.c: numbers as people write them, and what is no number. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/parse.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define UNTOUCHED	0xdeadbeef

struct number {
	const char *name;
	const char *text;
	int ret;
	uint64_t want;
};

static void check(int (*parse)(const char *, uint64_t *),
		  const struct number *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t got = UNTOUCHED;
		int ret = parse(cases[i].text, &got);

		if (ret != cases[i].ret)
			fail_msg("%s: \"%s\" returns %d, not %d",
				 cases[i].name, cases[i].text, ret,
				 cases[i].ret);
		if (got != (ret ? UNTOUCHED : cases[i].want))
			fail_msg("%s: \"%s\" is %" PRIu64 ", not %" PRIu64,
				 cases[i].name, cases[i].text, got,
				 cases[i].want);
	}
}

static const struct number counts[] = {
	{ "zero", "0", 0, 0 },
	{ "leading zeros are decimal", "010", 0, 10 },
	{ "the largest", "18446744073709551615", 0, UINT64_MAX },
	{ "one more than the largest", "18446744073709551616", -ERANGE, 0 },
	{ "nothing", "", -EINVAL, 0 },
	{ "a sign", "-1", -EINVAL, 0 },
	{ "a plus", "+1", -EINVAL, 0 },
	{ "a blank before", " 1", -EINVAL, 0 },
	{ "a blank after", "1 ", -EINVAL, 0 },
	{ "a unit", "1k", -EINVAL, 0 },
	{ "a fraction", "1.0", -EINVAL, 0 },
	{ "hexadecimal", "0x10", -EINVAL, 0 },
	{ "too large and followed by text", "18446744073709551616x",
	  -EINVAL, 0 },
};

static void counts_are_digits_only(void **state)
{
	check(fpb_parse_u64, counts, NELEM(counts));
}

static const struct number sizes[] = {
	{ "bytes without a unit", "4096", 0, 4096 },
	{ "bytes with one", "512b", 0, 512 },
	{ "zero", "0", 0, 0 },
	{ "k is 1024", "4k", 0, 4096 },
	{ "either case", "4K", 0, 4096 },
	{ "spelled out", "4KiB", 0, 4096 },
	{ "MiB", "1m", 0, 1 << 20 },
	{ "MiB spelled out", "512mib", 0, 512 << 20 },
	{ "GiB", "2g", 0, UINT64_C(2) << 30 },
	{ "GiB spelled out", "2GiB", 0, UINT64_C(2) << 30 },
	{ "a fraction of a unit", "1.5k", 0, 1536 },
	{ "the largest that fits", "8589934591g", 0, 8589934591ULL << 30 },
	{ "2^63", "8589934592g", -ERANGE, 0 },
	{ "far too large", "1e400", -ERANGE, 0 },
	{ "nothing", "", -EINVAL, 0 },
	{ "a unit alone", "k", -EINVAL, 0 },
	{ "an unknown unit", "4t", -EINVAL, 0 },
	{ "a unit of time", "4ms", -EINVAL, 0 },
	{ "a blank before the unit", "4 k", -EINVAL, 0 },
	{ "two units", "4kk", -EINVAL, 0 },
	{ "a sign", "-4k", -EINVAL, 0 },
	{ "hexadecimal", "0x1000", -EINVAL, 0 },
	{ "hexadecimal in capitals", "0X10", -EINVAL, 0 },
	{ "infinity", "inf", -EINVAL, 0 },
	{ "no number at all", "nan", -EINVAL, 0 },
	{ "no digit before the point", ".5k", -EINVAL, 0 },
	{ "two points", "1.5.5k", -EINVAL, 0 },
};

static void sizes_are_powers_of_1024(void **state)
{
	check(fpb_parse_size, sizes, NELEM(sizes));
}

static const struct number times[] = {
	{ "seconds without a unit", "2", 0, 2000000000 },
	{ "seconds", "2s", 0, 2000000000 },
	{ "a fraction of a second", "1.5s", 0, 1500000000 },
	{ "a product just below a whole number", "8.2ms", 0, 8200000 },
	{ "milliseconds", "900ms", 0, 900000000 },
	{ "microseconds", "50us", 0, 50000 },
	{ "nanoseconds", "500ns", 0, 500 },
	{ "zero", "0", 0, 0 },
	{ "either case", "1MS", 0, 1000000 },
	{ "an hour", "3600", 0, 3600000000000 },
	{ "300 years", "9460800000", -ERANGE, 0 },
	{ "nothing", "", -EINVAL, 0 },
	{ "minutes", "10m", 0, 600000000000 },
	{ "hours", "1.5h", 0, 5400000000000 },
	{ "minutes by another name", "1min", -EINVAL, 0 },
	{ "a unit of size", "1k", -EINVAL, 0 },
	{ "a sign", "-1s", -EINVAL, 0 },
};

static void times_are_seconds_unless_they_say_else(void **state)
{
	check(fpb_parse_time, times, NELEM(times));
}

static const struct number percents[] = {
	{ "a whole number", "3", 0, 300 },
	{ "a fraction", "0.5", 0, 50 },
	{ "with its sign", "2.5%", 0, 250 },
	{ "nothing", "", -EINVAL, 0 },
	{ "less than nothing", "-3", -EINVAL, 0 },
	{ "a time", "3s", -EINVAL, 0 },
};

static void percents_are_kept_in_hundredths(void **state)
{
	check(fpb_parse_percent, percents, NELEM(percents));
}

static const struct {
	char *(*write)(uint64_t v, char *text);
	int (*parse)(const char *text, uint64_t *v);
	uint64_t v;
	const char *want;
} written[] = {
	{ fpb_write_u64, fpb_parse_u64, 0, "0" },
	{ fpb_write_u64, fpb_parse_u64, UINT64_MAX, "18446744073709551615" },
	{ fpb_write_size, fpb_parse_size, 0, "0" },
	{ fpb_write_size, fpb_parse_size, 512, "512" },
	{ fpb_write_size, fpb_parse_size, 1536, "1536" },
	{ fpb_write_size, fpb_parse_size, 4096, "4k" },
	{ fpb_write_size, fpb_parse_size, 512 << 20, "512m" },
	{ fpb_write_size, fpb_parse_size, 8589934591ULL << 30, "8589934591g" },
	{ fpb_write_time, fpb_parse_time, 0, "0" },
	{ fpb_write_time, fpb_parse_time, 1, "1ns" },
	{ fpb_write_time, fpb_parse_time, 50000, "50us" },
	{ fpb_write_time, fpb_parse_time, 1500000000, "1500ms" },
	{ fpb_write_time, fpb_parse_time, 3600000000000, "1h" },
	{ fpb_write_percent, fpb_parse_percent, 300, "3" },
	{ fpb_write_percent, fpb_parse_percent, 150, "1.5" },
};

static void what_is_written_is_short_and_read_again(void **state)
{
	char text[32];
	uint64_t v;

	for (size_t i = 0; i < NELEM(written); i++) {
		assert_string_equal(written[i].write(written[i].v, text),
				    written[i].want);
		assert_int_equal(written[i].parse(text, &v), 0);
		assert_true(v == written[i].v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_digits_only),
		cmocka_unit_test(sizes_are_powers_of_1024),
		cmocka_unit_test(times_are_seconds_unless_they_say_else),
		cmocka_unit_test(percents_are_kept_in_hundredths),
		cmocka_unit_test(what_is_written_is_short_and_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
