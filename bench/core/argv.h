/* SPDX-License-Identifier: GPL-2.0 */
/* A command line as data: built here, shown or run elsewhere. Pure. */
#ifndef FPB_ARGV_H
#define FPB_ARGV_H

#include <stddef.h>

#define FPB_ARGV_MAX	64

struct fpb_argv {
	char *v[FPB_ARGV_MAX + 1];	/* NULL-terminated; owned */
	size_t n;
};

/* Add one argument from a format. -E2BIG or -ENOMEM, else 0. */
int fpb_argv_add(struct fpb_argv *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Add the words of @text, which spaces separate. */
int fpb_argv_words(struct fpb_argv *a, const char *text);
void fpb_argv_free(struct fpb_argv *a);

/*
 * @text as one word of a shell's command line, in quotes if it needs them.
 * malloc()ed; NULL if memory is short.
 */
char *fpb_shell_word(const char *text);

#endif
