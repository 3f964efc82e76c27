// SPDX-License-Identifier: GPL-2.0
/* How to read the tables, the evidence, and where the numbers come from. */
#include "report/notes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"
#include "core/units.h"

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

static int alarm_control(struct fpb_page *p, const struct fpb_summary *s)
{
	const struct fpb_tally *t = &s->control;

	if (!t->faster && !t->slower)
		return 0;
	return warn(p, "UNPROVEN: raw differs between the kernels in %u of %u "
		    "cell%s (ratios %.2f to %.2f). No patch to FUSE can change "
		    "raw, so something else differs and may explain the other "
		    "differences as well.",
		    t->faster + t->slower, t->compared, plural(t->compared),
		    t->lo, t->hi);
}

/* Its samples stay in the table, so the reader has to know of the failure. */
static int alarm_boots(struct fpb_page *p, const struct fpb_side *side)
{
	const char *name = side->run->manifest.kernels[side->kernel].name;
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < side->run->nboots; i++) {
		const struct fpb_boot *b = &side->run->boots[i];

		if (!strcmp(b->kernel, name) && !strcmp(b->status, "failed"))
			ret = warn(p, "FAILED: kernel %s, round %u: %s",
				   side->label, b->round, b->reason);
	}
	return ret;
}

static bool complete(const struct fpb_side *side)
{
	return side->rounds_done == side->run->manifest.rounds;
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
			s->sides[i].run->manifest.rounds,
			plural(s->sides[i].run->manifest.rounds));
		sep = ", ";
	}
	/* Nothing was written if all are complete. */
	if (*sep == ',')
		fputs(". Run \"fpbench run --resume DIR\" to measure the rest.",
		      out);
}

int fpb_notes_alarms(struct fpb_page *p, const struct fpb_summary *s)
{
	size_t i;
	int ret = alarm_control(p, s);

	for (i = 0; !ret && i < s->nsides; i++)
		ret = alarm_lock(p, &s->sides[i]);
	for (i = 0; !ret && i < s->nsides; i++)
		ret = alarm_boots(p, &s->sides[i]);
	return ret ? ret : put_written(p, fpb_page_alarm, s, put_rounds);
}

/* How to read the numbers */

static bool any_interval(const struct fpb_summary *s)
{
	size_t side, i;

	for (side = 0; side < s->nsides; side++)
		for (i = 0; i < s->ncells; i++)
			if (s->sides[side].results[i].iops.has_interval ||
			    s->sides[side].results[i].vs_base.has_interval)
				return true;
	return false;
}

static int note_reading(struct fpb_page *p, const struct fpb_summary *s)
{
	double margin = 100 * s->margin;

	if (!any_interval(s))
		return note(p, "No verdicts: a 95 %% interval needs at least "
			    "%s.", s->paired ? "6 rounds" : "4 rounds in each run");
	if (s->nsides < 2)
		return note(p, "Ratios compare samples of the same boot: "
			    "Hodges-Lehmann estimate and exact 95 %% interval, "
			    "which needs 6 rounds. Same: the interval lies "
			    "within %g %%.", margin);
	return note(p, "Ratios compare %s: Hodges-Lehmann estimate and exact "
		    "95 %% interval of each row, which needs %s. Verdicts hold "
		    "for all %u row%s together (%s, 5 %% level). Faster, "
		    "slower: the difference is significant. Same: the interval "
		    "lies within %g %%. Unclear: neither.",
		    s->paired ? "paired rounds" : "separate runs",
		    s->paired ? "6 rounds" : "4 rounds in each run",
		    s->effect.compared, plural(s->effect.compared),
		    s->paired ? "max-T" : "Holm", margin);
}

