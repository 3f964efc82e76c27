// SPDX-License-Identifier: GPL-2.0
/* check/lib/stamp.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check/lib/stamp.h"

static void crc32c_is_castagnolis(void **state)
{
	/* The check value of RFC 3720's polynomial. */
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}

static void a_stamp_shows_each_flipped_bit(void **state)
{
	uint8_t *block = calloc(1, 4096);
	struct stamp s = { .pos = 8192, .writer = 3, .seq = 9, .salt = 1 }, r;

	assert_string_equal(stamp_read(block, &r), "zeros");
	stamp_write(block, &s);
	assert_null(stamp_read(block, &r));
	assert_int_equal(r.pos, 8192);
	assert_int_equal(r.writer, 3);
	assert_int_equal(r.seq, 9);
	for (int i = 0; i < 4096 * 8; i += 131) {
		block[i / 8] ^= 1 << i % 8;
		assert_non_null(stamp_read(block, &r));
		block[i / 8] ^= 1 << i % 8;
	}
	free(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32c_is_castagnolis),
		cmocka_unit_test(a_stamp_shows_each_flipped_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
