// SPDX-License-Identifier: GPL-2.0
/* Numbers to text, without a locale's help: reports are the same everywhere. */
#include "core/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* @digits with a comma before every third one from the end. */
static char *group(const char *digits, char *buf)
{
	size_t len = strlen(digits);
	char *p = buf;
	size_t i;

	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return buf;
}

char *fpb_format_iops(double iops, char *buf)
{
	char digits[FPB_UNITS_MAX];

	/* 18 digits and their commas still fit. */
	snprintf(digits, sizeof(digits), "%.0f", fmin(iops, 1e17));
	return group(digits, buf);
}

char *fpb_format_kiops(double iops, char *buf)
{
	double tenths = round(fmin(iops, 1e17) / 100);
	char digits[FPB_UNITS_MAX];

	snprintf(digits, sizeof(digits), "%.0f", floor(tenths / 10));
	group(digits, buf);
	snprintf(buf + strlen(buf), FPB_UNITS_MAX - strlen(buf), ".%.0f",
		 fmod(tenths, 10));
	return buf;
}

char *fpb_format_ratio(double ratio, char *buf)
{
	int places = ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0;

	snprintf(buf, FPB_UNITS_MAX, "%.*f", places, fmin(ratio, 1e17));
	return buf;
}

char *fpb_format_usec(double ns, char *buf)
{
	if (ns < 99950)
		return fpb_format_ratio(ns / 1000, buf);
	if (ns < 99.9995e6)
		return fpb_format_iops(ns / 1000, buf);
	fpb_format_iops(fmin(ns / 1e6, 1e12), buf);
	return strcat(buf, "ms");
}

char *fpb_format_percent(double ratio, char *buf)
{
	snprintf(buf, FPB_UNITS_MAX, "%.0f%%", fmin(100 * ratio, 1e17));
	return buf;
}

char *fpb_format_bs(uint64_t bytes, char *buf)
{
	static const char suffix[] = { 'G', 'M', 'k' };
	uint64_t unit = 1 << 30;
	size_t i;

	for (i = 0; i < sizeof(suffix); i++, unit >>= 10) {
		if (bytes && bytes % unit == 0) {
			snprintf(buf, FPB_UNITS_MAX, "%" PRIu64 "%c",
				 bytes / unit, suffix[i]);
			return buf;
		}
	}
	snprintf(buf, FPB_UNITS_MAX, "%" PRIu64, bytes);
	return buf;
}

char *fpb_format_mib(uint64_t mib, char *buf)
{
	bool gib = mib && mib % 1024 == 0;

	snprintf(buf, FPB_UNITS_MAX, "%" PRIu64 " %s", gib ? mib / 1024 : mib,
		 gib ? "GiB" : "MiB");
	return buf;
}

char *fpb_format_nsec(uint64_t nsec, char *buf)
{
	static const char * const names[] = { "s", "ms", "us" };
	uint64_t unit = 1000000000;
	size_t i;

	for (i = 0; i < 3; i++, unit /= 1000) {
		if (nsec && nsec % unit == 0) {
			snprintf(buf, FPB_UNITS_MAX, "%" PRIu64 " %s",
				 nsec / unit, names[i]);
			return buf;
		}
	}
	snprintf(buf, FPB_UNITS_MAX, "%" PRIu64 " ns", nsec);
	return buf;
}
