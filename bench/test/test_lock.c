// SPDX-License-Identifier: GPL-2.0
/* core/lock.c: what two rates prove, and what they do not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/lock.h"

static const struct {
	const char *name;
	double one, two;
	enum fpb_lock_state want;
} cases[] = {
	{ "twice the rate is shared", 870, 1740, FPB_LOCK_SHARED },
	{ "the same rate is exclusive", 870, 870, FPB_LOCK_EXCLUSIVE },
	{ "slower together is exclusive", 870, 700, FPB_LOCK_EXCLUSIVE },
	{ "more than twice is shared", 870, 2000, FPB_LOCK_SHARED },
	{ "the bound of shared is shared", 1000, 1600, FPB_LOCK_SHARED },
	{ "just below it nothing is claimed", 1000, 1599, FPB_LOCK_UNKNOWN },
	{ "the bound of exclusive is exclusive", 1000, 1300,
	  FPB_LOCK_EXCLUSIVE },
	{ "just above it nothing is claimed", 1000, 1301, FPB_LOCK_UNKNOWN },
	{ "one writer that did nothing proves nothing", 0, 870,
	  FPB_LOCK_UNKNOWN },
	{ "two writers that did nothing prove nothing", 870, 0,
	  FPB_LOCK_UNKNOWN },
	{ "no I/O at all proves nothing", 0, 0, FPB_LOCK_UNKNOWN },
	{ "a negative rate proves nothing", 870, -870, FPB_LOCK_UNKNOWN },
	{ "nor does one of one writer", -870, 870, FPB_LOCK_UNKNOWN },
	{ "no rate of one proves nothing", NAN, 870, FPB_LOCK_UNKNOWN },
	{ "no rate of two proves nothing", 870, NAN, FPB_LOCK_UNKNOWN },
};

static void a_state_is_claimed_only_on_evidence(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum fpb_lock_state got = fpb_lock_state(cases[i].one,
							 cases[i].two);

		if (got != cases[i].want)
			fail_msg("%s: %d, not %d", cases[i].name, got,
				 cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_is_claimed_only_on_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
