// SPDX-License-Identifier: GPL-2.0
#include "run/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/file.h"

/* See proc_stat(5): all but idle and iowait. Guests are part of user. */
static double busy_seconds(void)
{
	unsigned long long user, nice, sys, idle, iowait, irq, soft, steal = 0;
	char *text;
	int n;

	if (fpb_file_read("/proc/stat", &text, NULL))
		return 0;
	n = sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user,
		   &nice, &sys, &idle, &iowait, &irq, &soft, &steal);
	free(text);
	return n < 7 ? 0 : (double)(user + nice + sys + irq + soft + steal) /
			   sysconf(_SC_CLK_TCK);
}

static double seconds(const struct timeval *t)
{
	return t->tv_sec + t->tv_usec / 1e6;
}

static double own_seconds(void)
{
	static const int whose[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
	struct rusage u;
	double sum = 0;

	for (int i = 0; i < 2; i++)
		if (!getrusage(whose[i], &u))
			sum += seconds(&u.ru_utime) + seconds(&u.ru_stime);
	return sum;
}

void fpb_foreign_start(struct fpb_foreign *f)
{
	f->busy_s = busy_seconds();
	f->own_s = own_seconds();
	f->started_ms = fpb_now_ms();
}

double fpb_foreign_cpus(const struct fpb_foreign *f)
{
	double s = (fpb_now_ms() - f->started_ms) / 1000.0;
	double cpu_s = busy_seconds() - f->busy_s - (own_seconds() - f->own_s);

	return s > 0 && f->busy_s > 0 && cpu_s > 0 ? cpu_s / s : 0;
}
