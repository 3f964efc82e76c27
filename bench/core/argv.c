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

void fpb_argv_free(struct fpb_argv *a)
{
	while (a->n) {
		free(a->v[--a->n]);
		a->v[a->n] = NULL;
	}
}
