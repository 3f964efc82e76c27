// SPDX-License-Identifier: GPL-2.0
/* fpbench replicate: a run's kernels and plan once more, and whether it agrees. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/guestopts.h"
#include "cli/measure.h"
#include "cli/planopts.h"
#include "core/argv.h"
#include "core/memstream.h"
#include "core/planfile.h"
#include "core/replica.h"
#include "core/runfiles.h"
#include "guest/scratch.h"
#include "os/msg.h"
#include "os/stop.h"
#include "os/undo.h"
#include "report/replica.h"
#include "run/kept.h"
#include "run/packed.h"
#include "run/readrun.h"
#include "run/resume.h"

struct options {
	struct fpb_planopts plan;
	char *results, *silence, *fio, *engine, *daemon, *measured;
	char **kernels;			/* NAME=DIR */
};

struct replication {
	const struct options *o;
	const char *path;		/* of the first run, whatever "latest" is */
	struct fpb_rundata first;
	struct fpb_scratch scratch;
	char dir[FPB_PATH_MAX];		/* the first run's files */
	char plan[FPB_PATH_MAX];	/* the plan to measure */
	char *dirs[FPB_MAX_KERNELS];	/* of the kernels, owned */
	char second[FPB_PATH_MAX];	/* the second run */
};

static const struct fpb_manifest *manifest(const struct replication *x)
{
	return &x->first.manifest;
}

/* --- the first run's files -------------------------------------------------- */

static void remove_scratch(void *scratch)
{
	fpb_scratch_down(scratch);
}

static int unpack(struct replication *x)
{
	int ret;

	if (!fpb_packed_is(x->path))
		return fpb_path(x->dir, "%s", x->path) ? FPB_EXIT_USAGE :
							 FPB_EXIT_OK;
	ret = fpb_path(x->dir, "%s/run", x->scratch.path) ? :
	      fpb_mkdirs(x->dir);
	if (ret) {
		fpb_err("cannot make %s: %s", x->dir, strerror(-ret));
		return FPB_EXIT_FAILED;
	}
	ret = fpb_packed_unpack(x->path, x->dir);
	return ret ? fpb_load_status(ret) : FPB_EXIT_OK;
}

/* --- the plan --------------------------------------------------------------- */

/* A job file of the user's is where the run kept it. */
static int find_jobs(const struct replication *x, struct fpb_plan *p)
{
	char path[FPB_PATH_MAX];

	for (size_t i = 0; i < p->nworkloads; i++) {
		struct fpb_workload *w = &p->workloads[i];

		if (!*w->job)
			continue;
		if (fpb_path(path, "%s/job-%s.fio", x->dir, w->name) ||
		    strlen(path) >= sizeof(w->job)) {
			fpb_err("replicate: the path of %s's job files is too long",
				x->path);
			return -ENAMETOOLONG;
		}
		strcpy(w->job, path);
	}
	return 0;
}

/*
 * Which CPUs guests were kept on was settled on another machine, or another day.
 * What is compared are verdicts, and kernels with lock statistics are not kept. An
 * archive of somebody else's does not decide what guests may write to here.
 */
static void unsettle(struct fpb_plan *p)
{
	p->seed = 0;
	p->why = 0;
	p->npin = 0;
	p->confine = 1;
	if (p->affinity == FPB_AFFINITY_FIXED)
		p->affinity = FPB_AFFINITY_AUTO;
}

static int parse_plan(const struct replication *x, const char *text,
		      struct fpb_plan *p)
{
	char why[FPB_REASON_MAX];
	unsigned int line;

	fpb_plan_default(p);
	if (!fpb_plan_parse(p, text, why, &line))
		return find_jobs(x, p);
	fpb_err("replicate: %s/" FPB_FILE_PLAN ":%u: %s", x->path, line, why);
	return -EINVAL;
}

