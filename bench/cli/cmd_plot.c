// SPDX-License-Identifier: GPL-2.0
/* fpbench plot: data files and pictures in a run's folder plots/. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "core/memstream.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "report/plotdata.h"
#include "run/readrun.h"

#define GNUPLOT_MS	60000

static const char * const kinds[] = { "svg", "png" };

struct plot {
	const char *scripts;		/* folder of the gnuplot scripts */
	char dir[FPB_PATH_MAX];		/* where data and pictures go */
	char log[FPB_PATH_MAX];
};

/* name='value'; inside single quotes a quote is written twice. */
static void put_variable(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s='", name);
	for (; *value; value++) {
		if (*value == '\'')
			fputc('\'', out);
		fputc(*value, out);
	}
	fputs("'; ", out);
}

static char *variables(const struct plot *p, const struct fpb_figure_text *t,
		       const char *kind)
{
	char path[4][FPB_PATH_MAX];
	struct fpb_memstream m;
	FILE *out;

	if (fpb_path(path[0], "%s/%s.estimates.dat", p->dir, t->name) ||
	    fpb_path(path[1], "%s/%s.samples.dat", p->dir, t->name) ||
	    fpb_path(path[2], "%s/%s.%s", p->dir, t->name, kind) ||
	    fpb_path(path[3], "%s/%s.laws.dat", p->dir, t->name))
		return NULL;
	out = fpb_memstream_open(&m);
	if (!out)
		return NULL;
	put_variable(out, "estimates", path[0]);
	put_variable(out, "samples", path[1]);
	put_variable(out, "output", path[2]);
	put_variable(out, "laws", *t->laws ? path[3] : "");
	put_variable(out, "title", t->title);
	put_variable(out, "facts", t->facts);
	put_variable(out, "source", t->source);
	put_variable(out, "alarm", t->alarm);
	put_variable(out, "ylabel", t->ylabel);
	return fpb_memstream_close(&m);
}

/* gnuplot's own messages name the script and the line. */
static void show_log(const struct plot *p)
{
	char *text;

	if (fpb_file_read(p->log, &text, NULL))
		return;
	fputs(text, stderr);
	free(text);
}

static int draw(const struct plot *p, const struct fpb_figure *f,
		const struct fpb_figure_text *t, const char *kind)
{
	char *vars = variables(p, t, kind), script[FPB_PATH_MAX];
	const char *argv[] = { "gnuplot", "-e", vars, script, NULL };
	int ret;

	if (!vars)
		return -ENOMEM;
	ret = fpb_path(script, "%s/%s.gp", p->scripts, fpb_figure_kind(f));
	if (!ret)
		ret = fpb_spawn_run(argv, p->log, GNUPLOT_MS);
	free(vars);
	if (ret == -ENOENT) {
		fpb_err("cannot draw plots: gnuplot is not installed");
		fpb_hint("install Debian package gnuplot-nox; the data is in "
			 "%s", p->dir);
		ret = -ENOPKG;
	} else if (ret == -EIO) {
		show_log(p);
		fpb_err("gnuplot failed on %s.%s", t->name, kind);
	} else if (ret) {
		fpb_err("cannot run gnuplot on %s.%s: %s", t->name, kind,
			strerror(-ret));
	} else {
		printf("%s/%s.%s\n", p->dir, t->name, kind);
	}
	return ret;
}

static int write_data(const struct plot *p, const struct fpb_figure *f,
		      const struct fpb_figure_text *t)
{
	const struct {
		const char *name, *text;
	} files[] = {
		{ "estimates", t->estimates }, { "samples", t->samples },
		{ "laws", t->laws },
	};
	char path[FPB_PATH_MAX];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(files) / sizeof(*files); i++) {
		ret = fpb_path(path, "%s/%s.%s.dat", p->dir, t->name,
			       files[i].name);
		if (!ret)
			ret = fpb_file_write(path, files[i].text);
	}
	if (ret)
		fpb_err("cannot write data of %s in %s: %s", t->name, p->dir,
			strerror(-ret));
	return ret;
}

static int draw_kinds(const struct plot *p, const struct fpb_figure *f,
		      const struct fpb_figure_text *t)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		ret = draw(p, f, t, kinds[i]);
	return ret;
}

/* Does the same with every figure; -ENODATA if there is none. */
static int each_figure(const struct plot *p, const struct fpb_summary *s,
		       int (*act)(const struct plot *p,
				  const struct fpb_figure *f,
				  const struct fpb_figure_text *t))
{
	struct fpb_figure f = { .s = s };
	struct fpb_figure_text t;
	int ret = -ENODATA;

	while (fpb_figure_next(&f)) {
		ret = fpb_figure_text(&f, &t);
		if (!ret)
			ret = act(p, &f, &t);
		fpb_figure_free(&t);
		if (ret)
			break;
	}
	return ret;
}

static int plot_summary(const struct plot *p, const struct fpb_summary *s)
{
	int ret;

	ret = fpb_mkdirs(p->dir);
	if (!ret)
		ret = fpb_file_write(p->log, "");
	if (ret) {
		fpb_err("cannot write into %s: %s", p->dir, strerror(-ret));
		return ret;
	}
	/* All data first: it is useful without gnuplot, too. */
	ret = each_figure(p, s, write_data);
	if (ret == -ENODATA)
		fpb_err("nothing to plot: no cell has a number");
	if (ret)
		return ret;
	/* The scripts find each other by this, wherever they are. */
	setenv("GNUPLOT_LIB", p->scripts, 1);
	return each_figure(p, s, draw_kinds);
}

static int plot_run(const char *run_dir, const char *scripts)
{
	struct plot p = { .scripts = scripts };
	struct fpb_rundata run;
	struct fpb_summary s;
	int ret;

	ret = fpb_load_run(run_dir, &run);
	if (ret)
		return fpb_load_status(ret);
	ret = fpb_path(p.dir, "%s/plots", run_dir);
	if (!ret)
		ret = fpb_path(p.log, "%s/plots/gnuplot.log", run_dir);
	if (!ret)
		ret = fpb_summary_of_run(&s, &run, FPB_MARGIN_DEFAULT);
	if (ret) {
		fpb_err("cannot plot %s: %s", run_dir, strerror(-ret));
		goto out_free_run;
	}
	ret = plot_summary(&p, &s);
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
		  "Folder of the gnuplot scripts (default: "
		  FPB_PLOTS_DIR ")", "DIR" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int status = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		status = plot_run(opts.args[0] ? opts.args[0] : FPB_LATEST_RUN,
				  scripts ? scripts : FPB_PLOTS_DIR);
	fpb_opts_free(&opts);
	return status;
}
