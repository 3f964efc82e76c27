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
	const struct axis *y;		/* of places */
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

/* Places to point at */

/* A sample that is drawn. */
struct dot {
	double value;
	const struct fpb_sample *sample;
	const struct fpb_rundata *run;	/* that it is of */
};

/* The run that has the @round-th of all rounds of the side. */
static const struct fpb_rundata *run_of(const struct fpb_side *side,
					size_t round)
{
	size_t i;

	for (i = 0; round >= side->sessions[i].run->manifest.rounds; i++)
		round -= side->sessions[i].run->manifest.rounds;
	return side->sessions[i].run;
}

/* What the figure shows of each round's sample. */
static const double *logs_of(const struct fpb_figure *f, size_t side,
			     size_t cell)
{
	const struct fpb_cell_result *r = &f->s->sides[side].results[cell];

	return f->kind == FPB_FIGURE_RATIO ? r->log_to_raw : r->log_iops;
}

static size_t add_dots(const struct series *x, size_t side, size_t cell,
		       struct dot *dots)
{
	const struct fpb_side *of = &x->f->s->sides[side];
	const double *v = logs_of(x->f, side, cell);
	size_t i, n = 0;

	for (i = 0; i < of->rounds; i++)
		if (!isnan(v[i]))
			dots[n++] = (struct dot){
				exp(v[i]), of->results[cell].samples[i],
				run_of(of, i) };
	return n;
}

static int compare_dots(const void *a, const void *b)
{
	const struct dot *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

/*
 * The samples of a cell, the slowest first, for free(); NULL if memory is
 * short.
 */
static struct dot *get_dots(const struct series *x, size_t cell, size_t *n)
{
	const struct fpb_summary *s = x->f->s;
	struct dot *dots = calloc(fpb_pooled_rounds(s->sides, s->nsides) + 1,
				  sizeof(*dots));
	size_t side;

	*n = 0;
	for (side = 0; dots && side < s->nsides; side++)
		if (x->pooled || side == x->side)
			*n += add_dots(x, side, cell, dots + *n);
	if (dots)
		qsort(dots, *n, sizeof(*dots), compare_dots);
	return dots;
}

/* The y axis of a figure: from 0, or, where laws go on, logarithmic. */
struct axis {
	double low, high;
	bool log;
};

/* From the lowest to the highest sample, and to @far if a law goes there. */
static struct axis axis_of(const struct fpb_figure *f, double far)
{
	struct axis y = { .low = INFINITY, .high = far, .log = far > 0 };
	const double *v;
	size_t side, cell, i;

	for (cell = 0; cell < f->s->ncells; cell++) {
		if (!in_figure(f, &f->s->cells[cell]))
			continue;
		for (side = 0; side < f->s->nsides; side++) {
			v = logs_of(f, side, cell);
			/* They pass over those that are not there. */
			for (i = 0; i < f->s->sides[side].rounds; i++) {
				y.low = fmin(y.low, exp(v[i]));
				y.high = fmax(y.high, exp(v[i]));
			}
		}
	}
	return y;
}

/* Where @value is on the axis, from 0 at its foot to 1 at its head. */
static double level(const struct axis *y, double value)
{
	return y->log ? log(value / y->low) / log(y->high / y->low) :
			value / y->high;
}

/*
 * How many of @n sorted dots are one place: no two places are so close that one
 * would hide the other.
 */
static size_t place(const struct dot *dots, size_t n, const struct axis *y)
{
	size_t i = 1;

	while (i < n && level(y, dots[i].value) - level(y, dots[0].value) <=
	       1.0 / FPB_PLACES)
		i++;
	return i;
}

/* A place's name says which dots of which cell it is, for fpb_figure_hint(). */
static void put_places(const struct series *x, size_t cell, FILE *out)
{
	size_t i, n, len;
	struct dot *dots = get_dots(x, cell, &n);

	for (i = 0; dots && i < n; i += len) {
		len = place(dots + i, n - i, x->y);
		fprintf(out, "%u %.6g \"%zu-%zu-%zu-%zu\"\n",
			x->f->s->cells[cell].numjobs,
			(dots[i].value + dots[i + len - 1].value) / 2, x->side,
			cell, i, len);
	}
	free(dots);
}

static void put_dot(const struct series *x, const struct dot *d, FILE *out)
{
	const struct fpb_sample *s = d->sample;
	char text[FPB_UNITS_MAX];
	size_t i;

	fprintf(out, "\n%s", s->boot);
	if (!x->f->s->paired)
		fprintf(out, " of %s", d->run->manifest.id);
	if (x->f->kind == FPB_FIGURE_RATIO)
		fprintf(out, ": %s of raw", fpb_format_ratio(d->value, text));
	else
		fprintf(out, ": %s IOPS", fpb_format_iops(d->value, text));
	fprintf(out, ", round %u", s->round);
	for (i = 0; i < d->run->nboots; i++)
		if (!strcmp(d->run->boots[i].boot, s->boot) &&
		    d->run->boots[i].has_load)
			fprintf(out, ", other work on %.1f CPUs",
				d->run->boots[i].load.foreign_cpus);
}

static void put_hint(const struct series *x, size_t cell, size_t first,
		     size_t len, FILE *out)
{
	const struct fpb_cell *c = &x->f->s->cells[cell];
	size_t i, n;
	struct dot *dots = get_dots(x, cell, &n);

	if (dots && first < n && len <= n - first) {
		if (!x->pooled)
			fprintf(out, "%s ", x->f->s->sides[x->side].label);
		fprintf(out, "%s, numjobs %u", fpb_target_title(c->target),
			c->numjobs);
		for (i = first; i < first + len; i++)
			put_dot(x, &dots[i], out);
	}
	free(dots);
}

char *fpb_figure_hint(const struct fpb_figure *f, const char *name)
{
	struct fpb_memstream m;
	struct series x = { .f = f };
	size_t cell, first, len;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	if (sscanf(name, "%zu-%zu-%zu-%zu", &x.side, &cell, &first, &len) == 4 &&
	    x.side < f->s->nsides && cell < f->s->ncells) {
		x.target = f->s->cells[cell].target;
		x.pooled = fpb_cell_is_raw(&f->s->cells[cell]);
		put_hint(&x, cell, first, len, out);
	}
	return fpb_memstream_close(&m);
}

static char *data(const struct fpb_figure *f, const struct axis *y,
		  void (*put)(const struct series *x, size_t cell, FILE *out))
{
	struct fpb_memstream m;
	struct series x;
	size_t i, n;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	for (n = 0; get_series(f, n, &x); n++) {
		x.y = y;
		fputs(n ? "\n\n" : "", out);
		put_name(&x, out);
		for (i = 0; i < f->s->ncells; i++)
			if (in_series(&x, &f->s->cells[i]))
				put(&x, i, out);
	}
	return fpb_memstream_close(&m);
}

static char *places(const struct fpb_figure *f, double far)
{
	struct axis y;

	if (f->kind == FPB_FIGURE_HEAT || f->kind == FPB_FIGURE_LATENCY)
		return strdup("");
	y = axis_of(f, far);
	return data(f, &y, put_places);
}

/* Beyond what was measured */

/*
 * The @n-th series' law, if there is one, after @sep. *@far is at least its highest
 * rate then.
 */
static void put_law(const struct series *x, size_t n, const char **sep,
		    FILE *out, double *far)
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
	for (jobs = f.jobs_hi; jobs <= FPB_PLOT_JOBS; jobs++) {
		const double rate = fpb_usl_rate(&f.law, jobs);

		fprintf(out, "%zu %u %.6g\n", n, jobs, rate);
		*far = fmax(*far, rate);
	}
	*sep = "\n\n";
}

