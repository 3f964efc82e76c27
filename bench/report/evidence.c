// SPDX-License-Identifier: GPL-2.0
#include "report/evidence.h"

#include <math.h>
#include <string.h>

#include "report/claim.h"
#include "report/section.h"

/* More are summed up. */
#define CONTROLS_LISTED		4

/* What happened while it was measured */

void fpb_evidence_load(const struct fpb_summary *s, FILE *out)
{
	const struct fpb_load_summary *l = &s->load;
	json_int_t cpus = json_integer_value(fpb_json_at(
		s->sides[0].run->manifest.root, "host.cpus"));

	if (!l->rounds)
		return;
	fprintf(out, "Load: other work kept %.1f ", l->mean);
	/* Of several machines that differ, they are not known. */
	if (cpus)
		fprintf(out, "of %lld ", (long long)cpus);
	fprintf(out, "CPUs busy (%.1f to %.1f by round)", l->lo, l->hi);
	if (l->repeated)
		fprintf(out, "; %u of %u round%s %s repeated", l->repeated,
			l->rounds, fpb_plural(l->rounds),
			l->repeated == 1 ? "was" : "were");
	if (l->repeats > l->repeated)
		fprintf(out, " (%u repeats)", l->repeats);
	fputs(".", out);
}

/* Samples without a number. */
enum loss {
	LOST,
	OTHERS,				/* that failed in another way */
	LOSSES,
};

static const struct {
	const char *what, *sep, *help;
} losses[LOSSES] = {
	[LOST] = { "lost to a busy machine", ", ", "--resume retries" },
	[OTHERS] = { "without a number", "; ", "--notes lists" },
};

/* What became of one kernel's samples, or of all. */
struct samples {
	unsigned int all, without[LOSSES];
	const char *reason;		/* of the first of OTHERS */
};

static void add_samples(struct samples *to, const struct fpb_summary *s,
			size_t side)
{
	size_t i;

	for (i = 0; i < s->ncells; i++) {
		const struct fpb_cell_result *r = &s->sides[side].results[i];
		unsigned int others = r->failed - r->lost + r->invalid +
				      r->skipped + r->missing;

		to->all += r->used + r->lost + others;
		to->without[LOST] += r->lost;
		if (others && !to->without[OTHERS])
			to->reason = r->reason;
		to->without[OTHERS] += others;
	}
}

static void put_loss(const struct fpb_summary *s, const struct samples *sum,
		     enum loss what, FILE *out)
{
	const unsigned int all = sum->without[what];
	const char *sep = " (";
	size_t i;

	fprintf(out, "%u of %u sample%s (*) %s", all, sum->all,
		fpb_plural(sum->all), losses[what].what);
	for (i = 0; i < s->nsides; i++) {
		struct samples of = { 0 };

		add_samples(&of, s, i);
		if (!of.without[what])
			continue;
		fprintf(out, "%s%s", sep, s->sides[i].label);
		if (what == OTHERS || of.without[what] < all)
			fprintf(out, ": %u", of.without[what]);
		if (what == OTHERS)
			fprintf(out, ", such as: %s", of.reason);
		sep = losses[what].sep;
	}
	fprintf(out, "); %s %s.", losses[what].help, all == 1 ? "it" : "them");
}

void fpb_evidence_losses(const struct fpb_summary *s, FILE *out)
{
	const char *sep = "";
	struct samples sum = { 0 };
	enum loss what;
	size_t i;

	for (i = 0; i < s->nsides; i++)
		add_samples(&sum, s, i);
	for (what = 0; what < LOSSES; what++) {
		if (!sum.without[what])
			continue;
		fputs(sep, out);
		put_loss(s, &sum, what, out);
		sep = " ";
	}
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

void fpb_evidence_slices(const struct fpb_summary *s, FILE *out)
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
		"%g", p.cells, ratios, fpb_plural(ratios),
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
		    e->base != control->base ||
		    strcmp(e->first->regime, control->first->regime) ||
		    strcmp(e->first->workload, control->first->workload) ||
		    !e->verdict.direction)
			continue;
		most = fmax(most, fabs(log(e->ratio.value)));
	}
	return most;
}

static bool too_noisy(const struct fpb_summary *s, const struct fpb_effect *e)
{
	double claimed = claimed_beside(s, e);

	return e->ratio.has_interval && !e->verdict.direction && claimed > 0 &&
	       log1p(fpb_estimate_resolution(&e->ratio)) > claimed;
}

static void put_control_verdict(FILE *out, const struct fpb_summary *s,
				const struct fpb_effect *e)
{
	if (!e->ratio.has_interval)
		fprintf(out, " (needs %zu more %s)", e->lacking,
			fpb_claim_replicates(s, e->lacking));
	else if (e->verdict.direction)
		fputs(" DIFFERS", out);
	else if (too_noisy(s, e))
		fputs(" (control too noisy to tell)", out);
}

