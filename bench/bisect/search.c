// SPDX-License-Identifier: GPL-2.0
#include "bisect/search.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bisect/build.h"
#include "bisect/folder.h"
#include "os/msg.h"
#include "run/readrun.h"
#include "run/resume.h"
#include "run/run.h"

/* So many in a row that are not resolved: the machine is too busy for it. */
#define SKIPS_MAX	3

static void shorten(const char *commit, char name[FPB_COMMIT_SHORT + 1])
{
	snprintf(name, FPB_COMMIT_SHORT + 1, "%s", commit);
}

/* --- one revision ----------------------------------------------------------- */

/* In a new run, or in the one that was interrupted. */
static int choose(struct fpb_run_spec *r, const struct fpb_search *s,
		  const char *name)
{
	char latest[FPB_PATH_MAX], kernels[2][FPB_PATH_MAX + FPB_NAME_MAX];
	char *const wanted[] = { kernels[0], kernels[1], NULL };
	const struct fpb_guests_wish wish = {
		.command = "bisect", .kernels = wanted, .silence = s->silence,
	};

	if (fpb_path(latest, "%s/latest", r->results)) {
		fpb_err("bisect: %s: the path is too long", r->results);
		return FPB_EXIT_USAGE;
	}
	if (!access(latest, F_OK))
		return fpb_resume_choose(r, latest, s->silence, false);
	snprintf(kernels[0], sizeof(kernels[0]), "good=%s/kernels/good",
		 s->dir);
	snprintf(kernels[1], sizeof(kernels[1]), "%s=%s/kernels/%s", name,
		 s->dir, name);
	r->guests.plan = s->plan;
	return fpb_guests_choose(&r->guests, &wish);
}

/* Measures; its directory is in r->dir then, unless there is none. */
static int measure(struct fpb_run_spec *r, const struct fpb_search *s,
		   const char *name)
{
	int ret = choose(r, s, name);

	if (!ret)
		ret = fpb_guests_settle(&r->guests);
	if (!ret) {
		fpb_guests_settle_affinity(&r->guests, r->resume);
		ret = fpb_guests_settle_together(&r->guests, r->resume);
	}
	if (!ret)
		ret = fpb_run(r);
	else
		*r->dir = '\0';
	fpb_guests_free(&r->guests);
	return ret;
}

static int judge(const char *dir, struct fpb_bisect_result *result)
{
	struct fpb_rundata run;
	int ret = fpb_load_run_so_far(dir, &run);

	if (ret)
		return fpb_load_status(ret);
	ret = fpb_bisect_judge(&run, result);
	fpb_rundata_free(&run);
	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("cannot judge %s: %s", dir, strerror(-ret));
	return FPB_EXIT_FAILED;
}

/* A run that failed has a verdict, too: that there is none. */
static int measure_and_judge(const struct fpb_search *s, const char *name,
			     struct fpb_bisect_result *result)
{
	char results[FPB_PATH_MAX];
	struct fpb_run_spec r = { .results = results, .part = true };
	int ret = fpb_path(results, "%s/%s", s->dir, name);

	ret = ret ? FPB_EXIT_FAILED : measure(&r, s, name);
	if ((ret && ret != FPB_EXIT_FAILED) || !*r.dir)
		return ret ? : FPB_EXIT_FAILED;
	return judge(r.dir, result);
}

static void show(const struct fpb_revision *r, const char *name)
{
	const struct fpb_estimate *e = &r->result.ratio;
	const char *verdict = fpb_bisect_names[r->result.verdict];

	if (r->result.verdict == FPB_BISECT_SKIP)
		fpb_info("%s %s: %s", name, verdict, r->result.reason);
	else
		fpb_info("%s %s: %.3f [%.3f, %.3f] of the good one's rate, %zu boot pairs",
			 name, verdict, e->value, e->lo, e->hi, e->n);
}

/* Builds and measures it, unless that was done before. */
static int try(struct fpb_search *s, const char *commit,
	       struct fpb_revision *r)
{
	const struct fpb_revision *known = fpb_revisions_find(&s->done, commit);
	char name[FPB_COMMIT_SHORT + 1];
	int ret;

	if (known) {
		*r = *known;
		return FPB_EXIT_OK;
	}
	*r = (struct fpb_revision){ .result.verdict = FPB_BISECT_SKIP };
	snprintf(r->commit, sizeof(r->commit), "%s", commit);
	shorten(commit, name);
	fpb_repo_subject(&s->repo, commit, r->subject, sizeof(r->subject));
	fpb_info("%s %s", name, r->subject);
	ret = fpb_bisect_build(s, commit, name);
	if (ret == FPB_EXIT_FAILED)
		strcpy(r->result.reason, "it does not build");
	else if (!ret)
		ret = measure_and_judge(s, name, &r->result);
	if (ret && !*r->result.reason)
		return ret;
	show(r, name);
	return fpb_folder_add(s, r);
}

/* --- all of them ------------------------------------------------------------ */

