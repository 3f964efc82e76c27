// SPDX-License-Identifier: GPL-2.0
/*
 * Documentation/locking/lockstat.rst describes the text. A class has a line for
 * writers and one for readers ("NAME-W: ...", "NAME-R: ..."), or one for both.
 * Below them follow, each behind a line of dashes, the places that waited for the
 * lock, and those that held it meanwhile.
 */
#include "core/lockstat.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * In the classes of i_rwsem: "&sb->s_type->i_mutex_key" of each type of
 * filesystem, "&ovl_i_mutex_key[depth]" of overlayfs, whose depth orders them.
 * Directories have "i_mutex_dir_key".
 */
#define INODE_CLASS	"i_mutex_key"

/* More than any boot of ours can wait. */
#define TOTAL_MAX_US	1e13

struct parser {
	struct fpb_lockstat *sum;
	struct fpb_lock_wait now;	/* the class that is being read */
	unsigned int dashes;		/* lines of them, since its begin */
	uint64_t most;			/* waits at now.where */
	uint64_t inode_ns;		/* of the class that sum->inode names */
	bool wrong;			/* a time that cannot be */
};

static void end_class(struct parser *p)
{
	struct fpb_lockstat *s = p->sum;
	const uint64_t ns = p->now.ns;

	if (!strstr(p->now.name, INODE_CLASS)) {
		if (ns > s->other.ns)
			s->other = p->now;
	} else {
		if (ns > p->inode_ns) {
			p->inode_ns = ns;
			p->now.ns = s->inode.ns;
			s->inode = p->now;
		}
		s->inode.ns += ns;
	}
	p->now = (struct fpb_lock_wait){ 0 };
}

/* The name of a line of numbers in @name, and the numbers; NULL: another line. */
static const char *numbers_of(const char *line, char *name)
{
	const char *colon = strrchr(line, ':'), *from = line;
	size_t len;

	if (!colon || colon[1] == '\0')
		return NULL;
	while (isspace((unsigned char)*from))
		from++;
	len = colon - from;
	if (len > 2 && (!strncmp(colon - 2, "-W", 2) ||
			!strncmp(colon - 2, "-R", 2)))
		len -= 2;
	if (!len || len >= FPB_NAME_MAX)
		return NULL;
	snprintf(name, FPB_NAME_MAX, "%.*s", (int)len, from);
	return colon + 1;
}

/* Those of waiting: bounces, number, and in us the least, the most, the total. */
static int take_numbers(struct parser *p, const char *line)
{
	char name[FPB_NAME_MAX];
	const char *numbers = numbers_of(line, name);
	double total;

	if (!numbers ||
	    sscanf(numbers, "%*u %*u %*f %*f %lf", &total) != 1)
		return 0;
	if (strcmp(name, p->now.name))
		end_class(p);
	p->wrong |= !(total >= 0 && total < TOTAL_MAX_US);
	if (p->wrong)
		return 1;
	strcpy(p->now.name, name);
	p->now.ns += total * 1000 + 0.5;
	p->dashes = 0;
	p->most = 0;
	return 1;
}

/* "NAME   COUNT   [<ADDRESS>] FUNCTION+0xOFFSET/0xSIZE" */
static void take_place(struct parser *p, const char *line)
{
	const char *address = strstr(line, "[<"), *function, *count;
	unsigned long long n;

	function = address ? strchr(address, ' ') : NULL;
	if (!function || p->dashes != 1)
		return;
	for (count = address; count > line && isspace((unsigned char)count[-1]);)
		count--;
	while (count > line && isdigit((unsigned char)count[-1]))
		count--;
	n = strtoull(count, NULL, 10);
	if (n <= p->most)
		return;
	p->most = n;
	snprintf(p->now.where, FPB_NAME_MAX, "%.*s",
		 (int)strcspn(function + 1, "+ \n"), function + 1);
}

static bool is_dashes(const char *line)
{
	line += strspn(line, " ");
	return *line == '-' && line[strspn(line, "-")] == '\0';
}

static void take_line(struct parser *p, const char *line)
{
	if (is_dashes(line))
		p->dashes++;
	else if (!take_numbers(p, line))
		take_place(p, line);
}

int fpb_lockstat_parse(const char *text, struct fpb_lockstat *s, char *why)
{
	struct parser p = { .sum = s };
	const char *end;
	char line[512];

	*s = (struct fpb_lockstat){ 0 };
	if (strncmp(text, "lock_stat version ", 18)) {
		snprintf(why, FPB_REASON_MAX,
			 "lock_stat: unknown format: %.40s", text);
		return -EINVAL;
	}
	if (strstr(text, "*WARNING* lock debugging disabled")) {
		snprintf(why, FPB_REASON_MAX,
			 "lock_stat: the kernel has disabled lock debugging, as after a warning of lockdep");
		return -EINVAL;
	}
	for (; *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		take_line(&p, line);
		if (p.wrong) {
			snprintf(why, FPB_REASON_MAX,
				 "lock_stat: a time is out of range: %.100s",
				 line);
			return -EINVAL;
		}
	}
	end_class(&p);
	return 0;
}
