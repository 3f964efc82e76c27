/* SPDX-License-Identifier: GPL-2.0 */
/* The options of the subcommands that boot kernels for a job of their own. */
#ifndef FPB_GUESTOPTS_H
#define FPB_GUESTOPTS_H

#include <popt.h>

#include "guest/guests.h"

/* Zeroed by the caller. */
struct fpb_guestopts {
	char *backend, *silence;
	char **kernels, **set;
};

#define FPB_OPT_BACKEND(o)						\
	{ "backend", 'b', POPT_ARG_STRING, &(o).backend, 0,		\
	  "Where kernels run: uml, qemu or host (default: uml)", "NAME" }
/* Of commands that leave the running kernel alone. */
#define FPB_OPT_GUEST_BACKEND(o)					\
	{ "backend", 'b', POPT_ARG_STRING, &(o).backend, 0,		\
	  "Where kernels run: uml or qemu (default: uml)", "NAME" }
#define FPB_OPT_SILENCE(o)						\
	{ "silence", 0, POPT_ARG_STRING, &(o).silence, 0,		\
	  "End a guest that is silent for TIME longer than its step may take (default: 60s)", "TIME" }

/* What a measurement runs in its guests. */
#define FPB_OPT_PROGRAMS(o)						\
	{ "fio", 0, POPT_ARG_STRING, &(o).fio, 0,			\
	  "fio that the engine was built for (default: the one beside fpbench)", "FILE" }, \
	{ "engine", 0, POPT_ARG_STRING, &(o).engine, 0,			\
	  "fio engine (default: the one beside fpbench)", "FILE" },	\
	{ "daemon", 0, POPT_ARG_STRING, &(o).daemon, 0,			\
	  "FUSE daemon (default: the one beside fpbench)", "FILE" }

#define FPB_OPT_GUESTS(o, kernel_help)					\
	{ "kernel", 'k', POPT_ARG_ARGV, &(o).kernels, 0, kernel_help,	\
	  FPB_KERNEL_FORM },						\
	{ "set", 0, POPT_ARG_ARGV, &(o).set, 0,				\
	  "Key of the plan, such as guest.memory=1g; repeat for more", \
	  "SECTION.KEY=VALUE" },					\
	FPB_OPT_SILENCE(o)

#define FPB_GUESTOPTS(o, kernel_help)					\
	FPB_OPT_BACKEND(o), FPB_OPT_GUESTS(o, kernel_help)

/*
 * Applies --set, which may name only keys of @sections (NULL-terminated), to
 * @plan, which holds the defaults of the command. Returns FPB_EXIT_OK, or
 * FPB_EXIT_USAGE after a message.
 */
int fpb_guestopts_plan(const struct fpb_guestopts *o, const char *command,
		       const char *const *sections, struct fpb_plan *plan);

#endif
