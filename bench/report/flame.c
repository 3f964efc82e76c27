// SPDX-License-Identifier: GPL-2.0
#include "report/flame.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/xml.h"

/* In pixels. */
#define WIDTH		840
#define MARGIN		25
#define INSIDE		(WIDTH - 2.0 * MARGIN)
#define HEAD		72
#define FOOT		40
#define ROW		17
/* A character of a frame's name, on average; and what is too narrow to be drawn. */
#define CHARACTER	6.3
#define NARROW		0.4

/* --- the tree ---------------------------------------------------------------- */

enum side { MORE, LESS, SIDES };

/* A function under its callers. */
struct frame {
	char *name;			/* owned */
	struct frame *inner;		/* those that it called, owned */
	size_t n;
	/* With and without them; not negative. */
	double all[SIDES], self[SIDES];
};

static void free_frame(struct frame *f)
{
	for (size_t i = 0; i < f->n; i++)
		free_frame(&f->inner[i]);
	free(f->inner);
	free(f->name);
}

/* NULL: no memory. */
static struct frame *inner_named(struct frame *f, const char *name, size_t len)
{
	struct frame *inner;

	for (size_t i = 0; i < f->n; i++)
		if (!strncmp(f->inner[i].name, name, len) &&
		    !f->inner[i].name[len])
			return &f->inner[i];
	inner = reallocarray(f->inner, f->n + 1, sizeof(*inner));
	if (!inner)
		return NULL;
	f->inner = inner;
	inner += f->n;
	*inner = (struct frame){ .name = strndup(name, len) };
	if (!inner->name)
		return NULL;
	f->n++;
	return inner;
}

static int add_stack(struct frame *root, const char *stack, double value)
{
	const enum side side = value < 0 ? LESS : MORE;
	struct frame *f = root;
	size_t len;

	f->all[side] += fabs(value);
	for (const char *c = stack; *c; c += len + (c[len] == ';')) {
		len = strcspn(c, ";");
		f = inner_named(f, c, len);
		if (!f)
			return -ENOMEM;
		f->all[side] += fabs(value);
	}
	f->self[side] += fabs(value);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct frame *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void sort(struct frame *f)
{
	if (f->n)
		qsort(f->inner, f->n, sizeof(*f->inner), by_name);
	for (size_t i = 0; i < f->n; i++)
		sort(&f->inner[i]);
}

static int grow(struct frame *root, const json_t *diff)
{
	const char *stack;
	json_t *v;
	int ret = 0;

	json_object_foreach((json_t *)diff, stack, v)
		ret = ret ? : add_stack(root, stack, json_real_value(v));
	sort(root);
	return ret;
}

/* --- drawing ----------------------------------------------------------------- */

struct picture {
	FILE *out;
	double scale;			/* pixels for one instruction */
	double line;			/* where both sides begin, from the top */
};

/* Okabe and Ito's vermilion and blue, as in the plots. */
static const char *const colour[] = { "#d55e00", "#0072b2" };
static const char *const word[] = { "more", "less" };

/* Rows of frames that are wide enough. */
static unsigned int depth(const struct frame *f, enum side side, double scale)
{
	unsigned int deepest = 0, d;

	if (f->all[side] * scale < NARROW)
		return 0;
	for (size_t i = 0; i < f->n; i++) {
		d = depth(&f->inner[i], side, scale);
		if (d > deepest)
			deepest = d;
	}
	return deepest + 1;
}

static void put_label(const struct picture *p, const char *name, double x,
		      double y, double width)
{
	const size_t fits = fmax(0, (width - 6) / CHARACTER);
	const size_t len = strlen(name);
	char text[256];

	if (fits < 3)
		return;
	snprintf(text, sizeof(text), "%.*s%s",
		 (int)(len > fits ? fits - 2 : len), name,
		 len > fits ? ".." : "");
	fprintf(p->out, "<text x=\"%.1f\" y=\"%.1f\">", x + 3, y + ROW - 5);
	fpb_xml_text(p->out, text);
	fputs("</text>", p->out);
}

/* The darker, the more of it is in the function itself. */
static void put_box(const struct picture *p, const struct frame *f,
		    enum side side, double x, double y)
{
	const double width = f->all[side] * p->scale;

	fputs("<g><title>", p->out);
	fpb_xml_text(p->out, f->name);
	fprintf(p->out, ": %.2f %s", f->all[side], word[side]);
	if (f->self[side] && f->self[side] < f->all[side])
		fprintf(p->out, ", %.2f of it in the function itself",
			f->self[side]);
	fprintf(p->out, "</title><rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%d\" fill=\"%s\" fill-opacity=\"%.2f\"/>",
		x, y, width, ROW - 1, colour[side],
		0.2 + 0.5 * f->self[side] / f->all[side]);
	put_label(p, f->name, x, y, width);
	fputs("</g>\n", p->out);
}

/* The @row-th row from the line, counted from 0. */
static void put_frames(const struct picture *p, const struct frame *f,
		       enum side side, double x, unsigned int row)
{
	const double y = p->line + (side == MORE ? -(ROW * (row + 1.0)) :
						   ROW * row + 1);

	if (f->all[side] * p->scale < NARROW)
		return;
	put_box(p, f, side, x, y);
	for (size_t i = 0; i < f->n; i++) {
		put_frames(p, &f->inner[i], side, x, row + 1);
		x += f->inner[i].all[side] * p->scale;
	}
}

static void put_text(FILE *out, const char *text, double y, double size,
		     const char *fill, bool right)
{
	fprintf(out, "<text x=\"%d\" y=\"%.1f\" font-size=\"%g\" fill=\"%s\"%s>",
		right ? WIDTH - MARGIN : MARGIN, y, size, fill,
		right ? " text-anchor=\"end\"" : "");
	fpb_xml_text(out, text);
	fputs("</text>\n", out);
}

static void put_head(FILE *out, const struct fpb_flame *f, double height)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\" font-family=\"DejaVu Sans,sans-serif\" font-size=\"10.5\" role=\"img\">\n<title>",
		WIDTH, height, WIDTH, height);
	fpb_xml_text(out, f->title);
	fputs("</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
	      out);
	put_text(out, f->title, 31, 15, "#111111", false);
	put_text(out, f->facts, 53, 10.5, "#666666", false);
}

static void put_foot(FILE *out, const struct fpb_flame *f, double height)
{
	put_text(out, f->source, height - 15, 10, "#666666", false);
	put_text(out, "above the line: more, below: less; darker: in the function itself",
		 height - 15, 10, "#666666", true);
	fputs("</svg>\n", out);
}

static void put_picture(FILE *out, const struct fpb_flame *f,
			const struct frame *root)
{
	const double widest = fmax(root->all[MORE], root->all[LESS]);
	const double scale = widest ? INSIDE / widest : 0;
	const struct picture p = {
		out, scale, HEAD + ROW * depth(root, MORE, scale),
	};
	const double height = p.line + ROW * depth(root, LESS, scale) + FOOT;

	put_head(out, f, height);
	for (int side = MORE; side < SIDES; side++)
		put_frames(&p, root, side, MARGIN, 0);
	fprintf(out, "<path d=\"M%d %.1fH%d\" stroke=\"#888888\"/>\n", MARGIN,
		p.line, WIDTH - MARGIN);
	put_foot(out, f, height);
}

int fpb_flame_put(FILE *out, const struct fpb_flame *f)
{
	struct frame root = { .name = strdup("all") };
	int ret = root.name ? grow(&root, f->diff) : -ENOMEM;

	if (!ret)
		put_picture(out, f, &root);
	free_frame(&root);
	return ret;
}
