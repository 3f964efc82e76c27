// SPDX-License-Identifier: GPL-2.0
#include "report/json.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>

#include "core/curve.h"
#include "report/why.h"

#define REPORT_SCHEMA	2

/* {"value", "lo", "hi"}, or null; lo and hi are null without an interval. */
static json_t *estimate(const struct fpb_estimate *e)
{
	if (!e->n)
		return json_null();
	return json_pack("{s:f, s:o, s:o}", "value", e->value,
			 "lo", e->has_interval ? json_real(e->lo) : json_null(),
			 "hi", e->has_interval ? json_real(e->hi) :
						 json_null());
}

static void put_verdict(json_t *o, struct fpb_verdict v)
{
	json_object_set_new(o, "verdict",
			    json_string(fpb_direction_name(v.direction)));
	json_object_set_new(o, "within", json_boolean(v.within));
}

/* In steps it says over which kernel: not always the first. */
static void put_over(json_t *o, const struct fpb_summary *s, size_t base)
{
	if (s->steps)
		json_object_set_new(o, "over",
				    json_string(s->sides[base].label));
}

static json_t *comparison(const struct fpb_summary *s, size_t side,
			  const struct fpb_cell_result *r)
{
	json_t *o = estimate(&r->vs_base);

	if (json_is_object(o)) {
		json_object_set_new(o, "p", json_real(r->vs_base.p));
		json_object_set_new(o, "p_adjusted", json_real(r->p_adjusted));
		put_verdict(o, r->verdict);
		json_object_set_new(o, "needed", json_integer(r->needed));
		put_over(o, s, fpb_summary_base(s, side));
	}
	return o;
}

/* Standard error within a sample and deviation between them, as logarithms. */
static json_t *slices(const struct fpb_slices_summary *s)
{
	if (!s->n)
		return json_null();
	return json_pack("{s:i, s:I, s:f, s:o}", "samples", (int)s->n,
			 "slice_ns", (json_int_t)s->slice_ns,
			 "within_se", s->within, "between_sd",
			 s->n > 1 ? json_real(s->between) : json_null());
}

/* The direction is that of a latency: worse or better. */
static void put_latency_verdict(json_t *o, struct fpb_verdict v)
{
	json_object_set_new(o, "verdict",
			    json_string(fpb_latency_direction(v.direction)));
	json_object_set_new(o, "within", json_boolean(v.within));
}

static json_t *latency(const struct fpb_latency *x)
{
	json_t *vs_base = estimate(&x->vs_base);

	if (json_is_object(vs_base))
		put_latency_verdict(vs_base, x->verdict);
	return json_pack("{s:o, s:b, s:o}", "ns", estimate(&x->ns),
			 "too_few_ios", (int)x->few, "vs_baseline", vs_base);
}

/* By quantile; null if there are no latencies. */
static json_t *latencies(const struct fpb_cell_result *r)
{
	json_t *o = json_object();
	int q;

	for (q = 0; q < FPB_COSTS; q++)
		if (r->latency[q].ns.n || r->latency[q].few)
			json_object_set_new(o, fpb_quantile_key(q),
					    latency(&r->latency[q]));
	if (json_object_size(o))
		return o;
	json_decref(o);
	return json_null();
}

static json_t *cell(const struct fpb_summary *s, size_t place,
		    const struct fpb_cell *c, const struct fpb_cell_result *r)
{
	const struct fpb_side *side = &s->sides[place];

	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:s, s:o, s:o, "
			 "s:b, s:o, s:o, s:o}",
			 "kernel", side->label, "target", c->target,
			 "regime", c->regime, "workload", c->workload,
			 "numjobs", (int)c->numjobs,
			 "status", fpb_cell_status_name(r->status),
			 "samples", (int)r->used, "reason", r->reason,
			 "iops", estimate(&r->iops),
			 "ratio_to_raw", estimate(&r->to_raw),
			 "at_par", (int)r->at_par,
			 "vs_baseline", comparison(s, place, r),
			 "slices", slices(&r->slices),
			 "latency", latencies(r));
}

