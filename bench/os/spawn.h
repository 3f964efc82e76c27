/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Child processes, from argument vectors and never through a shell. Each is
 * the leader of a process group of its own, so that a terminal's Ctrl-C
 * reaches only us and we end what we started, in order; and each gets a signal
 * from the kernel if we die.
 */
#ifndef FPB_SPAWN_H
#define FPB_SPAWN_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

struct fpb_spawn {
	const char *const *argv;	/* NULL-terminated; looked up in PATH */
	const char *const *env;		/* "NAME=value" on top of ours; or NULL */
	const char *log;		/* stdout and stderr are appended; or NULL */
	int keep_fd;			/* passed on under its number; or 0 */
	int stdout_fd;			/* in place of the log; or 0 */
	bool our_stderr;		/* in place of the log */
	int death_signal;		/* if we die; 0: SIGKILL */
	const cpu_set_t *cpus;		/* to run on; NULL: as we do */
	/* The only folders that it may write to, see confine.h; NULL: any. */
	const char *const *writable;
};

/* Once: an ordinary user's PATH may lack where mkfs.xfs is. */
void fpb_spawn_path(void);

/* Where in PATH it is (FPB_PATH_MAX bytes). 0 or -ENOENT. */
int fpb_spawn_where(const char *name, char *path);
/* Whether there is a program of that name in PATH. */
bool fpb_spawn_find(const char *name);

/* Returns the child's pid, or -errno if it could not be started. */
pid_t fpb_spawn(const struct fpb_spawn *s);

/*
 * Waits until the child ends or @ms (times fpb_patience) have passed. 0 with
 * *@status as waitpid(2) gives it, -ETIMEDOUT, or -EINTR if we were asked to
 * stop.
 */
int fpb_spawn_wait(pid_t pid, unsigned int ms, int *status);

/*
 * Ends the child's process group: SIGTERM, and SIGKILL after @grace_ms (at
 * once if 0). Reaps the child, but for one that waits in the kernel and is still
 * there after ten seconds.
 */
void fpb_spawn_end(pid_t pid, unsigned int grace_ms);

/*
 * Runs @fn, which may hang, in a process of its own. 0; -errno of what it
 * returned, if that is below 256; -EIO if a signal ended it; -ETIMEDOUT after @ms or -EINTR if we were asked
 * to stop, and then it has been sent SIGKILL and is not waited for.
 */
int fpb_spawn_try(int (*fn)(void *user), void *user, unsigned int ms);
/* The same for what is to be undone, also if we were asked to stop. */
int fpb_spawn_insist(int (*fn)(void *user), void *user, unsigned int ms);

/*
 * Runs a command to its end. 0 with *@status as waitpid(2) gives it, -errno if
 * it could not run, or -ETIMEDOUT or -EINTR, and then it has been ended.
 */
int fpb_spawn_status(const struct fpb_spawn *s, unsigned int ms, int *status);

/* The same, what it prints appended to @log (or NULL). -EIO if it failed. */
int fpb_spawn_run(const char *const *argv, const char *log, unsigned int ms);

/*
 * The same, and if it does not succeed a sentence in @why (FPB_REASON_MAX
 * bytes): what the command said last, or what became of it.
 */
int fpb_spawn_run_why(const char *const *argv, const char *log,
		      unsigned int ms, char *why);

/* The same, with its standard output in *@out, for free(). */
int fpb_spawn_read(const char *const *argv, unsigned int ms, char **out);
/* The same, with its standard error, too. */
int fpb_spawn_read_all(const char *const *argv, unsigned int ms, char **out);

/*
 * The same of a command that explains its failures itself, on our standard
 * error: 0 with *@status as of waitpid(2), and *@out if that is 0.
 */
int fpb_spawn_ask(const char *const *argv, unsigned int ms, char **out,
		  int *status);

#endif
