/* SPDX-License-Identifier: GPL-2.0 */
/* The inner side: carries out one boot's job on the kernel it runs on. */
#ifndef FPB_AGENT_H
#define FPB_AGENT_H

#include "core/job.h"

/*
 * Measures each cell of the job and reports to events.jsonl in @job->out.
 * Returns 0; -EINTR if asked to stop; -errno after an "error" event. Leaves
 * no mount, device or process behind.
 */
int fpb_agent_run(const struct fpb_job *job);

#endif
