// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench cost: how many instructions of the kernel an I/O takes, by function.
 * Each kernel is booted in QEMU with a clock that counts instructions, once for
 * each seed; a plugin counts between marks that the fio engine sets. What came
 * out is kept in a folder like a run's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/guestopts.h"
#include "cli/planopts.h"
#include "core/cost.h"
#include "core/guestshare.h"
#include "core/memstream.h"
#include "core/plancheck.h"
#include "core/runfiles.h"
#include "core/schedule.h"
#include "os/cpus.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "os/stop.h"
#include "report/cost.h"
#include "run/rundir.h"

/*
 * I/Os before the first mark and to the second. Both are multiples of a batch,
 * and what is counted is one of the files after which "create" begins anew.
 */
#define WARM_UP		1600
#define COUNTED		8000
#define QEMU		"qemu-system-x86_64"

/* Ways to submit are regimes, on a device that completes at once. */
static const char preset[] =
	"[sweep]\nnumjobs=1\npairing=separate\nramp=0\nruntime=600s\n"
	"filesize=64m\nseed=1\n"
	"[regime psync]\nlike=cpu\nsubmit=psync\niodepth=1\nbatch=1\n"
	"[regime libaio]\nlike=cpu\n"
	"[regime io_uring]\nlike=cpu\nsubmit=io_uring\niodepth=1\nbatch=1\n"
	"[device]\nsize=512m\nqueue_depth=64\n"
	"[guest]\nmemory=1g\naccel=exact\n";

struct options {
	struct fpb_planopts plan;
	char **kernels;
	char *submit, *seeds, *format, *silence, *results;
	char *fio, *engine, *daemon;
};

/* One boot: a kernel with a seed. */
struct boot {
	struct cost *cost;
	struct fpb_guest g;
	struct fpb_job job;
	char dir[FPB_PATH_MAX], counts[FPB_PATH_MAX + 16];
	char plugin[3 * FPB_PATH_MAX];
	/* Of the steps that were measured. */
	struct fpb_cell *cells;
	size_t ncells;
};

struct cost {
	struct fpb_run_spec run;
	uint64_t seeds;
	struct boot *boots;		/* by seed, then by kernel */
	size_t nboots, booted;
	struct fpb_cost result;
};

/* --- what a boot says -------------------------------------------------------- */

static int on_event(struct fpb_guest *g, json_t *event)
{
	struct boot *b = g->user;
	json_t *o = json_object_get(event, "sample");
	char why[FPB_REASON_MAX];
	struct fpb_sample s;

	if (!o)
		return 0;
	if (fpb_sample_from_json(o, &s, why)) {
		fpb_err("the agent reported no sample: %s", why);
		return -EINVAL;
	}
	if (s.status == FPB_SAMPLE_OK) {
		b->cells[b->ncells++] = s.cell;
		return 0;
	}
	if (s.status == FPB_SAMPLE_SKIPPED) {
		fpb_warn("kernel %s: %s: %s", g->kernel->name, s.cell.target,
			 s.reason);
		return 0;
	}
	fpb_err("kernel %s: %s %s %s: %s", g->kernel->name, s.cell.workload,
		s.cell.regime, s.cell.target, s.reason);
	return -EIO;
}

static int read_symbols(const struct boot *b, struct fpb_symbols *symbols)
{
	char path[FPB_PATH_MAX], *text;

	return fpb_path(path, "%s/" FPB_SHARE_SYMBOLS, b->dir) ? :
	       fpb_file_read(path, &text, NULL) ? :
	       fpb_symbols_parse(symbols, text);
}

