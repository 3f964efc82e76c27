// SPDX-License-Identifier: GPL-2.0
#include "run/packed.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/result.h"
#include "core/runfiles.h"
#include "os/file.h"
#include "os/msg.h"
#include "run/archive.h"

#define BOOTS	FPB_DIR_BOOTS "/"

bool fpb_packed_is(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

static int read_archive(const char *path, const struct fpb_archive_reader *r)
{
	char why[FPB_REASON_MAX];
	int ret = fpb_archive_read(path, r, why);

	if (ret == -ENOENT) {
		fpb_err("no run at %s: %s", path, why);
		fpb_hint("an archive is what \"fpbench pack\" makes of a run's directory");
	} else if (ret) {
		fpb_err("cannot read %s: %s", path, why);
	}
	return ret;
}

/* --- some of its files ------------------------------------------------------ */

struct wanted {
	struct fpb_run_text *files;
	size_t n;
};

static struct fpb_run_text *find(const struct wanted *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->files[i].name, name))
			return &w->files[i];
	return NULL;
}

static int look(const char *name, void *user)
{
	if (fpb_runfile(name) != FPB_RUNFILE_KEPT)
		return -EINVAL;
	return find(user, name) != NULL;
}

static int take(const char *name, char *bytes, size_t len, void *user)
{
	struct fpb_run_text *f = find(user, name);

	f->bytes = bytes;
	f->len = len;
	return 0;
}

int fpb_packed_read(const char *path, struct fpb_run_text *files, size_t n)
{
	struct wanted w = { files, n };
	const struct fpb_archive_reader r = {
		.look = look, .take = take, .user = &w,
	};
	int ret = read_archive(path, &r);

	for (size_t i = 0; ret && i < n; i++) {
		free(files[i].bytes);
		files[i].bytes = NULL;
	}
	return ret;
}

/* --- all of them ------------------------------------------------------------ */

static int look_unpack(const char *name, void *user)
{
	if (fpb_runfile(name) != FPB_RUNFILE_KEPT)
		return -EINVAL;
	return strncmp(name, BOOTS, strlen(BOOTS)) != 0;
}

static int take_unpack(const char *name, char *bytes, size_t len, void *user)
{
	char path[FPB_PATH_MAX], dir[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/%s", (const char *)user, name) ? :
		  fpb_path(dir, "%s", path) ? : fpb_mkdirs(dirname(dir));

	/* Texts, all of them. */
	if (!ret)
		ret = strlen(bytes) == len ? fpb_file_write(path, bytes) :
					     -EILSEQ;
	free(bytes);
	return ret;
}

int fpb_packed_unpack(const char *path, const char *dir)
{
	const struct fpb_archive_reader r = {
		.look = look_unpack, .take = take_unpack, .user = (void *)dir,
	};

	return read_archive(path, &r);
}
