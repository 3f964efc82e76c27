// SPDX-License-Identifier: GPL-2.0
/* fpbench table: a run's report on stdout. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/costopt.h"
#include "cli/print.h"
#include "os/msg.h"
#include "run/readrun.h"

/* An exit status, after a message if it is not FPB_EXIT_OK. */
static int print_summary(const char *dir, struct fpb_summary *s,
			 const char *cost, const struct fpb_print_options *how)
{
	const bool gate = how->gate.regression || how->gate.unresolved;
	struct fpb_keptcost kept = { .root = NULL };
	struct fpb_outcome all = { 0 };
	int ret = FPB_EXIT_USAGE, error;

	s->gate = how->gate;
	if (!fpb_costopt_take("table", cost, &kept, s)) {
		error = fpb_print_summary(s, how);
		fpb_outcome_add(&all, s);
		if (error)
			fpb_err("cannot report on %s: %s", dir,
				fpb_print_error(error));
		ret = error ? FPB_EXIT_FAILED :
		      gate ? fpb_print_status(how, &all) : FPB_EXIT_OK;
	}
	fpb_keptcost_free(&kept);
	return ret;
}

static int print_run(const char *dir, const char *cost,
		     const struct fpb_print_options *how)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	int ret;

	ret = fpb_load_run(dir, &run);
	if (ret)
		return fpb_load_status(ret);
	ret = fpb_summary_of_run(&s, &run, how->margin);
	if (ret) {
		fpb_err("cannot report on %s: %s", dir, fpb_print_error(ret));
		ret = FPB_EXIT_FAILED;
	} else {
		ret = print_summary(dir, &s, cost, how);
		fpb_summary_free(&s);
	}
	fpb_rundata_free(&run);
	return ret;
}

FPB_CMD(table)
{
	struct fpb_print_args a = { NULL };
	struct { char *cost; } o = { NULL };
	struct poptOption table[] = {
		FPB_PRINT_ARGS(a)
		FPB_OPT_COST(o),
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	struct fpb_print_options how;
	int status = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv) &&
	    !fpb_print_options(&how, "table", &a))
		status = print_run(opts.args[0] ? opts.args[0] :
				   FPB_LATEST_RUN, o.cost, &how);
	fpb_opts_free(&opts);
	return status;
}
