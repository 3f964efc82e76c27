// SPDX-License-Identifier: GPL-2.0
/* fpbench doctor: what this machine can run, what is missing, what to do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/backends.h"
#include "cli/cmd.h"
#include "core/plan.h"
#include "guest/guest.h"
#include "guest/programs.h"
#include "guest/scratch.h"
#include "setup/device.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "run/tuning.h"

/* Programs by what they are for and the Debian package that brings them. */
static const struct {
	const char *name, *package, *needed_for;
} tools[] = {
	{ "gcc", "gcc", "building" },
	{ "make", "make", "building" },
	{ "git", "git", "applying the kernel series" },
	{ "flex", "flex", "building kernels" },
	{ "bison", "bison", "building kernels" },
	{ "bc", "bc", "building kernels" },
	{ "xz", "xz-utils", "unpacking kernel sources" },
	{ "meson", "meson", "building libfuse" },
	{ "ninja", "ninja-build", "building libfuse" },
	{ "pkg-config", "pkg-config", "building" },
	{ "mkfs.xfs", "xfsprogs", "every run" },
	{ "mkfs.ext4", "e2fsprogs", "runs with device.fs=ext4" },
	{ "gnuplot", "gnuplot-nox", "plots" },
};

static size_t check_tools(void)
{
	size_t missing = 0;

	for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++) {
		if (fpb_spawn_find(tools[i].name))
			continue;
		printf("missing  %s, for %s (Debian package %s)\n",
		       tools[i].name, tools[i].needed_for, tools[i].package);
		missing++;
	}
	if (!missing)
		puts("ok       every program that fpbench calls is here");
	return missing;
}

static size_t check_built(void)
{
	struct fpb_programs p;
	char path[FPB_PATH_MAX];
	size_t missing = 0;

	if (fpb_programs_default(&p))
		return 1;
	const struct {
		const char *path, *what, *make;
	} built[] = {
		{ p.fio, "fio", "make" },
		{ p.engine, "the fio engine", "make" },
		{ p.daemon, "the FUSE daemon", "make" },
	};

	for (size_t i = 0; i < sizeof(built) / sizeof(*built); i++) {
		if (!access(built[i].path, R_OK))
			continue;
		printf("missing  %s: \"%s\" builds it\n", built[i].what,
		       built[i].make);
		missing++;
	}
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "patched" : "baseline";

		if (!fpb_path(path, "%s/%s/linux", p.kernels, name) &&
		    !access(path, X_OK))
			continue;
		printf("missing  kernel %s: \"fpbench kernels\" builds it\n",
		       name);
		missing++;
	}
	if (!missing)
		puts("ok       fio, engine, daemon and kernels are built");
	return missing;
}

static size_t check_room(void)
{
	struct fpb_plan plan;
	char tmp[FPB_PATH_MAX];
	uint64_t room = fpb_file_room_mib("/dev/shm"), other;

	if (fpb_scratch_tmp(tmp)) {
		puts("missing  a folder for temporary files: see TMPDIR in fpbench(1)");
		return 1;
	}
	fpb_plan_default(&plan);
	other = fpb_file_room_mib(tmp);
	if (other > room)
		room = other;
	if (room > plan.memory_mib) {
		puts("ok       there is room for a guest's memory");
		return 0;
	}
	printf("missing  room for a guest's %llu MiB in /dev/shm or %s (%llu MiB are free)\n",
	       (unsigned long long)plan.memory_mib, tmp,
	       (unsigned long long)room);
	return 1;
}

static size_t check_confine(void)
{
	char why[FPB_REASON_MAX];

	if (!fpb_guest_try_to_confine(why)) {
		puts("ok       guests can be kept from writing to your files");
		return 0;
	}
	printf("missing  what keeps guests from writing to your files: %s (--set guest.confine=0 lets them)\n",
	       why);
	return 1;
}

static void show_host(void)
{
	printf("         device: %s\n", fpb_device_default());
	fflush(stdout);
	fpb_tuning_warn();
}

static bool check_backends(void)
{
	char why[FPB_REASON_MAX];
	bool any = false;

	for (size_t i = 0; fpb_backends[i]; i++) {
		const struct fpb_backend *b = fpb_backends[i];

		*why = '\0';
		if (b->probe(why)) {
			printf("skipped  backend %s: %s\n", b->name, why);
			continue;
		}
		any = true;
		printf("ok       backend %s: %s\n", b->name, b->summary);
		if (!b->guest)
			show_host();
	}
	return any;
}

static int examine(void)
{
	size_t missing = check_tools() + check_built() + check_room() +
			 check_confine();

	return !check_backends() || missing ? FPB_EXIT_SKIPPED : FPB_EXIT_OK;
}

FPB_CMD(doctor)
{
	struct poptOption table[] = { POPT_AUTOHELP POPT_TABLEEND };
	struct fpb_opts opts = { .command = self, .table = table };
	int ret = fpb_opts_parse(&opts, argc, argv) ? FPB_EXIT_USAGE :
						      examine();

	fpb_opts_free(&opts);
	return ret;
}
