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
 * Differences that do not forbid a comparison, but may explain one: of the
 * programs' builds. Writes the @n-th to @why and returns 0, or -ENOENT.
 */
int fpb_compare_remark(const struct fpb_manifest *base,
		       const struct fpb_manifest *new, size_t n, char *why);

/* Which kernels stand against each other. */
struct fpb_pairing {
	size_t base, new;		/* places in the manifests' kernels */
};

/*
 * The @n-th pair of kernels: those named (NULL: not named), else the only ones
 * of their runs, else those of one name. Returns 0, -ENOENT after the last, or
 * -EINVAL with a sentence in @why.
 */
int fpb_compare_pair(const struct fpb_manifest *base, const char *base_name,
		     const struct fpb_manifest *new, const char *new_name,
		     size_t n, struct fpb_pairing *pair, char *why);

#endif
