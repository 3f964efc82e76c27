// SPDX-License-Identifier: GPL-2.0
#include "guest/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/guestshare.h"
#include "os/file.h"

void fpb_stdio_describe(struct fpb_job *job)
{
	struct winsize w = { 0 };
	const char *term = getenv("TERM");

	job->input = true;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return;
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
	job->terminal = term && *term ? term : "dumb";
	job->rows = w.ws_row;
	job->columns = w.ws_col;
}

void fpb_stdio_start(struct fpb_stdio *io, const char *dir, bool terminal)
{
	struct termios raw;

	*io = (struct fpb_stdio){ .dir = dir };
	if (!terminal || tcgetattr(STDIN_FILENO, &io->saved))
		return;
	raw = io->saved;
	cfmakeraw(&raw);
	io->raw = !tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

/* Complete before it has its name. */
static int write_piece(struct fpb_stdio *io, const char *bytes, size_t n)
{
	char part[FPB_PATH_MAX], path[FPB_PATH_MAX];
	int fd, ret = fpb_path(part, "%s/input.part", io->dir) ? :
		      fpb_path(path, "%s/" FPB_SHARE_INPUT, io->dir,
			       io->pieces);

	if (ret)
		return ret;
	/* No link of the guest's. */
	unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, bytes, n) != (ssize_t)n)
		ret = errno ? -errno : -EIO;
	close(fd);
	if (!ret && rename(part, path))
		ret = -errno;
	if (!ret)
		io->pieces++;
	return ret;
}

static int pass_input(struct fpb_stdio *io)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char buf[65536];
	ssize_t n;

	if (io->at_end || poll(&p, 1, 0) <= 0)
		return 0;
	n = read(STDIN_FILENO, buf, sizeof(buf));
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (io->raw && memchr(buf, FPB_STDIO_ESCAPE, n)) {
		io->left = true;
		return 0;
	}
	io->at_end = !n;
	return write_piece(io, buf, n);
}

static int pass_output(struct fpb_stdio *io, int i, const char *name, int to)
{
	char path[FPB_PATH_MAX], buf[65536];
	int fd, ret = fpb_path(path, "%s/%s", io->dir, name);
	ssize_t n;

	if (ret)
		return ret;
	fd = fpb_file_open_shared(path);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	while (!ret && (n = pread(fd, buf, sizeof(buf), io->shown[i])) > 0) {
		ret = fpb_file_write_all(to, buf, n);
		io->shown[i] += n;
	}
	close(fd);
	return ret;
}

int fpb_stdio_pass(struct fpb_stdio *io)
{
	return pass_output(io, 0, FPB_SHARE_OUTPUT, STDOUT_FILENO) ? :
	       pass_output(io, 1, FPB_SHARE_ERROR, STDERR_FILENO) ? :
	       pass_input(io);
}

void fpb_stdio_end(struct fpb_stdio *io)
{
	if (io->raw)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &io->saved);
	io->raw = false;
}
