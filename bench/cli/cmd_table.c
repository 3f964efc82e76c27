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

struct options {
	char *format;
	char *margin;
	int ascii;
};

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
	struct options o = { 0 };
	struct poptOption table[] = {
		{ "format", 'f', POPT_ARG_STRING, &o.format, 0,
		  "text (default), markdown, csv or json", "NAME" },
		{ "ascii", 0, POPT_ARG_NONE, &o.ascii, 0,
		  "Nothing but ASCII", NULL },
		{ "margin", 0, POPT_ARG_STRING, &o.margin, 0,
		  "What counts as the same, in per cent (default 5)", "PCT" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_print_options how;
	const char *dir;
	poptContext ctx;
	int status = FPB_EXIT_USAGE;

	if (fpb_opts_parse("table", argc, argv, table, &ctx))
		goto out_options;
	if (fpb_print_options(&how, "table", o.format, o.ascii, o.margin))
		goto out_context;
	dir = poptGetArg(ctx);
	if (!fpb_opts_end(ctx, "table"))
		status = print_run(dir ? dir : FPB_LATEST_RUN, &how);

out_context:
	poptFreeContext(ctx);
out_options:
	free(o.margin);
	free(o.format);
	return status;
}
