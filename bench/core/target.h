/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a cell is measured on: the filesystem on the device itself, which is XFS
 * or ext4 (core/filesystem.h), or one over it that a command mounts. Pure.
 */
#ifndef FPB_TARGET_H
#define FPB_TARGET_H

#include <stdbool.h>

#include "core/result.h"

/* The filesystem on the device: the control. */
#define FPB_TARGET_RAW	"raw"
/* The one with a filesystem that the user names alone (--fs). */
#define FPB_TARGET_FS	"fs"

/* A line of a plan file holds no more; with its "mount = " and its end. */
#define FPB_COMMAND_MAX	190

/* Which way reads and writes of file data must go. */
enum fpb_expect {
	FPB_EXPECT_ANY,			/* the sample says which way they went */
	FPB_EXPECT_PASSTHROUGH,		/* none may reach the daemon */
	FPB_EXPECT_DAEMON,		/* they must reach it */
};

/* Their names; ends with NULL. */
extern const char *const fpb_expect_names[];

struct fpb_target {
	char name[FPB_NAME_MAX];
	/*
	 * A command for the shell; fpb_target_command() fills in what is in
	 * braces. "": the filesystem on the device.
	 */
	char mount[FPB_COMMAND_MAX];
	/* The target whose mount is {source}; "": the one on the device. */
	char over[FPB_NAME_MAX];
	enum fpb_expect expect;
};

/* overlayfs over the filesystem on the device, and which folder has its files. */
#define FPB_TARGET_OVERLAY	"overlay"
#define FPB_TARGET_UPPER	"upper"

/* The targets that every plan can name. */
#define FPB_NTARGETS	10
extern const struct fpb_target fpb_targets[FPB_NTARGETS];

/* One of fpb_targets, or NULL. */
const struct fpb_target *fpb_target_preset(const char *name);

/* Whether the command runs our daemon, which shows the folder below as it is. */
bool fpb_target_is_ours(const struct fpb_target *t);

/* What stands in braces in a command, and what takes its place. */
struct fpb_target_words {
	const char *source;	/* {source}: the folder below */
	const char *mnt;	/* {mnt}: the folder to mount on */
	const char *work;	/* {work}: an empty folder in it, for its own use */
	const char *name;	/* {name}: what the mount is to be called */
	const char *fpfs;	/* {fpfs}: our daemon */
	const char *options;	/* more mount options for {fpfs}; NULL: none */
};

/*
 * The target's command with its words filled in, malloc()ed; NULL if memory is
 * short.
 */
char *fpb_target_command(const struct fpb_target *t,
			 const struct fpb_target_words *w);

/* 0, or -EINVAL with a sentence in @why: it could mount nothing. */
int fpb_target_check(const struct fpb_target *t, char *why);

#endif
