// SPDX-License-Identifier: GPL-2.0
/*
 * The page's parts are functions in a table. What they say is what the other
 * formats say, by the same functions; here is only what a page has more.
 */
#include "report/html.h"

#include <errno.h>
#include <stdlib.h>

#include "core/xml.h"
#include "report/dataurl.h"
#include "report/evidencetable.h"
#include "report/htmlstyle.h"
#include "report/notes.h"
#include "report/page.h"
#include "report/section.h"
#include "report/sectiontable.h"
#include "report/svg.h"

struct document {
	FILE *out;
	const struct fpb_summary *s;
	const struct fpb_report_with *with;
	struct fpb_page page;
};

static void put_escaped(struct document *d, const char *before,
			const char *text, const char *behind)
{
	fputs(before, d->out);
	fpb_xml_text(d->out, text);
	fputs(behind, d->out);
}

static const struct fpb_rundata *nth_run(const struct document *d, size_t n)
{
	return fpb_summary_run(d->s, n);
}

static bool several_runs(const struct document *d)
{
	return nth_run(d, 1) != NULL;
}

/* What may be wider than the screen, and then scrolls in a box of its own. */
static void begin_box(struct document *d, const char *element,
		      const char *label)
{
	fprintf(d->out, "<%s class=\"wide\" role=\"region\" tabindex=\"0\"",
		element);
	put_escaped(d, " aria-label=\"", label, "\">\n");
}

/* --- the parts -------------------------------------------------------------- */

static int put_verdict(struct document *d)
{
	int ret = fpb_notes_alarms(&d->page, d->s);

	fputs("<div class=\"effects\">\n", d->out);
	if (!ret)
		ret = fpb_notes_effects(&d->page, d->s, true);
	if (d->s->nsides < 2)
		fpb_page_note(&d->page, "There is only one kernel. The tables compare it with raw.");
	fpb_page_end_list(&d->page);
	fputs("</div>\n", d->out);
	return ret ? : fpb_notes_about(&d->page, d->s, FPB_NOTES_FOUND);
}

static int put_picture(struct document *d, size_t n)
{
	const struct fpb_picture *x = &d->with->pictures[n];
	int ret;

	begin_box(d, "div", x->title);
	ret = fpb_svg_put(d->out, x, n + 1);
	fputs("</div>\n", d->out);
	return ret;
}

static int put_pictures(struct document *d)
{
	size_t i;
	int ret = 0;

	if (d->with->npictures)
		fputs("<p class=\"screen\">Point at a sample to see its boot, its round, and how many CPUs other work kept busy. Samples at the same place are listed together.</p>\n",
		      d->out);
	else
		put_escaped(d, "<p>There are no plots: ",
			    d->with->no_pictures ? d->with->no_pictures :
			    "none were drawn", ".</p>\n");
	for (i = 0; !ret && i < d->with->npictures; i++)
		ret = put_picture(d, i);
	return ret;
}

static int put_tables(struct document *d)
{
	struct fpb_section x = { .s = d->s };
	int ret = 0;

	while (!ret && fpb_section_next(&x))
		ret = fpb_section_put(&d->page, &x, true);
	return ret;
}

static int put_evidence(struct document *d)
{
	int ret = fpb_notes_about(&d->page, d->s, FPB_NOTES_EVIDENCE);
	const struct fpb_rundata *run;
	size_t i;

	for (i = 0; !ret && (run = nth_run(d, i)); i++)
		ret = fpb_evidence_put_paths(&d->page, run);
	fpb_page_end_list(&d->page);
	fputs("<details>\n<summary>Each boot: lock and load</summary>\n",
	      d->out);
	for (i = 0; !ret && (run = nth_run(d, i)); i++)
		ret = fpb_evidence_put_boots(&d->page, run);
	fputs("</details>\n", d->out);
	return ret;
}

static void put_manifest(struct document *d, const struct fpb_rundata *run)
{
	put_escaped(d, "<details>\n<summary>" FPB_FILE_MANIFEST " of run ",
		    run->manifest.id, "</summary>\n");
	begin_box(d, "pre", FPB_FILE_MANIFEST);
	put_escaped(d, "", run->files[0].bytes, "</pre>\n</details>\n");
}

static int put_origin(struct document *d)
{
	int ret = fpb_notes_about(&d->page, d->s, FPB_NOTES_ORIGIN);
	const struct fpb_rundata *run;
	size_t i;

	fpb_page_end_list(&d->page);
	for (i = 0; (run = nth_run(d, i)); i++)
		put_manifest(d, run);
	return ret;
}

static int put_reading(struct document *d)
{
	const double margin = 100 * d->s->margin;

	fprintf(d->out,
		"<dl>\n"
		"<dt>1.21 [1.17, 1.26] faster</dt>\n"
		"<dd>The ratio of two rates, new/old: above 1, the new kernel completes more I/Os per second. The interval in brackets holds the true ratio, with the confidence given below. A kernel is faster or slower if the interval excludes 1.</dd>\n"
		"<dt>within %g %%</dt>\n"
		"<dd>The whole interval is between -%g %% and +%g %%: a difference, if any, is smaller.</dd>\n"
		"<dt>\u00b119 %%, not resolved</dt>\n"
		"<dd>Neither can be said. The number is half of the width of the interval.</dd>\n"
		"<dt>159.4 (67%%)</dt>\n"
		"<dd>A rate, and its percentage of raw: the rate of the filesystem below FUSE.</dd>\n"
		"<dt>*</dt>\n"
		"<dd>The rate lacks samples of some rounds.</dd>\n"
		"</dl>\n", margin, margin, margin);
	return fpb_notes_about(&d->page, d->s, FPB_NOTES_READING);
}

