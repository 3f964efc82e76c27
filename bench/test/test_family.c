// SPDX-License-Identifier: GPL-2.0
/* os/family.c: nobody who comes of a command gets away. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "core/result.h"
#include "os/clock.h"
#include "os/family.h"

#define PATIENT_MS	60000

static void count(pid_t pid, void *user)
{
	assert_false(kill(pid, 0));
	++*(unsigned int *)user;
}

static unsigned int alive(const struct fpb_family *f)
{
	unsigned int n = 0;

	fpb_family_each(f, count, &n);
	return n;
}

static void start(struct fpb_family *f, const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	assert_int_equal(fpb_family_start(f, &(struct fpb_spawn){
		.argv = argv }), 0);
}

static void until_ended(struct fpb_family *f)
{
	while (!fpb_family_ended(f))
		fpb_sleep_ms(1);
}

static void a_command_that_ends(void **state)
{
	struct fpb_family f;

	start(&f, "exit 5");
	assert_true(fpb_family_gone(&f, PATIENT_MS));
	assert_true(fpb_family_ended(&f));
	assert_true(WIFEXITED(f.status));
	assert_int_equal(WEXITSTATUS(f.status), 5);
	assert_int_equal(alive(&f), 0);
	fpb_family_end(&f, 0);
}

static void a_command_that_cannot_run(void **state)
{
	static const char *const argv[] = { "/no/such/command", NULL };
	struct fpb_family f;

	assert_int_equal(fpb_family_start(&f, &(struct fpb_spawn){
		.argv = argv }), -ENOENT);
	assert_true(fpb_family_gone(&f, 0));
}

/* As daemons do it: the parent ends first, in a new session and without a name. */
static void a_daemon_that_hides(void **state)
{
	struct fpb_family f;

	start(&f, "(env -i setsid sleep 1000 &) & wait");
	until_ended(&f);
	assert_int_equal(f.status, 0);
	assert_int_equal(alive(&f), 1);
	assert_false(fpb_family_gone(&f, 0));
	fpb_family_end(&f, PATIENT_MS);
	assert_true(fpb_family_gone(&f, 0));
	assert_int_equal(alive(&f), 0);
}

static void one_that_does_not_end_by_itself(void **state)
{
	struct fpb_family f;

	start(&f, "trap '' TERM; (sleep 1000 & wait) & exit 0");
	until_ended(&f);
	fpb_family_end(&f, 20);
	assert_true(fpb_family_gone(&f, 0));
}

static void two_are_not_mixed_up(void **state)
{
	struct fpb_family a, b;

	start(&a, "(env -i sleep 1000 &)");
	start(&b, "(env -i sleep 1000 &)");
	until_ended(&a);
	until_ended(&b);
	fpb_family_end(&a, PATIENT_MS);
	assert_int_equal(alive(&b), 1);
	fpb_family_end(&b, PATIENT_MS);
	assert_int_equal(alive(&b), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_that_ends),
		cmocka_unit_test(a_command_that_cannot_run),
		cmocka_unit_test(a_daemon_that_hides),
		cmocka_unit_test(one_that_does_not_end_by_itself),
		cmocka_unit_test(two_are_not_mixed_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
