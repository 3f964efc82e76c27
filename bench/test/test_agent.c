// SPDX-License-Identifier: GPL-2.0
/* agent/: a job that cannot be done says why, where the harness reads it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/fiorun.h"
#include "agent/sample.h"
#include "os/file.h"
#include "setup/daemon.h"

static char dir[32];
static char work[64], events[64];

static int start(void **state)
{
	strcpy(dir, "/tmp/fpb-test-agent-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(work, sizeof(work), "%s/file/work", dir);
	snprintf(events, sizeof(events), "%s/events.jsonl", dir);
	return 0;
}

static int end(void **state)
{
	return fpb_remove_tree(dir);
}

static void says(const char *text)
{
	char *said;

	assert_int_equal(fpb_file_read(events, &said, NULL), 0);
	if (!strstr(said, text))
		print_message("# %s\n", said);
	assert_non_null(strstr(said, text));
	free(said);
}

static void a_work_folder_that_cannot_be_made_is_named(void **state)
{
	struct fpb_job job = { .out = dir, .work = work, .boot = "r01-a",
			       .kernel = "a" };
	char file[64], want[128];

	snprintf(file, sizeof(file), "%s/file", dir);
	assert_int_equal(fpb_file_write(file, ""), 0);
	assert_int_equal(fpb_agent_run(&job), -ENOTDIR);
	snprintf(want, sizeof(want), "cannot make %s: Not a directory", work);
	says("\"event\":\"error\"");
	says(want);
}

/* A cell without a daemon: no device is needed for what goes wrong here. */
static void measure_raw(const char *fio)
{
	struct fpb_job job = { .out = dir, .work = work, .boot = "r01-a",
			       .kernel = "a", .fio = fio, .engine = "none" };
	struct fpb_step c = { .seq = 1, .cell = { .numjobs = 1 },
			      .slicing = { .job_ms = 100 } };
	struct fpb_agent a;

	fpb_plan_default(&job.plan);
	strcpy(c.cell.regime, "cpu");
	strcpy(c.cell.target, "raw");
	strcpy(c.cell.workload, "randwrite-4k");
	job.work = dir;
	assert_int_equal(fpb_agent_init(&a, &job), 0);
	a.cpu_clock = fio && fpb_fio_cpu_clock(&a);
	strcpy(a.rig.disk, dir);
	snprintf(work, sizeof(work), "%s/data", dir);
	assert_int_equal(fpb_file_write(work, "x"), 0);
	if (!fio) {
		snprintf(work, sizeof(work), "%s/fio", dir);
		assert_int_equal(fpb_remove_tree(work), 0);
	}
	assert_int_equal(fpb_agent_measure(&a, &c), 0);
	says("\"status\":\"failed\"");
}

static void a_job_file_that_cannot_be_written_is_the_reason(void **state)
{
	measure_raw(NULL);
	says("cannot write fio's job 001: No such file or directory");
}

static void a_fio_that_is_missing_is_the_reason(void **state)
{
	measure_raw("/no/such/fio");
	says("cannot run /no/such/fio: No such file or directory");
}

static void measure_with(const char *script)
{
	char fio[64];

	snprintf(fio, sizeof(fio), "%s/fake", dir);
	assert_int_equal(fpb_file_write(fio, script), 0);
	assert_int_equal(chmod(fio, 0755), 0);
	measure_raw(fio);
}

static void what_fio_said_last_is_the_reason(void **state)
{
	measure_with("#!/bin/sh\necho 'fio: no space left'\nexit 1\n");
	says("\"reason\":\"fio: no space left\"");
}

#define CLOCK_TEST(tsc, status)						\
	"#!/bin/sh\n"							\
	"[ $1 = --cpuclock-test ] && echo cs: reliable_tsc: " tsc " &&"	\
	"	exit " status "\n"						\
	"echo fourth: $4.\nexit 1\n"

static void fio_is_told_to_use_a_clock_that_is_right(void **state)
{
	measure_with(CLOCK_TEST("yes", "0"));
	says("\"reason\":\"fourth: --clocksource=cpu.\"");
}

static void a_clock_that_fails_the_test_is_fios_own_choice(void **state)
{
	measure_with(CLOCK_TEST("yes", "1"));
	says("\"reason\":\"fourth: .\"");
}

static void a_clock_that_may_change_its_rate_is_fios_own_choice(void **state)
{
	measure_with(CLOCK_TEST("no", "0"));
	says("\"reason\":\"fourth: .\"");
}

static void bytes_of_a_process_are_those_it_moved_itself(void **state)
{
	static const struct {
		const char *name, *text;
		int ret;
		uint64_t bytes;
	} cases[] = {
		{ "by system calls, of cached pages",
		  "rchar: 1000\nwchar: 500\nsyscr: 3\nsyscw: 2\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n",
		  0, 1500 },
		{ "by splice, which is no system call that counts",
		  "rchar: 80\nwchar: 80\nsyscr: 1\nsyscw: 1\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n",
		  0, 12288 },
		{ "more than 32 bits hold",
		  "rchar: 5000000000\nwchar: 0\nsyscr: 1\nsyscw: 0\nread_bytes: 4096\nwrite_bytes: 0\n",
		  0, 5000000000 },
		{ "nothing", "", -EINVAL, 7 },
		{ "something else", "Name: bindfs\n", -EINVAL, 7 },
		{ "cut", "rchar: 1\nwchar: 2\nsyscr: 3\n", -EINVAL, 7 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t bytes = 7;

		if (fpb_daemon_io_bytes(cases[i].text, &bytes) !=
		    cases[i].ret || bytes != cases[i].bytes)
			fail_msg("%s: %llu bytes", cases[i].name,
				 (unsigned long long)bytes);
	}
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, start, end)
	const struct CMUnitTest tests[] = {
		T(a_work_folder_that_cannot_be_made_is_named),
		T(a_job_file_that_cannot_be_written_is_the_reason),
		T(a_fio_that_is_missing_is_the_reason),
		T(what_fio_said_last_is_the_reason),
		T(fio_is_told_to_use_a_clock_that_is_right),
		T(a_clock_that_fails_the_test_is_fios_own_choice),
		T(a_clock_that_may_change_its_rate_is_fios_own_choice),
		cmocka_unit_test(bytes_of_a_process_are_those_it_moved_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
