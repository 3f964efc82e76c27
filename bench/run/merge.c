// SPDX-License-Identifier: GPL-2.0
#include "run/merge.h"

#include <errno.h>
#include <fts.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/merge.h"
#include "core/rundata.h"
#include "core/runfiles.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/stop.h"
#include "os/undo.h"
#include "run/packed.h"
#include "run/readrun.h"
#include "run/rundir.h"

struct merge {
	struct fpb_merge_shard *shards;	/* owned; the @n arguments */
	struct fpb_manifest *manifests;	/* owned */
	size_t n;
	const char *dir;		/* of the new run */
};

/* --- what there is ---------------------------------------------------------- */

static void free_shards(struct merge *x)
{
	for (size_t i = 0; x->manifests && i < x->n; i++)
		fpb_manifest_free(&x->manifests[i]);
	free(x->manifests);
	free(x->shards);
}

static int read_manifests(struct merge *x, const char *const *dirs)
{
	char why[FPB_REASON_MAX];
	int ret;

	for (size_t i = 0; i < x->n; i++) {
		ret = fpb_load_manifest(dirs[i], &x->manifests[i]);
		if (ret)
			return fpb_load_status(ret);
		x->shards[i] = (struct fpb_merge_shard){
			.name = dirs[i], .m = &x->manifests[i],
		};
	}
	if (!fpb_merge_check(x->shards, x->n, why))
		return FPB_EXIT_OK;
	fpb_err("cannot merge: %s", why);
	return FPB_EXIT_USAGE;
}

/* --- the new run ------------------------------------------------------------ */

static void remove_dir(void *dir)
{
	fpb_remove_tree(dir);
}

static int failed(const char *what, const char *name, int error)
{
	fpb_err("cannot %s %s: %s", what, name, strerror(-error));
	return error;
}

static int copy(const char *from, const char *name, const char *to)
{
	char path[FPB_PATH_MAX], dir[FPB_PATH_MAX], *text = NULL;
	int ret = fpb_path(path, "%s/%s", to, name) ? :
		  fpb_path(dir, "%s", path) ? : fpb_mkdirs(dirname(dir)) ? :
		  fpb_file_read(from, &text, NULL);

	if (!ret)
		ret = fpb_file_write(path, text);
	free(text);
	return ret;
}

/* The run's own, or made of what it has. */
static bool is_written(const char *name)
{
	static const char *const written[] = {
		FPB_FILE_MANIFEST, FPB_FILE_BOOTS, FPB_FILE_SAMPLES,
		FPB_FILE_TABLE,
	};

	for (size_t i = 0; i < sizeof(written) / sizeof(*written); i++)
		if (!strcmp(name, written[i]))
			return true;
	return false;
}

static int copy_all(FTS *fts, size_t skip, const char *to)
{
	FTSENT *e;
	int ret = 0;

	while (!ret && (e = fts_read(fts))) {
		const char *name = e->fts_path + skip;

		if (e->fts_info == FTS_D && e->fts_level == 1 &&
		    !strcmp(e->fts_name, FPB_DIR_BOOTS))
			fts_set(fts, e, FTS_SKIP);
		else if (e->fts_info == FTS_F && !is_written(name) &&
			 fpb_runfile(name) == FPB_RUNFILE_KEPT)
			ret = copy(e->fts_path, name, to);
	}
	return ret;
}

/* Plan, job files and kernels, which all shards have alike. */
static int copy_kept(const char *from, const char *to)
{
	char *path = realpath(from, NULL);
	char *const roots[] = { path, NULL };
	FTS *fts = path ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) :
			  NULL;
	int ret = fts ? copy_all(fts, strlen(path) + 1, to) : -errno;

	if (fts)
		fts_close(fts);
	free(path);
	return ret ? failed("copy the files of", from, ret) : 0;
}

/* Of an archive everything but what boots left; its report is of one shard. */
static int unpack_kept(const char *from, const char *to)
{
	char table[FPB_PATH_MAX];
	int ret = fpb_packed_unpack(from, to) ? :
		  fpb_path(table, "%s/" FPB_FILE_TABLE, to);

	if (!ret && unlink(table) && errno != ENOENT)
		ret = -errno;
	return ret;
}

/* Up to the last line that is complete. */
static int append(FILE *out, const struct fpb_rundata_file *f)
{
	const char *end = memrchr(f->bytes, '\n', f->len);
	const size_t len = end ? end - f->bytes + 1 : 0;

	return fwrite(f->bytes, 1, len, out) == len ? 0 : -errno;
}

