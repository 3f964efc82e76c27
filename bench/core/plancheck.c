// SPDX-License-Identifier: GPL-2.0
#include "core/plancheck.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/ending.h"

static size_t count_effects(const struct fpb_plan *p, size_t nkernels)
{
	size_t i, targets = 0;

	for (i = 0; i < p->ntargets; i++)
		targets += strcmp(p->targets[i], FPB_TARGET_RAW) != 0;
	return p->nregimes * targets * (nkernels - 1);
}

int fpb_plan_check_ending(const struct fpb_plan *p, size_t nkernels, char *why)
{
	const size_t effects = count_effects(p, nkernels);

	if (p->until_ci && !effects) {
		snprintf(why, FPB_REASON_MAX,
			 "until_ci: needs two kernels or more, and a target other than raw: there is no ratio to measure");
		return -EINVAL;
	}
	if (p->until_ci && p->rounds < fpb_ending_first_look(effects)) {
		snprintf(why, FPB_REASON_MAX,
			 "until_ci: needs at least %zu rounds for the interval%s of %zu effect%s, not %u",
			 fpb_ending_first_look(effects),
			 effects == 1 ? "" : "s", effects,
			 effects == 1 ? "" : "s", p->rounds);
		return -EINVAL;
	}
	return 0;
}

int fpb_plan_check_guest(const struct fpb_plan *p, char *why)
{
	/* A guest that swaps or kills its writers measures nothing. */
	if (p->workload.size_mib + 512 > p->memory_mib) {
		snprintf(why, FPB_REASON_MAX,
			 "guest.memory: must be at least %" PRIu64 "m for a file of %" PRIu64 "m",
			 p->workload.size_mib + 512, p->workload.size_mib);
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

int fpb_plan_check(const struct fpb_plan *p, char *why)
{
	uint64_t bytes = p->workload.size_mib << 20;

	/* What mkfs.xfs wants, and what its log and metadata take. */
	if (p->device.size_mib < 300) {
		snprintf(why, FPB_REASON_MAX,
			 "device.size: XFS needs at least 300m, not %" PRIu64 "m",
			 p->device.size_mib);
		return -EINVAL;
	}
	if (p->workload.size_mib + 128 > p->device.size_mib) {
		snprintf(why, FPB_REASON_MAX,
			 "device.size: a file of %" PRIu64 "m does not fit on %" PRIu64 "m (XFS takes 128m of it)",
			 p->workload.size_mib, p->device.size_mib);
		return -EINVAL;
	}
	if (p->workload.bs > bytes) {
		snprintf(why, FPB_REASON_MAX,
			 "workload.bs: must not be larger than the file");
		return -EINVAL;
	}
	if (p->workload.direct && p->workload.bs % p->device.blocksize) {
		snprintf(why, FPB_REASON_MAX,
			 "workload.bs: direct I/O must be a multiple of device.blocksize (%u), not %" PRIu64,
			 p->device.blocksize, p->workload.bs);
		return -EINVAL;
	}
	if ((p->pairing == FPB_PAIRING_PAIRED ||
	     p->pairing == FPB_PAIRING_DUET) && !p->workload.direct) {
		snprintf(why, FPB_REASON_MAX,
			 "pairing=%s needs direct=1: buffered writes to one target would be written back during the slices of the other",
			 fpb_pairing_names[p->pairing]);
		return -EINVAL;
	}
	for (size_t i = 0; i < p->nregimes; i++)
		if (check_regime(&p->regimes[i], why))
			return -EINVAL;
	return 0;
}
