// SPDX-License-Identifier: GPL-2.0
#include "report/latency.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"
#include "core/units.h"
#include "report/claim.h"

#define TEXT_MAX	128
/* So many are listed, more are counted. */
#define LISTED_MAX	3

static const char few_ios[] = "too few I/Os";

/* "p99 1.23 [1.10, 1.38] worse" */
static void put_quantile(FILE *out, const struct fpb_latency_effect *x,
			 enum fpb_quantile q, double margin)
{
	const char *word = fpb_latency_direction(x->verdict.direction);
	char text[FPB_CLAIM_MAX];

	fprintf(out, "%s %s", fpb_quantile_name(q),
		fpb_claim_interval(&x->ratio, text));
	if (*word)
		fprintf(out, " %s", word);
	else if (x->verdict.within)
		fprintf(out, " within %g %%", 100 * margin);
}

/* --- of one section --------------------------------------------------------- */

static bool has_latencies(const struct fpb_effect *e)
{
	int q;

	for (q = 0; q < FPB_QUANTILES; q++)
		if (e->latency[q].rows || e->latency[q].rows_few)
			return true;
	return false;
}

static const struct fpb_effect *effect_of(const struct fpb_section *x)
{
	size_t i;

	for (i = 0; i < x->s->neffects; i++)
		if (x->s->effects[i].first == x->first &&
		    x->s->effects[i].side == x->new_side)
			return &x->s->effects[i];
	return NULL;
}

static int put_effect(struct fpb_page *p, const struct fpb_section *x,
		      const struct fpb_effect *e)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	int q;

	if (!out)
		return -ENOMEM;
	fprintf(out, "Latency, %s/%s over all rows: ",
		x->s->sides[x->new_side].label,
		x->s->sides[fpb_section_base(x)].label);
	for (q = 0; q < FPB_QUANTILES; q++) {
		const struct fpb_latency_effect *l = &e->latency[q];

		fputs(q ? ", " : "", out);
		if (l->rows)
			put_quantile(out, l, q, x->s->margin);
		else
			fprintf(out, "%s for %s", few_ios,
				fpb_quantile_name(q));
	}
	fputs(". Rows in us: both kernels, ratio (!: worse or better):", out);
	return fpb_page_note_stream(p, &m);
}

/* Means over the rows, of a kernel. */
static void put_parts(FILE *out, const struct fpb_section *x, size_t side)
{
	static const char *const names[FPB_CPU_PARTS] = {
		[FPB_CPU_APP] = "fio", [FPB_CPU_DAEMON] = "daemon",
		[FPB_CPU_KERNEL] = "other",
	};
	double ns[FPB_CPU_PARTS] = { 0 };
	const struct fpb_cell *cell = NULL;
	char text[FPB_UNITS_MAX];
	size_t n = 0;

	for (; (cell = fpb_section_cell(x, cell)); n++)
		for (int i = 0; i < FPB_CPU_PARTS; i++)
			ns[i] += fpb_section_result(x, side, cell)->cpu_ns[i];
	fprintf(out, "%s ", x->s->sides[side].label);
	for (int i = 0; i < FPB_CPU_PARTS; i++)
		fprintf(out, "%s%s %s", i ? ", " : "", names[i],
			fpb_format_usec(n ? ns[i] / n : 0, text));
}

/* CPU time, and whose it is. */
static int put_cpu(struct fpb_page *p, const struct fpb_section *x,
		   const struct fpb_effect *e)
{
	struct fpb_memstream m;
	FILE *out;

	if (!e->latency[FPB_CPU].rows)
		return 0;
	out = fpb_memstream_open(&m);
	if (!out)
		return -ENOMEM;
	fprintf(out, "CPU time of an I/O, %s/%s over all rows: ",
		x->s->sides[x->new_side].label,
		x->s->sides[fpb_section_base(x)].label);
	put_quantile(out, &e->latency[FPB_CPU], FPB_CPU, x->s->margin);
	fputs(". In us: ", out);
	put_parts(out, x, fpb_section_base(x));
	fputs("; ", out);
	put_parts(out, x, x->new_side);
	fputs(". Raw's share of the slices is in it.", out);
	return fpb_page_note_stream(p, &m);
}

/* "  121   119  0.98": each in columns of its own. */
static void put_row(char *to, const struct fpb_latency *old,
		    const struct fpb_latency *new)
{
	char a[FPB_UNITS_MAX], b[FPB_UNITS_MAX], ratio[FPB_UNITS_MAX];

	if (old->few || new->few)
		strcpy(to, few_ios);
	else if (!new->vs_base.n || !old->ns.n || !new->ns.n)
		strcpy(to, "-");
	else
		snprintf(to, TEXT_MAX, "%s %5s %s%4s",
			 fpb_format_usec(old->ns.value, a),
			 fpb_format_usec(new->ns.value, b),
			 new->verdict.direction ? "!" : " ",
			 fpb_format_ratio(new->vs_base.value, ratio));
}

