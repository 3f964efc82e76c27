// SPDX-License-Identifier: GPL-2.0
#include "bisect/repo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/spawn.h"

#define GIT_MS		600000
#define WORDS_MAX	16

void fpb_repo_no_env(void)
{
	static const char *const names[] = {
		"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE",
		"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unsetenv(names[i]);
}

/* "git OPTION DIR WORD...", whatever the user has configured. */
struct command {
	const char *argv[WORDS_MAX];
	char option[FPB_PATH_MAX + 16];
};

static const char *const *command(struct command *c, const char *dir,
				  const char *const *words)
{
	size_t n = 0;

	snprintf(c->option, sizeof(c->option), "--git-dir=%s", dir);
	c->argv[n++] = "git";
	c->argv[n++] = c->option;
	c->argv[n++] = "-c";
	c->argv[n++] = "core.hooksPath=/dev/null";
	while (*words && n + 1 < WORDS_MAX)
		c->argv[n++] = *words++;
	c->argv[n] = NULL;
	return c->argv;
}

#define WORDS(...)	((const char *const []){ __VA_ARGS__, NULL })

/* The first word of what it prints. */
static int first_word(const char *const *argv, char *word, size_t size)
{
	char *out;
	int ret = fpb_spawn_read(argv, GIT_MS, &out);

	if (ret)
		return ret;
	out[strcspn(out, " \n")] = '\0';
	if (!*out || strlen(out) >= size)
		ret = -EIO;
	else
		strcpy(word, out);
	free(out);
	return ret;
}

static int say(const struct fpb_repo *r, const char *const *words, char *why)
{
	char log[FPB_PATH_MAX];
	struct command c;
	int ret = fpb_path(log, "%s/fpbench.log", r->dir);

	*why = '\0';
	return ret ? : fpb_spawn_run_why(command(&c, r->dir, words), log,
					 GIT_MS, why);
}

static int ask(const struct fpb_repo *r, const char *const *words, char *word,
	       size_t size)
{
	struct command c;

	return first_word(command(&c, r->dir, words), word, size);
}

int fpb_repo_resolve(const char *tree, const char *revision,
		     char commit[FPB_COMMIT_MAX])
{
	char peeled[FPB_PATH_MAX];

	return fpb_path(peeled, "%s^{commit}", revision) ? :
	       first_word(WORDS("git", "-C", tree, "rev-parse", "-q",
				"--verify", peeled), commit, FPB_COMMIT_MAX);
}

/* Where git keeps @what of the user's tree, such as "objects". */
static int path_in(const char *tree, const char *what, char *path)
{
	char *out;
	int ret = fpb_spawn_read(WORDS("git", "-C", tree, "rev-parse",
				       "--path-format=absolute", "--git-path",
				       what), GIT_MS, &out);

	if (ret)
		return ret;
	out[strcspn(out, "\n")] = '\0';
	ret = fpb_path(path, "%s", out);
	free(out);
	return ret;
}

/* Where the history of a shallow clone ends. */
static int copy_shallow(const struct fpb_repo *r, const char *tree)
{
	char from[FPB_PATH_MAX], to[FPB_PATH_MAX], *text;
	int ret = path_in(tree, "shallow", from) ? :
		  fpb_path(to, "%s/shallow", r->dir) ? :
		  fpb_file_read(from, &text, NULL);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	ret = fpb_file_write(to, text);
	free(text);
	return ret;
}

int fpb_repo_make(const struct fpb_repo *r, const char *tree,
		  const char *commit, char *why)
{
	char objects[FPB_PATH_MAX], path[FPB_PATH_MAX];
	char line[FPB_PATH_MAX + 1];
	int ret;

	ret = fpb_mkdirs(r->dir) ? :
	      say(r, WORDS("init", "-q", "--bare"), why) ? :
	      path_in(tree, "objects", objects) ? :
	      fpb_path(path, "%s/objects/info/alternates", r->dir);
	if (ret)
		return ret;
	snprintf(line, sizeof(line), "%s\n", objects);
	return fpb_file_write(path, line) ? : copy_shallow(r, tree) ? :
	       say(r, WORDS("update-ref", "--no-deref", "HEAD", commit), why);
}

bool fpb_repo_is_ancestor(const char *tree, const char *old, const char *new)
{
	return !fpb_spawn_run(WORDS("git", "-C", tree, "merge-base",
				    "--is-ancestor", old, new), NULL, GIT_MS);
}

size_t fpb_repo_count(const char *tree, const char *old, const char *new)
{
	char range[2 * FPB_COMMIT_MAX + 2], number[32];

	snprintf(range, sizeof(range), "%s..%s", old, new);
	return first_word(WORDS("git", "-C", tree, "rev-list", "--count",
				range), number, sizeof(number)) ? 0 :
	       strtoul(number, NULL, 10);
}

bool fpb_repo_begun(const struct fpb_repo *r)
{
	char path[FPB_PATH_MAX];

	return !fpb_path(path, "%s/BISECT_LOG", r->dir) &&
	       !access(path, F_OK);
}

int fpb_repo_begin(const struct fpb_repo *r, const char *bad, const char *good,
		   char *why)
{
	/* Nothing is checked out in a bare repository, and the log says no more. */
	return say(r, WORDS("bisect", "start", bad, good), why);
}

int fpb_repo_next(const struct fpb_repo *r, char commit[FPB_COMMIT_MAX])
{
	return ask(r, WORDS("rev-parse", "-q", "--verify", "BISECT_HEAD"),
		   commit, FPB_COMMIT_MAX);
}

/* git's status is not 0 once only skipped commits are left: its log says so. */
int fpb_repo_tell(const struct fpb_repo *r, enum fpb_bisect_verdict verdict,
		  const char *commit, char *why)
{
	int ret = say(r, WORDS("bisect", fpb_bisect_names[verdict], commit),
		      why);
	char found[FPB_COMMIT_MAX], *log;

	if (ret != -EIO)
		return ret;
	log = fpb_repo_log(r);
	if (log && !fpb_bisect_found(log, 0, found))
		ret = 0;
	free(log);
	return ret;
}

char *fpb_repo_log(const struct fpb_repo *r)
{
	char path[FPB_PATH_MAX], *text;

	return fpb_path(path, "%s/BISECT_LOG", r->dir) ||
	       fpb_file_read(path, &text, NULL) ? NULL : text;
}

void fpb_repo_subject(const struct fpb_repo *r, const char *commit,
		      char *subject, size_t size)
{
	struct command c;
	char *out;

	*subject = '\0';
	if (fpb_spawn_read(command(&c, r->dir, WORDS("log", "-1", "--format=%s",
						     commit)), GIT_MS, &out))
		return;
	/* One '?' for each other character: only its first byte counts. */
	for (const char *at = out; *at && *at != '\n' && size > 1; at++) {
		if ((*at & 0xc0) == 0x80)
			continue;
		*subject++ = *at & 0x80 ? '?' : *at;
		size--;
	}
	*subject = '\0';
	free(out);
}
