/* SPDX-License-Identifier: GPL-2.0 */
/* What every part of the agent has: the job, its rig, and its reports. */
#ifndef FPB_AGENT_CONTEXT_H
#define FPB_AGENT_CONTEXT_H

#include "core/job.h"
#include "core/why.h"
#include "setup/rig.h"

struct fpb_agent {
	const struct fpb_job *job;	/* borrowed */
	struct fpb_rig rig;
	char log[FPB_PATH_MAX];		/* what commands print */
	char events[FPB_PATH_MAX];
	bool cpu_clock;			/* fpb_fio_cpu_clock() says so */
	struct fpb_why counted;		/* before the sample: agent/whysample.h */
	/* Why the boot cannot go on; "" if a function's -errno says it all. */
	char why[FPB_REASON_MAX];
};

/* Files and folders of @job. 0, or -errno with a sentence in @a->why. */
int fpb_agent_init(struct fpb_agent *a, const struct fpb_job *job);

/* Reports an event; takes over the reference of @o (NULL: -ENOMEM). */
int fpb_agent_report(struct fpb_agent *a, json_t *o);
int fpb_agent_phase(struct fpb_agent *a, const char *text);

/* A rig of the plan's device with the workload's file, without daemons. */
struct fpb_rig fpb_agent_rig(const struct fpb_agent *a);

/* Whether its device completes after a set latency; if not, why in @why. */
bool fpb_agent_has_latency(const struct fpb_agent *a, char *why);

#endif
