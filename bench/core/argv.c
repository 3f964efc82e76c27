// SPDX-License-Identifier: GPL-2.0
#include "core/argv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fpb_argv_add(struct fpb_argv *a, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (a->n == FPB_ARGV_MAX)
		return -E2BIG;
	va_start(ap, fmt);
	n = vasprintf(&a->v[a->n], fmt, ap);
	va_end(ap);
	if (n < 0) {
		a->v[a->n] = NULL;
		return -ENOMEM;
	}
	a->n++;
	return 0;
}

int fpb_argv_words(struct fpb_argv *a, const char *text)
{
	int len, ret = 0;

	for (text += strspn(text, " "); !ret && *text;
	     text += len, text += strspn(text, " ")) {
		len = strcspn(text, " ");
		ret = fpb_argv_add(a, "%.*s", len, text);
	}
	return ret;
}

/* What no shell takes for anything else, anywhere in a word. */
#define PLAIN	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
		"0123456789%+,-./:=@_"

char *fpb_shell_word(const char *text)
{
	char *word, *to;

	if (*text && !text[strspn(text, PLAIN)])
		return strdup(text);
	word = to = malloc(4 * strlen(text) + 3);
	if (!word)
		return NULL;
	*to++ = '\'';
	for (; *text; text++) {
		if (*text == '\'')
			to = stpcpy(to, "'\\'");
		*to++ = *text;
	}
	strcpy(to, "'");
	return word;
}

void fpb_argv_free(struct fpb_argv *a)
{
	while (a->n) {
		free(a->v[--a->n]);
		a->v[a->n] = NULL;
	}
}
