/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What has to be taken back, last thing first. For what outlives a function:
 * devices, mounts, daemons, guests.
 */
#ifndef FPB_UNDO_H
#define FPB_UNDO_H

#include <stddef.h>

#define FPB_UNDO_MAX	16

struct fpb_undo {
	struct {
		void (*fn)(void *arg);
		void *arg;		/* borrowed */
	} step[FPB_UNDO_MAX];
	size_t n;
};

/* @fn prints its own failures: nobody could act on them. */
void fpb_undo_push(struct fpb_undo *u, void (*fn)(void *arg), void *arg);
/* Takes everything back. May be called again. */
void fpb_undo_all(struct fpb_undo *u);

#endif
