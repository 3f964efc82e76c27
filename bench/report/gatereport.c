// SPDX-License-Identifier: GPL-2.0
#include "report/gatereport.h"

#include <errno.h>
#include <stdlib.h>

#include "core/memstream.h"
#include "core/outcome.h"
#include "report/claim.h"
#include "report/junit.h"

static enum fpb_junit_result verdict(const struct fpb_gate *g,
				     enum fpb_gate_result r)
{
	if (fpb_gate_fails(g, r))
		return FPB_JUNIT_FAIL;
	return r == FPB_GATE_UNRESOLVED ? FPB_JUNIT_SKIP : FPB_JUNIT_PASS;
}

/* "1.01 [0.97, 1.05] ±4 %", or why there is no ratio. */
static void put_row(FILE *out, const struct fpb_summary *s,
		    const struct fpb_judged *j)
{
	const struct fpb_cell_result *r =
		&s->sides[j->side].results[j->cell - s->cells];
	char text[FPB_CLAIM_MAX];

	if (!j->ratio->n) {
		fprintf(out, "no ratio: %s", fpb_cell_status_name(r->status));
		if (*r->reason)
			fprintf(out, ": %s", r->reason);
		return;
	}
	fputs(fpb_claim_interval(j->ratio, text), out);
	if (!j->ratio->has_interval)
		fputs(", no interval", out);
	if (*fpb_claim_row(r, s->margin, text))
		fprintf(out, " %s", text);
}

static char *name_of(const struct fpb_summary *s, const struct fpb_judged *j)
{
	const struct fpb_effect row = {
		.first = j->cell, .side = j->side,
		.jobs_lo = j->cell->numjobs, .jobs_hi = j->cell->numjobs,
	};
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	fpb_claim_subject(out, s, j->effect ? j->effect : &row);
	return fpb_memstream_close(&m);
}

static char *facts_of(const struct fpb_summary *s, const struct fpb_judged *j)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	if (j->effect)
		fpb_claim_effect(out, s, j->effect);
	else
		put_row(out, s, j);
	return fpb_memstream_close(&m);
}

static int add(struct fpb_junit *junit, const struct fpb_summary *s,
	       const struct fpb_judged *j, const struct fpb_gate *g)
{
	char *name = name_of(s, j), *facts = facts_of(s, j);
	int ret = name && facts ? 0 : -ENOMEM;

	if (!ret)
		fpb_junit_add(junit, &(struct fpb_junit_case){
			.classname = j->effect ? "effect" : "row",
			.name = name, .seconds = -1,
			.result = verdict(g, j->result),
			.message = facts, .detail = "", .output = facts,
		});
	free(facts);
	free(name);
	return ret;
}

/* Without it nothing above is proven. */
static void add_evidence(struct fpb_junit *junit, const struct fpb_summary *s,
			 const struct fpb_gate *g)
{
	fpb_junit_add(junit, &(struct fpb_junit_case){
		.classname = "evidence",
		.name = "raw is the same in all kernels, locks are as expected",
		.seconds = -1,
		.result = verdict(g, fpb_summary_unproven(s) ?
				  FPB_GATE_UNRESOLVED : FPB_GATE_PASS),
		.message = "unproven: the text report says what differs",
		.detail = "", .output = "",
	});
}

int fpb_report_junit(FILE *out, const struct fpb_summary *s,
		     const struct fpb_report_with *with)
{
	struct fpb_gate g = s->gate;
	struct fpb_judged j = { .s = s };
	struct fpb_junit junit;
	int ret = fpb_junit_begin(&junit), end;

	if (ret)
		return ret;
	if (!g.regression && !g.unresolved)
		g.regression = true;
	while (!ret && fpb_judged_next(&j))
		ret = add(&junit, s, &j, &g);
	add_evidence(&junit, s, &g);
	end = fpb_junit_end(&junit, "fpbench", out);
	return ret ? ret : end;
}