/* "" and *@far is 0 if nothing is predicted. */
static char *laws(const struct fpb_figure *f, double *far)
{
	struct fpb_memstream m;
	const char *sep = "";
	struct series x;
	size_t n;
	FILE *out = fpb_memstream_open(&m);

	*far = 0;
	if (!out)
		return NULL;
	for (n = 0; f->kind == FPB_FIGURE_IOPS && get_series(f, n, &x); n++)
		put_law(&x, n, &sep, out, far);
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
		if (s->sides[i].rounds_done < s->sides[i].rounds_due)
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
			f->s->sides[fpb_summary_base(f->s, f->side)].label) < 0 ?
	       NULL : text;
}

int fpb_figure_text(const struct fpb_figure *f, struct fpb_figure_text *t)
{
	const bool heat = f->kind == FPB_FIGURE_HEAT;
	const struct fpb_section x = {
		.s = f->s, .first = f->first, .new_side = f->s->nsides - 1,
	};
	double far;

	t->name = figure_name(f);
	t->title = heat ? heat_title(f) : fpb_section_job(&x);
	t->facts = fpb_section_platform(&x);
	t->source = source(f->s);
	t->alarm = alarm_text(f);
	t->ylabel = ylabel(f);
	t->estimates = heat ? heat_data(f) : data(f, NULL, put_estimate);
	t->samples = heat ? strdup("") : data(f, NULL, put_samples);
	t->laws = laws(f, &far);
	t->places = places(f, far);
	return t->name && t->title && t->facts && t->source && t->alarm &&
	       t->ylabel && t->estimates && t->samples && t->laws &&
	       t->places ? 0 : -ENOMEM;
}

void fpb_figure_free(struct fpb_figure_text *t)
{
	free(t->places);
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
