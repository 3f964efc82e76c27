/* SPDX-License-Identifier: GPL-2.0 */
/* The words that a value may be, wherever a table keeps them. Pure. */
#ifndef FPB_NAMES_H
#define FPB_NAMES_H

#include <stddef.h>

/* A name every @stride bytes from @first on; a NULL ends them. */
struct fpb_names {
	const char *const *first;
	size_t stride;
};

/* Those of an array of texts, or of one member of a table's rows. */
#define FPB_NAMES(array)		{ array, sizeof(*(array)) }
#define FPB_NAMES_OF(table, member)	{ &(table)->member, sizeof(*(table)) }

/* The @i-th name; NULL after the last. */
const char *fpb_names_at(struct fpb_names names, size_t i);

/* The place of @word, or -1. */
long fpb_names_find(struct fpb_names names, const char *word);

/* The name that @word is most likely a slip of, or NULL. */
const char *fpb_names_nearest(struct fpb_names names, const char *word);

/*
 * Write '(known: a, b, c; did you mean "b"?)' into @text, for the message
 * about a @word that is none of them. Cut at @size. Returns @text.
 */
char *fpb_names_hint(struct fpb_names names, const char *word, char *text,
		     size_t size);

#endif
