// SPDX-License-Identifier: GPL-2.0
#include "guest/watchdog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Wall clock in ms; the rest in ns. */
static const struct {
	const char *name;
	uint64_t wall_ms, ran_ns, waited_ns, counted_ms;
} cases[] = {
	{ "a guest that sleeps is silent all the time", 1000, 0, 0, 1000 },
	{ "one that runs without a word, too", 1000, 1000000000, 0, 1000 },
	{ "two CPUs do not count twice", 1000, 2000000000, 0, 1000 },
	{ "half of the CPU it wanted: half", 1000, 500000000, 500000000, 500 },
	{ "a fortieth of a CPU: a fortieth", 1000, 25000000, 975000000, 25 },
	{ "a hundredth at least", 1000, 0, 1000000000, 10 },
	{ "who sleeps waits a little for a CPU", 1000, 1000000, 50000000, 1000 },
	{ "no time, no silence", 0, 0, 0, 0 },
};

static void silence_is_time_that_the_guest_could_have_used(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		print_message("# %s\n", cases[i].name);
		assert_int_equal(fpb_watchdog_counted_ms(cases[i].wall_ms,
							 cases[i].ran_ns,
							 cases[i].waited_ns),
				 cases[i].counted_ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_is_time_that_the_guest_could_have_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
