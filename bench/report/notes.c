// SPDX-License-Identifier: GPL-2.0
/* Alarms, effects, how to read the tables, and the order of all notes. */
#include "report/notes.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/ending.h"
#include "core/memstream.h"
#include "core/parse.h"
#include "core/units.h"
#include "report/claim.h"
#include "report/costnote.h"
#include "report/evidence.h"
#include "report/latency.h"
#include "report/machines.h"
#include "report/origin.h"
#include "report/overview.h"
#include "report/scaling.h"
#include "report/section.h"
#include "report/steps.h"
#include "report/why.h"

typedef void (*put_fn)(struct fpb_page *p, const char *text);
typedef void (*write_fn)(const struct fpb_summary *s, FILE *out);

__attribute__((format(printf, 3, 4)))
static int put(struct fpb_page *p, put_fn how, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	how(p, text);
	free(text);
	return 0;
}

#define note(p, ...)	put(p, fpb_page_note, __VA_ARGS__)
#define warn(p, ...)	put(p, fpb_page_alarm, __VA_ARGS__)

/* The same for a text that @write makes; none, if it writes nothing. */
static int put_written(struct fpb_page *p, put_fn how,
		       const struct fpb_summary *s, write_fn write)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	char *text;

	if (!out)
		return -ENOMEM;
	write(s, out);
	text = fpb_memstream_close(&m);
	if (!text)
		return -ENOMEM;
	if (*text)
		how(p, text);
	free(text);
	return 0;
}

/* Alarms */

static int alarm_lock(struct fpb_page *p, const struct fpb_side *side)
{
	const struct fpb_lock_summary *l = &side->lock;
	bool want_shared = l->expect == FPB_LOCK_SHARED;

	if (!l->contradicted)
		return 0;
	return warn(p, "NOT AS EXPECTED: kernel %s should take the inode lock "
		    "%s for parallel direct writes, but took it %s in %u of %u "
		    "boot%s (two writers reached %.2f times the IOPS of one). "
		    "Check that this is the kernel you meant to measure.",
		    side->label, want_shared ? "shared" : "exclusive",
		    want_shared ? "exclusive" : "shared",
		    want_shared ? l->exclusive : l->shared, fpb_evidence_boots(l),
		    fpb_plural(fpb_evidence_boots(l)), l->ratio);
}

static void put_unproven(const struct fpb_summary *s, FILE *out)
{
	const struct fpb_tally *t = &s->control;
	unsigned int rows = t->faster + t->slower;
	char text[FPB_CLAIM_MAX];
	const char *sep = "UNPROVEN: raw differs between the kernels: ";
	size_t i;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (!fpb_effect_is_control(e) || !e->verdict.direction)
			continue;
		fputs(sep, out);
		fpb_claim_where(out, s, e->first);
		fprintf(out, " %s", fpb_claim_interval(&e->ratio, text));
		sep = ", ";
	}
	if (rows)
		fprintf(out, "%sin %u of %u cell%s", sep, rows, t->compared,
			fpb_plural(t->compared));
	if (rows || *sep == ',')
		fputs(". No patch to FUSE can change raw, so something else "
		      "differs and may explain the other differences as well.",
		      out);
}

/* Its samples stay in the table, so the reader has to know of the failure. */
static int alarm_boots(struct fpb_page *p, const struct fpb_side *side,
		       const struct fpb_contender *c)
{
	const char *name = c->run->manifest.kernels[c->kernel].name;
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < c->run->nboots; i++) {
		const struct fpb_boot *b = &c->run->boots[i];

		if (!strcmp(b->kernel, name) && !strcmp(b->status, "failed"))
			ret = warn(p, "FAILED: kernel %s, round %u: %s",
				   side->label, b->round, b->reason);
	}
	return ret;
}

static bool complete(const struct fpb_side *side)
{
	return side->rounds_done == side->rounds_due;
}

static void put_rounds(const struct fpb_summary *s, FILE *out)
{
	const char *sep = "INCOMPLETE: ";
	size_t i;

	for (i = 0; i < s->nsides; i++) {
		if (complete(&s->sides[i]))
			continue;
		fprintf(out, "%s%s has %u of %u round%s", sep,
			s->sides[i].label, s->sides[i].rounds_done,
			s->sides[i].rounds_due,
			fpb_plural(s->sides[i].rounds_due));
		sep = ", ";
	}
	/* Nothing was written if all are complete. */
	if (*sep != ',')
		return;
	fputs(". Run \"fpbench run --resume DIR\" to measure the rest", out);
	if (s->sides[0].run->manifest.nshards)
		fputs(" of a shard, and merge the shards again", out);
	fputs(".", out);
}

