/* SPDX-License-Identifier: GPL-2.0 */
/* How to write a report, and what it cannot make itself. */
#ifndef FPB_WITH_H
#define FPB_WITH_H

#include <stdbool.h>
#include <stddef.h>

#include "report/plotdata.h"

/* A figure that gnuplot has drawn. */
struct fpb_picture {
	struct fpb_figure figure;
	char *title, *svg;		/* owned */
};

/* All zero: the table alone. */
struct fpb_report_with {
	/*
	 * All notes, or those that a reader of the table needs; formats for
	 * programs have everything anyway, and so has HTML.
	 */
	bool notes;
	/*
	 * For a format that shows them: it takes a process to draw, and reports
	 * start none. @no_pictures says why there are none; borrowed.
	 */
	struct fpb_picture *pictures;	/* owned */
	size_t npictures;
	const char *no_pictures;
};

/* Add a picture, which takes over @title and @svg. Returns 0 or -ENOMEM. */
int fpb_report_add_picture(struct fpb_report_with *with,
			   const struct fpb_figure *figure, char *title,
			   char *svg);
void fpb_report_with_free(struct fpb_report_with *with);

#endif
