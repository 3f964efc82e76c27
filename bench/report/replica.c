// SPDX-License-Identifier: GPL-2.0
/* Columns: the row's name | first run | second run | whether they agree. */
#include "report/replica.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/compare.h"
#include "report/claim.h"
#include "report/page.h"
#include "report/section.h"

#define COLS		4
#define TEXT_MAX	256
/* What fits beside ratios without intervals; longer names are cut. */
#define WHERE_MAX	26
/* Differences of the manifests that are printed; the others are counted. */
#define DIFFERENCES_MAX	3

static const char *const meaning[FPB_AGREEMENTS] = {
	[FPB_AGREES]	= "agrees: the same verdict, and the intervals overlap",
	[FPB_APART]	= "apart: the intervals do not overlap",
	[FPB_OPPOSITE]	= "opposite: faster in one run, slower in the other",
	[FPB_OPEN]	= "not resolved: at least one of the runs leaves the verdict open",
	[FPB_MISSING]	= "missing: one of the runs has no number",
};

static const char *const words[FPB_AGREEMENTS] = {
	[FPB_AGREES] = "agrees", [FPB_APART] = "apart",
	[FPB_OPPOSITE] = "opposite", [FPB_OPEN] = "not resolved",
	[FPB_MISSING] = "missing",
};

static const struct fpb_manifest *manifest(const struct fpb_replica *r,
					   size_t run)
{
	return &r->run[run]->sides[0].run->manifest;
}

/* --- what it comes to ------------------------------------------------------- */

static void put_unproven(struct fpb_page *p, const struct fpb_replica *r,
			 size_t run)
{
	char text[TEXT_MAX];

	if (!fpb_summary_unproven(r->run[run]))
		return;
	snprintf(text, sizeof(text),
		 "UNPROVEN: in run %.60s raw differs between the kernels, or a kernel takes the inode lock in another way than it should. \"fpbench table\" has the details.",
		 manifest(r, run)->id);
	fpb_page_alarm(p, text);
}

static int put_verdict(struct fpb_page *p, const struct fpb_replica *r)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return -ENOMEM;
	fputs(fpb_replica_disagrees(r) ? "DOES NOT AGREE: " :
	      fpb_replica_unclear(r) ? "NOT RESOLVED: " : "AGREES: ", out);
	fprintf(out, "%zu of %zu effect%s and %zu of %zu row%s agree.",
		r->effects_by[FPB_AGREES], r->neffects,
		fpb_plural(r->neffects), r->rows_by[FPB_AGREES], r->nrows,
		fpb_plural(r->nrows));
	return fpb_page_note_stream(p, &m);
}

static void put_run(struct fpb_page *p, const struct fpb_replica *r, size_t run)
{
	char text[TEXT_MAX];
	const struct fpb_manifest *m = manifest(r, run);
	const char *created = fpb_json_text(m->root, "created");
	const char *cpu = fpb_json_text(m->root, "host.cpu_model");

	snprintf(text, sizeof(text), "%s run: %.60s, %u round%s, %.40s on %.80s",
		 run ? "Second" : "First", m->id, m->rounds,
		 fpb_plural(m->rounds), created ? created : "?",
		 cpu ? cpu : "?");
	fpb_page_note(p, text);
}

/* --- tables ----------------------------------------------------------------- */

/* What names the rows of effects, where there are several. */
static void put_where(FILE *out, const struct fpb_summary *s,
		      const struct fpb_replica_row *row)
{
	fpb_claim_where(out, s, row->cell);
	if (fpb_summary_targets(s) > 1)
		fprintf(out, " %s", fpb_target_title(row->cell->target));
	if (s->nsides > 2)
		fprintf(out, " %s", s->sides[row->side].label);
}

static void put_agreement(char *to, const struct fpb_replica_row *row,
			  double margin)
{
	char word[FPB_CLAIM_MAX];

	fpb_claim_verdict(&row->ratio[0], row->verdict[0], margin, word);
	snprintf(to, TEXT_MAX, "%s%s%.60s", words[row->agreement],
		 row->agreement == FPB_AGREES ? ": " : "",
		 row->agreement == FPB_AGREES ? word : "");
}

static int add_row(struct fpb_grid *g, const char *name,
		   const struct fpb_replica_row *row, double margin,
		   bool intervals)
{
	char text[COLS - 1][TEXT_MAX];
	const char *const cols[COLS] = { name, text[0], text[1], text[2] };

	for (size_t i = 0; i < 2; i++) {
		struct fpb_estimate e = row->ratio[i];

		e.has_interval &= intervals;
		fpb_claim_interval(&e, text[i]);
	}
	put_agreement(text[2], row, margin);
	return fpb_grid_add(g, cols);
}

static int begin_grid(struct fpb_grid *g, const char *name, bool intervals)
{
	const char *const top[COLS] = {
		"", "first run", "second run", "verdicts"
	};
	const char *const bottom[COLS] = {
		name, intervals ? "ratio [CI]" : "ratio",
		intervals ? "ratio [CI]" : "ratio", "agree?"
	};

	fpb_grid_init(g, COLS, 2, true);
	return fpb_grid_add(g, top) ? : fpb_grid_add(g, bottom);
}

static int fill_effects(struct fpb_grid *g, const struct fpb_replica *r,
			bool intervals)
{
	const struct fpb_summary *s = r->run[0];
	int ret = begin_grid(g, "effect", intervals);

	g->first_left = true;
	for (size_t i = 0; !ret && i < r->neffects; i++) {
		struct fpb_memstream m;
		FILE *out = fpb_memstream_open(&m);
		char *name;

		if (!out)
			return -ENOMEM;
		put_where(out, s, &r->effects[i]);
		name = fpb_memstream_close(&m);
		if (name && !intervals && strlen(name) > WHERE_MAX)
			strcpy(name + WHERE_MAX - 3, "...");
		ret = name ? add_row(g, name, &r->effects[i], s->margin,
				     intervals) : -ENOMEM;
		free(name);
	}
	return ret;
}

