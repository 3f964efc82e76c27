/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a second run says what a first one said, verdict by verdict. A run is one
 * session, and there are two: what this comes to is a check, not a test. Pure.
 */
#ifndef FPB_REPLICA_H
#define FPB_REPLICA_H

#include "core/summary.h"

enum fpb_agreement {
	FPB_AGREES,		/* the same verdict, and intervals that overlap */
	FPB_APART,		/* not opposite, but the intervals do not overlap */
	FPB_OPPOSITE,		/* faster in the one, slower in the other */
	FPB_OPEN,		/* what is not resolved in one of them may be so */
	FPB_MISSING,		/* one of them has no number */
	FPB_AGREEMENTS
};

/*
 * Compare two ratios (not logarithms) and their verdicts. Without an interval nothing
 * is resolved. Verdicts are the same if they have the same direction; if they have
 * none, both must be "within".
 */
enum fpb_agreement fpb_agreement(const struct fpb_estimate *a,
				 struct fpb_verdict va,
				 const struct fpb_estimate *b,
				 struct fpb_verdict vb);

/* A ratio of a kernel to the first one in both runs, the first run first. */
struct fpb_replica_row {
	const struct fpb_cell *cell;	/* the first run's; of an effect: one of its */
	size_t side;			/* the kernel, in the first run */
	struct fpb_estimate ratio[2];
	struct fpb_verdict verdict[2];
	enum fpb_agreement agreement;
};

struct fpb_replica {
	const struct fpb_summary *run[2];	/* borrowed */
	struct fpb_replica_row *effects, *rows;	/* owned; rows of one effect
						 * stand side by side */
	size_t neffects, nrows;
	size_t effects_by[FPB_AGREEMENTS], rows_by[FPB_AGREEMENTS];
};

/*
 * Compare the effects and rows of @first with those of @second, but not the
 * controls. What only the second has is left out. 0, or -ENOMEM with nothing to
 * free.
 */
int fpb_replica_compare(struct fpb_replica *r, const struct fpb_summary *first,
			const struct fpb_summary *second);
void fpb_replica_free(struct fpb_replica *r);

/* An effect is apart or opposite; or none is, but not all of them agree. */
bool fpb_replica_disagrees(const struct fpb_replica *r);
bool fpb_replica_unclear(const struct fpb_replica *r);

/*
 * Whether kernel @now, as a manifest or build.json has it, is the kernel @then of a
 * manifest: architecture, release and patches. 0, or -EINVAL with the first
 * difference in @why (FPB_REASON_MAX bytes).
 */
int fpb_replica_check_kernel(const json_t *then, const json_t *now, char *why);

/*
 * Whether the second run may be a replication of the first: another run of the same
 * backend, and all of its kernels. 0, or -EINVAL with the first difference in @why.
 */
int fpb_replica_check(const struct fpb_manifest *first,
		      const struct fpb_manifest *second, char *why);

#endif
