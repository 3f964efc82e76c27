// SPDX-License-Identifier: GPL-2.0
/* fpbench plot: data files and pictures in a run's folder plots/. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/draw.h"
#include "os/msg.h"
#include "run/packed.h"
#include "run/readrun.h"

static int draw(struct fpb_draw *d, const struct fpb_figure *f,
		const struct fpb_figure_text *t, void *user)
{
	static const char *const kinds[] = { "svg", "png" };
	int ret = 0;

	for (size_t i = 0; !ret && i < 2; i++) {
		ret = fpb_draw_picture(d, f, t, kinds[i]);
		if (!ret)
			printf("%s/%s.%s\n", d->dir, t->name, kinds[i]);
	}
	return ret;
}

static int plot_summary(struct fpb_draw *d, const struct fpb_summary *s)
{
	/* All data first: it is useful without gnuplot, too. */
	int ret = fpb_draw_each(d, s, fpb_draw_data, NULL);

	if (ret == -ENODATA)
		fpb_err("nothing to plot: no cell has a number");
	if (ret)
		return ret;
	ret = fpb_draw_each(d, s, draw, NULL);
	if (ret == -ENOPKG) {
		fpb_err("cannot draw plots: gnuplot is not installed");
		fpb_hint("install Debian package gnuplot-nox; the data is in "
			 "%s", d->dir);
	}
	return ret;
}

/* Of an archive beside it: NAME.tar.zst has NAME-plots. */
static int plots_dir(char *dir, const char *run)
{
	static const char suffix[] = ".tar.zst";
	const size_t len = strlen(run), n = strlen(suffix);

	if (!fpb_packed_is(run))
		return fpb_path(dir, "%s/plots", run);
	return fpb_path(dir, "%.*s-plots",
			(int)(len > n && !strcmp(run + len - n, suffix) ?
			      len - n : len), run);
}

static int plot_run(const char *run_dir, const char *scripts)
{
	char dir[FPB_PATH_MAX];
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_draw d;
	int ret;

	ret = fpb_load_run(run_dir, &run);
	if (ret)
		return fpb_load_status(ret);
	ret = plots_dir(dir, run_dir) ? :
	      fpb_summary_of_run(&s, &run, FPB_MARGIN_DEFAULT);
	if (ret) {
		fpb_err("cannot plot %s: %s", run_dir, strerror(-ret));
		goto out_free_run;
	}
	ret = fpb_draw_init(&d, scripts, dir) ? : plot_summary(&d, &s);
	fpb_summary_free(&s);
out_free_run:
	fpb_rundata_free(&run);
	if (ret == -ENOPKG)
		return FPB_EXIT_SKIPPED;
	return ret ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

FPB_CMD(plot)
{
	char *scripts = NULL;
	struct poptOption table[] = {
		{ "scripts", 0, POPT_ARG_STRING, &scripts, 0,
		  "Folder of the gnuplot scripts (default: those of fpbench)",
		  "DIR" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int status = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		status = plot_run(opts.args[0] ? opts.args[0] : FPB_LATEST_RUN,
				  scripts);
	fpb_opts_free(&opts);
	return status;
}
