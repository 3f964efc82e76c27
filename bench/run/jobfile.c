// SPDX-License-Identifier: GPL-2.0
#include "run/jobfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/file.h"
#include "os/msg.h"
#include "os/spawn.h"

#define PARSE_MS	10000

/* What core/fio.c sets for the file, and what the user has in its place. */
static const struct {
	const char *key, *instead;
} ours[] = {
	{ "filename", "fio names the files by job" },
	{ "directory", "the harness sets it" },
	{ "numjobs", "--numjobs sets it" },
	{ "runtime", "--runtime sets it" },
	{ "time_based", "the harness sets it" },
};

/* Whether the line that begins at @text sets @key. */
static bool sets(const char *text, const char *key)
{
	const size_t len = strlen(key);

	text += strspn(text, " \t");
	if (strncmp(text, key, len))
		return false;
	text += len;
	text += strspn(text, " \t");
	return *text == '=' || *text == '\n' || !*text;
}

static int check_keys(const char *path, const char *text)
{
	unsigned int line = 1;

	for (; *text; line++) {
		for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
			if (!sets(text, ours[i].key))
				continue;
			fpb_err("%s:%u: %s must not be set here: %s", path,
				line, ours[i].key, ours[i].instead);
			return FPB_EXIT_USAGE;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return FPB_EXIT_OK;
}

/* fio names the option, not the line. */
static int parse(const char *fio, const char *path)
{
	const char *argv[] = { "sh", "-c",
			       "\"$0\" --parse-only \"$1\" 2>&1 || true", fio,
			       path, NULL };
	char *said = NULL;
	int ret = fpb_spawn_read(argv, PARSE_MS, &said);

	/* It prints nothing about a file that it takes. */
	if (!ret && !*said) {
		free(said);
		return FPB_EXIT_OK;
	}
	if (said)
		said[strcspn(said, "\n")] = '\0';
	fpb_err("fio does not take %s: %s", path, said ? : strerror(-ret));
	free(said);
	return FPB_EXIT_USAGE;
}

static int settle(struct fpb_workload *w, const char *fio)
{
	char *path = realpath(w->job, NULL), *text = NULL;
	int ret = path ? fpb_file_read(path, &text, NULL) : -errno;

	if (!ret && strlen(path) >= sizeof(w->job))
		ret = -ENAMETOOLONG;
	if (ret) {
		fpb_err("cannot read fio's job file %s: %s", w->job,
			strerror(-ret));
		ret = FPB_EXIT_USAGE;
	} else {
		strcpy(w->job, path);
		ret = check_keys(path, text) ? : parse(fio, path);
	}
	free(text);
	free(path);
	return ret;
}

int fpb_jobfiles_settle(struct fpb_plan *p, const char *fio)
{
	int ret = FPB_EXIT_OK;

	for (size_t i = 0; !ret && i < p->nworkloads; i++)
		if (*p->workloads[i].job)
			ret = settle(&p->workloads[i], fio);
	return ret;
}
