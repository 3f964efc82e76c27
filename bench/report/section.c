// SPDX-License-Identifier: GPL-2.0
#include "report/section.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/filesystem.h"
#include "core/memstream.h"
#include "core/units.h"
#include "core/workload.h"
#include "report/claim.h"
#include "report/page.h"

/* In the same regime, too. */
static bool same_workload(const struct fpb_cell *a, const struct fpb_cell *b)
{
	return !strcmp(a->regime, b->regime) &&
	       !strcmp(a->workload, b->workload);
}

/* Whether @cell's regime and workload have a target of this kind. */
static bool workload_has(const struct fpb_summary *s,
			 const struct fpb_cell *cell, bool raw)
{
	size_t i;

	for (i = 0; i < s->ncells; i++)
		if (same_workload(&s->cells[i], cell) &&
		    fpb_cell_is_raw(&s->cells[i]) == raw)
			return true;
	return false;
}

static bool begins_section(const struct fpb_summary *s,
			   const struct fpb_cell *cell)
{
	const struct fpb_cell *c;

	for (c = s->cells; c < cell; c++)
		if (fpb_cell_alike(c, cell))
			return false;
	return !fpb_cell_is_raw(cell) || !workload_has(s, cell, false);
}

bool fpb_section_next(struct fpb_section *x)
{
	const struct fpb_cell *c = x->first ? x->first + 1 : x->s->cells;
	const struct fpb_cell *end = x->s->cells + x->s->ncells;

	/* The same cells with the next kernel, then the next cells. */
	if (x->first && x->new_side + 1 < x->s->nsides) {
		x->overview = false;
		x->new_side++;
		return true;
	}
	while (c < end && !begins_section(x->s, c))
		c++;
	if (c == end)
		return false;
	x->again = x->first && x->s->nsides <= 2;
	x->first = c;
	x->overview = x->s->nsides > 2;
	x->new_side = x->s->nsides == 2 ? 1 : 0;
	x->has_raw = !fpb_cell_is_raw(c) && workload_has(x->s, c, true);
	return true;
}

size_t fpb_section_base(const struct fpb_section *x)
{
	return x->new_side ? fpb_summary_base(x->s, x->new_side) : 0;
}

const struct fpb_cell *fpb_section_cell(const struct fpb_section *x,
					const struct fpb_cell *cell)
{
	const struct fpb_cell *end = x->s->cells + x->s->ncells;
	const struct fpb_cell *c = cell ? cell + 1 : x->first;

	while (c < end && !fpb_cell_alike(c, x->first))
		c++;
	return c < end ? c : NULL;
}

const struct fpb_cell_result *
fpb_section_result(const struct fpb_section *x, size_t side,
		   const struct fpb_cell *cell)
{
	return &x->s->sides[side].results[cell - x->s->cells];
}

const struct fpb_cell_result *
fpb_section_raw(const struct fpb_section *x, size_t side,
		const struct fpb_cell *cell)
{
	long i = fpb_summary_cell(x->s, cell, FPB_TARGET_RAW);

	return i < 0 ? NULL : &x->s->sides[side].results[i];
}

const struct fpb_cell_result *
fpb_section_pooled_raw(const struct fpb_section *x,
		       const struct fpb_cell *cell)
{
	long i = fpb_summary_cell(x->s, cell, FPB_TARGET_RAW);

	return i < 0 ? NULL : &x->s->pooled[i];
}

const char *fpb_section_short_name(const struct fpb_summary *s, size_t side,
				   char *buf)
{
	const char *label = s->sides[side].label;

	if (fpb_text_width(label) <= 12)
		return label;
	snprintf(buf, FPB_SHORT_NAME_MAX, "kernel %c", (int)('A' + side % 26));
	return buf;
}

const char *fpb_target_title(const char *target)
{
	if (!strcmp(target, "fuse"))
		return "FUSE";
	return target;
}

static const json_t *manifest_of(const struct fpb_section *x, size_t side)
{
	return x->s->sides[side].run->manifest.root;
}

static uint64_t number(const json_t *o, const char *path)
{
	json_int_t v = json_integer_value(fpb_json_at(o, path));

	return v > 0 ? v : 0;
}

