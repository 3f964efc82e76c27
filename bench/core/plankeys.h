/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every section and key that a plan has. A plan file, --set, "fpbench list
 * --keys", the manual and the messages about a wrong key all go by this table.
 */
#ifndef FPB_PLANKEYS_H
#define FPB_PLANKEYS_H

#include <stdbool.h>

#include "core/planvalue.h"

struct fpb_plan_section {
	const char *title;		/* "sweep", "regime NAME" */
	const struct fpb_plan_key *keys;	/* ends with a NULL key */
	size_t at;			/* its object in struct fpb_plan */
	/*
	 * A section with a name stands for one of several objects, in an array
	 * of FPB_PLAN_MAX_LIST; each begins with char name[FPB_NAME_MAX].
	 */
	size_t size;			/* of one of them; 0: no name */
	size_t count_at;		/* how many (size_t) */
	/*
	 * Those that every plan can name, which adds them to its own: structs
	 * of @preset_size bytes that begin with the object.
	 */
	const void *presets;
	size_t npresets, preset_size;
	/*
	 * NULL: a preset is known by its name. Else fills @object with what
	 * @name means; false: nothing.
	 */
	bool (*preset)(const char *name, void *object);
};

/* Ends with a NULL title. */
extern const struct fpb_plan_section fpb_plan_sections[];

#endif
