// SPDX-License-Identifier: GPL-2.0
#include "report/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/xml.h"

/* Plain text */

static void plain_alarm(struct fpb_page *p, const char *text)
{
	fpb_text_wrap(p->out, "", text, FPB_PAGE_WIDTH, "");
}

/* Lines end between facts, so that "2 GiB" stays together. */
static void plain_caption(struct fpb_page *p, const char *text)
{
	FILE *out = p->out;
	size_t width, used = 0;
	char fact[512];
	const char *end;

	for (; text; text = end ? end + strlen(FPB_PAGE_FACT) : NULL) {
		end = strstr(text, FPB_PAGE_FACT);
		snprintf(fact, sizeof(fact), "%.*s",
			 (int)(end ? end - text : (long)strlen(text)), text);
		width = fpb_text_width(fact);
		if (width > FPB_PAGE_WIDTH) {
			fputs(used ? "\n" : "", out);
			fpb_text_wrap(out, "", fact, FPB_PAGE_WIDTH, "");
			used = 0;
			continue;
		}
		if (used && used + 3 + width > FPB_PAGE_WIDTH) {
			fputc('\n', out);
			used = 0;
		} else if (used) {
			fputs(FPB_PAGE_FACT, out);
			used += 3;
		}
		fputs(fact, out);
		used += width;
	}
	fputs(used ? "\n" : "", out);
}

static void plain_grid(struct fpb_page *p, const struct fpb_grid *g)
{
	fpb_grid_plain(g, p->out);
}

static void plain_note(struct fpb_page *p, const char *text)
{
	fpb_text_wrap(p->out, "", text, FPB_PAGE_WIDTH, "  ");
}

/* Markdown */

static void markdown_strong(struct fpb_page *p, const char *text)
{
	fprintf(p->out, "**%s**\n", text);
}

static void markdown_grid(struct fpb_page *p, const struct fpb_grid *g)
{
	fpb_grid_markdown(g, p->out);
}

static void markdown_note(struct fpb_page *p, const char *text)
{
	/* A mark at the beginning would open a list in the list. */
	fprintf(p->out, "- %s%s\n", *text == '*' ? "\\" : "", text);
}

/* HTML */

static void html_element(struct fpb_page *p, const char *begin,
			 const char *text, const char *end)
{
	fputs(begin, p->out);
	fpb_xml_text(p->out, text);
	fputs(end, p->out);
}

static void html_alarm(struct fpb_page *p, const char *text)
{
	html_element(p, "<p class=\"alarm\"><strong>", text,
		     "</strong></p>\n");
}

static void html_caption(struct fpb_page *p, const char *text)
{
	fprintf(p->out, "<h3 id=\"caption-%u\"", ++p->captions);
	html_element(p, ">", text, "</h3>\n");
}

/* A table may be wider than the screen: then it scrolls, by keys as well. */
static void html_grid(struct fpb_page *p, const struct fpb_grid *g)
{
	fputs("<div class=\"wide\" role=\"region\" tabindex=\"0\"", p->out);
	if (p->captions)
		fprintf(p->out, " aria-labelledby=\"caption-%u\"", p->captions);
	fputs(">\n", p->out);
	fpb_grid_html(g, p->out);
	fputs("</div>\n", p->out);
}

static void html_note(struct fpb_page *p, const char *text)
{
	html_element(p, "<li>", text, "</li>\n");
}

/* All of them */

static const struct {
	bool lines;		/* of FPB_PAGE_WIDTH columns */
	bool close;		/* notes and caption stay close to their table */
	const char *list, *list_end;
	void (*alarm)(struct fpb_page *p, const char *text);
	void (*caption)(struct fpb_page *p, const char *text);
	void (*grid)(struct fpb_page *p, const struct fpb_grid *g);
	void (*note)(struct fpb_page *p, const char *text);
} markups[] = {
	[FPB_PLAIN] = { true, true, "", "",
		plain_alarm, plain_caption, plain_grid, plain_note },
	[FPB_MARKDOWN] = { false, false, "", "",
		markdown_strong, markdown_strong, markdown_grid,
		markdown_note },
	[FPB_HTML] = { false, false, "<ul>\n", "</ul>\n",
		html_alarm, html_caption, html_grid, html_note },
};

bool fpb_page_has_lines(const struct fpb_page *p)
{
	return markups[p->markup].lines;
}

void fpb_page_end_list(struct fpb_page *p)
{
	if (p->in_list)
		fputs(markups[p->markup].list_end, p->out);
	p->in_list = false;
}

/* An empty line before everything but the first, and but the next note. */
static void separate(struct fpb_page *p, bool note)
{
	if (note && p->in_list)
		return;
	fpb_page_end_list(p);
	if (p->begun)
		fputc('\n', p->out);
	if (note)
		fputs(markups[p->markup].list, p->out);
	p->begun = true;
	p->in_list = note;
}

void fpb_page_alarm(struct fpb_page *p, const char *text)
{
	separate(p, false);
	markups[p->markup].alarm(p, text);
}

void fpb_page_caption(struct fpb_page *p, const char *text)
{
	separate(p, false);
	markups[p->markup].caption(p, text);
}

void fpb_page_grid(struct fpb_page *p, const struct fpb_grid *g)
{
	if (!markups[p->markup].close)
		separate(p, false);
	markups[p->markup].grid(p, g);
	p->begun = true;
	p->in_list = markups[p->markup].close;
}

void fpb_page_note(struct fpb_page *p, const char *text)
{
	separate(p, true);
	markups[p->markup].note(p, text);
}

static int put_stream(struct fpb_page *p, struct fpb_memstream *m,
		      void (*put)(struct fpb_page *p, const char *text))
{
	char *text = fpb_memstream_close(m);

	if (!text)
		return -ENOMEM;
	put(p, text);
	free(text);
	return 0;
}

int fpb_page_caption_stream(struct fpb_page *p, struct fpb_memstream *m)
{
	return put_stream(p, m, fpb_page_caption);
}

int fpb_page_note_stream(struct fpb_page *p, struct fpb_memstream *m)
{
	return put_stream(p, m, fpb_page_note);
}
