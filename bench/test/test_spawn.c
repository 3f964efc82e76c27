// SPDX-License-Identifier: GPL-2.0
/* os/spawn.c: what is reported of a command that did not succeed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/result.h"
#include "os/file.h"
#include "os/spawn.h"

#define PATIENT_MS	60000

static char log_path[] = "/tmp/fpb-test-spawn-XXXXXX";

static int start(void **state)
{
	return ftruncate(mkstemp(log_path), 0);
}

static int end(void **state)
{
	int ret = unlink(log_path);

	snprintf(log_path, sizeof(log_path), "/tmp/fpb-test-spawn-XXXXXX");
	return ret;
}

static int shell(const char *script, unsigned int ms, char *why)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	return fpb_spawn_run_why(argv, log_path, ms, why);
}

static const struct {
	const char *name, *script, *why;
} failures[] = {
	{ "the last line is the reason",
	  "echo first; echo 'no space left' >&2; exit 1", "no space left" },
	{ "an empty line is no reason",
	  "echo 'no space left'; echo; echo '  '; exit 1", "no space left" },
	{ "a usage text that follows is none either",
	  "echo 'must be larger'; echo 'Usage: mkfs'; echo '<num> is'; exit 1",
	  "must be larger" },
	{ "a line without its end", "printf 'half a line'; exit 1",
	  "half a line" },
	{ "silence is called that", "exit 1",
	  "sh failed without a message" },
	{ "a signal is a failure", "kill -9 $$",
	  "sh failed without a message" },
};

static void a_failed_command_says_why(void **state)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
		char why[FPB_REASON_MAX] = "";

		print_message("# %s\n", failures[i].name);
		/* What an earlier command said is not this one's reason. */
		assert_int_equal(fpb_file_write(log_path, "earlier\n"), 0);
		assert_int_equal(shell(failures[i].script, PATIENT_MS, why),
				 -EIO);
		assert_string_equal(why, failures[i].why);
	}
}

static void a_command_that_succeeds_says_nothing(void **state)
{
	char why[FPB_REASON_MAX] = "";

	assert_int_equal(shell("echo done", PATIENT_MS, why), 0);
	assert_string_equal(why, "");
}

static void a_command_that_hangs_is_named(void **state)
{
	char why[FPB_REASON_MAX];

	assert_int_equal(shell("sleep 1000", 50, why), -ETIMEDOUT);
	assert_string_equal(why, "sh hung and was ended");
}

static void a_program_that_is_missing_is_named(void **state)
{
	const char *const argv[] = { "no-such-program", NULL };
	char why[FPB_REASON_MAX];

	assert_int_equal(fpb_spawn_run_why(argv, log_path, PATIENT_MS, why),
			 -ENOENT);
	assert_string_equal(why, "cannot run no-such-program: "
			    "No such file or directory");
}

static void the_status_is_the_childs(void **state)
{
	const char *const argv[] = { "sh", "-c", "exit 7", NULL };
	int status;

	assert_int_equal(fpb_spawn_status(&(struct fpb_spawn){ .argv = argv },
					  PATIENT_MS, &status), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

static int succeeds(void *user)
{
	return 0;
}

static int fails(void *user)
{
	return *(int *)user;
}

static int never_returns(void *user)
{
	return pause();
}

static void what_may_hang_is_tried_in_a_process_of_its_own(void **state)
{
	int error = -ENOTCONN;

	assert_int_equal(fpb_spawn_try(succeeds, NULL, PATIENT_MS), 0);
	assert_int_equal(fpb_spawn_try(fails, &error, PATIENT_MS), -ENOTCONN);
	assert_int_equal(fpb_spawn_try(never_returns, NULL, 50), -ETIMEDOUT);
	/* It was sent SIGKILL. */
	assert_true(wait(NULL) > 0);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, start, end)
	const struct CMUnitTest tests[] = {
		T(a_failed_command_says_why),
		T(a_command_that_succeeds_says_nothing),
		T(a_command_that_hangs_is_named),
		T(a_program_that_is_missing_is_named),
		T(the_status_is_the_childs),
		T(what_may_hang_is_tried_in_a_process_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
