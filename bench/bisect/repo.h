/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The history that is searched: a bare repository of our own that borrows the
 * objects of the user's tree, and git's bisection in it. The user's tree is only
 * read. Functions return 0 or -errno; -EIO: git failed, and @why has its last line.
 */
#ifndef FPB_BISECT_REPO_H
#define FPB_BISECT_REPO_H

#include <stdbool.h>
#include <stddef.h>

#include "core/bisect.h"
#include "os/file.h"

struct fpb_repo {
	char dir[FPB_PATH_MAX];
};

/* Forget what the user's environment tells git about repositories. */
void fpb_repo_no_env(void);

/* The full name of a commit in the user's tree. */
int fpb_repo_resolve(const char *tree, const char *revision,
		     char commit[FPB_COMMIT_MAX]);

/*
 * Whether @old is an ancestor of @new there, and how many commits @new has that
 * @old has not.
 */
bool fpb_repo_is_ancestor(const char *tree, const char *old, const char *new);
size_t fpb_repo_count(const char *tree, const char *old, const char *new);

/* Make @r->dir, and point its HEAD at @commit of @tree. */
int fpb_repo_make(const struct fpb_repo *r, const char *tree,
		  const char *commit, char *why);

/* Whether a bisection was begun; begin it. */
bool fpb_repo_begun(const struct fpb_repo *r);
int fpb_repo_begin(const struct fpb_repo *r, const char *bad, const char *good,
		   char *why);

/* The commit that git wants to know about. */
int fpb_repo_next(const struct fpb_repo *r, char commit[FPB_COMMIT_MAX]);
int fpb_repo_tell(const struct fpb_repo *r, enum fpb_bisect_verdict verdict,
		  const char *commit, char *why);

/* git's log of it, for free(), or NULL; a commit's subject, in ASCII. */
char *fpb_repo_log(const struct fpb_repo *r);
void fpb_repo_subject(const struct fpb_repo *r, const char *commit,
		      char *subject, size_t size);

#endif
