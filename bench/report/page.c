// SPDX-License-Identifier: GPL-2.0
#include "report/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An empty line before everything but the first, and but the next note. */
static void separate(struct fpb_page *p, bool note)
{
	if (p->begun && !(note && p->in_list))
		fputc('\n', p->out);
	p->begun = true;
	p->in_list = note;
}

void fpb_page_alarm(struct fpb_page *p, const char *text)
{
	separate(p, false);
	if (p->markup == FPB_MARKDOWN)
		fprintf(p->out, "**%s**\n", text);
	else
		fpb_text_wrap(p->out, "", text, FPB_PAGE_WIDTH, "");
}

/* Lines end between facts, so that "2 GiB" stays together. */
static void wrap_facts(FILE *out, const char *text)
{
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

void fpb_page_caption(struct fpb_page *p, const char *text)
{
	separate(p, false);
	if (p->markup == FPB_MARKDOWN)
		fprintf(p->out, "**%s**\n", text);
	else
		wrap_facts(p->out, text);
}

void fpb_page_grid(struct fpb_page *p, const struct fpb_grid *g)
{
	/* Plain text keeps the caption and notes close to their table. */
	if (p->markup == FPB_MARKDOWN) {
		separate(p, false);
		fpb_grid_markdown(g, p->out);
	} else {
		fpb_grid_plain(g, p->out);
	}
	p->begun = true;
	p->in_list = p->markup == FPB_PLAIN;
}

void fpb_page_note(struct fpb_page *p, const char *text)
{
	separate(p, true);
	/* A mark at the beginning would open a list in the list. */
	if (p->markup == FPB_MARKDOWN)
		fprintf(p->out, "- %s%s\n", *text == '*' ? "\\" : "", text);
	else
		fpb_text_wrap(p->out, "", text, FPB_PAGE_WIDTH, "  ");
}

int fpb_page_note_stream(struct fpb_page *p, struct fpb_memstream *m)
{
	char *text = fpb_memstream_close(m);

	if (!text)
		return -ENOMEM;
	fpb_page_note(p, text);
	free(text);
	return 0;
}
