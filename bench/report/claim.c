// SPDX-License-Identifier: GPL-2.0
#include "report/claim.h"

#include <string.h>

#include "core/units.h"

/* A bound that is not 1 must not look as if it were. */
static char *format_bound(double bound, char *buf)
{
	fpb_format_ratio(bound, buf);
	if (!strcmp(buf, "1.00") && bound != 1)
		snprintf(buf, FPB_UNITS_MAX, "%.3f", bound);
	return buf;
}

char *fpb_claim_interval(const struct fpb_estimate *e, char *buf)
{
	char value[FPB_UNITS_MAX], lo[FPB_UNITS_MAX], hi[FPB_UNITS_MAX];

	if (!e->n)
		return strcpy(buf, "-");
	fpb_format_ratio(e->value, value);
	if (e->has_interval)
		snprintf(buf, FPB_CLAIM_MAX, "%4s [%s, %s]", value,
			 format_bound(e->lo, lo), format_bound(e->hi, hi));
	else
		snprintf(buf, FPB_CLAIM_MAX, "%4s", value);
	return buf;
}

char *fpb_claim_verdict(const struct fpb_estimate *ratio, struct fpb_verdict v,
			double margin, char *buf)
{
	const char *direction = fpb_direction_name(v.direction);

	*buf = '\0';
	if (!ratio->n || !ratio->has_interval)
		return buf;
	if (!fpb_verdict_resolved(v))
		snprintf(buf, FPB_CLAIM_MAX, "\u00b1%.0f %%",
			 100 * fpb_estimate_resolution(ratio));
	else if (!v.within)
		strcpy(buf, direction);
	else if (v.direction)
		snprintf(buf, FPB_CLAIM_MAX, "%s, < %g %%", direction,
			 100 * margin);
	else
		snprintf(buf, FPB_CLAIM_MAX, "within %g %%", 100 * margin);
	return buf;
}

char *fpb_claim_row(const struct fpb_cell_result *r, double margin, char *buf)
{
	return fpb_claim_verdict(&r->vs_base, r->verdict, margin, buf);
}

const char *fpb_plural(size_t n)
{
	return n == 1 ? "" : "s";
}

const char *fpb_claim_replicates(const struct fpb_summary *s, size_t n)
{
	if (s->paired)
		return n == 1 ? "boot pair" : "boot pairs";
	return n == 1 ? "session" : "sessions";
}

void fpb_claim_where(FILE *out, const struct fpb_summary *s,
		     const struct fpb_cell *cell)
{
	fputs(cell->regime, out);
	if (fpb_summary_workloads(s) > 1)
		fprintf(out, " %s", cell->workload);
}

void fpb_claim_subject(FILE *out, const struct fpb_summary *s,
		       const struct fpb_effect *e)
{
	fpb_claim_where(out, s, e->first);
	fputs(", ", out);
	if (strcmp(e->first->target, "fuse"))
		fprintf(out, "%s, ", e->first->target);
	fprintf(out, "%s/%s", s->sides[e->side].label,
		s->sides[e->base].label);
	if (e->jobs_hi > e->jobs_lo)
		fprintf(out, " over %u to %u jobs", e->jobs_lo, e->jobs_hi);
	else if (e->jobs_hi)
		fprintf(out, " at %u job%s", e->jobs_hi,
			e->jobs_hi == 1 ? "" : "s");
}

static void put_verdict(FILE *out, const struct fpb_summary *s,
			const struct fpb_effect *e)
{
	if (!e->ratio.has_interval) {
		fprintf(out, ", needs %zu more %s", e->lacking,
			fpb_claim_replicates(s, e->lacking));
		if (!s->paired)
			fprintf(out, " (%d of each kernel)", FPB_SESSIONS_MIN);
		return;
	}
	if (!fpb_verdict_resolved(e->verdict)) {
		fprintf(out, ", not resolved: \u00b1%.2g %%, would need about "
			"%zu %s", 100 * fpb_estimate_resolution(&e->ratio),
			e->needed, fpb_claim_replicates(s, e->needed));
		return;
	}
	if (e->verdict.direction)
		fprintf(out, ", %s", fpb_direction_name(e->verdict.direction));
	if (e->verdict.within)
		fprintf(out, ", within %g %%", 100 * s->margin);
}

void fpb_claim_effect(FILE *out, const struct fpb_summary *s,
		      const struct fpb_effect *e)
{
	char text[FPB_CLAIM_MAX];

	fputs(fpb_claim_interval(&e->ratio, text), out);
	if (!e->ratio.n)
		return;
	put_verdict(out, s, e);
	if (e->total_differs)
		fprintf(out, ". Time average, lowered by stalls: %s",
			fpb_claim_interval(&e->total, text));
}
