/* SPDX-License-Identifier: GPL-2.0 */
/* Measures the steps that the harness sends, until it sends the end. */
#ifndef FPB_AGENT_SWEEP_H
#define FPB_AGENT_SWEEP_H

#include "agent/context.h"

/* 0, or -errno, with a sentence in @a->why where that says more. */
int fpb_agent_sweep(struct fpb_agent *a);

#endif
