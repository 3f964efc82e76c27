/* SPDX-License-Identifier: GPL-2.0 */
/* A suite of test cases as JUnit's XML, which CI systems read. */
#ifndef FPB_JUNIT_H
#define FPB_JUNIT_H

#include <stdio.h>

#include "core/memstream.h"

enum fpb_junit_result {
	FPB_JUNIT_PASS,
	FPB_JUNIT_FAIL,
	FPB_JUNIT_SKIP,
};

/* All texts are borrowed; what XML cannot represent is replaced. */
struct fpb_junit_case {
	const char *classname, *name;
	double seconds;			/* below 0: not known */
	enum fpb_junit_result result;
	const char *message;		/* why it did not pass */
	const char *detail;		/* the same at length, or "" */
	const char *output;		/* facts, or "" */
};

struct fpb_junit {
	struct fpb_memstream cases;
	FILE *out;
	size_t tests, failures, skipped;
};

/* Returns 0 or -ENOMEM; fpb_junit_end() is for after 0. */
int fpb_junit_begin(struct fpb_junit *j);
void fpb_junit_add(struct fpb_junit *j, const struct fpb_junit_case *c);
/* Write the suite to @out. Returns 0 or -ENOMEM. */
int fpb_junit_end(struct fpb_junit *j, const char *suite, FILE *out);

#endif
