/* SPDX-License-Identifier: GPL-2.0 */
/* The programs that a boot uses: those beside this one. */
#ifndef FPB_PROGRAMS_H
#define FPB_PROGRAMS_H

#include "os/file.h"

/* Absolute paths. */
struct fpb_programs {
	char agent[FPB_PATH_MAX];	/* init in a guest: fpbench itself */
	char fio[FPB_PATH_MAX];
	char engine[FPB_PATH_MAX];
	char daemon[FPB_PATH_MAX];
	char check[FPB_PATH_MAX];	/* the correctness suite's, and its */
	char naive[FPB_PATH_MAX];	/* server with mistakes */
	char count[FPB_PATH_MAX];	/* plugin of QEMU (bench/plugin) */
	char kernels[FPB_PATH_MAX];	/* folder of the kernels that were built */
};

/* Those of os/place.h. 0, or -errno after a message. */
int fpb_programs_default(struct fpb_programs *p);

/*
 * Makes @path absolute; @given, if not NULL, takes its place. @what names it
 * in the message. 0, or -EINVAL after a message.
 */
int fpb_program(char *path, const char *given, const char *what);

#endif
