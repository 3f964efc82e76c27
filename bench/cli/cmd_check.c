// SPDX-License-Identifier: GPL-2.0
/* fpbench check: the correctness suite, in each kernel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/guestopts.h"
#include "core/parse.h"
#include "os/clock.h"
#include "os/msg.h"
#include "os/stop.h"
#include "report/checkreport.h"
#include "suite/suite.h"

#define MAX_JOBS	64
#define GUEST_CPUS	2
#define SEC		1000000000ull	/* in ns */
#define DAY_S		86400
/* For --full: files of 1 GiB, the memory to verify them, and what fio wants. */
#define FULL_MIB	4096

struct options {
	struct fpb_guestopts guest;
	char *format, *output, *seed, *time, *jobs;
	int list, quick, full, stop;
	const struct fpb_check_report *report;
};

/* --- the report ------------------------------------------------------------- */

static int write_report(const struct fpb_suite *s,
			const struct fpb_check_report *f, const char *path)
{
	FILE *out = fopen(path, "we");
	int ret = out ? f->write(out, s->results, s->nresults) : -errno;

	if (out && fclose(out) && !ret)
		ret = -errno;
	if (ret)
		fpb_err("check: cannot write %s: %s", path, strerror(-ret));
	return ret;
}

/* Every format is kept; the one that was asked for is printed. */
static int report(struct fpb_suite *s, const struct fpb_check_report *wanted,
		  const char *output)
{
	const struct fpb_check_report *f;
	char path[FPB_PATH_MAX];
	int ret = 0;

	for (f = fpb_check_reports; f->name && !ret; f++) {
		ret = fpb_path(path, "%s/report.%s", s->dir, f->name);
		if (!ret)
			ret = write_report(s, f, path);
	}
	if (!ret)
		ret = output ? write_report(s, wanted, output) :
			       wanted->write(stdout, s->results, s->nresults);
	if (!ret && fpb_file_link(FPB_LATEST_CHECK, strrchr(s->dir, '/') + 1))
		fpb_warn("cannot make " FPB_LATEST_CHECK);
	fpb_info("Consoles and reports: %s", s->dir);
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

static int make_dir(struct fpb_suite *s)
{
	char stamp[32], *full = realpath(".", NULL);
	int ret;

	fpb_utc("%Y%m%dT%H%M%SZ", stamp, sizeof(stamp));
	ret = full ? fpb_path(s->dir, "%s/results/check-%s-%d", full, stamp,
			      (int)getpid()) : -errno;
	if (!ret)
		ret = fpb_mkdirs(s->dir);
	if (ret)
		fpb_err("check: cannot make %s: %s", s->dir, strerror(-ret));
	free(full);
	return ret;
}

static void print_list(const struct fpb_suite *s)
{
	for (size_t i = 0; i < s->nchosen; i++)
		printf("%-20s %-6s %s\n", s->chosen[i]->name,
		       s->chosen[i]->quick ? "quick" : "",
		       s->chosen[i]->validates);
}

/* --- what to run ------------------------------------------------------------ */

static int parse_seconds(const char *option, const char *text, uint64_t *s)
{
	uint64_t ns;

	if (!text)
		return 0;
	if (!fpb_parse_time(text, &ns) && ns >= SEC && ns <= DAY_S * SEC &&
	    ns % SEC == 0) {
		*s = ns / SEC;
		return 0;
	}
	fpb_err("check: --%s: \"%s\": must be a time from 1s to 24h, in steps of 1s",
		option, text);
	return -EINVAL;
}

static int take_options(struct fpb_suite *s, struct options *o)
{
	uint64_t jobs = get_nprocs() / GUEST_CPUS;

	o->report = fpb_check_report_find(o->format ? o->format : "text");
	if (!o->report) {
		fpb_err("check: --format: \"%s\": must be text, tap or junit",
			o->format);
		return FPB_EXIT_USAGE;
	}
	s->seed = 1;
	if (fpb_opts_number("check: --jobs", o->jobs, 1, MAX_JOBS, &jobs) ||
	    fpb_opts_number("check: --seed", o->seed, 1, INT32_MAX,
			    &s->seed) ||
	    parse_seconds("time", o->time, &s->seconds))
		return FPB_EXIT_USAGE;
	s->jobs = jobs ? jobs : 1;
	s->full = o->full;
	s->stop_at_failure = o->stop;
	return FPB_EXIT_OK;
}

static int choose_guests(struct fpb_suite *s, const struct options *o)
{
	static const char *const sections[] = { "guest", NULL };
	static const char *const defaults[] = {
		"check-baseline", "check-patched", NULL
	};
	const struct fpb_guests_wish wish = {
		.command = "check", .backend = o->guest.backend,
		.kernels = o->guest.kernels, .defaults = defaults,
		.silence = o->guest.silence,
	};
	struct fpb_plan *p = &s->guests.plan;
	int ret = fpb_guestopts_plan(&o->guest, "check", sections, p) ? :
		  fpb_guests_choose(&s->guests, &wish);

	if (!p->cpus)
		p->cpus = GUEST_CPUS;
	if (s->full && p->memory_mib < FULL_MIB)
		p->memory_mib = FULL_MIB;
	if (!ret && !s->guests.backend->guest)
		s->jobs = 1;
	return ret;
}

static int run_suite(struct fpb_suite *s, const struct options *o)
{
	int ret = can_write(o->output) ? FPB_EXIT_USAGE : choose_guests(s, o);

	if (ret)
		return ret;
	fpb_stop_catch();
	ret = fpb_guests_settle(&s->guests);
	if (!ret && make_dir(s))
		ret = FPB_EXIT_FAILED;
	if (!ret)
		ret = fpb_suite_run(s);
	if (!ret && report(s, o->report, o->output))
		ret = FPB_EXIT_FAILED;
	return ret ? ret : fpb_check_exit(s->results, s->nresults);
}

static int run(struct options *o, const char *const *names)
{
	struct fpb_suite *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return FPB_EXIT_FAILED;
	ret = take_options(s, o);
	if (!ret && fpb_suite_open(s))
		ret = FPB_EXIT_FAILED;
	if (!ret && fpb_suite_choose(s, names, o->quick))
		ret = FPB_EXIT_USAGE;
	if (!ret && o->list)
		print_list(s);
	else if (!ret)
		ret = run_suite(s, o);
	fpb_suite_close(s);
	free(s);
	return ret;
}

FPB_CMD(check)
{
	struct options o = { 0 };
	struct poptOption table[] = {
		{ "list", 'l', POPT_ARG_NONE, &o.list, 0,
		  "List the cases and run nothing", NULL },
		FPB_GUESTOPTS(o.guest, "Kernel to boot; repeat for more (default: check-baseline and check-patched)"),
		{ "quick", 'q', POPT_ARG_NONE, &o.quick, 0,
		  "Run the quick set only", NULL },
		{ "full", 0, POPT_ARG_NONE, &o.full, 0,
		  "Use the sizes and times of the cover letter", NULL },
		{ "jobs", 'j', POPT_ARG_STRING, &o.jobs, 0,
		  "Guests at once (default: one for every two CPUs)", "N" },
		{ "format", 'f', POPT_ARG_STRING, &o.format, 0,
		  "Report format: text, tap or junit (default: text)", "NAME" },
		{ "output", 'o', POPT_ARG_STRING, &o.output, 0,
		  "File for the report (default: standard output)", "FILE" },
		{ "seed", 's', POPT_ARG_STRING, &o.seed, 0,
		  "Random seed for the cases (default: 1)", "N" },
		{ "time", 't', POPT_ARG_STRING, &o.time, 0,
		  "Run time of timed cases, such as differential",
		  "TIME" },
		{ "stop", 0, POPT_ARG_NONE, &o.stop, 0,
		  "Stop at the first failure", NULL },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		ret = run(&o, opts.args[0] ? opts.args : NULL);
	fpb_opts_free(&opts);
	return ret;
}
