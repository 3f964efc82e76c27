/* SPDX-License-Identifier: GPL-2.0 */
/* A search: what was asked for, and where it stands. */
#ifndef FPB_BISECT_TASK_H
#define FPB_BISECT_TASK_H

#include "bisect/repo.h"
#include "core/plan.h"
#include "core/revision.h"

struct fpb_search {
	/* What is asked for: the user's tree, and a configuration or "". */
	char tree[FPB_PATH_MAX], config[FPB_PATH_MAX];
	char good[FPB_COMMIT_MAX], bad[FPB_COMMIT_MAX];
	double effect;			/* slowdown; 0.05 is 5 % */
	double risk;			/* of any wrong verdict */
	struct fpb_plan plan;		/* of each run; its rule is set here */
	const char *silence;		/* as for fpb_guests_choose() */
	/* What follows. */
	size_t commits;			/* among which the commit is */
	char dir[FPB_PATH_MAX];		/* absolute */
	struct fpb_repo repo;
	struct fpb_revisions done;
};

#endif
