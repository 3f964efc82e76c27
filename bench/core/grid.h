/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A table of texts, laid out as plain text, as Markdown or as HTML. Header rows
 * come first; Markdown and HTML join them.
 */
#ifndef FPB_GRID_H
#define FPB_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct fpb_grid {
	size_t ncols, nrows, nheader;
	bool last_left;			/* the last column begins at its left */
	bool first_left;		/* so does the first; for the user to set */
	char **text;			/* nrows x ncols, owned */
};

/* Columns end at their right, as figures do, except perhaps the last. */
void fpb_grid_init(struct fpb_grid *g, size_t ncols, size_t nheader,
		   bool last_left);
void fpb_grid_free(struct fpb_grid *g);

/* Add a row of copies of @text's ncols texts. Returns 0 or -ENOMEM. */
int fpb_grid_add(struct fpb_grid *g, const char * const *text);
/* The same of texts that lie one after the other, each in @size bytes. */
int fpb_grid_add_array(struct fpb_grid *g, const char *texts, size_t size);

/* Columns of a terminal that a row of the plain text takes, or one column. */
size_t fpb_grid_width(const struct fpb_grid *g);
size_t fpb_grid_column_width(const struct fpb_grid *g, size_t col);

void fpb_grid_plain(const struct fpb_grid *g, FILE *out);
void fpb_grid_markdown(const struct fpb_grid *g, FILE *out);
/* Cells that end at their right have class "right". */
void fpb_grid_html(const struct fpb_grid *g, FILE *out);

/* Columns that UTF-8 @text takes, each character being one wide. */
size_t fpb_text_width(const char *text);

/* Write @text, or its beginning and ".." if it takes more than @width columns. */
void fpb_text_cut(FILE *out, const char *text, size_t width);

/*
 * Write @text broken at blanks and line ends into lines of at most @width
 * columns: the first begins with @first, the others with @indent. A word that
 * is longer stays whole.
 */
void fpb_text_wrap(FILE *out, const char *first, const char *text,
		   size_t width, const char *indent);

#endif
