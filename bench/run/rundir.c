// SPDX-License-Identifier: GPL-2.0
#include "run/rundir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/planfile.h"
#include "os/clock.h"
#include "os/msg.h"
#include "run/kept.h"
#include "run/provenance.h"
#include "run/readrun.h"

static int absolute(char *path)
{
	char *full = realpath(path, NULL);
	int ret;

	if (!full)
		return -errno;
	ret = fpb_path(path, "%s", full);
	free(full);
	return ret;
}

static int create(const char *results, const char *kind, char *dir, char *id)
{
	char stamp[32];
	int ret;

	ret = fpb_mkdirs(results);
	if (ret)
		return ret;
	fpb_utc("%Y%m%d-%H%M%S", stamp, sizeof(stamp));
	for (int i = 1; i < 100; i++) {
		if (i == 1)
			snprintf(id, FPB_NAME_MAX, "%s-%s", stamp, kind);
		else
			snprintf(id, FPB_NAME_MAX, "%s-%s-%d", stamp, kind, i);
		ret = fpb_path(dir, "%s/%s", results, id);
		if (ret)
			return ret;
		if (!mkdir(dir, 0755))
			return absolute(dir);
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

int fpb_rundir_create(const char *results, const char *kind, char *dir,
		      char *id)
{
	int ret = create(results, kind, dir, id);

	if (ret)
		fpb_err("cannot make a directory for the run in %s: %s",
			results, strerror(-ret));
	return ret;
}

/* Replaced in one step: there is always one. */
void fpb_rundir_link(const char *results, const char *kind, const char *id)
{
	char link[FPB_PATH_MAX];
	int ret = fpb_path(link, "%s/latest%s%s", results, kind ? "-" : "",
			   kind ? kind : "") ? :
		  fpb_file_link(link, id);

	if (ret)
		fpb_warn("cannot make %s: %s", link, strerror(-ret));
}

static int write_plan(const struct fpb_run_spec *r, char *path)
{
	char *text = fpb_plan_text(&r->guests.plan);
	int ret = text ? fpb_path(path, "%s/plan.ini", r->dir) : -ENOMEM;

	if (!ret)
		ret = fpb_file_write(path, text);
	free(text);
	return ret;
}

int fpb_rundir_make(struct fpb_run_spec *r)
{
	char id[FPB_NAME_MAX] = "", path[FPB_PATH_MAX], why[FPB_REASON_MAX];
	json_t *manifest = fpb_provenance(r, id, why);
	int ret;

	if (!manifest) {
		fpb_err("%s", why);
		return -EINVAL;
	}
	ret = fpb_rundir_create(r->results, r->kind ? r->kind :
				r->guests.backend->name, r->dir, id);
	if (ret) {
		json_decref(manifest);
		return ret;
	}
	json_object_set_new(manifest, "id", json_string(id));
	ret = write_plan(r, path) ? :
	      fpb_path(path, "%s/" FPB_FILE_MANIFEST, r->dir) ? :
	      fpb_file_write_json(path, manifest);
	json_decref(manifest);
	if (ret)
		fpb_err("cannot write %s: %s", path, strerror(-ret));
	else
		ret = fpb_kept_make(r);
	if (!ret)
		fpb_rundir_link(r->results, r->kind, id);
	return ret;
}

/* What must not have changed between the parts of one run. */
static const char *const fixed[] = {
	"backend", "kernels", "device", "filesystem", "daemon", "fio",
	"engine", "targets", "workloads", "plan", "shard", "machine", NULL
};

/* Of *@n lines of @f the first @whole stay. */
static int keep_lines(const struct fpb_run_spec *r,
		      const struct fpb_rundata_file *f, size_t whole, size_t *n)
{
	const char *end = f->bytes;
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/%s", r->dir, f->name);

	for (size_t i = 0; i < whole; i++)
		end = strchr(end, '\n') + 1;
	if (!ret && truncate(path, end - f->bytes))
		ret = -errno;
	if (ret)
		fpb_err("cannot mend %s: %s", path, strerror(-ret));
	else if (whole < *n)
		fpb_warn("%s: leaving out %zu more line%s, which may have been written together with the last one",
			 path, *n - whole, *n - whole == 1 ? "" : "s");
	*n = whole;
	return ret;
}

/* A line that was cut short would spoil the one that is appended to it. */
static int mend(const struct fpb_run_spec *r, struct fpb_rundata *data)
{
	int ret = 0;

	if (data->boots_cut)
		ret = keep_lines(r, &data->files[1], data->nboots,
				 &data->nboots);
	if (!ret && data->samples_cut)
		ret = keep_lines(r, &data->files[2],
				 fpb_rundata_whole_samples(data),
				 &data->nsamples);
	if (!ret && data->why_cut)
		ret = keep_lines(r, &data->files[3],
				 fpb_rundata_whole_why(data), &data->nwhy);
	return ret;
}

/* The first thing that is not what it was, or NULL. */
static const char *changed(const json_t *then, const json_t *now)
{
	for (size_t i = 0; fixed[i]; i++) {
		const json_t *a = json_object_get(then, fixed[i]);
		const json_t *b = json_object_get(now, fixed[i]);

		/* json_equal() is false for two that are absent. */
		if ((a || b) && !json_equal(a, b))
			return fixed[i];
	}
	return NULL;
}

static int same_as_then(const struct fpb_run_spec *r,
			const struct fpb_rundata *data)
{
	char why[FPB_REASON_MAX];
	json_t *now = fpb_provenance(r, "", why);
	const char *what;

	if (!now) {
		fpb_err("%s", why);
		return -EINVAL;
	}
	what = changed(data->manifest.root, now);
	json_decref(now);
	if (!what)
		return 0;
	fpb_err("cannot resume %s: its %s is not what is here now", r->dir,
		what);
	fpb_hint("see \"%s\" in its manifest.json; a new run is a clean start",
		 what);
	return -EINVAL;
}

int fpb_rundir_open(struct fpb_run_spec *r, struct fpb_rundata *data)
{
	int ret = fpb_load_run_so_far(r->dir, data);

	if (ret)
		return ret;
	ret = absolute(r->dir) ? : same_as_then(r, data) ? : mend(r, data);
	if (ret)
		fpb_rundata_free(data);
	return ret;
}

int fpb_rundir_end(const struct fpb_run_spec *r, unsigned int rounds,
		   const char *rule)
{
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX] = " path too long";
	json_t *manifest = NULL;
	int ret = fpb_path(path, "%s/" FPB_FILE_MANIFEST, r->dir) ? :
		  fpb_file_read_json(path, &manifest, why);

	if (ret) {
		fpb_err("cannot read %s:%s", path, why);
		return ret;
	}
	ret = json_object_set_new(manifest, "ended",
			json_pack("{si ss}", "rounds", (int)rounds, "rule",
				  rule)) ? -EINVAL :
	      fpb_file_write_json(path, manifest);
	json_decref(manifest);
	if (ret)
		fpb_err("cannot write the run's end to %s: %s", path,
			strerror(-ret));
	return ret;
}
