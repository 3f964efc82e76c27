// SPDX-License-Identifier: GPL-2.0
/* fpbench bisect: options to a struct fpb_search, and what it found. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bisect/search.h"
#include "cli/cmd.h"
#include "cli/guestopts.h"
#include "cli/planopts.h"
#include "core/argv.h"
#include "core/parse.h"
#include "core/plancheck.h"
#include "os/msg.h"
#include "os/stop.h"
#include "report/bisect.h"

/*
 * A boot pair takes a few seconds: few cells and short samples, as in the
 * sessions whose verdicts bench/calibration counts.
 */
static const char small_plan[] =
	"[sweep]\n"
	"numjobs = 1,2\n"
	"targets = fuse\n"
	"regimes = cpu\n"
	"runtime = 200ms\n"
	"ramp = 50ms\n"
	"filesize = 64m\n"
	"max_time = 10m\n"
	"[device]\n"
	"size = 320m\n"
	"[guest]\n"
	"memory = 1g\n";

struct options {
	struct fpb_planopts plan;
	char *effect, *risk, *config, *results, *resume, *silence;
};

/* --- what is asked for ------------------------------------------------------ */

static int parse_percent(const char *option, const char *text, uint64_t lo,
			 uint64_t hi, double *share)
{
	uint64_t n;

	if (!text)
		return 0;
	if (!fpb_parse_percent(text, &n) && n >= lo && n <= hi) {
		*share = n / 1e4;
		return 0;
	}
	fpb_err("bisect: %s \"%s\": must be a percentage from %g to %g", option,
		text, lo / 100.0, hi / 100.0);
	return -EINVAL;
}

/* One number tells good from bad. */
static int check_plan(const struct fpb_plan *p)
{
	char why[FPB_REASON_MAX];
	size_t targets = 0;

	for (size_t i = 0; i < p->ntargets; i++)
		targets += strcmp(p->targets[i].name, FPB_TARGET_RAW) != 0;
	if (p->nregimes * p->nworkloads * targets != 1) {
		fpb_err("bisect: needs one regime, one workload and one target other than raw, not %zu of them together",
			p->nregimes * p->nworkloads * targets);
		return FPB_EXIT_USAGE;
	}
	if (!fpb_plan_check(p, why) && !fpb_plan_check_guest(p, why))
		return FPB_EXIT_OK;
	fpb_err("plan: %s", why);
	return FPB_EXIT_USAGE;
}

static int check_config(struct fpb_search *s, const char *config)
{
	char *full = config ? realpath(config, NULL) : NULL;
	int ret = !config ? 0 : !full ? -errno : fpb_path(s->config, "%s", full);

	free(full);
	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("bisect: --config %s: %s", config, strerror(-ret));
	return FPB_EXIT_USAGE;
}

static int make(struct fpb_search *s, const struct options *o,
		const char *const *args)
{
	if (!args[0] || !args[1] || !args[2]) {
		fpb_err("bisect: needs a Linux tree, a good revision and a bad one");
		fpb_hint("fpbench bisect ~/linux v7.2 v7.3");
		return FPB_EXIT_USAGE;
	}
	s->effect = s->risk = 0.05;
	if (parse_percent("--effect", o->effect, 100, 5000, &s->effect) ||
	    parse_percent("--risk", o->risk, 10, 2000, &s->risk) ||
	    fpb_planopts_plan(&o->plan, NULL, &s->plan) ||
	    fpb_path(s->tree, "%s", args[0]))
		return FPB_EXIT_USAGE;
	fpb_planopts_draw_seed(&s->plan);
	return check_plan(&s->plan) ? : check_config(s, o->config) ? :
	       fpb_search_make(s, o->results ? : "results", args[1], args[2]);
}

static int open_old(struct fpb_search *s, const struct options *o,
		    const char *const *args)
{
	if (!args[0] && !o->effect && !o->risk && !o->config && !o->results &&
	    !fpb_planopts_given(&o->plan))
		return fpb_search_open(s, o->resume);
	fpb_err("bisect: --resume takes tree, revisions and plan from the search itself");
	fpb_hint("it goes with --silence only");
	return FPB_EXIT_USAGE;
}

/* --- what it came to -------------------------------------------------------- */

/* Those that git names; their number, or -ENOMEM. */
static long list_found(const struct fpb_search *s, struct fpb_revision **found)
{
	char *log = fpb_repo_log(&s->repo);
	struct fpb_revisions all = { 0 };
	struct fpb_revision r = { .commit = "" };
	int ret = 0;

	for (size_t i = 0; log && !ret; i++) {
		if (fpb_bisect_found(log, i, r.commit))
			break;
		fpb_repo_subject(&s->repo, r.commit, r.subject,
				 sizeof(r.subject));
		ret = fpb_revisions_add(&all, &r);
	}
	free(log);
	*found = all.at;
	return ret ? ret : (long)all.n;
}

