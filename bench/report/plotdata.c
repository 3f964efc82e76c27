// SPDX-License-Identifier: GPL-2.0
#include "report/plotdata.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/curve.h"
#include "core/memstream.h"
#include "core/units.h"
#include "report/page.h"
#include "report/section.h"

/* Series */

/* One line of the figure: a kernel's target, or raw of all kernels. */
struct series {
	const struct fpb_figure *f;
	const char *target;
	size_t side;
	bool pooled;
};

static bool in_figure(const struct fpb_figure *f, const struct fpb_cell *c)
{
	return !strcmp(c->regime, f->first->regime) &&
	       !strcmp(c->workload, f->first->workload);
}

static bool has_raw(const struct fpb_figure *f)
{
	return fpb_summary_cell(f->s, f->first, FPB_TARGET_RAW) >= 0;
}

/* The @n-th target of the figure that is not raw, or NULL. */
static const char *nth_target(const struct fpb_figure *f, size_t n)
{
	const struct fpb_summary *s = f->s;
	size_t i;

	for (i = 0; i < s->ncells; i++)
		if (in_figure(f, &s->cells[i]) &&
		    s->cells[i].numjobs == f->first->numjobs &&
		    !fpb_cell_is_raw(&s->cells[i]) && !n--)
			return s->cells[i].target;
	return NULL;
}

/* The @n-th series: raw first, then each target under every kernel. */
static bool get_series(const struct fpb_figure *f, size_t n, struct series *x)
{
	const bool with_raw = f->kind != FPB_FIGURE_RATIO && has_raw(f);
	const bool raw = with_raw && !n;

	x->f = f;
	/* Quantiles are not pooled: raw is that of the baseline. */
	x->pooled = raw && f->kind == FPB_FIGURE_IOPS;
	n -= with_raw && n;
	x->side = n % f->s->nsides;
	x->target = raw ? FPB_TARGET_RAW : nth_target(f, n / f->s->nsides);
	return x->target != NULL;
}

static bool in_series(const struct series *x, const struct fpb_cell *c)
{
	return in_figure(x->f, c) && !strcmp(c->target, x->target);
}

static const struct fpb_cell_result *result(const struct series *x, size_t cell)
{
	const struct fpb_summary *s = x->f->s;

	return x->pooled ? &s->pooled[cell] : &s->sides[x->side].results[cell];
}

static void put_name(const struct series *x, FILE *out)
{
	const char *label = x->f->s->sides[x->side].label;

	fputc('"', out);
	if (!x->pooled) {
		/* A quote would end the name. */
		for (; *label; label++)
			fputc(*label == '"' ? '\'' : *label, out);
		fputc(' ', out);
	}
	fprintf(out, "%s\"\n", fpb_target_title(x->target));
}

/* Data */

static const struct fpb_estimate *estimate(const struct series *x, size_t cell)
{
	const struct fpb_cell_result *r = result(x, cell);

	return x->f->kind == FPB_FIGURE_RATIO ? &r->to_raw : &r->iops;
}

static bool has_latency(const struct fpb_cell_result *r)
{
	int q;

	for (q = 0; q < FPB_QUANTILES; q++)
		if (r->latency[q].ns.n)
			return true;
	return false;
}

static bool has_point(const struct series *x, size_t cell)
{
	if (x->f->kind == FPB_FIGURE_LATENCY)
		return has_latency(result(x, cell));
	return estimate(x, cell)->n;
}

static void put_us(double ns, FILE *out)
{
	if (isnan(ns))
		fputs(" NaN", out);
	else
		fprintf(out, " %.6g", ns / 1000);
}

static void put_latencies(const struct series *x, size_t cell, FILE *out)
{
	const struct fpb_cell_result *r = result(x, cell);
	int q;

	fprintf(out, "%u", x->f->s->cells[cell].numjobs);
	for (q = 0; q < FPB_QUANTILES; q++) {
		const struct fpb_estimate *e = &r->latency[q].ns;

		put_us(e->n ? e->value : NAN, out);
		put_us(e->has_interval ? e->lo : NAN, out);
		put_us(e->has_interval ? e->hi : NAN, out);
	}
	fputc('\n', out);
}

