// SPDX-License-Identifier: GPL-2.0
#include "core/plancheck.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/effect.h"
#include "core/filesystem.h"
#include "core/schedule.h"

static int count_effects(const struct fpb_plan *p, size_t nkernels,
			 size_t *effects, char *why)
{
	const size_t n = fpb_plan_ncells(p);
	struct fpb_cell *cells = malloc((n + 1) * sizeof(*cells));

	if (!cells) {
		snprintf(why, FPB_REASON_MAX, "not enough memory");
		return -ENOMEM;
	}
	fpb_schedule_cells(p, 1, 0, cells);
	*effects = fpb_effects_count(cells, n, nkernels,
				     p->compare == FPB_COMPARE_PREVIOUS);
	free(cells);
	return 0;
}

static size_t rounds_min(const struct fpb_plan *p, size_t effects)
{
	const double alpha = fpb_effects_alpha(p->until_ci, p->until_side ?
					       p->side_risk / 1e4 : 0);

	return fpb_effect_rounds_min(alpha / effects);
}

int fpb_plan_check_ending(const struct fpb_plan *p, size_t nkernels, char *why)
{
	const char *rule = p->until_side ? "until_side" : "until_ci";
	size_t effects = 0, min;

	if (count_effects(p, nkernels, &effects, why))
		return -ENOMEM;
	if (p->until_ci && p->until_side) {
		snprintf(why, FPB_REASON_MAX,
			 "until_ci and until_side exclude each other: each is a rule of its own");
		return -EINVAL;
	}
	if (!p->until_ci && !p->until_side)
		return 0;
	if (!effects) {
		snprintf(why, FPB_REASON_MAX,
			 "%s: needs two kernels or more, and a target other than raw: there is no ratio to measure",
			 rule);
		return -EINVAL;
	}
	min = rounds_min(p, effects);
	if (p->rounds < min) {
		snprintf(why, FPB_REASON_MAX,
			 "%s: needs at least %zu rounds for the interval%s of %zu effect%s, not %u",
			 rule, min, effects == 1 ? "" : "s", effects,
			 effects == 1 ? "" : "s", p->rounds);
		return -EINVAL;
	}
	return 0;
}

size_t fpb_plan_rounds_min(const struct fpb_plan *p, size_t nkernels)
{
	char why[FPB_REASON_MAX];
	size_t effects = 0;

	if (count_effects(p, nkernels, &effects, why) || !effects)
		return 0;
	return rounds_min(p, effects);
}

int fpb_plan_check_guest(const struct fpb_plan *p, char *why)
{
	/* A guest that swaps or kills its writers measures nothing. */
	if (p->filesize_mib + 512 > p->memory_mib) {
		snprintf(why, FPB_REASON_MAX,
			 "guest.memory: must be at least %" PRIu64 "m for a file of %" PRIu64 "m",
			 p->filesize_mib + 512, p->filesize_mib);
		return -EINVAL;
	}
	return 0;
}

/* fio would reduce both by itself, and the regime would not be what it says. */
static int check_regime(const struct fpb_regime *r, char *why)
{
	bool sync = !strcmp(r->submit, "psync") ||
		    !strcmp(r->submit, "pvsync2");

	if (sync && r->iodepth > 1) {
		snprintf(why, FPB_REASON_MAX,
			 "regime %s: submit=%s needs iodepth=1, not %u",
			 r->name, r->submit, r->iodepth);
		return -EINVAL;
	}
	if (r->batch > r->iodepth) {
		snprintf(why, FPB_REASON_MAX,
			 "regime %s: batch=%u is more than iodepth=%u",
			 r->name, r->batch, r->iodepth);
		return -EINVAL;
	}
	return 0;
}

/* A name that says what it is must be that. */
static bool is_preset(const struct fpb_workload *w)
{
	struct fpb_workload preset;

	if (!fpb_workload_preset(w->name, &preset))
		return true;
	return !strcmp(w->rw, preset.rw) && w->bs == preset.bs &&
	       w->direct == preset.direct && w->read_pct == preset.read_pct &&
	       !strcmp(w->path, preset.path) && w->sync == preset.sync &&
	       !*w->job;
}

