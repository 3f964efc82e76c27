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
	{ "filename", "fio names a file for each job" },
	{ "directory", "the harness sets it" },
	{ "numjobs", "--numjobs (NUMJOBS= of make) sets it" },
	{ "runtime", "--runtime (RUNTIME= of make) sets it" },
	{ "timeout", "--runtime (RUNTIME= of make) sets it" },
	{ "time_based", "the harness sets it" },
	{ "stonewall", "all jobs run at the same time" },
	{ "include", "put the text of that file here" },
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
	return *text == '=' || *text == '\n' || *text == '/' || !*text ||
	       !strcmp(key, "include");
}

static int check_keys(const char *path, const char *text)
{
	unsigned int line = 1;

	for (; *text; line++) {
		for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
			if (!sets(text, ours[i].key))
				continue;
			fpb_err("%s:%u: remove \"%s\": %s", path,
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
	fpb_err("fio rejects %s: %s", path, said ? : strerror(-ret));
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

static int keep(struct fpb_workload *w, const char *dir)
{
	char path[FPB_PATH_MAX], *text = NULL;
	int ret = fpb_path(path, "%s/job-%s.fio", dir, w->name) ? :
		  fpb_file_read(w->job, &text, NULL);

	if (!ret && strlen(path) >= sizeof(w->job))
		ret = -ENAMETOOLONG;
	if (!ret)
		ret = fpb_file_write(path, text);
	free(text);
	if (!ret) {
		strcpy(w->job, path);
		return FPB_EXIT_OK;
	}
	fpb_err("cannot keep fio's job file as %s: %s", path, strerror(-ret));
	return FPB_EXIT_FAILED;
}

int fpb_jobfiles_keep(struct fpb_plan *p, const char *dir)
{
	int ret = FPB_EXIT_OK;

	for (size_t i = 0; !ret && i < p->nworkloads; i++)
		if (*p->workloads[i].job)
			ret = keep(&p->workloads[i], dir);
	return ret;
}
