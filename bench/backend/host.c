// SPDX-License-Identifier: GPL-2.0
/* The running kernel: the agent is a child process. Needs root. */
#include "backend/backend.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/result.h"

static int host_probe(char *why)
{
	if (geteuid()) {
		snprintf(why, FPB_REASON_MAX,
			 "the host backend makes devices and mounts and must run as root");
		return -EPERM;
	}
	if (access("/dev/fuse", R_OK | W_OK)) {
		snprintf(why, FPB_REASON_MAX, "/dev/fuse: %s",
			 strerror(errno));
		return -ENODEV;
	}
	return 0;
}

static int host_command(const struct fpb_boot_spec *s, struct fpb_argv *argv,
			struct fpb_argv *env)
{
	int ret = fpb_argv_add(argv, "%s", s->agent);

	if (!ret)
		ret = fpb_argv_add(argv, "agent");
	if (!ret)
		ret = fpb_argv_add(argv, "%s/job.json", s->share);
	return ret;
}

static const struct fpb_accel host_accels[] = {
	{ "native", "this machine", .patience = 1 },
	{ 0 }
};

const struct fpb_backend fpb_backend_host = {
	.name = "host",
	.summary = "the running kernel, as root",
	.kernels = "",
	.accels = host_accels,
	.grace_ms = 30000,
	.probe = host_probe,
	.command = host_command,
};