/* One table of a shard may look like that of a run. */
static void put_shard(const struct fpb_summary *s, FILE *out)
{
	const struct fpb_manifest *m = &s->sides[0].run->manifest;

	if (m->shard.of)
		fprintf(out, "PART OF A RUN: shard %u/%u has %u of %u rounds. "
			"\"fpbench merge\" makes one run of all shards.",
			m->shard.index, m->shard.of, fpb_manifest_rounds(m),
			m->rounds);
}

int fpb_notes_alarms(struct fpb_page *p, const struct fpb_summary *s)
{
	size_t i, j;
	int ret = put_written(p, fpb_page_alarm, s, put_shard) ? :
		  put_written(p, fpb_page_alarm, s, put_unproven) ? :
		  put_written(p, fpb_page_alarm, s, fpb_machines_write_alarm);

	for (i = 0; !ret && i < s->nsides; i++)
		ret = alarm_lock(p, &s->sides[i]);
	for (i = 0; !ret && i < s->nsides; i++)
		for (j = 0; !ret && j < s->sides[i].nsessions; j++)
			ret = alarm_boots(p, &s->sides[i],
					  &s->sides[i].sessions[j]);
	return ret ? ret : put_written(p, fpb_page_alarm, s, put_rounds);
}

/* The effects */

static int put_effects(struct fpb_page *p, const struct fpb_summary *s)
{
	struct fpb_memstream m;
	FILE *out;
	size_t i;

	for (i = 0; i < s->neffects; i++) {
		if (fpb_effect_is_control(&s->effects[i]))
			continue;
		out = fpb_memstream_open(&m);
		if (!out)
			return -ENOMEM;
		fpb_claim_subject(out, s, &s->effects[i]);
		fputs(": ", out);
		fpb_claim_effect(out, s, &s->effects[i]);
		if (fpb_page_note_stream(p, &m))
			return -ENOMEM;
	}
	return 0;
}

/* Whether the effects stand in a table rather than a line each. */
static bool in_table(const struct fpb_summary *s)
{
	return fpb_steps_wanted(s) || fpb_overview_wanted(s);
}

int fpb_notes_effects(struct fpb_page *p, const struct fpb_summary *s,
		      bool all)
{
	int ret = 0;

	if (fpb_steps_wanted(s))
		ret = fpb_steps_put(p, s);
	else if (fpb_overview_wanted(s))
		ret = fpb_overview_put(p, s);
	if (!ret && (!in_table(s) || (all && s->nsides > 2)))
		ret = put_effects(p, s);
	return ret;
}

int fpb_notes_cost(struct fpb_page *p, const struct fpb_summary *s)
{
	return put_written(p, fpb_page_note, s, fpb_costnote_write);
}

/* How to read the numbers */

static size_t effects_of(const struct fpb_summary *s, bool control)
{
	size_t i, n = 0;

	for (i = 0; i < s->neffects; i++)
		n += fpb_effect_is_control(&s->effects[i]) == control;
	return n;
}

static bool any_interval(const struct fpb_summary *s)
{
	size_t side, i;

	for (side = 0; side < s->nsides; side++)
		for (i = 0; i < s->ncells; i++)
			if (s->nsides < 2 ?
			    s->sides[side].results[i].to_raw.has_interval :
			    s->sides[side].results[i].vs_base.has_interval)
				return true;
	return false;
}

/* The level that all effects but the control's share. */
static double alpha_of_effects(const struct fpb_summary *s)
{
	double alpha = 0;
	size_t i;

	for (i = 0; i < s->neffects; i++)
		if (!fpb_effect_is_control(&s->effects[i]))
			alpha += s->effects[i].alpha;
	return alpha;
}

/* Where the effects stand. */
static const char *place_of_effects(const struct fpb_summary *s)
{
	if (in_table(s))
		return "first table";
	return effects_of(s, false) == 1 ? "first line" : "first lines";
}

