// SPDX-License-Identifier: GPL-2.0
/* fpbench run: options to a struct fpb_run_spec. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/guestopts.h"
#include "cli/measure.h"
#include "cli/planopts.h"
#include "core/parse.h"
#include "os/msg.h"
#include "run/resume.h"

struct options {
	struct fpb_planopts plan;
	char *backend, *results, *resume, *label, *shard;
	char *fio, *engine, *daemon, *silence;
	char **kernels;
	int dry_run, aa, why;
};

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
	fpb_hint("\"fpbench kernels\" builds both; -k OLD=DIR -k NEW=DIR compares any two kernels");
	return FPB_EXIT_USAGE;
}

static int parse_shard(struct fpb_run_spec *r, const char *text)
{
	if (!text || !fpb_parse_part(text, &r->shard.index, &r->shard.of))
		return FPB_EXIT_OK;
	fpb_err("run: --shard \"%s\": must be I/N, with I from 1 to N", text);
	return FPB_EXIT_USAGE;
}

/* All shards have one order, and none of them sees what ends a run. */
static int check_shard(const struct fpb_run_spec *r)
{
	const struct fpb_plan *p = &r->guests.plan;
	const unsigned int max = fpb_shards_max(r->guests.nkernels, p->rounds);

	if (!r->shard.of)
		return FPB_EXIT_OK;
	if (!r->guests.backend->guest) {
		fpb_err("run: --shard: the %s backend boots no kernel: no boot pairs to share",
			r->guests.backend->name);
	} else if (fpb_plan_may_end(p)) {
		fpb_err("run: --shard: a rule may end this run, but a shard sees only its own rounds");
		fpb_hint("set a number of rounds, without until_ci, until_side and max_time");
	} else if (p->why) {
		fpb_err("run: --shard: cannot be combined with --why");
		fpb_hint("make a run with --why and few rounds by itself");
	} else if (!p->seed) {
		fpb_err("run: --shard: all shards need the same seed");
		fpb_hint("--seed=N, or \"seed\" in the plan");
	} else if (r->shard.of > max) {
		fpb_err("run: --shard: %u rounds of %zu kernel%s make %u shard%s at most, not %u",
			p->rounds, r->guests.nkernels,
			r->guests.nkernels == 1 ? "" : "s", max,
			max == 1 ? "" : "s", r->shard.of);
		fpb_hint("a shard has as many rounds as there are kernels, or a multiple: --rounds=N");
	} else {
		return FPB_EXIT_OK;
	}
	return FPB_EXIT_USAGE;
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

	if (parse_shard(r, o->shard) ||
	    fpb_planopts_plan(&o->plan, file, &r->guests.plan))
		return FPB_EXIT_USAGE;
	r->guests.plan.why |= o->why;
	ret = fpb_guests_choose(&r->guests, &wish) ? :
	      fpb_measure_check(&r->guests, &o->plan) ? :
	      check_pair(&r->guests) ? : check_shard(r);
	fpb_planopts_draw_seed(&r->guests.plan);
	return ret;
}

/* What the run was started with is the run itself's to say. */
static int choose_old(struct fpb_run_spec *r, const struct options *o,
		      const char *file)
{
	if (file || fpb_planopts_given(&o->plan) || o->backend || o->kernels ||
	    o->label || o->fio || o->engine || o->daemon || o->results ||
	    o->shard || o->why) {
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

	if (!ret)
		ret = fpb_measure(&r, o->dry_run);
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
		  "Compare one kernel with itself: any difference is noise (default: patched)",
		  NULL },
		{ "why", 0, POPT_ARG_NONE, &o.why, 0,
		  "Boot each kernel once more, with lock statistics, and say where a write's time goes",
		  NULL },
		{ "label", 'l', POPT_ARG_STRING, &o.label, 0,
		  "Name for the running kernel, with --backend=host", "NAME" },
		{ "results", 'r', POPT_ARG_STRING, &o.results, 0,
		  "Folder of runs (default: results)", "DIR" },
		{ "resume", 0, POPT_ARG_STRING, &o.resume, 0,
		  "Continue the interrupted run in DIR", "DIR" },
		{ "shard", 0, POPT_ARG_STRING, &o.shard, 0,
		  "Measure the I-th of N parts of the rounds; fpbench merge joins them",
		  "I/N" },
		{ "dry-run", 'n', POPT_ARG_NONE, &o.dry_run, 0,
		  "Print the plan and all samples in order, and change nothing",
		  NULL },
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, plan_table, 0,
		  "The plan:", NULL },
		FPB_OPT_SILENCE(o),
		FPB_OPT_PROGRAMS(o),
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
