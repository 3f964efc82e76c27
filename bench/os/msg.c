// SPDX-License-Identifier: GPL-2.0
/* Messages on stderr. */
#include "os/msg.h"

#include <stdarg.h>
#include <stdio.h>

#include "os/screen.h"

static void __attribute__((format(printf, 2, 0)))
say(const char *prefix, const char *fmt, va_list ap)
{
	fpb_screen_hide();
	fputs(prefix, stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	fpb_screen_restore();
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
