// SPDX-License-Identifier: GPL-2.0
#include "run/foreign.h"

#include <sys/resource.h>

#include "os/clock.h"
#include "os/cputime.h"

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
	f->busy_s = fpb_cputime_busy_ns() / 1e9;
	f->own_s = own_seconds();
	f->started_ms = fpb_now_ms();
}

double fpb_foreign_cpus(const struct fpb_foreign *f)
{
	double s = (fpb_now_ms() - f->started_ms) / 1000.0;
	double cpu_s = fpb_cputime_busy_ns() / 1e9 - f->busy_s - (own_seconds() - f->own_s);

	return s > 0 && f->busy_s > 0 && cpu_s > 0 ? cpu_s / s : 0;
}
