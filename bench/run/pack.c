// SPDX-License-Identifier: GPL-2.0
#include "run/pack.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/runfiles.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/stop.h"
#include "os/undo.h"
#include "run/archive.h"

/* --- which files ------------------------------------------------------------ */

struct list {
	char **names;			/* below the folder; owned */
	size_t n, room;
	size_t unknown;			/* that are left out */
	char first_unknown[FPB_PATH_MAX];
};

static int add_name(struct list *l, const char *name)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		char **more = realloc(l->names, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		l->names = more;
		l->room = room;
	}
	l->names[l->n] = strdup(name);
	return l->names[l->n++] ? 0 : -ENOMEM;
}

static int add_folder(struct list *l, const char *dir, const char *below);

/* @name: below @dir. */
static int add_path(struct list *l, const char *dir, const char *name)
{
	char path[FPB_PATH_MAX];
	struct stat st;
	int ret = fpb_path(path, "%s/%s", dir, name);

	if (ret)
		return ret;
	if (lstat(path, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return add_folder(l, dir, name);
	switch (S_ISREG(st.st_mode) ? fpb_runfile(name) : FPB_RUNFILE_UNKNOWN) {
	case FPB_RUNFILE_KEPT:
		return add_name(l, name);
	case FPB_RUNFILE_MADE:
		return 0;
	case FPB_RUNFILE_UNKNOWN:
		break;
	}
	if (!l->unknown++)
		strcpy(l->first_unknown, name);
	return 0;
}

/* @below: "" for @dir itself. */
static int add_folder(struct list *l, const char *dir, const char *below)
{
	char path[FPB_PATH_MAX], name[FPB_PATH_MAX];
	struct dirent **entries;
	int n, ret = fpb_path(path, "%s/%s", dir, below);

	n = ret ? 0 : scandir(path, &entries, NULL, alphasort);
	if (ret || n < 0)
		return ret ? ret : -errno;
	for (int i = 0; i < n; i++) {
		const char *entry = entries[i]->d_name;

		if (!ret && strcmp(entry, ".") && strcmp(entry, ".."))
			ret = fpb_path(name, "%s%s%s", below,
				       *below ? "/" : "", entry) ? :
			      add_path(l, dir, name);
		free(entries[i]);
	}
	free(entries);
	return ret;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has(const struct list *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->names[i], name))
			return true;
	return false;
}

static int list_files(struct list *l, const char *dir)
{
	int ret = add_folder(l, dir, "");

	/* Made anew in any case, so that it is that of the samples. */
	if (!ret && !has(l, FPB_FILE_TABLE))
		ret = add_name(l, FPB_FILE_TABLE);
	if (!ret)
		qsort(l->names, l->n, sizeof(*l->names), by_name);
	return ret;
}

static void free_list(struct list *l)
{
	while (l->n)
		free(l->names[--l->n]);
	free(l->names);
}

static void tell_unknown(const struct list *l, const char *dir)
{
	if (l->unknown == 1)
		fpb_warn("%s/%s is left out: it is not a file of a run", dir,
			 l->first_unknown);
	else if (l->unknown)
		fpb_warn("%zu files in %s are left out, such as %s: they are not files of a run",
			 l->unknown, dir, l->first_unknown);
}

/* --- the archive ------------------------------------------------------------ */

static int add_file(struct fpb_archive_writer *w, const char *dir,
		    const char *name)
{
	char path[FPB_PATH_MAX], *bytes;
	size_t len;
	int ret = fpb_path(path, "%s/%s", dir, name) ? :
		  fpb_file_read(path, &bytes, &len);

	if (ret)
		return ret;
	ret = fpb_archive_add(w, name, bytes, len);
	free(bytes);
	return ret;
}

/* The run's own time: that of packing would change the bytes. */
static time_t time_of(const struct fpb_manifest *m)
{
	const char *created = fpb_json_text(m->root, "created");
	struct tm tm = { 0 };

	return created && strptime(created, FPB_ISO8601, &tm) ? timegm(&tm) : 0;
}

/* @bad: what the error is about. */
static int write_archive(const struct list *l, const char *dir,
			 const char *path, const struct fpb_rundata *run,
			 const char *table, const char **bad)
{
	struct fpb_archive_writer *w;
	int closed, ret = fpb_archive_create(&w, path, run->manifest.id,
					     time_of(&run->manifest));

	if (ret)
		return ret;
	for (size_t i = 0; !ret && i < l->n; i++) {
		*bad = l->names[i];
		if (fpb_stop_asked())
			ret = -EINTR;
		else if (!strcmp(l->names[i], FPB_FILE_TABLE))
			ret = fpb_archive_add(w, l->names[i], table,
					      strlen(table));
		else
			ret = add_file(w, dir, l->names[i]);
	}
	closed = fpb_archive_close(w);
	return ret ? ret : closed;
}

static void remove_file(void *path)
{
	if (unlink(path) && errno != ENOENT)
		fpb_warn("cannot remove %s: %s", (char *)path, strerror(errno));
}

static int check(const char *dir, const char *file,
		 const struct fpb_rundata *run)
{
	struct stat st;

	if (!fpb_runfile_is_folder(run->manifest.id)) {
		fpb_err("cannot pack %s: the id in its manifest.json is not the name of a folder",
			dir);
		return -EINVAL;
	}
	if (!stat(file, &st) && !S_ISREG(st.st_mode)) {
		fpb_err("cannot pack %s: %s is not a regular file", dir, file);
		return -EINVAL;
	}
	return 0;
}

int fpb_pack(const char *dir, const char *file, const struct fpb_rundata *run,
	     const char *table)
{
	struct fpb_undo undo = { .n = 0 };
	struct list l = { NULL };
	char part[FPB_PATH_MAX];
	const char *bad = "";
	int ret = check(dir, file, run);

	if (ret)
		return ret;
	ret = fpb_path(part, "%s.part", file) ? : list_files(&l, dir);
	if (!ret) {
		fpb_undo_push(&undo, remove_file, part);
		ret = write_archive(&l, dir, part, run, table, &bad);
	}
	if (!ret && rename(part, file))
		ret = -errno;
	if (!ret)
		undo.n = 0;
	fpb_undo_all(&undo);
	if (!ret)
		tell_unknown(&l, dir);
	else if (ret == -E2BIG)
		fpb_err("cannot pack %s: %s/%s is too large", dir, dir, bad);
	else if (ret != -EINTR)
		fpb_err("cannot pack %s into %s: %s", dir, file,
			strerror(-ret));
	free_list(&l);
	return ret;
}