/* The run's plan in x->plan, to be changed by options. An exit status. */
static int write_plan(struct replication *x)
{
	char path[FPB_PATH_MAX], *text = NULL;
	struct fpb_plan p;
	int ret = fpb_path(path, "%s/" FPB_FILE_PLAN, x->dir) ? :
		  fpb_file_read(path, &text, NULL);

	if (ret) {
		fpb_err("replicate: %s/" FPB_FILE_PLAN ": %s", x->path,
			strerror(-ret));
		return FPB_EXIT_USAGE;
	}
	ret = parse_plan(x, text, &p);
	free(text);
	if (ret)
		return FPB_EXIT_USAGE;
	unsettle(&p);
	text = fpb_plan_text(&p);
	ret = text ? fpb_path(x->plan, "%s/" FPB_FILE_PLAN, x->scratch.path) ? :
		     fpb_file_write(x->plan, text) : -ENOMEM;
	free(text);
	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("replicate: cannot write %s: %s", x->plan, strerror(-ret));
	return FPB_EXIT_FAILED;
}

/* --- the kernels ------------------------------------------------------------ */

static int bad_kernel(const char *text)
{
	fpb_err("replicate: --kernel %s: must be NAME=DIR, with the name of a kernel of the run",
		text);
	return FPB_EXIT_USAGE;
}

/* Those that the user has built. */
static int take_given(struct replication *x)
{
	for (char **k = x->o->kernels; k && *k; k++) {
		const size_t len = strcspn(*k, "=");
		size_t i;

		for (i = 0; i < manifest(x)->nkernels; i++) {
			const char *name = manifest(x)->kernels[i].name;

			if (strlen(name) == len && !strncmp(name, *k, len))
				break;
		}
		if (!(*k)[len] || !(*k)[len + 1] ||
		    i == manifest(x)->nkernels || x->dirs[i])
			return bad_kernel(*k);
		x->dirs[i] = realpath(*k + len + 1, NULL);
		if (!x->dirs[i]) {
			fpb_err("replicate: --kernel %s: %s", *k,
				strerror(errno));
			return FPB_EXIT_USAGE;
		}
	}
	return FPB_EXIT_OK;
}

/* The others. */
static int build_kernels(struct replication *x)
{
	const char *names[FPB_MAX_KERNELS];
	char *dirs[FPB_MAX_KERNELS] = { NULL };
	size_t i, n = 0;
	int ret;

	for (i = 0; i < manifest(x)->nkernels; i++)
		if (!x->dirs[i])
			names[n++] = manifest(x)->kernels[i].name;
	ret = fpb_kept_build(x->dir, names, n, dirs);
	for (i = n = 0; i < manifest(x)->nkernels; i++)
		if (!x->dirs[i])
			x->dirs[i] = dirs[n++];
	return ret;
}

static int find_kernels(struct replication *x)
{
	if (!strcmp(manifest(x)->backend, "host")) {
		fpb_err("replicate: %s is a run of the host backend, which boots no kernel",
			x->path);
		fpb_hint("boot each kernel, run \"fpbench run --backend=host\" with the run's plan.ini, and compare the runs");
		return FPB_EXIT_USAGE;
	}
	if (manifest(x)->nkernels > FPB_MAX_KERNELS) {
		fpb_err("replicate: %s has more than %d kernels", x->path,
			FPB_MAX_KERNELS);
		return FPB_EXIT_USAGE;
	}
	return take_given(x) ? : build_kernels(x);
}

/* Also those that the user has built are what they were. */
static int check_kernels(const struct replication *x, const struct fpb_guests *s)
{
	char why[FPB_REASON_MAX];

	for (size_t i = 0; i < s->nkernels; i++) {
		const struct fpb_kernel *k = &s->kernels[i];

		if (!fpb_replica_check_kernel(fpb_json_named(
				manifest(x)->root, "kernels", k->name),
				k->build, why))
			continue;
		fpb_err("replicate: kernel %s in %s is not that of the run: %s",
			k->name, k->dir, why);
		return FPB_EXIT_USAGE;
	}
	return FPB_EXIT_OK;
}

/* --- measure ---------------------------------------------------------------- */

