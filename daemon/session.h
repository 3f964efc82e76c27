/* SPDX-License-Identifier: GPL-2.0 */
/* A mount from its start to its end. */
#ifndef FPFS_SESSION_H
#define FPFS_SESSION_H

#include "fs.h"

/*
 * Mount @fs, serve requests until a signal or an unmount ends it, unmount.
 * @ready_fd, if not -1, gets "READY=1\n" once the mount answers, and is closed
 * then. Returns an exit status; the reason of a failure has been printed.
 */
enum fpfs_exit fpfs_session_run(struct fpfs *fs, int ready_fd);

#endif
