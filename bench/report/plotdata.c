// SPDX-License-Identifier: GPL-2.0
#include "report/plotdata.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"
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
	bool with_raw = f->kind == FPB_FIGURE_IOPS && has_raw(f);

	x->f = f;
	x->pooled = with_raw && !n;
	n -= with_raw && n;
	x->side = n % f->s->nsides;
	x->target = x->pooled ? FPB_TARGET_RAW :
				nth_target(f, n / f->s->nsides);
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

static void put_estimate(const struct series *x, size_t cell, FILE *out)
{
	const struct fpb_estimate *e = estimate(x, cell);

	if (!e->n)
		return;
	fprintf(out, "%u %.6g", x->f->s->cells[cell].numjobs, e->value);
	if (e->has_interval)
		fprintf(out, " %.6g %.6g\n", e->lo, e->hi);
	else
		fputs(" NaN NaN\n", out);
}

static void put_samples(const struct series *x, size_t cell, FILE *out)
{
	const struct fpb_summary *s = x->f->s;
	const struct fpb_cell_result *r = result(x, cell);
	const double *v = x->f->kind == FPB_FIGURE_RATIO ? r->log_to_raw :
							   r->log_iops;
	size_t i, n;

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

/* Which figures there are */

static bool begins_figure(const struct fpb_summary *s, const struct fpb_cell *c)
{
	const struct fpb_figure f = { .s = s, .first = c };
	const struct fpb_cell *e;

	for (e = s->cells; e < c; e++)
		if (in_figure(&f, e))
			return false;
	return true;
}

static bool draws_something(const struct fpb_figure *f)
{
	struct series x;
	size_t i, n;

	for (n = 0; get_series(f, n, &x); n++)
		for (i = 0; i < f->s->ncells; i++)
			if (in_series(&x, &f->s->cells[i]) &&
			    estimate(&x, i)->n)
				return true;
	return false;
}

bool fpb_figure_next(struct fpb_figure *f)
{
	const struct fpb_cell *end = f->s->cells + f->s->ncells;

	do {
		if (f->first && f->kind == FPB_FIGURE_IOPS) {
			f->kind = FPB_FIGURE_RATIO;
		} else {
			f->kind = FPB_FIGURE_IOPS;
			f->first = f->first ? f->first + 1 : f->s->cells;
			while (f->first < end && !begins_figure(f->s, f->first))
				f->first++;
		}
	} while (f->first < end && !draws_something(f));
	return f->first < end;
}

/* Texts */

static char *figure_name(const struct fpb_figure *f)
{
	bool many = fpb_summary_workloads(f->s) > 1;
	char *name, *p;

	if (asprintf(&name, "%s-%s%s%s",
		     f->kind == FPB_FIGURE_IOPS ? "iops" : "ratio",
		     f->first->regime, many ? "-" : "",
		     many ? f->first->workload : "") < 0)
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
			if (in_figure(f, &s->cells[i]) &&
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

int fpb_figure_text(const struct fpb_figure *f, struct fpb_figure_text *t)
{
	const struct fpb_section x = {
		.s = f->s, .first = f->first, .new_side = f->s->nsides - 1,
	};

	t->name = figure_name(f);
	t->title = fpb_section_job(&x);
	t->facts = fpb_section_platform(&x);
	t->source = source(f->s);
	t->alarm = alarm_text(f);
	t->ylabel = ylabel(f);
	t->estimates = data(f, put_estimate);
	t->samples = data(f, put_samples);
	return t->name && t->title && t->facts && t->source && t->alarm &&
	       t->ylabel && t->estimates && t->samples ? 0 : -ENOMEM;
}

void fpb_figure_free(struct fpb_figure_text *t)
{
	free(t->samples);
	free(t->estimates);
	free(t->ylabel);
	free(t->alarm);
	free(t->source);
	free(t->facts);
	free(t->title);
	free(t->name);
}
