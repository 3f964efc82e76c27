/* SPDX-License-Identifier: GPL-2.0 */
/* What happened, as text: on the mount it must be what it is on the source. */
#ifndef FPFS_TEST_TRACE_H
#define FPFS_TEST_TRACE_H

#include <stddef.h>

#define TRACE_MAX	(1 << 16)

extern char trace[TRACE_MAX];
extern size_t traced;		/* 0 begins anew */

void t(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "@what=ok" or, if @ret is negative, errno's name. */
void t_result(const char *what, long ret);

/*
 * Names, owners, modes, sizes and first bytes of the files in @dir, in the order
 * of the names. To be called as root.
 */
void t_state(const char *dir);

#endif
