// SPDX-License-Identifier: GPL-2.0
#include "guest/programs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/msg.h"
#include "os/place.h"

static int find(struct fpb_programs *p)
{
	return fpb_place_beside(p->agent, "fpbench") ? :
	       fpb_place_beside(p->fio, "deps/fio/fio") ? :
	       fpb_place_beside(p->engine, "fpbench-engine.so") ? :
	       fpb_place_beside(p->daemon, "fpfs") ? :
	       fpb_place_beside(p->check, "fpcheck") ? :
	       fpb_place_beside(p->naive, "fpnaive") ? :
	       fpb_place_beside(p->count, "fpbench-count.so") ? :
	       fpb_place_kernels(p->kernels);
}

/* @kernels: a folder in a cache that is not to be trusted. */
static void refuse_cache(char *kernels)
{
	struct stat sb = { 0 };

	*strrchr(kernels, '/') = '\0';
	stat(kernels, &sb);
	fpb_err("cannot use %s: others can write to the cache (owner: user %u, mode %o)",
		kernels, sb.st_uid, sb.st_mode & 07777);
	fpb_hint("if you trust what is in it: chown %u %s && chmod o-w %s; else set FPBENCH_CACHE to a folder of yours",
		 geteuid(), kernels, kernels);
}

int fpb_programs_default(struct fpb_programs *p)
{
	int ret = find(p);

	if (ret == -EPERM)
		refuse_cache(p->kernels);
	else if (ret)
		fpb_err("cannot find the programs and kernels of fpbench: %s",
			strerror(-ret));
	return ret;
}

int fpb_program(char *path, const char *given, const char *what)
{
	char *full = realpath(given ? given : path, NULL);
	int ret;

	if (!full) {
		fpb_err("no %s at %s: %s", what, given ? given : path,
			strerror(errno));
		fpb_hint("\"make\" builds it");
		return -EINVAL;
	}
	ret = fpb_path(path, "%s", full);
	free(full);
	return ret;
}
