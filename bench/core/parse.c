// SPDX-License-Identifier: GPL-2.0
#include "core/parse.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* Of two names for one unit the first is written. Ends with a NULL name. */
static const struct unit sizes[] = {
	{ "g", 1 << 30 }, { "gib", 1 << 30 },
	{ "m", 1 << 20 }, { "mib", 1 << 20 },
	{ "k", 1 << 10 }, { "kib", 1 << 10 },
	{ "", 1 }, { "b", 1 },
	{ NULL, 0 }
};

static const struct unit times[] = {
	{ "h", 3600000000000 }, { "m", 60000000000 },
	{ "s", 1000000000 }, { "", 1000000000 },
	{ "ms", 1000000 }, { "us", 1000 }, { "ns", 1 },
	{ NULL, 0 }
};

static const struct unit percents[] = {
	{ "%", 100 }, { "", 100 },
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

int fpb_parse_percent(const char *text, uint64_t *hundredths)
{
	return with_unit(text, percents, hundredths);
}

int fpb_parse_part(const char *text, unsigned int *part, unsigned int *parts)
{
	char end;

	if (text[strspn(text, "0123456789/")] ||
	    sscanf(text, "%9u/%9u%c", part, parts, &end) != 2)
		return -EINVAL;
	return *part >= 1 && *part <= *parts ? 0 : -ERANGE;
}

static char *write_unit(uint64_t v, const struct unit *u, char *text)
{
	while (v && v % u->factor)
		u++;
	sprintf(text, "%" PRIu64 "%s", v / u->factor, v ? u->name : "");
	return text;
}

char *fpb_write_u64(uint64_t v, char *text)
{
	sprintf(text, "%" PRIu64, v);
	return text;
}

char *fpb_write_size(uint64_t bytes, char *text)
{
	return write_unit(bytes, sizes, text);
}

char *fpb_write_time(uint64_t nsec, char *text)
{
	return write_unit(nsec, times, text);
}

char *fpb_write_percent(uint64_t hundredths, char *text)
{
	sprintf(text, "%.10g", hundredths / 100.0);
	return text;
}
