// SPDX-License-Identifier: GPL-2.0
#include "bisect/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/kernelbuild.h"
#include "os/msg.h"
#include "os/screen.h"

/* The script's own messages, without what it says as it goes on. */
static void show_errors(const char *log, size_t from)
{
	char *text, *line, *save = NULL;
	size_t len;

	if (fpb_file_read(log, &text, &len))
		return;
	for (line = strtok_r(text + (from < len ? from : len), "\n", &save);
	     line; line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, "fpbench: ", 9))
			fpb_info("%s", line);
	free(text);
}

static size_t size_of(const char *path)
{
	size_t len = 0;
	char *text;

	if (!fpb_file_read(path, &text, &len))
		free(text);
	return len;
}

int fpb_bisect_build(const struct fpb_search *s, const char *commit,
		     const char *name)
{
	char tree[FPB_PATH_MAX + 8], config[FPB_PATH_MAX + 8];
	char base[FPB_COMMIT_MAX + 8], called[FPB_COMMIT_MAX + 8];
	char kernels[FPB_PATH_MAX], log[FPB_PATH_MAX];
	const struct fpb_kernelbuild b = {
		.variables = (const char *const []){
			tree, config, base, called, "NOSERIES=1", NULL },
		.dir = kernels, .log = log,
	};
	size_t before;
	int ret;

	if (fpb_path(kernels, "%s/kernels", s->dir) ||
	    fpb_path(log, "%s/build.log", s->dir)) {
		fpb_err("bisect: path too long: %s", s->dir);
		return FPB_EXIT_SKIPPED;
	}
	snprintf(tree, sizeof(tree), "KSRC=%s", s->tree);
	snprintf(config, sizeof(config), "CONFIG=%s", s->config);
	snprintf(base, sizeof(base), "BASE=%s", commit);
	snprintf(called, sizeof(called), "NAME=%s", name);
	before = size_of(log);
	fpb_screen_show("building; the first build takes minutes\n");
	ret = fpb_kernelbuild_make(&b);
	fpb_screen_show(NULL);
	if (ret && ret != FPB_EXIT_INTERRUPTED)
		show_errors(log, before);
	return ret;
}
