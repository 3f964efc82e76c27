/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a case ends and what its report says. A case is a function: it passes
 * by returning, and check_fail() or check_skip() end it from anywhere, also
 * from its child processes.
 */
#ifndef CHECK_OUTCOME_H
#define CHECK_OUTCOME_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum check_status {
	CHECK_PASSED,
	CHECK_FAILED,
	CHECK_HAZARD,		/* the hazard that the case is about was seen */
	CHECK_SKIPPED,
};

/* In memory that the case shares with its processes and with the runner. */
struct check_outcome {
	enum check_status status;
	bool over;		/* what remains is to take everything down */
	char reason[2000], notes[1000], doing[200];
	struct {
		char name[48];
		int64_t value;
	} facts[32];
	size_t nfacts;
};

/* --- for cases ------------------------------------------------------------ */

void check_fail(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void check_skip(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
/* Fail the case for its hazard, unless it fails for another reason. Go on. */
void check_hazard(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Add a remark to the report, once. */
void check_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* What the case does from now on, for the report if it hangs there. */
void check_doing(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Add a number to the report, or replace it. */
void check_fact(const char *name, int64_t value);

/* check_fail() unless @cond, with errno. */
#define must(cond)							\
	do {								\
		if (!(cond))						\
			check_fail("%s:%d: %s: %s", __FILE__, __LINE__,	\
				   #cond, strerror(errno));		\
	} while (0)

/* --- for the runner ------------------------------------------------------- */

/* Before the case: an outcome that says "passed". NULL if memory is short. */
const struct check_outcome *check_outcome_new(void);
/* Set the status and its reason, unless the case has already failed. */
void check_outcome_set(enum check_status status, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * Call @fn in this process. Return when it does, or when it has been ended; the
 * case is over then.
 */
void check_outcome_run(void (*fn)(void *arg), void *arg);

#endif
