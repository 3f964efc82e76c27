// SPDX-License-Identifier: GPL-2.0
/* Messages on stderr, and the one status line of a terminal. */
#include "os/msg.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static bool line_shown;

static void say(const char *prefix, const char *fmt, va_list ap)
{
	fpb_status_line(NULL);
	fputs(prefix, stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

#define DEFINE_MSG(name, prefix)		\
void name(const char *fmt, ...)			\
{						\
	va_list ap;				\
						\
	va_start(ap, fmt);			\
	say(prefix, fmt, ap);			\
	va_end(ap);				\
}

DEFINE_MSG(fpb_err, "fpbench: ")
DEFINE_MSG(fpb_warn, "fpbench: warning: ")
DEFINE_MSG(fpb_hint, "fpbench: hint: ")
DEFINE_MSG(fpb_info, "")

void fpb_status_line(const char *text)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (line_shown)
		fputs("\r\033[K", stderr);
	line_shown = text != NULL;
	if (text)
		fputs(text, stderr);
	fflush(stderr);
}
