/* SPDX-License-Identifier: GPL-2.0 */
/* The programs and kernels that this one was built beside. */
#ifndef FPB_PROGRAMS_H
#define FPB_PROGRAMS_H

#include "guest/boot.h"
#include "os/file.h"

/* Programs that a run uses; absolute paths. */
struct fpb_programs {
	char self[FPB_PATH_MAX];
	char fio[FPB_PATH_MAX];
	char engine[FPB_PATH_MAX];
	char daemon[FPB_PATH_MAX];
	char kernels[FPB_PATH_MAX];	/* folder of the kernels that we built */
};

/* Beside this program, as make builds them. 0 or -errno. */
int fpb_programs_default(struct fpb_programs *p);

/*
 * @path becomes absolute; @given, if not NULL, takes its place. @what names
 * it. 0, or -EINVAL after a message.
 */
int fpb_program(char *path, const char *given, const char *what);

/*
 * A kernel for @b: "NAME=DIR", or "NAME" of a kernel in the folder @kernels,
 * with or without what stands behind the names of those for @b; and behind it
 * ",expect=shared" or ",expect=exclusive". 0, or -EINVAL after a message.
 */
int fpb_kernel_parse(struct fpb_kernel *k, const struct fpb_backend *b,
		     const char *text, const char *kernels);

/*
 * Settles @p->cpus of a guest: as many as the plan asks for, else as the host
 * has, but no more than @k can use, which is said.
 */
void fpb_kernel_settle_cpus(const struct fpb_kernel *k, struct fpb_plan *p);

#endif
