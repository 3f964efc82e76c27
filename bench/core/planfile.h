/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A plan as text (INI): read, changed and written by the rows of
 * core/plankeys.c. Pure: no files here.
 */
#ifndef FPB_PLANFILE_H
#define FPB_PLANFILE_H

#include "core/plan.h"

/*
 * Set one key of one section. Returns 0, or -EINVAL with @p unchanged and a
 * sentence in @why (FPB_REASON_MAX bytes) that names what is known.
 */
int fpb_plan_set(struct fpb_plan *p, const char *section, const char *key,
		 const char *value, char *why);

/* The same for "section.key=value", as given to --set. */
int fpb_plan_set_text(struct fpb_plan *p, const char *text, char *why);

/*
 * Apply a plan file's text. Returns 0, or -EINVAL with the sentence and the
 * line it is about.
 */
int fpb_plan_parse(struct fpb_plan *p, const char *text, char *why,
		   unsigned int *line);

/*
 * The plan as a plan file that means the same; the second has a comment above
 * each key. malloc()ed, or NULL.
 */
char *fpb_plan_text(const struct fpb_plan *p);
char *fpb_plan_text_explained(const struct fpb_plan *p);

#endif
