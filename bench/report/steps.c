// SPDX-License-Identifier: GPL-2.0
/* Columns: the patch's number and subject | of raw | over the step before. */
#include "report/steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"
#include "core/units.h"
#include "report/claim.h"
#include "report/overview.h"
#include "report/section.h"

#define TEXT_MAX	256
#define NAME_MIN	12
#define COLS		3

bool fpb_steps_wanted(const struct fpb_summary *s)
{
	return s->steps && s->nsides > 2;
}

static const struct fpb_manifest_kernel *kernel_of(const struct fpb_summary *s,
						   size_t side)
{
	return &s->sides[side].run->manifest.kernels[s->sides[side].kernel];
}

/* The subject of the @n-th patch of a kernel, from 1; NULL: not known. */
static const char *subject(const struct fpb_summary *s, size_t side, size_t n)
{
	const json_t *kernels = fpb_json_at(
		s->sides[side].run->manifest.root, "kernels");
	const json_t *patches = json_object_get(
		json_array_get(kernels, s->sides[side].kernel), "patches");

	return fpb_json_text(json_array_get(patches, n - 1), "subject");
}

/* "2 fuse: allow ...", "2-4", "1-4 together", or the kernel's name. */
static void put_name(char *to, const struct fpb_summary *s,
		     const struct fpb_effect *e, size_t max)
{
	const size_t first = kernel_of(s, e->base)->npatches + 1;
	const size_t last = kernel_of(s, e->side)->npatches;
	const bool whole = fpb_summary_is_whole(s, e);
	const char *text = subject(s, e->side, last);

	if (first == last && text)
		snprintf(to, TEXT_MAX, "%zu %.200s", last, text);
	else if (first < last)
		snprintf(to, TEXT_MAX, "%zu-%zu%s", first, last,
			 whole ? " together" : "");
	else
		snprintf(to, TEXT_MAX, "%s%s", s->sides[e->side].label,
			 whole ? " in all" : "");
	/* Subjects are ASCII as a rule, and else lose a character. */
	if (fpb_text_width(to) > max)
		strcpy(to + max - 1, "\u2026");
}

static void put_raw(char *to, double ratio)
{
	if (ratio > 0)
		fpb_format_percent(ratio, to);
	else
		strcpy(to, "-");
}

static void put_effect(char *to, const struct fpb_summary *s,
		       const struct fpb_effect *e)
{
	char text[FPB_CLAIM_MAX], word[FPB_CLAIM_MAX];

	fpb_claim_verdict(&e->ratio, e->verdict, s->margin, word);
	if (e->ratio.has_interval && !fpb_verdict_resolved(e->verdict))
		strcpy(word, "not resolved");
	snprintf(to, TEXT_MAX, "%.80s%s%.40s",
		 fpb_claim_interval(&e->ratio, text), *word ? " " : "", word);
}

static int add_step(struct fpb_grid *g, const struct fpb_summary *s,
		    const struct fpb_effect *e, size_t max)
{
	char name[TEXT_MAX], raw[FPB_UNITS_MAX], effect[TEXT_MAX];

	put_name(name, s, e, max);
	put_raw(raw, e->to_raw[1]);
	put_effect(effect, s, e);
	return fpb_grid_add(g, (const char *const []){ name, raw, effect });
}

/* @e: the effects of one regime, workload and target, @n of them. */
static int fill_grid(struct fpb_grid *g, const struct fpb_summary *s,
		     const struct fpb_effect *e, size_t n, size_t max)
{
	char of_raw[TEXT_MAX], raw[FPB_UNITS_MAX];
	size_t i;
	int ret;

	snprintf(of_raw, sizeof(of_raw), "%s/raw",
		 fpb_target_title(e->first->target));
	put_raw(raw, e->to_raw[0]);
	fpb_grid_init(g, COLS, 1, true);
	g->first_left = true;
	ret = fpb_grid_add(g, (const char *const []){
		"patch", of_raw, "/before it [CI] verdict" });
	if (!ret)
		ret = fpb_grid_add(g, (const char *const []){
			s->sides[0].label, raw, "-" });
	for (i = 0; !ret && i < n; i++)
		ret = add_step(g, s, &e[i], max);
	if (ret)
		fpb_grid_free(g);
	return ret;
}

static int put_grid(struct fpb_page *p, const struct fpb_summary *s,
		    const struct fpb_effect *e, size_t n)
{
	size_t max = TEXT_MAX - 8, over;
	struct fpb_grid g;
	int ret = fill_grid(&g, s, e, n, max);

	if (ret)
		return ret;
	/* Markdown is not laid out by us. */
	if (p->markup != FPB_MARKDOWN && fpb_grid_width(&g) > FPB_PAGE_WIDTH) {
		over = fpb_grid_width(&g) - FPB_PAGE_WIDTH;
		max = fpb_grid_column_width(&g, 0);
		max = max > over + NAME_MIN ? max - over : NAME_MIN;
		fpb_grid_free(&g);
		ret = fill_grid(&g, s, e, n, max);
		if (ret)
			return ret;
	}
	fpb_page_grid(p, &g);
	fpb_grid_free(&g);
	return 0;
}

/* "cpu, over 1 to 8 jobs: each patch over the kernel with those before it" */
static int put_caption(struct fpb_page *p, const struct fpb_summary *s,
		       const struct fpb_effect *e)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return -ENOMEM;
	fpb_claim_where(out, s, e->first);
	if (fpb_summary_targets(s) > 1)
		fprintf(out, " %s", fpb_target_title(e->first->target));
	if (e->jobs_hi > e->jobs_lo)
		fprintf(out, ", means over %u to %u jobs", e->jobs_lo,
			e->jobs_hi);
	fputs(": each patch over the kernel without it", out);
	return fpb_page_caption_stream(p, &m);
}

int fpb_steps_put(struct fpb_page *p, const struct fpb_summary *s)
{
	/* The steps and the whole stand side by side. */
	const size_t n = s->nsides;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < s->neffects; i += n) {
		if (fpb_effect_is_control(&s->effects[i]))
			continue;
		ret = put_caption(p, s, &s->effects[i]);
		if (!ret)
			ret = put_grid(p, s, &s->effects[i], n);
	}
	return ret ? ret : fpb_overview_remarks(p, s);
}
