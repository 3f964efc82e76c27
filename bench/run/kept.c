// SPDX-License-Identifier: GPL-2.0
#include "run/kept.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/runfiles.h"
#include "os/msg.h"
#include "os/place.h"
#include "os/spawn.h"

/* For kernels on a slow machine. */
#define BUILD_MS	(4u * 3600 * 1000)
#define REBUILD		"bench/kernels/rebuild.sh"

/* --- keep ------------------------------------------------------------------- */

static int copy(const char *from, const char *to, const char *name)
{
	char source[FPB_PATH_MAX], target[FPB_PATH_MAX], *text;
	int ret = fpb_path(source, "%s/%s", from, name) ? :
		  fpb_path(target, "%s/%s", to, name) ? :
		  fpb_file_read(source, &text, NULL);

	if (ret)
		return ret;
	ret = fpb_file_write(target, text);
	free(text);
	return ret;
}

static int is_patch(const struct dirent *d)
{
	const size_t len = strlen(d->d_name);

	return len > 6 && !strcmp(d->d_name + len - 6, ".patch");
}

static int copy_patches(const char *from, const char *to)
{
	char source[FPB_PATH_MAX], target[FPB_PATH_MAX];
	struct dirent **names;
	int n, ret = fpb_path(source, "%s/patches", from) ? :
		     fpb_path(target, "%s/patches", to);

	n = ret ? 0 : scandir(source, &names, is_patch, alphasort);
	if (ret || n < 0)
		return ret;
	if (n)
		ret = fpb_mkdirs(target);
	for (int i = 0; i < n; i++) {
		if (!ret)
			ret = copy(source, target, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return ret;
}

static int keep(const struct fpb_kernel *k, const char *run)
{
	char to[FPB_PATH_MAX];
	int ret = fpb_path(to, "%s/" FPB_DIR_KERNELS "/%s", run, k->name) ? :
		  fpb_mkdirs(to) ? : copy(k->dir, to, "config");

	if (!ret || ret == -ENOENT)
		ret = copy_patches(k->dir, to);
	if (ret)
		fpb_err("cannot keep configuration and patches of kernel %s: %s",
			k->name, strerror(-ret));
	return ret;
}

int fpb_kept_make(const struct fpb_run_spec *r)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < r->guests.nkernels; i++)
		if (*r->guests.kernels[i].dir)
			ret = keep(&r->guests.kernels[i], r->dir);
	return ret;
}

/* --- build ------------------------------------------------------------------ */

/* One folder a line. */
static int take_dirs(char *text, char **dirs, size_t n)
{
	char *save = NULL, *line = strtok_r(text, "\n", &save);
	size_t i;

	for (i = 0; i < n && line; i++, line = strtok_r(NULL, "\n", &save))
		if (!(dirs[i] = strdup(line)))
			return -ENOMEM;
	return i == n ? 0 : -EPROTO;
}

/* An exit status; @out: what it printed, for free(). */
static int run(const char *const *argv, char **out)
{
	/* Its messages and progress are for the user. */
	int status, ret = fpb_spawn_ask(argv, BUILD_MS, out, &status);

	if (ret == -EINTR)
		return FPB_EXIT_INTERRUPTED;
	if (!ret && WIFEXITED(status))
		return WEXITSTATUS(status);
	fpb_err("cannot run %s: %s", argv[0],
		ret ? strerror(-ret) : "a signal ended it");
	return FPB_EXIT_FAILED;
}

int fpb_kept_build(const char *dir, const char *const *names, size_t n,
		   char **dirs)
{
	char script[FPB_PATH_MAX], *out = NULL;
	const char *argv[FPB_MAX_KERNELS + 3] = { script, dir };
	int ret;

	if (!n)
		return FPB_EXIT_OK;
	ret = fpb_place_data(script, REBUILD);
	if (ret) {
		fpb_err("cannot build kernels: %s: %s", REBUILD,
			strerror(-ret));
		return FPB_EXIT_FAILED;
	}
	memcpy(argv + 2, names, n * sizeof(*names));
	ret = run(argv, &out);
	if (!ret && take_dirs(out, dirs, n)) {
		fpb_err("cannot build kernels: %s named too few", argv[0]);
		ret = FPB_EXIT_FAILED;
	}
	free(out);
	return ret;
}
