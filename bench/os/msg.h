/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the user reads on stderr. One line says what failed, on which object
 * and why; a hint says what to do next. Messages stand above what
 * os/screen.h shows.
 */
#ifndef FPB_MSG_H
#define FPB_MSG_H

/* Exit statuses, documented in the man page. */
enum fpb_exit {
	FPB_EXIT_OK = 0,
	/* A regression that --fail-on asked for; what does not agree. */
	FPB_EXIT_REGRESSION = 1,
	FPB_EXIT_USAGE = 2,
	FPB_EXIT_UNCLEAR = 3,
	FPB_EXIT_FAILED = 4,		/* a run, guest, device... failed */
	FPB_EXIT_SKIPPED = 77,		/* this machine cannot; nothing is wrong */
	FPB_EXIT_INTERRUPTED = 130,	/* by a signal */
};

/* "fpbench: <text>" */
void fpb_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void fpb_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "fpbench: hint: <text>" */
void fpb_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Plain progress text, kept off stdout. */
void fpb_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
