// SPDX-License-Identifier: GPL-2.0
#include "report/csv.h"

#include <string.h>

static void put_text(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

/* ",value,lo,hi"; what is not there stays empty. */
static void put_estimate(FILE *out, const struct fpb_estimate *e, int digits)
{
	if (!e->n) {
		fputs(",,,", out);
		return;
	}
	fprintf(out, ",%.*f", digits, e->value);
	if (e->has_interval)
		fprintf(out, ",%.*f,%.*f", digits, e->lo, digits, e->hi);
	else
		fputs(",,", out);
}

/* ",ms,within,between"; empty if the ratio to raw is not one of slices. */
static void put_slices(FILE *out, const struct fpb_slices_summary *s)
{
	if (!s->n) {
		fputs(",,,", out);
		return;
	}
	fprintf(out, ",%g,%.4f,", s->slice_ns / 1e6, s->within);
	if (s->n > 1)
		fprintf(out, "%.4f", s->between);
}

/* ",within,resolution,needed"; empty without an interval. */
static void put_resolution(FILE *out, const struct fpb_cell_result *r)
{
	if (!r->vs_base.n || !r->vs_base.has_interval) {
		fputs(",,,", out);
		return;
	}
	fprintf(out, ",%s,%.4f,", r->verdict.within ? "yes" : "no",
		fpb_estimate_resolution(&r->vs_base));
	if (r->needed)
		fprintf(out, "%zu", r->needed);
}

/* ",ns,ratio,lo,hi,verdict" */
static void put_latency(FILE *out, const struct fpb_latency *x)
{
	if (x->ns.n)
		fprintf(out, ",%.0f", x->ns.value);
	else
		fputc(',', out);
	put_estimate(out, &x->vs_base, 4);
	fprintf(out, ",%s", x->few ? "too few" :
		fpb_latency_direction(x->verdict.direction));
}

static void put_cell(FILE *out, const struct fpb_side *side,
		     const struct fpb_cell *c, const struct fpb_cell_result *r)
{
	int q;

	put_text(out, side->label);
	fputc(',', out);
	put_text(out, c->target);
	fputc(',', out);
	put_text(out, c->regime);
	fputc(',', out);
	put_text(out, c->workload);
	fprintf(out, ",%u,%s,%u", c->numjobs, fpb_cell_status_name(r->status),
		r->used);
	put_estimate(out, &r->iops, 1);
	put_estimate(out, &r->to_raw, 4);
	fputs(r->to_raw.n ? r->at_par ? ",yes" : ",no" : ",", out);
	put_estimate(out, &r->vs_base, 4);
	if (r->vs_base.n)
		fprintf(out, ",%.6g,%.6g,%s,", r->vs_base.p, r->p_adjusted,
			fpb_direction_name(r->verdict.direction));
	else
		fputs(",,,,", out);
	fprintf(out, "%u,", side->rounds);
	put_text(out, r->reason);
	put_slices(out, &r->slices);
	put_resolution(out, r);
	for (q = 0; q < FPB_COSTS; q++)
		put_latency(out, &r->latency[q]);
	fputc('\n', out);
}

static void put_latency_columns(FILE *out, const char *key)
{
	fprintf(out, ",%s_ns,%s_vs_baseline,%s_lo,%s_hi,%s_verdict", key, key,
		key, key, key);
}

int fpb_report_csv(FILE *out, const struct fpb_summary *s,
		   const struct fpb_report_with *with)
{
	size_t side, i;
	int q;

	fputs("kernel,target,regime,workload,numjobs,status,samples,"
	      "iops,iops_lo,iops_hi,ratio_to_raw,ratio_lo,ratio_hi,at_par,"
	      "vs_baseline,vs_baseline_lo,vs_baseline_hi,p,p_adjusted,verdict,"
	      "rounds,reason,slice_ms,within_se,between_sd,within,resolution,"
	      "needed", out);
	for (q = 0; q < FPB_COSTS; q++)
		put_latency_columns(out, fpb_quantile_key(q));
	fputc('\n', out);
	for (side = 0; side < s->nsides; side++)
		for (i = 0; i < s->ncells; i++)
			put_cell(out, &s->sides[side], &s->cells[i],
				 &s->sides[side].results[i]);
	return 0;
}
