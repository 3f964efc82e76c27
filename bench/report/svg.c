// SPDX-License-Identifier: GPL-2.0
/*
 * gnuplot (5.4 to 6.0) writes one element for each point, in groups that may be
 * empty. IDs are the same in every picture. What it calls hypertext ends up in
 * the call of a script of its own, where we left the name of a place.
 */
#include "report/svg.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/xml.h"

struct part {
	FILE *out;
	const struct fpb_picture *picture;
	unsigned int number;
	int error;
};

/* Each writes what takes the place of the mark at @at, and returns its end. */
typedef const char *(*put_fn)(struct part *p, const char *at, size_t mark);

/* What follows @text, or the end if it is not there. */
static const char *after(const char *at, const char *text)
{
	const char *found = strstr(at, text);

	return found ? found + strlen(text) : at + strlen(at);
}

static const char *begin(struct part *p, const char *at, size_t mark)
{
	fputs("<svg role=\"img\" aria-label=\"", p->out);
	fpb_xml_text(p->out, p->picture->title);
	fputs("\"", p->out);
	return at + mark;
}

static const char *drop_title(struct part *p, const char *at, size_t mark)
{
	return after(at, "</title>");
}

static const char *own_id(struct part *p, const char *at, size_t mark)
{
	fwrite(at, 1, mark, p->out);
	fprintf(p->out, "plot-%u-", p->number);
	return at + mark;
}

static const char *place(struct part *p, const char *at, size_t mark)
{
	char name[64] = "";
	char *hint;

	sscanf(at + mark, "%63[^']", name);
	hint = fpb_figure_hint(&p->picture->figure, name);
	if (!hint)
		p->error = -ENOMEM;
	fputs("<g class=\"place\"><title>", p->out);
	fpb_xml_text(p->out, hint ? hint : "");
	fputs("</title>", p->out);
	free(hint);
	return after(at, "</title>");
}

/* Half of all groups have nothing in them. */
static const char *group(struct part *p, const char *at, size_t mark)
{
	const char *inside = after(at, ">");
	const char *end = inside + strspn(inside, " \t\n");

	if (!strncmp(end, "</g>", 4))
		return end + 4;
	/* The blank may begin an ID. */
	fwrite(at, 1, mark - 1, p->out);
	return at + mark - 1;
}

/* The first that fits counts. */
static const struct {
	const char *mark;
	put_fn put;
} rules[] = {
	{ "<svg", begin },
	{ "<title>", drop_title },
	{ "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'", place },
	{ "<g ", group },
	{ " id=\"", own_id },
	{ " id='", own_id },
	{ "href='#", own_id },
	{ "href=\"#", own_id },
	{ "url(#", own_id },
};
#define NRULES	(sizeof(rules) / sizeof(*rules))

static size_t find_rule(const char *at)
{
	size_t i;

	for (i = 0; i < NRULES; i++)
		if (!strncmp(at, rules[i].mark, strlen(rules[i].mark)))
			break;
	return i;
}

static const char *put_char(FILE *out, const char *at)
{
	const size_t len = fpb_xml_char(at);

	if (len)
		fwrite(at, 1, len, out);
	else
		fputs(FPB_XML_REPLACEMENT, out);
	return at + (len ? len : 1);
}

int fpb_svg_put(FILE *out, const struct fpb_picture *picture,
		unsigned int number)
{
	struct part p = { out, picture, number, 0 };
	const char *at = strstr(picture->svg, "<svg");
	bool in_tag = false;
	size_t rule;

	while (at && *at) {
		/* What people have named is text between tags. */
		in_tag = *at == '<' || (in_tag && at[-1] != '>');
		rule = in_tag ? find_rule(at) : NRULES;
		at = rule < NRULES ?
		     rules[rule].put(&p, at, strlen(rules[rule].mark)) :
		     put_char(out, at);
	}
	return p.error;
}