static int choose(struct replication *x, struct fpb_run_spec *r)
{
	const json_t *kernels = fpb_json_at(manifest(x)->root, "kernels");
	char *options[FPB_MAX_KERNELS + 1] = { NULL };
	const struct fpb_guests_wish wish = {
		.command = "replicate", .backend = manifest(x)->backend,
		.kernels = options, .silence = x->o->silence, .fio = x->o->fio,
		.engine = x->o->engine, .daemon = x->o->daemon,
	};
	int ret = FPB_EXIT_OK;

	if (fpb_planopts_plan(&x->o->plan, x->plan, &r->guests.plan))
		return FPB_EXIT_USAGE;
	fpb_planopts_draw_seed(&r->guests.plan);
	for (size_t i = 0; !ret && i < manifest(x)->nkernels; i++) {
		options[i] = fpb_resume_kernel(json_array_get(kernels, i),
					       x->dirs[i]);
		ret = options[i] ? FPB_EXIT_OK : FPB_EXIT_FAILED;
	}
	if (!ret)
		ret = fpb_guests_choose(&r->guests, &wish) ? :
		      check_kernels(x, &r->guests) ? :
		      fpb_measure_check(&r->guests, &x->o->plan);
	for (size_t i = 0; i < manifest(x)->nkernels; i++)
		free(options[i]);
	return ret;
}

/* What is left to do after an interrupted run is resumed. */
static void hint_measured(const struct replication *x)
{
	char *self = fpb_shell_word(program_invocation_name);
	char *run = fpb_shell_word(x->path), *dir = fpb_shell_word(x->second);

	if (self && run && dir)
		fpb_hint("and then: %s replicate --measured=%s %s", self, dir,
			 run);
	free(dir);
	free(run);
	free(self);
}

static int measure(struct replication *x)
{
	struct fpb_run_spec r = {
		.results = x->o->results ? x->o->results : "results",
	};
	int ret = choose(x, &r);

	if (!ret)
		ret = fpb_measure(&r, false);
	if (*r.dir && fpb_path(x->second, "%s", r.dir))
		ret = FPB_EXIT_FAILED;
	fpb_guests_free(&r.guests);
	if (ret == FPB_EXIT_INTERRUPTED && *x->second)
		hint_measured(x);
	return ret;
}

static int prepare_and_measure(struct replication *x)
{
	struct fpb_undo undo = { .n = 0 };
	int ret;

	/* From here on a signal ends it in good order. */
	fpb_stop_catch();
	if (fpb_scratch_up(&x->scratch))
		return FPB_EXIT_FAILED;
	fpb_undo_push(&undo, remove_scratch, &x->scratch);
	ret = unpack(x) ? : write_plan(x) ? : find_kernels(x);
	if (!ret)
		ret = fpb_stop_asked() ? FPB_EXIT_INTERRUPTED : measure(x);
	fpb_undo_all(&undo);
	for (size_t i = 0; i < FPB_MAX_KERNELS; i++)
		free(x->dirs[i]);
	return ret;
}

/* --- compare ---------------------------------------------------------------- */

static int print_replica(const struct fpb_replica *r)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	int ret = out ? fpb_report_replica(out, r) : -ENOMEM;
	char *text = out ? fpb_memstream_close(&m) : NULL;

	if (!ret && text)
		fputs(text, stdout);
	if (!ret)
		ret = !text ? -ENOMEM : fflush(stdout) ? -errno : 0;
	free(text);
	return ret;
}

static int verdict(const struct fpb_replica *r)
{
	if (fpb_replica_disagrees(r))
		return FPB_EXIT_REGRESSION;
	return fpb_replica_unclear(r) ? FPB_EXIT_UNCLEAR : FPB_EXIT_OK;
}

static int compare_summaries(const struct fpb_summary *first,
			     const struct fpb_summary *second)
{
	struct fpb_replica r;
	int ret = fpb_replica_compare(&r, first, second), status;

	if (!ret && !r.neffects) {
		fpb_err("nothing to compare: the run has one kernel, or no target but raw");
		fpb_replica_free(&r);
		return FPB_EXIT_USAGE;
	}
	if (!ret)
		ret = print_replica(&r);
	status = ret ? FPB_EXIT_FAILED : verdict(&r);
	if (ret)
		fpb_err("cannot report on the replication: %s",
			strerror(-ret));
	fpb_replica_free(&r);
	return status;
}

