// SPDX-License-Identifier: GPL-2.0
/* Effects, how to read the tables, evidence, and where numbers come from. */
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
#include "report/section.h"

typedef void (*put_fn)(struct fpb_page *p, const char *text);

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
		       const struct fpb_summary *s,
		       void (*write)(const struct fpb_summary *s, FILE *out))
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

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* Alarms */

static unsigned int boots_of(const struct fpb_lock_summary *l)
{
	return l->shared + l->exclusive + l->unknown;
}

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
		    want_shared ? l->exclusive : l->shared, boots_of(l),
		    plural(boots_of(l)), l->ratio);
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
		fprintf(out, "%s%s %s", sep, e->first->regime,
			fpb_claim_interval(&e->ratio, text));
		sep = ", ";
	}
	if (rows)
		fprintf(out, "%sin %u of %u cell%s", sep, rows, t->compared,
			plural(t->compared));
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
	return side->rounds_done == side->rounds;
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
			s->sides[i].rounds, plural(s->sides[i].rounds));
		sep = ", ";
	}
	/* Nothing was written if all are complete. */
	if (*sep == ',')
		fputs(". Run \"fpbench run --resume DIR\" to measure the rest.",
		      out);
}

int fpb_notes_alarms(struct fpb_page *p, const struct fpb_summary *s)
{
	size_t i, j;
	int ret = put_written(p, fpb_page_alarm, s, put_unproven);

	for (i = 0; !ret && i < s->nsides; i++)
		ret = alarm_lock(p, &s->sides[i]);
	for (i = 0; !ret && i < s->nsides; i++)
		for (j = 0; !ret && j < s->sides[i].nsessions; j++)
			ret = alarm_boots(p, &s->sides[i],
					  &s->sides[i].sessions[j]);
	return ret ? ret : put_written(p, fpb_page_alarm, s, put_rounds);
}

/* The effects */

int fpb_notes_effects(struct fpb_page *p, const struct fpb_summary *s)
{
	struct fpb_memstream m;
	FILE *out;
	char *text;
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
		text = fpb_memstream_close(&m);
		if (!text)
			return -ENOMEM;
		fpb_page_note(p, text);
		free(text);
	}
	return 0;
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
	if (any_interval(s))
		fprintf(out, "Simultaneous intervals: %g %% over the first "
			"line%s, 95 %% over all %u row%s.",
			100 * (1 - alpha), plural(effects),
			s->rows.compared, plural(s->rows.compared));
	else if (s->paired)
		fprintf(out, "No intervals: rows need %d rounds, the first "
			"line%s %zu.", FPB_ROUNDS_MIN, plural(effects),
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
	fprintf(out, "Ended after %u round%s: ", m->rounds, plural(m->rounds));
	if (!strcmp(m->ended, FPB_END_INTERVAL))
		fprintf(out, "interval%s no wider than \u00b1%g %%",
			plural(effects_of(s, false)), m->until_ci_pct);
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
	if (m->relative)
		fprintf(out, "IOPS mean nothing outside of %s.",
			strcmp(m->backend, "uml") ? "this emulated CPU" :
			"User-Mode Linux");
}

/* What happened while it was measured */

static void put_load(const struct fpb_summary *s, FILE *out)
{
	const struct fpb_load_summary *l = &s->load;
	json_int_t cpus = json_integer_value(fpb_json_at(
		s->sides[0].run->manifest.root, "host.cpus"));

	if (!l->rounds)
		return;
	fprintf(out, "Load: other work kept %.1f of %lld CPUs busy (%.1f to "
		"%.1f by round)", l->mean, (long long)cpus, l->lo, l->hi);
	if (l->repeated)
		fprintf(out, "; %u of %u round%s %s repeated", l->repeated,
			l->rounds, plural(l->rounds),
			l->repeated == 1 ? "was" : "were");
	if (l->repeats > l->repeated)
		fprintf(out, " (%u repeats)", l->repeats);
	fputs(".", out);
}

/* What became of one kernel's samples. */
struct losses {
	unsigned int all, lost, others;	/* others: failed in another way */
	const char *reason;		/* of the first of those */
};

