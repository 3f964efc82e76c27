// SPDX-License-Identifier: GPL-2.0
/*
 * The HTML page: core/xml.c, report/dataurl.c, svg.c, html.c, and the places to
 * point at of report/plotdata.c. What a page says as a whole is a golden text of
 * test_report.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <zlib.h>

#include "core/xml.h"
#include "fixture.h"
#include "report/dataurl.h"
#include "report/report.h"
#include "report/svg.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* Closes the stream; for free(). */
static char *text_of_stream(FILE *out, char **text)
{
	fclose(out);
	return *text;
}

static void assert_has(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("\"%s\" is not in: %s", what, text);
}

static void assert_lacks(const char *text, const char *what)
{
	const char *at = strstr(text, what);

	if (at)
		fail_msg("\"%s\": %.80s", what, at);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* --- texts ------------------------------------------------------------------ */

static const struct {
	const char *text, *want;
} texts[] = {
	{ "", "" },
	{ "<b>R&D's \"x\"</b>",
	  "&lt;b&gt;R&amp;D&#39;s &quot;x&quot;&lt;/b&gt;" },
	{ "\u00b15 \u00b5s \u4e2d \U0001f600", "\u00b15 \u00b5s \u4e2d \U0001f600" },
	{ "a\tb\nc", "a\tb\nc" },
	{ "a\x01" "b\x1b" "c\r\x7f", "a\ufffd" "b\ufffd" "c\ufffd\ufffd" },
	/* Cut, alone, too long, a surrogate, no character, past the last. */
	{ "x\xc2", "x\ufffd" },
	{ "\x80x", "\ufffdx" },
	{ "\xc0\xaf", "\ufffd\ufffd" },
	{ "\xe0\x9f\xbf", "\ufffd\ufffd\ufffd" },
	{ "\xed\xa0\x80", "\ufffd\ufffd\ufffd" },
	{ "\xef\xbf\xbf", "\ufffd\ufffd\ufffd" },
	{ "\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd" },
	{ "\xe2\x82", "\ufffd\ufffd" },
};

static void any_text_stands_for_itself(void **state)
{
	for (size_t i = 0; i < NELEM(texts); i++) {
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		fpb_xml_text(out, texts[i].text);
		assert_string_equal(text_of_stream(out, &text), texts[i].want);
		free(text);
	}
}

/* --- data ------------------------------------------------------------------- */

/* RFC 4648, section 10. */
static void base64_is_as_in_its_rfc(void **state)
{
	static const char *const vectors[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/" },
	};

	for (size_t i = 0; i < NELEM(vectors); i++) {
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		fpb_base64(out, vectors[i][0], strlen(vectors[i][0]));
		assert_string_equal(text_of_stream(out, &text), vectors[i][1]);
		free(text);
	}
}

static unsigned int digit(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ?
	       c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 :
	       c == '+' ? 62 : 63;
}

/* What the data: URL at @url holds; for free(). */
static char *unpacked(const char *url, size_t room)
{
	static const char head[] = "data:application/gzip;base64,";
	const char *from = url + strlen(head);
	size_t n = strspn(from, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
	unsigned char *packed = calloc(1, n + 1);
	char *text = calloc(1, room + 1);
	z_stream z = { .next_in = packed, .avail_in = n * 3 / 4,
		       .next_out = (unsigned char *)text, .avail_out = room };

	assert_memory_equal(url, head, strlen(head));
	for (size_t i = 0, bits = 0; i < n; i++) {
		bits = bits << 6 | digit(from[i]);
		if (i % 4)
			packed[i / 4 * 3 + i % 4 - 1] =
				bits >> (6 - 2 * (i % 4));
	}
	assert_int_equal(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	inflateEnd(&z);
	free(packed);
	return text;
}

/* --- the page --------------------------------------------------------------- */

/* For free(). */
static char *page_of(const struct fpb_summary *s,
		     const struct fpb_report_with *with)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(fpb_report_find("html")->write(out, s, with), 0);
	return text_of_stream(out, &text);
}

static char *page(const char *name)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	char *text;

	fixture_load(name, &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, FPB_MARGIN_DEFAULT), 0);
	text = page_of(&s, &(struct fpb_report_with){ .npictures = 0 });
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
	return text;
}

