// SPDX-License-Identifier: GPL-2.0
#include "run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/argv.h"
#include "core/ending.h"
#include "core/plantime.h"
#include "core/schedule.h"
#include "os/clock.h"
#include "os/msg.h"
#include "run/jobfile.h"
#include "run/readrun.h"
#include "run/round.h"
#include "run/rundir.h"
#include "run/samples.h"
#include "run/tuning.h"
#include "run/why.h"

/*
 * Kernels at the same time, again if the machine was busy, as often as @repeats
 * allows. One alone cannot be repeated: the round would not be one.
 */
static int run_group(struct fpb_run_spec *r, struct fpb_samples *samples,
		     unsigned int round, const size_t *group, size_t n,
		     unsigned int *repeats, bool *contradicted)
{
	struct fpb_round_result result = { false };
	const size_t done = samples->progress.done;
	const size_t failed = samples->failed, lost = samples->lost;
	const size_t boots = samples->progress.boots;
	const uint64_t boots_ms = samples->progress.boots_ms;
	uint64_t begun_ms;
	int ret;

	for (;;) {
		begun_ms = fpb_now_ms();
		result.busy = false;
		ret = fpb_round_run(r, samples, round, group, n,
				    n > 1 && *repeats, &result);
		if (ret || !result.busy)
			break;
		--*repeats;
		samples->progress.done = done;
		samples->progress.repeated_ms += fpb_now_ms() - begun_ms;
		samples->progress.boots = boots;
		samples->progress.boots_ms = boots_ms;
		samples->failed = failed;
		samples->lost = lost;
		fpb_info("round %u: the machine is busy with other work; measuring it again",
			 round);
	}
	*contradicted |= result.wrong_lock || result.contradicted;
	return ret;
}

static int run_round(struct fpb_run_spec *r, struct fpb_samples *samples,
		     unsigned int round, unsigned int *repeats,
		     bool *contradicted)
{
	const size_t n = r->guests.nkernels;
	size_t order[FPB_MAX_KERNELS], group[FPB_MAX_KERNELS], in_group;
	int ret = FPB_EXIT_OK;

	fpb_schedule_kernels(r->guests.plan.seed, round, n, order);
	for (size_t i = 0; !ret; i++) {
		in_group = fpb_schedule_group(order, n, r->guests.alive, i,
					      group);
		if (!in_group)
			break;
		ret = run_group(r, samples, round, group, in_group, repeats,
				contradicted);
	}
	return ret;
}

/* Each kernel has a good sample of each cell in some round. */
static int check_rows(const struct fpb_run_spec *r)
{
	struct fpb_rundata d;
	int ret = fpb_load_run(r->dir, &d);

	if (ret)
		return ret;
	for (size_t k = 0; k < d.manifest.nkernels; k++) {
		for (size_t c = 0; c < d.manifest.ncells; c++) {
			const struct fpb_cell *cell = &d.manifest.cells[c];

			if (fpb_rundata_has(&d, d.manifest.kernels[k].name,
					    cell))
				continue;
			fpb_err("kernel %s: no sample of %s %s with %u job%s",
				d.manifest.kernels[k].name, cell->regime,
				cell->target, cell->numjobs,
				cell->numjobs == 1 ? "" : "s");
			ret = -ENODATA;
		}
	}
	fpb_rundata_free(&d);
	return ret;
}

/* Those of before the run was resumed count: one for each boot of the first. */
static unsigned int repeats_left(const struct fpb_run_spec *r,
				 const struct fpb_rundata *d)
{
	unsigned int left = r->guests.plan.repeats;

	for (size_t i = 0; i < d->nboots; i++)
		left -= left && fpb_boot_repeated(&d->boots[i]) &&
			!strcmp(d->boots[i].kernel,
				r->guests.kernels[0].name);
	return left;
}

static size_t samples_of_round(const struct fpb_run_spec *r)
{
	const struct fpb_guests *g = &r->guests;

	return fpb_plan_ncells(&g->plan) *
	       fpb_schedule_boots(g->nkernels, g->alive);
}

/* Those of a group of kernels on average. */
static size_t samples_of_boot(const struct fpb_run_spec *r)
{
	const size_t n = r->guests.nkernels, alive = r->guests.alive;

	return samples_of_round(r) /
	       (alive == 1 ? n : fpb_schedule_boots(n, alive) - n + 1);
}

/*
 * Samples that a resumed run need not take again. Of those of the first kernel,
 * which each group of kernels has, one stands for all.
 */
static size_t count_done(const struct fpb_run_spec *r,
			 const struct fpb_samples *s)
{
	const struct fpb_manifest *m = &s->data.manifest;
	size_t more = fpb_schedule_boots(r->guests.nkernels, r->guests.alive) -
		      r->guests.nkernels, n = 0;

	for (size_t k = 0; s->has_data && k < m->nkernels; k++)
		for (unsigned int i = 1; i <= m->rounds; i++)
			for (size_t c = 0; c < m->ncells; c++)
				n += fpb_samples_have(s, m->kernels[k].name, i,
						      &m->cells[c]) *
				     (k ? 1 : 1 + more);
	return n;
}

