// SPDX-License-Identifier: GPL-2.0
#include "mount_helper.h"

#include <errno.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* In fstab for mount(8) and others; nothing to do with the mount itself. */
static const char *const for_others[] = {
	"auto", "noauto", "user", "users", "nouser", "owner", "group",
	"defaults", "_netdev", "nofail", "comment=", "uhelper=", "helper=",
	"x-", "X-", NULL
};

/* What a remount can change. */
static const struct {
	const char *name;
	unsigned long flag;
	bool on;
} remount_flags[] = {
	{ "ro", MS_RDONLY, true }, { "rw", MS_RDONLY, false },
	{ "nosuid", MS_NOSUID, true }, { "suid", MS_NOSUID, false },
	{ "nodev", MS_NODEV, true }, { "dev", MS_NODEV, false },
	{ "noexec", MS_NOEXEC, true }, { "exec", MS_NOEXEC, false },
	{ "noatime", MS_NOATIME, true },
	{ "nodiratime", MS_NODIRATIME, true },
	{ "sync", MS_SYNCHRONOUS, true }, { "async", MS_SYNCHRONOUS, false },
};

#define NFLAGS	(sizeof(remount_flags) / sizeof(*remount_flags))

static void set_flag(struct fpfs_opts *o, const char *opt)
{
	size_t i;

	for (i = 0; i < NFLAGS; i++) {
		if (strcmp(opt, remount_flags[i].name))
			continue;
		if (remount_flags[i].on)
			o->mount_flags |= remount_flags[i].flag;
		else
			o->mount_flags &= ~remount_flags[i].flag;
	}
}

/* As @sloppy, pass over unknown options that take no value. */
static int set_helper_opts(struct fpfs_opts *o, const char *list, bool sloppy)
{
	char *copy = strdup(list), *opt, *save;
	int ret = copy ? 0 : -ENOMEM;

	o->remount |= !!hasmntopt(&(struct mntent){ .mnt_opts = (char *)list },
				  "remount");
	for (opt = copy ? strtok_r(copy, ",", &save) : NULL; opt && !ret;
	     opt = strtok_r(NULL, ",", &save)) {
		set_flag(o, opt);
		/* A remount lists what the mount has; only flags can change. */
		if (o->remount || fpfs_opt_in_list(opt, for_others))
			continue;
		if (sloppy && !fpfs_opt_is_for_fuse(opt) && !strchr(opt, '='))
			continue;
		ret = fpfs_opts_set_mount_opt(o, opt);
	}
	free(copy);
	return ret;
}

/*
 * As for other filesystems. libfuse's own default is nodev,nosuid, and mount(8)
 * passes on only those, not their opposites. Later options override these.
 */
static int set_defaults(struct fpfs_opts *o)
{
	char dev[] = "dev", suid[] = "suid";
	int ret = fpfs_opts_set_mount_opt(o, dev);

	return ret ? ret : fpfs_opts_set_mount_opt(o, suid);
}

static int parse_helper(struct fpfs_opts *o, int argc, char **argv)
{
	bool sloppy = false;
	int c, ret = set_defaults(o);

	optind = 0;
	while (!ret && (c = getopt(argc, argv, "sfnvN:t:o:")) != -1) {
		switch (c) {
		case 's':
			sloppy = true;
			break;
		case 'f':
			o->fake = true;
			break;
		case 'o':
			ret = set_helper_opts(o, optarg, sloppy);
			break;
		case '?':
			ret = -EINVAL;
			break;
		}
	}
	return ret ? ret : fpfs_opts_finish(o, argc - optind, argv + optind);
}

static bool called_by_mount(const char *name)
{
	const char *slash = strrchr(name, '/');

	return !strncmp(slash ? slash + 1 : name, "mount.", strlen("mount."));
}

int fpfs_command_line_parse(struct fpfs_opts *o, int argc, char **argv)
{
	int ret = fpfs_opts_init(o);

	if (ret)
		return ret;
	return called_by_mount(argv[0]) ? parse_helper(o, argc, argv) :
					  fpfs_opts_parse(o, argc, argv);
}
