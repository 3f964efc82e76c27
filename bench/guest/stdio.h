/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Our end of the standard streams of a command in a guest: see
 * core/guestshare.h. The agent's end is agent/relay.c.
 */
#ifndef FPB_STDIO_H
#define FPB_STDIO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#include "core/job.h"

/* Ctrl-]: what a user types to leave a guest that listens to nothing. */
#define FPB_STDIO_ESCAPE	0x1d

struct fpb_stdio {
	const char *dir;		/* the boot's folder; borrowed */
	bool raw, at_end, left;		/* left: the user typed the escape */
	struct termios saved;
	unsigned int pieces;
	off_t shown[2];			/* of standard output and error */
};

/*
 * Says in @job what the command's standard input is: a terminal if ours and
 * our standard output are, else a pipe.
 */
void fpb_stdio_describe(struct fpb_job *job);

/* A terminal becomes raw. Pairs with fpb_stdio_end(). */
void fpb_stdio_start(struct fpb_stdio *io, const char *dir, bool terminal);

/* Passes on what there is, without waiting. 0 or -errno. */
int fpb_stdio_pass(struct fpb_stdio *io);

void fpb_stdio_end(struct fpb_stdio *io);

#endif
