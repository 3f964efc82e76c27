// SPDX-License-Identifier: GPL-2.0
#include "cli/draw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"
#include "guest/scratch.h"
#include "os/msg.h"
#include "os/place.h"
#include "os/spawn.h"

#define GNUPLOT_MS	60000

int fpb_draw_init(struct fpb_draw *d, const char *scripts, const char *dir)
{
	int ret;

	*d = (struct fpb_draw){ .in_page = false };
	ret = scripts ? fpb_path(d->scripts, "%s", scripts) :
			fpb_place_data(d->scripts, "plots");
	if (ret) {
		fpb_err("cannot find the gnuplot scripts %s: %s",
			scripts ? scripts : "of fpbench", strerror(-ret));
		return ret;
	}
	ret = fpb_path(d->dir, "%s", dir) ? :
	      fpb_path(d->log, "%s/gnuplot.log", dir) ? :
	      fpb_mkdirs(dir) ? :
	      fpb_file_write(d->log, "");
	if (ret)
		fpb_err("cannot write into %s: %s", dir, strerror(-ret));
	/* The scripts find each other by this, wherever they are. */
	else if (setenv("GNUPLOT_LIB", d->scripts, 1))
		ret = -errno;
	return ret;
}

int fpb_draw_each(struct fpb_draw *d, const struct fpb_summary *s,
		  fpb_draw_fn act, void *user)
{
	struct fpb_figure f = { .s = s };
	struct fpb_figure_text t;
	int ret = -ENODATA;

	while (fpb_figure_next(&f)) {
		ret = fpb_figure_text(&f, &t);
		if (ret)
			fpb_err("cannot draw %s: out of memory",
				fpb_figure_kind(&f));
		else
			ret = act(d, &f, &t, user);
		fpb_figure_free(&t);
		if (ret)
			break;
	}
	return ret;
}

/* --- data ------------------------------------------------------------------- */

static int data_path(char *path, const struct fpb_draw *d,
		     const struct fpb_figure_text *t, const char *what)
{
	return fpb_path(path, "%s/%s.%s.dat", d->dir, t->name, what);
}

static int write_one(const struct fpb_draw *d, const struct fpb_figure_text *t,
		     const char *what, const char *text)
{
	char path[FPB_PATH_MAX];

	return data_path(path, d, t, what) ? : fpb_file_write(path, text);
}

int fpb_draw_data(struct fpb_draw *d, const struct fpb_figure *f,
		  const struct fpb_figure_text *t, void *user)
{
	int ret = write_one(d, t, "estimates", t->estimates) ? :
		  write_one(d, t, "samples", t->samples) ? :
		  write_one(d, t, "laws", t->laws);

	if (!ret && d->in_page)
		ret = write_one(d, t, "places", t->places);
	if (ret)
		fpb_err("cannot write data of %s in %s: %s", t->name, d->dir,
			strerror(-ret));
	return ret;
}

/* --- pictures --------------------------------------------------------------- */

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

static char *variables(const struct fpb_draw *d,
		       const struct fpb_figure_text *t, const char *output)
{
	char path[4][FPB_PATH_MAX];
	struct fpb_memstream m;
	FILE *out;

	if (data_path(path[0], d, t, "estimates") ||
	    data_path(path[1], d, t, "samples") ||
	    data_path(path[2], d, t, "laws") ||
	    data_path(path[3], d, t, "places"))
		return NULL;
	out = fpb_memstream_open(&m);
	if (!out)
		return NULL;
	put_variable(out, "estimates", path[0]);
	put_variable(out, "samples", path[1]);
	put_variable(out, "laws", *t->laws ? path[2] : "");
	if (d->in_page)
		put_variable(out, "places", path[3]);
	put_variable(out, "output", output);
	put_variable(out, "title", t->title);
	put_variable(out, "facts", t->facts);
	put_variable(out, "source", t->source);
	put_variable(out, "alarm", t->alarm);
	put_variable(out, "ylabel", t->ylabel);
	return fpb_memstream_close(&m);
}

/* gnuplot's own messages name the script and the line. */
static void show_log(const struct fpb_draw *d)
{
	char *text;

	if (fpb_file_read(d->log, &text, NULL))
		return;
	fputs(text, stderr);
	free(text);
}

static int output_path(char *path, const struct fpb_draw *d,
		       const struct fpb_figure_text *t, const char *kind)
{
	return fpb_path(path, "%s/%s.%s", d->dir, t->name, kind);
}

int fpb_draw_picture(struct fpb_draw *d, const struct fpb_figure *f,
		     const struct fpb_figure_text *t, const char *kind)
{
	char output[FPB_PATH_MAX], script[FPB_PATH_MAX];
	char *vars = output_path(output, d, t, kind) ? NULL :
		     variables(d, t, output);
	const char *argv[] = { "gnuplot", "-e", vars, script, NULL };
	int ret = vars ? 0 : -ENOMEM;

	if (!ret)
		ret = fpb_path(script, "%s/%s.gp", d->scripts,
			       fpb_figure_kind(f));
	if (!ret)
		ret = fpb_spawn_run(argv, d->log, GNUPLOT_MS);
	free(vars);
	if (ret == -ENOENT)
		return -ENOPKG;
	if (ret == -EIO) {
		show_log(d);
		fpb_err("gnuplot failed on %s.%s", t->name, kind);
	} else if (ret) {
		fpb_err("cannot run gnuplot on %s.%s: %s", t->name, kind,
			strerror(-ret));
	}
	return ret;
}

/* --- for a page ------------------------------------------------------------- */

static int add_picture(struct fpb_draw *d, const struct fpb_figure *f,
		       const struct fpb_figure_text *t, void *user)
{
	char path[FPB_PATH_MAX], *title = NULL, *svg = NULL;
	int ret = fpb_draw_data(d, f, t, NULL) ? :
		  fpb_draw_picture(d, f, t, "svg");

	if (ret)
		return ret;
	ret = output_path(path, d, t, "svg") ? :
	      fpb_file_read(path, &svg, NULL);
	if (ret) {
		fpb_err("cannot read what gnuplot drew of %s: %s", t->name,
			strerror(-ret));
		return ret;
	}
	if (asprintf(&title, "%s%s%s", t->title, *t->ylabel ? ": " : "",
		     t->ylabel) < 0)
		title = NULL;
	ret = fpb_report_add_picture(user, f, title, svg);
	if (ret)
		fpb_err("cannot draw %s: out of memory", t->name);
	return ret;
}

static int draw_all(const struct fpb_summary *s, struct fpb_report_with *with)
{
	struct fpb_scratch scratch = FPB_SCRATCH_NONE;
	struct fpb_draw d;
	int ret = fpb_scratch_up(&scratch);

	if (ret)
		return ret;
	ret = fpb_draw_init(&d, NULL, scratch.path);
	d.in_page = true;
	if (!ret)
		ret = fpb_draw_each(&d, s, add_picture, with);
	fpb_scratch_down(&scratch);
	return ret;
}

void fpb_draw_for_page(const struct fpb_summary *s,
		       struct fpb_report_with *with)
{
	int ret = draw_all(s, with);

	if (!ret)
		return;
	fpb_report_with_free(with);
	with->no_pictures = "gnuplot could not draw them";
	if (ret == -ENODATA)
		with->no_pictures = "no cell has a number";
	if (ret == -ENOPKG) {
		with->no_pictures = "gnuplot is not installed (Debian package gnuplot-nox)";
		fpb_warn("no plots in the page: gnuplot is not installed");
	}
}
