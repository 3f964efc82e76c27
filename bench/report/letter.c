// SPDX-License-Identifier: GPL-2.0
#include "report/letter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"
#include "core/units.h"
#include "report/notes.h"
#include "report/overview.h"
#include "report/report.h"
#include "report/sectiontable.h"

typedef int (*put_section)(struct fpb_page *p, const struct fpb_section *x);

static int put_ratios(struct fpb_page *p, const struct fpb_section *x)
{
	return fpb_section_put(p, x, false);
}

static char *put_iops(const struct fpb_cell_result *r, char *buf)
{
	if (!r || !fpb_cell_has_number(r))
		return strcpy(buf, "-");
	return fpb_format_iops(r->iops.value, buf);
}

static int add_row(struct fpb_grid *g, const struct fpb_section *x,
		   const struct fpb_cell *cell)
{
	char jobs[FPB_UNITS_MAX], iops[FPB_UNITS_MAX], raw[FPB_UNITS_MAX];

	snprintf(jobs, sizeof(jobs), "%u", cell->numjobs);
	return fpb_grid_add(g, (const char *const []){
		jobs,
		put_iops(fpb_section_result(x, x->new_side, cell), iops),
		put_iops(fpb_section_raw(x, x->new_side, cell), raw),
	});
}

/* The last kernel alone: v3 has no other. */
static int put_v3(struct fpb_page *p, const struct fpb_section *x)
{
	char raw[64];
	const char *const header[] = { "numjobs", "FUSE IOPS", raw };
	const struct fpb_cell *cell = NULL;
	struct fpb_grid g;
	char *job;
	int ret;

	if (x->overview || x->new_side + 1 < x->s->nsides)
		return 0;
	job = fpb_section_job(x);
	if (!job)
		return -ENOMEM;
	fpb_page_caption(p, job);
	free(job);
	snprintf(raw, sizeof(raw), "Raw %s IOPS", fpb_section_filesystem(x));
	fpb_grid_init(&g, 3, 1, false);
	ret = fpb_grid_add(&g, header);
	while (!ret && (cell = fpb_section_cell(x, cell)))
		ret = add_row(&g, x, cell);
	if (!ret)
		fpb_page_grid(p, &g);
	fpb_grid_free(&g);
	return ret;
}

static const put_section layouts[] = {
	[FPB_LETTER_RATIOS]	= put_ratios,
	[FPB_LETTER_V3]		= put_v3,
};

/*
 * A line that begins with "---" ends the message of a patch for some programs,
 * and checkpatch refuses it: rules begin with a blank.
 */
static void indent_rules(char *text)
{
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += line > text;
		if (!strncmp(line, "---", 3))
			*line = ' ';
	}
}

/* What @m holds, as @ret was no error: in ASCII, to @out. */
static int finish(struct fpb_memstream *m, FILE *out, int ret)
{
	char *text = fpb_memstream_close(m);

	if (!ret && !text)
		ret = -ENOMEM;
	if (!ret) {
		indent_rules(text);
		fpb_report_ascii(out, text);
	}
	free(text);
	return ret;
}

int fpb_letter_performance(FILE *out, const struct fpb_summary *s,
			   enum fpb_letter_layout layout)
{
	const bool tables = layout != FPB_LETTER_RATIOS ||
			    !fpb_overview_alone(s, false);
	struct fpb_section x = { .s = s };
	struct fpb_memstream m;
	struct fpb_page p = { .out = fpb_memstream_open(&m) };
	int ret = 0;

	if (!p.out)
		return -ENOMEM;
	if (layout == FPB_LETTER_RATIOS)
		ret = fpb_notes_effects(&p, s, false) ? :
		      fpb_notes_cost(&p, s);
	while (!ret && tables && fpb_section_next(&x))
		ret = layouts[layout](&p, &x);
	return finish(&m, out, ret);
}

/* Only then are there totals of slices. */
static bool in_slices(const struct fpb_summary *s)
{
	size_t i;

	for (i = 0; i < s->neffects; i++)
		if (s->effects[i].total.n)
			return true;
	return false;
}

/* Perhaps no more than two were alive at the same time. */
static void put_turns(FILE *out, const struct fpb_summary *s)
{
	if (!in_slices(s))
		fputs(", one kernel after the other", out);
	else if (s->nsides > 2)
		fprintf(out, ", each kernel in slices of the same seconds as %s",
			s->sides[0].label);
	else
		fputs(", all kernels in slices of the same seconds", out);
}

static int put_platform(FILE *out, const struct fpb_summary *s)
{
	struct fpb_section x = { .s = s };
	char *platform = fpb_section_next(&x) ? fpb_section_platform(&x) : NULL;

	if (!platform)
		return -ENOMEM;
	fprintf(out, "Measured on %s", platform);
	if (s->nsides > 1 && s->paired)
		put_turns(out, s);
	fputs(". ", out);
	free(platform);
	return 0;
}

int fpb_letter_method(FILE *out, const struct fpb_summary *s)
{
	struct fpb_memstream text, wrapped;
	FILE *f = fpb_memstream_open(&text);
	int ret = f ? put_platform(f, s) : -ENOMEM;
	char *t;

	if (!f)
		return ret;
	fpb_notes_write_method(f, s);
	t = fpb_memstream_close(&text);
	f = t && !ret ? fpb_memstream_open(&wrapped) : NULL;
	if (f) {
		fpb_text_wrap(f, "", t, FPB_PAGE_WIDTH, "");
		ret = finish(&wrapped, out, 0);
	} else {
		ret = -ENOMEM;
	}
	free(t);
	return ret;
}