static json_t *cells(const struct fpb_summary *s)
{
	json_t *list = json_array();
	size_t side, i;

	for (side = 0; side < s->nsides; side++)
		for (i = 0; i < s->ncells; i++)
			if (json_array_append_new(list,
					cell(s, side, &s->cells[i],
					     &s->sides[side].results[i])))
				goto out_drop;
	return list;

out_drop:
	json_decref(list);
	return NULL;
}

static json_t *kernels(const struct fpb_summary *s)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->nsides; i++) {
		const struct fpb_side *side = &s->sides[i];
		const struct fpb_lock_summary *l = &side->lock;

		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:i, s:i, s:i, "
			"s:{s:i, s:i, s:i, s:f, s:b}}",
			"name", side->label, "run", side->run->manifest.id,
			"sessions", (int)side->nsessions,
			"rounds", (int)side->rounds,
			"rounds_done", (int)side->rounds_done,
			"lock", "shared", (int)l->shared,
			"exclusive", (int)l->exclusive,
			"unknown", (int)l->unknown, "ratio", l->ratio,
			"contradicted", (int)l->contradicted));
	}
	return list;
}

/* The same over the rows of an effect. */
static json_t *effect_latencies(const struct fpb_effect *e)
{
	json_t *o = json_object(), *v;
	int q;

	for (q = 0; q < FPB_COSTS; q++) {
		const struct fpb_latency_effect *x = &e->latency[q];

		if (!x->rows && !x->rows_few)
			continue;
		v = json_pack("{s:i, s:i, s:f, s:o}", "rows", (int)x->rows,
			      "rows_too_few_ios", (int)x->rows_few,
			      "level", 1 - x->alpha,
			      "ratio", estimate(&x->ratio));
		if (v)
			put_latency_verdict(v, x->verdict);
		json_object_set_new(o, fpb_quantile_key(q), v);
	}
	if (json_object_size(o))
		return o;
	json_decref(o);
	return json_null();
}

/* The baseline's and the kernel's. */
static json_t *to_raw(const struct fpb_effect *e)
{
	if (!(e->to_raw[0] > 0))
		return json_null();
	return json_pack("[f, f]", e->to_raw[0], e->to_raw[1]);
}

/* By machine; NULL of a run of one. */
static json_t *machines(const struct fpb_summary *s, const struct fpb_effect *e)
{
	const struct fpb_manifest *m = &s->sides[0].run->manifest;
	json_t *list = e->machines ? json_array() : NULL;
	size_t i;

	for (i = 0; list && i < m->nmachines; i++)
		json_array_append_new(list, json_pack("{s:s, s:i, s:o, s:b}",
			"name", m->machines[i],
			"replicates", (int)e->machines[i].ratio.n,
			"ratio", estimate(&e->machines[i].ratio),
			"disagrees", (int)e->machines[i].disagrees));
	return list;
}

static json_t *effect(const struct fpb_summary *s, const struct fpb_effect *e)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, "
			      "s:i, s:f, s:o, s:i, s:i, s:o, s:b, s:o, s:o}",
			      "regime", e->first->regime,
			      "workload", e->first->workload,
			      "target", e->first->target,
			      "kernel", s->sides[e->side].label,
			      "numjobs_lo", (int)e->jobs_lo,
			      "numjobs_hi", (int)e->jobs_hi,
			      "rows", (int)e->rows,
			      "rows_left_out", (int)e->rows_left_out,
			      "replicates", (int)e->ratio.n,
			      "replicates_left_out", (int)e->rounds_left_out,
			      "level", 1 - e->alpha,
			      "ratio", estimate(&e->ratio),
			      "needed", (int)e->needed,
			      "lacking", (int)e->lacking,
			      "time_average", estimate(&e->total),
			      "time_average_differs", (int)e->total_differs,
			      "to_raw", to_raw(e),
			      "latency", effect_latencies(e));

	if (o) {
		put_verdict(o, e->verdict);
		put_over(o, s, e->base);
	}
	if (o && e->machines) {
		json_object_set_new(o, "machines", machines(s, e));
		json_object_set_new(o, "spread", isnan(e->spread) ?
				    json_null() : json_real(e->spread));
	}
	return o;
}