/* Once is enough of a kernel that several effects are about. */
static bool put_early(const struct fpb_summary *s, FILE *out)
{
	const char *sep = "NOT STEADY: rate early in slices over late: ";
	char text[FPB_CLAIM_MAX];
	size_t i, k;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (fpb_summary_is_whole(s, e))
			continue;
		for (k = e->side > 1; k < 2; k++) {
			if (!fpb_effect_early_differs(&e->early[k]))
				continue;
			fputs(sep, out);
			fpb_claim_where(out, s, e->first);
			fprintf(out, ", %s %s %s",
				s->sides[k ? e->side : e->base].label,
				fpb_target_title(e->first->target),
				fpb_claim_interval(&e->early[k], text));
			sep = "; ";
		}
	}
	if (*sep == ';')
		fputs(".", out);
	return *sep == ';';
}

void fpb_evidence_unsteady(const struct fpb_summary *s, FILE *out)
{
	put_early(s, out);
}

/* For who made the run. */
void fpb_evidence_unsteady_and_help(const struct fpb_summary *s, FILE *out)
{
	if (put_early(s, out))
		fputs(" Use longer slices: --set 'regime NAME.slice=TIME'.",
		      out);
}

/* What many effects on raw came to. */
struct controls {
	size_t n, differ, noisy, lacking;
	double lo, hi;			/* of the ratios */
};

static struct controls count_controls(const struct fpb_summary *s)
{
	struct controls c = { 0 };
	size_t i;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (!fpb_effect_is_control(e) || !e->ratio.n)
			continue;
		c.lo = c.n ? fmin(c.lo, e->ratio.value) : e->ratio.value;
		c.hi = fmax(c.hi, e->ratio.value);
		c.n++;
		c.differ += e->verdict.direction != 0;
		c.noisy += too_noisy(s, e);
		c.lacking = fmax(c.lacking, e->lacking);
	}
	return c;
}

/* An alarm names those that differ. */
static void put_many_controls(const struct fpb_summary *s,
			      const struct controls *c, FILE *out)
{
	fprintf(out, "Control: raw, each kernel/%s: %.2f to %.2f in %zu means",
		s->steps ? "the one before" : s->sides[0].label, c->lo, c->hi,
		c->n);
	if (c->lacking)
		fprintf(out, " (an interval needs %zu more %s)", c->lacking,
			fpb_claim_replicates(s, c->lacking));
	else if (c->differ)
		fprintf(out, "; %zu DIFFER%s", c->differ,
			c->differ == 1 ? "S" : "");
	else
		fputs("; none differs", out);
	if (c->noisy)
		fprintf(out, "; %zu too noisy to tell", c->noisy);
	fputs(".", out);
}

void fpb_evidence_control(const struct fpb_summary *s, FILE *out)
{
	const struct controls c = count_controls(s);
	char text[FPB_CLAIM_MAX];
	const char *sep = "Control: raw, ";
	size_t i;

	if (c.n > CONTROLS_LISTED) {
		put_many_controls(s, &c, out);
		return;
	}
	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (!fpb_effect_is_control(e) || !e->ratio.n)
			continue;
		fputs(sep, out);
		/* Once is enough if there is but one pair of kernels. */
		if (s->nsides > 2 || *sep == 'C')
			fprintf(out, "%s/%s: ", s->sides[e->side].label,
				s->sides[e->base].label);
		fpb_claim_where(out, s, e->first);
		fprintf(out, " %s", fpb_claim_interval(&e->ratio, text));
		put_control_verdict(out, s, e);
		sep = ", ";
	}
	if (*sep == ',')
		fputs(".", out);
	else if (s->nsides > 1)
		fputs("Control: none, since raw was not measured on both "
		      "kernels. Nothing shows that only FUSE differs.", out);
}

unsigned int fpb_evidence_boots(const struct fpb_lock_summary *l)
{
	return l->shared + l->exclusive + l->unknown;
}

static bool as_expected(const struct fpb_lock_summary *l)
{
	return l->expect != FPB_LOCK_UNKNOWN && !l->contradicted &&
	       l->unknown < fpb_evidence_boots(l);
}

static void put_side_lock(FILE *out, const struct fpb_side *side)
{
	const struct fpb_lock_summary *l = &side->lock;
	unsigned int boots = fpb_evidence_boots(l);

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
			boots, fpb_plural(boots));
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
			fpb_lock_name(l->expect), fpb_evidence_boots(l),
			fpb_plural(fpb_evidence_boots(l)));
	}
	fputs(".", out);
}

void fpb_evidence_locks(const struct fpb_summary *s, FILE *out)
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

void fpb_evidence_lock_ratios(const struct fpb_summary *s, FILE *out)
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