static void tell_rounds(const struct fpb_merge_shard *s,
			const struct fpb_rundata *run)
{
	const unsigned int due = fpb_manifest_rounds(s->m);
	const unsigned int done = fpb_rundata_rounds(run);

	if (done < due)
		fpb_warn("shard %u/%u (%s) has %u of its %u round%s",
			 s->m->shard.index, s->m->shard.of, s->name, done, due,
			 due == 1 ? "" : "s");
}

/* Each line is checked as any reader would, and goes on as it is. */
static int append_shard(const struct fpb_merge_shard *s, FILE *boots,
			FILE *samples)
{
	struct fpb_rundata run;
	int ret = fpb_load_run_so_far(s->name, &run);

	if (ret)
		return ret;
	tell_rounds(s, &run);
	for (size_t i = 0; !ret && i < FPB_RUNDATA_FILES; i++) {
		if (!strcmp(run.files[i].name, FPB_FILE_BOOTS))
			ret = append(boots, &run.files[i]);
		else if (!strcmp(run.files[i].name, FPB_FILE_SAMPLES))
			ret = append(samples, &run.files[i]);
		if (ret)
			failed("write", run.files[i].name, ret);
	}
	fpb_rundata_free(&run);
	return ret;
}

static FILE *create(const struct merge *x, const char *name)
{
	char path[FPB_PATH_MAX];
	FILE *f = fpb_path(path, "%s/%s", x->dir, name) ? NULL :
		  fopen(path, "we");

	if (!f)
		failed("make", name, -errno);
	return f;
}

static int finish(FILE *f)
{
	int ret = fflush(f) || fsync(fileno(f)) ? -errno : 0;

	return fclose(f) && !ret ? -errno : ret;
}

static const struct fpb_merge_shard *nth(const struct merge *x, unsigned int i)
{
	for (size_t k = 0; k < x->n; k++)
		if (x->manifests[k].shard.index == i)
			return &x->shards[k];
	return NULL;
}

static int write_lines(const struct merge *x)
{
	FILE *boots = create(x, FPB_FILE_BOOTS);
	FILE *samples = boots ? create(x, FPB_FILE_SAMPLES) : NULL;
	int closed, ret = samples ? 0 : -EIO;

	for (unsigned int i = 1; !ret && i <= x->n; i++)
		ret = fpb_stop_asked() ? -EINTR :
		      append_shard(nth(x, i), boots, samples);
	if (samples) {
		closed = finish(samples);
		if (closed && !ret)
			ret = failed("write", FPB_FILE_SAMPLES, closed);
	}
	if (boots) {
		closed = finish(boots);
		if (closed && !ret)
			ret = failed("write", FPB_FILE_BOOTS, closed);
	}
	return ret;
}

/* Last of all: without it the folder is no run. */
static int write_manifest(const struct merge *x, const char *id)
{
	json_t *m = fpb_merge_manifest(x->shards, x->n, id);
	char path[FPB_PATH_MAX];
	int ret = m ? fpb_path(path, "%s/" FPB_FILE_MANIFEST, x->dir) ? :
		      fpb_file_write_json(path, m) : -ENOMEM;

	json_decref(m);
	return ret ? failed("write", FPB_FILE_MANIFEST, ret) : 0;
}

static int fill(const struct merge *x, const char *id)
{
	const char *first = nth(x, 1)->name;

	return (fpb_packed_is(first) ? unpack_kept(first, x->dir) :
				       copy_kept(first, x->dir)) ? :
	       write_lines(x) ? : write_manifest(x, id);
}

static int make(struct merge *x, const char *results, char *dir)
{
	struct fpb_undo undo = { .n = 0 };
	char id[FPB_NAME_MAX];
	int ret = fpb_rundir_create(results, "merged", dir, id);

	if (ret)
		return FPB_EXIT_FAILED;
	fpb_undo_push(&undo, remove_dir, dir);
	x->dir = dir;
	ret = fill(x, id);
	if (ret) {
		fpb_undo_all(&undo);
		return ret == -EINTR ? FPB_EXIT_INTERRUPTED : FPB_EXIT_FAILED;
	}
	fpb_rundir_link(results, NULL, id);
	return FPB_EXIT_OK;
}

int fpb_merge(const char *const *dirs, size_t n, const char *results,
	      char *dir)
{
	struct merge x = { .n = n };
	int ret = FPB_EXIT_FAILED;

	x.shards = calloc(n, sizeof(*x.shards));
	x.manifests = calloc(n, sizeof(*x.manifests));
	if (x.shards && x.manifests)
		ret = read_manifests(&x, dirs) ? : make(&x, results, dir);
	free_shards(&x);
	return ret;
}
