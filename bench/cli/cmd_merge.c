// SPDX-License-Identifier: GPL-2.0
/* fpbench merge: the shards of a run, from several machines, to one run. */
#include <stdio.h>

#include "cli/cmd.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/stop.h"
#include "run/merge.h"

static int merge(const char *const *dirs, const char *results)
{
	char dir[FPB_PATH_MAX];
	size_t n = 0;
	int ret;

	while (dirs[n])
		n++;
	if (!n) {
		fpb_err("merge: no shard given");
		fpb_hint("fpbench merge results/SHARD...");
		return FPB_EXIT_USAGE;
	}
	fpb_stop_catch();
	ret = fpb_merge(dirs, n, results, dir);
	if (!ret)
		puts(dir);
	return ret;
}

FPB_CMD(merge)
{
	char *results = NULL;
	struct poptOption table[] = {
		{ "results", 'r', POPT_ARG_STRING, &results, 0,
		  "Folder of runs (default: results)", "DIR" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int status = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		status = merge(opts.args, results ? results : "results");
	fpb_opts_free(&opts);
	return status;
}
