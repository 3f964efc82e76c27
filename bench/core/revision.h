/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A commit that a bisection has judged: a line of revisions.jsonl
 * (bench/bisect/README.md), to and from JSON. Pure.
 */
#ifndef FPB_REVISION_H
#define FPB_REVISION_H

#include <jansson.h>
#include <stddef.h>

#include "core/bisect.h"

#define FPB_SUBJECT_MAX	160

struct fpb_revision {
	char commit[FPB_COMMIT_MAX];
	char subject[FPB_SUBJECT_MAX];
	struct fpb_bisect_result result;
};

/* As many hex digits as tell commits apart for people. */
#define FPB_COMMIT_SHORT	12

/* Returns a new object, or NULL: not enough memory. */
json_t *fpb_revision_to_json(const struct fpb_revision *r);

/* All of a search; zeroed before the first. @at is the caller's to free. */
struct fpb_revisions {
	struct fpb_revision *at;
	size_t n;
};

/* Adds a copy. Returns 0 or -ENOMEM. */
int fpb_revisions_add(struct fpb_revisions *all, const struct fpb_revision *r);

/*
 * Adds those in @text. Returns 0, -ENOMEM, or -EINVAL with the number of the
 * damaged line in *@line and a sentence in @why (FPB_REASON_MAX bytes).
 */
int fpb_revisions_parse(struct fpb_revisions *all, const char *text,
			size_t *line, char *why);

/* The one with this commit, or NULL. */
const struct fpb_revision *fpb_revisions_find(const struct fpb_revisions *all,
					      const char *commit);

#endif
