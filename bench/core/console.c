// SPDX-License-Identifier: GPL-2.0
#include "core/console.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define REPORT_LINES	30

/*
 * In order of weight: what explains comes before what follows from it, as an
 * oops before its panic. A mark starts a message, unless a "*" before it says
 * that it may stand anywhere. A kernel that quotes one of them, as it does on
 * its command line and in its advice on CPU bugs, reports nothing.
 */
static const struct {
	const char *text, *kind;
} marks[] = {
	{ "BUG: KASAN:", "KASAN" },
	{ "BUG: KFENCE:", "KFENCE" },
	{ "BUG: KMSAN:", "KMSAN" },
	{ "kernel BUG at", "bug" },
	{ "BUG: unable to handle", "oops" },
	{ "BUG: kernel NULL pointer", "oops" },
	{ "Oops", "oops" },
	/* The first death, on all architectures, whatever it died of. */
	{ "* [#1]", "oops" },
	{ "BUG: KCSAN:", "KCSAN" },
	{ "watchdog: BUG: soft lockup", "lockup" },
	{ "BUG: workqueue lockup", "lockup" },
	{ "*Watchdog detected hard LOCKUP", "lockup" },
	{ "[ BUG: Invalid wait context ]", "lockdep" },
	{ "BUG: MAX_LOCK", "lockdep" },
	{ "BUG:", "bug" },
	{ "Kernel panic", "panic" },
	/* The titles of lockdep's reports. */
	{ "WARNING: possible ", "lockdep" },
	{ "WARNING: inconsistent lock state", "lockdep" },
	{ "WARNING: bad unlock balance", "lockdep" },
	{ "WARNING: bad contention", "lockdep" },
	{ "WARNING: held lock freed", "lockdep" },
	{ "WARNING: lock held", "lockdep" },
	{ "WARNING: Nested lock was not taken", "lockdep" },
	{ "WARNING: suspicious RCU usage", "lockdep" },
	{ "*-unsafe lock order detected", "lockdep" },
	{ "DEBUG_LOCKS_WARN_ON(", "lockdep" },
	{ "INFO: trying to register non-static key", "lockdep" },
	{ "UBSAN:", "UBSAN" },
	{ "rcu: INFO: rcu", "stall" },
	{ "INFO: rcu", "stall" },
	{ "INFO: task ", "hung task" },
	{ "WARNING:", "warning" },
	{ "*new suspected memory leaks", "leak" },
};

/* Behind "[    1.234567] " and what else of that kind ("[   T12]"). */
static const char *without_stamps(const char *p)
{
	while (*p == '[') {
		const char *end = p + 1 + strspn(p + 1, " .0123456789CT");

		if (*end != ']')
			break;
		p = end + 1;
		p += *p == ' ';
	}
	return p;
}

static const char *line_of(const char *text, const char *p)
{
	while (p > text && p[-1] != '\n')
		p--;
	return p;
}

/*
 * A message starts at its line's start or behind a time stamp, which may come
 * late in the line: a program may have written half a line before.
 */
static bool starts_message(const char *text, const char *p)
{
	const char *line = line_of(text, p), *stamp = p;

	if (without_stamps(line) == p)
		return true;
	do
		stamp--;
	while (stamp > line && *stamp != '[');
	return without_stamps(stamp) == p;
}

/* Where the text that tells starts, or NULL. */
static const char *find(const char *text, const char *mark)
{
	const char *p;

	if (*mark == '*') {
		p = strstr(text, mark + 1);
		return p ? without_stamps(line_of(text, p)) : NULL;
	}
	p = strstr(text, mark);
	while (p && !starts_message(text, p))
		p = strstr(p + 1, mark);
	return p;
}

/* The lines from the rule above the one that tells, if there is one. */
static void set_report(const char *text, const char *line,
		       struct fpb_splat *s)
{
	const char *above = line > text ? line_of(text, line - 1) : line;
	const char *rule = without_stamps(above), *end;

	s->report = !strncmp(rule, "-----", 5) || !strncmp(rule, "=====", 5) ?
		    above : line;
	end = s->report;
	for (int n = 0; n < REPORT_LINES && *end; n++) {
		bool last = !strncmp(without_stamps(end), "---[ end ", 9);

		end += strcspn(end, "\n");
		end += *end == '\n';
		if (last)
			break;
	}
	s->report_len = end - s->report;
}

int fpb_console_splat(const char *text, struct fpb_splat *s)
{
	for (size_t m = 0; m < sizeof(marks) / sizeof(*marks); m++) {
		const char *hit = find(text, marks[m].text);

		if (!hit)
			continue;
		s->kind = marks[m].kind;
		s->line = hit;
		s->line_len = strcspn(s->line, "\r\n");
		set_report(text, line_of(text, hit), s);
		return 0;
	}
	return -ENOENT;
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
