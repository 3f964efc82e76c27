/* SPDX-License-Identifier: GPL-2.0 */
/* gnuplot's SVG as a part of an HTML page. */
#ifndef FPB_SVG_H
#define FPB_SVG_H

#include <stdio.h>

#include "report/with.h"

/*
 * Write the picture, the @number-th of its page: without what comes before the
 * <svg>; the IDs in it are its own; and instead of gnuplot's titles the places
 * to point at (plotdata.h) have what fpb_figure_hint() says. Returns 0 or
 * -ENOMEM.
 */
int fpb_svg_put(FILE *out, const struct fpb_picture *p, unsigned int number);

#endif
