// SPDX-License-Identifier: GPL-2.0
#include "core/names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX	64	/* longer words are like no other */

const char *fpb_names_at(struct fpb_names names, size_t i)
{
	return *(const char *const *)((const char *)names.first +
				      i * names.stride);
}

long fpb_names_find(struct fpb_names names, const char *word)
{
	const char *name;

	for (size_t i = 0; (name = fpb_names_at(names, i)); i++)
		if (!strcmp(name, word))
			return i;
	return -1;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/*
 * How many letters have to be added, dropped, replaced or swapped with their
 * neighbour to make one word of the other (optimal string alignment).
 */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int d[WORD_MAX + 1][WORD_MAX + 1];
	size_t m = strlen(a), n = strlen(b);

	if (m > WORD_MAX || n > WORD_MAX)
		return 2 * WORD_MAX;
	for (size_t i = 0; i <= m; i++) {
		for (size_t j = 0; j <= n; j++) {
			if (!i || !j) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			d[i][j] = least(d[i][j], d[i - 1][j] + 1);
			d[i][j] = least(d[i][j], d[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[m][n];
}

const char *fpb_names_nearest(struct fpb_names names, const char *word)
{
	/* More than one letter in three wrong is another word. */
	unsigned int best = (strlen(word) + 1) / 3 + 1, d;
	const char *name, *found = NULL;

	for (size_t i = 0; (name = fpb_names_at(names, i)); i++) {
		d = distance(name, word);
		if (d < best) {
			best = d;
			found = name;
		}
	}
	return found;
}

char *fpb_names_hint(struct fpb_names names, const char *word, char *text,
		     size_t size)
{
	const char *name, *near = fpb_names_nearest(names, word);
	char end[WORD_MAX + 24] = ")";
	bool fits = true;
	size_t used = 0;

	if (near)
		snprintf(end, sizeof(end), "; did you mean \"%s\"?)", near);
	*text = '\0';
	for (size_t i = 0; fits && (name = fpb_names_at(names, i)); i++) {
		/* What is meant is worth more than the rest of the list. */
		fits = used + strlen("(known: , ...") + strlen(name) +
		       strlen(end) < size;
		used += snprintf(text + used, size - used, "%s%s",
				 i ? ", " : "(known: ", fits ? name : "...");
		used = used < size ? used : size - 1;
	}
	snprintf(text + used, size - used, "%s", end);
	return text;
}
