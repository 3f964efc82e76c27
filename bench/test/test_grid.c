// SPDX-License-Identifier: GPL-2.0
/* core/grid.c: columns, and lines that fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/grid.h"

static const char * const rows[][3] = {
	{ "num-", "", "new/old" },
	{ "jobs", "IOPS", "ratio" },
	{ "1", "1,234", "1.01 same" },
	{ "16", "7", "9.9|9 \u00b5" },
};

static void fill(struct fpb_grid *g, bool last_left)
{
	size_t i;

	fpb_grid_init(g, 3, 2, last_left);
	for (i = 0; i < 4; i++)
		assert_int_equal(fpb_grid_add(g, rows[i]), 0);
}

static void assert_text(char *text, const char *want)
{
	assert_string_equal(text, want);
	free(text);
}

static void plain_columns_line_up_and_end_without_blanks(void **state)
{
	struct fpb_grid g;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fill(&g, true);
	fpb_grid_plain(&g, out);
	fclose(out);
	assert_int_equal(fpb_grid_width(&g), 4 + 3 + 5 + 3 + 9);
	fpb_grid_free(&g);
	assert_text(text,
		    "num- |       | new/old\n"
		    "jobs |  IOPS | ratio\n"
		    "-----|-------|----------\n"
		    "   1 | 1,234 | 1.01 same\n"
		    "  16 |     7 | 9.9|9 \u00b5\n");
}

static void a_first_column_of_names_begins_at_the_left(void **state)
{
	struct fpb_grid g;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fill(&g, true);
	g.first_left = true;
	fpb_grid_plain(&g, out);
	fclose(out);
	assert_int_equal(fpb_grid_column_width(&g, 0), 4);
	fpb_grid_free(&g);
	assert_text(text,
		    "num- |       | new/old\n"
		    "jobs |  IOPS | ratio\n"
		    "-----|-------|----------\n"
		    "1    | 1,234 | 1.01 same\n"
		    "16   |     7 | 9.9|9 \u00b5\n");
}

static void a_last_column_of_figures_ends_at_the_right(void **state)
{
	struct fpb_grid g;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fill(&g, false);
	fpb_grid_plain(&g, out);
	fclose(out);
	fpb_grid_free(&g);
	assert_text(text,
		    "num- |       |   new/old\n"
		    "jobs |  IOPS |     ratio\n"
		    "-----|-------|----------\n"
		    "   1 | 1,234 | 1.01 same\n"
		    "  16 |     7 |   9.9|9 \u00b5\n");
}

static void markdown_has_one_header_and_no_stray_bars(void **state)
{
	struct fpb_grid g;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fill(&g, true);
	fpb_grid_markdown(&g, out);
	fclose(out);
	fpb_grid_free(&g);
	assert_text(text,
		    "| num- jobs | IOPS | new/old ratio |\n"
		    "|---:|---:|:---|\n"
		    "| 1 | 1,234 | 1.01 same |\n"
		    "| 16 | 7 | 9.9\\|9 \u00b5 |\n");
}

static const struct {
	const char *name;
	const char *first;
	const char *text;
	size_t width;
	const char *want;
} wraps[] = {
	{ "short", "", "one two", 10, "one two\n" },
	{ "exactly full", "", "one two", 7, "one two\n" },
	{ "one too wide", "", "one two", 6, "one\n  two\n" },
	{ "a long word stays whole", "", "a incomprehensible b", 5,
	  "a\n  incomprehensible\n  b\n" },
	{ "blanks are one", "", " a   b ", 10, "a b\n" },
	{ "characters, not bytes", "", "\u00b5\u00b5\u00b5 \u00b5", 5,
	  "\u00b5\u00b5\u00b5 \u00b5\n" },
	{ "the indent counts", "", "aa bb cc", 5, "aa bb\n  cc\n" },
	{ "what stands before it counts", "Head:", "aa bb", 8,
	  "Head: aa\n  bb\n" },
	{ "line ends are blanks", "", "aa\nbb", 10, "aa bb\n" },
	{ "nothing", "", "", 5, "\n" },
};

static void lines_are_broken_at_blanks(void **state)
{
	size_t i, len;

	for (i = 0; i < sizeof(wraps) / sizeof(wraps[0]); i++) {
		char *text = NULL;
		FILE *out = open_memstream(&text, &len);

		print_message("# %s\n", wraps[i].name);
		fpb_text_wrap(out, wraps[i].first, wraps[i].text,
			      wraps[i].width, "  ");
		fclose(out);
		assert_text(text, wraps[i].want);
	}
}

static const struct {
	const char *text;
	size_t width;
	const char *want;
} cuts[] = {
	{ "abcdef", 7, "abcdef" },
	{ "abcdef", 6, "abcdef" },
	{ "abcdef", 5, "abc.." },
	{ "abcdef", 3, "a.." },
	{ "abcdef", 2, "ab" },
	{ "abcdef", 0, "" },
	{ "\u00b5\u00b5\u00b5\u00b5", 4, "\u00b5\u00b5\u00b5\u00b5" },
	{ "\u00b5\u00b5\u00b5\u00b5", 3, "\u00b5.." },
};

static void texts_are_cut_between_characters(void **state)
{
	size_t i, len;

	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		char *text = NULL;
		FILE *out = open_memstream(&text, &len);

		fpb_text_cut(out, cuts[i].text, cuts[i].width);
		fclose(out);
		assert_text(text, cuts[i].want);
	}
}

static void html_has_a_cell_for_each_text(void **state)
{
	const char *const row[] = { "<b>", "", "R&D" };
	struct fpb_grid g;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fill(&g, true);
	assert_int_equal(fpb_grid_add(&g, row), 0);
	fpb_grid_html(&g, out);
	fclose(out);
	fpb_grid_free(&g);
	assert_text(text,
		    "<table>\n"
		    "<thead><tr>"
		    "<th scope=\"col\" class=\"right\">num-<br />jobs</th>"
		    "<th scope=\"col\" class=\"right\">IOPS</th>"
		    "<th scope=\"col\">new/old<br />ratio</th></tr></thead>\n"
		    "<tbody>\n"
		    "<tr><th scope=\"row\" class=\"right\">1</th>"
		    "<td class=\"right\">1,234</td><td>1.01 same</td></tr>\n"
		    "<tr><th scope=\"row\" class=\"right\">16</th>"
		    "<td class=\"right\">7</td><td>9.9|9 \u00b5</td></tr>\n"
		    "<tr><th scope=\"row\" class=\"right\">&lt;b&gt;</th>"
		    "<td class=\"right\"></td><td>R&amp;D</td></tr>\n"
		    "</tbody>\n</table>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_columns_line_up_and_end_without_blanks),
		cmocka_unit_test(a_first_column_of_names_begins_at_the_left),
		cmocka_unit_test(a_last_column_of_figures_ends_at_the_right),
		cmocka_unit_test(markdown_has_one_header_and_no_stray_bars),
		cmocka_unit_test(html_has_a_cell_for_each_text),
		cmocka_unit_test(lines_are_broken_at_blanks),
		cmocka_unit_test(texts_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