/* Of several runs, their names tell the files apart. */
static int put_file(struct document *d, const struct fpb_rundata *run,
		    const struct fpb_rundata_file *f)
{
	int ret;

	fputs("<li><a download=\"", d->out);
	if (several_runs(d))
		put_escaped(d, "", run->manifest.id, "-");
	fprintf(d->out, "%s.gz\" href=\"", f->name);
	ret = fpb_data_url(d->out, f->bytes, f->len);
	fprintf(d->out, "\">%s.gz</a>", f->name);
	put_escaped(d, " of run ", run->manifest.id, "</li>\n");
	return ret;
}

static int put_data(struct document *d)
{
	const struct fpb_rundata *run;
	size_t i, k;
	int ret = 0;

	fputs("<p>This page holds these files. Save them, unpack them by gunzip into one folder, and run \"fpbench table FOLDER\".</p>\n<ul>\n",
	      d->out);
	for (i = 0; !ret && (run = nth_run(d, i)); i++)
		for (k = 0; !ret && k < FPB_RUNDATA_FILES; k++)
			if (run->files[k].bytes)
				ret = put_file(d, run, &run->files[k]);
	fputs("</ul>\n", d->out);
	return ret;
}

static const struct {
	const char *id, *title;
	int (*put)(struct document *d);
} parts[] = {
	{ "verdict", "Verdict", put_verdict },
	{ "plots", "Plots", put_pictures },
	{ "tables", "Tables", put_tables },
	{ "evidence", "Evidence", put_evidence },
	{ "origin", "Kernels, programs, manifest", put_origin },
	{ "reading", "How to read it", put_reading },
	{ "data", "Raw data", put_data },
};
#define NPARTS	(sizeof(parts) / sizeof(*parts))

static int put_part(struct document *d, size_t n)
{
	int ret;

	fprintf(d->out, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n"
		"<h2 id=\"%s-title\">%s</h2>\n", parts[n].id, parts[n].id,
		parts[n].id, parts[n].title);
	ret = parts[n].put(d);
	fpb_page_end_list(&d->page);
	fputs("</section>\n\n", d->out);
	return ret;
}

/* --- around them ------------------------------------------------------------ */

/* "baseline and patched" */
static void put_kernels(struct document *d)
{
	size_t i;

	for (i = 0; i < d->s->nsides; i++)
		put_escaped(d, !i ? "" : i + 1 < d->s->nsides ? ", " : " and ",
			    d->s->sides[i].label, "");
}

/* The browser may load and run nothing, whatever a name in the run says. */
static void put_head(struct document *d)
{
	fputs("<!DOCTYPE html>\n"
	      "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n"
	      "<head>\n"
	      "<meta charset=\"utf-8\" />\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\" />\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
	      "<meta name=\"color-scheme\" content=\"light dark\" />\n"
	      "<link rel=\"icon\" href=\"data:,\" />\n"
	      "<title>fpbench: ", d->out);
	put_kernels(d);
	fprintf(d->out, "</title>\n<style>\n%s</style>\n</head>\n",
		fpb_html_style);
}

static void put_run(struct document *d, const struct fpb_rundata *run)
{
	const json_t *root = run->manifest.root;
	const char *created = fpb_json_text(root, "created");
	const char *version = fpb_json_text(root, "fpbench");

	put_escaped(d, "<p class=\"facts\">Run ", run->manifest.id, "");
	if (created)
		put_escaped(d, ", ", created, "");
	if (version)
		put_escaped(d, ", by fpbench ", version, "");
	fputs("</p>\n", d->out);
}

static int put_header(struct document *d)
{
	const struct fpb_section all = { .s = d->s, .overview = true };
	char *platform = fpb_section_platform(&all);
	const struct fpb_rundata *run;
	size_t i;

	if (!platform)
		return -ENOMEM;
	fputs("<header>\n<h1>FUSE benchmark of ", d->out);
	put_kernels(d);
	put_escaped(d, "</h1>\n<p class=\"facts\">", platform, "</p>\n");
	free(platform);
	for (i = 0; (run = nth_run(d, i)); i++)
		put_run(d, run);
	fputs("<nav aria-label=\"Parts of this page\">\n<ul>\n", d->out);
	for (i = 0; i < NPARTS; i++)
		fprintf(d->out, "<li><a href=\"#%s\">%s</a></li>\n",
			parts[i].id, parts[i].title);
	fputs("</ul>\n</nav>\n</header>\n", d->out);
	return 0;
}

int fpb_report_html(FILE *out, const struct fpb_summary *s,
		    const struct fpb_report_with *with)
{
	struct document d = {
		.out = out, .s = s, .with = with,
		.page = { .out = out, .markup = FPB_HTML },
	};
	size_t i;
	int ret;

	put_head(&d);
	fputs("<body>\n", out);
	ret = put_header(&d);
	fputs("<main>\n", out);
	for (i = 0; !ret && i < NPARTS; i++)
		ret = put_part(&d, i);
	fputs("</main>\n</body>\n</html>\n", out);
	return ret;
}