/* The regions lie in the order of the samples. Returns an exit status. */
static int take_counts(struct boot *b)
{
	struct fpb_symbols symbols = { 0 };
	char *text = NULL, why[FPB_REASON_MAX];
	const char *regions;
	int ret = read_symbols(b, &symbols) ? :
		  fpb_file_read(b->counts, &text, NULL);

	if (ret)
		snprintf(why, sizeof(why), "cannot read what was counted: %s",
			 strerror(-ret));
	regions = text;
	for (size_t i = 0; !ret && i < b->ncells; i++)
		ret = fpb_cost_add(&b->cost->result, b->g.kernel->name,
				   &b->cells[i], &regions, &symbols, COUNTED,
				   why);
	if (ret)
		fpb_err("kernel %s: %s", b->g.kernel->name, why);
	fpb_symbols_free(&symbols);
	free(text);
	return ret ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

/* --- what it is told --------------------------------------------------------- */

/* All steps lie there from the start: nothing waits for us. */
static int write_step(const struct boot *b, unsigned int n, json_t *o)
{
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/" FPB_SHARE_STEP, b->dir, n) ? :
		  o ? fpb_file_write_json(path, o) : -ENOMEM;

	json_decref(o);
	return ret;
}

/* A path of its own is the same in each regime. */
static bool is_again(const struct fpb_plan *p, const struct fpb_cell *c)
{
	return strcmp(c->regime, p->regimes[0].name) &&
	       strcmp(fpb_plan_workload(p, c->workload)->path,
		      FPB_PATH_REGIME);
}

static int write_steps(struct boot *b)
{
	const struct fpb_plan *p = &b->cost->run.guests.plan;
	unsigned int n = 0;
	int ret = fpb_mkdirs(b->dir);

	for (size_t i = 0; !ret && i < fpb_plan_ncells(p); i++) {
		const struct fpb_step s = {
			.seq = i + 1, .cell = fpb_plan_cell(p, i),
			.slicing.job_ms = p->runtime_ms,
			.mark_ios = COUNTED, .mark_after = WARM_UP,
		};

		if (!is_again(p, &s.cell))
			ret = write_step(b, n++, fpb_step_to_json(&s));
	}
	return ret ? : write_step(b, n, json_object());
}

/* The same name in each boot: nothing that a guest sees tells them apart. */
static int plan_boot(struct cost *c, size_t i)
{
	const struct fpb_guests *s = &c->run.guests;
	struct boot *b = &c->boots[i];
	const char *scratch = s->scratch.path;
	int ret;

	*b = (struct boot){ .cost = c, .job = fpb_guests_job(s) };
	b->cells = calloc(fpb_plan_ncells(&s->plan), sizeof(*b->cells));
	if (!b->cells)
		return -ENOMEM;
	b->job.sweep = true;
	b->job.plan.seed = s->plan.seed + i / s->nkernels;
	b->g = fpb_guests_guest(s, &s->kernels[i % s->nkernels], &b->job,
				b->dir);
	b->g.on_event = on_event;
	b->g.user = b;
	b->g.sealed = true;
	b->g.plugin = b->plugin;
	/* It says nothing before all is done. */
	b->g.silence_ms *= fpb_plan_ncells(&s->plan);
	strcpy(b->g.record.boot, "cost");
	ret = fpb_path(b->dir, "%s/cost-%zu", scratch, i);
	if (ret)
		return ret;
	snprintf(b->counts, sizeof(b->counts), "%s/counts", b->dir);
	snprintf(b->plugin, sizeof(b->plugin), "%s,out=%s", s->programs.count,
		 b->counts);
	return write_steps(b);
}

static struct fpb_guest *next_boot(void *user)
{
	struct cost *c = user;
	struct boot *b = &c->boots[c->booted];
	int ret;

	if (c->booted == c->nboots)
		return NULL;
	ret = plan_boot(c, c->booted++);
	if (ret) {
		fpb_err("cannot prepare a boot of kernel %s: %s",
			b->g.kernel ? b->g.kernel->name : "?", strerror(-ret));
		return NULL;
	}
	fpb_info("booting kernel %s, %zu of %zu ...", b->g.kernel->name,
		 c->booted, c->nboots);
	return &b->g;
}

static int boot_done(struct fpb_guest *g, int error, void *user)
{
	struct cost *c = user;
	const struct boot *b = g->user;
	int ret = error ? FPB_EXIT_FAILED : fpb_guest_status(g);

	if (ret == FPB_EXIT_FAILED)
		fpb_scratch_keep(&c->run.guests.scratch, b->dir, "cost");
	return ret;
}

/* --- all of them ------------------------------------------------------------- */

/* Its argument "probe" ends QEMU once it is loaded. */
static int probe_plugin(const struct fpb_guests *s)
{
	char plugin[FPB_PATH_MAX + 16], log[FPB_PATH_MAX], why[FPB_REASON_MAX];
	const struct fpb_programs *p = &s->programs;
	const char *argv[] = { QEMU, "-machine", "none", "-nodefaults",
			       "-display", "none", "-plugin", plugin, NULL };

	snprintf(plugin, sizeof(plugin), "%s,probe=on", p->count);
	if (fpb_path(log, "%s/probe.log", s->scratch.path))
		return FPB_EXIT_FAILED;
	if (!fpb_spawn_run_why(argv, log, 20000, why))
		return FPB_EXIT_OK;
	fpb_err("cost: this QEMU does not take the plugin %s: %s", p->count,
		why);
	return FPB_EXIT_SKIPPED;
}

/* --- what came out ----------------------------------------------------------- */

/* For free(), or NULL: no memory. */
static char *page_of(const struct fpb_cost_report *r)
{
	struct fpb_memstream m;
	struct fpb_page page = { .out = fpb_memstream_open(&m) };
	int ret = page.out ? fpb_cost_page(&page, r) : -ENOMEM;
	char *text = page.out ? fpb_memstream_close(&m) : NULL;

	if (!ret)
		return text;
	free(text);
	return NULL;
}

/* The same. */
static char *json_of(const struct fpb_cost_report *r)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	json_t *o = out ? fpb_cost_json(r) : NULL;
	int ret = o ? json_dumpf(o, out, JSON_INDENT(2) | JSON_SORT_KEYS |
				 JSON_REAL_PRECISION(12)) : -1;
	char *text;

	json_decref(o);
	if (!out)
		return NULL;
	fputs("\n", out);
	text = fpb_memstream_close(&m);
	if (!ret)
		return text;
	free(text);
	return NULL;
}

