/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Settings of a machine that shift the numbers measured on it: where the kernel
 * tells them, and what to do about those that make numbers vary. Pure.
 */
#ifndef FPB_TUNING_H
#define FPB_TUNING_H

#include <stdbool.h>
#include <stddef.h>

struct fpb_tuning {
	const char *key;		/* in the manifest, and for people */
	const char *file;
	/*
	 * Its value is the word behind this one in the file; NULL: the word in
	 * brackets, else the first line.
	 */
	const char *behind;
	/* The value with which numbers vary least; NULL: only to be known. */
	const char *good;
	const char *mend;		/* the command that sets it */
};

#define FPB_TUNING_MAX	64

/* Ends with a NULL key. */
extern const struct fpb_tuning fpb_tunings[];

/* The value in the file's @text; "" if it has none. */
void fpb_tuning_value(const struct fpb_tuning *t, const char *text,
		      char value[FPB_TUNING_MAX]);

/* Whether numbers vary more with this value than they need to. */
bool fpb_tuning_varies(const struct fpb_tuning *t, const char *value);

#endif
