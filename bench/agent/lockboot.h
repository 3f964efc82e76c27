/* SPDX-License-Identifier: GPL-2.0 */
/* Evidence of the inode lock, on a small device with latency. */
#ifndef FPB_AGENT_LOCKBOOT_H
#define FPB_AGENT_LOCKBOOT_H

#include "agent/context.h"

/* Each returns 0, or -errno with a sentence in @a->why. */

/* The plain case through the daemon: reports a "lock" event. */
int fpb_agent_lock(struct fpb_agent *a);
/* "fpbench probe": the job's cases on raw and fuse, as "probe" events. */
int fpb_agent_lock_cases(struct fpb_agent *a);

#endif
