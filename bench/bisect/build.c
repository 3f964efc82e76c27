// SPDX-License-Identifier: GPL-2.0
#include "bisect/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/msg.h"
#include "os/screen.h"
#include "os/spawn.h"

/* A whole kernel on a slow machine. */
#define BUILD_MS	(4 * 3600 * 1000)

#define VARIABLES	11

/* All that the script reads: what the user's environment has is not meant. */
struct variables {
	char text[VARIABLES][FPB_PATH_MAX + 16];
	const char *env[VARIABLES + 1];
};

static void set_variables(struct variables *v, const struct fpb_search *s,
			  const char *commit, const char *name)
{
	const char *const values[VARIABLES][2] = {
		{ "KSRC", s->tree }, { "BASE", commit }, { "NAME", name },
		{ "NOSERIES", "1" }, { "CONFIG", s->config },
		{ "NEW", "" }, { "KERNEL", "" }, { "ARCH", "" },
		{ "VARIANT", "" }, { "SERIES", "" }, { "EXTRA", "" },
	};

	for (size_t i = 0; i < VARIABLES; i++) {
		snprintf(v->text[i], sizeof(v->text[i]), "%s=%s", values[i][0],
			 values[i][1]);
		v->env[i] = v->text[i];
	}
	v->env[VARIABLES] = NULL;
}

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
	static const char script[] = FPB_KERNELS_DIR "/build.sh";
	char kernels[FPB_PATH_MAX], log[FPB_PATH_MAX];
	struct variables v;
	struct fpb_spawn spawn = {
		.argv = (const char *const []){ script, kernels, NULL },
		.env = v.env, .log = log,
	};
	int status, ret = fpb_path(kernels, "%s/kernels", s->dir) ? :
			  fpb_path(log, "%s/build.log", s->dir);
	size_t before = ret ? 0 : size_of(log);

	set_variables(&v, s, commit, name);
	if (!ret && access(script, X_OK))
		ret = -errno;
	if (!ret) {
		fpb_screen_show("building; the first build takes minutes\n");
		ret = fpb_spawn_status(&spawn, BUILD_MS, &status);
		fpb_screen_show(NULL);
	}
	if (ret == -EINTR)
		return FPB_EXIT_INTERRUPTED;
	if (ret) {
		fpb_err("cannot run %s: %s", script, strerror(-ret));
		return FPB_EXIT_SKIPPED;
	}
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return FPB_EXIT_OK;
	show_errors(log, before);
	return WIFEXITED(status) ? WEXITSTATUS(status) : FPB_EXIT_FAILED;
}
