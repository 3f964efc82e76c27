/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest's console says about how it ended. Pure. */
#ifndef FPB_CONSOLE_H
#define FPB_CONSOLE_H

#include <stddef.h>

/*
 * The first line that tells of a panic, an oops or a splat, without its time
 * stamp, copied to @line (of @size bytes). Returns what it is in a word
 * ("panic", "oops", "warning"...), or NULL if there is none.
 */
const char *fpb_console_splat(const char *text, char *line, size_t size);

/* Where the last @n lines of @text start; @n is at least 1. */
const char *fpb_console_tail(const char *text, unsigned int n);

#endif
