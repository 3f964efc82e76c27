// SPDX-License-Identifier: GPL-2.0
/* backend/uml.c: which CPUs a guest runs on, also while it ends. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

static bool has_children(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/children",
		 (int)getpid());
	return !access(path, R_OK);
}

static void threads_that_end_are_no_failure(void **state)
{
	unsigned int cpu;
	pid_t pid;
	int ret = 0;

	if (!has_children())
		skip();		/* a kernel without CONFIG_PROC_CHILDREN */
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

/* A process that has a child, as a guest has for each of its processes. */
static pid_t start_child(int *ready)
{
	int fds[2];
	pid_t pid, child;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid) {
		close(fds[1]);
		*ready = fds[0];
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	child = fork();
	if (child)
		dprintf(fds[1], "%d\n", (int)child);
	else
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static int cpus_of(pid_t pid)
{
	cpu_set_t set;

	assert_int_equal(sched_getaffinity(pid, sizeof(set), &set), 0);
	return CPU_COUNT(&set);
}

static void cpus_are_pinned_and_processes_are_free(void **state)
{
	unsigned int cpus[2];
	char text[32] = "";
	pid_t pid, child;
	int ready;

	if (!has_children() || fpb_cpus_usable(cpus, 2) < 2)
		skip();
	pid = start_child(&ready);
	assert_true(read(ready, text, sizeof(text) - 1) > 0);
	child = atoi(text);
	assert_int_equal(fpb_cpus_keep_on(child, cpus, 1), 0);
	assert_int_equal(fpb_backend_uml.pin(pid, cpus, 2), 0);
	assert_int_equal(cpus_of(pid), 1);
	assert_int_equal(cpus_of(child), 2);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_that_end_are_no_failure),
		cmocka_unit_test(cpus_are_pinned_and_processes_are_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