static int report(const struct fpb_search *s, int status)
{
	struct fpb_revision *found;
	const long n = list_found(s, &found);
	const struct fpb_bisect_report r = {
		.good = s->good, .effect = s->effect,
		.risk = s->plan.side_risk / 1e4,
		.revisions = &s->done, .found = found, .n = n > 0 ? n : 0,
	};
	char *tree = fpb_shell_word(s->tree), *dir = fpb_shell_word(s->dir);
	int ret = n < 0 ? n : fpb_report_bisect(stdout, &r);

	if (!ret && n > 0 && tree && dir)
		fpb_info("To go on from there: git -C %s bisect replay %s/bisect.log",
			 tree, dir);
	free(dir);
	free(tree);
	free(found);
	if (ret || fflush(stdout) || ferror(stdout)) {
		fpb_err("cannot print the result: %s", strerror(ret ? -ret :
								errno));
		return FPB_EXIT_FAILED;
	}
	return status ? status : n == 1 ? FPB_EXIT_OK : FPB_EXIT_UNCLEAR;
}

static void hint_resume(const struct fpb_search *s)
{
	char *self = fpb_shell_word(program_invocation_name);
	char *dir = fpb_shell_word(s->dir);

	if (self && dir)
		fpb_hint("to continue: %s bisect --resume %s", self, dir);
	free(dir);
	free(self);
}

static int bisect(const struct options *o, const char *const *args)
{
	struct fpb_search s = { .silence = o->silence };
	int ret;

	fpb_stop_catch();
	ret = o->resume ? open_old(&s, o, args) : make(&s, o, args);
	if (!ret) {
		fpb_info("%zu commits: about %u revisions to measure; results in %s",
			 s.commits, fpb_bisect_steps(s.commits) + 1, s.dir);
		ret = fpb_search_run(&s);
		/* Also of an end that was not the one hoped for. */
		if (!ret || s.done.n)
			ret = report(&s, ret);
		if (ret == FPB_EXIT_INTERRUPTED || ret == FPB_EXIT_FAILED ||
		    ret == FPB_EXIT_SKIPPED)
			hint_resume(&s);
	}
	fpb_search_free(&s);
	return ret;
}

FPB_CMD(bisect)
{
	struct options o = { .plan.preset = small_plan };
	struct poptOption table[] = {
		{ "effect", 'e', POPT_ARG_STRING, &o.effect, 0,
		  "Slowdown to look for, in percent; bad is slower by more than half of it (default: 5)",
		  "PCT" },
		{ "risk", 0, POPT_ARG_STRING, &o.risk, 0,
		  "Chance that any verdict is wrong, in percent (default: 5)",
		  "PCT" },
		{ "max-time", 0, POPT_ARG_STRING, &o.plan.max_time, 0,
		  "Time to measure one revision, which is skipped if it is not resolved by then (default: 10m)",
		  "TIME" },
		{ "numjobs", 'j', POPT_ARG_STRING, &o.plan.numjobs, 0,
		  "Numbers of fio jobs (default: 1,2)", "LIST" },
		{ "regime", 0, POPT_ARG_STRING, &o.plan.regimes, 0,
		  "Regime to measure (default: cpu)", "NAME" },
		{ "target", 0, POPT_ARG_STRING, &o.plan.targets, 0,
		  "Target to measure (default: fuse)", "NAME" },
		{ "workload", 'w', POPT_ARG_STRING, &o.plan.workloads, 0,
		  "Workload to measure (default: randwrite)", "NAME" },
		{ "runtime", 't', POPT_ARG_STRING, &o.plan.runtime, 0,
		  "Run time per sample (default: 200ms)", "TIME" },
		{ "seed", 0, POPT_ARG_STRING, &o.plan.seed, 0,
		  "Random seed for the order of boots and cells (default: a new one)",
		  "N" },
		{ "set", 0, POPT_ARG_ARGV, &o.plan.set, 0,
		  "Key of the plan; fpbench list --keys explains them",
		  "SECTION.KEY=VALUE" },
		{ "config", 0, POPT_ARG_STRING, &o.config, 0,
		  "Fragment to add to our kernel configuration", "FILE" },
		{ "results", 'r', POPT_ARG_STRING, &o.results, 0,
		  "Folder in which to make bisect-TIME (default: results)",
		  "DIR" },
		{ "resume", 0, POPT_ARG_STRING, &o.resume, 0,
		  "Continue the interrupted search in DIR", "DIR" },
		FPB_OPT_SILENCE(o),
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int status = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		status = bisect(&o, opts.args);
	fpb_opts_free(&opts);
	return status;
}
