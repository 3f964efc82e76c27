// SPDX-License-Identifier: GPL-2.0
#include "run/readrun.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/file.h"
#include "os/msg.h"
#include "run/packed.h"

/* Leaves @f empty if the file is absent. */
static int read_file(const char *dir, struct fpb_run_text *f)
{
	char path[FPB_PATH_MAX];
	int ret;

	ret = fpb_path(path, "%s/%s", dir, f->name);
	if (!ret)
		ret = fpb_file_read(path, &f->bytes, &f->len);
	if (!ret || ret == -ENOENT)
		return 0;
	fpb_err("cannot read %s/%s: %s", dir, f->name, strerror(-ret));
	return ret;
}

static int no_run(const char *dir, const char *why)
{
	fpb_err("no run at %s: %s", dir, why);
	if (!strcmp(dir, FPB_LATEST_RUN))
		fpb_hint("make one with \"fpbench run\", or name the directory "
			 "of a run");
	else
		fpb_hint("\"fpbench list\" shows the runs in results/");
	return -ENOENT;
}

static int check_dir(const char *dir)
{
	struct stat st;

	if (stat(dir, &st))
		return no_run(dir, strerror(errno));
	return S_ISDIR(st.st_mode) ? 0 : no_run(dir, strerror(ENOTDIR));
}

static int read_files(const char *run, struct fpb_run_text *files, size_t n)
{
	size_t i;
	int ret;

	if (fpb_packed_is(run))
		return fpb_packed_read(run, files, n);
	ret = check_dir(run);
	for (i = 0; !ret && i < n; i++)
		ret = read_file(run, &files[i]);
	return ret;
}

static void warn_cut(const char *dir, const char *name, bool cut)
{
	if (cut)
		fpb_warn("%s/%s: ignoring the last line, which is incomplete",
			 dir, name);
}

static void say_wrong(const char *dir, const struct fpb_rundata_error *err)
{
	if (err->line)
		fpb_err("%s/%s:%zu: %s", dir, err->file, err->line, err->why);
	else
		fpb_err("%s/%s: %s", dir, err->file, err->why);
}

/* @files become the run's, if it returns 0. */
static int parse(const char *dir, struct fpb_rundata *run,
		 const struct fpb_run_text *files)
{
	struct fpb_rundata_file take[FPB_RUNDATA_FILES];
	struct fpb_rundata_error err;
	int ret;

	for (size_t i = 0; i < FPB_RUNDATA_FILES; i++)
		take[i] = (struct fpb_rundata_file){
			files[i].name, files[i].bytes, files[i].len,
		};
	ret = fpb_rundata_take(run, take, &err);
	if (ret) {
		say_wrong(dir, &err);
		return ret;
	}
	warn_cut(dir, FPB_FILE_WHY, run->why_cut);
	warn_cut(dir, FPB_FILE_BOOTS, run->boots_cut);
	warn_cut(dir, FPB_FILE_SAMPLES, run->samples_cut);
	return 0;
}

/* A run without boots or samples is fine here. */
static int fill_in(struct fpb_run_text *f)
{
	if (!f->bytes)
		f->bytes = strdup("");
	return f->bytes ? 0 : -ENOMEM;
}

int fpb_load_run_so_far(const char *dir, struct fpb_rundata *run)
{
	struct fpb_run_text files[FPB_RUNDATA_FILES] = {
		{ .name = FPB_FILE_MANIFEST }, { .name = FPB_FILE_BOOTS },
		{ .name = FPB_FILE_SAMPLES }, { .name = FPB_FILE_WHY },
	};
	int ret = read_files(dir, files, FPB_RUNDATA_FILES);

	if (!ret && !files[0].bytes)
		ret = no_run(dir, "it has no " FPB_FILE_MANIFEST);
	for (size_t i = 0; !ret && i < FPB_RUNDATA_FILES; i++)
		ret = fill_in(&files[i]);
	if (!ret)
		ret = parse(dir, run, files);
	for (size_t i = 0; ret && i < FPB_RUNDATA_FILES; i++)
		free(files[i].bytes);
	return ret;
}

int fpb_load_manifest(const char *dir, struct fpb_manifest *m)
{
	struct fpb_run_text f = { .name = FPB_FILE_MANIFEST };
	const struct fpb_text none = { "", 0 };
	struct fpb_rundata_error err;
	struct fpb_rundata run;
	int ret = read_files(dir, &f, 1);

	if (!ret && !f.bytes)
		ret = no_run(dir, "it has no " FPB_FILE_MANIFEST);
	if (!ret) {
		const struct fpb_text text = { f.bytes, f.len };

		ret = fpb_rundata_parse(&run, text, none, none, &err);
		if (ret)
			say_wrong(dir, &err);
	}
	free(f.bytes);
	if (ret)
		return ret;
	*m = run.manifest;
	memset(&run.manifest, 0, sizeof(run.manifest));
	fpb_rundata_free(&run);
	return 0;
}

int fpb_load_run(const char *dir, struct fpb_rundata *run)
{
	int ret = fpb_load_run_so_far(dir, run);

	if (ret || run->nsamples)
		return ret;
	fpb_err("no samples in run %s", dir);
	if (!fpb_packed_is(dir))
		fpb_hint("fpbench run --resume %s", dir);
	fpb_rundata_free(run);
	return -ENODATA;
}

int fpb_run_is_listed(const struct dirent *d)
{
	static const char *const links[] = {
		"latest", "latest-check", "latest-cost", NULL
	};
	const struct fpb_names names = FPB_NAMES(links);

	return d->d_name[0] != '.' && fpb_names_find(names, d->d_name) < 0;
}

int fpb_load_status(int error)
{
	return error == -ENOENT ? FPB_EXIT_USAGE : FPB_EXIT_FAILED;
}
