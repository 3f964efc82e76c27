// SPDX-License-Identifier: GPL-2.0
#include "pin.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

static cpu_set_t all;
static int last = -1;

/* fio forks one job at a time, from one thread. */
static void before_fork(void)
{
	cpu_set_t one;

	do
		last = (last + 1) % CPU_SETSIZE;
	while (!CPU_ISSET(last, &all));
	CPU_ZERO(&one);
	CPU_SET(last, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void after_fork(void)
{
	sched_setaffinity(0, sizeof(all), &all);
}

int fpb_pin_forks(void)
{
	static bool done;

	if (done)
		return 0;
	if (sched_getaffinity(0, sizeof(all), &all))
		return -errno;
	done = true;
	return -pthread_atfork(before_fork, after_fork, NULL);
}
