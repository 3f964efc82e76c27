/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel to boot: its folder holds the image, perhaps an initrd, and
 * build.json, which says what the kernel was built from.
 */
#ifndef FPB_KERNEL_H
#define FPB_KERNEL_H

#include <jansson.h>

#include "backend/backend.h"
#include "core/target.h"
#include "os/file.h"

#define FPB_MAX_KERNELS	8
/* A kernel's command line has room for more than ours and this. */
#define FPB_APPEND_MAX	512

#define FPB_KERNEL_FORM	"NAME[=DIR|KERNEL][,expect=LOCK][,append=TEXT][,fs=COMMAND]"

struct fpb_kernel {
	char name[FPB_NAME_MAX];
	char dir[FPB_PATH_MAX];		/* absolute; "" on the host */
	char append[FPB_APPEND_MAX];	/* parameters for it; or "" */
	/* Mounts target FPB_TARGET_FS in place of the plan's command; or "". */
	char fs[FPB_COMMAND_MAX];
	/* build.json; NULL if there is none. Owned: fpb_kernel_free(). */
	json_t *build;
	enum fpb_lock_state expect;	/* unknown: neither user nor build say */
	unsigned int cpus;		/* that it can use; 0: any number */
};

/*
 * A kernel for @b in the form FPB_KERNEL_FORM. DIR is its folder; KERNEL, or
 * NAME alone, is the name of one in the folder @kernels, which may omit the
 * backend's suffix. expect= replaces what build.json expects. append= is for
 * the kernel's command line. It and fs= take all that follows, commas included,
 * but append= ends where fs= begins.
 * Returns 0, or -EINVAL after a message.
 */
int fpb_kernel_parse(struct fpb_kernel *k, const struct fpb_backend *b,
		     const char *text, const char *kernels);

/* Whether there is a kernel of ours of that name, for @b, in @kernels. */
bool fpb_kernel_is_built(const struct fpb_backend *b, const char *name,
			 const char *kernels);

/* One that is not built yet: a name, no more. 0, or -EINVAL after a message. */
int fpb_kernel_planned(struct fpb_kernel *k, const char *name);

/*
 * A copy of @old called @name in which target FPB_TARGET_FS is mounted by @command.
 * 0, or -EINVAL after a message.
 */
int fpb_kernel_with_fs(struct fpb_kernel *k, const struct fpb_kernel *old,
		       const char *name, const char *command);

/* The kernel that runs. 0, or -EINVAL after a message: no such name. */
int fpb_kernel_running(struct fpb_kernel *k, const char *name);

/*
 * The kernel in the folder @kernels that was built from the same source with the
 * same patches as @k, but as @variant, in *@found: boots as @k does, under its name.
 * 0, or -ENOENT: there is none, or build.json does not say of @k what it is.
 */
int fpb_kernel_variant(const struct fpb_kernel *k, const struct fpb_backend *b,
		       const char *variant, const char *kernels,
		       struct fpb_kernel *found);

void fpb_kernel_free(struct fpb_kernel *k);

/*
 * build.json in the kernel's folder @dir: a new reference in *@build, which is NULL if
 * there is none. 0, or -errno with what is wrong in @why (FPB_REASON_MAX bytes), to
 * follow the name of the folder: "/build.json:LINE: SENTENCE".
 */
int fpb_kernel_build(const char *dir, json_t **build, char *why);

#endif
