// SPDX-License-Identifier: GPL-2.0
#include "agent/command.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "agent/relay.h"

/* The command finds the filesystem and a place for mounts by these. */
static int run(const struct fpb_agent *a, const char *const *argv, int *status)
{
	char xfs[FPB_PATH_MAX + 16], work[FPB_PATH_MAX + 16];
	const char *env[] = { xfs, work, NULL };

	snprintf(xfs, sizeof(xfs), "FPB_XFS=%s", a->rig.disk);
	snprintf(work, sizeof(work), "FPB_WORK=%s", a->job->work);
	return fpb_relay_run(a->job, argv, env, status);
}

int fpb_agent_command(struct fpb_agent *a)
{
	const json_t *command = a->job->command;
	size_t n = json_array_size(command);
	const char *argv[n + 1];
	int ret, status = 0;

	for (size_t i = 0; i < n; i++)
		argv[i] = json_string_value(json_array_get(command, i));
	argv[n] = NULL;
	a->rig = fpb_agent_rig(a);
	a->rig.file_mib = 0;
	ret = fpb_rig_up(&a->rig, a->why);
	if (ret)
		return ret;
	ret = run(a, argv, &status);
	fpb_rig_down(&a->rig);
	if (ret) {
		snprintf(a->why, sizeof(a->why), "cannot run %.150s: %s",
			 argv[0], strerror(-ret));
		return ret;
	}
	return fpb_agent_report(a, json_pack("{ss si}", "event", "exit",
					     "status", WIFEXITED(status) ?
					     WEXITSTATUS(status) :
					     128 + WTERMSIG(status)));
}