/* Whether there is something to look for; if not, the status that says so. */
static int check_ends(struct fpb_search *s)
{
	struct fpb_revision r;
	int ret;

	fpb_repo_subject(&s->repo, s->good, r.subject, sizeof(r.subject));
	fpb_info("%.12s %s: the good end", s->good, r.subject);
	ret = fpb_bisect_build(s, s->good, "good");
	if (ret == FPB_EXIT_FAILED)
		fpb_err("bisect: the good revision %.12s does not build",
			s->good);
	if (!ret)
		ret = try(s, s->bad, &r);
	if (ret || r.result.verdict == FPB_BISECT_BAD)
		return ret;
	if (r.result.verdict == FPB_BISECT_SKIP) {
		fpb_err("bisect: cannot tell whether %.12s is slower than %.12s: %s",
			s->bad, s->good, r.result.reason);
		fpb_hint("search again on a quiet machine, or with a longer --max-time or a larger --effect");
	} else {
		fpb_err("bisect: %.12s is not slower than %.12s by %g %%: %.3f [%.3f, %.3f] of its rate",
			s->bad, s->good, 100 * s->effect, r.result.ratio.value,
			r.result.ratio.lo, r.result.ratio.hi);
		fpb_hint("a smaller --effect looks for less; other cells: --workload, --regime, --target, --numjobs");
	}
	return FPB_EXIT_UNCLEAR;
}

static int git_failed(const char *what, int error, const char *why)
{
	fpb_err("bisect: git cannot %s: %s", what,
		*why ? why : strerror(-error));
	return FPB_EXIT_FAILED;
}

/* What git found so far: whether the search is over. */
static bool is_over(const struct fpb_search *s)
{
	char commit[FPB_COMMIT_MAX], *log = fpb_repo_log(&s->repo);
	bool over = log && !fpb_bisect_found(log, 0, commit);

	free(log);
	return over;
}

static int step(struct fpb_search *s, unsigned int *skips)
{
	char commit[FPB_COMMIT_MAX], why[FPB_REASON_MAX] = "";
	struct fpb_revision r;
	int ret = fpb_repo_next(&s->repo, commit);

	if (ret)
		return git_failed("say which revision comes next", ret, why);
	ret = try(s, commit, &r);
	if (ret)
		return ret;
	ret = fpb_repo_tell(&s->repo, r.result.verdict, commit, why);
	if (ret)
		return git_failed("take the verdict", ret, why);
	/* Not those that do not build. */
	*skips = r.result.verdict != FPB_BISECT_SKIP ? 0 :
		 *skips + (r.result.ratio.n > 0);
	if (*skips < SKIPS_MAX || is_over(s))
		return FPB_EXIT_OK;
	fpb_err("bisect: %d revisions in a row were measured and not resolved",
		SKIPS_MAX);
	fpb_hint("search again on a quiet machine, or with a longer --max-time or a larger --effect");
	return FPB_EXIT_UNCLEAR;
}

static int search(struct fpb_search *s)
{
	char why[FPB_REASON_MAX] = "";
	unsigned int skips = 0;
	int ret = is_over(s) ? FPB_EXIT_OK : check_ends(s);

	if (!ret && !fpb_repo_begun(&s->repo)) {
		ret = fpb_repo_begin(&s->repo, s->bad, s->good, why);
		if (ret)
			return git_failed("begin a bisection", ret, why);
	}
	while (!ret && !is_over(s))
		ret = step(s, &skips);
	return ret;
}

int fpb_search_run(struct fpb_search *s)
{
	const int ret = search(s), kept = fpb_folder_keep_log(s);

	return ret ? : kept;
}

/* --- what is asked for ------------------------------------------------------ */

static int resolve(const struct fpb_search *s, const char *revision,
		   char *commit)
{
	if (!fpb_repo_resolve(s->tree, revision, commit))
		return FPB_EXIT_OK;
	fpb_err("bisect: %s has no commit %s", s->tree, revision);
	return FPB_EXIT_USAGE;
}

static int check_tree(struct fpb_search *s)
{
	char path[FPB_PATH_MAX], *full = realpath(s->tree, NULL);
	int ret = full ? fpb_path(s->tree, "%s", full) : -errno;

	free(full);
	if (!ret)
		ret = fpb_path(path, "%s/.git", s->tree) ? :
		      access(path, F_OK) ? -errno : 0;
	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("bisect: %s is not a git checkout: %s", s->tree,
		strerror(-ret));
	fpb_hint("name the top folder of a Linux tree that git checked out");
	return FPB_EXIT_USAGE;
}

static int check_range(struct fpb_search *s, const char *good,
		       const char *bad)
{
	int ret = resolve(s, good, s->good) ? : resolve(s, bad, s->bad);

	if (ret)
		return ret;
	if (!strcmp(s->good, s->bad)) {
		fpb_err("bisect: %s and %s are the same commit", good, bad);
		return FPB_EXIT_USAGE;
	}
	if (!fpb_repo_is_ancestor(s->tree, s->good, s->bad)) {
		fpb_err("bisect: %s is not an ancestor of %s", good, bad);
		fpb_hint("take the commit that both have in common: git -C %s merge-base %s %s",
			 s->tree, good, bad);
		return FPB_EXIT_USAGE;
	}
	s->commits = fpb_repo_count(s->tree, s->good, s->bad);
	return FPB_EXIT_OK;
}

int fpb_search_make(struct fpb_search *s, const char *results,
		    const char *good, const char *bad)
{
	int ret;

	fpb_repo_no_env();
	ret = check_tree(s) ? : check_range(s, good, bad);
	if (ret)
		return ret;
	fpb_bisect_rule(&s->plan, s->effect,
			fpb_bisect_risk(s->risk, fpb_bisect_steps(s->commits)));
	return fpb_folder_make(s, results) ? : fpb_folder_write(s);
}

int fpb_search_open(struct fpb_search *s, const char *dir)
{
	fpb_repo_no_env();
	return fpb_folder_read(s, dir);
}

void fpb_search_free(struct fpb_search *s)
{
	free(s->done.at);
}
