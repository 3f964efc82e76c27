// SPDX-License-Identifier: GPL-2.0
/* fpbench run: options to a struct fpb_run. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sysinfo.h>

#include "cli/cmd.h"
#include "core/parse.h"
#include "core/plancheck.h"
#include "core/planfile.h"
#include "core/plantime.h"
#include "core/schedule.h"
#include "guest/machine.h"
#include "cli/opts.h"
#include "cli/planopts.h"
#include "run/run.h"
#include "os/msg.h"
#include "os/stop.h"

struct options {
	char *backend, *results, *resume, *label;
	char *fio, *engine, *daemon, *silence;
	char **kernels;
	int dry_run;
};

static int add_kernel(struct fpb_run *r, const char *text)
{
	struct fpb_kernel *k = &r->kernels[r->nkernels];

	if (r->nkernels == FPB_MAX_KERNELS) {
		fpb_err("more than %d kernels", FPB_MAX_KERNELS);
		return -EINVAL;
	}
	if (fpb_kernel_parse(k, r->backend, text, r->programs.kernels))
		return -EINVAL;
	for (size_t i = 0; i < r->nkernels; i++) {
		if (!strcmp(r->kernels[i].name, k->name)) {
			fpb_err("two kernels are named %s", k->name);
			return -EINVAL;
		}
	}
	r->nkernels++;
	return 0;
}

static int default_kernels(struct fpb_run *r)
{
	return add_kernel(r, "baseline") || add_kernel(r, "patched") ?
		       -EINVAL : 0;
}

static int choose_kernels(struct fpb_run *r, const struct options *o)
{
	if (!r->backend->guest) {
		if (o->kernels) {
			fpb_err("--kernel: the %s backend boots no kernel; --label names the running one",
				r->backend->name);
			return -EINVAL;
		}
		snprintf(r->kernels[0].name, FPB_NAME_MAX, "%s",
			 o->label ? o->label : "running");
		r->nkernels = 1;
		return 0;
	}
	if (o->label) {
		fpb_err("--label: the %s backend names its kernels by --kernel",
			r->backend->name);
		return -EINVAL;
	}
	if (!o->kernels)
		return default_kernels(r);
	for (char **k = o->kernels; *k; k++)
		if (add_kernel(r, *k))
			return -EINVAL;
	return 0;
}

static int choose_programs(struct fpb_run *r, const struct options *o)
{
	struct fpb_programs *p = &r->programs;

	return fpb_program(p->fio, o->fio, "fio") ||
	       fpb_program(p->engine, o->engine, "fio engine") ||
	       fpb_program(p->daemon, o->daemon, "daemon") ? -EINVAL : 0;
}

/* 0: as the machine is settled to be. */
static int choose_silence(struct fpb_run *r, const struct options *o)
{
	uint64_t nsec = 0;

	if (o->silence && (fpb_parse_time(o->silence, &nsec) ||
			   nsec < 1000000000)) {
		fpb_err("--silence: \"%s\" is no time of at least 1s",
			o->silence);
		return -EINVAL;
	}
	r->silence_ms = nsec / 1000000;
	return 0;
}

/* What the plan leaves open is settled here, before it is written down. */
static void settle_plan(struct fpb_run *r)
{
	struct fpb_plan *p = &r->plan;
	uint32_t seed;

	if (!r->backend->guest)
		p->cpus = get_nprocs();
	else
		for (size_t i = 0; i < r->nkernels; i++)
			fpb_kernel_settle_cpus(&r->kernels[i], p);
	if (!strcmp(p->device.type, "auto"))
		snprintf(p->device.type, sizeof(p->device.type), "%s",
			 fpb_machine_device(r->backend));
	while (!p->seed) {
		if (getrandom(&seed, sizeof(seed), 0) == sizeof(seed))
			p->seed = seed;
	}
}