static void put_estimate(const struct series *x, size_t cell, FILE *out)
{
	const struct fpb_estimate *e = estimate(x, cell);

	if (!has_point(x, cell))
		return;
	if (x->f->kind == FPB_FIGURE_LATENCY) {
		put_latencies(x, cell, out);
		return;
	}
	fprintf(out, "%u %.6g", x->f->s->cells[cell].numjobs, e->value);
	if (e->has_interval)
		fprintf(out, " %.6g %.6g\n", e->lo, e->hi);
	else
		fputs(" NaN NaN\n", out);
}

static void put_latency_samples(const struct series *x, size_t cell, FILE *out)
{
	const struct fpb_cell_result *r = result(x, cell);
	size_t i;
	int q;

	for (i = 0; i < x->f->s->sides[x->side].rounds; i++) {
		fprintf(out, "%u", x->f->s->cells[cell].numjobs);
		for (q = 0; q < FPB_QUANTILES; q++)
			put_us(r->latency[q].few ? NAN :
			       exp(r->latency[q].log_ns[i]), out);
		fputc('\n', out);
	}
}

static void put_samples(const struct series *x, size_t cell, FILE *out)
{
	const struct fpb_summary *s = x->f->s;
	const struct fpb_cell_result *r = result(x, cell);
	const double *v = x->f->kind == FPB_FIGURE_RATIO ? r->log_to_raw :
							   r->log_iops;
	size_t i, n;

	if (x->f->kind == FPB_FIGURE_LATENCY) {
		if (has_latency(r))
			put_latency_samples(x, cell, out);
		return;
	}
	n = x->pooled ? fpb_pooled_rounds(s->sides, s->nsides) :
			s->sides[x->side].rounds;
	for (i = 0; i < n; i++)
		if (!isnan(v[i]))
			fprintf(out, "%u %.6g\n", s->cells[cell].numjobs,
				exp(v[i]));
}

static char *data(const struct fpb_figure *f,
		  void (*put)(const struct series *x, size_t cell, FILE *out))
{
	struct fpb_memstream m;
	struct series x;
	size_t i, n;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	for (n = 0; get_series(f, n, &x); n++) {
		fputs(n ? "\n\n" : "", out);
		put_name(&x, out);
		for (i = 0; i < f->s->ncells; i++)
			if (in_series(&x, &f->s->cells[i]))
				put(&x, i, out);
	}
	return fpb_memstream_close(&m);
}

/* Beyond what was measured */

/* The @n-th series' law, if there is one, after @sep. */
static void put_law(const struct series *x, size_t n, const char **sep,
		    FILE *out)
{
	struct fpb_curve c = { .s = x->f->s, .side = x->side };
	struct fpb_scaling f;
	unsigned int jobs;

	for (c.first = x->f->first; !in_series(x, c.first);)
		c.first++;
	if (fpb_curve_fit(&c, &f) || !fpb_usl_predicts(&f) ||
	    f.jobs_hi >= FPB_PLOT_JOBS)
		return;
	fputs(*sep, out);
	for (jobs = f.jobs_hi; jobs <= FPB_PLOT_JOBS; jobs++)
		fprintf(out, "%zu %u %.6g\n", n, jobs,
			fpb_usl_rate(&f.law, jobs));
	*sep = "\n\n";
}

static char *laws(const struct fpb_figure *f)
{
	struct fpb_memstream m;
	const char *sep = "";
	struct series x;
	size_t n;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	for (n = 0; f->kind == FPB_FIGURE_IOPS && get_series(f, n, &x); n++)
		put_law(&x, n, &sep, out);
	return fpb_memstream_close(&m);
}

/* Heat maps */

static bool in_heat(const struct fpb_figure *f, const struct fpb_cell *c)
{
	return !strcmp(c->regime, f->first->regime) &&
	       !strcmp(c->target, f->first->target);
}

/* The place among the figure's of the cell's numjobs, as they are met. */
static size_t place_of_jobs(const struct fpb_figure *f,
			    const struct fpb_cell *cell)
{
	const struct fpb_cell *c;
	size_t n = 0;

	/* Those of the first workload, of which every other has the same. */
	for (c = f->first; c->numjobs != cell->numjobs; c++)
		n += in_heat(f, c) && !strcmp(c->workload, f->first->workload);
	return n;
}

