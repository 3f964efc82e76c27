/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tasks that stop at the points of kernel-patches/test/points.patch, and their
 * driver, which lets one of them at a time go on to its next point.
 */
#ifndef CHECK_POINTS_H
#define CHECK_POINTS_H

#include <stdbool.h>
#include <stddef.h>

bool check_has_points(void);

/*
 * For a task, a child process: call @step forever. Before each call the task
 * stops, at the point "user". @slot is a number from 0 to 3, @fd a file of the
 * mount, whose inode the driver sees. Ends when the driver does.
 */
void check_points_task(int slot, int fd, void (*step)(void *arg), void *arg)
	__attribute__((noreturn));

/* --- for the driver, of which there is one -------------------------------- */

void check_points_open(void);
/* All tasks go on, and end. */
void check_points_close(void);
/*
 * Let the task go on. 0: it has stopped at the next point. -EWOULDBLOCK: it
 * waits for the inode lock. -ETIME: neither, within ten seconds. Or -errno.
 */
int check_points_step(int slot);
/* Let all tasks go on to the point "user". 0, -ETIME or -errno. */
int check_points_finish(void);
/* What the kernel says of the task that went on last: one line. */
void check_points_read(char *line, size_t size);

#endif
