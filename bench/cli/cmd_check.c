// SPDX-License-Identifier: GPL-2.0
/* fpbench check: the correctness suite, in each kernel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/casefiles.h"
#include "cli/cmd.h"
#include "cli/guestopts.h"
#include "os/msg.h"
#include "os/stop.h"
#include "suite/suite.h"

#define MAX_JOBS	64
#define GUEST_CPUS	2
/* For --full: files of 1 GiB, the memory to verify them, and what fio wants. */
#define FULL_MIB	4096

struct options {
	struct fpb_guestopts guest;
	char *seed, *time, *jobs, *schedule;
	int list, quick, full, stop;
	struct fpb_casefiles files;
};

static void print_list(const struct fpb_suite *s)
{
	for (size_t i = 0; i < s->nchosen; i++)
		printf("%-20s %-6s %s\n", s->chosen[i]->name,
		       s->chosen[i]->quick ? "quick" : "",
		       s->chosen[i]->validates);
}

/* --- what to run ------------------------------------------------------------ */

static int check_schedule(const char *text)
{
	const char *slash = text ? strchr(text, '/') : NULL;

	if (!text || (slash && slash > text && slash[1] &&
		      !slash[1 + strspn(slash + 1, "AB")]))
		return 0;
	fpb_err("check: --schedule: \"%s\": must be a pair and the steps of A and B, such as truncate/ABBA",
		text);
	return -EINVAL;
}

/* Other cases do not know the pair. */
static int check_one_case(const struct fpb_suite *s)
{
	if (!s->schedule || s->nchosen == 1)
		return FPB_EXIT_OK;
	fpb_err("check: --schedule=%s: needs the name of its case, and no other",
		s->schedule);
	return FPB_EXIT_USAGE;
}

static int take_options(struct fpb_suite *s, struct options *o)
{
	uint64_t jobs = 0;

	s->seed = 1;
	if (fpb_opts_number("check: --jobs", o->jobs, 1, MAX_JOBS, &jobs) ||
	    fpb_opts_number("check: --seed", o->seed, 1, INT32_MAX,
			    &s->seed) ||
	    fpb_opts_seconds("check: --time", o->time, &s->seconds) ||
	    check_schedule(o->schedule))
		return FPB_EXIT_USAGE;
	s->jobs = jobs;
	s->schedule = o->schedule;
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
	int ret;

	fpb_plan_default(p);
	p->cpus = GUEST_CPUS;
	if (s->full)
		p->memory_mib = FULL_MIB;
	ret = fpb_guestopts_plan(&o->guest, "check", sections, p) ? :
	      fpb_guests_choose(&s->guests, &wish);
	if (!ret && !s->guests.backend->guest)
		s->jobs = 1;
	return ret;
}

static int run_suite(struct fpb_suite *s, const struct options *o)
{
	int ret = choose_guests(s, o);

	if (ret)
		return ret;
	fpb_stop_catch();
	ret = fpb_guests_settle(&s->guests);
	if (!ret && !s->jobs)
		s->jobs = fpb_guests_at_once(&s->guests);
	if (!ret && fpb_casefiles_make(&o->files, s->dir))
		ret = FPB_EXIT_FAILED;
	if (!ret)
		ret = fpb_suite_run(s);
	if (!ret && fpb_casefiles_write(&o->files, s->dir, s->results,
					s->nresults))
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
	if (!ret && fpb_casefiles_check(&o->files))
		ret = FPB_EXIT_USAGE;
	if (!ret && fpb_suite_open(s))
		ret = FPB_EXIT_FAILED;
	if (!ret && fpb_suite_choose(s, names, o->quick))
		ret = FPB_EXIT_USAGE;
	ret = ret ? : check_one_case(s);
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
	struct options o = { .files = { .command = "check" } };
	struct poptOption table[] = {
		{ "list", 'l', POPT_ARG_NONE, &o.list, 0,
		  "List the cases and run nothing", NULL },
		FPB_GUESTOPTS(o.guest, "Kernel to boot; repeat for more (default: check-baseline and check-patched)"),
		{ "quick", 'q', POPT_ARG_NONE, &o.quick, 0,
		  "Run the quick set only", NULL },
		{ "full", 0, POPT_ARG_NONE, &o.full, 0,
		  "Use the sizes and times of the cover letter", NULL },
		{ "jobs", 'j', POPT_ARG_STRING, &o.jobs, 0,
		  "Guests at once (default: one for every two CPUs, if memory allows)",
		  "N" },
		FPB_OPT_CASEFILES(o.files),
		{ "seed", 's', POPT_ARG_STRING, &o.seed, 0,
		  "Random seed for the cases (default: 1)", "N" },
		{ "time", 't', POPT_ARG_STRING, &o.time, 0,
		  "Run time of timed cases, such as differential",
		  "TIME" },
		{ "schedule", 0, POPT_ARG_STRING, &o.schedule, 0,
		  "Run one schedule of an order_* case, as the report of its failure names it",
		  "PAIR/STEPS" },
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