static int write_in(const char *dir, const char *name, const char *suffix,
		    const char *text)
{
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/%s%s", dir, name, suffix) ? :
		  fpb_file_write(path, text);

	if (ret)
		fpb_err("cost: cannot write %s%s in %s: %s", name, suffix, dir,
			strerror(-ret));
	return ret;
}

static int write_picture(const char *name, const char *svg, void *plots)
{
	return write_in(plots, name, ".svg", svg);
}

static int keep(struct cost *c, const struct fpb_cost_report *r,
		const char *page, const char *json)
{
	char plots[FPB_PATH_MAX];
	const char *dir = c->run.dir;

	if (fpb_rundir_make(&c->run) ||
	    write_in(dir, FPB_FILE_COST, "", json) ||
	    write_in(dir, FPB_FILE_TABLE, "", page))
		return FPB_EXIT_FAILED;
	if (fpb_path(plots, "%s/plots", dir) || fpb_mkdirs(plots) ||
	    fpb_cost_draw(r, write_picture, plots)) {
		fpb_err("cost: cannot draw into %s/plots", dir);
		return FPB_EXIT_FAILED;
	}
	fpb_info("Kept: %s", dir);
	fpb_info("Flame graphs: %s", plots);
	return FPB_EXIT_OK;
}

static int report(struct cost *c, bool as_json)
{
	const struct fpb_guests *s = &c->run.guests;
	const char *kernels[FPB_MAX_KERNELS];
	const struct fpb_cost_report r = {
		.cost = &c->result, .plan = &s->plan, .kernels = kernels,
		.nkernels = s->nkernels, .ios = COUNTED,
	};
	char *page, *json;
	int ret = FPB_EXIT_FAILED;

	for (size_t i = 0; i < s->nkernels; i++)
		kernels[i] = s->kernels[i].name;
	page = page_of(&r);
	json = json_of(&r);
	if (page && json) {
		fputs(as_json ? json : page, stdout);
		fflush(stdout);
		ret = keep(c, &r, page, json);
	} else {
		fpb_err("cost: out of memory");
	}
	free(json);
	free(page);
	return ret;
}

static int boot_all(struct cost *c)
{
	unsigned int cpus[FPB_PLAN_MAX_LIST];
	const struct fpb_guests_queue q = {
		/* Each keeps one CPU busy; what it counts is no time. */
		.alive = fpb_cpus_usable(cpus, FPB_PLAN_MAX_LIST) ? : 1,
		.next = next_boot, .done = boot_done, .user = c,
	};
	int ret;

	c->nboots = c->seeds * c->run.guests.nkernels;
	c->boots = calloc(c->nboots, sizeof(*c->boots));
	if (!c->boots)
		return FPB_EXIT_FAILED;
	ret = fpb_guests_run(&c->run.guests, &q);
	/* In their order, whichever came first. */
	for (size_t i = 0; i < c->nboots; i++) {
		ret = ret ? : take_counts(&c->boots[i]);
		free(c->boots[i].cells);
	}
	free(c->boots);
	return ret;
}

