// SPDX-License-Identifier: GPL-2.0
#include "guest/initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/filesystem.h"
#include "core/guestshare.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/spawn.h"

#define LDD_MS	10000

struct writer {
	struct archive *cpio;
	json_t *known;			/* a set of paths that are in it */
};

/* Whether @path is new. */
static bool remember(struct writer *w, const char *path)
{
	if (json_object_get(w->known, path))
		return false;
	json_object_set_new(w->known, path, json_true());
	return true;
}

/* The same every time: no owner, no times. */
static int put(struct writer *w, const char *path, mode_t type,
	       const void *bytes, size_t len)
{
	struct archive_entry *e = archive_entry_new();
	int ret = 0;

	if (!e)
		return -ENOMEM;
	archive_entry_set_pathname(e, path + 1);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, 0755);
	archive_entry_set_nlink(e, 1);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_size(e, len);
	if (archive_write_header(w->cpio, e) != ARCHIVE_OK ||
	    archive_write_data(w->cpio, bytes, len) != (la_ssize_t)len)
		ret = -EIO;
	archive_entry_free(e);
	return ret;
}

/* The folders above @path come before it. */
static int put_folders(struct writer *w, const char *path)
{
	char folder[FPB_PATH_MAX];
	int ret = 0;

	for (const char *c = path + 1; !ret && (c = strchr(c, '/')); c++) {
		ret = fpb_path(folder, "%.*s", (int)(c - path), path);
		if (!ret && remember(w, folder))
			ret = put(w, folder, AE_IFDIR, "", 0);
	}
	return ret;
}

/* The file @from as @path. */
static int put_file(struct writer *w, const char *from, const char *path)
{
	char *bytes;
	size_t len;
	int ret;

	if (!remember(w, path))
		return 0;
	ret = put_folders(w, path) ? : fpb_file_read(from, &bytes, &len);
	if (ret) {
		fpb_err("cannot copy %s to the guest: %s", from,
			strerror(-ret));
		return ret;
	}
	ret = put(w, path, AE_IFREG, bytes, len);
	free(bytes);
	return ret;
}

/* "NAME => PATH (ADDRESS)" or "PATH (ADDRESS)"; ldd fails if there are none. */
static int put_libraries(struct writer *w, const char *program)
{
	const char *argv[] = { "ldd", program, NULL };
	char *text, *save, *line, *path;
	int ret = 0;

	if (fpb_spawn_read(argv, LDD_MS, &text))
		return 0;
	for (line = strtok_r(text, "\n", &save); !ret && line;
	     line = strtok_r(NULL, "\n", &save)) {
		path = strchr(line, '/');
		if (!path)
			continue;
		path[strcspn(path, " ")] = '\0';
		ret = put_file(w, path, path);
	}
	free(text);
	return ret;
}

static int put_program(struct writer *w, const char *name)
{
	char path[FPB_PATH_MAX];
	int ret = strchr(name, '/') ? fpb_path(path, "%s", name) :
				      fpb_spawn_where(name, path);

	if (ret) {
		fpb_err("cannot copy %s to the guest: %s", name,
			strerror(-ret));
		return ret;
	}
	return put_file(w, path, path) ? : put_libraries(w, path);
}

static int is_file(const struct dirent *e)
{
	return *e->d_name != '.' && e->d_type == DT_REG;
}

static int put_folder(struct writer *w, const char *folder)
{
	char from[FPB_PATH_MAX], path[FPB_PATH_MAX];
	struct dirent **e;
	int n = scandir(folder, &e, is_file, alphasort), ret = 0;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (!ret)
			ret = fpb_path(from, "%s/%s", folder, e[i]->d_name) ? :
			      fpb_path(path, FPB_GUEST_SEALED "/%s",
				       e[i]->d_name) ? :
			      put_file(w, from, path);
		free(e[i]);
	}
	free(e);
	return ret;
}

/* Programs that the targets' commands name, and job files of workloads. */
static int put_plan(struct writer *w, const struct fpb_plan *p)
{
	char command[FPB_COMMAND_MAX], path[FPB_PATH_MAX], *save, *word;
	int ret = 0;

	for (size_t i = 0; !ret && i < p->nworkloads; i++)
		if (*p->workloads[i].job)
			ret = put_program(w, p->workloads[i].job);
	for (size_t i = 0; i < p->ntargets; i++) {
		strcpy(command, p->targets[i].mount);
		for (word = strtok_r(command, " ;&|()", &save); !ret && word;
		     word = strtok_r(NULL, " ;&|()", &save))
			if (*word == '/' ? !access(word, X_OK) :
					   !fpb_spawn_where(word, path))
				ret = put_program(w, word);
	}
	return ret;
}

static int put_all(struct writer *w, const char *agent,
		   const struct fpb_job *job, const char *sealed)
{
	/* Where the agent mounts the kernel's file systems. */
	static const char *const folders[] = { "/proc/", "/sys/", "/dev/",
					       "/run/", "/tmp/", NULL };
	const char *const programs[] = {
		job->fio, job->engine, job->daemon, "sh", "cp",
		fpb_filesystem_find(job->plan.device.fs)->mkfs[0], NULL
	};
	int ret = put_file(w, agent, FPB_GUEST_INIT) ? :
		  put_libraries(w, agent);

	for (const char *const *f = folders; !ret && *f; f++)
		ret = put_folders(w, *f);
	for (const char *const *f = programs; !ret && *f; f++)
		ret = put_program(w, *f);
	if (!ret)
		ret = put_plan(w, &job->plan);
	return ret || !sealed ? ret : put_folder(w, sealed);
}

int fpb_initramfs_write(const char *path, const char *agent,
			const struct fpb_job *job, const char *folder)
{
	struct writer w = { archive_write_new(), json_object() };
	int ret = -ENOMEM;

	if (w.cpio && w.known &&
	    !archive_write_set_format_cpio_newc(w.cpio) &&
	    !archive_write_add_filter_none(w.cpio) &&
	    !archive_write_open_filename(w.cpio, path))
		ret = put_all(&w, agent, job, folder);
	if (!ret && archive_write_close(w.cpio))
		ret = -EIO;
	if (w.cpio)
		archive_write_free(w.cpio);
	json_decref(w.known);
	return ret;
}
