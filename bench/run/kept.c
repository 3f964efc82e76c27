// SPDX-License-Identifier: GPL-2.0
#include "run/kept.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/runfiles.h"
#include "os/msg.h"

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