/* Long names leave no room for intervals: the rows below have theirs. */
static int put_effects(struct fpb_page *p, const struct fpb_replica *r)
{
	struct fpb_grid g;
	int ret;

	for (int intervals = 1; intervals >= 0; intervals--) {
		ret = fill_effects(&g, r, intervals);
		if (!ret && (!intervals || fpb_grid_width(&g) <= FPB_PAGE_WIDTH)) {
			fpb_page_grid(p, &g);
			intervals = 0;
		}
		fpb_grid_free(&g);
		if (ret)
			return ret;
	}
	return 0;
}

/* The rows of one effect, from @row on. */
static int put_rows(struct fpb_page *p, const struct fpb_replica *r,
		    const struct fpb_replica_row *effect,
		    const struct fpb_replica_row *row, size_t n)
{
	const struct fpb_summary *s = r->run[0];
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	struct fpb_grid g;
	char name[16], *caption;
	int ret;

	if (!out)
		return -ENOMEM;
	put_where(out, s, effect);
	fprintf(out, ", %s/%s", s->sides[effect->side].label,
		s->sides[0].label);
	caption = fpb_memstream_close(&m);
	if (!caption)
		return -ENOMEM;
	fpb_page_caption(p, caption);
	free(caption);
	ret = begin_grid(&g, "numjobs", true);
	for (size_t i = 0; !ret && i < n; i++) {
		snprintf(name, sizeof(name), "%u", row[i].cell->numjobs);
		ret = add_row(&g, name, &row[i], s->margin, true);
	}
	if (!ret)
		fpb_page_grid(p, &g);
	fpb_grid_free(&g);
	return ret;
}

static int put_all_rows(struct fpb_page *p, const struct fpb_replica *r)
{
	size_t at = 0, n;
	int ret = 0;

	for (size_t i = 0; !ret && i < r->neffects; i++, at += n) {
		const struct fpb_replica_row *e = &r->effects[i];

		for (n = 0; at + n < r->nrows &&
			    r->rows[at + n].side == e->side &&
			    fpb_cell_alike(r->rows[at + n].cell, e->cell);)
			n++;
		ret = put_rows(p, r, e, &r->rows[at], n);
	}
	return ret;
}

/* --- notes ------------------------------------------------------------------ */

/* Of the words that the tables have. */
static int put_legend(struct fpb_page *p, const struct fpb_replica *r)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	const char *sep = "";

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < FPB_AGREEMENTS; i++) {
		if (!r->effects_by[i] && !r->rows_by[i])
			continue;
		fprintf(out, "%s%s", sep, meaning[i]);
		sep = "; ";
	}
	fputc('.', out);
	return fpb_page_note_stream(p, &m);
}

static int put_images(struct fpb_page *p, const struct fpb_replica *r)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	const struct fpb_manifest *first = manifest(r, 0);
	size_t i, other = 0;

	if (!out)
		return -ENOMEM;
	for (i = 0; i < first->nkernels; i++) {
		const char *name = first->kernels[i].name;
		const json_t *a = fpb_json_named(first->root, "kernels", name);
		const json_t *b = fpb_json_named(manifest(r, 1)->root,
						 "kernels", name);
		const char *x = fpb_json_text(a, "image_sha256");
		const char *y = fpb_json_text(b, "image_sha256");

		if (x && y && !strcmp(x, y))
			continue;
		fprintf(out, "%s%s", other++ ? ", " :
			"Kernels with the same patches, but another image: ",
			name);
	}
	fputs(other ? "." : "Both runs booted the same images.", out);
	return fpb_page_note_stream(p, &m);
}

static void put_differences(struct fpb_page *p, const struct fpb_replica *r)
{
	char why[FPB_REASON_MAX], text[FPB_REASON_MAX + 40];
	size_t n = 0;

	while (!fpb_compare_difference(manifest(r, 0), manifest(r, 1), n,
				       why)) {
		snprintf(text, sizeof(text), "Not the same in both runs: %s.",
			 why);
		if (n++ < DIFFERENCES_MAX)
			fpb_page_note(p, text);
	}
	snprintf(text, sizeof(text), "%zu more things are not the same.",
		 n > DIFFERENCES_MAX ? n - DIFFERENCES_MAX : 0);
	if (n > DIFFERENCES_MAX)
		fpb_page_note(p, text);
}

static int put_notes(struct fpb_page *p, const struct fpb_replica *r)
{
	int ret = put_legend(p, r);

	fpb_page_note(p, "Two sessions are compared, and the session is the unit: this is a check, not a test, and it has no p-value. The intervals cover what differs between boots of one session, not what differs between sessions.");
	ret = ret ? ret : put_images(p, r);
	put_differences(p, r);
	return ret;
}

int fpb_report_replica(FILE *out, const struct fpb_replica *r)
{
	struct fpb_page p = { .out = out, .markup = FPB_PLAIN };
	int ret;

	put_unproven(&p, r, 0);
	put_unproven(&p, r, 1);
	ret = put_verdict(&p, r);
	put_run(&p, r, 0);
	put_run(&p, r, 1);
	fputc('\n', out);
	ret = ret ? ret : put_effects(&p, r) ? : put_all_rows(&p, r);
	fputc('\n', out);
	return ret ? ret : put_notes(&p, r);
}
