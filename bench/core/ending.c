// SPDX-License-Identifier: GPL-2.0
#include "core/ending.h"

#include <string.h>

#include "core/looks.h"
#include "core/summary.h"

#define ROUNDS_BETWEEN_LOOKS	3

static bool is_look(const struct fpb_manifest *m, unsigned int done)
{
	const size_t effects = fpb_effects_count(m->cells, m->ncells,
						 m->nkernels, m->steps);
	const size_t first = fpb_effect_rounds_min(fpb_effects_alpha_of(m) /
						   effects);

	if (m->until_side_pct > 0)
		return fpb_looks_at(first, done);
	return done >= first && (done - first) % ROUNDS_BETWEEN_LOOKS == 0;
}

/* Whether the interval is as the run's rule wants it. */
static bool fits(const struct fpb_estimate *ratio, const struct fpb_manifest *m)
{
	if (m->until_side_pct > 0)
		return fpb_looks_side(ratio, 1 - m->until_side_pct / 100);
	return ratio->has_interval &&
	       100 * fpb_estimate_resolution(ratio) <= m->until_ci_pct;
}

static bool all_fit(const struct fpb_summary *s, const struct fpb_manifest *m)
{
	size_t i, effects = 0;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (fpb_effect_is_control(e))
			continue;
		if (!fits(&e->ratio, m))
			return false;
		effects++;
	}
	return effects;
}

static int look(const struct fpb_rundata *run, unsigned int done, bool *settled)
{
	struct fpb_rundata first = *run;
	struct fpb_summary s;
	int ret;

	first.manifest.rounds = done;
	ret = fpb_summary_of_run(&s, &first, FPB_MARGIN_DEFAULT);
	if (ret)
		return ret;
	*settled = all_fit(&s, &run->manifest);
	fpb_summary_free(&s);
	return 0;
}

/*
 * In a duet the first kernel is alive whenever another one is, so that its boots
 * have all of the time.
 */
double fpb_ending_seconds(const struct fpb_rundata *run, unsigned int done)
{
	const struct fpb_manifest *m = &run->manifest;
	double sum = 0;
	size_t i;

	for (i = 0; i < run->nboots; i++) {
		const struct fpb_boot *b = &run->boots[i];

		if (b->round <= done &&
		    (!m->duet || !strcmp(b->kernel, m->kernels[0].name)))
			sum += b->seconds;
	}
	return sum;
}

unsigned int fpb_ending_begun(const struct fpb_rundata *run)
{
	unsigned int last = 0;
	size_t i;

	for (i = 0; i < run->nboots; i++)
		if (run->boots[i].round > last)
			last = run->boots[i].round;
	/* A boot that was killed has samples only. */
	for (i = 0; i < run->nsamples; i++)
		if (run->samples[i].round > last)
			last = run->samples[i].round;
	return last;
}

int fpb_ending(const struct fpb_rundata *run, unsigned int done,
	       const char **rule)
{
	const struct fpb_manifest *m = &run->manifest;
	const bool looks = m->until_ci_pct > 0 || m->until_side_pct > 0;
	double s = fpb_ending_seconds(run, done);
	bool settled = false;
	int ret = 0;

	*rule = NULL;
	if (!looks && !m->max_time_ms)
		return 0;
	if (looks && is_look(m, done))
		ret = look(run, done, &settled);
	if (settled)
		*rule = m->until_side_pct > 0 ? FPB_END_SIDE : FPB_END_INTERVAL;
	else if (done == m->rounds)
		*rule = FPB_END_ROUNDS;
	else if (m->max_time_ms && 1000 * (s + s / done) > m->max_time_ms)
		*rule = FPB_END_TIME;
	return ret;
}