bool fpb_section_crowded(const struct fpb_summary *s,
			 const struct fpb_cell *cell)
{
	uint64_t cpus = number(s->sides[0].run->manifest.root, "backend.cpus");

	return cpus && cell->numjobs > cpus;
}

/* The cell's submission path, such as "libaio"; NULL if it is not known. */
static const char *submit_of(const struct fpb_summary *s,
			     const struct fpb_cell *cell)
{
	const json_t *root = s->sides[0].run->manifest.root;
	/* A workload may have one of its own. */
	const char *path = fpb_json_text(fpb_json_named(root, "workloads",
							cell->workload),
					 "path");

	return path && strcmp(path, FPB_PATH_REGIME) ? path :
	       fpb_json_text(fpb_json_named(root, "regimes", cell->regime),
			     "submit");
}

/* As core/fio.c has it. */
static unsigned int depth(const json_t *regime, const json_t *workload)
{
	const char *path = fpb_json_text(workload, "path");
	struct fpb_workload w = { .bs = number(workload, "bs") };

	snprintf(w.path, sizeof(w.path), "%s", path ? path : FPB_PATH_REGIME);
	return fpb_workload_depth(&w, number(regime, "iodepth"));
}

static bool moves_data(const json_t *workload)
{
	const char *path = fpb_json_text(workload, "path");
	struct fpb_workload w = { .bs = 0 };

	snprintf(w.path, sizeof(w.path), "%s", path ? path : FPB_PATH_REGIME);
	return fpb_workload_has_data(&w);
}

static void put_job(const struct fpb_section *x, FILE *out)
{
	const json_t *root = manifest_of(x, 0);
	const json_t *w = fpb_json_named(root, "workloads", x->first->workload);
	const json_t *r = fpb_json_named(root, "regimes", x->first->regime);
	const char *rw = fpb_json_text(w, "rw");
	const char *submit = submit_of(x->s, x->first);
	char text[FPB_UNITS_MAX];

	fpb_claim_where(out, x->s, x->first);
	if (fpb_json_text(w, "job")) {
		fprintf(out, ": fio job %s", fpb_json_text(w, "job"));
		return;
	}
	if (w && !moves_data(w)) {
		fputs(": operations on names, each job one at a time", out);
		return;
	}
	fprintf(out, ": %s", rw ? rw : x->first->workload);
	if (number(w, "bs"))
		fprintf(out, " %s", fpb_format_bs(number(w, "bs"), text));
	if (w)
		fprintf(out, ", %s", json_is_true(fpb_json_at(w, "direct")) ?
			"direct" : "buffered");
	if (fpb_json_text(w, "files") &&
	    !strcmp(fpb_json_text(w, "files"), "private"))
		fputs(", a file for each job", out);
	if (fpb_json_text(w, "sync") && strcmp(fpb_json_text(w, "sync"), "none"))
		fprintf(out, ", sync=%s", fpb_json_text(w, "sync"));
	if (number(r, "iodepth"))
		fprintf(out, ", iodepth %u", depth(r, w));
	if (submit)
		fprintf(out, ", %s", submit);
}

static void put_latency(const struct fpb_section *x, FILE *out)
{
	const json_t *r = fpb_json_named(manifest_of(x, 0), "regimes",
					 x->first->regime);
	char text[FPB_UNITS_MAX];

	if (number(r, "completion_nsec"))
		fprintf(out, ", latency %s", fpb_format_nsec(
			number(r, "completion_nsec"), text));
}

static void put_device(const struct fpb_section *x, FILE *out)
{
	const json_t *root = manifest_of(x, 0);
	const char *type = fpb_json_text(root, "device.type");
	char text[FPB_UNITS_MAX];

	if (json_is_true(fpb_json_at(root, "device.memory_backed")))
		fputs("memory-backed ", out);
	fprintf(out, "%s", type ? type : "unknown device");
	if (number(root, "device.size_mib"))
		fprintf(out, ", %s", fpb_format_mib(
			number(root, "device.size_mib"), text));
	if (x->first)
		put_latency(x, out);
}

const char *fpb_section_filesystem(const struct fpb_section *x)
{
	const char *type = fpb_json_text(manifest_of(x, 0), "filesystem.type");
	const struct fpb_filesystem *fs = type ? fpb_filesystem_find(type) :
						 NULL;

	return fs ? fs->title : type ? : "unknown filesystem";
}

