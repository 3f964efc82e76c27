// SPDX-License-Identifier: GPL-2.0
#include "core/symbols.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "ffffffff81000000 T _text", with "\t[module]" behind it or not. */
static int take_line(char *line, struct fpb_symbol *s)
{
	char *rest;

	s->address = strtoull(line, &rest, 16);
	if (rest == line || *rest != ' ' || !rest[1] ||
	    !strchr("tTwW", rest[1]) || rest[2] != ' ')
		return -EINVAL;
	s->name = rest + 3;
	/* A name may begin with a dot. */
	rest[3 + strcspn(rest + 3, "\t ")] = '\0';
	if (rest[3])
		rest[4 + strcspn(rest + 4, ".")] = '\0';
	return s->address ? 0 : -EINVAL;
}

static int by_address(const void *a, const void *b)
{
	const struct fpb_symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	/* Of aliases the same one every time. */
	return strcmp(x->name, y->name);
}

int fpb_symbols_parse(struct fpb_symbols *s, char *text)
{
	size_t lines = 0;
	char *save, *line;

	*s = (struct fpb_symbols){ .text = text };
	for (const char *c = text; (c = strchr(c, '\n')); c++)
		lines++;
	s->v = calloc(lines + 1, sizeof(*s->v));
	if (!s->v)
		return -ENOMEM;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		s->n += !take_line(line, &s->v[s->n]);
	qsort(s->v, s->n, sizeof(*s->v), by_address);
	return s->n ? 0 : -ENODATA;
}

void fpb_symbols_free(struct fpb_symbols *s)
{
	free(s->v);
	free(s->text);
	*s = (struct fpb_symbols){ 0 };
}

const char *fpb_symbols_find(const struct fpb_symbols *s, uint64_t address)
{
	size_t low = 0, high = s->n, mid;

	/* The first of those that begin after it. */
	while (low < high) {
		mid = (low + high) / 2;
		if (s->v[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return "?";
	for (low--; low && s->v[low - 1].address == s->v[low].address; )
		low--;
	return s->v[low].name;
}