static int check_workload(const struct fpb_plan *p,
			  const struct fpb_workload *w, char *why)
{
	const bool has_path = strcmp(w->path, FPB_PATH_REGIME) != 0;

	if (!is_preset(w)) {
		snprintf(why, FPB_REASON_MAX,
			 "workload %s: its values cannot be changed, since its name says them: begin a new one by like = %s",
			 w->name, w->name);
		return -EINVAL;
	}
	if (p->pairing == FPB_PAIRING_PAIRED && fpb_workload_dirties(w)) {
		snprintf(why, FPB_REASON_MAX,
			 "pairing=paired: workload %s: buffered writes cannot be paired: those to one target would be written back during the slices of the other",
			 w->name);
		return -EINVAL;
	}
	if (*w->job)
		return 0;
	if (w->bs > fpb_plan_file_mib(p, w) << 20) {
		snprintf(why, FPB_REASON_MAX,
			 "workload %s: bs must not be larger than the file",
			 w->name);
		return -EINVAL;
	}
	if (w->direct && w->bs % p->device.blocksize) {
		snprintf(why, FPB_REASON_MAX,
			 "workload %s: with direct I/O bs must be a multiple of device.blocksize (%u), not %" PRIu64,
			 w->name, p->device.blocksize, w->bs);
		return -EINVAL;
	}
	if (w->direct && has_path && strcmp(w->path, "psync") &&
	    strcmp(w->path, "pvsync2") && strcmp(w->path, "append")) {
		snprintf(why, FPB_REASON_MAX,
			 "workload %s: path=%s needs direct=0", w->name,
			 w->path);
		return -EINVAL;
	}
	return 0;
}

/* The shared file, and as much again for private ones. */
static uint64_t files_mib(const struct fpb_plan *p)
{
	return p->filesize_mib * (fpb_plan_private_files(p) ? 2 : 1);
}

static int check_device(const struct fpb_plan *p, char *why)
{
	const char *fs = fpb_filesystem_find(p->device.fs)->title;
	const uint64_t mib = p->device.size_mib;

	if (mib < FPB_PLAN_MIN_MIB)
		snprintf(why, FPB_REASON_MAX,
			 "device.size: %s needs at least %dm, not %" PRIu64 "m",
			 fs, FPB_PLAN_MIN_MIB, mib);
	/* Its log or journal, and other metadata. */
	else if (files_mib(p) + 128 > mib)
		snprintf(why, FPB_REASON_MAX,
			 "device.size: files of %" PRIu64 "m do not fit on %" PRIu64 "m (%s takes 128m of it)",
			 files_mib(p), mib, fs);
	else
		return 0;
	return -EINVAL;
}

/* A stack of two is all that Linux allows. */
static int check_target(const struct fpb_plan *p, const struct fpb_target *t,
			char *why)
{
	const struct fpb_target *below;

	if (fpb_target_check(t, why))
		return -EINVAL;
	if (!*t->over)
		return 0;
	below = fpb_plan_target_below(p, t);
	if (!below)
		snprintf(why, FPB_REASON_MAX,
			 "target %s: over: target \"%s\" is neither measured nor one that every plan has",
			 t->name, t->over);
	else if (!*below->mount || *below->over)
		snprintf(why, FPB_REASON_MAX,
			 "target %s: over: must be a target that is mounted on XFS itself, not %s",
			 t->name, t->over);
	else
		return 0;
	return -EINVAL;
}

int fpb_plan_check(const struct fpb_plan *p, char *why)
{
	if (check_device(p, why))
		return -EINVAL;
	for (size_t i = 0; i < p->ntargets; i++)
		if (check_target(p, &p->targets[i], why))
			return -EINVAL;
	for (size_t i = 0; i < p->nworkloads; i++)
		if (check_workload(p, &p->workloads[i], why))
			return -EINVAL;
	for (size_t i = 0; i < p->nregimes; i++)
		if (check_regime(&p->regimes[i], why))
			return -EINVAL;
	return 0;
}
