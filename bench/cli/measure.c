// SPDX-License-Identifier: GPL-2.0
#include "cli/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/plancheck.h"
#include "core/planfile.h"
#include "core/plantime.h"
#include "core/schedule.h"
#include "os/msg.h"
#include "os/stop.h"
#include "run/jobfile.h"
#include "run/run.h"
#include "run/why.h"

/* --- what was chosen -------------------------------------------------------- */

static int check_plan(const struct fpb_guests *s)
{
	char why[FPB_REASON_MAX];

	if (!fpb_plan_check(&s->plan, why) &&
	    !fpb_plan_check_ending(&s->plan, s->nkernels, why) &&
	    (!s->backend->guest || !fpb_plan_check_guest(&s->plan, why)))
		return FPB_EXIT_OK;
	fpb_err("plan: %s", why);
	return FPB_EXIT_USAGE;
}

/* fs= is for a target that the plan must have. */
static int check_fs(const struct fpb_guests *s)
{
	for (size_t i = 0; i < s->nkernels; i++) {
		if (!*s->kernels[i].fs ||
		    fpb_plan_target(&s->plan, FPB_TARGET_FS))
			continue;
		fpb_err("run: kernel %s: fs= is not measured: the plan has no target "
			FPB_TARGET_FS, s->kernels[i].name);
		return FPB_EXIT_USAGE;
	}
	return FPB_EXIT_OK;
}

/* Steps are kernels in the order in which they were given. */
static int check_steps(const struct fpb_guests *s, const struct fpb_planopts *o)
{
	if (s->plan.compare != FPB_COMPARE_PREVIOUS)
		return FPB_EXIT_OK;
	if (s->nkernels < 2)
		fpb_err("run: --steps compares each kernel with the one before it: needs two kernels or more");
	else if (fpb_planopts_compared_fs(o))
		fpb_err("run: --steps and several --fs exclude each other");
	else
		return FPB_EXIT_OK;
	return FPB_EXIT_USAGE;
}

/* Fewer are for a look, not for an interval. */
#define FEW_ROUNDS	9

/* A quick run has as many as its effects need; others are told. */
static void settle_rounds(struct fpb_guests *s, const struct fpb_planopts *o)
{
	const size_t min = fpb_plan_rounds_min(&s->plan, s->nkernels);

	if (s->plan.rounds >= min)
		return;
	if (o->quick && !o->rounds) {
		s->plan.rounds = min;
	} else if (s->plan.rounds >= FEW_ROUNDS && !s->plan.until_ci &&
		   !s->plan.until_side) {
		fpb_warn("run: the intervals of so many effects need %zu rounds, not %u",
			 min, s->plan.rounds);
		fpb_hint("--rounds=%zu", min);
	}
}

int fpb_measure_check(struct fpb_guests *s, const struct fpb_planopts *o)
{
	settle_rounds(s, o);
	return check_fs(s) ? :
	       fpb_jobfiles_settle(&s->plan, s->programs.fio) ? :
	       check_steps(s, o) ? : check_plan(s);
}

/* --- print it --------------------------------------------------------------- */

static void show_step(const struct fpb_step *s)
{
	char target[FPB_NAME_MAX + 8];

	snprintf(target, sizeof(target), "%s%s", s->cell.target,
		 !s->slicing.lanes ? "" : s->raw_seq ? "+raw" : "(+raw)");
	printf("  %-8s %-8s %s numjobs=%u", s->cell.regime, target,
	       s->cell.workload, s->cell.numjobs);
	if (s->slicing.lanes)
		printf(" slices of %.3g ms", s->slicing.slice_ns / 1e6);
	puts("");
}

static void show_steps(const struct fpb_guests *s, unsigned int round,
		       const size_t *group, size_t kernels)
{
	const struct fpb_plan *p = &s->plan;
	size_t n = fpb_plan_ncells(p), nsteps;
	struct fpb_cell cells[n];
	struct fpb_step steps[n];

	fpb_schedule_cells(p, round, kernels > 1 ? 0 : *group, cells);
	nsteps = fpb_schedule_steps(p, cells, n, round, kernels, steps);
	for (size_t i = 0; i < nsteps; i++)
		show_step(&steps[i]);
}

static void show_round(const struct fpb_guests *s, unsigned int round)
{
	size_t order[FPB_MAX_KERNELS], group[FPB_MAX_KERNELS], n;

	fpb_schedule_kernels(s->plan.seed, round, s->nkernels, order);
	for (size_t at = 0; (n = fpb_schedule_group(order, s->nkernels,
						    s->alive, at, group));
	     at++) {
		for (size_t i = 0; i < n; i++)
			printf("round %u: boot %s (%s)\n", round,
			       s->kernels[group[i]].name, s->backend->name);
		show_steps(s, round, group, n);
	}
}

static void dry_run(const struct fpb_run_spec *r)
{
	const struct fpb_guests *s = &r->guests;
	const struct fpb_plan *p = &s->plan;
	const unsigned int rounds = fpb_shard_rounds(&r->shard, s->nkernels,
						     p->rounds);
	char *text = fpb_plan_text(p);

	printf("%s\n", text ? text : "");
	free(text);
	for (unsigned int round = 1; round <= p->rounds; round++)
		if (fpb_shard_has(&r->shard, s->nkernels, round))
			show_round(s, round);
	printf("%s%zu samples, %llu s of measuring\n",
	       fpb_plan_may_end(p) ? "at most " : "",
	       fpb_plan_ncells(p) * rounds *
	       fpb_schedule_boots(s->nkernels, s->alive),
	       (unsigned long long)fpb_plan_measuring_ms(p, s->nkernels,
							 s->alive) *
	       rounds / p->rounds / 1000);
	if (p->why)
		puts("and a boot of each kernel with lock statistics");
}

/* --- do it ------------------------------------------------------------------ */

int fpb_measure(struct fpb_run_spec *r, bool only_print)
{
	int ret;

	fpb_stop_catch();
	ret = fpb_why_check(&r->guests) ? :
	      only_print ? fpb_guests_settle_plan(&r->guests) :
			   fpb_guests_settle(&r->guests);
	if (!ret) {
		fpb_guests_settle_affinity(&r->guests, r->resume);
		ret = fpb_guests_settle_together(&r->guests, r->resume);
	}
	if (ret)
		return ret;
	if (!only_print)
		return fpb_run(r);
	dry_run(r);
	return FPB_EXIT_OK;
}