static struct losses losses_of(const struct fpb_summary *s, size_t side)
{
	struct losses l = { 0 };
	size_t i;

	for (i = 0; i < s->ncells; i++) {
		const struct fpb_cell_result *r = &s->sides[side].results[i];
		unsigned int others = r->failed - r->lost + r->invalid +
				      r->skipped + r->missing;

		l.all += r->used + r->lost + others;
		l.lost += r->lost;
		if (others && !l.others)
			l.reason = r->reason;
		l.others += others;
	}
	return l;
}

static void put_lost(const struct fpb_summary *s, unsigned int lost,
		     unsigned int all, FILE *out)
{
	const char *sep = " (";
	size_t i;

	fprintf(out, "%u of %u sample%s (*) lost to a busy machine", lost, all,
		plural(all));
	for (i = 0; i < s->nsides; i++) {
		struct losses l = losses_of(s, i);

		if (!l.lost)
			continue;
		fprintf(out, "%s%s", sep, s->sides[i].label);
		if (l.lost < lost)
			fprintf(out, ": %u", l.lost);
		sep = ", ";
	}
	fprintf(out, "); --resume retries %s.",
		lost == 1 ? "it" : "them");
}

static void put_others(const struct fpb_summary *s, unsigned int others,
		       unsigned int all, FILE *out)
{
	const char *sep = " (";
	size_t i;

	fprintf(out, "%u of %u sample%s (*) without a number", others, all,
		plural(all));
	for (i = 0; i < s->nsides; i++) {
		struct losses l = losses_of(s, i);

		if (!l.others)
			continue;
		fprintf(out, "%s%s: %u, such as: %s", sep, s->sides[i].label,
			l.others, l.reason);
		sep = "; ";
	}
	fputs("); --notes lists them.", out);
}

static void put_losses(const struct fpb_summary *s, FILE *out)
{
	struct losses sum = { 0 };
	size_t i;

	for (i = 0; i < s->nsides; i++) {
		struct losses l = losses_of(s, i);

		sum.all += l.all;
		sum.lost += l.lost;
		sum.others += l.others;
	}
	if (sum.lost)
		put_lost(s, sum.lost, sum.all, out);
	if (sum.lost && sum.others)
		fputs(" ", out);
	if (sum.others)
		put_others(s, sum.others, sum.all, out);
}

/* Slices */

/* What the pairs of the table have in common. */
struct pairs {
	unsigned int cells;
	double shortest, longest;		/* slices, in ms */
	double least, most;			/* between over within */
	unsigned int spreads;			/* cells in least, most */
};

static void add_pairs(struct pairs *p, const struct fpb_slices_summary *s)
{
	double ms = s->slice_ns / 1e6, spread;

	if (!s->n)
		return;
	p->shortest = p->cells && p->shortest < ms ? p->shortest : ms;
	p->longest = p->longest > ms ? p->longest : ms;
	p->cells++;
	if (s->n < 2 || !(s->within > 0))
		return;
	spread = s->between / s->within;
	p->least = p->spreads && p->least < spread ? p->least : spread;
	p->most = p->most > spread ? p->most : spread;
	p->spreads++;
}

static void put_pairs(const struct fpb_summary *s, FILE *out)
{
	struct pairs p = { 0 };
	size_t side, i, ratios = 0;

	for (side = 0; side < s->nsides; side++) {
		for (i = 0; i < s->ncells; i++) {
			add_pairs(&p, &s->sides[side].results[i].slices);
			ratios += s->sides[side].results[i].to_raw.n > 0;
		}
	}
	if (!p.cells)
		return;
	fprintf(out, "Slices: %u of %zu ratio%s to raw %s measured in slices of "
		"%g", p.cells, ratios, plural(ratios),
		p.cells == 1 ? "was" : "were", p.shortest);
	if (p.longest > p.shortest)
		fprintf(out, " to %g", p.longest);
	fputs(" ms, by turns in one fio job.", out);
	if (p.spreads)
		fprintf(out, " Between rounds, ratios vary %.1f to %.1f times "
			"as much as their slices explain.", p.least, p.most);
}

