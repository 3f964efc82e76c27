// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench check: the cases of bench/check, each in a kernel of its own, so
 * that one that breaks the kernel is known by name.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/boot.h"
#include "cli/cmd.h"
#include "core/casereport.h"
#include "core/console.h"
#include "core/parse.h"
#include "core/guestshare.h"
#include "guest/machine.h"
#include "cli/opts.h"
#include "cli/planopts.h"
#include "guest/programs.h"
#include "report/checkreport.h"
#include "guest/scratch.h"
#include "os/clock.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "os/stop.h"

#define MAX_KERNELS	8
#define MAX_CASES	128
#define MAX_JOBS	64
#define GUEST_CPUS	2

struct options {
	char *backend, *format, *output, *seed, *time, *jobs;
	char **kernels;
	int list, full, stop;
};

struct check {
	const struct fpb_backend *backend;
	struct fpb_programs programs;
	char fpcheck[FPB_PATH_MAX], naive[FPB_PATH_MAX], dir[FPB_PATH_MAX];
	struct fpb_kernel kernels[MAX_KERNELS];
	size_t nkernels;
	json_t *list;			/* of fpcheck, which cases borrow */
	struct fpb_check_case cases[MAX_CASES];
	size_t ncases;
	/* Those to run, in this order. */
	const struct fpb_check_case *chosen[MAX_CASES];
	size_t nchosen;
	struct fpb_plan plan;
	unsigned int patience;
	uint64_t seed, seconds;
	bool full;
	/* The results, those of one case side by side. */
	struct fpb_check_result *results;
	size_t nresults;
};

/* --- one case in one kernel, in a process of its own ---------------------------- */

struct boot {
	struct fpb_booting b;
	json_t *event;			/* what fpcheck said, or NULL */
	bool killed;			/* as it had asked for */
};

static int on_event(struct fpb_booting *b, json_t *event)
{
	struct boot *boot = b->user;
	const char *what = json_string_value(json_object_get(event, "event"));

	if (!strcmp(what, "case") && !boot->event)
		boot->event = json_incref(event);
	boot->killed = !strcmp(what, "kill");
	return boot->killed ? -ECANCELED : 0;
}

