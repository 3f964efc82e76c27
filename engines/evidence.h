/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of the proof that knows fio: which of the job's descriptors are
 * looked at and when, and how the job fails or reports. What is looked at is
 * in proof.h. Include fio.h first.
 */
#ifndef FPB_EVIDENCE_H
#define FPB_EVIDENCE_H

#include "proof.h"

struct fpb_options;

struct fpb_evidence {
	struct fpb_proof side[2];
	/* Copies, since fio forgets its files early; NULL if never opened. */
	char *path[2];
};

/* Are the job's demands ones that can be checked? 0, or EINVAL after words. */
int fpb_evidence_init(const struct fpb_options *o);

/*
 * Looks at the descriptors of a file just opened; @fd[1] is -1 for a job with
 * one side. Returns 0, or 1 after a message and td_verror().
 */
int fpb_evidence_open(struct thread_data *td, struct fpb_evidence *e,
		      const struct fio_file *f, const int fd[2]);

/* The file is about to be closed: where counting ends, for now. */
void fpb_evidence_close(struct fpb_evidence *e, const int fd[2]);

/*
 * The job is over: reports what was found, frees @e, and returns 0, or an
 * errno after a message if a demand was not met or a report not written.
 */
int fpb_evidence_exit(struct thread_data *td, struct fpb_evidence *e);

#endif