static void put_reading(const struct fpb_summary *s, FILE *out)
{
	const double alpha = alpha_of_effects(s);
	size_t effects = effects_of(s, false);

	if (s->nsides < 2) {
		if (any_interval(s))
			fputs("Simultaneous 95 % intervals over the rows of a table.",
			      out);
		else
			fprintf(out, "An interval needs %d rounds.",
				FPB_ROUNDS_MIN);
		return;
	}
	if (any_interval(s) && fpb_summary_targets(s) > 1)
		fprintf(out, "Simultaneous intervals: %g %% over the %s, "
			"95 %% over all rows of a target.", 100 * (1 - alpha),
			place_of_effects(s));
	else if (any_interval(s))
		fprintf(out, "Simultaneous intervals: %g %% over the %s, "
			"95 %% over all %u row%s.", 100 * (1 - alpha),
			place_of_effects(s), s->rows.compared,
			fpb_plural(s->rows.compared));
	else if (s->paired)
		fprintf(out, "No intervals: rows need %d rounds, the %s %zu.",
			FPB_ROUNDS_MIN, place_of_effects(s),
			fpb_effect_rounds_min(effects ? alpha / effects :
					      FPB_ALPHA_EFFECT));
	else
		fprintf(out, "No intervals: rates differ more between sessions "
			"than between the rounds of one, so each kernel needs "
			"%d sessions (runs).%s", FPB_SESSIONS_MIN,
			!strcmp(s->sides[0].run->manifest.backend, "host") ?
			" \"fpbench next\" says which to measure next." : "");
}

static void put_ending(const struct fpb_summary *s, FILE *out)
{
	const struct fpb_manifest *m = &s->sides[0].run->manifest;
	char time[FPB_UNITS_MAX];

	if (!s->paired || !m->ended)
		return;
	fprintf(out, "Ended after %u round%s: ", m->rounds, fpb_plural(m->rounds));
	if (!strcmp(m->ended, FPB_END_INTERVAL))
		fprintf(out, "interval%s no wider than \u00b1%g %%",
			fpb_plural(effects_of(s, false)), m->until_ci_pct);
	else if (!strcmp(m->ended, FPB_END_SIDE))
		fprintf(out, "interval%s on one side of a slowdown by %g %%",
			fpb_plural(effects_of(s, false)), m->until_side_pct);
	else if (!strcmp(m->ended, FPB_END_TIME))
		fprintf(out, "another round would have exceeded %s",
			fpb_write_time(m->max_time_ms * 1000000, time));
	else
		fputs("all that were planned", out);
	fputs(" (a rule set before the run).", out);
}

static bool any_crowded(const struct fpb_summary *s)
{
	size_t i;

	for (i = 0; i < s->ncells; i++)
		if (fpb_section_crowded(s, &s->cells[i]))
			return true;
	return false;
}

static void put_marks(const struct fpb_summary *s, FILE *out)
{
	const struct fpb_manifest *m = &s->sides[0].run->manifest;

	if (any_crowded(s))
		fputs("+: more jobs than CPUs. ", out);
	if (m->accelerator && !strcmp(m->accelerator, "exact"))
		fputs("Time is virtual: one CPU that executes an instruction in 1 ns, so IOPS and latencies mean nothing outside of it. ",
		      out);
	else if (m->relative)
		fprintf(out, "IOPS mean nothing outside of %s.",
			strcmp(m->backend, "uml") ? "this emulated CPU" :
			"User-Mode Linux");
}

void fpb_notes_write_method(FILE *out, const struct fpb_summary *s)
{
	static const write_fn list[] = {
		fpb_latency_write_found, fpb_machines_write_spread,
		fpb_evidence_load,
		fpb_evidence_losses, fpb_evidence_unsteady,
		fpb_evidence_control, put_reading, put_ending, put_marks,
		fpb_origin_kernels,
	};
	size_t i;

	/* What has nothing to say leaves a blank, which wrapping removes. */
	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		fputs(i ? " " : "", out);
		list[i](s, out);
	}
}

static bool any_latency(const struct fpb_summary *s)
{
	size_t i;
	int q;

	for (i = 0; i < s->neffects; i++)
		for (q = 0; q < FPB_COSTS; q++)
			if (s->effects[i].latency[q].rows)
				return true;
	return false;
}

/* How the numbers were made, for those who ask. */
static void put_method(const struct fpb_summary *s, FILE *out)
{
	fputs("IOPS are geometric means over the rounds that all kernels have.",
	      out);
	if (s->nsides < 2)
		return;
	if (s->paired)
		fprintf(out, " First %s: mean log ratio of the rows in each "
			"boot pair, Hodges-Lehmann centre and exact "
			"signed-rank interval over boot pairs%s. Rows: mean log "
			"ratio over boot pairs, Student's t at a level shared "
			"by minP over sign changes.",
			in_table(s) ? "table" : "lines",
			s->sides[0].run->manifest.nmachines > 1 ?
			", ranked inside each machine" : "");
	else
		fprintf(out, " Sessions are the replicates: means of their "
			"rounds, Student's t for two samples, shared over rows "
			"by Bonferroni.");
	if (any_latency(s))
		fputs(" Latencies: the same of the quantiles' ratios. Rows of a "
		      "quantile hold together, and so do all means of rows; "
		      "neither shares a level with the rates.", out);
}

