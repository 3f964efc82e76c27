/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions by call stack: a JSON object whose keys are stacks, such as
 * "vfs_write;xfs_file_write_iter", outermost function first, and whose values
 * are what the last function of each executed itself. Other programs that draw
 * flame graphs read the same form. Pure.
 */
#ifndef FPB_STACKS_H
#define FPB_STACKS_H

#include <jansson.h>

#include "core/symbols.h"

/*
 * Adds the next region of *@text, what the plugin of QEMU wrote
 * (bench/plugin/count.c), to @stacks, moves *@text behind it and sets *@all to
 * the sum. A stack begins with what entered the kernel last: an interrupt is no
 * part of what it interrupted. 0, -EINVAL if this is no region, or -ENOMEM.
 */
int fpb_stacks_read(json_t *stacks, const char **text,
		    const struct fpb_symbols *symbols, double *all);

/* By the last function of each stack; a new reference. NULL: no memory. */
json_t *fpb_stacks_functions(const json_t *stacks);

/*
 * What @a has more of than @b, by stack; the values of its sum are those of @a's
 * without those of @b's. A new reference, or NULL: no memory.
 *
 * Stacks of both are the same if they are equal but for callers that the other
 * side never has: XFS under FUSE is compared with XFS. What is in both has the
 * stack of @a.
 */
json_t *fpb_stacks_diff(const json_t *a, const json_t *b);

/* Adds @more to what the object has at @key. */
void fpb_stacks_add(json_t *object, const char *key, double more);

#endif
