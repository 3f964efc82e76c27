// SPDX-License-Identifier: GPL-2.0
#include "core/ending.h"

#include <string.h>

#include "core/summary.h"

#define ROUNDS_BETWEEN_LOOKS	3

size_t fpb_ending_first_look(size_t effects)
{
	return fpb_effect_rounds_min(FPB_ALPHA_EFFECT * FPB_ALPHA_LOOKS /
				     effects);
}

static bool is_look(const struct fpb_manifest *m, unsigned int done)
{
	const size_t first = fpb_ending_first_look(
		fpb_effects_count(m->cells, m->ncells, m->nkernels, m->steps));

	return done >= first && (done - first) % ROUNDS_BETWEEN_LOOKS == 0;
}

static bool all_within(const struct fpb_summary *s, double pct)
{
	size_t i, effects = 0;

	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (fpb_effect_is_control(e))
			continue;
		if (!e->ratio.has_interval ||
		    100 * fpb_estimate_resolution(&e->ratio) > pct)
			return false;
		effects++;
	}
	return effects;
}

static int look(const struct fpb_rundata *run, unsigned int done, bool *narrow)
{
	struct fpb_rundata first = *run;
	struct fpb_summary s;
	int ret;

	first.manifest.rounds = done;
	ret = fpb_summary_of_run(&s, &first, FPB_MARGIN_DEFAULT);
	if (ret)
		return ret;
	*narrow = all_within(&s, run->manifest.until_ci_pct);
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
	double s = fpb_ending_seconds(run, done);
	bool narrow = false;
	int ret = 0;

	*rule = NULL;
	if (!(m->until_ci_pct > 0) && !m->max_time_ms)
		return 0;
	if (m->until_ci_pct > 0 && is_look(m, done))
		ret = look(run, done, &narrow);
	if (narrow)
		*rule = FPB_END_INTERVAL;
	else if (done == m->rounds)
		*rule = FPB_END_ROUNDS;
	else if (m->max_time_ms && 1000 * (s + s / done) > m->max_time_ms)
		*rule = FPB_END_TIME;
	return ret;
}
