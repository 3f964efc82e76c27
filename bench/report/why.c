// SPDX-License-Identifier: GPL-2.0
#include "report/why.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/claim.h"
#include "report/section.h"

/* A part of less than this is left out of the sentence. */
#define SHOWN	0.005

/* --- one sentence ------------------------------------------------------------ */

static void put_time(FILE *out, double ns)
{
	if (ns < 1e6)
		fprintf(out, "%.3g us", ns / 1e3);
	else
		fprintf(out, "%.4g ms", ns / 1e6);
}

/* What is done, by fio's pattern; the engine's own paths do other things. */
static const char *thing(const char *rw)
{
	if (!strcmp(rw, "randwrite") || !strcmp(rw, "write"))
		return "a write";
	if (!strcmp(rw, "randread") || !strcmp(rw, "read"))
		return "a read";
	return "an I/O";
}

/* CPU of the kernel cannot be told apart without raw. */
static void put_part(FILE *out, enum fpb_why_part part, const struct fpb_why *w,
		     const struct fpb_why *raw)
{
	static const char *const words[] = {
		[FPB_WHY_LOCK]		= "waiting for i_rwsem",
		[FPB_WHY_DEVICE]	= "at the device",
		[FPB_WHY_FUSE]		= "CPU in fuse",
		[FPB_WHY_BELOW]		= "CPU below fuse",
		[FPB_WHY_DAEMON]	= "CPU in the daemon",
		[FPB_WHY_APP]		= "CPU in fio",
		[FPB_WHY_RUNNABLE]	= "waiting for a CPU",
	};

	if (part == FPB_WHY_FUSE && !raw)
		fputs("CPU in the kernel", out);
	else if (part == FPB_WHY_BELOW && fpb_cell_is_raw(&w->cell))
		fputs("CPU in XFS and below", out);
	else
		fputs(words[part], out);
	if (part == FPB_WHY_LOCK && *w->locks.inode.where)
		fprintf(out, " (%s)", w->locks.inode.where);
}

/* The largest of those that are not done yet: there is one. */
static enum fpb_why_part largest(const struct fpb_why_split *s,
				 const bool *done)
{
	int best = 0;

	for (int i = 1; i < FPB_WHY_PARTS; i++)
		if (done[best] || (!done[i] && s->ns[i] > s->ns[best]))
			best = i;
	return best;
}

static void put_parts(FILE *out, const struct fpb_why *w,
		      const struct fpb_why *raw, const struct fpb_why_split *s)
{
	bool done[FPB_WHY_PARTS] = { false };
	const char *sep = ": ";

	for (int i = 0; i < FPB_WHY_PARTS; i++) {
		const enum fpb_why_part part = largest(s, done);
		const double share = s->ns[part] / s->total_ns;

		done[part] = true;
		if (share < SHOWN)
			break;
		fprintf(out, "%s%.0f %% ", sep, 100 * share);
		put_part(out, part, w, raw);
		sep = ", ";
	}
}

static void put_rest(FILE *out, const struct fpb_why *w,
		     const struct fpb_why *raw, const struct fpb_why_split *s)
{
	const double rest = s->rest_ns / s->total_ns;
	const double overlap = s->overlap_ns / s->total_ns;
	const struct fpb_lock_wait *other = &w->locks.other;
	const double lock = other->ns / (double)w->ios / s->total_ns;

	if (rest >= SHOWN)
		fprintf(out, ", %.0f %% not explained", 100 * rest);
	if (rest >= FPB_WHY_TOLERANCE && lock >= SHOWN)
		fprintf(out, " (tasks waited %.0f %% for %s)", 100 * lock,
			other->name);
	if (overlap >= FPB_WHY_TOLERANCE)
		fprintf(out, "; %.0f %% was counted twice%s",
			100 * overlap, raw ? "" :
			", as by tasks that spin for a lock");
}

void fpb_why_write(FILE *out, const struct fpb_why *w, const struct fpb_why *raw,
		   const char *where, const char *kernel, const char *rw)
{
	struct fpb_why_split s;

	fpb_why_split(w, raw, &s);
	fprintf(out, "%s, %u job%s, %s: %s takes ", where, w->cell.numjobs,
		fpb_plural(w->cell.numjobs), kernel, thing(rw));
	put_time(out, s.total_ns);
	if (w->iodepth > 1)
		fprintf(out, " (%u in flight)", w->iodepth);
	put_parts(out, w, raw, &s);
	put_rest(out, w, raw, &s);
	fputc('.', out);
}