static size_t place_of_workload(const struct fpb_figure *f,
				const struct fpb_cell *cell)
{
	const char *last = f->first->workload;
	const struct fpb_cell *c;
	size_t n = 0;

	for (c = f->first; strcmp(c->workload, cell->workload) ||
	     !in_heat(f, c); c++) {
		if (!in_heat(f, c) || !strcmp(c->workload, last))
			continue;
		last = c->workload;
		n++;
	}
	return n + (strcmp(last, cell->workload) != 0);
}

static const struct fpb_cell_result *heat_result(const struct fpb_figure *f,
						 const struct fpb_cell *c)
{
	return &f->s->sides[f->side].results[c - f->s->cells];
}

static void put_heat(const struct fpb_figure *f, const struct fpb_cell *c,
		     FILE *out)
{
	const struct fpb_cell_result *r = heat_result(f, c);
	const bool sure = fpb_verdict_resolved(r->verdict);
	char ratio[FPB_UNITS_MAX];

	if (!r->vs_base.n)
		return;
	fpb_format_ratio(r->vs_base.value, ratio);
	fprintf(out, "%zu %zu %.6g \"%s%s%s\" \"%u\" \"%s\"\n",
		place_of_jobs(f, c), place_of_workload(f, c), r->vs_base.value,
		sure ? "" : "(", ratio, sure ? "" : ")", c->numjobs,
		c->workload);
}

static char *heat_data(const struct fpb_figure *f)
{
	const struct fpb_cell *c, *end = f->s->cells + f->s->ncells;
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	for (c = f->first; c < end; c++)
		if (in_heat(f, c))
			put_heat(f, c, out);
	return fpb_memstream_close(&m);
}

/* Which figures there are */

/* Whether no earlier cell is of the same figure. */
static bool begins_figure(const struct fpb_figure *f)
{
	const bool heat = f->kind == FPB_FIGURE_HEAT;
	const struct fpb_cell *c;

	if (heat && (f->side >= f->s->nsides || fpb_cell_is_raw(f->first) ||
		     fpb_summary_workloads(f->s) < FPB_HEAT_WORKLOADS))
		return false;
	for (c = f->s->cells; c < f->first; c++)
		if (heat ? in_heat(f, c) : in_figure(f, c))
			return false;
	return true;
}

static bool draws_something(const struct fpb_figure *f)
{
	struct series x;
	size_t i, n;

	for (i = 0; f->kind == FPB_FIGURE_HEAT && i < f->s->ncells; i++)
		if (in_heat(f, &f->s->cells[i]) &&
		    heat_result(f, &f->s->cells[i])->vs_base.n)
			return true;
	if (f->kind == FPB_FIGURE_HEAT)
		return false;
	for (n = 0; get_series(f, n, &x); n++)
		for (i = 0; i < f->s->ncells; i++)
			if (in_series(&x, &f->s->cells[i]) && has_point(&x, i))
				return true;
	return false;
}

/* To the next kind, then the next kernel of heat maps, then the next cell. */
static void step(struct fpb_figure *f)
{
	if (!f->first) {
		f->first = f->s->cells;
	} else if (f->kind + 1 < FPB_FIGURE_KINDS) {
		f->kind++;
		f->side = f->kind == FPB_FIGURE_HEAT;
	} else if (f->side + 1 < f->s->nsides) {
		f->side++;
	} else {
		f->kind = 0;
		f->side = 0;
		f->first++;
	}
}

bool fpb_figure_next(struct fpb_figure *f)
{
	const struct fpb_cell *end = f->s->cells + f->s->ncells;

	do {
		step(f);
	} while (f->first < end &&
		 (!begins_figure(f) || !draws_something(f)));
	return f->first < end;
}

/* Texts */

const char *fpb_figure_kind(const struct fpb_figure *f)
{
	static const char *const names[FPB_FIGURE_KINDS] = {
		[FPB_FIGURE_IOPS]	= "iops",
		[FPB_FIGURE_RATIO]	= "ratio",
		[FPB_FIGURE_LATENCY]	= "latency",
		[FPB_FIGURE_HEAT]	= "heat",
	};

	return names[f->kind];
}

