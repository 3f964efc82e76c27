/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sessions of several kernels, each of which needs a boot of the machine: what to
 * do next, from what was asked for and what has happened so far. Pure.
 *
 * Each step is logged before it is taken, so that one that the machine did not
 * survive is known afterwards. Such a step is a failure of the kernel that was to
 * boot or to measure; a kernel with too many of them ends it all.
 */
#ifndef FPB_TURNS_H
#define FPB_TURNS_H

#include <jansson.h>
#include <stddef.h>

#include "core/result.h"

#define FPB_TURNS_KERNELS	8
#define FPB_TURNS_TEXT		512
#define FPB_TURNS_NONE		(-1)

struct fpb_turns_kernel {
	char name[FPB_NAME_MAX];	/* label of its sessions */
	char release[FPB_NAME_MAX];	/* uname -r, which tells it from others */
	char boot[FPB_TURNS_TEXT];	/* command of a shell that boots it */
	/* Since the beginning. */
	size_t done, failed;
};

struct fpb_turns {
	char plan[FPB_TURNS_TEXT];	/* file; "": the default sweep */
	size_t sessions;		/* of each kernel */
	size_t failures;		/* of one kernel, which end it all */
	struct fpb_turns_kernel kernels[FPB_TURNS_KERNELS];
	size_t n;
	/* The last step, while it is not known how it ended; FPB_TURNS_NONE */
	int asked, started;
};

enum fpb_turns_do {
	FPB_TURNS_MEASURE,		/* the kernel that runs */
	FPB_TURNS_BOOT,			/* another, or the same again */
	FPB_TURNS_DONE,
	FPB_TURNS_GIVE_UP,		/* because of this kernel */
};

/*
 * What turns.ini says. 0, or -EINVAL with a sentence in @why (FPB_REASON_MAX
 * bytes) that gives the line.
 */
int fpb_turns_parse(struct fpb_turns *t, const char *text, char *why);

/*
 * Takes one line of the log: its keys are "event" (boot, start, end), "kernel",
 * and for end "status" (0: the session is complete). 0, or -EINVAL if it is none.
 */
int fpb_turns_take(struct fpb_turns *t, const json_t *line);

/*
 * Takes all lines of the log. 0, or -EINVAL with the number of the line that is none in
 * *@line and a sentence in @why. One that does not end is being written, and left out.
 */
int fpb_turns_take_log(struct fpb_turns *t, const char *text, size_t *line,
		       char *why);

/* The kernel with that release, or FPB_TURNS_NONE. */
int fpb_turns_find(const struct fpb_turns *t, const char *release);

/*
 * What to do while kernel @running runs (or FPB_TURNS_NONE); *@kernel is the one
 * that it is about. Counts a step that did not end.
 */
enum fpb_turns_do fpb_turns_next(struct fpb_turns *t, int running,
				 size_t *kernel);

#endif
