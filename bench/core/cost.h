/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an I/O costs in instructions of the kernel: what the plugin of QEMU
 * counted (bench/plugin/count.c), and what differs. Pure.
 */
#ifndef FPB_COST_H
#define FPB_COST_H

#include <jansson.h>

#include "core/result.h"
#include "core/stacks.h"

#define FPB_COST_SEEDS	8

/* A cell of one kernel in the boots that had it. */
struct fpb_cost_cell {
	const char *kernel;		/* borrowed */
	struct fpb_cell cell;
	unsigned int n;			/* boots, each with another seed */
	/* Per I/O: of each boot, and the mean by stack (core/stacks.h). */
	double totals[FPB_COST_SEEDS];
	json_t *stacks;			/* owned */
};

struct fpb_cost {
	struct fpb_cost_cell *cells;	/* owned; in the order of their coming */
	size_t n;
};

/*
 * Adds the next region of *@regions, the text of the plugin, to the cell of the
 * kernel, and moves *@regions behind it. It was @ios I/Os long. 0, or -errno
 * with a sentence in @why.
 */
int fpb_cost_add(struct fpb_cost *c, const char *kernel,
		 const struct fpb_cell *cell, const char **regions,
		 const struct fpb_symbols *symbols, unsigned int ios,
		 char *why);
void fpb_cost_free(struct fpb_cost *c);

/* NULL: there is none. */
const struct fpb_cost_cell *fpb_cost_find(const struct fpb_cost *c,
					  const char *kernel,
					  const struct fpb_cell *cell);

/* The mean of its boots, and how far they are apart. */
double fpb_cost_total(const struct fpb_cost_cell *c);
double fpb_cost_spread(const struct fpb_cost_cell *c);

/*
 * What @a has more of than @b, by function; its sum is that of the totals. A new
 * reference. NULL: no memory.
 */
json_t *fpb_cost_diff(const struct fpb_cost_cell *a,
		      const struct fpb_cost_cell *b);

#endif
