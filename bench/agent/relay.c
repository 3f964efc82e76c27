// SPDX-License-Identifier: GPL-2.0
#include "agent/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/guestshare.h"
#include "os/file.h"
#include "os/spawn.h"
#include "os/stop.h"

#define POLL_MS		5
#define GRACE_MS	10000

struct stream {
	int from, to;			/* -1: none, or at its end */
};

struct relay {
	const struct fpb_job *job;
	pid_t pid;
	int input;			/* of the command; -1: closed */
	unsigned int pieces;
	char *piece;			/* what of it is left to pass on */
	size_t left, at;
	struct stream out, err;
};

/* --- start ------------------------------------------------------------------ */

static int create(const struct fpb_job *job, const char *name)
{
	char path[FPB_PATH_MAX];
	int fd, ret = fpb_path(path, "%s/%s", job->out, name);

	if (ret)
		return ret;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	return fd;
}

static void __attribute__((noreturn))
run(const char *const *argv, const char *const *env)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (; *env; env++)
		putenv((char *)*env);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], (char *const *)argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* In a session of its own, whose terminal it is. */
static int start_terminal(struct relay *r, const char *const *argv,
			  const char *const *env)
{
	const struct fpb_job *job = r->job;
	const struct winsize size = { .ws_row = job->rows,
				      .ws_col = job->columns };
	int master;

	r->pid = forkpty(&master, NULL, NULL, job->rows ? &size : NULL);
	if (r->pid < 0)
		return -errno;
	if (!r->pid) {
		setenv("TERM", job->terminal, 1);
		run(argv, env);
	}
	r->out.from = master;
	r->input = dup(master);
	return 0;
}

static void child_pipes(const int in[2], const int out[2], const int err[2])
{
	setpgid(0, 0);
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
}

static int start_pipes(struct relay *r, const char *const *argv,
		       const char *const *env)
{
	int in[2], out[2], err[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) ||
	    pipe2(err, O_CLOEXEC))
		return -errno;
	r->pid = fork();
	if (r->pid < 0)
		return -errno;
	if (!r->pid) {
		child_pipes(in, out, err);
		run(argv, env);
	}
	setpgid(r->pid, r->pid);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	r->input = in[1];
	r->out.from = out[0];
	r->err.from = err[0];
	return 0;
}

static int start(struct relay *r, const char *const *argv,
		 const char *const *env)
{
	int ret;

	r->out.to = create(r->job, FPB_SHARE_OUTPUT);
	r->err.to = create(r->job, FPB_SHARE_ERROR);
	if (r->out.to < 0 || r->err.to < 0)
		return r->out.to < 0 ? r->out.to : r->err.to;
	ret = r->job->terminal ? start_terminal(r, argv, env) :
				 start_pipes(r, argv, env);
	if (ret)
		return ret;
	fcntl(r->input, F_SETFL, O_NONBLOCK);
	fcntl(r->out.from, F_SETFL, O_NONBLOCK);
	if (r->err.from >= 0)
		fcntl(r->err.from, F_SETFL, O_NONBLOCK);
	if (!r->job->input) {
		close(r->input);
		r->input = -1;
	}
	return 0;
}

/* --- while it runs ---------------------------------------------------------- */

static void close_input(struct relay *r)
{
	close(r->input);
	r->input = -1;
}

/* Whether there is one more piece; an empty one is the end of the input. */
static bool next_piece(struct relay *r)
{
	char path[FPB_PATH_MAX];

	free(r->piece);
	r->piece = NULL;
	r->at = r->left = 0;
	if (fpb_path(path, "%s/" FPB_SHARE_INPUT, r->job->out, r->pieces) ||
	    fpb_file_read(path, &r->piece, &r->left))
		return false;
	unlink(path);
	r->pieces++;
	if (!r->left && !r->job->terminal)
		close_input(r);
	return r->left;
}

static void pass_input(struct relay *r)
{
	ssize_t n;

	while (r->input >= 0 && (r->left || next_piece(r))) {
		n = write(r->input, r->piece + r->at, r->left);
		if (n < 0) {
			/* Full, or nobody reads any more. */
			if (errno != EAGAIN && errno != EINTR)
				close_input(r);
			return;
		}
		r->at += n;
		r->left -= n;
	}
}

static void close_stream(struct stream *s)
{
	close(s->from);
	s->from = -1;
}

/*
 * Passes on what there is; returns whether there was something. The harness
 * sees what it writes only once it has left the guest's cache.
 */
static bool pass(struct stream *s)
{
	char buf[65536];
	bool any = false;
	ssize_t n;

	while (s->from >= 0 && (n = read(s->from, buf, sizeof(buf)))) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			/* A terminal that nobody has open any more: EIO. */
			if (errno != EAGAIN)
				close_stream(s);
			break;
		}
		any = true;
		/* A full disk: the command learns of it by SIGPIPE. */
		if (write(s->to, buf, n) != n)
			close_stream(s);
	}
	if (any)
		sync_file_range(s->to, 0, 0, SYNC_FILE_RANGE_WRITE |
				SYNC_FILE_RANGE_WAIT_AFTER);
	return any;
}

int fpb_relay_run(const struct fpb_job *job, const char *const *argv,
		  const char *const *env, int *status)
{
	struct relay r = { .job = job, .input = -1, .out = { -1, -1 },
			   .err = { -1, -1 } };
	int ret = start(&r, argv, env);
	bool gone = false, busy;

	while (!ret && !gone) {
		gone = waitpid(r.pid, status, WNOHANG) == r.pid;
		busy = pass(&r.out);
		busy |= pass(&r.err);
		pass_input(&r);
		if (!gone && fpb_stop_asked()) {
			fpb_spawn_end(r.pid, GRACE_MS);
			ret = -EINTR;
		} else if (!gone && !busy) {
			usleep(POLL_MS * 1000);
		}
	}
	free(r.piece);
	return ret;
}
