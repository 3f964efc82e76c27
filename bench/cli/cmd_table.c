// SPDX-License-Identifier: GPL-2.0
/* fpbench table: a run's report on stdout. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/opts.h"
#include "cli/print.h"
#include "run/readrun.h"
#include "os/msg.h"

static int print_run(const char *dir, const struct fpb_print_options *how)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	int ret;

	ret = fpb_load_run(dir, &run);
	if (ret)
		return fpb_load_status(ret);
	ret = fpb_summary_of_run(&s, &run, how->margin);
	if (!ret) {
		ret = fpb_print_summary(&s, how);
		fpb_summary_free(&s);
	}
	fpb_rundata_free(&run);
	if (ret)
		fpb_err("cannot report on %s: %s", dir, fpb_print_error(ret));
	return ret ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

int fpb_cmd_table(int argc, const char **argv)
{
	struct fpb_print_args a = { NULL };
	struct poptOption table[] = {
		FPB_PRINT_ARGS(a) POPT_AUTOHELP POPT_TABLEEND
	};
	struct fpb_print_options how;
	int status = FPB_EXIT_USAGE;
	const char *dir;
	poptContext ctx;

	if (!fpb_opts_parse("table", argc, argv, table, &ctx)) {
		dir = poptGetArg(ctx);
		if (!fpb_print_options(&how, "table", &a) &&
		    !fpb_opts_end(ctx, "table"))
			status = print_run(dir ? dir : FPB_LATEST_RUN, &how);
		poptFreeContext(ctx);
	}
	fpb_print_args_free(&a);
	return status;
}
