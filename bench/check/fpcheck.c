// SPDX-License-Identifier: GPL-2.0
/*
 * fpcheck: runs one case of the correctness suite on the kernel that it runs
 * on, as root, and appends the result as one line of JSON to a file.
 */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/runner.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "os/stop.h"

static const struct check_case *const tables[] = {
	lock_path_cases, eof_cases, in_flight_cases, order_cases,
	privileges_cases, requests_cases, io_uring_cases, setfl_cases,
	size_cases, mixed_cases, close_cases, stacked_cases,
	device_error_cases, limit_cases, outage_cases, power_cut_cases,
	load_cases, differential_cases,
};

#define N_TABLES	(sizeof(tables) / sizeof(*tables))

static json_t *row_json(const struct check_case *row)
{
	return json_pack("{ss ss ss ss ss sb sb si si ss*}",
			 "case", row->name, "setup", row->setup,
			 "workload", row->workload,
			 "lock_path", row->lock_path,
			 "validates", row->validates,
			 "quick", !!(row->flags & CHECK_QUICK),
			 "kill", !!(row->flags & CHECK_POWER_CUT),
			 "quick_s", check_deadline_s(row, false),
			 "full_s", check_deadline_s(row, true),
			 "corrects", row->corrects);
}

static int list(void)
{
	for (size_t t = 0; t < N_TABLES; t++) {
		for (const struct check_case *r = tables[t]; r->name; r++) {
			json_t *o = row_json(r);
			int ret = json_dumpf(o, stdout, JSON_COMPACT);

			json_decref(o);
			if (ret || puts("") < 0)
				return FPB_EXIT_FAILED;
		}
	}
	return FPB_EXIT_OK;
}

static const struct check_case *find(const char *name)
{
	for (size_t t = 0; name && t < N_TABLES; t++)
		for (const struct check_case *r = tables[t]; r->name; r++)
			if (!strcmp(r->name, name))
				return r;
	return NULL;
}

struct options {
	struct check_context c;
	const char *name, *expect;
	int list, full, guest, patience;
};

/* 0 or an exit status. */
static int parse(int argc, const char **argv, struct options *o)
{
	struct check_context *c = &o->c;
	const struct poptOption table[] = {
		{ "list", 0, POPT_ARG_NONE, &o->list, 0,
		  "Print all cases, one JSON object a line", NULL },
		{ "case", 0, POPT_ARG_STRING, &o->name, 0, "Case to run",
		  "NAME" },
		{ "events", 0, POPT_ARG_STRING, &c->events, 0,
		  "File to append the result to (default: print it)", "FILE" },
		{ "expect", 0, POPT_ARG_STRING, &o->expect, 0,
		  "Lock of a kernel without counters (default: unknown)",
		  "shared|exclusive" },
		{ "full", 0, POPT_ARG_NONE, &o->full, 0,
		  "Use the sizes and run times of the cover letter", NULL },
		{ "seed", 0, POPT_ARG_LONG, &c->seed, 0,
		  "Random seed (default: 1)", "N" },
		{ "time", 0, POPT_ARG_INT, &c->seconds, 0,
		  "Run time of cases such as differential (default: 5, with --full 60)",
		  "SECONDS" },
		{ "schedule", 0, POPT_ARG_STRING, &c->schedule, 0,
		  "Run this schedule alone", "PAIR/STEPS" },
		{ "phase", 0, POPT_ARG_INT, &c->phase, 0,
		  "1 before a power cut, 2 after it", "1|2" },
		{ "patience", 0, POPT_ARG_INT, &o->patience, 0,
		  "Factor for deadlines (default: 1)", "N" },
		{ "guest", 0, POPT_ARG_NONE, &o->guest, 0,
		  "Power this kernel off if the case cannot be killed", NULL },
		{ "fio", 0, POPT_ARG_STRING, &c->fio, 0, "Path of fio",
		  "FILE" },
		{ "daemon", 0, POPT_ARG_STRING, &c->daemon, 0, "Path of fpfs",
		  "FILE" },
		{ "naive", 0, POPT_ARG_STRING, &c->naive, 0,
		  "Path of fpnaive", "FILE" },
		{ "share", 0, POPT_ARG_STRING, &c->share, 0,
		  "Folder for logs, which outlives this kernel", "DIR" },
		{ "work", 0, POPT_ARG_STRING, &c->work, 0,
		  "Folder for mounts (default: $FPB_WORK)", "DIR" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("fpcheck", argc, argv, table, 0);
	int rc = poptGetNextOpt(ctx);

	if (rc < -1)
		fpb_err("fpcheck: %s: %s", poptBadOption(ctx, 0),
			poptStrerror(rc));
	poptFreeContext(ctx);
	return rc < -1 ? FPB_EXIT_USAGE : 0;
}

/* 0 or an exit status. */
static int settle(struct options *o)
{
	struct check_context *c = &o->c;

	c->row = find(o->name);
	if (!c->row) {
		fpb_err("fpcheck: no case of this name: \"%s\"",
			o->name ? o->name : "");
		fpb_hint("fpcheck --list");
		return FPB_EXIT_USAGE;
	}
	if (!c->work)
		c->work = getenv("FPB_WORK");
	if (!c->work || !c->daemon || !c->fio || !c->share || geteuid() ||
	    o->patience < 1 || fpb_path(c->log, "%s/check.log", c->share)) {
		fpb_err("fpcheck: needs root, --work, --daemon, --fio and --share");
		return FPB_EXIT_USAGE;
	}
	c->full = o->full;
	return 0;
}

static enum check_kernel kernel_under_test(const char *expect)
{
	enum check_kernel kernel = check_counters_kernel();

	if (kernel == KERNEL_ANY && expect)
		return !strcmp(expect, "shared") ? KERNEL_SERIES :
						   KERNEL_BASELINE;
	return kernel;
}

int main(int argc, const char **argv)
{
	struct options o = { .c.seed = 1, .patience = 1 };
	struct check_context *c = &o.c;
	int ret = parse(argc, argv, &o);

	if (!ret && o.list)
		return list();
	if (!ret)
		ret = settle(&o);
	if (ret)
		return ret;
	fpb_spawn_path();
	fpb_stop_catch();
	if (access("/sys/kernel/debug/fault_around_bytes", F_OK))
		mount("none", "/sys/kernel/debug", "debugfs", 0, NULL);
	c->kernel = kernel_under_test(o.expect);
	ret = check_run(c, o.patience, o.guest);
	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("fpcheck: cannot report to %s: %s",
		c->events ? c->events : "standard output", strerror(-ret));
	return FPB_EXIT_FAILED;
}
