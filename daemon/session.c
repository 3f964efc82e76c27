// SPDX-License-Identifier: GPL-2.0
/*
 * The main thread mounts, waits for signals and for the workers' end, and
 * unmounts. Workers read requests and answer them. There is one for each CPU;
 * when all are at work (an fsync may take long), another one is started.
 */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "cred.h"
#include "msg.h"
#include "stats.h"

#define MAX_WORKERS	64	/* more than that can wait for disks */
#define END_GRACE_MS	2000	/* for requests under way at the end */

struct session {
	struct fpfs *fs;
	int event_fd;			/* a worker has news */
	int signal_fd;
	pthread_t worker[MAX_WORKERS];	/* guarded by lock */
	unsigned int nworkers;		/* guarded by lock */
	pthread_mutex_t lock;
	int idle;			/* workers that wait; atomic */
	int running;			/* workers not at their end; atomic */
	int error;			/* of a worker, -errno; atomic */
	int init_done;			/* INIT has been answered; atomic */
	uint64_t mnt_id;		/* 0: not known */
};

static void tell_main(struct session *s)
{
	uint64_t one = 1;

	if (write(s->event_fd, &one, sizeof(one)) < 0)
		fpfs_err("cannot write to an eventfd: %s", strerror(errno));
}

static void add_worker(struct session *s);

static int serve_one(struct session *s, struct fuse_buf *buf)
{
	struct fpfs *fs = s->fs;
	int ret;

	__atomic_add_fetch(&s->idle, 1, __ATOMIC_RELAXED);
	ret = fuse_session_receive_buf(fs->se, buf);
	if (!__atomic_sub_fetch(&s->idle, 1, __ATOMIC_RELAXED) && ret > 0)
		add_worker(s);
	if (ret <= 0)
		return ret == -EINTR || ret == -EAGAIN ? 1 : ret;
	fuse_session_process_buf(fs->se, buf);
	if (!__atomic_load_n(&s->init_done, __ATOMIC_RELAXED) && fs->started) {
		__atomic_store_n(&s->init_done, 1, __ATOMIC_RELEASE);
		tell_main(s);
	}
	return 1;
}

static void *work(void *arg)
{
	struct session *s = arg;
	struct fuse_buf buf = { 0 };
	int ret = 1;

	while (ret > 0 && !fuse_session_exited(s->fs->se))
		ret = serve_one(s, &buf);
	if (ret < 0)
		__atomic_store_n(&s->error, ret, __ATOMIC_RELAXED);
	free(buf.mem);
	/* What ends one worker ends all: there is only one connection. */
	__atomic_sub_fetch(&s->running, 1, __ATOMIC_RELEASE);
	tell_main(s);
	return NULL;
}