static void the_files_of_the_run_are_in_the_page(void **state)
{
	static const char *const files[] = {
		FPB_FILE_MANIFEST, FPB_FILE_BOOTS, FPB_FILE_SAMPLES
	};
	char *text = page("flawed-cells"), path[128], mark[128];

	for (size_t i = 0; i < NELEM(files); i++) {
		char *want, *got;
		const char *at;

		snprintf(path, sizeof(path), "run-flawed-cells/%s", files[i]);
		snprintf(mark, sizeof(mark), "<a download=\"%s.gz\" href=\"",
			 files[i]);
		assert_has(text, mark);
		at = strstr(text, mark) + strlen(mark);
		want = fixture_text(path);
		got = unpacked(at, strlen(want) + 100);
		assert_string_equal(got, want);
		free(got);
		free(want);
	}
	free(text);
}

static void the_page_has_its_parts_in_order(void **state)
{
	static const char *const parts[] = {
		"<h1>", "<h2 id=\"verdict-title\">", "<h2 id=\"plots-title\">",
		"<h2 id=\"tables-title\">", "<h2 id=\"evidence-title\">",
		"<h2 id=\"origin-title\">", "<h2 id=\"reading-title\">",
		"<h2 id=\"data-title\">", "</html>",
	};
	static const char *const runs[] = {
		"duet", "one-kernel", "three-kernels", "workloads", "no-raw",
		"interrupted",
	};

	for (size_t i = 0; i < NELEM(runs); i++) {
		char *text = page(runs[i]);
		const char *at = text;

		for (size_t k = 0; k < NELEM(parts); k++) {
			assert_int_equal(count(text, parts[k]), 1);
			at = strstr(at, parts[k]);
			assert_non_null(at);
		}
		assert_int_equal(count(text, "<ul>"), count(text, "</ul>"));
		assert_int_equal(count(text, "<table>"),
				 count(text, "class=\"wide\"") -
				 count(text, "<pre class=\"wide\""));
		free(text);
	}
}

/* Nothing is loaded, nothing is run. */
static void the_page_needs_nothing_else(void **state)
{
	char *text = page("two-kernels-two-regimes");
	const char *at;

	assert_lacks(text, "<script");
	assert_lacks(text, "src=");
	assert_lacks(text, "@import");
	assert_lacks(text, "url(");
	for (at = text; (at = strstr(at, "href=\"")); at++)
		assert_true(!strncmp(at, "href=\"#", 7) ||
			    !strncmp(at, "href=\"data:", 11));
	assert_int_equal(count(text, "://"),
			 count(text, "http://www.w3.org/1999/xhtml"));
	free(text);
}

/* @text, which it frees, with @by for each @what; for free(). */
static char *replaced(char *text, const char *what, const char *by)
{
	char *to = NULL, *from = text, *at;
	size_t len;
	FILE *out = open_memstream(&to, &len);

	for (; (at = strstr(from, what)); from = at + strlen(what))
		fprintf(out, "%.*s%s", (int)(at - from), from, by);
	fputs(from, out);
	fclose(out);
	free(text);
	return to;
}

/* As if kernel patched had this name, as JSON has it. */
static void load_named(struct fpb_rundata *run, const char *fixture,
		       const char *name)
{
	static const char *const files[] = {
		FPB_FILE_MANIFEST, FPB_FILE_BOOTS, FPB_FILE_SAMPLES
	};
	struct fpb_rundata_error err;
	char path[128], *text[3];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "run-%s/%s", fixture, files[i]);
		text[i] = replaced(fixture_text(path), "patched", name);
	}
	if (fpb_rundata_parse(run, text_of(text[0]), text_of(text[1]),
			      text_of(text[2]), &err))
		fail_msg("%s:%zu: %s", err.file, err.line, err.why);
	for (size_t i = 0; i < 3; i++)
		free(text[i]);
}