/* By what the run's directory has, as reports would see it. */
static int check_ending(const struct fpb_run_spec *r, unsigned int done,
			const char **rule)
{
	struct fpb_rundata d;
	int ret = fpb_load_run_so_far(r->dir, &d);

	if (ret)
		return FPB_EXIT_FAILED;
	ret = fpb_ending(&d, done, rule);
	fpb_rundata_free(&d);
	if (ret)
		fpb_err("cannot tell whether to go on after round %u: %s",
			done, strerror(-ret));
	else if (*rule)
		ret = fpb_rundir_end(r, done, *rule);
	return ret ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

/* Up to the last round, or to where the plan's rule or that of before ends it. */
static int measure_rounds(struct fpb_run_spec *r, struct fpb_samples *samples,
			  bool *contradicted)
{
	const struct fpb_plan *p = &r->guests.plan;
	const bool ended = samples->has_data && samples->data.manifest.ended;
	const bool looks = !ended && fpb_plan_may_end(p);
	const unsigned int last = ended ? samples->data.manifest.rounds :
					  p->rounds;
	const unsigned int begun = fpb_ending_begun(&samples->data);
	unsigned int repeats = repeats_left(r, &samples->data);
	const char *rule = NULL;
	int ret = FPB_EXIT_OK;

	for (unsigned int i = 1; !ret && !rule && i <= last; i++) {
		if (!fpb_shard_has(&r->shard, r->guests.nkernels, i))
			continue;
		ret = run_round(r, samples, i, &repeats, contradicted);
		if (!ret && looks && i >= begun)
			ret = check_ending(r, i, &rule);
		if (!ret && rule)
			samples->progress.total = i * samples_of_round(r);
	}
	return ret;
}

static int run_rounds(struct fpb_run_spec *r, struct fpb_samples *samples)
{
	bool contradicted = false;
	int ret = measure_rounds(r, samples, &contradicted);

	fpb_progress_end(&samples->progress);
	if (ret)
		return ret;
	return check_rows(r) || contradicted || samples->failed > samples->lost ?
	       FPB_EXIT_FAILED : FPB_EXIT_OK;
}

/* The command as it can be typed: by the name that we were called by. */
static void hint_resume(const char *dir)
{
	char *self = fpb_shell_word(program_invocation_name);
	char *word = fpb_shell_word(dir);

	if (self && word)
		fpb_hint("to continue: %s run --resume %s", self, word);
	free(word);
	free(self);
}

static void farewell(const struct fpb_run_spec *r, const struct fpb_samples *s)
{
	const struct fpb_progress *p = &s->progress;
	size_t bad = s->failed - s->lost;

	fpb_info("%zu of %zu samples", p->done, p->total);
	/* For scripts, so on stdout. */
	puts(r->dir);
	if (s->lost)
		fpb_warn("%zu of %zu samples lost to a busy machine", s->lost,
			 p->total);
	if (p->done < p->total) {
		hint_resume(r->dir);
	} else if (bad) {
		fpb_err("%zu of %zu samples failed or are invalid", bad,
			p->total);
		fpb_hint("\"fpbench table --notes\" lists them");
	}
}

/* What is left of the plan's time; 0: no limit. */
static uint64_t time_left_ms(const struct fpb_plan *p,
			     const struct fpb_samples *s)
{
	uint64_t used = s->has_data ?
			1000 * fpb_ending_seconds(&s->data, p->rounds) : 0;

	if (!p->max_time_ms)
		return 0;
	return used < p->max_time_ms ? p->max_time_ms - used : 1;
}

int fpb_run(struct fpb_run_spec *r)
{
	const struct fpb_guests *g = &r->guests;
	const struct fpb_plan *p = &g->plan;
	struct fpb_samples s = { .run = r, .has_data = r->resume };
	unsigned int rounds;
	int ret;

	ret = r->resume ? fpb_rundir_open(r, &s.data) : fpb_rundir_make(r);
	if (ret)
		return ret == -EINVAL ? FPB_EXIT_USAGE : FPB_EXIT_FAILED;
	ret = fpb_jobfiles_keep(&r->guests.plan, r->dir);
	if (ret)
		goto out;
	/* A run that a rule ended is not split. */
	rounds = s.has_data && s.data.manifest.ended ? s.data.manifest.rounds :
		 fpb_shard_rounds(&r->shard, g->nkernels, p->rounds);
	/* A guest hides most of it, and kernels in guests share the rest. */
	if (!g->backend->guest)
		fpb_tuning_warn();
	s.progress = (struct fpb_progress){
		.total = samples_of_round(r) * rounds,
		.done = count_done(r, &s),
		.started_ms = fpb_now_ms(),
		.planned_ms = fpb_plan_measuring_ms(p, g->nkernels,
						    g->alive) *
			      rounds / p->rounds,
		.per_boot = samples_of_boot(r),
		.rounds = rounds,
		.at_most = fpb_plan_may_end(p),
		.max_ms = time_left_ms(p, &s),
	};
	s.progress.at_start = s.progress.done;
	ret = run_rounds(r, &s);
	if (p->why && (!ret || s.progress.done >= s.progress.total))
		ret = fpb_why_run(r, s.has_data ? &s.data : NULL) ? : ret;
	if (!r->part)
		farewell(r, &s);
out:
	if (s.has_data)
		fpb_rundata_free(&s.data);
	return ret;
}