/* Evidence */

/* The largest log ratio that is claimed beside this control; 0: none. */
static double claimed_beside(const struct fpb_summary *s,
			     const struct fpb_effect *control)
{
	double most = 0;
	size_t i;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (fpb_effect_is_control(e) || e->side != control->side ||
		    strcmp(e->first->regime, control->first->regime) ||
		    strcmp(e->first->workload, control->first->workload) ||
		    !e->verdict.direction)
			continue;
		most = fmax(most, fabs(log(e->ratio.value)));
	}
	return most;
}

static void put_control_verdict(FILE *out, const struct fpb_summary *s,
				const struct fpb_effect *e)
{
	double claimed = claimed_beside(s, e);

	if (!e->ratio.has_interval)
		fprintf(out, " (needs %zu more %s)", e->lacking,
			fpb_claim_replicates(s, e->lacking));
	else if (e->verdict.direction)
		fputs(" DIFFERS", out);
	else if (claimed > 0 &&
		 log1p(fpb_estimate_resolution(&e->ratio)) > claimed)
		fputs(" (control too noisy to tell)", out);
}

/* The baseline's stands in the effect of each other kernel: once is enough. */
static bool put_early(const struct fpb_summary *s, FILE *out)
{
	const char *sep = "NOT STEADY: rate early in slices over late: ";
	char text[FPB_CLAIM_MAX];
	size_t i, k;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		for (k = e->side > 1; k < 2; k++) {
			if (!fpb_effect_early_differs(&e->early[k]))
				continue;
			fprintf(out, "%s%s, %s %s %s", sep, e->first->regime,
				s->sides[k ? e->side : 0].label,
				fpb_target_title(e->first->target),
				fpb_claim_interval(&e->early[k], text));
			sep = "; ";
		}
	}
	if (*sep == ';')
		fputs(".", out);
	return *sep == ';';
}

static void put_unsteady(const struct fpb_summary *s, FILE *out)
{
	put_early(s, out);
}

/* For who made the run. */
static void put_unsteady_and_help(const struct fpb_summary *s, FILE *out)
{
	if (put_early(s, out))
		fputs(" Use longer slices: --set 'regime NAME.slice=TIME'.",
		      out);
}

static void put_control(const struct fpb_summary *s, FILE *out)
{
	char text[FPB_CLAIM_MAX];
	const char *sep = "Control: raw, ";
	size_t i;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (!fpb_effect_is_control(e) || !e->ratio.n)
			continue;
		fputs(sep, out);
		/* Once is enough if there is but one pair of kernels. */
		if (s->nsides > 2 || *sep == 'C')
			fprintf(out, "%s/%s: ", s->sides[e->side].label,
				s->sides[0].label);
		fprintf(out, "%s %s", e->first->regime,
			fpb_claim_interval(&e->ratio, text));
		put_control_verdict(out, s, e);
		sep = ", ";
	}
	if (*sep == ',')
		fputs(".", out);
	else if (s->nsides > 1)
		fputs("Control: none, since raw was not measured on both "
		      "kernels. Nothing shows that only FUSE differs.", out);
}

static bool as_expected(const struct fpb_lock_summary *l)
{
	return l->expect != FPB_LOCK_UNKNOWN && !l->contradicted &&
	       l->unknown < boots_of(l);
}

static void put_side_lock(FILE *out, const struct fpb_side *side)
{
	const struct fpb_lock_summary *l = &side->lock;
	unsigned int boots = boots_of(l);

	fprintf(out, "%s ", side->label);
	if (l->unknown == boots)
		fprintf(out, "unknown (%s)", boots && *l->reason ? l->reason :
			"no evidence was recorded");
	else if (l->shared && l->exclusive)
		fprintf(out, "shared in %u, exclusive in %u of %u boots",
			l->shared, l->exclusive, boots);
	else
		fprintf(out, "%s in %u of %u boot%s", l->shared ? "shared" :
			"exclusive", l->shared ? l->shared : l->exclusive,
			boots, plural(boots));
}

