// SPDX-License-Identifier: GPL-2.0
/* backend/uml.c: a guest that ends while its CPUs are pinned. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/backend.h"
#include "os/cpus.h"

#define MOMENTS	5000

static void *nothing(void *arg)
{
	return NULL;
}

/* A process whose threads come and go, as those of a guest do at its end. */
static pid_t start_threads(void)
{
	pid_t pid = fork();
	pthread_t thread;

	assert_true(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		if (!pthread_create(&thread, NULL, nothing, NULL))
			pthread_join(thread, NULL);
}

static void threads_that_end_are_no_failure(void **state)
{
	unsigned int cpu;
	pid_t pid;
	int ret = 0;

	assert_true(fpb_cpus_usable(&cpu, 1) > 0);
	pid = start_threads();
	for (int i = 0; i < MOMENTS && ret >= 0; i++)
		ret = fpb_backend_uml.pin(pid, &cpu, 1);
	kill(pid, SIGKILL);
	/* Until it is waited for. */
	for (int i = 0; i < MOMENTS && ret >= 0; i++)
		ret = fpb_backend_uml.pin(pid, &cpu, 1);
	waitpid(pid, NULL, 0);
	assert_int_equal(ret, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_that_end_are_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
