// SPDX-License-Identifier: GPL-2.0
#include "msg.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static bool to_syslog;	/* atomic */

static void __attribute__((format(printf, 2, 0)))
say(int level, const char *fmt, va_list ap)
{
	char line[1024] = "fpfs: ";
	size_t n = strlen(line);

	if (__atomic_load_n(&to_syslog, __ATOMIC_ACQUIRE)) {
		vsyslog(level, fmt, ap);
		return;
	}
	vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	n = strlen(line);
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) < 0)
		return;	/* there is nobody to report it to */
}

void fpfs_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_ERR, fmt, ap);
	va_end(ap);
}

void fpfs_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_INFO, fmt, ap);
	va_end(ap);
}

void fpfs_msg_to_syslog(void)
{
	openlog("fpfs", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	__atomic_store_n(&to_syslog, true, __ATOMIC_RELEASE);
}
