// SPDX-License-Identifier: GPL-2.0
#include "check/lib/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static struct check_outcome *outcome;
static pid_t case_pid;
static sigjmp_buf unwind;

/* The first failure says why; the rest follows from it. */
static void set(enum check_status status, const char *fmt, va_list ap)
{
	if (outcome->status == CHECK_FAILED)
		return;
	outcome->status = status;
	vsnprintf(outcome->reason, sizeof(outcome->reason), fmt, ap);
}

static void __attribute__((noreturn)) end(void)
{
	if (getpid() != case_pid)
		_exit(1);
	siglongjmp(unwind, 1);
}

void check_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(CHECK_FAILED, fmt, ap);
	va_end(ap);
	end();
}

void check_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(CHECK_SKIPPED, fmt, ap);
	va_end(ap);
	end();
}

void check_hazard(const char *fmt, ...)
{
	va_list ap;

	if (outcome->status == CHECK_HAZARD)
		return;
	va_start(ap, fmt);
	set(CHECK_HAZARD, fmt, ap);
	va_end(ap);
}

void check_note(const char *fmt, ...)
{
	const size_t size = sizeof(outcome->notes);
	char note[sizeof(outcome->notes)];
	size_t used = strlen(outcome->notes);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(note, size, fmt, ap);
	va_end(ap);
	/* A loop makes the same remark each time. */
	if (!strstr(outcome->notes, note))
		snprintf(outcome->notes + used, size - used, "%s%s",
			 used ? "; " : "", note);
}

void check_doing(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(outcome->doing, sizeof(outcome->doing), fmt, ap);
	va_end(ap);
}

void check_fact(const char *name, int64_t value)
{
	const size_t max = sizeof(outcome->facts) / sizeof(*outcome->facts);
	size_t i = 0;

	while (i < outcome->nfacts && strcmp(outcome->facts[i].name, name))
		i++;
	if (i == max || strlen(name) >= sizeof(outcome->facts[i].name))
		check_fail("no room for the number \"%s\"", name);
	strcpy(outcome->facts[i].name, name);
	outcome->facts[i].value = value;
	if (i == outcome->nfacts)
		outcome->nfacts++;
}

const struct check_outcome *check_outcome_new(void)
{
	void *p = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return outcome = p == MAP_FAILED ? NULL : p;
}

void check_outcome_set(enum check_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(status, fmt, ap);
	va_end(ap);
}

void check_outcome_run(void (*fn)(void *arg), void *arg)
{
	case_pid = getpid();
	if (!sigsetjmp(unwind, 0))
		fn(arg);
	outcome->over = true;
}
