// SPDX-License-Identifier: GPL-2.0
/* fpbench pack: a run as one file, to be read or measured again elsewhere. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/print.h"
#include "core/memstream.h"
#include "core/runfiles.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/stop.h"
#include "run/pack.h"
#include "run/packed.h"
#include "run/readrun.h"

/* As "fpbench table" prints it. Owned by the caller; NULL after a message. */
static char *table_of(const char *dir, const struct fpb_rundata *run)
{
	const struct fpb_report_with table_alone = { .notes = false };
	struct fpb_memstream m;
	struct fpb_summary s;
	FILE *out;
	char *text = NULL;
	int ret = fpb_summary_of_run(&s, run, FPB_MARGIN_DEFAULT);

	if (!ret) {
		out = fpb_memstream_open(&m);
		ret = out ? fpb_reports[0].write(out, &s, &table_alone) : -ENOMEM;
		text = out ? fpb_memstream_close(&m) : NULL;
		fpb_summary_free(&s);
	}
	if (!ret && text)
		return text;
	free(text);
	fpb_err("cannot report on %s: %s", dir,
		fpb_print_error(ret ? ret : -ENOMEM));
	return NULL;
}

/* A kernel that was built here can be built again from what the run keeps. */
static void warn_lacking(const char *dir, const struct fpb_rundata *run)
{
	char path[FPB_PATH_MAX];

	if (strcmp(run->manifest.backend, "host") &&
	    !fpb_path(path, "%s/" FPB_DIR_KERNELS, dir) && access(path, F_OK))
		fpb_warn("run %s keeps no configurations and patches of its kernels: it cannot be replicated from the archive",
			 dir);
}

static int pack_run(const char *dir, const char *output,
		    const struct fpb_rundata *run)
{
	char file[FPB_PATH_MAX], *table = table_of(dir, run);
	int ret;

	if (!table)
		return FPB_EXIT_FAILED;
	ret = output ? fpb_path(file, "%s", output) :
		       fpb_path(file, "%s.tar.zst", run->manifest.id);
	if (ret)
		fpb_err("cannot pack %s: %s", dir, strerror(-ret));
	else
		ret = fpb_pack(dir, file, run, table);
	free(table);
	if (!ret) {
		warn_lacking(dir, run);
		puts(file);
	}
	return !ret ? FPB_EXIT_OK : ret == -EINTR ? FPB_EXIT_INTERRUPTED :
	       ret == -EINVAL ? FPB_EXIT_USAGE : FPB_EXIT_FAILED;
}

static int pack(const char *dir, const char *output)
{
	struct fpb_rundata run;
	int ret;

	if (fpb_packed_is(dir)) {
		fpb_err("cannot pack %s: it is a file", dir);
		return FPB_EXIT_USAGE;
	}
	fpb_stop_catch();
	ret = fpb_load_run(dir, &run);
	if (ret)
		return fpb_load_status(ret);
	ret = pack_run(dir, output, &run);
	fpb_rundata_free(&run);
	return ret;
}

FPB_CMD(pack)
{
	char *output = NULL;
	struct poptOption table[] = {
		{ "output", 'o', POPT_ARG_STRING, &output, 0,
		  "Archive to make (default: the run's name with .tar.zst, in this folder)",
		  "FILE" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int status = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		status = pack(opts.args[0] ? opts.args[0] : FPB_LATEST_RUN,
			      output);
	fpb_opts_free(&opts);
	return status;
}