static void show_job(const struct fpb_plan *p, const struct fpb_job_cell *c)
{
	char target[FPB_NAME_MAX + 8];

	snprintf(target, sizeof(target), "%s%s", c->cell.target,
		 !c->paired ? "" : c->raw_seq ? "+raw" : "(+raw)");
	printf("  %-8s %-8s %s numjobs=%u", c->cell.regime, target,
	       c->cell.workload, c->cell.numjobs);
	if (c->paired)
		printf(" slices of %.3g ms",
		       fpb_plan_slice_ns(p, fpb_plan_regime(p, c->cell.regime),
					 c->cell.numjobs) / 1e6);
	puts("");
}

static void dry_run(const struct fpb_run *r)
{
	const struct fpb_plan *p = &r->plan;
	size_t order[FPB_MAX_KERNELS], n = fpb_plan_ncells(p), njobs;
	struct fpb_cell cells[n];
	struct fpb_job_cell jobs[n];
	char *text = fpb_plan_text(p);

	printf("%s\n", text ? text : "");
	free(text);
	for (unsigned int round = 1; round <= p->rounds; round++) {
		fpb_schedule_kernels(p->seed, round, r->nkernels, order);
		for (size_t i = 0; i < r->nkernels; i++) {
			printf("round %u: boot %s (%s)\n", round,
			       r->kernels[order[i]].name, r->backend->name);
			fpb_schedule_cells(p, round, order[i], cells);
			njobs = fpb_schedule_jobs(p, cells, n, jobs);
			for (size_t c = 0; c < njobs; c++)
				show_job(p, &jobs[c]);
		}
	}
	printf("%zu samples, %llu s of measuring\n",
	       n * r->nkernels * p->rounds,
	       (unsigned long long)fpb_plan_measuring_ms(p, r->nkernels) /
	       1000);
}

/* A resumed run's plan, backend and label are the old run's. */
static int take_old(struct fpb_run *r, struct options *o)
{
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX], *text;
	const char *backend, *label;
	unsigned int line;
	json_error_t err;
	json_t *m;
	int ret;

	if (fpb_path(r->dir, "%s", o->resume) ||
	    fpb_path(path, "%s/manifest.json", r->dir))
		return -EINVAL;
	m = json_load_file(path, 0, &err);
	if (!m) {
		fpb_err("cannot resume: %s: %s", path, err.text);
		return -EINVAL;
	}
	backend = NULL;
	label = NULL;
	json_unpack(m, "{s{ss}}", "backend", "name", &backend);
	json_unpack(m, "{s[{ss}]}", "kernels", "name", &label);
	r->backend = backend ? fpb_backend_find(backend) : NULL;
	if (r->backend && !r->backend->guest && label && !o->label)
		o->label = strdup(label);
	json_decref(m);
	if (!r->backend) {
		fpb_err("cannot resume: %s names no known backend", path);
		return -EINVAL;
	}
	if (fpb_path(path, "%s/plan.ini", r->dir))
		return -EINVAL;
	ret = fpb_file_read(path, &text, NULL);
	if (ret) {
		fpb_err("cannot resume: %s: %s", path, strerror(-ret));
		return ret;
	}
	fpb_plan_default(&r->plan);
	ret = fpb_plan_parse(&r->plan, text, why, &line);
	free(text);
	if (ret)
		fpb_err("%s:%u: %s", path, line, why);
	r->resume = true;
	return ret;
}

static int choose_plan(struct fpb_run *r, struct options *o,
		       const struct fpb_planopts *po, const char *file)
{
	char why[FPB_REASON_MAX];

	if (o->resume) {
		if (file || fpb_planopts_given(po) || o->backend) {
			fpb_err("--resume takes the plan and the backend of the run itself");
			return -EINVAL;
		}
		return take_old(r, o);
	}
	r->backend = fpb_backend_choose(o->backend);
	if (!r->backend)
		return -EINVAL;
	if (fpb_planopts_plan(po, file, &r->plan))
		return -EINVAL;
	if (fpb_plan_check(&r->plan, why) ||
	    (r->backend->guest && fpb_plan_check_guest(&r->plan, why))) {
		fpb_err("plan: %s", why);
		return -EINVAL;
	}
	return 0;
}

