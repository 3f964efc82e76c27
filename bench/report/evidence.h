/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What speaks for the numbers and what against them, each as a sentence or two
 * to @out; nothing where there is nothing to say.
 */
#ifndef FPB_EVIDENCE_H
#define FPB_EVIDENCE_H

#include <stdio.h>

#include "core/summary.h"

/* Other work of the machine; samples without a number; lengths of slices. */
void fpb_evidence_load(const struct fpb_summary *s, FILE *out);
void fpb_evidence_losses(const struct fpb_summary *s, FILE *out);
void fpb_evidence_slices(const struct fpb_summary *s, FILE *out);

/* Rates that change within a slice; the second is for who made the run. */
void fpb_evidence_unsteady(const struct fpb_summary *s, FILE *out);
void fpb_evidence_unsteady_and_help(const struct fpb_summary *s, FILE *out);

/* Effects on raw. */
void fpb_evidence_control(const struct fpb_summary *s, FILE *out);

/* How the inode lock was taken, and the rates that say so. */
void fpb_evidence_locks(const struct fpb_summary *s, FILE *out);
void fpb_evidence_lock_ratios(const struct fpb_summary *s, FILE *out);

/* Boots whose lock was probed. */
unsigned int fpb_evidence_boots(const struct fpb_lock_summary *l);

#endif