static void add_worker(struct session *s)
{
	pthread_mutex_lock(&s->lock);
	if (s->nworkers < MAX_WORKERS) {
		__atomic_add_fetch(&s->running, 1, __ATOMIC_RELAXED);
		if (!pthread_create(&s->worker[s->nworkers], NULL, work, s))
			s->nworkers++;
		else
			__atomic_sub_fetch(&s->running, 1, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&s->lock);
}

static int start_workers(struct session *s)
{
	unsigned int want = s->fs->opts->threads, have;

	if (!want)
		want = sysconf(_SC_NPROCESSORS_ONLN);
	if (want < 2)
		want = 2;	/* one that waits must not stop the mount */
	if (want > MAX_WORKERS)
		want = MAX_WORKERS;
	while (want--)
		add_worker(s);
	pthread_mutex_lock(&s->lock);
	have = s->nworkers;
	pthread_mutex_unlock(&s->lock);
	return have ? 0 : -EAGAIN;
}

/* The connection takes a backing file, or not; then say what is wrong. */
static enum fpfs_exit probe_passthrough(struct fpfs *fs)
{
	int fd, id;

	/* A file of the source, as its filesystem must fit; else any file. */
	fd = openat(fs->root.fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = memfd_create("fpfs-probe", MFD_CLOEXEC);
	if (fd < 0) {
		fpfs_err("cannot make a file to try passthrough with: %s",
			 strerror(errno));
		return FPFS_EXIT_ERROR;
	}
	id = fpfs_backing_open(fs, fd);
	close(fd);
	if (id > 0) {
		fpfs_backing_close(fs, id);
		return FPFS_EXIT_OK;
	}
	fpfs_err("the kernel refuses passthrough to %s: %s%s",
		 fs->opts->source, strerror(-id),
		 id == -ELOOP ? " (it is itself a stacked filesystem, such as "
				"overlayfs or FUSE passthrough)" :
		 id == -EPERM ? " (it needs CAP_SYS_ADMIN in the initial "
				"user namespace)" : "");
	return FPFS_EXIT_UNSUPPORTED;
}

/* libfuse goes on without rings if it cannot have them; we do not. */
static enum fpfs_exit probe_uring(struct session *s)
{
	struct timespec pause = { .tv_nsec = 20 * 1000000 };
	struct fpfs_stats st;
	struct statx stx;
	int tries;

	/* The kernel switches over once every ring is registered. */
	for (tries = 0; tries < 50; tries++) {
		statx(AT_FDCWD, s->fs->opts->mountpoint, AT_STATX_FORCE_SYNC,
		      STATX_BASIC_STATS, &stx);
		fpfs_stats_read(&st);
		if (st.uring_requests)
			return FPFS_EXIT_OK;
		nanosleep(&pause, NULL);
	}
	fpfs_err("requests do not come by io_uring: this libfuse was built "
		 "without it, or its rings could not be set up");
	return FPFS_EXIT_UNSUPPORTED;
}

/* Who started us reads no longer; what is to be said goes to the log. */
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

static enum fpfs_exit after_init(struct session *s, int *ready_fd)
{
	static const char ready[] = "READY=1\n";
	struct fpfs *fs = s->fs;
	enum fpfs_exit status = fs->init_status;

	if (!status && fs->opts->mode->passthrough)
		status = probe_passthrough(fs);
	if (!status && fs->opts->uring)
		status = probe_uring(s);
	if (status)
		return status;
	if (!fs->opts->foreground)
		leave_stderr();
	if (*ready_fd < 0)
		return FPFS_EXIT_OK;
	if (write(*ready_fd, ready, strlen(ready)) < 0)
		fpfs_err("cannot report to descriptor %d: %s", *ready_fd,
			 strerror(errno));
	close(*ready_fd);
	*ready_fd = -1;
	return FPFS_EXIT_OK;
}

static void print_stats(struct fpfs *fs)
{
	struct fpfs_stats st;

	fpfs_fill_stats(fs, &st);
	fpfs_stats_print(&st);
}

/* Returns true if the signal ends the mount. */
static bool take_signal(struct session *s)
{
	struct signalfd_siginfo si;

	if (read(s->signal_fd, &si, sizeof(si)) != sizeof(si))
		return false;
	if (si.ssi_signo != SIGUSR1)
		return true;
	print_stats(s->fs);
	return false;
}

static void drain(int fd)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0)
		return;		/* nothing was there */
}

static enum fpfs_exit supervise(struct session *s, int ready_fd)
{
	struct pollfd p[3] = {
		{ .fd = s->event_fd, .events = POLLIN },
		{ .fd = s->signal_fd, .events = POLLIN },
		{ .fd = s->fs->locks.epoll_fd, .events = POLLIN },
	};
	bool checked = false;
	enum fpfs_exit status;

