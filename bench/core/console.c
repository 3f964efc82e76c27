// SPDX-License-Identifier: GPL-2.0
#include "core/console.h"

#include <stdio.h>
#include <string.h>

/* In order of weight: a panic often follows an oops that explains it. */
static const struct {
	const char *text, *kind;
} marks[] = {
	{ "Oops", "oops" },
	{ "BUG:", "bug" },
	{ "kernel BUG at", "bug" },
	{ "Kernel panic", "panic" },
	/* The kernel puts "WARNING:" before it. */
	{ "possible circular locking", "lockdep" },
	{ "WARNING:", "warning" },
	{ "INFO: task ", "hung task" },
	{ "INFO: rcu", "stall" },
};

static size_t line_length(const char *line)
{
	return strcspn(line, "\r\n");
}

/* "[    1.234567] text" to "text". */
static const char *without_stamp(const char *line, const char *end)
{
	const char *p;

	if (*line != '[')
		return line;
	p = memchr(line, ']', end - line);
	return p && p + 2 <= end ? p + 2 : line;
}

const char *fpb_console_splat(const char *text, char *line, size_t size)
{
	for (size_t m = 0; m < sizeof(marks) / sizeof(*marks); m++) {
		const char *hit = strstr(text, marks[m].text), *start;

		if (!hit)
			continue;
		for (start = hit; start > text && start[-1] != '\n'; start--)
			;
		start = without_stamp(start, hit);
		snprintf(line, size, "%.*s", (int)line_length(start), start);
		return marks[m].kind;
	}
	return NULL;
}

const char *fpb_console_tail(const char *text, unsigned int n)
{
	const char *p = text + strlen(text);

	/* The newline that ends the last line starts no line. */
	if (p > text && p[-1] == '\n')
		p--;
	while (p > text) {
		if (p[-1] == '\n' && !--n)
			break;
		p--;
	}
	return p;
}
