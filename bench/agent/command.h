/* SPDX-License-Identifier: GPL-2.0 */
/* "fpbench exec": a command in place of cells. */
#ifndef FPB_AGENT_COMMAND_H
#define FPB_AGENT_COMMAND_H

#include "agent/context.h"

/*
 * Runs the job's command on a fresh XFS, its streams passed through files (see
 * relay.h), and reports its exit status. 0, or -errno with a sentence in @a->why.
 */
int fpb_agent_command(struct fpb_agent *a);

#endif