static int check_plan(const struct fpb_plan *p)
{
	char why[FPB_REASON_MAX];

	if (fpb_plan_check(p, why)) {
		fpb_err("cost: %s", why);
		return FPB_EXIT_USAGE;
	}
	for (size_t i = 0; i < p->nworkloads; i++) {
		if (!*p->workloads[i].job)
			continue;
		fpb_err("cost: workload %s is a fio job file: it sets no marks",
			p->workloads[i].name);
		return FPB_EXIT_USAGE;
	}
	return FPB_EXIT_OK;
}

static int choose(struct cost *c, const struct options *o)
{
	static const char *const defaults[] = { "baseline", "patched", NULL };
	const struct fpb_guests_wish wish = {
		.command = "cost", .backend = "qemu", .kernels = o->kernels,
		.defaults = defaults, .silence = o->silence, .fio = o->fio,
		.engine = o->engine, .daemon = o->daemon,
	};
	struct fpb_planopts plan = o->plan;

	plan.preset = preset;
	plan.regimes = o->submit ? : (char *)"psync,libaio,io_uring";
	c->seeds = 2;
	if (fpb_opts_number("cost: --seeds", o->seeds, 1, FPB_COST_SEEDS,
			    &c->seeds) ||
	    fpb_planopts_plan(&plan, NULL, &c->run.guests.plan))
		return FPB_EXIT_USAGE;
	return check_plan(&c->run.guests.plan) ? :
	       fpb_guests_choose(&c->run.guests, &wish) ? :
	       fpb_guests_settle(&c->run.guests) ? :
	       probe_plugin(&c->run.guests);
}

static int run(const struct options *o)
{
	const bool as_json = o->format && !strcmp(o->format, "json");
	struct cost c = { .run = {
		.results = o->results ? o->results : "results", .kind = "cost",
	} };
	int ret;

	if (o->format && !as_json && strcmp(o->format, "text")) {
		fpb_err("cost: --format: \"%s\": must be text or json",
			o->format);
		return FPB_EXIT_USAGE;
	}
	fpb_stop_catch();
	ret = choose(&c, o) ? : boot_all(&c) ? : report(&c, as_json);
	fpb_cost_free(&c.result);
	fpb_guests_free(&c.run.guests);
	return ret;
}

FPB_CMD(cost)
{
	struct options o = { 0 };
	struct poptOption table[] = {
		{ "kernel", 'k', POPT_ARG_ARGV, &o.kernels, 0,
		  "Kernel to boot; repeat for more. The first is the baseline (default: baseline and patched)",
		  FPB_KERNEL_FORM },
		{ "workload", 'w', POPT_ARG_STRING, &o.plan.workloads, 0,
		  "Workloads; fpbench list shows them (default: randwrite)", "LIST" },
		{ "submit", 0, POPT_ARG_STRING, &o.submit, 0,
		  "Submission paths (default: psync,libaio,io_uring)", "LIST" },
		{ "targets", 0, POPT_ARG_STRING, &o.plan.targets, 0,
		  "Targets; fpbench list explains them (default: raw,fuse)", "LIST" },
		{ "fs", 0, POPT_ARG_ARGV, &o.plan.fs, 0,
		  "Count I/O on what COMMAND mounts from {source} on {mnt}", "COMMAND" },
		{ "seeds", 0, POPT_ARG_STRING, &o.seeds, 0,
		  "Boots of each kernel, each with its own seed (default: 2)", "N" },
		{ "format", 'f', POPT_ARG_STRING, &o.format, 0,
		  "Report format: text or json (default: text)", "NAME" },
		{ "results", 'r', POPT_ARG_STRING, &o.results, 0,
		  "Folder of results (default: results)", "DIR" },
		{ "set", 0, POPT_ARG_ARGV, &o.plan.set, 0,
		  "Key of the plan; fpbench list --keys explains them", "SECTION.KEY=VALUE" },
		FPB_OPT_SILENCE(o),
		FPB_OPT_PROGRAMS(o),
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		ret = run(&o);
	fpb_opts_free(&opts);
	return ret;
}
