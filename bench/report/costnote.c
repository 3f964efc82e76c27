// SPDX-License-Identifier: GPL-2.0
#include "report/costnote.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/workload.h"
#include "report/claim.h"

static double more(const struct fpb_summary *s, const struct fpb_effect *e,
		   const char *target)
{
	struct fpb_cell cell = *e->first;

	snprintf(cell.target, sizeof(cell.target), "%s", target);
	return fpb_keptcost_more(s->cost, s->sides[e->base].sessions,
				 s->sides[e->side].sessions, &cell);
}

/* "+72"; what rounds to nothing is "+0", never "-0". */
static void put_count(FILE *out, double count)
{
	fprintf(out, "%+.0f", round(count) + 0.0);
}

/* "passthrough write", "write through bindfs" */
static void put_io(FILE *out, const struct fpb_summary *s,
		   const struct fpb_cell *cell)
{
	const json_t *run = s->sides[0].run->manifest.root;
	const json_t *workload = fpb_json_named(run, "workloads",
						cell->workload);
	const char *rw = fpb_json_text(workload, "rw");
	const char *path = fpb_json_text(workload, "path");
	const char *expect = fpb_json_text(fpb_json_named(run, "targets",
							  cell->target),
					   "expect");
	const bool passes = expect && !strcmp(expect, "passthrough");
	const char *io = "I/O";

	if (rw && path && !strcmp(path, FPB_PATH_REGIME))
		io = strstr(rw, "rw") ? io : strstr(rw, "write") ? "write" :
		     strstr(rw, "read") ? "read" : io;
	fprintf(out, "%s%s", passes ? "passthrough " : "", io);
	if (!passes)
		fprintf(out, " through %s", cell->target);
}

/* The first one of a kernel begins the sentence. */
static void put_effect(FILE *out, const struct fpb_summary *s,
		       const struct fpb_effect *e, double count, bool first)
{
	const double raw = more(s, e, FPB_TARGET_RAW);

	fputs(first ? "A " : ", a ", out);
	put_io(out, s, e->first);
	fputs(first ? " costs " : " ", out);
	put_count(out, count);
	fputs(first ? " kernel instructions" : "", out);
	if (!isnan(raw)) {
		fputs(" (raw ", out);
		put_count(out, raw);
		fputs(")", out);
	}
	fputs(" in ", out);
	fpb_claim_where(out, s, e->first);
}

static bool is_of(const struct fpb_effect *e, size_t side, size_t base)
{
	return e->side == side && e->base == base && !fpb_effect_is_control(e);
}

/* Behind @before, if there is something to say. Whether there was. */
static bool put_kernel(FILE *out, const struct fpb_summary *s, size_t side,
		       const char *before)
{
	const size_t base = fpb_summary_base(s, side);
	bool first = true;

	for (size_t i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];
		double count = NAN;

		if (is_of(e, side, base))
			count = more(s, e, e->first->target);
		if (isnan(count))
			continue;
		fputs(first ? before : "", out);
		put_effect(out, s, e, count, first);
		first = false;
	}
	if (!first)
		fprintf(out, ": %s - %s, counted, not timed.",
			s->sides[side].label, s->sides[base].label);
	return !first;
}

void fpb_costnote_write(const struct fpb_summary *s, FILE *out)
{
	const char *before = "";

	/* All steps together are the last kernel over the first, once more. */
	for (size_t side = 1; s->cost && side < s->nsides; side++)
		if (put_kernel(out, s, side, before))
			before = " ";
}
