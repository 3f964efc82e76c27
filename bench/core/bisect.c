// SPDX-License-Identifier: GPL-2.0
#include "core/bisect.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/effect.h"
#include "core/ending.h"
#include "core/looks.h"
#include "core/summary.h"

const char *const fpb_bisect_names[FPB_BISECT_VERDICTS] = {
	[FPB_BISECT_SKIP]	= "skip",
	[FPB_BISECT_GOOD]	= "good",
	[FPB_BISECT_BAD]	= "bad",
};

unsigned int fpb_bisect_steps(size_t commits)
{
	unsigned int steps = 0;

	while (commits > (size_t)1 << steps)
		steps++;
	return steps;
}

double fpb_bisect_risk(double risk, unsigned int steps)
{
	return risk / (steps + 1);
}

void fpb_bisect_rule(struct fpb_plan *p, double effect, double risk)
{
	double alpha;

	p->until_ci = 0;
	p->until_side = lround(1e4 * effect / 2);
	p->side_risk = fmax(1, floor(1e4 * risk));
	alpha = fpb_effects_alpha(false, p->side_risk / 1e4);
	p->rounds = fpb_looks_round(fpb_effect_rounds_min(alpha), FPB_LOOKS);
}

/* The one that is no control; NULL: none. */
static const struct fpb_effect *effect_of(const struct fpb_summary *s)
{
	size_t i;

	for (i = 0; i < s->neffects; i++)
		if (!fpb_effect_is_control(&s->effects[i]))
			return &s->effects[i];
	return NULL;
}

/* Why a boot of the second kernel, or else of the first, failed; NULL: none did. */
static const struct fpb_boot *failed_boot(const struct fpb_rundata *run)
{
	size_t i, k;

	for (k = run->manifest.nkernels; k-- > 0;)
		for (i = 0; i < run->nboots; i++)
			if (!strcmp(run->boots[i].status, "failed") &&
			    !strcmp(run->boots[i].kernel,
				    run->manifest.kernels[k].name))
				return &run->boots[i];
	return NULL;
}

static void explain_skip(const struct fpb_rundata *run,
			 struct fpb_bisect_result *result)
{
	const struct fpb_boot *failed = failed_boot(run);

	if (failed && !run->manifest.ended)
		snprintf(result->reason, FPB_REASON_MAX,
			 "a boot of kernel %.48s failed: %.150s",
			 failed->kernel, failed->reason);
	else
		snprintf(result->reason, FPB_REASON_MAX,
			 "not resolved after %zu boot pairs", result->ratio.n);
}

int fpb_bisect_judge(const struct fpb_rundata *run,
		     struct fpb_bisect_result *result)
{
	const struct fpb_manifest *m = &run->manifest;
	const double bound = 1 - m->until_side_pct / 100;
	const struct fpb_effect *e;
	struct fpb_summary s;
	int side = 0, ret;

	*result = (struct fpb_bisect_result){ .verdict = FPB_BISECT_SKIP };
	ret = fpb_summary_of_run(&s, run, FPB_MARGIN_DEFAULT);
	if (ret)
		return ret;
	e = effect_of(&s);
	if (e)
		result->ratio = e->ratio;
	if (m->ended && !strcmp(m->ended, FPB_END_SIDE))
		side = fpb_looks_side(&result->ratio, bound);
	if (side)
		result->verdict = side < 0 ? FPB_BISECT_BAD : FPB_BISECT_GOOD;
	else
		explain_skip(run, result);
	fpb_summary_free(&s);
	return 0;
}

/* Copy the commit from "PREFIX[COMMIT] SUBJECT". */
static bool take(const char *line, const char *prefix, char *commit)
{
	const size_t len = strlen(prefix);
	size_t n;

	if (strncmp(line, prefix, len))
		return false;
	n = strspn(line + len, "0123456789abcdef");
	if (!n || n >= FPB_COMMIT_MAX || line[len + n] != ']')
		return false;
	memcpy(commit, line + len, n);
	commit[n] = '\0';
	return true;
}

int fpb_bisect_found(const char *log, size_t nth, char commit[FPB_COMMIT_MAX])
{
	const char *line = log, *end;

	for (; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		if (!take(line, "# first bad commit: [", commit) &&
		    !take(line, "# possible first bad commit: [", commit))
			continue;
		if (!nth--)
			return 0;
	}
	return -ENOENT;
}
