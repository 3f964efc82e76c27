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
#include "run/readrun.h"
#include "os/msg.h"

static int make_dir(struct fpb_run *r, char *id)
{
	char stamp[32];
	int ret;

	ret = fpb_mkdirs(r->results);
	if (ret)
		return ret;
	fpb_utc("%Y%m%d-%H%M%S", stamp, sizeof(stamp));
	for (int i = 1; i < 100; i++) {
		if (i == 1)
			snprintf(id, FPB_NAME_MAX, "%s-%s", stamp,
				 r->backend->name);
		else
			snprintf(id, FPB_NAME_MAX, "%s-%s-%d", stamp,
				 r->backend->name, i);
		ret = fpb_path(r->dir, "%s/%s", r->results, id);
		if (ret)
			return ret;
		if (!mkdir(r->dir, 0755))
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

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

/* results/latest is replaced in one step: there is always one. */
static void link_latest(const struct fpb_run *r, const char *id)
{
	char link[FPB_PATH_MAX], part[FPB_PATH_MAX];

	if (fpb_path(link, "%s/latest", r->results) ||
	    fpb_path(part, "%s/.latest-%d", r->results, (int)getpid()))
		return;
	if (symlink(id, part) || rename(part, link)) {
		fpb_warn("cannot make %s: %s", link, strerror(errno));
		unlink(part);
	}
}

int fpb_rundir_make(struct fpb_run *r, json_t **manifest)
{
	char id[FPB_NAME_MAX] = "", path[FPB_PATH_MAX], why[FPB_REASON_MAX];
	char *text;
	int ret;

	*manifest = fpb_manifest_make(r, id, why);
	if (!*manifest) {
		fpb_err("%s", why);
		return -EINVAL;
	}
	ret = make_dir(r, id);
	if (!ret)
		ret = absolute(r->dir);
	if (ret) {
		fpb_err("cannot make a directory for the run in %s: %s",
			r->results, strerror(-ret));
		goto out_manifest;
	}
	json_object_set_new(*manifest, "id", json_string(id));
	text = fpb_plan_text(&r->plan);
	ret = text ? fpb_path(path, "%s/plan.ini", r->dir) : -ENOMEM;
	if (!ret)
		ret = fpb_file_write(path, text);
	free(text);
	if (!ret)
		ret = fpb_path(path, "%s/" FPB_FILE_MANIFEST, r->dir);
	if (!ret)
		ret = fpb_file_write_json(path, *manifest);
	if (ret) {
		fpb_err("cannot write %s: %s", path, strerror(-ret));
		goto out_manifest;
	}
	link_latest(r, id);
	return 0;

out_manifest:
	json_decref(*manifest);
	return ret;
}

/* What must not have changed between the parts of one run. */
static const char *const fixed[] = {
	"backend", "kernels", "device", "filesystem", "daemon", "fio",
	"engine", "plan", NULL
};

/* A line that was cut short would spoil the one that is appended to it. */
static int cut_tail(const struct fpb_run *r, const char *name)
{
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/%s", r->dir, name);

	if (!ret)
		ret = fpb_file_cut_tail(path);
	if (ret)
		fpb_err("cannot mend %s: %s", path, strerror(-ret));
	return ret;
}

/* The first thing that is not what it was, or NULL. */
static const char *changed(const json_t *then, const json_t *now)
{
	for (size_t i = 0; fixed[i]; i++)
		if (!json_equal(json_object_get(then, fixed[i]),
				json_object_get(now, fixed[i])))
			return fixed[i];
	return NULL;
}

static int same_as_then(struct fpb_run *r, const struct fpb_rundata *data,
			json_t **manifest)
{
	char why[FPB_REASON_MAX];
	const char *what;

	*manifest = fpb_manifest_make(r, "", why);
	if (!*manifest) {
		fpb_err("%s", why);
		return -EINVAL;
	}
	what = changed(data->manifest.root, *manifest);
	if (!what)
		return 0;
	fpb_err("cannot resume %s: its %s is not what is here now", r->dir,
		what);
	fpb_hint("see \"%s\" in its manifest.json; a new run is a clean start",
		 what);
	json_decref(*manifest);
	return -EINVAL;
}

int fpb_rundir_open(struct fpb_run *r, json_t **manifest,
		    struct fpb_rundata *data)
{
	int ret = fpb_load_run_so_far(r->dir, data);

	if (ret)
		return ret;
	ret = absolute(r->dir);
	if (!ret && data->samples_cut)
		ret = cut_tail(r, FPB_FILE_SAMPLES);
	if (!ret && data->boots_cut)
		ret = cut_tail(r, FPB_FILE_BOOTS);
	if (!ret)
		ret = same_as_then(r, data, manifest);
	if (ret)
		fpb_rundata_free(data);
	return ret;
}
