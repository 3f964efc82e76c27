// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench agent JOB: what runs in the kernel under test. As init of a guest
 * it takes the job from the environment, makes a world first and ends it with
 * the power.
 */
#include "cli/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/agent.h"
#include "core/guestshare.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "os/stop.h"

#define COPY_MS	60000

static int run_job(const char *path)
{
	char why[FPB_REASON_MAX];
	struct fpb_job job;
	json_t *o;
	int ret;

	if (fpb_file_read_json(path, &o, why)) {
		fpb_err("agent: %s:%s", path, why);
		return FPB_EXIT_FAILED;
	}
	ret = fpb_job_from_json(o, &job, why);
	if (ret) {
		fpb_err("agent: %s: %s", path, why);
		json_decref(o);
		return FPB_EXIT_FAILED;
	}
	ret = fpb_agent_run(&job);
	json_decref(o);
	return ret ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

/* Kernel file systems of the guest; the host's root is read-only below. */
static const struct {
	const char *type, *where, *options;
	bool make, optional;
} guest_mounts[] = {
	{ "proc", "/proc", .options = NULL },
	{ "sysfs", "/sys", .options = NULL },
	{ "configfs", "/sys/kernel/config", .options = NULL },
	{ "debugfs", "/sys/kernel/debug", .optional = true },
	{ "tracefs", "/sys/kernel/tracing", .optional = true },
	{ "devtmpfs", "/dev", .options = NULL },
	{ "devpts", "/dev/pts", .options = "ptmxmode=666", .make = true },
	{ "tmpfs", "/dev/shm", .make = true },
	/* Not /tmp: the programs to run may well be below it. */
	{ "tmpfs", "/run", .options = "mode=755" },
};

/* What an init makes in /dev beside the devices. Shells want /dev/fd for <(...). */
static const struct {
	const char *name, *target;
} dev_links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
};

static int link_all(void)
{
	for (size_t i = 0; i < sizeof(dev_links) / sizeof(*dev_links); i++) {
		if (!symlink(dev_links[i].target, dev_links[i].name) ||
		    errno == EEXIST)
			continue;
		fpb_err("guest: cannot make the link %s: %s",
			dev_links[i].name, strerror(errno));
		return -errno;
	}
	return 0;
}

/* @share: as FPB_GUEST_ENV says. */
static int mount_share(const char *share, const char *where)
{
	const char *options = strchr(share, ':');
	char type[32];

	snprintf(type, sizeof(type), "%.*s", (int)strcspn(share, ":"), share);
	if (options && !mkdir(where, 0755) &&
	    !mount(FPB_GUEST_TAG, where, type, 0, options + 1))
		return 0;
	fpb_err("guest: cannot mount the host's %s: %s", share,
		strerror(errno));
	return -errno;
}

static int mount_all(void)
{
	for (size_t i = 0; i < sizeof(guest_mounts) / sizeof(*guest_mounts);
	     i++) {
		const char *type = guest_mounts[i].type;
		const char *where = guest_mounts[i].where;

		if (guest_mounts[i].make)
			mkdir(where, 0755);
		if (!mount("none", where, type, 0, guest_mounts[i].options) ||
		    guest_mounts[i].optional)
			continue;
		fpb_err("guest: cannot mount %s on %s: %s", type, where,
			strerror(errno));
		return -errno;
	}
	return 0;
}

/* See core/guestshare.h. */
static bool is_sealed(void)
{
	return !access(FPB_GUEST_SEALED, F_OK);
}

static int copy_folder(const char *from, const char *to)
{
	const char *argv[] = { "cp", "-R", from, to, NULL };
	char why[FPB_REASON_MAX];
	int ret = fpb_spawn_run_why(argv, "/run/copy.log", COPY_MS, why);

	if (ret)
		fpb_err("guest: cannot copy %s to %s: %s", from, to, why);
	return ret;
}

static int guest_world(const char *share)
{
	int ret = mount_all() ? : link_all();

	if (ret)
		return ret;
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	       1);
	setenv("HOME", "/run", 1);
	setenv("TMPDIR", "/run", 1);
	if (is_sealed() ? copy_folder(FPB_GUEST_SEALED, FPB_GUEST_SHARE) :
			  mount_share(share, FPB_GUEST_SHARE))
		return -EIO;
	return chdir("/run") ? -errno : 0;
}

/* Init of a guest never returns. */
static void __attribute__((noreturn)) guest(void)
{
	const char *share = getenv(FPB_GUEST_ENV);

	if (share && !guest_world(share))
		run_job(FPB_GUEST_SHARE "/job.json");
	if (share && is_sealed() && !mount_share(share, FPB_GUEST_HOST))
		copy_folder(FPB_GUEST_SHARE "/.", FPB_GUEST_HOST);
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

FPB_CMD(agent)
{
	struct poptOption table[] = { POPT_AUTOHELP POPT_TABLEEND };
	struct fpb_opts opts = { .command = self, .table = table };
	int ret = FPB_EXIT_USAGE;

	if (getpid() == 1)
		guest();
	if (fpb_opts_parse(&opts, argc, argv)) {
		/* It has been said. */
	} else if (!opts.args[0]) {
		fpb_err("agent: no job given");
	} else {
		fpb_stop_catch();
		ret = run_job(opts.args[0]);
	}
	fpb_opts_free(&opts);
	return ret;
}