	for (;;) {
		if (poll(p, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			fpfs_err("poll: %s", strerror(errno));
			return FPFS_EXIT_ERROR;
		}
		if (p[1].revents && take_signal(s))
			return FPFS_EXIT_OK;
		if (p[2].revents)
			fpfs_locks_reap(s->fs);
		if (!p[0].revents)
			continue;
		drain(s->event_fd);
		if (!checked &&
		    __atomic_load_n(&s->init_done, __ATOMIC_ACQUIRE)) {
			checked = true;
			status = after_init(s, &ready_fd);
			if (status)
				return status;
		}
		if (fuse_session_exited(s->fs->se) ||
		    __atomic_load_n(&s->error, __ATOMIC_RELAXED))
			return s->error || !checked ? FPFS_EXIT_ERROR :
						      FPFS_EXIT_OK;
	}
}

static uint64_t mount_id(const char *path)
{
	struct statx stx;

	/* Without a request to ourselves. */
	if (statx(AT_FDCWD, path,
		  AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC | AT_SYMLINK_NOFOLLOW,
		  STATX_MNT_ID, &stx) || !(stx.stx_mask & STATX_MNT_ID))
		return 0;
	return stx.stx_mnt_id;
}

/* Take the mount away, unless somebody did or another one is on top. */
static void unmount(struct session *s)
{
	const char *path = s->fs->opts->mountpoint;

	if (fuse_session_exited(s->fs->se))
		return;
	if (mount_id(path) == s->mnt_id)
		umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
}

/* True if every worker came to its end. */
static bool wait_workers(struct session *s)
{
	struct pollfd p = { .fd = s->event_fd, .events = POLLIN };
	int left = END_GRACE_MS, step = 50;

	while (__atomic_load_n(&s->running, __ATOMIC_ACQUIRE) && left > 0) {
		if (poll(&p, 1, step) > 0)
			drain(s->event_fd);
		else
			left -= step;
	}
	return !__atomic_load_n(&s->running, __ATOMIC_ACQUIRE);
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
	signal(SIGPIPE, SIG_IGN);
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? -errno : 0;
}

static struct fuse_session *new_session(struct fpfs *fs)
{
	const struct fpfs_opts *o = fs->opts;
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *se = NULL;
	char *list;

	/* Later options win, so the user's come last. */
	if (asprintf(&list, "default_permissions,subtype=fpfs%s%s%s%s%s",
		     strstr(o->mount_opts, "fsname=") ? "" : ",fsname=",
		     strstr(o->mount_opts, "fsname=") ? "" : o->source,
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

enum fpfs_exit fpfs_session_run(struct fpfs *fs, int ready_fd)
{
	struct session s = { .fs = fs, .lock = PTHREAD_MUTEX_INITIALIZER };
	enum fpfs_exit status = FPFS_EXIT_ERROR;
	bool ended;
	unsigned int i;
	int ret;

	ret = init_signals(&s);
	if (ret) {
		fpfs_err("signalfd: %s", strerror(-ret));
		return status;
	}
	s.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s.event_fd < 0) {
		fpfs_err("eventfd: %s", strerror(errno));
		goto out_signal;
	}
	fs->se = new_session(fs);
	if (!fs->se)
		goto out_event;
	if (fuse_session_mount(fs->se, fs->opts->mountpoint)) {
		fpfs_err("cannot mount on %s", fs->opts->mountpoint);
		goto out_destroy;
	}
	s.mnt_id = mount_id(fs->opts->mountpoint);
	ret = fpfs_cred_init();
	if (ret) {
		fpfs_err("cannot set up credentials: %s%s", strerror(-ret),
			 ret == -EPERM ? " (fpfs must run as root)" : "");
		goto out_unmount;
	}
	if (start_workers(&s)) {
		fpfs_err("cannot start a thread");
		goto out_unmount;
	}
	status = supervise(&s, ready_fd);

out_unmount:
	unmount(&s);
	fpfs_locks_cancel(&fs->locks);
	ended = wait_workers(&s);
	/*
	 * Not ended: files are still open on the detached mount. Ending the
	 * process ends the connection; they get ENOTCONN. By io_uring: the
	 * threads of the rings are libfuse's, which only its own loop stops,
	 * so what they use must stay.
	 */
	for (i = 0; ended && i < s.nworkers; i++)
		pthread_join(s.worker[i], NULL);
	if (!ended || fs->opts->uring) {
		fflush(NULL);
		_exit(status);
	}
out_destroy:
	fuse_session_destroy(fs->se);
out_event:
	close(s.event_fd);
out_signal:
	close(s.signal_fd);
	return status;
}
