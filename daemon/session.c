// SPDX-License-Identifier: GPL-2.0
/*
 * The main thread mounts, waits for signals and for the workers' end, and
 * unmounts.
 */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "cred.h"
#include "kernel_features.h"
#include "lock_owner.h"
#include "lock_wait.h"
#include "msg.h"
#include "ops.h"
#include "stats.h"
#include "workers.h"

#define END_GRACE_MS	2000	/* for requests under way at the end */

struct session {
	struct fpfs *fs;
	struct fpfs_workers workers;
	int signal_fd;
	int ready_fd;			/* -1: nobody waits */
	uint64_t mnt_id;
};

bool fpfs_report_ready(int fd)
{
	static const char ready[] = "READY=1\n";
	bool written;

	if (fd < 0)
		return true;
	written = write(fd, ready, strlen(ready)) >= 0;
	if (!written)
		fpfs_err("cannot report to descriptor %d: %s", fd,
			 strerror(errno));
	close(fd);
	return written;
}

/* Nobody reads stderr any more: messages go to the log. */
static void leave_stderr(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	fpfs_msg_to_syslog();
	fuse_log_enable_syslog("fpfs", LOG_PID, LOG_DAEMON);
	if (null < 0)
		return;
	dup2(null, STDERR_FILENO);
	close(null);
}

static enum fpfs_exit after_init(struct session *s)
{
	struct fpfs *fs = s->fs;
	enum fpfs_exit status = fs->init_status;

	if (!status)
		status = fpfs_features_probe(fs);
	if (status)
		return status;
	if (!fs->opts->foreground)
		leave_stderr();
	/* Who waits for it believes that there is no mount. */
	return fpfs_report_ready(s->ready_fd) ? FPFS_EXIT_OK :
						FPFS_EXIT_ERROR;
}

/* Returns true if the signal ends the mount. */
static bool handle_signal(struct session *s)
{
	struct signalfd_siginfo si;
	struct fpfs_stats st;

	if (read(s->signal_fd, &si, sizeof(si)) != sizeof(si))
		return false;
	if (si.ssi_signo != SIGUSR1)
		return true;
	fpfs_fill_stats(s->fs, &st);
	fpfs_stats_print(&st);
	return false;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* For poll(2). */
static int ms_until(int64_t when)
{
	int64_t left = when - now_ms();

	return left > 0 ? left : 0;
}

static enum fpfs_exit supervise(struct session *s)
{
	struct fpfs_workers *w = &s->workers;
	struct pollfd p[3] = {
		{ .fd = w->event_fd, .events = POLLIN },
		{ .fd = s->signal_fd, .events = POLLIN },
		{ .fd = s->fs->lock_owners.epoll_fd, .events = POLLIN },
	};
	enum fpfs_exit status;
	bool ready = false;
	int64_t trim_at = 0;	/* 0: no workers to end */

	for (;;) {
		if (poll(p, 3, trim_at ? ms_until(trim_at) : -1) < 0) {
			if (errno == EINTR)
				continue;
			fpfs_err("cannot wait for events: %s", strerror(errno));
			return FPFS_EXIT_ERROR;
		}
		if (p[1].revents && handle_signal(s))
			return FPFS_EXIT_OK;
		if (p[2].revents)
			fpfs_lock_owners_reap(&s->fs->lock_owners);
		/* By the clock: other events may come all the time. */
		if (trim_at && !ms_until(trim_at))
			trim_at = fpfs_workers_trim(w) ?
					  now_ms() + FPFS_TRIM_MS : 0;
		if (!p[0].revents)
			continue;
		fpfs_workers_clear_event(w);
		if (!trim_at)
			trim_at = now_ms() + FPFS_TRIM_MS;
		if (!ready &&
		    __atomic_load_n(&w->init_done, __ATOMIC_ACQUIRE)) {
			ready = true;
			status = after_init(s);
			if (status)
				return status;
		}
		if (fuse_session_exited(s->fs->se) ||
		    __atomic_load_n(&w->error, __ATOMIC_RELAXED))
			return w->error || !ready ? FPFS_EXIT_ERROR :
						    FPFS_EXIT_OK;
	}
}

/* The mount at @path in *@id; 0 or -errno. */
static int get_mount_id(const char *path, uint64_t *id)
{
	struct statx stx;

	/* DONT_SYNC: send no request to ourselves. */
	if (statx(AT_FDCWD, path,
		  AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC | AT_SYMLINK_NOFOLLOW,
		  STATX_MNT_ID, &stx))
		return -errno;
	*id = stx.stx_mnt_id;
	return stx.stx_mask & STATX_MNT_ID ? 0 : -EOPNOTSUPP;
}

static int detach(const char *path)
{
	return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) ? -errno : 0;
}