/* Every boot of every kernel took the lock as its build says. */
static bool all_as_expected(const struct fpb_summary *s)
{
	size_t i;

	for (i = 0; i < s->nsides; i++)
		if (!as_expected(&s->sides[i].lock) ||
		    s->sides[i].lock.unknown)
			return false;
	return true;
}

static void put_expected_locks(const struct fpb_summary *s, FILE *out)
{
	size_t i;

	for (i = 0; i < s->nsides; i++) {
		const struct fpb_lock_summary *l = &s->sides[i].lock;

		fprintf(out, "%s%s %s in %u boot%s",
			i ? ", " : "Lock as expected: ", s->sides[i].label,
			fpb_lock_name(l->expect), boots_of(l),
			plural(boots_of(l)));
	}
	fputs(".", out);
}

static void put_locks(const struct fpb_summary *s, FILE *out)
{
	size_t i;

	if (all_as_expected(s)) {
		put_expected_locks(s, out);
		return;
	}
	for (i = 0; i < s->nsides; i++) {
		const struct fpb_lock_summary *l = &s->sides[i].lock;

		fputs(i ? ", " : "Lock: ", out);
		put_side_lock(out, &s->sides[i]);
		if (as_expected(l))
			fputs(" as expected", out);
		if (l->contradicted)
			fputs(", NOT as expected", out);
	}
	fputs(".", out);
}

static void put_lock_ratios(const struct fpb_summary *s, FILE *out)
{
	const char *sep = "Two writers over one, by IOPS: ";
	size_t i;

	for (i = 0; i < s->nsides; i++) {
		if (!(s->sides[i].lock.ratio > 0))
			continue;
		fprintf(out, "%s%s %.2f", sep, s->sides[i].label,
			s->sides[i].lock.ratio);
		sep = ", ";
	}
	fputs(*sep == ',' ? "." : "", out);
}

/* Where the numbers come from */

static const char *text_or(const json_t *o, const char *path,
			   const char *otherwise)
{
	const char *text = fpb_json_text(o, path);

	return text ? text : otherwise;
}

static void put_patches(const json_t *patches, FILE *out)
{
	const char *sep = " (";
	json_t *v;
	size_t i;

	json_array_foreach(patches, i, v) {
		const char *id = fpb_json_text(v, "patch_id");

		if (!id)
			continue;
		fprintf(out, "%s%.12s", sep, id);
		sep = ", ";
	}
	if (*sep == ',')
		fputc(')', out);
}

static void put_kernel(const struct fpb_side *side, FILE *out)
{
	const struct fpb_manifest_kernel *k =
		&side->run->manifest.kernels[side->kernel];
	const json_t *o = json_array_get(fpb_json_at(
		side->run->manifest.root, "kernels"), side->kernel);

	fprintf(out, "%s ", side->label);
	if (strcmp(side->label, k->name))
		fprintf(out, "%s, ", k->name);
	fputs(k->release ? k->release : "unknown release", out);
	if (k->npatches) {
		fprintf(out, ", %zu patch%s", k->npatches,
			k->npatches > 1 ? "es" : "");
		put_patches(json_object_get(o, "patches"), out);
	} else {
		fputs(", no patches", out);
	}
	if (fpb_json_text(o, "append"))
		fprintf(out, ", booted with %s", fpb_json_text(o, "append"));
}

static void put_tools(const struct fpb_rundata *run, FILE *out)
{
	const json_t *root = run->manifest.root;
	const char *libfuse = fpb_json_text(root, "daemon.libfuse");
	const char *daemon = text_or(root, "daemon.version", "?");

	fprintf(out, "Run %s: fpbench %s, %s, engine %.12s, daemon %s",
		run->manifest.id, text_or(root, "fpbench", "?"),
		text_or(root, "fio.version", "fio ?"),
		text_or(root, "engine.sha256", "?"),
		daemon);
	if (libfuse && !strstr(daemon, libfuse))
		fprintf(out, " (libfuse %s)", libfuse);
	fprintf(out, ", on Linux %s", text_or(root, "host.kernel", "?"));
	if (fpb_json_text(root, "host.cpu_model"))
		fprintf(out, ", %s", fpb_json_text(root, "host.cpu_model"));
}

