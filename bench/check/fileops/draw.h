/* SPDX-License-Identifier: GPL-2.0 */
/* Random sequences of file operations, drawn from a seed. Pure. */
#ifndef CHECK_DRAW_H
#define CHECK_DRAW_H

#include "check/fileops/fileop.h"

/* Operations with a known difference, drawn only by cases that show it. */
#define FILEOP_KNOWN_FLAGS	(1 << 0)	/* F_SETFL, RWF_NOAPPEND; no copies */
#define FILEOP_KNOWN_FALLOC	(1 << 1)	/* collapse, insert, unshare */

/* Which known difference @op has, or 0. */
unsigned int fileop_known(const struct fileop *op);

/*
 * Fill @ops with @n operations, including those with the differences of
 * @known. The same seed gives the same operations.
 */
void fileop_draw(struct fileop *ops, size_t n, unsigned long seed,
		 unsigned int known);

#endif