/* --- of a run ---------------------------------------------------------------- */

/* The @n-th of the side's kernel; raw is the control. NULL: there are no more. */
static const struct fpb_why *nth(const struct fpb_summary *s,
				 const struct fpb_side *side, size_t n)
{
	const struct fpb_rundata *d = side->run;
	const char *kernel = d->manifest.kernels[side->kernel].name;
	const bool all = !fpb_summary_targets(s);

	for (size_t i = 0; i < d->nwhy; i++)
		if (!strcmp(d->why[i].kernel, kernel) &&
		    (all || !fpb_cell_is_raw(&d->why[i].cell)) && !n--)
			return &d->why[i];
	return NULL;
}

static const struct fpb_why *raw_of(const struct fpb_side *side,
				    const struct fpb_why *w)
{
	return fpb_why_raw(side->run->why, side->run->nwhy, w);
}

static const char *pattern(const struct fpb_side *side, const struct fpb_why *w)
{
	const json_t *o = fpb_json_named(side->run->manifest.root, "workloads",
					 w->cell.workload);
	const char *path = fpb_json_text(o, "path"), *rw = fpb_json_text(o, "rw");

	return rw && (!path || !strcmp(path, FPB_PATH_REGIME)) ? rw : "";
}

/* "device", with workload and target if there are several. */
static char *where(const struct fpb_summary *s, const struct fpb_why *w)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	fpb_claim_where(out, s, &w->cell);
	if (fpb_summary_targets(s) > 1)
		fprintf(out, " %s", fpb_target_title(w->cell.target));
	return fpb_memstream_close(&m);
}

static int put_one(struct fpb_page *p, const struct fpb_summary *s,
		   const struct fpb_side *side, const struct fpb_why *w)
{
	char *place = where(s, w);
	struct fpb_memstream m;
	FILE *out = place ? fpb_memstream_open(&m) : NULL;

	if (out)
		fpb_why_write(out, w, raw_of(side, w), place, side->label,
			      pattern(side, w));
	free(place);
	return out ? fpb_page_note_stream(p, &m) : -ENOMEM;
}

/* All boots have the same cells in the same order: the kernels of one follow each other. */
int fpb_why_put(struct fpb_page *p, const struct fpb_summary *s)
{
	bool any = true;
	int ret = 0;

	for (size_t n = 0; any; n++) {
		any = false;
		for (size_t i = 0; !ret && i < s->nsides; i++) {
			const struct fpb_why *w = nth(s, &s->sides[i], n);

			if (!w)
				continue;
			if (!n && !any)
				fpb_page_note(p, "Why, by boots with lock statistics, which make a kernel slower:");
			any = true;
			ret = put_one(p, s, &s->sides[i], w);
		}
	}
	return ret;
}

static json_t *parts(const struct fpb_why_split *s)
{
	json_t *o = json_object();

	for (int i = 0; i < FPB_WHY_PARTS; i++)
		json_object_set_new(o, fpb_why_part_name(i),
				    json_real(s->ns[i]));
	return o;
}

static json_t *one(const struct fpb_side *side, const struct fpb_why *w)
{
	struct fpb_why_split s;

	fpb_why_split(w, raw_of(side, w), &s);
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:f, s:f, s:o, s:f, s:f, s:s}",
			 "kernel", side->label, "target", w->cell.target,
			 "regime", w->cell.regime, "workload", w->cell.workload,
			 "numjobs", (int)w->cell.numjobs,
			 "total_ns", s.total_ns, "latency_ns", w->lat_mean_ns,
			 "parts_ns", parts(&s),
			 "not_explained_ns", s.rest_ns,
			 "counted_twice_ns", s.overlap_ns,
			 "i_rwsem_in", w->locks.inode.where);
}

json_t *fpb_why_report(const struct fpb_summary *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->nsides; i++) {
		const struct fpb_why *w;

		for (size_t n = 0; (w = nth(s, &s->sides[i], n)); n++)
			json_array_append_new(list, one(&s->sides[i], w));
	}
	return list;
}
