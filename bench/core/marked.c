// SPDX-License-Identifier: GPL-2.0
#include "core/marked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"

/* Where the line "[fpbench: @name]" is in @text, or NULL. */
static const char *find_marker(const char *text, const char *name)
{
	char line[80];
	size_t len = snprintf(line, sizeof(line), "[fpbench: %s]\n", name);
	const char *at = text;

	while ((at = strstr(at, line)) && at > text && at[-1] != '\n')
		at += len;
	return at;
}

static const char *line_after(const char *line)
{
	return strchr(line, '\n') + 1;
}

static size_t len_without_blank_ends(const char **block)
{
	size_t n;

	*block += strspn(*block, "\n");
	n = strlen(*block);
	while (n && (*block)[n - 1] == '\n')
		n--;
	return n;
}

int fpb_marked_replace(const char *text, const char *name, const char *block,
		       char **out)
{
	const char *begin = find_marker(text, name), *end, *other;
	struct fpb_memstream m;
	size_t n;
	FILE *f;

	if (!begin)
		return -ENOENT;
	begin = line_after(begin);
	end = find_marker(begin, "end");
	other = strstr(begin, "\n[fpbench: ");
	/* The first marker that follows has to be the one that ends it. */
	if (!end || (other && other + 1 < end) || find_marker(begin, name))
		return -EINVAL;
	f = fpb_memstream_open(&m);
	if (!f)
		return -ENOMEM;
	n = len_without_blank_ends(&block);
	fprintf(f, "%.*s\n%.*s\n\n%s", (int)(begin - text), text, (int)n,
		block, end);
	*out = fpb_memstream_close(&m);
	return *out ? 0 : -ENOMEM;
}
