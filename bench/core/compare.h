/* SPDX-License-Identifier: GPL-2.0 */
/* Whether two runs measured the same thing, so that they can be compared. */
#ifndef FPB_COMPARE_H
#define FPB_COMPARE_H

#include <stddef.h>

#include "core/manifest.h"

/*
 * 0 if only the kernels differ, or -EINVAL with the first other difference in
 * @why (FPB_REASON_MAX bytes), such as "device.size_mib is 2048 and 1024".
 * Rounds, seed and the lists of numjobs, targets and regimes may differ: what
 * both have is compared.
 */
int fpb_compare_check(const struct fpb_manifest *base,
		      const struct fpb_manifest *new, char *why);

/*
 * 0 if the objects are equal, or -EINVAL with the first difference in @why, as
 * above. Things in lists go by their names.
 */
int fpb_compare_json(const json_t *a, const json_t *b, char *why);

/*
 * The @n-th of such differences to @why, one of each list or daemon at most. 0, or
 * -ENOENT after the last.
 */
int fpb_compare_difference(const struct fpb_manifest *base,
			   const struct fpb_manifest *new, size_t n, char *why);

/*
 * Differences that do not forbid a comparison, but may explain one: of the
 * programs' builds. Writes the @n-th to @why and returns 0, or -ENOENT.
 */
int fpb_compare_remark(const struct fpb_manifest *base,
		       const struct fpb_manifest *new, size_t n, char *why);

/*
 * 0 if the first kernels of both runs are one build as far as the manifests
 * tell, or -EINVAL with the first difference in @why.
 */
int fpb_compare_build(const struct fpb_manifest *base,
		      const struct fpb_manifest *new, char *why);

/* A kernel of one of the runs that were given. */
struct fpb_choice {
	size_t run, kernel;
};

/*
 * Which kernels stand side by side in the @n-th table, the first being what
 * the others are compared with. @names holds for each of @nruns runs the
 * kernel that was asked for, or NULL. A single run without a name: all its
 * kernels. Two runs without names: by pairs of one name. Else one kernel of
 * each run: the one named, its only one, or the like of the first one named;
 * of more than two runs, kernels of one name are sessions of one side
 * (core/summary.h).
 *
 * Writes at most @max choices to @sides and returns their number; -ENOENT
 * after the last table; -EINVAL with a sentence in @why, and the run that it
 * is about in sides[0].run.
 */
long fpb_compare_sides(const struct fpb_manifest *const *runs,
		       const char *const *names, size_t nruns, size_t n,
		       struct fpb_choice *sides, size_t max, char *why);

#endif
