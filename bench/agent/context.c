// SPDX-License-Identifier: GPL-2.0
#include "agent/context.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "core/event.h"
#include "os/file.h"

static int make_folder(struct fpb_agent *a, const char *path)
{
	int ret = fpb_mkdirs(path);

	if (ret)
		snprintf(a->why, sizeof(a->why), "cannot make %.150s: %s",
			 path, strerror(-ret));
	return ret;
}

int fpb_agent_init(struct fpb_agent *a, const struct fpb_job *job)
{
	char fio[FPB_PATH_MAX];
	int ret;

	*a = (struct fpb_agent){ .job = job };
	if (fpb_path(a->log, "%s/agent.log", job->out) ||
	    fpb_path(a->events, "%s/" FPB_FILE_EVENTS, job->out) ||
	    fpb_path(fio, "%s/fio", job->out)) {
		snprintf(a->why, sizeof(a->why), "path too long: %.150s",
			 job->out);
		return -ENAMETOOLONG;
	}
	ret = make_folder(a, fio);
	return ret ? ret : make_folder(a, job->work);
}

int fpb_agent_report(struct fpb_agent *a, json_t *o)
{
	int ret = o ? fpb_file_append_json(a->events, o) : -ENOMEM;

	json_decref(o);
	return ret;
}

int fpb_agent_phase(struct fpb_agent *a, const char *text)
{
	return fpb_agent_report(a, json_pack("{ss ss}", "event", "phase",
					     "text", text));
}

struct fpb_rig fpb_agent_rig(const struct fpb_agent *a)
{
	const struct fpb_plan *p = &a->job->plan;

	return (struct fpb_rig){
		.work = a->job->work,
		.log = a->log,
		.logs = a->job->out,
		.program = a->job->daemon,
		.fs = fpb_filesystem_find(p->device.fs),
		.file_mib = p->filesize_mib,
		.private_files = fpb_plan_private_files(p),
		.private_mib = fpb_plan_private_mib(p),
		.device = {
			.type = p->device.type,
			.size_mib = p->device.size_mib,
			.blocksize = p->device.blocksize,
			.queue_mode = p->device.queue_mode,
			.submit_queues = p->device.submit_queues ? :
					 (unsigned int)get_nprocs(),
			.queue_depth = fpb_plan_queue_depth(p),
		},
	};
}

bool fpb_agent_has_latency(const struct fpb_agent *a, char *why)
{
	const char *type = a->job->plan.device.type;

	if (fpb_device_has_latency(type))
		return true;
	snprintf(why, FPB_REASON_MAX, "a %s device has no completion latency",
		 type);
	return false;
}
