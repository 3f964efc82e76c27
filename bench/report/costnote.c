// SPDX-License-Identifier: GPL-2.0
#include "report/costnote.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/workload.h"

/* NAN: it was not counted. @counted: as it was. */
static double more(const struct fpb_summary *s, const struct fpb_effect *e,
		   const char *target, struct fpb_cell *counted)
{
	struct fpb_cell cell = *e->first;

	snprintf(cell.target, sizeof(cell.target), "%s", target);
	return fpb_keptcost_more(s->cost, s->sides[e->base].sessions,
				 s->sides[e->side].sessions, &cell, counted);
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

/* "by libaio", unless the workload has a path of its own. */
static void put_how(FILE *out, const struct fpb_summary *s,
		    const struct fpb_cell *counted)
{
	const json_t *workload = fpb_json_named(
		s->sides[0].run->manifest.root, "workloads", counted->workload);
	const char *path = fpb_json_text(workload, "path");

	if (!path || !strcmp(path, FPB_PATH_REGIME))
		fprintf(out, " by %s", counted->regime);
	if (fpb_summary_workloads(s) > 1)
		fprintf(out, " (%s)", counted->workload);
}

/* The first one of a kernel begins the sentence. */
static void put_effect(FILE *out, const struct fpb_summary *s,
		       const struct fpb_effect *e, double count, bool first)
{
	struct fpb_cell counted;
	const double raw = more(s, e, FPB_TARGET_RAW, &counted);

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
	more(s, e, e->first->target, &counted);
	put_how(out, s, &counted);
}

static bool is_of(const struct fpb_effect *e, size_t side, size_t base)
{
	return e->side == side && e->base == base && !fpb_effect_is_control(e);
}

/* What the @i-th effect is about was counted, but for an effect before it. */
static bool is_said(const struct fpb_summary *s, size_t i)
{
	const struct fpb_effect *e = &s->effects[i], *before;
	struct fpb_cell counted, other;

	more(s, e, e->first->target, &counted);
	for (before = s->effects; before < e; before++)
		if (is_of(before, e->side, e->base) &&
		    !isnan(more(s, before, before->first->target, &other)) &&
		    fpb_cell_alike(&counted, &other))
			return true;
	return false;
}

/* Behind @before, if there is something to say. Whether there was. */
static bool put_kernel(FILE *out, const struct fpb_summary *s, size_t side,
		       const char *before)
{
	const size_t base = fpb_summary_base(s, side);
	struct fpb_cell counted;
	bool first = true;

	for (size_t i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];
		double count = NAN;

		if (is_of(e, side, base))
			count = more(s, e, e->first->target, &counted);
		if (isnan(count) || is_said(s, i))
			continue;
		fputs(first ? before : "", out);
		put_effect(out, s, e, count, first);
		first = false;
	}
	if (!first)
		fprintf(out, ": %s - %s, counted where the device completes at once, not timed.",
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