/* What else a file's name needs to say, if there are several. */
static char *figure_name(const struct fpb_figure *f)
{
	const bool heat = f->kind == FPB_FIGURE_HEAT;
	const char *what = NULL, *kernel = NULL;
	char *name, *p;

	if (heat && fpb_summary_targets(f->s) > 1)
		what = f->first->target;
	if (!heat && fpb_summary_workloads(f->s) > 1)
		what = f->first->workload;
	if (heat && f->s->nsides > 2)
		kernel = f->s->sides[f->side].label;
	if (asprintf(&name, "%s-%s%s%s%s%s", fpb_figure_kind(f),
		     f->first->regime, what ? "-" : "", what ? what : "",
		     kernel ? "-" : "", kernel ? kernel : "") < 0)
		return NULL;
	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			*p = '_';
	return name;
}

/* Whether a cell of the figure has no number at all: a point is missing. */
static bool lacks_points(const struct fpb_figure *f)
{
	const struct fpb_summary *s = f->s;
	size_t side, i;

	for (side = 0; side < s->nsides; side++)
		for (i = 0; i < s->ncells; i++)
			if ((f->kind == FPB_FIGURE_HEAT ?
			     in_heat(f, &s->cells[i]) :
			     in_figure(f, &s->cells[i])) &&
			    !fpb_cell_has_number(&s->sides[side].results[i]))
				return true;
	return false;
}

static char *alarm_text(const struct fpb_figure *f)
{
	const struct fpb_summary *s = f->s;
	size_t i;

	for (i = 0; i < s->nsides; i++)
		if (s->sides[i].lock.contradicted)
			return strdup("NOT AS EXPECTED: the inode lock");
	if (fpb_summary_unproven(s))
		return strdup("UNPROVEN: raw differs");
	for (i = 0; i < s->nsides; i++)
		if (s->sides[i].rounds_done < s->sides[i].rounds)
			return strdup("INCOMPLETE: rounds are missing");
	return strdup(lacks_points(f) ? "INCOMPLETE: points are missing" : "");
}

static char *ylabel(const struct fpb_figure *f)
{
	const struct fpb_manifest *m = &f->s->sides[0].run->manifest;
	char *text;

	if (f->kind == FPB_FIGURE_HEAT)
		return strdup("");
	if (f->kind == FPB_FIGURE_LATENCY)
		return strdup("latency, us");
	if (f->kind == FPB_FIGURE_RATIO)
		return strdup("IOPS relative to raw in the same boot");
	if (!m->relative)
		return strdup("IOPS");
	return asprintf(&text, "IOPS (comparable in %s only)",
			fpb_backend_title(m)) < 0 ? NULL : text;
}

static char *source(const struct fpb_summary *s)
{
	const struct fpb_manifest *m = &s->sides[0].run->manifest;
	const char *fio = fpb_json_text(m->root, "fio.version");
	char *text;

	return asprintf(&text, "%s%srun %s", fio ? fio : "",
			fio ? FPB_PAGE_FACT : "", m->id) < 0 ? NULL : text;
}

/* "cpu, FUSE: patched/baseline" */
static char *heat_title(const struct fpb_figure *f)
{
	char *text;

	return asprintf(&text, "%s, %s: IOPS, %s/%s", f->first->regime,
			fpb_target_title(f->first->target),
			f->s->sides[f->side].label,
			f->s->sides[0].label) < 0 ? NULL : text;
}

int fpb_figure_text(const struct fpb_figure *f, struct fpb_figure_text *t)
{
	const bool heat = f->kind == FPB_FIGURE_HEAT;
	const struct fpb_section x = {
		.s = f->s, .first = f->first, .new_side = f->s->nsides - 1,
	};

	t->name = figure_name(f);
	t->title = heat ? heat_title(f) : fpb_section_job(&x);
	t->facts = fpb_section_platform(&x);
	t->source = source(f->s);
	t->alarm = alarm_text(f);
	t->ylabel = ylabel(f);
	t->estimates = heat ? heat_data(f) : data(f, put_estimate);
	t->samples = heat ? strdup("") : data(f, put_samples);
	t->laws = laws(f);
	return t->name && t->title && t->facts && t->source && t->alarm &&
	       t->ylabel && t->estimates && t->samples && t->laws ? 0 : -ENOMEM;
}

void fpb_figure_free(struct fpb_figure_text *t)
{
	free(t->laws);
	free(t->samples);
	free(t->estimates);
	free(t->ylabel);
	free(t->alarm);
	free(t->source);
	free(t->facts);
	free(t->title);
	free(t->name);
}
