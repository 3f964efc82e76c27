// SPDX-License-Identifier: GPL-2.0
/* Columns of text, and lines that fit a mail. */
#include "core/grid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/xml.h"

void fpb_grid_init(struct fpb_grid *g, size_t ncols, size_t nheader,
		   bool last_left)
{
	*g = (struct fpb_grid){ .ncols = ncols, .nheader = nheader,
				.last_left = last_left };
}

void fpb_grid_free(struct fpb_grid *g)
{
	size_t i;

	for (i = 0; i < g->nrows * g->ncols; i++)
		free(g->text[i]);
	free(g->text);
	g->text = NULL;
	g->nrows = 0;
}

int fpb_grid_add(struct fpb_grid *g, const char * const *text)
{
	size_t i, used = g->nrows * g->ncols;
	char **more;

	more = realloc(g->text, (used + g->ncols) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	g->text = more;
	for (i = 0; i < g->ncols; i++) {
		more[used + i] = strdup(text[i]);
		if (!more[used + i])
			goto out_drop;
	}
	g->nrows++;
	return 0;

out_drop:
	while (i-- > 0)
		free(more[used + i]);
	return -ENOMEM;
}

int fpb_grid_add_array(struct fpb_grid *g, const char *texts, size_t size)
{
	const char *text[g->ncols];
	size_t i;

	for (i = 0; i < g->ncols; i++)
		text[i] = texts + i * size;
	return fpb_grid_add(g, text);
}

static size_t width_of(const char *text, size_t len)
{
	size_t i, n = 0;

	/* Bytes 10xxxxxx continue a character. */
	for (i = 0; i < len; i++)
		n += (text[i] & 0xc0) != 0x80;
	return n;
}

size_t fpb_text_width(const char *text)
{
	return width_of(text, strlen(text));
}

static const char *at(const struct fpb_grid *g, size_t row, size_t col)
{
	return g->text[row * g->ncols + col];
}

size_t fpb_grid_column_width(const struct fpb_grid *g, size_t col)
{
	size_t row, width, most = 0;

	for (row = 0; row < g->nrows; row++) {
		width = fpb_text_width(at(g, row, col));
		most = width > most ? width : most;
	}
	return most;
}

size_t fpb_grid_width(const struct fpb_grid *g)
{
	size_t col, sum = 0;

	for (col = 0; col < g->ncols; col++)
		sum += fpb_grid_column_width(g, col) + (col ? 3 : 0);
	return sum;
}

static bool ends_right(const struct fpb_grid *g, size_t col)
{
	if (!col && g->first_left)
		return false;
	return !g->last_left || col < g->ncols - 1;
}

static void repeat(FILE *out, char c, size_t n)
{
	while (n-- > 0)
		fputc(c, out);
}

static void plain_row(const struct fpb_grid *g, size_t row, FILE *out)
{
	bool last, right;
	size_t col, pad;

	for (col = 0; col < g->ncols; col++) {
		last = col == g->ncols - 1;
		right = ends_right(g, col);
		pad = fpb_grid_column_width(g, col) -
		      fpb_text_width(at(g, row, col));
		repeat(out, ' ', right ? pad : 0);
		fputs(at(g, row, col), out);
		/* No blanks at the end of a line: mails lose them. */
		repeat(out, ' ', right || last ? 0 : pad);
		fputs(last ? "\n" : " | ", out);
	}
}

static void plain_rule(const struct fpb_grid *g, FILE *out)
{
	size_t col;

	for (col = 0; col < g->ncols; col++) {
		fputs(col ? "-|-" : "", out);
		repeat(out, '-', fpb_grid_column_width(g, col));
	}
	fputc('\n', out);
}

void fpb_grid_plain(const struct fpb_grid *g, FILE *out)
{
	size_t row;

	for (row = 0; row < g->nrows; row++) {
		if (row == g->nheader)
			plain_rule(g, out);
		plain_row(g, row, out);
	}
}

/* A bar would end the cell. */
static void markdown_text(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void markdown_header(const struct fpb_grid *g, FILE *out)
{
	size_t row, col;

	for (col = 0; col < g->ncols; col++) {
		fputc('|', out);
		for (row = 0; row < g->nheader; row++) {
			fputs(*at(g, row, col) ? " " : "", out);
			markdown_text(at(g, row, col), out);
		}
		fputc(' ', out);
	}
	fputs("|\n", out);
	for (col = 0; col < g->ncols; col++)
		fputs(ends_right(g, col) ? "|---:" : "|:---", out);
	fputs("|\n", out);
}

void fpb_grid_markdown(const struct fpb_grid *g, FILE *out)
{
	size_t row, col;

	markdown_header(g, out);
	for (row = g->nheader; row < g->nrows; row++) {
		for (col = 0; col < g->ncols; col++) {
			fputs("| ", out);
			markdown_text(at(g, row, col), out);
			fputc(' ', out);
		}
		fputs("|\n", out);
	}
}

void fpb_text_cut(FILE *out, const char *text, size_t width)
{
	const char *mark = width > 2 ? ".." : "";
	size_t len = strlen(text);

	if (width_of(text, len) <= width) {
		fputs(text, out);
		return;
	}
	while (width_of(text, len) > width - strlen(mark))
		len--;
	fwrite(text, 1, len, out);
	fputs(mark, out);
}

static const char *html_class(const struct fpb_grid *g, size_t col)
{
	return ends_right(g, col) ? " class=\"right\"" : "";
}

/* Header rows are joined, one line each. */
static void html_header(const struct fpb_grid *g, FILE *out)
{
	const char *sep;
	size_t row, col;

	fputs("<thead><tr>", out);
	for (col = 0; col < g->ncols; col++) {
		fprintf(out, "<th scope=\"col\"%s>", html_class(g, col));
		for (row = 0, sep = ""; row < g->nheader; row++) {
			if (!*at(g, row, col))
				continue;
			fputs(sep, out);
			fpb_xml_text(out, at(g, row, col));
			sep = "<br />";
		}
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n", out);
}

static void html_row(const struct fpb_grid *g, size_t row, FILE *out)
{
	size_t col;

	fputs("<tr>", out);
	for (col = 0; col < g->ncols; col++) {
		fprintf(out, col ? "<td%s>" : "<th scope=\"row\"%s>",
			html_class(g, col));
		fpb_xml_text(out, at(g, row, col));
		fputs(col ? "</td>" : "</th>", out);
	}
	fputs("</tr>\n", out);
}

void fpb_grid_html(const struct fpb_grid *g, FILE *out)
{
	size_t row;

	fputs("<table>\n", out);
	html_header(g, out);
	fputs("<tbody>\n", out);
	for (row = g->nheader; row < g->nrows; row++)
		html_row(g, row, out);
	fputs("</tbody>\n</table>\n", out);
}

void fpb_text_wrap(FILE *out, const char *first, const char *text,
		   size_t width, const char *indent)
{
	size_t used = fpb_text_width(first), len, columns;

	fputs(first, out);
	while (*(text += strspn(text, " \n"))) {
		len = strcspn(text, " \n");
		columns = width_of(text, len);
		if (used && used + 1 + columns > width) {
			fprintf(out, "\n%s", indent);
			used = fpb_text_width(indent);
		} else if (used) {
			fputc(' ', out);
			used++;
		}
		fwrite(text, 1, len, out);
		used += columns;
		text += len;
	}
	fputc('\n', out);
}
