/* SPDX-License-Identifier: GPL-2.0 */
/* What the search for the commit of a slowdown decides. Pure. */
#ifndef FPB_BISECT_H
#define FPB_BISECT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/plan.h"
#include "core/rundata.h"
#include "core/stats.h"

/* git's words, in fpb_bisect_names. */
enum fpb_bisect_verdict {
	FPB_BISECT_SKIP,
	FPB_BISECT_GOOD,
	FPB_BISECT_BAD,
};
#define FPB_BISECT_VERDICTS	3
extern const char *const fpb_bisect_names[FPB_BISECT_VERDICTS];

/* How many revisions are measured to find one of @commits: log2, rounded up. */
unsigned int fpb_bisect_steps(size_t commits);

/*
 * The risk of a wrong verdict on one revision, so that @risk is enough for all
 * of @steps and for the bad end of the range, which is measured first.
 */
double fpb_bisect_risk(double risk, unsigned int steps);

/*
 * Give each run of a search the rule that ends it: the interval lies on one side
 * of half of the slowdown @effect (0.05 is 5 %), with this risk of the wrong side
 * (at least 0.01 %), and as many rounds as the looks at it take.
 */
void fpb_bisect_rule(struct fpb_plan *p, double effect, double risk);

/* What a run of the good revision and another one came to. */
struct fpb_bisect_result {
	enum fpb_bisect_verdict verdict;
	struct fpb_estimate ratio;	/* of the rates; n = 0: none */
	char reason[FPB_REASON_MAX];	/* of a skip */
};

/*
 * Judge the second kernel of @run by the effect of the second over the first. Only
 * a run that ended because its effect was on one side has a verdict: any other
 * look would not be one of those that share the risk. Returns 0, or an error of
 * fpb_summary_of_run().
 */
int fpb_bisect_judge(const struct fpb_rundata *run,
		     struct fpb_bisect_result *result);

/* SHA-1 or SHA-256 in hex digits. */
#define FPB_COMMIT_MAX	65

/*
 * The commit that comes @nth (from 0) among those that may be the first bad one,
 * by git's log of a bisection. -ENOENT: there is none: the search goes on, or
 * @nth is past the last one.
 */
int fpb_bisect_found(const char *log, size_t nth, char commit[FPB_COMMIT_MAX]);

#endif
