/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest's console says about how it ended. Pure. */
#ifndef FPB_CONSOLE_H
#define FPB_CONSOLE_H

#include <stddef.h>

/* What the kernel said of itself. */
struct fpb_splat {
	const char *kind;	/* in a word: "panic", "lockdep", "KASAN"... */
	const char *line;	/* that tells, without its time stamp */
	size_t line_len;
	const char *report;	/* the whole lines about it */
	size_t report_len;
};

/*
 * Finds the gravest report in a console: of an oops, a panic, a lockdep splat,
 * a sanitizer's report, a stall, a hung task or a warning; of several that are
 * as grave the first. Points into @text. Returns 0, or -ENOENT if there is
 * none.
 */
int fpb_console_splat(const char *text, struct fpb_splat *s);

/* Where the last @n lines of @text start; @n is at least 1. */
const char *fpb_console_tail(const char *text, unsigned int n);

#endif
