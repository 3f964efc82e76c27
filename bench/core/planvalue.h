/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A key of a plan as a row: what its value may be and where it is kept. From
 * the row come reading, writing, and the sentence that says what is allowed.
 * Pure.
 */
#ifndef FPB_PLANVALUE_H
#define FPB_PLANVALUE_H

#include <stdint.h>
#include <stdio.h>

#include "core/names.h"
#include "core/result.h"

enum fpb_plan_kind {
	FPB_PLAN_NUMBER,
	FPB_PLAN_BYTES,		/* "4k" */
	FPB_PLAN_MIB,		/* the same, kept in MiB */
	FPB_PLAN_NSEC,		/* "100us" */
	FPB_PLAN_MSEC,		/* the same, kept in ms */
	FPB_PLAN_PERCENT,	/* "2.5", kept in hundredths */
	FPB_PLAN_WORD,		/* char[FPB_NAME_MAX], one of @known */
	FPB_PLAN_TEXT,		/* char[@size], any line; empty is @none */
	FPB_PLAN_ENUM,		/* the place of a word in @known */
	/* Those of sections with a name; core/planfile.c handles them. */
	FPB_PLAN_LIKE,		/* makes a new one */
	FPB_PLAN_CHOICE,	/* keeps those that are listed */
};

struct fpb_plan_key {
	const char *key;
	enum fpb_plan_kind kind;
	/* The member in the section's object; of a list, its entries. */
	size_t at, size;
	/* A list: where its length (size_t) is; 0: a single value. */
	size_t count_at;
	/* In bytes, nanoseconds or hundredths of a per cent if the kind is one. @max 0: no limit. */
	uint64_t min, max, step;
	struct fpb_names known;		/* no others; first NULL: any */
	const char *none;		/* the word for 0 or the empty list */
	const char *section;		/* FPB_PLAN_CHOICE: of what */
	const char *all;		/* and what "all" stands for; or NULL */
	const char *help;
};

/*
 * Read @value into @object. Returns 0, or -EINVAL with @object unchanged and
 * in @why (FPB_REASON_MAX bytes) what the value must be.
 */
int fpb_plan_value_set(const struct fpb_plan_key *k, void *object,
		       const char *value, char *why);

/* Write the value so that fpb_plan_value_set() reads the same. */
void fpb_plan_value_put(const struct fpb_plan_key *k, const void *object,
			FILE *out);

/* "a number from 1 to 1000", into @text (FPB_REASON_MAX bytes). */
char *fpb_plan_value_describe(const struct fpb_plan_key *k, char *text);

/*
 * Split @value at commas into trimmed names, of which none is empty or given
 * twice. Returns 0, or -EINVAL with a sentence in @why.
 */
int fpb_plan_value_split(const char *value, char out[][FPB_NAME_MAX],
			 size_t *n, char *why);

#endif
