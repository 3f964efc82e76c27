// SPDX-License-Identifier: GPL-2.0
#include "bisect/folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/planfile.h"
#include "os/clock.h"
#include "os/msg.h"

#define SCHEMA		1
#define SEARCH		"bisect.json"
#define PLAN		"plan.ini"
#define REVISIONS	"revisions.jsonl"

static int cannot(const char *what, const char *path, int error)
{
	fpb_err("cannot %s %s: %s", what, path, strerror(-error));
	if (error == -ENOSPC)
		fpb_hint("make room on that disk, then go on with --resume");
	return FPB_EXIT_FAILED;
}

static int make_dir(struct fpb_search *s, const char *results)
{
	char stamp[32], *full;
	int ret = fpb_mkdirs(results);

	fpb_utc("%Y%m%d-%H%M%S", stamp, sizeof(stamp));
	for (int i = 1; !ret && i < 100; i++) {
		ret = i == 1 ? fpb_path(s->dir, "%s/bisect-%s", results, stamp) :
		      fpb_path(s->dir, "%s/bisect-%s-%d", results, stamp, i);
		if (ret || !mkdir(s->dir, 0755))
			break;
		ret = errno == EEXIST ? 0 : -errno;
	}
	full = ret ? NULL : realpath(s->dir, NULL);
	if (!ret)
		ret = full ? fpb_path(s->dir, "%s", full) : -errno;
	free(full);
	return ret;
}

static int set_repo(struct fpb_search *s)
{
	return fpb_path(s->repo.dir, "%s/repo.git", s->dir);
}

int fpb_folder_make(struct fpb_search *s, const char *results)
{
	char why[FPB_REASON_MAX] = "";
	int ret = make_dir(s, results) ? : set_repo(s);

	if (ret)
		return cannot("make a folder for the search in", results, ret);
	ret = fpb_repo_make(&s->repo, s->tree, s->bad, why);
	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("cannot make %s: %s", s->repo.dir, *why ? why : strerror(-ret));
	return FPB_EXIT_FAILED;
}

int fpb_folder_write(const struct fpb_search *s)
{
	json_t *o = json_pack("{si ss ss ss ss sf sf sI}", "schema", SCHEMA,
			      "tree", s->tree, "config", s->config,
			      "good", s->good, "bad", s->bad,
			      "effect", s->effect, "risk", s->risk,
			      "commits", (json_int_t)s->commits);
	char *text = fpb_plan_text(&s->plan), path[FPB_PATH_MAX];
	int ret = o && text ? fpb_path(path, "%s/" PLAN, s->dir) : -ENOMEM;

	/* The search itself comes last: what is there is complete. */
	if (!ret)
		ret = fpb_file_write(path, text) ? :
		      fpb_path(path, "%s/" SEARCH, s->dir) ? :
		      fpb_file_write_json(path, o);
	free(text);
	json_decref(o);
	return ret ? cannot("write the search in", s->dir, ret) : FPB_EXIT_OK;
}

static int take_text(char *to, size_t size, const char *from)
{
	return snprintf(to, size, "%s", from) < (int)size ? 0 : -EINVAL;
}

static int read_search(struct fpb_search *s)
{
	const char *tree, *config, *good, *bad;
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX] = " path too long";
	json_int_t commits;
	json_t *o;
	int schema, ret = fpb_path(path, "%s/" SEARCH, s->dir) ? :
			  fpb_file_read_json(path, &o, why);

	if (ret) {
		fpb_err("no search at %s: " SEARCH ":%s", s->dir, why);
		fpb_hint("name the folder that fpbench bisect made: ls -d results/bisect-*");
		return FPB_EXIT_USAGE;
	}
	if (json_unpack(o, "{si ss ss ss ss sF sF sI}", "schema", &schema,
			"tree", &tree, "config", &config, "good", &good, "bad",
			&bad, "effect", &s->effect, "risk", &s->risk, "commits",
			&commits) || schema != SCHEMA ||
	    take_text(s->tree, sizeof(s->tree), tree) ||
	    take_text(s->config, sizeof(s->config), config) ||
	    take_text(s->good, sizeof(s->good), good) ||
	    take_text(s->bad, sizeof(s->bad), bad)) {
		fpb_err("cannot read %s: it is damaged, or of another version",
			path);
		ret = FPB_EXIT_USAGE;
	} else {
		s->commits = commits;
	}
	json_decref(o);
	return ret;
}

static int read_plan(struct fpb_search *s)
{
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX], *text;
	unsigned int line = 0;
	int ret = fpb_path(path, "%s/" PLAN, s->dir) ? :
		  fpb_file_read(path, &text, NULL);

	if (ret)
		return cannot("read", path, ret);
	fpb_plan_default(&s->plan);
	ret = fpb_plan_parse(&s->plan, text, why, &line);
	free(text);
	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("%s:%u: %s", path, line, why);
	return FPB_EXIT_USAGE;
}

static int read_revisions(struct fpb_search *s)
{
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX] = "not enough memory";
	char *text;
	size_t line;
	int ret = fpb_path(path, "%s/" REVISIONS, s->dir);

	/* A line that was cut short is of a revision that is judged again. */
	if (!ret && !fpb_file_cut_tail(path))
		ret = fpb_file_read(path, &text, NULL);
	else
		return FPB_EXIT_OK;
	if (ret)
		return cannot("read", path, ret);
	ret = fpb_revisions_parse(&s->done, text, &line, why);
	free(text);
	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("%s:%zu: %s", path, line, why);
	fpb_hint("remove that line: its revision is then measured again");
	return FPB_EXIT_USAGE;
}

int fpb_folder_read(struct fpb_search *s, const char *dir)
{
	char *full = realpath(dir, NULL);
	int ret = full ? fpb_path(s->dir, "%s", full) : -errno;

	free(full);
	if (ret || set_repo(s)) {
		fpb_err("no search at %s: %s", dir, strerror(ret ? -ret :
							     ENAMETOOLONG));
		return FPB_EXIT_USAGE;
	}
	return read_search(s) ? : read_plan(s) ? : read_revisions(s);
}

int fpb_folder_add(struct fpb_search *s, const struct fpb_revision *r)
{
	char path[FPB_PATH_MAX];
	json_t *o = fpb_revision_to_json(r);
	int ret = o ? fpb_path(path, "%s/" REVISIONS, s->dir) : -ENOMEM;

	if (!ret)
		ret = fpb_file_append_json(path, o) ? :
		      fpb_revisions_add(&s->done, r);
	json_decref(o);
	return ret ? cannot("keep a verdict in", s->dir, ret) : FPB_EXIT_OK;
}

int fpb_folder_keep_log(const struct fpb_search *s)
{
	char *log = fpb_repo_log(&s->repo), path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/bisect.log", s->dir);

	if (!log)
		return FPB_EXIT_OK;
	ret = ret ? : fpb_file_write(path, log);
	free(log);
	return ret ? cannot("write", path, ret) : FPB_EXIT_OK;
}
