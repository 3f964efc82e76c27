// SPDX-License-Identifier: GPL-2.0
#include "check/lib/points.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check/lib/process.h"
#include "os/clock.h"

#define POINTS	"/sys/kernel/debug/fuse_passthrough/points"

static int driver = -1;

bool check_has_points(void)
{
	return !access(POINTS, W_OK);
}

void check_points_task(int slot, int fd, void (*step)(void *arg), void *arg)
{
	int task = check_open(POINTS "_task", O_WRONLY);
	char text[32];
	int n = snprintf(text, sizeof(text), "%d %d", slot, fd);

	check_points_close();
	while (write(task, text, n) == n)
		step(arg);
	_exit(errno == EPIPE ? 0 : errno);
}

void check_points_open(void)
{
	driver = check_open(POINTS, O_RDWR);
}

void check_points_close(void)
{
	close(driver);
	driver = -1;
}

static int drive(const char *what)
{
	return write(driver, what, strlen(what)) < 0 ? -errno : 0;
}

int check_points_step(int slot)
{
	char text[16];
	int ret = -ESRCH;

	snprintf(text, sizeof(text), "%d", slot);
	/* It may not have got to its first point yet. */
	for (int i = 0; i < 5000 && ret == -ESRCH; i++) {
		ret = drive(text);
		if (ret == -ESRCH)
			fpb_sleep_ms(1);
	}
	return ret;
}

int check_points_finish(void)
{
	return drive("all");
}

void check_points_read(char *line, size_t size)
{
	ssize_t n = pread(driver, line, size - 1, 0);

	line[n > 0 ? n : 0] = '\0';
}
