// SPDX-License-Identifier: GPL-2.0
/* Unit tests of proof.c, as far as they need no FUSE mount. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../proof.h"

static void every_name_has_its_number_and_back(void **state)
{
	char names[256], *name, *save;
	unsigned long magic;
	unsigned int nr = 0;

	fpb_proof_names(names, sizeof(names));
	for (name = strtok_r(names, ", ", &save); name;
	     name = strtok_r(NULL, ", ", &save), nr++) {
		assert_int_equal(fpb_proof_magic(name, &magic), 0);
		assert_string_equal(fpb_proof_name(magic), name);
	}
	assert_true(nr > 5);
}

static void numbers_are_taken_and_nonsense_is_not(void **state)
{
	static const char *const bad[] = { "", "etx4", "0x", "0xzz", "61267",
		"0x1ffffffffffffffff", "xfs ", "XFS" };
	unsigned long magic;
	unsigned int i;

	assert_int_equal(fpb_proof_magic("0xEF53", &magic), 0);
	assert_int_equal(magic, 0xef53);
	assert_null(fpb_proof_name(0x1234567));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(fpb_proof_magic(bad[i], &magic), -EINVAL);
}

static void a_closed_descriptor_is_an_error(void **state)
{
	struct fpb_proof p;

	memset(&p, 0, sizeof(p));
	assert_int_equal(fpb_proof_look(&p, -1), -EBADF);
	assert_false(p.seen);
}

/* A FUSE mount whose daemon answered twice. */
static const struct fpb_proof fuse = {
	.seen = true, .magic = 0x65735546, .fs = "fuse", .fuse = true,
	.daemon = true, .passthrough = true,
	.read = { 100, 100 }, .write = { 7, 7 }, .total = { 200, 210 },
};

static void a_file_elsewhere_is_told(void **state)
{
	struct fpb_proof_want want = { .fs = "xfs" };
	char why[256];

	assert_false(fpb_proof_open_ok(&fuse, &want, "/m/f", why,
				       sizeof(why)));
	assert_string_equal(why, "/m/f is on fuse, not on xfs");
	want.fs = "fuse";
	assert_true(fpb_proof_open_ok(&fuse, &want, "/m/f", why, sizeof(why)));
	want.fs = NULL;
	assert_true(fpb_proof_open_ok(&fuse, &want, "/m/f", why, sizeof(why)));
}

static void passthrough_is_demanded_of_fuse_only(void **state)
{
	struct fpb_proof_want want = { .passthrough = true };
	struct fpb_proof p = fuse;
	char why[256];

	assert_true(fpb_proof_open_ok(&p, &want, "f", why, sizeof(why)));
	p.passthrough = false;
	assert_false(fpb_proof_open_ok(&p, &want, "f", why, sizeof(why)));
	p.daemon = false;
	assert_false(fpb_proof_open_ok(&p, &want, "f", why, sizeof(why)));
	p.fuse = false;
	assert_true(fpb_proof_open_ok(&p, &want, "f", why, sizeof(why)));
}

static void one_request_at_the_daemon_is_enough(void **state)
{
	struct fpb_proof_want want = { .no_daemon_io = true };
	struct fpb_proof p = fuse;
	char why[256];

	assert_true(fpb_proof_end_ok(&p, &want, why, sizeof(why)));
	p.write[1]++;
	assert_false(fpb_proof_end_ok(&p, &want, why, sizeof(why)));
	assert_non_null(strstr(why, "0 READ and 1 WRITE"));
	want.no_daemon_io = false;
	assert_true(fpb_proof_end_ok(&p, &want, why, sizeof(why)));
	want.no_daemon_io = true;
	p.daemon = false;
	assert_true(fpb_proof_end_ok(&p, &want, why, sizeof(why)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_has_its_number_and_back),
		cmocka_unit_test(numbers_are_taken_and_nonsense_is_not),
		cmocka_unit_test(a_closed_descriptor_is_an_error),
		cmocka_unit_test(a_file_elsewhere_is_told),
		cmocka_unit_test(passthrough_is_demanded_of_fuse_only),
		cmocka_unit_test(one_request_at_the_daemon_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
