// SPDX-License-Identifier: GPL-2.0
#include "os/cpus.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/file.h"

/* Whether the lowest CPU of the core is another one. */
static bool is_hyperthread(unsigned int cpu)
{
	unsigned int first = cpu;
	char path[FPB_PATH_MAX], *text;

	if (fpb_path(path,
		     "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list",
		     cpu) || fpb_file_read(path, &text, NULL))
		return false;
	if (sscanf(text, "%u", &first) != 1)
		first = cpu;
	free(text);
	return first != cpu;
}

size_t fpb_cpus_usable(unsigned int *cpus, size_t max)
{
	cpu_set_t mine;
	size_t n = 0;

	if (sched_getaffinity(0, sizeof(mine), &mine))
		return 0;
	for (int hyperthreads = 0; hyperthreads < 2; hyperthreads++) {
		for (unsigned int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
			if (!CPU_ISSET(cpu, &mine) ||
			    is_hyperthread(cpu) != hyperthreads)
				continue;
			if (n < max)
				cpus[n] = cpu;
			n++;
		}
	}
	return n;
}

int fpb_cpus_keep_on(pid_t tid, const unsigned int *cpus, size_t n)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (size_t i = 0; i < n; i++)
		CPU_SET(cpus[i], &set);
	return sched_setaffinity(tid, sizeof(set), &set) ? -errno : 0;
}
