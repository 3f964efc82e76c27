// SPDX-License-Identifier: GPL-2.0
#include "core/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

struct unit {
	const char *name;
	double factor;
};

static const struct unit sizes[] = {
	{ "", 1 }, { "b", 1 },
	{ "k", 1 << 10 }, { "kib", 1 << 10 },
	{ "m", 1 << 20 }, { "mib", 1 << 20 },
	{ "g", 1 << 30 }, { "gib", 1 << 30 },
	{ NULL, 0 }
};

static const struct unit times[] = {
	{ "", 1e9 }, { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 }, { "ns", 1 },
	{ NULL, 0 }
};

int fpb_parse_u64(const char *text, uint64_t *out)
{
	unsigned long long v;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno)
		return -ERANGE;
	*out = v;
	return 0;
}

static int with_unit(const char *text, const struct unit *u, uint64_t *out)
{
	double v;
	char *end;

	/* strtod() alone would also take "inf", "0x1p3" and signs. */
	if (!isdigit((unsigned char)*text) ||
	    tolower((unsigned char)text[1]) == 'x')
		return -EINVAL;
	v = strtod(text, &end);
	for (; u->name; u++)
		if (!strcasecmp(u->name, end))
			break;
	if (!u->name)
		return -EINVAL;
	v = round(v * u->factor);
	if (v >= 0x1p63)
		return -ERANGE;
	*out = (uint64_t)v;
	return 0;
}

int fpb_parse_size(const char *text, uint64_t *bytes)
{
	return with_unit(text, sizes, bytes);
}

int fpb_parse_time(const char *text, uint64_t *nsec)
{
	return with_unit(text, times, nsec);
}
