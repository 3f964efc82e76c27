// SPDX-License-Identifier: GPL-2.0
#include "agent/agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "agent/command.h"
#include "agent/context.h"
#include "agent/lockboot.h"
#include "agent/sample.h"
#include "os/clock.h"
#include "os/msg.h"
#include "os/stop.h"

static int regime_up(struct fpb_agent *a, const struct fpb_regime *r,
		     size_t first)
{
	const struct fpb_job_cell *c = a->job->cells;

	fpb_agent_phase(a, "setting up");
	a->rig = fpb_agent_rig(a);
	a->rig.device.completion_nsec = r->completion_nsec;
	for (size_t i = first; i < a->job->ncells; i++)
		fpb_rig_add_daemon(&a->rig, c[i].cell.target);
	return fpb_rig_up(&a->rig, a->why);
}

/* The cells from @i on that share a regime; @i is then the next one's. */
static int run_regime(struct fpb_agent *a, size_t *i)
{
	const struct fpb_job_cell *c = a->job->cells;
	const char *name = c[*i].cell.regime;
	const struct fpb_regime *r = fpb_plan_regime(&a->job->plan, name);
	char cannot[FPB_REASON_MAX] = "";
	int ret = 0;

	if (!r) {
		snprintf(a->why, sizeof(a->why), "unknown regime %s", name);
		return -EINVAL;
	}
	if (!fpb_regime_needs_latency(r) || fpb_agent_has_latency(a, cannot))
		ret = regime_up(a, r, *i);
	if (ret)
		return ret;
	for (; !ret && *i < a->job->ncells && !strcmp(c[*i].cell.regime, name);
	     (*i)++) {
		ret = fpb_stop_asked() ? -EINTR :
		      *cannot ? fpb_agent_skip(a, &c[*i], cannot) :
				fpb_agent_measure(a, &c[*i]);
		if (ret)
			snprintf(a->why, sizeof(a->why), "cell %u: %s",
				 c[*i].seq, strerror(-ret));
	}
	fpb_rig_down(&a->rig);
	return ret;
}

static int run_all(struct fpb_agent *a)
{
	struct utsname u;
	int ret;

	uname(&u);
	ret = fpb_agent_report(a, json_pack("{ss ss}", "event", "up",
					    "release", u.release));
	if (!ret && a->job->command)
		return fpb_agent_command(a);
	if (!ret && a->job->probes)
		return fpb_agent_lock_cases(a);
	if (!ret && a->job->probe)
		ret = fpb_agent_lock(a);
	for (size_t i = 0; !ret && i < a->job->ncells; )
		ret = run_regime(a, &i);
	return ret;
}

int fpb_agent_run(const struct fpb_job *job)
{
	struct fpb_agent a;
	int ret;

	if (job->patience)
		fpb_patience = job->patience;
	ret = fpb_agent_init(&a, job);
	if (!ret)
		ret = run_all(&a);
	if (!ret)
		return fpb_agent_report(&a, json_pack("{ss}", "event", "end"));
	if (ret == -EINTR)
		return ret;
	if (!*a.why)
		snprintf(a.why, sizeof(a.why), "%s", strerror(-ret));
	/* Where the console is the only way left to say it. */
	if (fpb_agent_report(&a, json_pack("{ss ss}", "event", "error",
					   "reason", a.why)))
		fpb_err("agent: %s", a.why);
	return ret;
}