static int note_relative(struct fpb_page *p, const struct fpb_summary *s)
{
	const struct fpb_manifest *m = &s->sides[0].run->manifest;

	if (!m->relative)
		return 0;
	return note(p, "IOPS %s mean nothing on other machines. Read the "
		    "ratios.", strcmp(m->backend, "uml") ?
		    "on an emulated CPU" : "in User-Mode Linux");
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

static int note_agreement(struct fpb_page *p, const struct fpb_summary *s)
{
	if (!s->both)
		return 0;
	return note(p, "Agreement: comparing the kernels by their ratios to "
		    "raw, which cancels drift of the machine, gives an interval "
		    "that overlaps with the table's in %u of %u row%s.",
		    s->agree, s->both, plural(s->both));
}

/* Evidence */

static void put_control(const struct fpb_summary *s, FILE *out)
{
	const struct fpb_tally *t = &s->control;
	unsigned int differ = t->faster + t->slower;

	fprintf(out, "Control: the ratio of raw, %s/%s, is %.2f to %.2f in %u "
		"cell%s. ", s->nsides == 2 ? s->sides[1].label :
		"other kernels", s->sides[0].label, t->lo, t->hi,
		t->compared, plural(t->compared));
	if (!any_interval(s))
		fputs("Too few rounds to tell whether any differs.", out);
	else if (differ)
		fprintf(out, "%u of them DIFFER%s.", differ,
			differ == 1 ? "S" : "");
	else
		fprintf(out, "No difference is significant, and %u cell%s "
			"the same within %g %%.", t->same,
			t->same == 1 ? " is" : "s are", 100 * s->margin);
}

static int note_control(struct fpb_page *p, const struct fpb_summary *s)
{
	if (s->nsides < 2)
		return 0;
	if (!s->control.compared)
		return note(p, "Control: none, since raw was not measured on "
			    "both kernels. Nothing shows that only FUSE differs.");
	return put_written(p, fpb_page_note, s, put_control);
}

static const char *expectation(const struct fpb_lock_summary *l)
{
	if (l->contradicted)
		return ", NOT as expected";
	if (l->expect == FPB_LOCK_UNKNOWN)
		return "";
	return ", as expected";
}

static int note_lock(struct fpb_page *p, const struct fpb_side *side)
{
	const struct fpb_lock_summary *l = &side->lock;
	unsigned int boots = boots_of(l);

	if (l->unknown == boots)
		return note(p, "Lock: %s: unknown (%s).", side->label,
			    boots && *l->reason ? l->reason :
			    "no evidence was recorded");
	if (l->shared && l->exclusive)
		return note(p, "Lock: %s: shared in %u, exclusive in %u of %u "
			    "boots%s.", side->label, l->shared, l->exclusive,
			    boots, expectation(l));
	return note(p, "Lock: %s: %s in %u of %u boot%s%s (two writers reach "
		    "%.2f times the IOPS of one).", side->label,
		    l->shared ? "shared" : "exclusive",
		    l->shared ? l->shared : l->exclusive, boots, plural(boots),
		    expectation(l), l->ratio);
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

	fprintf(out, "Kernel %s: ", side->label);
	if (strcmp(side->label, k->name))
		fprintf(out, "%s, ", k->name);
	fputs(k->release ? k->release : "unknown release", out);
	if (!k->npatches) {
		fputs(", no patches", out);
		return;
	}
	fprintf(out, ", %zu patch%s", k->npatches, k->npatches > 1 ? "es" : "");
	put_patches(json_object_get(o, "patches"), out);
}

static void put_tools(const struct fpb_side *side, FILE *out)
{
	const json_t *root = side->run->manifest.root;
	const char *libfuse = fpb_json_text(root, "daemon.libfuse");
	const char *daemon = text_or(root, "daemon.version", "?");

	fprintf(out, "Run %s: fpbench %s, %s, engine %.12s, daemon %s",
		side->run->manifest.id, text_or(root, "fpbench", "?"),
		text_or(root, "fio.version", "fio ?"),
		text_or(root, "engine.sha256", "?"),
		daemon);
	if (libfuse && !strstr(daemon, libfuse))
		fprintf(out, " (libfuse %s)", libfuse);
	fprintf(out, ", on Linux %s", text_or(root, "host.kernel", "?"));
	if (fpb_json_text(root, "host.cpu_model"))
		fprintf(out, ", %s", fpb_json_text(root, "host.cpu_model"));
}

static int note_side(struct fpb_page *p, const struct fpb_side *side,
		     void (*write)(const struct fpb_side *side, FILE *out))
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	char *text;
	int ret;

	if (!out)
		return -ENOMEM;
	write(side, out);
	text = fpb_memstream_close(&m);
	ret = text ? note(p, "%s.", text) : -ENOMEM;
	free(text);
	return ret;
}

static bool run_noted_before(const struct fpb_summary *s, size_t side)
{
	size_t i;

	for (i = 0; i < side; i++)
		if (s->sides[i].run == s->sides[side].run)
			return true;
	return false;
}

static int note_provenance(struct fpb_page *p, const struct fpb_summary *s)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < s->nsides; i++)
		ret = note_side(p, &s->sides[i], put_kernel);
	for (i = 0; !ret && i < s->nsides; i++)
		if (!run_noted_before(s, i))
			ret = note_side(p, &s->sides[i], put_tools);
	return ret;
}

int fpb_notes_put(struct fpb_page *p, const struct fpb_summary *s)
{
	size_t i;
	int ret;

	p->in_list = false;		/* a list of their own */
	ret = note_reading(p, s);
	if (!ret)
		ret = note_relative(p, s);
	if (!ret)
		ret = put_written(p, fpb_page_note, s, put_pairs);
	if (!ret)
		ret = note_control(p, s);
	if (!ret)
		ret = note_agreement(p, s);
	for (i = 0; !ret && i < s->nsides; i++)
		ret = note_lock(p, &s->sides[i]);
	return ret ? ret : note_provenance(p, s);
}