static json_t *effects(const struct fpb_summary *s, bool control)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->neffects; i++)
		if (fpb_effect_is_control(&s->effects[i]) == control)
			json_array_append_new(list, effect(s, &s->effects[i]));
	return list;
}

/* Raw's is that of all kernels: null. */
static json_t *kernel_of(const struct fpb_curve *c)
{
	return fpb_cell_is_raw(c->first) ? json_null() :
	       json_string(c->s->sides[c->side].label);
}

static json_t *curve(const struct fpb_curve *c, const struct fpb_scaling *f)
{
	const bool fits = f->points >= FPB_USL_POINTS;

	return json_pack("{s:s, s:s, s:s, s:o, s:i, s:i, s:i, s:o, s:o, s:o, "
			 "s:o, s:o, s:b}",
			 "regime", c->first->regime,
			 "workload", c->first->workload,
			 "target", c->first->target, "kernel", kernel_of(c),
			 "points", (int)f->points,
			 "numjobs_lo", (int)f->jobs_lo,
			 "numjobs_hi", (int)f->jobs_hi,
			 "one_job", fits ? json_real(f->law.one) : json_null(),
			 "serial", estimate(&f->serial),
			 "crosstalk", estimate(&f->crosstalk),
			 "error", fits ? json_real(f->error) : json_null(),
			 "prediction_error", isnan(f->ahead) ? json_null() :
							  json_real(f->ahead),
			 "extrapolated", (int)fpb_usl_predicts(f));
}

/* The scalability law of each curve; NULL if memory is short. */
static json_t *scaling(const struct fpb_summary *s)
{
	struct fpb_curve c = { .s = s };
	json_t *list = json_array();
	struct fpb_scaling f;

	while (fpb_curve_next(&c)) {
		if (fpb_curve_fit(&c, &f) ||
		    json_array_append_new(list, curve(&c, &f))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *tally(const struct fpb_tally *t)
{
	return json_pack("{s:i, s:i, s:i, s:i}",
			 "compared", (int)t->compared,
			 "faster", (int)t->faster, "slower", (int)t->slower,
			 "unresolved", (int)t->unresolved);
}

static json_t *load(const struct fpb_load_summary *l)
{
	if (!l->rounds)
		return json_null();
	return json_pack("{s:i, s:i, s:i, s:f, s:f, s:f}",
			 "rounds", (int)l->rounds,
			 "repeated", (int)l->repeated,
			 "repeats", (int)l->repeats, "foreign_cpus", l->mean,
			 "lo", l->lo, "hi", l->hi);
}

int fpb_report_json(FILE *out, const struct fpb_summary *s,
		    const struct fpb_report_with *with)
{
	json_t *o = json_pack("{s:i, s:b, s:b, s:f, s:o, s:o, s:o, s:o, s:o, "
			      "s:o, s:o, s:o}",
			      "report_schema", REPORT_SCHEMA,
			      "unproven", (int)fpb_summary_unproven(s),
			      "paired", (int)s->paired, "margin", s->margin,
			      "kernels", kernels(s),
			      "effects", effects(s, false),
			      "control", effects(s, true),
			      "rows", tally(&s->rows),
			      "control_rows", tally(&s->control),
			      "load", load(&s->load),
			      "scaling", scaling(s),
			      "cells", cells(s));
	json_t *why = fpb_why_report(s);
	int ret;

	/* Few runs have looked. */
	if (json_array_size(why))
		json_object_set(o, "why", why);
	json_decref(why);
	if (!o)
		return -ENOMEM;
	ret = json_dumpf(o, out, JSON_INDENT(1) | JSON_REAL_PRECISION(8));
	fputc('\n', out);
	json_decref(o);
	return ret ? -ENOMEM : 0;
}
