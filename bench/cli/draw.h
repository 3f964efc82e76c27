/* SPDX-License-Identifier: GPL-2.0 */
/* gnuplot on the figures of a summary. */
#ifndef FPB_DRAW_H
#define FPB_DRAW_H

#include "os/file.h"
#include "report/plotdata.h"
#include "report/with.h"

struct fpb_draw {
	char scripts[FPB_PATH_MAX];	/* folder of the gnuplot scripts */
	char dir[FPB_PATH_MAX];		/* where data and pictures go */
	char log[FPB_PATH_MAX];		/* what gnuplot says, in that folder */
	bool in_page;			/* the pictures are for a page */
};

/* A figure's data or pictures. Returns 0 or -errno after a message. */
typedef int (*fpb_draw_fn)(struct fpb_draw *d, const struct fpb_figure *f,
			   const struct fpb_figure_text *t, void *user);

/*
 * Make the folder @dir ready. @scripts: NULL for our own. Returns 0 or -errno
 * after a message.
 */
int fpb_draw_init(struct fpb_draw *d, const char *scripts, const char *dir);

/*
 * Do the same with each figure until one fails. Returns 0, -ENODATA without a
 * message if there is no figure, or the error.
 */
int fpb_draw_each(struct fpb_draw *d, const struct fpb_summary *s,
		  fpb_draw_fn act, void *user);

/* Write the figure's data. */
int fpb_draw_data(struct fpb_draw *d, const struct fpb_figure *f,
		  const struct fpb_figure_text *t, void *user);

/*
 * Draw NAME.@kind, "svg" or "png". Returns 0, -ENOPKG without a message if
 * gnuplot is not installed, or -errno after one.
 */
int fpb_draw_picture(struct fpb_draw *d, const struct fpb_figure *f,
		     const struct fpb_figure_text *t, const char *kind);

/*
 * Bring the pictures of all figures into @with, or say in it and to the user why
 * there are none. Leaves no file.
 */
void fpb_draw_for_page(const struct fpb_summary *s,
		       struct fpb_report_with *with);

#endif
