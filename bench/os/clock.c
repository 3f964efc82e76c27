// SPDX-License-Identifier: GPL-2.0
#include "os/clock.h"

#include <time.h>

unsigned int fpb_patience = 1;

uint64_t fpb_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

uint64_t fpb_realtime_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void fpb_sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
void fpb_utc(const char *fmt, char *buf, size_t size)
{
	time_t t = time(NULL);
	struct tm tm;

	if (!strftime(buf, size, fmt, gmtime_r(&t, &tm)))
		*buf = '\0';
}