static void add(json_t *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add(json_t *command, const char *fmt, ...)
{
	char text[FPB_PATH_MAX + 32];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_append_new(command, json_string(text));
}

static json_t *command(const struct check *k, const struct fpb_kernel *kernel,
		       const struct fpb_check_case *c, const char *dir,
		       int phase)
{
	const char *share = k->backend->guest ? FPB_GUEST_SHARE : dir;
	json_t *o = json_array();

	add(o, "%s", k->fpcheck);
	add(o, "--case=%s", c->name);
	add(o, "--events=%s/events.jsonl", share);
	add(o, "--share=%s", share);
	add(o, "--fio=%s", k->programs.fio);
	add(o, "--daemon=%s", k->programs.daemon);
	add(o, "--naive=%s", k->naive);
	add(o, "--seed=%lu", (unsigned long)k->seed);
	add(o, "--time=%lu", (unsigned long)k->seconds);
	add(o, "--patience=%u", k->patience);
	if (kernel->expect != FPB_LOCK_UNKNOWN)
		add(o, "--expect=%s", fpb_lock_name(kernel->expect));
	if (phase)
		add(o, "--phase=%d", phase);
	if (k->full)
		add(o, "--full");
	if (k->backend->guest)
		add(o, "--guest");
	return o;
}

/* What the kernel said, whole, for the report; "" if nothing. */
static char *splat_text(const char *dir)
{
	char path[FPB_PATH_MAX], *text, *copy = NULL;
	struct fpb_splat splat;

	if (fpb_path(path, "%s/console.log", dir) ||
	    fpb_file_read(path, &text, NULL))
		return strdup("");
	if (!fpb_console_splat(text, &splat))
		copy = strndup(splat.report, splat.report_len);
	free(text);
	return copy ? copy : strdup("");
}

/* Fills @r from what was said and how the boot ended. */
static int judge(struct boot *boot, const char *dir,
		 struct fpb_check_result *r)
{
	char *splat = splat_text(dir);
	bool spoke = boot->event &&
		     !fpb_check_result_from_json(boot->event, r);
	int ret = 0;

	snprintf(r->release, sizeof(r->release), "%s",
		 boot->b.record.release);
	/* A guest that powers off after a case that hung has ended early. */
	if (!splat)
		ret = -ENOMEM;
	else if (!spoke || (strcmp(boot->b.record.status, "ok") &&
			    (*splat || r->status != FPB_CHECK_FAIL)))
		ret = fpb_check_result_fail(r, boot->b.record.reason, splat);
	free(splat);
	return ret;
}

/* @phase: 0, or 1 and 2 for the boot that is killed and the one after it. */
static int boot_once(const struct check *k, const struct fpb_kernel *kernel,
		     const struct fpb_check_case *c, const char *dir,
		     struct boot *boot, int phase)
{
	struct fpb_job job = { .plan = k->plan, .fio = k->programs.fio,
			       .engine = k->programs.engine,
			       .daemon = k->programs.daemon };
	struct fpb_scratch scratch;
	char events[FPB_PATH_MAX];
	int ret;

	*boot = (struct boot){
		.b = { .backend = k->backend, .kernel = kernel,
		       .agent = k->programs.self, .dir = dir, .job = &job,
		       .on_event = on_event, .user = boot,
		       .record = { .round = 1, .attempt = 1 } },
	};
	if (fpb_scratch_up(&scratch))
		return -EIO;
	boot->b.scratch = scratch.path;
	/* fpcheck ends a case that hangs; this is for a kernel that does. */
	boot->b.silence_ms = ((k->full ? c->full_s : c->quick_s) + k->seconds +
			      60) * k->patience * 1000ULL;
	snprintf(boot->b.record.boot, FPB_NAME_MAX, "%.40s", c->name);
	job.command = command(k, kernel, c, dir, phase);
	ret = fpb_path(events, "%s/events.jsonl", dir);
	if (!ret) {
		/* What the boot before has said is heard. */
		unlink(events);
		ret = fpb_boot_run(&boot->b);
	}
	json_decref(job.command);
	fpb_scratch_down(&scratch);
	return ret;
}

/* Returns an exit status. */
static int run_one(const struct check *k, const struct fpb_kernel *kernel,
		   const struct fpb_check_case *c, const char *dir,
		   struct fpb_check_result *r)
{
	const bool kill_it = c->kill && k->backend->guest;
	struct boot boot;
	int ret = boot_once(k, kernel, c, dir, &boot, kill_it ? 1 : 0);

	if (ret == -ECANCELED && boot.killed)
		ret = boot_once(k, kernel, c, dir, &boot, 2);
	if (!ret && !strcmp(boot.b.record.status, "interrupted"))
		ret = FPB_EXIT_INTERRUPTED;
	else if (ret || judge(&boot, dir, r))
		ret = FPB_EXIT_FAILED;
	json_decref(boot.event);
	return ret;
}

/* The result goes from the child that boots to us as a file. */
static int save(const struct fpb_check_result *r, const char *dir)
{
	char path[FPB_PATH_MAX];
	json_t *o = json_pack("{ss ss ss ss ss ss ss sf}",
			      "status", fpb_check_status_name(r->status),
			      "release", r->release, "reason", r->reason,
			      "notes", r->notes, "known", r->known, "facts",
			      r->facts, "splat", r->splat, "seconds",
			      r->seconds);
	int ret = o ? fpb_path(path, "%s/result.json", dir) : -ENOMEM;

	if (!ret)
		ret = fpb_file_write_json(path, o);
	json_decref(o);
	return ret;
}

static int load(struct fpb_check_result *r, const char *dir)
{
	const char *release = "", *facts = "", *splat = "";
	char path[FPB_PATH_MAX];
	json_t *o;
	int ret = fpb_path(path, "%s/result.json", dir);

	if (ret)
		return ret;
	o = json_load_file(path, 0, NULL);
	ret = o ? fpb_check_result_from_json(o, r) : -ENOENT;
	if (!ret) {
		json_unpack(o, "{s?s s?s s?s}", "release", &release, "facts",
			    &facts, "splat", &splat);
		snprintf(r->release, sizeof(r->release), "%s", release);
		free(r->facts);
		free(r->splat);
		r->facts = strdup(facts);
		r->splat = strdup(splat);
	}
	json_decref(o);
	return ret;
}

/* --- all of them ------------------------------------------------------------------ */

struct task {
	const struct fpb_kernel *kernel;
	struct fpb_check_result *result;
	char dir[FPB_PATH_MAX];
	pid_t pid;
};

static int task_start(struct check *k, struct task *t)
{
	const pid_t parent = getpid();
	int ret = fpb_path(t->dir, "%s/%s/%s", k->dir, t->kernel->name,
			   t->result->c->name);

	if (ret)
		return ret;
	t->pid = fork();
	if (t->pid < 0)
		return -errno;
	if (!t->pid) {
		/* Nobody would hear of it: takes its guest down. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(FPB_EXIT_INTERRUPTED);
		ret = run_one(k, t->kernel, t->result->c, t->dir, t->result);
		if (!ret && save(t->result, t->dir))
			ret = FPB_EXIT_FAILED;
		_exit(ret);
	}
	return 0;
}

/* Returns an exit status. */
static int task_end(struct check *k, struct task *t, int status)
{
	struct fpb_check_result *r = t->result;
	int ret = WIFEXITED(status) ? WEXITSTATUS(status) : FPB_EXIT_FAILED;

	if (ret == FPB_EXIT_INTERRUPTED)
		return ret;
	if (ret || load(r, t->dir)) {
		ret = fpb_check_result_fail(r, "could not be run, see above",
					    "") ? FPB_EXIT_FAILED : 0;
		if (ret)
			return ret;
	}
	snprintf(r->kernel, sizeof(r->kernel), "%s", t->kernel->name);
	fpb_status_line(NULL);
	fpb_info("  %-20s %-16s %-15s %5.1f s  %s", r->c->name, r->kernel,
		 fpb_check_status_name(r->status), r->seconds,
		 r->status == FPB_CHECK_PASS ? "" : r->reason);
	return 0;
}

/* As many guests at once as have CPUs of their own. */
static int run_tasks(struct check *k, struct task *tasks, size_t n,
		     unsigned int jobs, bool stop)
{
	size_t next = 0, running = 0;
	int ret = 0, status;
	pid_t pid;

	while (running || (next < n && !ret)) {
		if (next < n && running < jobs && !ret && !fpb_stop_asked()) {
			ret = task_start(k, &tasks[next]) ? FPB_EXIT_FAILED : 0;
			running += !ret;
			next++;
			continue;
		}
		if (fpb_stop_asked()) {
			ret = FPB_EXIT_INTERRUPTED;
			for (size_t i = 0; i < next; i++)
				if (tasks[i].pid > 0)
					kill(tasks[i].pid, SIGTERM);
			if (!running)
				break;
		}
		pid = waitpid(-1, &status, 0);
		for (size_t i = 0; pid > 0 && i < next; i++) {
			if (tasks[i].pid != pid)
				continue;
			tasks[i].pid = 0;
			running--;
			if (!ret)
				ret = task_end(k, &tasks[i], status);
			k->nresults++;
			if (stop && tasks[i].result->status == FPB_CHECK_FAIL)
				n = next;
		}
	}
	return ret;
}

static int run_all(struct check *k, unsigned int jobs, bool stop)
{
	size_t n = 0, max = k->nchosen * k->nkernels;
	struct task *tasks = calloc(max, sizeof(*tasks));
	int ret;

	k->results = calloc(max, sizeof(*k->results));
	if (!tasks || !k->results) {
		free(tasks);
		return FPB_EXIT_FAILED;
	}
	for (size_t c = 0; c < k->nchosen; c++) {
		for (size_t i = 0; i < k->nkernels; i++) {
			k->results[n].c = k->chosen[c];
			tasks[n].kernel = &k->kernels[i];
			tasks[n].result = &k->results[n];
			n++;
		}
	}
	ret = run_tasks(k, tasks, n, jobs, stop);
	/* With --stop what is not run has no result. */
	k->nresults = 0;
	while (k->nresults < n && k->results[k->nresults].reason)
		k->nresults++;
	free(tasks);
	return ret;
}

/* --- what to run --------------------------------------------------------------------- */

static int load_cases(struct check *k)
{
	const char *argv[] = { k->fpcheck, "--list", NULL };
	char *text, *line, *save_ptr = NULL;
	int ret = fpb_spawn_read(argv, 10000, &text);

	k->list = json_array();
	for (line = ret ? NULL : strtok_r(text, "\n", &save_ptr); line && !ret;
	     line = strtok_r(NULL, "\n", &save_ptr)) {
		json_t *o = json_loads(line, 0, NULL);

		if (!o || k->ncases == MAX_CASES)
			ret = -EINVAL;
		else
			ret = fpb_check_case_from_json(o,
						&k->cases[k->ncases++]);
		json_array_append_new(k->list, o);
	}
	if (ret)
		fpb_err("%s --list: %s", k->fpcheck, strerror(-ret));
	else
		free(text);
	return ret;
}

static int choose_cases(struct check *k, const char **names, bool quick)
{
	for (size_t i = 0; !names && i < k->ncases; i++)
		if (!quick || k->cases[i].quick)
			k->chosen[k->nchosen++] = &k->cases[i];
	for (; names && *names; names++) {
		size_t i = 0;

		while (i < k->ncases && strcmp(k->cases[i].name, *names))
			i++;
		if (i == k->ncases || k->nchosen == MAX_CASES) {
			fpb_err("check: there is no case \"%s\"", *names);
			fpb_hint("fpbench check --list shows them");
			return -EINVAL;
		}
		k->chosen[k->nchosen++] = &k->cases[i];
	}
	return 0;
}

static int add_kernel(struct check *k, const char *text)
{
	if (k->nkernels == MAX_KERNELS) {
		fpb_err("check: more than %d kernels", MAX_KERNELS);
		return -EINVAL;
	}
	return fpb_kernel_parse(&k->kernels[k->nkernels++], k->backend, text,
				k->programs.kernels);
}

static int choose_kernels(struct check *k, char **names)
{
	if (!k->backend->guest) {
		strcpy(k->kernels[0].name, "running");
		k->nkernels = 1;
		return 0;
	}
	if (!names)
		return add_kernel(k, "check-baseline") ||
		       add_kernel(k, "check-patched") ? -EINVAL : 0;
	for (; *names; names++)
		if (add_kernel(k, *names))
			return -EINVAL;
	return 0;
}

static void print_list(const struct check *k)
{
	for (size_t i = 0; i < k->nchosen; i++)
		printf("%-20s %-6s %s\n", k->chosen[i]->name,
		       k->chosen[i]->quick ? "quick" : "",
		       k->chosen[i]->validates);
}

static int parse_number(const char *option, const char *text, uint64_t max,
			uint64_t *n)
{
	if (!text)
		return 0;
	if (!fpb_parse_u64(text, n) && *n && *n <= max)
		return 0;
	fpb_err("check: --%s: \"%s\" is no number from 1 to %llu", option,
		text, (unsigned long long)max);
	return -EINVAL;
}

static int settle(struct check *k)
{
	int ret;

	if (!k->plan.cpus)
		k->plan.cpus = GUEST_CPUS;
	/* Files of 1 GiB, the memory to verify them, and what fio wants. */
	if (k->full && k->plan.memory_mib < 4096)
		k->plan.memory_mib = 4096;
	snprintf(k->plan.device.type, FPB_NAME_MAX, "%s",
		 fpb_machine_device(k->backend));
	for (size_t i = 0; i < k->nkernels; i++) {
		ret = fpb_machine_settle(k->backend, &k->kernels[i],
					 &k->programs, &k->plan);
		if (ret)
			return ret;
		fpb_kernel_settle_cpus(&k->kernels[i], &k->plan);
	}
	k->patience = fpb_machine_accel(k->backend, &k->plan)->patience;
	return 0;
}

static int make_dir(struct check *k)
{
	char stamp[32], *full = realpath(".", NULL);
	int ret;

	fpb_utc("%Y%m%dT%H%M%SZ", stamp, sizeof(stamp));
	ret = full ? fpb_path(k->dir, "%s/results/check-%s-%d", full, stamp,
			      (int)getpid()) : -errno;
	if (!ret)
		ret = fpb_mkdirs(k->dir);
	if (ret)
		fpb_err("check: cannot make %s: %s", k->dir, strerror(-ret));
	free(full);
	return ret;
}

static int write_report(const struct check *k,
			const struct fpb_check_report *f, const char *path)
{
	FILE *out = fopen(path, "we");
	int ret = out ? f->write(out, k->results, k->nresults) : -errno;

	if (out && fclose(out) && !ret)
		ret = -errno;
	if (ret)
		fpb_err("check: cannot write %s: %s", path, strerror(-ret));
	return ret;
}

/* Every format is kept; the one that was asked for is printed. */
static int report(struct check *k, const struct fpb_check_report *wanted,
		  const char *output)
{
	const struct fpb_check_report *f;
	char path[FPB_PATH_MAX];
	int ret = 0;

	for (f = fpb_check_reports; f->name && !ret; f++) {
		ret = fpb_path(path, "%s/report.%s", k->dir, f->name);
		if (!ret)
			ret = write_report(k, f, path);
	}
	if (!ret)
		ret = output ? write_report(k, wanted, output) :
			       wanted->write(stdout, k->results, k->nresults);
	fpb_info("Consoles and reports: %s", k->dir);
	return ret;
}

/* Before the first case, not after the last. */
static int can_write(const char *output)
{
	FILE *out = output ? fopen(output, "ae") : NULL;

	if (output && !out) {
		fpb_err("check: cannot write %s: %s", output, strerror(errno));
		return -EINVAL;
	}
	if (out)
		fclose(out);
	return 0;
}

static int run_and_report(struct check *k, const struct options *o,
			  const struct fpb_check_report *format,
			  unsigned int jobs)
{
	int ret;

	if (can_write(o->output))
		return FPB_EXIT_USAGE;
	fpb_stop_catch();
	ret = settle(k);
	if (!ret && make_dir(k))
		ret = FPB_EXIT_FAILED;
	if (!ret)
		ret = run_all(k, jobs, o->stop);
	if (!ret && report(k, format, o->output))
		ret = FPB_EXIT_FAILED;
	if (!ret)
		ret = fpb_check_exit(k->results, k->nresults);
	for (size_t i = 0; i < k->nresults; i++)
		fpb_check_result_free(&k->results[i]);
	free(k->results);
	return ret;
}

static int prepare(struct check *k, const struct options *o,
		   const struct fpb_planopts *po, const char **names,
		   uint64_t *jobs)
{
	char dir[FPB_PATH_MAX], *slash;

	*jobs = get_nprocs() / GUEST_CPUS;
	if (parse_number("jobs", o->jobs, MAX_JOBS, jobs) ||
	    parse_number("seed", o->seed, INT32_MAX, &k->seed) ||
	    parse_number("time", o->time, 86400, &k->seconds))
		return FPB_EXIT_USAGE;
	if (!*jobs)
		*jobs = 1;
	k->backend = fpb_backend_choose(o->backend);
	if (!k->backend)
		return FPB_EXIT_USAGE;
	if (!k->backend->guest)
		*jobs = 1;
	if (fpb_programs_default(&k->programs))
		return FPB_EXIT_FAILED;
	snprintf(dir, sizeof(dir), "%s", k->programs.self);
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	if (fpb_path(k->fpcheck, "%s/fpcheck", dir) ||
	    fpb_path(k->naive, "%s/fpnaive", dir) || load_cases(k))
		return FPB_EXIT_FAILED;
	k->full = o->full;
	if (choose_cases(k, names, po->quick))
		return FPB_EXIT_USAGE;
	if (o->list)
		return FPB_EXIT_OK;
	if (fpb_machine_has(k->backend))
		return FPB_EXIT_SKIPPED;
	return choose_kernels(k, o->kernels) ||
	       fpb_planopts_plan(po, NULL, &k->plan) ? FPB_EXIT_USAGE : 0;
}

static int run(const struct options *o, const struct fpb_planopts *po,
	       const char **names)
{
	const struct fpb_check_report *format =
		fpb_check_report_find(o->format ? o->format : "text");
	struct check *k = calloc(1, sizeof(*k));
	uint64_t jobs;
	int ret;

	if (!k)
		return FPB_EXIT_FAILED;
	k->seed = 1;
	if (!format) {
		fpb_err("check: --format: \"%s\" is none of text, tap, junit",
			o->format);
		ret = FPB_EXIT_USAGE;
	} else {
		ret = prepare(k, o, po, names, &jobs);
	}
	if (!ret && o->list)
		print_list(k);
	else if (!ret)
		ret = run_and_report(k, o, format, jobs);
	json_decref(k->list);
	free(k);
	return ret;
}

int fpb_cmd_check(int argc, const char **argv)
{
	struct options o = { 0 };
	struct fpb_planopts po = { 0 };
	struct poptOption table[] = {
		{ "list", 'l', POPT_ARG_NONE, &o.list, 0,
		  "List the cases and run nothing", NULL },
		{ "kernel", 'k', POPT_ARG_ARGV, &o.kernels, 0,
		  "A kernel to boot; may be repeated (default: check-baseline and check-patched)",
		  "NAME[=DIR][,expect=shared|exclusive]" },
		{ "backend", 'b', POPT_ARG_STRING, &o.backend, 0,
		  "Where kernels run: uml (default), qemu or host", "NAME" },
		{ "quick", 'q', POPT_ARG_NONE, &po.quick, 0,
		  "Only the quick set", NULL },
		{ "full", 0, POPT_ARG_NONE, &o.full, 0,
		  "With the sizes and times of the cover letter", NULL },
		{ "jobs", 'j', POPT_ARG_STRING, &o.jobs, 0,
		  "Guests at once (default: one for every two CPUs)", "N" },
		{ "format", 'f', POPT_ARG_STRING, &o.format, 0,
		  "text (default), tap or junit", "NAME" },
		{ "output", 'o', POPT_ARG_STRING, &o.output, 0,
		  "Write the report here (default: standard output)", "FILE" },
		{ "seed", 's', POPT_ARG_STRING, &o.seed, 0,
		  "Of what cases draw (default 1)", "N" },
		{ "time", 't', POPT_ARG_STRING, &o.time, 0,
		  "For cases that go by time, such as differential",
		  "SECONDS" },
		{ "stop", 0, POPT_ARG_NONE, &o.stop, 0,
		  "End at the first failure", NULL },
		{ "set", 0, POPT_ARG_ARGV, &po.set, 0,
		  "A key of a plan file, such as guest.memory=1g",
		  "SECTION.KEY=VALUE" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	poptContext ctx;
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse("check", argc, argv, table, &ctx)) {
		ret = run(&o, &po, poptGetArgs(ctx));
		poptFreeContext(ctx);
	}
	free(o.backend);
	free(o.format);
	free(o.output);
	free(o.seed);
	free(o.time);
	free(o.jobs);
	for (char **k = o.kernels; k && *k; k++)
		free(*k);
	free(o.kernels);
	fpb_planopts_free(&po);
	return ret;
}
