/* SPDX-License-Identifier: GPL-2.0 */
/* A report's paragraphs and tables, as plain text, as Markdown or as HTML. */
#ifndef FPB_PAGE_H
#define FPB_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "core/grid.h"
#include "core/memstream.h"

/* What fits into a mail that is quoted once. */
#define FPB_PAGE_WIDTH	75

enum fpb_markup {
	FPB_PLAIN,
	FPB_MARKDOWN,
	FPB_HTML,
};

struct fpb_page {
	FILE *out;
	enum fpb_markup markup;
	bool begun;		/* something was written: separate the next */
	bool in_list;		/* the last thing was a note */
	unsigned int captions;	/* so far: an HTML table has the last one's name */
};

/* Whether a table has to fit into lines of FPB_PAGE_WIDTH columns. */
bool fpb_page_has_lines(const struct fpb_page *p);

/* Something that must not be missed. */
void fpb_page_alarm(struct fpb_page *p, const char *text);
/* Stands between two facts of a caption. */
#define FPB_PAGE_FACT	" \u00b7 "

/* What the next table shows: facts. */
void fpb_page_caption(struct fpb_page *p, const char *text);
/* The same of what was written to @m, which it closes. 0 or -ENOMEM. */
int fpb_page_caption_stream(struct fpb_page *p, struct fpb_memstream *m);
void fpb_page_grid(struct fpb_page *p, const struct fpb_grid *g);
/* One of a list of remarks. */
void fpb_page_note(struct fpb_page *p, const char *text);
/* The same of what was written to @m, which it closes. 0 or -ENOMEM. */
int fpb_page_note_stream(struct fpb_page *p, struct fpb_memstream *m);
/* The next note begins another list; at the end of a part of HTML, too. */
void fpb_page_end_list(struct fpb_page *p);

#endif
