// SPDX-License-Identifier: GPL-2.0
/* fpbench table: a run's report on stdout. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/print.h"
#include "os/msg.h"
#include "run/readrun.h"

static int print_run(const char *dir, const struct fpb_print_options *how)
{
	const bool gate = how->gate.regression || how->gate.unresolved;
	struct fpb_outcome all = { 0 };
	struct fpb_rundata run;
	struct fpb_summary s;
	int ret;

	ret = fpb_load_run(dir, &run);
	if (ret)
		return fpb_load_status(ret);
	ret = fpb_summary_of_run(&s, &run, how->margin);
	if (!ret) {
		s.gate = how->gate;
		ret = fpb_print_summary(&s, how);
		fpb_outcome_add(&all, &s);
		fpb_summary_free(&s);
	}
	fpb_rundata_free(&run);
	if (ret) {
		fpb_err("cannot report on %s: %s", dir, fpb_print_error(ret));
		return FPB_EXIT_FAILED;
	}
	return gate ? fpb_print_status(how, &all) : FPB_EXIT_OK;
}

FPB_CMD(table)
{
	struct fpb_print_args a = { NULL };
	struct poptOption table[] = {
		FPB_PRINT_ARGS(a) POPT_AUTOHELP POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	struct fpb_print_options how;
	int status = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv) &&
	    !fpb_print_options(&how, "table", &a))
		status = print_run(opts.args[0] ? opts.args[0] :
				   FPB_LATEST_RUN, &how);
	fpb_opts_free(&opts);
	return status;
}