static void put_left_out(const struct fpb_summary *s, FILE *out)
{
	const char *sep = "Left out of the first lines: ";
	size_t i;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (!e->rows_left_out && !e->rounds_left_out)
			continue;
		fprintf(out, "%s%s %s, ", sep, s->sides[e->side].label,
			e->first->target);
		fpb_claim_where(out, s, e->first);
		fprintf(out, ": %u row%s and %u boot pair%s", e->rows_left_out,
			fpb_plural(e->rows_left_out), e->rounds_left_out,
			fpb_plural(e->rounds_left_out));
		sep = "; ";
	}
	fputs(*sep == ';' ? "." : "", out);
}

static void put_totals(const struct fpb_summary *s, FILE *out)
{
	const char *sep = "Time averages: ";
	char text[FPB_CLAIM_MAX];
	size_t i;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (!e->total.n || fpb_effect_is_control(e))
			continue;
		fputs(sep, out);
		fpb_claim_subject(out, s, e);
		fprintf(out, ": %s", fpb_claim_interval(&e->total, text));
		sep = "; ";
	}
	fputs(*sep == ';' ? "." : "", out);
}

/* All of them, in the order of a text report */

static const struct {
	enum fpb_notes_about about;
	bool more;			/* only if all are wanted */
	write_fn write;
} notes[] = {
	{ FPB_NOTES_READING, false, put_reading },
	{ FPB_NOTES_READING, false, put_ending },
	{ FPB_NOTES_READING, false, put_marks },
	{ FPB_NOTES_FOUND, false, fpb_latency_write_found },
	{ FPB_NOTES_FOUND, false, fpb_costnote_write },
	{ FPB_NOTES_FOUND, false, fpb_machines_write_spread },
	{ FPB_NOTES_EVIDENCE, false, fpb_evidence_load },
	{ FPB_NOTES_EVIDENCE, false, fpb_evidence_losses },
	{ FPB_NOTES_EVIDENCE, false, fpb_evidence_unsteady_and_help },
	{ FPB_NOTES_EVIDENCE, false, fpb_evidence_control },
	{ FPB_NOTES_EVIDENCE, false, fpb_evidence_locks },
	{ FPB_NOTES_ORIGIN, false, fpb_origin_kernels },
	{ FPB_NOTES_READING, true, put_method },
	{ FPB_NOTES_READING, true, fpb_scaling_write_method },
	{ FPB_NOTES_READING, true, put_left_out },
	{ FPB_NOTES_EVIDENCE, true, put_totals },
	{ FPB_NOTES_EVIDENCE, true, fpb_evidence_slices },
	{ FPB_NOTES_EVIDENCE, true, fpb_evidence_lock_ratios },
};
#define NNOTES	(sizeof(notes) / sizeof(notes[0]))

static int put_half(struct fpb_page *p, const struct fpb_summary *s, bool more)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < NNOTES; i++)
		if (notes[i].more == more)
			ret = put_written(p, fpb_page_note, s, notes[i].write);
	return ret;
}

int fpb_notes_put(struct fpb_page *p, const struct fpb_summary *s)
{
	fpb_page_end_list(p);
	return put_half(p, s, false) ? : fpb_why_put(p, s);
}

int fpb_notes_more(struct fpb_page *p, const struct fpb_summary *s)
{
	return put_half(p, s, true) ? : fpb_origin_runs(p, s) ? :
	       fpb_machines_put(p, s);
}

int fpb_notes_about(struct fpb_page *p, const struct fpb_summary *s,
		    enum fpb_notes_about about)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < NNOTES; i++)
		if (notes[i].about == about)
			ret = put_written(p, fpb_page_note, s, notes[i].write);
	if (!ret && about == FPB_NOTES_FOUND)
		ret = fpb_why_put(p, s);
	return ret || about != FPB_NOTES_ORIGIN ? ret :
	       fpb_origin_runs(p, s) ? : fpb_machines_put(p, s);
}
