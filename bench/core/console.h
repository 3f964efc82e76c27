/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest's console says about how it ended. Pure. */
#ifndef FPB_CONSOLE_H
#define FPB_CONSOLE_H

#include <stddef.h>

/* A report that the kernel printed about itself. */
struct fpb_splat {
	const char *kind;	/* one word: "panic", "lockdep", "KASAN"... */
	const char *line;	/* the line that names it, no time stamp */
	size_t line_len;
	const char *report;	/* the whole lines about it */
	size_t report_len;
};

/*
 * Find the most serious report in a console: an oops, a panic, a lockdep splat,
 * a sanitizer's report, a stall, a hung task or a warning. Of several that are
 * equally serious the first counts. Points into @text. Returns 0, or -ENOENT if
 * there is none.
 */
int fpb_console_splat(const char *text, struct fpb_splat *s);

/* Return where the last @n lines of @text start; @n is at least 1. */
const char *fpb_console_tail(const char *text, unsigned int n);

#endif
