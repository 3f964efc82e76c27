// SPDX-License-Identifier: GPL-2.0
#include "os/cputime.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/family.h"
#include "os/file.h"

static void add_threads(pid_t pid, void *user)
{
	struct fpb_cputime *t = user;
	char path[FPB_PATH_MAX], *text;
	uint64_t ran, waited;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (*e->d_name == '.' ||
		    fpb_path(path, "/proc/%d/task/%s/schedstat", (int)pid,
			     e->d_name) ||
		    fpb_file_read(path, &text, NULL))
			continue;
		if (sscanf(text, "%" SCNu64 " %" SCNu64, &ran, &waited) == 2) {
			t->ran_ns += ran;
			t->waited_ns += waited;
		}
		free(text);
	}
	if (d)
		closedir(d);
}

int fpb_cputime(pid_t pid, struct fpb_cputime *t)
{
	*t = (struct fpb_cputime){ 0 };
	add_threads(pid, t);
	return fpb_descendants(pid, add_threads, t);
}

static uint64_t ns_of_ticks(unsigned long long ticks)
{
	return ticks * (1000000000ull / sysconf(_SC_CLK_TCK));
}

void fpb_cputime_add_process(pid_t pid, struct fpb_cputime_split *t)
{
	unsigned long long user, kernel;
	char path[64], *text, *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fpb_file_read(path, &text, NULL))
		return;
	/* From the name's end on the third field to the 13th: proc_pid_stat(5). */
	p = strrchr(text, ')');
	if (p && sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
			&user, &kernel) == 2) {
		t->user_ns += ns_of_ticks(user);
		t->kernel_ns += ns_of_ticks(kernel);
	}
	free(text);
}

static uint64_t ns_of(struct timeval t)
{
	return t.tv_sec * 1000000000ull + t.tv_usec * 1000ull;
}

struct fpb_cputime_split fpb_cputime_children(void)
{
	struct rusage u = { 0 };

	getrusage(RUSAGE_CHILDREN, &u);
	return (struct fpb_cputime_split){ ns_of(u.ru_utime),
					   ns_of(u.ru_stime) };
}

/* The eighth number of each CPU: Documentation/scheduler/sched-stats.rst. */
uint64_t fpb_cputime_runnable_ns(void)
{
	unsigned long long one;
	uint64_t ns = 0;
	char *text, *p;

	if (fpb_file_read("/proc/schedstat", &text, NULL))
		return 0;
	for (p = text; (p = strstr(p, "\ncpu")); p++)
		if (sscanf(p + 1, "cpu%*u %*u %*u %*u %*u %*u %*u %*u %llu",
			   &one) == 1)
			ns += one;
	free(text);
	return ns;
}

/* See proc_stat(5). Guests are part of user. */
uint64_t fpb_cputime_busy_ns(void)
{
	unsigned long long user, nice, sys, idle, iowait, irq, soft, steal = 0;
	char *text;
	int n;

	if (fpb_file_read("/proc/stat", &text, NULL))
		return 0;
	n = sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user,
		   &nice, &sys, &idle, &iowait, &irq, &soft, &steal);
	free(text);
	return n < 7 ? 0 : ns_of_ticks(user + nice + sys + irq + soft + steal);
}