/* False after an error, whose reason has been printed. */
static bool mount_session(struct session *s)
{
	const char *path = s->fs->opts->mountpoint;
	int ret;

	if (fuse_session_mount(s->fs->se, path)) {
		fpfs_err("cannot mount on %s", path);
		return false;
	}
	ret = get_mount_id(path, &s->mnt_id);
	if (!ret)
		return true;
	/* At the end it could not be told from another. It is ours: it is new. */
	fpfs_err("cannot identify the mount on %s: %s", path, strerror(-ret));
	detach(path);
	return false;
}

/*
 * Unmount, unless somebody else did or another mount is on top. False after an
 * error, whose reason has been printed.
 */
static bool unmount(struct session *s)
{
	const char *path = s->fs->opts->mountpoint;
	uint64_t id;
	int ret;

	if (fuse_session_exited(s->fs->se))
		return true;
	ret = get_mount_id(path, &id);
	if (!ret && id == s->mnt_id)
		ret = detach(path);
	/* Somebody else did, just now, or lazily and removed the mount point. */
	if (!ret || ret == -ENOENT || ret == -ENOTDIR || ret == -EINVAL)
		return true;
	fpfs_err("cannot unmount %s: %s", path, strerror(-ret));
	return false;
}

static int init_signals(struct session *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? -errno : 0;
}

static struct fuse_session *new_session(struct fpfs *fs)
{
	const struct fpfs_opts *o = fs->opts;
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *se = NULL;
	char *list;

	/* Later options override earlier ones, so the user's come last. */
	if (asprintf(&list, "default_permissions%s,fsname=%s%s%s%s",
		     o->plain_type ? "" : ",subtype=fpfs",
		     o->name ? o->name : o->source,
		     o->uring ? ",io_uring" : "",
		     *o->mount_opts ? "," : "", o->mount_opts) < 0)
		return NULL;
	if (!fuse_opt_add_arg(&args, "fpfs") &&
	    !fuse_opt_add_arg(&args, "-o") && !fuse_opt_add_arg(&args, list) &&
	    (!o->debug || !fuse_opt_add_arg(&args, "-d")))
		se = fuse_session_new(&args, &fpfs_ops, sizeof(fpfs_ops), fs);
	fuse_opt_free_args(&args);
	free(list);
	return se;
}

static enum fpfs_exit serve(struct session *s)
{
	int ret = fpfs_cred_init();

	if (ret) {
		fpfs_err("cannot set up credentials: %s%s", strerror(-ret),
			 ret == -EPERM ? " (fpfs must run as root)" : "");
		return FPFS_EXIT_ERROR;
	}
	ret = fpfs_workers_start(&s->workers);
	if (ret) {
		fpfs_err("cannot start a thread: %s", strerror(-ret));
		return FPFS_EXIT_ERROR;
	}
	return supervise(s);
}

/*
 * Returns @status, or that of an error if there was none. Exits if threads are left
 * that still use the session.
 */
static enum fpfs_exit end(struct session *s, enum fpfs_exit status)
{
	bool ended;

	if (!unmount(s) && !status)
		status = FPFS_EXIT_ERROR;
	fpfs_lock_waiters_cancel(&s->fs->lock_waiters);
	ended = fpfs_workers_join(&s->workers, END_GRACE_MS);
	/*
	 * Workers that have not ended: files are still open on the detached
	 * mount. Ending the process ends the connection; their users get
	 * ENOTCONN. By io_uring: only libfuse's own loop stops the threads of
	 * its rings.
	 */
	if (!ended || s->fs->opts->uring) {
		fflush(NULL);
		_exit(status);
	}
	return status;
}

enum fpfs_exit fpfs_session_run(struct fpfs *fs, int ready_fd)
{
	struct session s = { .fs = fs, .ready_fd = ready_fd };
	enum fpfs_exit status = FPFS_EXIT_ERROR;
	int ret;

	ret = init_signals(&s);
	if (ret) {
		fpfs_err("cannot set up signals: %s", strerror(-ret));
		return status;
	}
	ret = fpfs_workers_init(&s.workers, fs);
	if (ret) {
		fpfs_err("cannot set up threads: %s", strerror(-ret));
		goto out_signal;
	}
	fs->se = new_session(fs);
	if (!fs->se)
		goto out_workers;
	if (mount_session(&s))
		status = end(&s, serve(&s));
	fuse_session_destroy(fs->se);
	fs->se = NULL;
out_workers:
	fpfs_workers_exit(&s.workers);
out_signal:
	close(s.signal_fd);
	return status;
}
