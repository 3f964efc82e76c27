/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A flame graph of a difference, as SVG without a script: a caller is as wide as
 * all that it called. What there is more of stands above a line, what there is
 * less of hangs below it, both at one scale. It looks like plots/style.gp.
 */
#ifndef FPB_FLAME_H
#define FPB_FLAME_H

#include <jansson.h>
#include <stdio.h>

struct fpb_flame {
	const char *title, *facts, *source;	/* lines of text */
	const json_t *diff;		/* core/stacks.h; all borrowed */
};

/* 0 or -ENOMEM. */
int fpb_flame_put(FILE *out, const struct fpb_flame *f);

#endif