static int add_row(struct fpb_grid *g, const struct fpb_section *x,
		   const struct fpb_cell *cell)
{
	const struct fpb_cell_result *old =
		fpb_section_result(x, fpb_section_base(x), cell);
	const struct fpb_cell_result *new =
		fpb_section_result(x, x->new_side, cell);
	char jobs[TEXT_MAX], text[FPB_QUANTILES][TEXT_MAX];
	const char *row[1 + FPB_QUANTILES] = { jobs };
	int q;

	snprintf(jobs, sizeof(jobs), "%u%s", cell->numjobs,
		 fpb_section_crowded(x->s, cell) ? "+" : "");
	for (q = 0; q < FPB_QUANTILES; q++) {
		put_row(text[q], &old->latency[q], &new->latency[q]);
		row[1 + q] = text[q];
	}
	return fpb_grid_add(g, row);
}

int fpb_latency_put(struct fpb_page *p, const struct fpb_section *x)
{
	const struct fpb_effect *e = x->new_side ? effect_of(x) : NULL;
	const char *header[1 + FPB_QUANTILES] = { "numjobs" };
	const struct fpb_cell *cell = NULL;
	struct fpb_grid g;
	int q, ret;

	if (!e || !has_latencies(e))
		return 0;
	ret = put_effect(p, x, e);
	if (ret)
		return ret;
	for (q = 0; q < FPB_QUANTILES; q++)
		header[1 + q] = fpb_quantile_name(q);
	fpb_grid_init(&g, 1 + FPB_QUANTILES, 1, false);
	ret = fpb_grid_add(&g, header);
	while (!ret && (cell = fpb_section_cell(x, cell)))
		ret = add_row(&g, x, cell);
	if (!ret)
		fpb_page_grid(p, &g);
	fpb_grid_free(&g);
	return ret ? : put_cpu(p, x, e);
}

/* --- of all effects --------------------------------------------------------- */

/* What the effects but the control's came to, by quantile. */
struct found {
	size_t all, worse[FPB_COSTS], better[FPB_COSTS], some;
	double alpha;			/* that all of them share */
};

static struct found count_found(const struct fpb_summary *s)
{
	struct found f = { 0 };
	size_t i;
	int q;

	for (i = 0; i < s->neffects; i++) {
		for (q = 0; q < FPB_COSTS; q++) {
			const struct fpb_latency_effect *l =
				&s->effects[i].latency[q];

			if (fpb_effect_is_control(&s->effects[i]) || !l->rows)
				continue;
			f.all++;
			f.alpha += l->alpha;
			f.worse[q] += l->verdict.direction > 0;
			f.better[q] += l->verdict.direction < 0;
			f.some += l->verdict.direction != 0;
		}
	}
	return f;
}

/* Whether raw's differs as well, so that it is not FUSE alone. */
static bool raw_differs(const struct fpb_summary *s, const struct fpb_effect *e,
			enum fpb_quantile q)
{
	size_t i;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *raw = &s->effects[i];

		if (fpb_effect_is_control(raw) && raw->side == e->side &&
		    raw->base == e->base &&
		    !strcmp(raw->first->regime, e->first->regime) &&
		    !strcmp(raw->first->workload, e->first->workload))
			return raw->latency[q].verdict.direction;
	}
	return false;
}

static void list_found(const struct fpb_summary *s, FILE *out)
{
	const char *sep = "";
	size_t i;
	int q, n;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		for (q = n = 0; q < FPB_COSTS; q++) {
			if (fpb_effect_is_control(e) ||
			    !e->latency[q].verdict.direction)
				continue;
			fputs(n ? ", " : sep, out);
			if (!n++) {
				fpb_claim_subject(out, s, e);
				fputs(": ", out);
			}
			put_quantile(out, &e->latency[q], q, s->margin);
			if (raw_differs(s, e, q))
				fputs(" (raw's differs as well)", out);
			sep = "; ";
		}
	}
}

static void put_counts(const struct found *f, FILE *out)
{
	const char *sep = "";
	int q;

	for (q = 0; q < FPB_COSTS; q++) {
		if (!f->worse[q] && !f->better[q])
			continue;
		fprintf(out, "%s%s", sep, fpb_quantile_name(q));
		if (f->worse[q])
			fprintf(out, " worse in %zu", f->worse[q]);
		if (f->better[q])
			fprintf(out, "%s better in %zu", f->worse[q] ? "," : "",
				f->better[q]);
		sep = "; ";
	}
}

void fpb_latency_write_found(const struct fpb_summary *s, FILE *out)
{
	const struct found f = count_found(s);

	if (!f.some)
		return;
	fputs("Latency: ", out);
	if (f.some <= LISTED_MAX)
		list_found(s, out);
	else
		put_counts(&f, out);
	fprintf(out, " (%g %% over all %zu mean%s of rows).",
		100 * (1 - f.alpha), f.all, fpb_plural(f.all));
}
