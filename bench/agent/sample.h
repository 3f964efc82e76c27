/* SPDX-License-Identifier: GPL-2.0 */
/* A cell becomes a sample, or two: measured, or with the reason why not. */
#ifndef FPB_AGENT_SAMPLE_H
#define FPB_AGENT_SAMPLE_H

#include "agent/context.h"
#include "core/step.h"

/*
 * Each reports what became of the cell. 0, or -errno if that could not be
 * reported; -EINTR if asked to stop.
 */

/* Measures it on @a->rig. */
int fpb_agent_measure(struct fpb_agent *a, const struct fpb_step *c);
/* This machine cannot show it, for this reason. */
int fpb_agent_skip(struct fpb_agent *a, const struct fpb_step *c,
		   const char *reason);

#endif