const char *fpb_backend_title(const struct fpb_manifest *m)
{
	if (!strcmp(m->backend, "uml"))
		return "UML";
	if (strcmp(m->backend, "qemu"))
		return m->backend;
	if (!m->accelerator)
		return "QEMU";
	if (!strcmp(m->accelerator, "exact"))
		return "QEMU in virtual time";
	return strcmp(m->accelerator, "kvm") ? "QEMU with TCG" :
					       "QEMU with KVM";
}

/* The @n-th side that the section shows, or NULL. */
static const struct fpb_side *nth_side(const struct fpb_section *x, size_t n)
{
	if (x->overview)
		return n < x->s->nsides ? &x->s->sides[n] : NULL;
	if (n > (x->new_side ? 1 : 0))
		return NULL;
	return &x->s->sides[n ? x->new_side : fpb_section_base(x)];
}

static const char *release_of(const struct fpb_side *side)
{
	return side->run->manifest.kernels[side->kernel].release;
}

/* The release, if all kernels have the same. */
static const char *common_release(const struct fpb_section *x)
{
	const char *first = release_of(nth_side(x, 0)), *other;
	const struct fpb_side *side;
	size_t i;

	for (i = 1; first && (side = nth_side(x, i)); i++) {
		other = release_of(side);
		if (!other || strcmp(first, other))
			return NULL;
	}
	return first;
}

static void put_machine(const struct fpb_section *x, FILE *out)
{
	const struct fpb_manifest *m = &x->s->sides[0].run->manifest;
	const char *release = common_release(x);
	unsigned long long cpus = number(m->root, "backend.cpus");

	fprintf(out, FPB_PAGE_FACT "%s", fpb_section_filesystem(x));
	fprintf(out, FPB_PAGE_FACT "%s", fpb_backend_title(m));
	if (release)
		fprintf(out, " %s", release);
	if (cpus)
		fprintf(out, ", %llu CPU%s", cpus, cpus == 1 ? "" : "s");
}

static void put_rounds(const struct fpb_side *side, FILE *out)
{
	unsigned int planned = side->rounds_due;

	if (side->rounds_done < planned)
		fprintf(out, "%u of ", side->rounds_done);
	fprintf(out, "%u", planned);
}

static bool same_rounds(const struct fpb_side *a, const struct fpb_side *b)
{
	return a->rounds_done == b->rounds_done &&
	       a->rounds_due == b->rounds_due;
}

static void put_all_rounds(const struct fpb_section *x, FILE *out)
{
	const struct fpb_side *first = nth_side(x, 0), *side;
	bool differ = false;
	size_t i;

	for (i = 1; (side = nth_side(x, i)); i++)
		differ |= !same_rounds(first, side);
	fputs(", ", out);
	put_rounds(first, out);
	for (i = 1; differ && (side = nth_side(x, i)); i++) {
		fputs(nth_side(x, i + 1) ? ", " : " and ", out);
		put_rounds(side, out);
	}
	fprintf(out, " round%s",
		!differ && first->rounds_due == 1 ? "" : "s");
}

static void put_platform(const struct fpb_section *x, FILE *out)
{
	put_device(x, out);
	put_machine(x, out);
	put_all_rounds(x, out);
}

static void put_caption(const struct fpb_section *x, FILE *out)
{
	const char *target = x->first->target;

	put_job(x, out);
	if (x->again)
		put_latency(x, out);
	if (!fpb_cell_is_raw(x->first) &&
	    (fpb_summary_targets(x->s) > 1 || strcmp(target, "fuse")))
		fprintf(out, FPB_PAGE_FACT "through %s",
			fpb_target_title(target));
	if (x->again)
		return;
	fputs(FPB_PAGE_FACT, out);
	put_platform(x, out);
}

static char *written(const struct fpb_section *x,
		     void (*put)(const struct fpb_section *x, FILE *out))
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	put(x, out);
	return fpb_memstream_close(&m);
}

char *fpb_section_caption(const struct fpb_section *x)
{
	return written(x, put_caption);
}

char *fpb_section_job(const struct fpb_section *x)
{
	return written(x, put_job);
}

char *fpb_section_platform(const struct fpb_section *x)
{
	return written(x, put_platform);
}
