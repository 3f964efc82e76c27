// SPDX-License-Identifier: GPL-2.0
#include "guest/programs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/msg.h"

static int beside(struct fpb_programs *p)
{
	char dir[FPB_PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", p->self, sizeof(p->self) - 1);

	if (n < 0)
		return -errno;
	p->self[n] = '\0';
	snprintf(dir, sizeof(dir), "%s", p->self);
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	return fpb_path(p->fio, "%s/deps/fio/fio", dir) ||
	       fpb_path(p->engine, "%s/fpbench-engine.so", dir) ||
	       fpb_path(p->daemon, "%s/fpfs", dir) ||
	       fpb_path(p->check, "%s/fpcheck", dir) ||
	       fpb_path(p->naive, "%s/fpnaive", dir) ||
	       fpb_path(p->count, "%s/fpbench-count.so", dir) ||
	       fpb_path(p->kernels, "%s/kernels", dir) ? -ENAMETOOLONG : 0;
}

int fpb_programs_default(struct fpb_programs *p)
{
	int ret = beside(p);

	if (ret)
		fpb_err("cannot find the folder of this program: %s",
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
