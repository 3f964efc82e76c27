// SPDX-License-Identifier: GPL-2.0
#include "agent/agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "agent/command.h"
#include "agent/context.h"
#include "agent/lockboot.h"
#include "agent/sweep.h"
#include "agent/tests.h"
#include "os/clock.h"
#include "os/msg.h"

static int run_all(struct fpb_agent *a)
{
	struct utsname u;
	int ret;

	uname(&u);
	ret = fpb_agent_report(a, json_pack("{ss ss}", "event", "up",
					    "release", u.release));
	if (!ret && a->job->tests.names)
		return fpb_agent_tests(a);
	if (!ret && a->job->command)
		return fpb_agent_command(a);
	if (!ret && a->job->probes)
		return fpb_agent_lock_cases(a);
	if (!ret && a->job->probe)
		ret = fpb_agent_lock(a);
	return ret || !a->job->sweep ? ret : fpb_agent_sweep(a);
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