static int run(struct options *o, const struct fpb_planopts *po,
	       const char *file)
{
	struct fpb_run r = { .results = o->results ? o->results : "results" };
	int ret;

	if (fpb_programs_default(&r.programs) ||
	    choose_plan(&r, o, po, file))
		return FPB_EXIT_USAGE;
	if (!o->dry_run && fpb_machine_has(r.backend))
		return FPB_EXIT_SKIPPED;
	if (choose_kernels(&r, o) ||
	    choose_programs(&r, o) || choose_silence(&r, o))
		return FPB_EXIT_USAGE;
	/* What CPUs there are is up to the kernels, too. */
	if (!r.resume)
		settle_plan(&r);
	if (o->dry_run) {
		dry_run(&r);
		return FPB_EXIT_OK;
	}
	fpb_stop_catch();
	ret = fpb_machine_settle(r.backend, &r.kernels[0], &r.programs,
				 &r.plan);
	if (ret)
		return ret;
	if (!r.silence_ms)
		r.silence_ms = fpb_machine_silence_ms(r.backend, &r.plan);
	return fpb_run(&r);
}

int fpb_cmd_run(int argc, const char **argv)
{
	struct options o = { 0 };
	struct fpb_planopts po = { 0 };
	struct poptOption plan_table[] = { FPB_PLANOPTS(po) POPT_TABLEEND };
	struct poptOption table[] = {
		{ "backend", 'b', POPT_ARG_STRING, &o.backend, 0,
		  "Where kernels run: uml (default), qemu or host", "NAME" },
		{ "kernel", 'k', POPT_ARG_ARGV, &o.kernels, 0,
		  "A kernel to boot; may be repeated, the first is the baseline (default: baseline and patched as built by make)",
		  "NAME[=DIR][,expect=shared|exclusive]" },
		{ "label", 'l', POPT_ARG_STRING, &o.label, 0,
		  "What to call the running kernel (host)", "NAME" },
		{ "results", 'r', POPT_ARG_STRING, &o.results, 0,
		  "Folder of runs (default: results)", "DIR" },
		{ "resume", 0, POPT_ARG_STRING, &o.resume, 0,
		  "Go on with an interrupted run", "RUN" },
		{ "dry-run", 'n', POPT_ARG_NONE, &o.dry_run, 0,
		  "Print the plan and each sample in order; change nothing",
		  NULL },
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, plan_table, 0,
		  "The plan:", NULL },
		{ "silence", 0, POPT_ARG_STRING, &o.silence, 0,
		  "Give up a guest after so long without a sign of life (default 60s)",
		  "TIME" },
		{ "fio", 0, POPT_ARG_STRING, &o.fio, 0,
		  "The fio that the engine was built for", "FILE" },
		{ "engine", 0, POPT_ARG_STRING, &o.engine, 0,
		  "The fio engine", "FILE" },
		{ "daemon", 0, POPT_ARG_STRING, &o.daemon, 0,
		  "The FUSE daemon", "FILE" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	poptContext ctx;
	const char *file;
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse("run", argc, argv, table, &ctx)) {
		file = poptGetArg(ctx);
		if (!fpb_opts_end(ctx, "run"))
			ret = run(&o, &po, file);
		poptFreeContext(ctx);
	}
	free(o.backend);
	free(o.results);
	free(o.resume);
	free(o.label);
	free(o.fio);
	free(o.engine);
	free(o.daemon);
	free(o.silence);
	for (char **k = o.kernels; k && *k; k++)
		free(*k);
	free(o.kernels);
	fpb_planopts_free(&po);
	return ret;
}
