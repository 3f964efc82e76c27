// SPDX-License-Identifier: GPL-2.0
#include "guest/programs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "os/msg.h"

/* CONFIG_NR_CPUS of bench/kernels/. */
#define MAX_CPUS	32

int fpb_programs_default(struct fpb_programs *p)
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
	       fpb_path(p->kernels, "%s/kernels", dir) ? -ENAMETOOLONG : 0;
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

static int parse_expect(struct fpb_kernel *k, const char *expect)
{
	if (!strcmp(expect, "shared")) {
		k->expect = FPB_LOCK_SHARED;
	} else if (!strcmp(expect, "exclusive")) {
		k->expect = FPB_LOCK_EXCLUSIVE;
	} else {
		fpb_err("kernel %s: expect=%s is neither shared nor exclusive",
			k->name, expect);
		return -EINVAL;
	}
	return 0;
}

/* 0 if there is an image for @b in the kernel's folder. */
static int find_image(const struct fpb_kernel *k, const struct fpb_backend *b)
{
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/%s", k->dir, b->image);

	return ret ? ret : access(path, R_OK) ? -errno : 0;
}

/* In the folder of those that we built. */
static int find_ours(struct fpb_kernel *k, const struct fpb_backend *b,
		     const char *kernels)
{
	int ret = fpb_path(k->dir, "%s/%s", kernels, k->name);

	if (ret || !find_image(k, b))
		return ret;
	ret = fpb_path(k->dir, "%s/%s%s", kernels, k->name, b->kernels);
	return ret ? ret : find_image(k, b);
}

/* Kernels of others may have no build.json, or say nothing of it. */
static unsigned int built_cpus(const struct fpb_kernel *k)
{
	char path[FPB_PATH_MAX];
	json_t *o = NULL;
	int cpus = 0;

	if (!fpb_path(path, "%s/build.json", k->dir))
		o = json_load_file(path, 0, NULL);
	json_unpack(o, "{si}", "cpus", &cpus);
	json_decref(o);
	return cpus > 0 ? cpus : 0;
}

int fpb_kernel_parse(struct fpb_kernel *k, const struct fpb_backend *b,
		     const char *text, const char *kernels)
{
	char copy[FPB_PATH_MAX], *dir, *expect;
	int ret = fpb_path(copy, "%s", text);

	*k = (struct fpb_kernel){ 0 };
	expect = ret ? NULL : strstr(copy, ",expect=");
	if (expect) {
		*expect = '\0';
		expect += strlen(",expect=");
	}
	dir = ret ? NULL : strchr(copy, '=');
	if (dir)
		*dir++ = '\0';
	if (ret || !*copy || strlen(copy) >= FPB_NAME_MAX ||
	    copy[strspn(copy, "abcdefghijklmnopqrstuvwxyz"
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")]) {
		fpb_err("--kernel %s: the name before \"=\" is not made of letters, digits, \".\", \"_\" and \"-\"",
			text);
		return -EINVAL;
	}
	strcpy(k->name, copy);
	if (expect && parse_expect(k, expect))
		return -EINVAL;
	if (dir)
		ret = fpb_path(k->dir, "%s", dir) ? : find_image(k, b);
	else
		ret = find_ours(k, b, kernels);
	if (ret) {
		fpb_err("kernel %s: no %s in %s: %s", k->name, b->image,
			k->dir, strerror(-ret));
		fpb_hint("\"make kernels BACKEND=%s\" builds baseline and patched",
			 b->name);
		return -EINVAL;
	}
	k->cpus = built_cpus(k);
	return fpb_program(k->dir, NULL, "kernel");
}

void fpb_kernel_settle_cpus(const struct fpb_kernel *k, struct fpb_plan *p)
{
	unsigned int n = get_nprocs();

	if (!p->cpus)
		p->cpus = n < MAX_CPUS ? n : MAX_CPUS;
	if (k->cpus && p->cpus > k->cpus) {
		p->cpus = k->cpus;
		fpb_info("kernel %s cannot use more than %u CPU%s", k->name,
			 k->cpus, k->cpus == 1 ? "" : "s");
	}
}
