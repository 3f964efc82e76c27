// SPDX-License-Identifier: GPL-2.0
#include "agent/tests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/conform.h"
#include "os/clock.h"
#include "os/spawn.h"

#define GRACE_MS	2000
/* What a test may print. */
#define MAX_LOG		(64u << 20)

struct tests {
	struct fpb_agent *a;
	const struct fpb_job_tests *job;
	struct fpb_target target;	/* what is mounted */
	struct fpb_daemon *daemon;	/* NULL: none of ours */
	struct fpb_device scratch;
};

/* --- what the command finds in its environment -------------------------------- */

/* The command of the mount, for a shell with these variables. */
static int set_mount(const struct tests *t)
{
	const struct fpb_target_words words = {
		.source = "\"$source\"", .mnt = "\"$dir\"",
		.work = "\"$work\"", .name = "\"$name\"",
		.fpfs = t->a->job->daemon,
	};
	char *command = fpb_target_command(&t->target, &words);
	int ret = command ? setenv("FPB_MOUNT", command, 1) : -1;

	free(command);
	return ret;
}

/* Of this process: from here on it starts nothing but tests. 0 or -ENOMEM. */
static int fill_env(const struct tests *t)
{
	const struct fpb_agent *a = t->a;
	const struct fpb_job *job = a->job;
	char time[16];

	snprintf(time, sizeof(time), "%u", t->job->time_s);
	return setenv("FPB_SIDE", t->job->mount ? "mount" : "raw", 1) ||
	       setenv("FPB_MNT", t->daemon ? t->daemon->mount : a->rig.disk,
		      1) ||
	       setenv("FPB_XFS", a->rig.disk, 1) ||
	       setenv("FPB_DEVICE", a->rig.device.path, 1) ||
	       setenv("FPB_SCRATCH", t->scratch.path, 1) ||
	       setenv("FPB_WORK", job->work, 1) ||
	       setenv("FPB_OUT", job->out, 1) ||
	       setenv("FPB_TIME", time, 1) ||
	       setenv("FPB_FIO", job->fio, 1) ||
	       (t->job->mount && set_mount(t)) ? -ENOMEM : 0;
}

/* --- one test ----------------------------------------------------------------- */

static int log_path(const struct tests *t, const char *name, char *path)
{
	char file[FPB_CONFORM_LOG_MAX];

	return fpb_conform_log_name(name, file) ? :
	       fpb_path(path, "%s/%s", t->a->job->out, file);
}

/* The harness sees it only once it has left the guest's cache. */
static void flush(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/*
 * Waits for the test @pid, which prints to @log. 0; -ETIMEDOUT; -EFBIG: it prints
 * without end; or another -errno.
 */
static int wait_for(const struct tests *t, pid_t pid, const char *log,
		    int *status)
{
	struct stat st;
	int ret = -ETIMEDOUT;

	for (unsigned int s = 0; s < t->job->deadline_s && ret == -ETIMEDOUT;
	     s++) {
		ret = fpb_spawn_wait(pid, 1000, status);
		if (!stat(log, &st) && st.st_size > MAX_LOG)
			ret = -EFBIG;
	}
	return ret;
}

/* 0 with its exit status in @status; or as wait_for(). */
static int run(struct tests *t, const char *name, int *status)
{
	const json_t *command = t->a->job->command;
	const size_t n = json_array_size(command);
	const char *argv[n + 2];
	char log[FPB_PATH_MAX];
	const struct fpb_spawn s = {
		.argv = argv, .log = log,
	};
	int ret = log_path(t, name, log);
	pid_t pid;

	for (size_t i = 0; i < n; i++)
		argv[i] = json_string_value(json_array_get(command, i));
	argv[n] = name;
	argv[n + 1] = NULL;
	if (ret)
		return ret;
	pid = fpb_spawn(&s);
	if (pid < 0)
		return pid;
	ret = wait_for(t, pid, log, status);
	if (ret)
		fpb_spawn_end(pid, GRACE_MS);
	else
		*status = WIFEXITED(*status) ? WEXITSTATUS(*status) :
					       128 + WTERMSIG(*status);
	flush(log);
	return ret;
}

static int report(struct tests *t, const char *name, double seconds,
		  int status, const char *failed)
{
	return fpb_agent_report(t->a, json_pack("{ss ss si sf ss}",
		"event", "result", "test", name, "status", status,
		"seconds", seconds, "failed", failed));
}

/* 0, also if it failed: who hears of that decides whether we go on. */
static int one_test(struct tests *t, const char *name)
{
	char failed[FPB_REASON_MAX] = "";
	uint64_t start = fpb_now_ms();
	int status = 0, ret;

	ret = fpb_agent_report(t->a, json_pack("{ss ss}", "event", "start",
					       "test", name));
	if (!ret)
		ret = run(t, name, &status);
	if (ret == -ETIMEDOUT)
		snprintf(failed, sizeof(failed), "timed out after %u s",
			 t->job->deadline_s * fpb_patience);
	else if (ret == -EFBIG)
		snprintf(failed, sizeof(failed), "printed more than %u MiB",
			 MAX_LOG >> 20);
	else if (ret)
		return ret;
	if (t->daemon && fpb_daemon_check(t->daemon))
		snprintf(failed, sizeof(failed), "%s", t->daemon->failed);
	return report(t, name, (fpb_now_ms() - start) / 1000.0, status,
		      failed);
}

/* --- all of them -------------------------------------------------------------- */

static int add_scratch(struct tests *t)
{
	t->scratch = t->a->rig.device;
	t->scratch.label = "scratch";
	return fpb_rig_add_device(&t->a->rig, &t->scratch, t->a->why);
}

/* XFS, and over it what is to be tested, unless the command mounts that. */
static int set_up(struct tests *t)
{
	struct fpb_agent *a = t->a;
	int ret = 0;

	a->rig = fpb_agent_rig(a);
	a->rig.file_mib = a->rig.private_files = 0;
	if (t->job->mount && !t->job->mounts)
		ret = fpb_rig_add_daemon(&a->rig, &t->target);
	if (!ret)
		ret = fpb_rig_up(&a->rig, a->why);
	if (ret)
		return ret;
	t->daemon = fpb_rig_daemon(&a->rig, t->target.name);
	if (t->daemon && *t->daemon->lacks) {
		memcpy(a->why, t->daemon->lacks, sizeof(a->why));
		ret = -ENOTSUP;
	}
	return ret ? : add_scratch(t) ? : fill_env(t);
}

int fpb_agent_tests(struct fpb_agent *a)
{
	struct tests t = { .a = a, .job = &a->job->tests };
	json_t *name;
	size_t i;
	int ret;

	strcpy(t.target.name, FPB_TARGET_FS);
	snprintf(t.target.mount, sizeof(t.target.mount), "%s",
		 t.job->mount ? t.job->mount : "");
	ret = set_up(&t);
	json_array_foreach(t.job->names, i, name)
		if (!ret)
			ret = one_test(&t, json_string_value(name));
	fpb_rig_down(&a->rig);
	return ret;
}
