// SPDX-License-Identifier: GPL-2.0
/* fpbench run: options to a struct fpb_run_spec. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cli/cmd.h"
#include "cli/guestopts.h"
#include "cli/planopts.h"
#include "core/plancheck.h"
#include "core/planfile.h"
#include "core/plantime.h"
#include "core/schedule.h"
#include "os/msg.h"
#include "os/stop.h"
#include "run/jobfile.h"
#include "run/resume.h"
#include "run/run.h"

struct options {
	struct fpb_planopts plan;
	char *backend, *results, *resume, *label;
	char *fio, *engine, *daemon, *silence;
	char **kernels;
	int dry_run, aa;
};

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

static void dry_run(const struct fpb_guests *s)
{
	const struct fpb_plan *p = &s->plan;
	char *text = fpb_plan_text(p);

	printf("%s\n", text ? text : "");
	free(text);
	for (unsigned int round = 1; round <= p->rounds; round++)
		show_round(s, round);
	printf("%s%zu samples, %llu s of measuring\n",
	       p->until_ci || p->max_time_ms ? "at most " : "",
	       fpb_plan_ncells(p) * p->rounds *
	       fpb_schedule_boots(s->nkernels, s->alive),
	       (unsigned long long)fpb_plan_measuring_ms(p, s->nkernels,
							 s->alive) / 1000);
}

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

static const char *source_of(const struct fpb_guests *s, const char *name)
{
	for (size_t i = 0; i < s->nkernels; i++)
		if (!strcmp(s->kernels[i].name, name))
			return json_string_value(json_object_get(
				s->kernels[i].build, "source_id"));
	return NULL;
}

/* By these names they are told apart by the series alone. */
static int check_pair(const struct fpb_guests *s)
{
	const char *base = source_of(s, "baseline");
	const char *patched = source_of(s, "patched");

	if (!base || !patched || !strcmp(base, patched))
		return FPB_EXIT_OK;
	fpb_err("run: kernels baseline and patched are built from different sources or configurations");
	fpb_hint("make kernels builds both; -k OLD=DIR -k NEW=DIR compares any two kernels");
	return FPB_EXIT_USAGE;
}

/* Drawn, if the plan says none: it is written down before it is used. */
static void draw_seed(struct fpb_plan *p)
{
	uint32_t seed;

	while (!p->seed)
		if (getrandom(&seed, sizeof(seed), 0) == sizeof(seed))
			p->seed = seed;
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

/* Fewer are for a look, not for an interval. */
#define FEW_ROUNDS	9

/* A quick run has as many as its effects need; others are told. */
static void settle_rounds(struct fpb_guests *s, const struct options *o)
{
	const size_t min = fpb_plan_rounds_min(&s->plan, s->nkernels);

	if (s->plan.rounds >= min)
		return;
	if (o->plan.quick && !o->plan.rounds) {
		s->plan.rounds = min;
	} else if (s->plan.rounds >= FEW_ROUNDS && !s->plan.until_ci) {
		fpb_warn("run: the intervals of so many effects need %zu rounds, not %u",
			 min, s->plan.rounds);
		fpb_hint("--rounds=%zu", min);
	}
}

static int choose(struct fpb_run_spec *r, const struct options *o,
		  const char *file)
{
	static const char *const defaults[] = { "baseline", "patched", NULL };
	const struct fpb_guests_wish wish = {
		.command = "run", .backend = o->backend,
		.kernels = o->kernels, .twice = o->aa,
		/* --aa: the last of them */
		.defaults = defaults + (o->aa ? 1 : 0),
		.label = o->label, .fio = o->fio, .engine = o->engine,
		.daemon = o->daemon, .silence = o->silence,
		.fs = fpb_planopts_compared_fs(&o->plan),
		.plan_only = o->dry_run,
	};

	int ret;

	if (fpb_planopts_plan(&o->plan, file, &r->guests.plan))
		return FPB_EXIT_USAGE;
	draw_seed(&r->guests.plan);
	ret = fpb_guests_choose(&r->guests, &wish);
	if (ret)
		return ret;
	settle_rounds(&r->guests, o);
	return check_fs(&r->guests) ? :
	       fpb_jobfiles_settle(&r->guests.plan, r->guests.programs.fio) ? :
	       check_pair(&r->guests) ? : check_plan(&r->guests);
}

/* What the run was started with is the run itself's to say. */
static int choose_old(struct fpb_run_spec *r, const struct options *o,
		      const char *file)
{
	if (file || fpb_planopts_given(&o->plan) || o->backend || o->kernels ||
	    o->label || o->fio || o->engine || o->daemon || o->results) {
		fpb_err("run: --resume takes plan, backend, kernels and programs from the run itself");
		fpb_hint("it goes with --silence and --dry-run only");
		return FPB_EXIT_USAGE;
	}
	return fpb_resume_choose(r, o->resume, o->silence, o->dry_run);
}

static int run(const struct options *o, const char *file)
{
	struct fpb_run_spec r = {
		.results = o->results ? o->results : "results",
	};
	int ret = o->resume ? choose_old(&r, o, file) : choose(&r, o, file);

	if (!ret) {
		fpb_stop_catch();
		ret = o->dry_run ? fpb_guests_settle_plan(&r.guests) :
				   fpb_guests_settle(&r.guests);
	}
	if (!ret) {
		fpb_guests_settle_affinity(&r.guests, o->resume);
		ret = fpb_guests_settle_together(&r.guests, o->resume);
	}
	if (!ret && o->dry_run)
		dry_run(&r.guests);
	else if (!ret)
		ret = fpb_run(&r);
	fpb_guests_free(&r.guests);
	return ret;
}

FPB_CMD(run)
{
	struct options o = { 0 };
	struct poptOption plan_table[] = {
		FPB_PLANOPTS(o.plan) POPT_TABLEEND
	};
	struct poptOption table[] = {
		FPB_OPT_BACKEND(o),
		{ "kernel", 'k', POPT_ARG_ARGV, &o.kernels, 0,
		  "Kernel to boot; repeat for more. The first is the baseline (default: baseline and patched)",
		  FPB_KERNEL_FORM },
		{ "aa", 0, POPT_ARG_NONE, &o.aa, 0,
		  "Compare one kernel with itself: what then differs is noise (default: patched)",
		  NULL },
		{ "label", 'l', POPT_ARG_STRING, &o.label, 0,
		  "Name for the running kernel, with --backend=host", "NAME" },
		{ "results", 'r', POPT_ARG_STRING, &o.results, 0,
		  "Folder of runs (default: results)", "DIR" },
		{ "resume", 0, POPT_ARG_STRING, &o.resume, 0,
		  "Continue the interrupted run in DIR", "DIR" },
		{ "dry-run", 'n', POPT_ARG_NONE, &o.dry_run, 0,
		  "Print the plan and all samples in order, and change nothing",
		  NULL },
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, plan_table, 0,
		  "The plan:", NULL },
		FPB_OPT_SILENCE(o),
		{ "fio", 0, POPT_ARG_STRING, &o.fio, 0,
		  "fio that the engine was built for (default: the one beside fpbench)", "FILE" },
		{ "engine", 0, POPT_ARG_STRING, &o.engine, 0,
		  "fio engine (default: the one beside fpbench)", "FILE" },
		{ "daemon", 0, POPT_ARG_STRING, &o.daemon, 0,
		  "FUSE daemon (default: the one beside fpbench)", "FILE" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		ret = run(&o, opts.args[0]);
	fpb_opts_free(&opts);
	return ret;
}