static void put_kernels(const struct fpb_summary *s, FILE *out)
{
	size_t i;

	for (i = 0; i < s->nsides; i++) {
		fputs(i ? "; " : "Kernels: ", out);
		put_kernel(&s->sides[i], out);
	}
	if (s->paired)
		fprintf(out, ". Run %s", s->sides[0].run->manifest.id);
	fputs(".", out);
}

static int note_run(struct fpb_page *p, const struct fpb_contender *c)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	char *text;
	int ret;

	if (!out)
		return -ENOMEM;
	put_tools(c->run, out);
	text = fpb_memstream_close(&m);
	ret = text ? note(p, "%s.", text) : -ENOMEM;
	free(text);
	return ret;
}

static bool run_noted_before(const struct fpb_summary *s, size_t side,
			     size_t session)
{
	const struct fpb_rundata *run = s->sides[side].sessions[session].run;
	size_t i, j;

	for (i = 0; i <= side; i++)
		for (j = 0; j < (i < side ? s->sides[i].nsessions : session);
		     j++)
			if (s->sides[i].sessions[j].run == run)
				return true;
	return false;
}

static int note_runs(struct fpb_page *p, const struct fpb_summary *s)
{
	size_t i, j;
	int ret = 0;

	for (i = 0; i < s->nsides; i++)
		for (j = 0; !ret && j < s->sides[i].nsessions; j++)
			if (!run_noted_before(s, i, j))
				ret = note_run(p, &s->sides[i].sessions[j]);
	return ret;
}

typedef void (*write_fn)(const struct fpb_summary *s, FILE *out);

static int put_list(struct fpb_page *p, const struct fpb_summary *s,
		    const write_fn *list, size_t n)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < n; i++)
		ret = put_written(p, fpb_page_note, s, list[i]);
	return ret;
}

int fpb_notes_put(struct fpb_page *p, const struct fpb_summary *s)
{
	static const write_fn list[] = {
		put_reading, put_ending, put_marks, put_load, put_losses,
		put_unsteady_and_help, put_control, put_locks, put_kernels,
	};

	p->in_list = false;		/* a list of their own */
	return put_list(p, s, list, sizeof(list) / sizeof(*list));
}

void fpb_notes_write_method(FILE *out, const struct fpb_summary *s)
{
	static const write_fn list[] = {
		put_load, put_losses, put_unsteady, put_control, put_reading,
		put_ending, put_marks, put_kernels,
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		fputs(i ? " " : "", out);
		list[i](s, out);
	}
}

/* How the numbers were made, for those who ask. */
static void put_method(const struct fpb_summary *s, FILE *out)
{
	fputs("IOPS are geometric means over the rounds that all kernels have.",
	      out);
	if (s->nsides < 2)
		return;
	if (s->paired)
		fprintf(out, " First lines: mean log ratio of the rows in each "
			"boot pair, Hodges-Lehmann centre and exact "
			"signed-rank interval over boot pairs. Rows: mean log "
			"ratio over boot pairs, Student's t at a level shared "
			"by minP over sign changes.");
	else
		fprintf(out, " Sessions are the replicates: means of their "
			"rounds, Student's t for two samples, shared over rows "
			"by Bonferroni.");
}

static void put_left_out(const struct fpb_summary *s, FILE *out)
{
	const char *sep = "Left out of the first lines: ";
	size_t i;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (!e->rows_left_out && !e->rounds_left_out)
			continue;
		fprintf(out, "%s%s %s, %s: %u row%s and %u boot pair%s", sep,
			s->sides[e->side].label, e->first->target,
			e->first->regime, e->rows_left_out,
			plural(e->rows_left_out), e->rounds_left_out,
			plural(e->rounds_left_out));
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

int fpb_notes_more(struct fpb_page *p, const struct fpb_summary *s)
{
	static const write_fn list[] = {
		put_method, put_left_out, put_totals, put_pairs,
		put_lock_ratios,
	};
	int ret = put_list(p, s, list, sizeof(list) / sizeof(*list));

	return ret ? ret : note_runs(p, s);
}