static void a_name_breaks_nothing(void **state)
{
	static const char svg[] = "<?xml version=\"1.0\"?>\n<svg width=\"1\">\n"
		"<g onmousemove=\"gnuplot_svg.showHypertext(evt,'%s')\" onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>\n"
		"</g>\n</svg>\n";
	struct fpb_report_with with = { .npictures = 0 };
	struct fpb_figure_text t;
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_figure f = { .s = &s };
	char *text, *drawn, place[64];

	load_named(&run, "duet", "<b>&\\\"'</pre>");
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	assert_true(fpb_figure_next(&f));
	assert_int_equal(fpb_figure_text(&f, &t), 0);
	/* The last series is that kernel's. */
	assert_int_equal(sscanf(strrchr(t.places, ' '), " \"%63[^\"]", place),
			 1);
	assert_true(asprintf(&drawn, svg, place) > 0);
	assert_int_equal(fpb_report_add_picture(&with, &f, strdup(t.name),
						drawn), 0);
	fpb_figure_free(&t);
	text = page_of(&s, &with);
	assert_has(text, "&lt;b&gt;&amp;&quot;&#39;&lt;/pre&gt;");
	assert_has(text, "<title>&lt;b&gt;&amp;&quot;&#39;&lt;/pre&gt; FUSE, ");
	assert_has(text, "-&lt;b&gt;&amp;&quot;&#39;&lt;/pre&gt;: ");
	assert_lacks(text, "<b>");
	assert_int_equal(count(text, "</pre>"), 1);
	free(text);
	fpb_report_with_free(&with);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

static void a_page_without_plots_says_why(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	char *text;

	fixture_load("duet", &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	text = page_of(&s, &(struct fpb_report_with){
		.no_pictures = "gnuplot is not installed" });
	assert_has(text, "There are no plots: gnuplot is not installed.");
	free(text);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

/* --- pictures --------------------------------------------------------------- */

/* In the words of gnuplot 5.4 and 6.0. */
static const char drawn_by_gnuplot[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"  standalone=\"no\"?>\n"
	"<svg \n width=\"840\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n"
	"<title>Gnuplot</title>\n"
	"<g id=\"gnuplot_canvas\">\n"
	"<use xlink:href='#gpPt5' id='gpPt6' fill='currentColor'/>\n"
	"<g fill=\"none\" stroke=\"currentColor\">\n</g>\n"
	"<g filter=\"url(#textbox)\"><text>an id='x', id=\"y\" \x01</text></g>\n"
	"\t<g id=\"gnuplot_plot_1\" ><title>gnuplot_plot_1</title>\n"
	"\t<g onmousemove=\"gnuplot_svg.showHypertext(evt,'0-0-0-1')\" onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>\n"
	"\t<use xlink:href='#gpPt6' opacity='0.00'/></g>\n"
	"</g>\n</g>\n</svg>\n";

static const char drawn_in_page[] =
	"<svg role=\"img\" aria-label=\"a &amp; b\" \n width=\"840\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n"
	"\n"
	"<g id=\"plot-7-gnuplot_canvas\">\n"
	"<use xlink:href='#plot-7-gpPt5' id='plot-7-gpPt6' fill='currentColor'/>\n"
	"\n"
	"<g filter=\"url(#plot-7-textbox)\"><text>an id='x', id=\"y\" \ufffd</text></g>\n"
	"\t<g id=\"plot-7-gnuplot_plot_1\" >\n"
	"\t<g class=\"place\"><title>%s</title>\n"
	"\t<use xlink:href='#plot-7-gpPt6' opacity='0.00'/></g>\n"
	"</g>\n</g>\n</svg>\n";

static void gnuplots_svg_becomes_a_part_of_a_page(void **state)
{
	struct fpb_report_with with = { .npictures = 0 };
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_figure f = { .s = &s };
	char *text = NULL, *want, *hint;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fixture_load("duet", &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	assert_true(fpb_figure_next(&f));
	assert_int_equal(fpb_report_add_picture(&with, &f, strdup("a & b"),
						strdup(drawn_by_gnuplot)), 0);
	assert_int_equal(fpb_svg_put(out, &with.pictures[0], 7), 0);
	hint = fpb_figure_hint(&f, "0-0-0-1");
	assert_true(asprintf(&want, drawn_in_page, hint) > 0);
	assert_string_equal(text_of_stream(out, &text), want);
	free(want);
	free(hint);
	free(text);
	fpb_report_with_free(&with);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

/* --- places ----------------------------------------------------------------- */

/* The highest sample, by the data of the figure. */
static double highest(const char *samples)
{
	double value, most = 0;
	unsigned int jobs;

	for (; *samples; samples = strchr(samples, '\n') + 1)
		if (sscanf(samples, "%u %lf", &jobs, &value) == 2)
			most = fmax(most, value);
	return most;
}

/* Samples that the hint of the place lists; each has all that is known. */
static size_t listed(const struct fpb_figure *f, const char *name, bool load)
{
	char *hint = fpb_figure_hint(f, name);
	size_t n = count(hint, "\nr");

	assert_true(n > 0);
	assert_int_equal(count(hint, ", round "), n);
	assert_int_equal(count(hint, "other work on "), load ? n : 0);
	assert_int_equal(count(hint, f->kind == FPB_FIGURE_RATIO ?
			       " of raw" : " IOPS"), n);
	free(hint);
	return n;
}

/* All samples of the figure can be pointed at, each at one place. */
static void check_places(const struct fpb_figure *f, bool load)
{
	struct fpb_figure_text t;
	unsigned int jobs, last_jobs = 0;
	double value, last = 0, apart;
	size_t samples = 0, reached = 0;
	const char *line;
	char name[64];

	assert_int_equal(fpb_figure_text(f, &t), 0);
	apart = highest(t.samples) / FPB_PLACES / 2;
	for (line = t.samples; *line; line = strchr(line, '\n') + 1)
		samples += *line >= '0' && *line <= '9';
	for (line = t.places; *line; line = strchr(line, '\n') + 1) {
		if (sscanf(line, "%u %lf \"%63[^\"]", &jobs, &value,
			   name) != 3) {
			last_jobs = 0;
			continue;
		}
		if (jobs == last_jobs)
			assert_true(value - last > 0.99 * apart);
		last_jobs = jobs;
		last = value;
		reached += listed(f, name, load);
	}
	assert_true(samples > 0);
	assert_int_equal(reached, samples);
	fpb_figure_free(&t);
}

static void every_sample_can_be_pointed_at(void **state)
{
	static const struct {
		const char *run;
		bool load;
	} runs[] = {
		{ "duet", true }, { "two-kernels-two-regimes", false },
		{ "flawed-cells", false }, { "three-kernels", false },
		{ "workloads", false },
	};

	for (size_t i = 0; i < NELEM(runs); i++) {
		struct fpb_rundata run;
		struct fpb_summary s;
		struct fpb_figure f = { .s = &s };

		fixture_load(runs[i].run, &run);
		assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
		while (fpb_figure_next(&f))
			if (f.kind == FPB_FIGURE_IOPS ||
			    f.kind == FPB_FIGURE_RATIO)
				check_places(&f, runs[i].load);
		fpb_summary_free(&s);
		fpb_rundata_free(&run);
	}
}

/* Boots of one name are told apart by their run. */
static void samples_of_two_runs_name_them(void **state)
{
	struct fpb_rundata base, new;
	struct fpb_summary s;
	struct fpb_figure f = { .s = &s };
	char *hint;

	fixture_load("apart-baseline", &base);
	fixture_load("apart-patched", &new);
	assert_int_equal(of_two(&s, &base, 0, &new, 0), 0);
	assert_true(fpb_figure_next(&f));
	hint = fpb_figure_hint(&f, "0-0-0-1");
	assert_has(hint, " of fixture-apart-baseline: ");
	free(hint);
	hint = fpb_figure_hint(&f, "nonsense");
	assert_string_equal(hint, "");
	free(hint);
	hint = fpb_figure_hint(&f, "9-9999-0-1");
	assert_string_equal(hint, "");
	free(hint);
	fpb_summary_free(&s);
	fpb_rundata_free(&new);
	fpb_rundata_free(&base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_text_stands_for_itself),
		cmocka_unit_test(base64_is_as_in_its_rfc),
		cmocka_unit_test(the_files_of_the_run_are_in_the_page),
		cmocka_unit_test(the_page_has_its_parts_in_order),
		cmocka_unit_test(the_page_needs_nothing_else),
		cmocka_unit_test(a_name_breaks_nothing),
		cmocka_unit_test(a_page_without_plots_says_why),
		cmocka_unit_test(gnuplots_svg_becomes_a_part_of_a_page),
		cmocka_unit_test(every_sample_can_be_pointed_at),
		cmocka_unit_test(samples_of_two_runs_name_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
