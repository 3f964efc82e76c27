/* SPDX-License-Identifier: GPL-2.0 */
/* A mount from its start to its end. */
#ifndef FPFS_SESSION_H
#define FPFS_SESSION_H

#include "fs.h"

/*
 * Mount @fs, serve requests until a signal or an unmount ends it, unmount.
 * Once the mount answers, fpfs_report_ready(@ready_fd). Returns an exit
 * status; the reason of a failure has been printed.
 */
enum fpfs_exit fpfs_session_run(struct fpfs *fs, int ready_fd);

/*
 * Write "READY=1\n" to @fd and close it. Does nothing if @fd is -1. False after an
 * error, whose reason has been printed.
 */
bool fpfs_report_ready(int fd);

#endif