static int compare(const struct replication *x, const struct fpb_rundata *second)
{
	struct fpb_summary s[2];
	char why[FPB_REASON_MAX];
	int ret, status = FPB_EXIT_FAILED;

	if (fpb_replica_check(manifest(x), &second->manifest, why)) {
		fpb_err("%s is not a replication of %s: %s", x->second,
			x->path, why);
		return FPB_EXIT_USAGE;
	}
	ret = fpb_summary_of_run(&s[0], &x->first, FPB_MARGIN_DEFAULT);
	if (!ret) {
		ret = fpb_summary_of_run(&s[1], second, FPB_MARGIN_DEFAULT);
		if (!ret) {
			status = compare_summaries(&s[0], &s[1]);
			fpb_summary_free(&s[1]);
		}
		fpb_summary_free(&s[0]);
	}
	if (ret)
		fpb_err("cannot compare %s and %s: %s", x->path, x->second,
			strerror(-ret));
	return status;
}

static int load_and_compare(const struct replication *x)
{
	struct fpb_rundata second;
	int ret = fpb_load_run(x->second, &second);

	if (ret)
		return fpb_load_status(ret);
	ret = compare(x, &second);
	fpb_rundata_free(&second);
	return ret;
}

/* --- the command ------------------------------------------------------------ */

static int check_measured(const struct options *o)
{
	if (!fpb_planopts_given(&o->plan) && !o->kernels && !o->results &&
	    !o->silence && !o->fio && !o->engine && !o->daemon)
		return FPB_EXIT_OK;
	fpb_err("replicate: --measured measures nothing: it goes with no other option");
	return FPB_EXIT_USAGE;
}

static int second_run(struct replication *x)
{
	int ret;

	if (!x->o->measured)
		return prepare_and_measure(x);
	ret = check_measured(x->o);
	if (!ret && fpb_path(x->second, "%s", x->o->measured)) {
		fpb_err("replicate: --measured: the path is too long");
		ret = FPB_EXIT_USAGE;
	}
	return ret;
}

static int replicate(const struct options *o, const char *run)
{
	struct replication x = { .o = o, .scratch = FPB_SCRATCH_NONE };
	int ret = fpb_load_run(run, &x.first), status;
	char *path;

	if (ret)
		return fpb_load_status(ret);
	path = realpath(run, NULL);
	x.path = path ? path : run;
	ret = second_run(&x);
	/* Of a run that has failed in parts, there is the rest. */
	if (!ret || (ret == FPB_EXIT_FAILED && *x.second)) {
		status = load_and_compare(&x);
		ret = ret ? ret : status;
	}
	free(path);
	fpb_rundata_free(&x.first);
	return ret;
}

FPB_CMD(replicate)
{
	struct options o = { 0 };
	struct poptOption plan_table[] = {
		FPB_PLANOPTS(o.plan) POPT_TABLEEND
	};
	struct poptOption table[] = {
		{ "kernel", 'k', POPT_ARG_ARGV, &o.kernels, 0,
		  "Take kernel NAME from DIR; repeat for more (default: from the cache, or build it)",
		  "NAME=DIR" },
		{ "measured", 0, POPT_ARG_STRING, &o.measured, 0,
		  "Measure nothing; compare with this second run", "RUN" },
		{ "results", 'r', POPT_ARG_STRING, &o.results, 0,
		  "Folder of runs (default: results)", "DIR" },
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, plan_table, 0,
		  "Changes to the plan of RUN (its values replace the defaults below):", NULL },
		FPB_OPT_SILENCE(o),
		FPB_OPT_PROGRAMS(o),
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int status = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		status = replicate(&o, opts.args[0] ? opts.args[0] :
				   FPB_LATEST_RUN);
	fpb_opts_free(&opts);
	return status;
}
