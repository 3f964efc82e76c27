// SPDX-License-Identifier: GPL-2.0
#include "check/runner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check/lib/outcome.h"
#include "check/lib/points.h"
#include "check/lib/process.h"
#include "os/clock.h"
#include "os/spawn.h"

/* Far more than a case takes on a machine that is busy. */
#define DEADLINE_S	300
/* To take down what a case has set up, if tasks of it never end. */
#define TAKE_DOWN_S	30

static const struct check_outcome *outcome;

unsigned int check_deadline_s(const struct check_case *row, bool full)
{
	return full && row->full_s ? row->full_s : DEADLINE_S;
}

/* --- the process of the case ---------------------------------------------- */

static void run_row(void *context)
{
	struct check_context *c = context;

	c->row->run(c);
}

static void __attribute__((noreturn)) case_process(struct check_context *c)
{
	setpgid(0, 0);
	signal(SIGXFSZ, SIG_IGN);
	check_outcome_run(run_row, c);
	check_kill_children();
	/* A file that the case left open would keep the mounts busy. */
	for (int fd = 3; fd < 1024; fd++)
		if (fd != c->rig.device.loop_fd)
			close(fd);
	fpb_undo_all(&c->undo);
	_exit(0);
}

/*
 * We were asked to stop: so is the case, which then takes down what it has set
 * up. Returns whether it has ended.
 */
static bool stop_case(pid_t pid)
{
	check_outcome_set(CHECK_FAILED, "interrupted");
	kill(pid, SIGTERM);
	for (int i = 0; i < 1000; i++) {
		if (waitpid(pid, NULL, WNOHANG))
			return true;
		fpb_sleep_ms(10);
	}
	kill(-pid, SIGKILL);
	return waitpid(pid, NULL, 0) == pid;
}

/* As fpb_spawn_wait(), but once the case is over there is less to wait for. */
static int wait_seconds(pid_t pid, unsigned int seconds, int *status)
{
	int ret;

	while ((ret = fpb_spawn_wait(pid, 1000, status)) == -ETIMEDOUT &&
	       --seconds)
		if (outcome->over && seconds > TAKE_DOWN_S)
			seconds = TAKE_DOWN_S;
	return ret;
}

/* Returns whether the process has ended. */
static bool wait_for_case(pid_t pid, unsigned int seconds)
{
	int status, ret = wait_seconds(pid, seconds, &status);

	if (!ret) {
		if (WIFSIGNALED(status))
			check_outcome_set(CHECK_FAILED,
					  "the case died of signal %d (%s)",
					  WTERMSIG(status),
					  strsignal(WTERMSIG(status)));
		return true;
	}
	if (ret == -EINTR)
		return stop_case(pid);
	/* Blocked tasks, to the console. */
	fpb_file_poke("/proc/sysrq-trigger", "w");
	if (outcome->over)
		check_outcome_set(CHECK_FAILED,
				  "hung: cannot take down the mounts");
	check_outcome_set(CHECK_FAILED, "hung: not done after %u s%s%s",
			  seconds, *outcome->doing ? ", last: " : "",
			  outcome->doing);
	kill(-pid, SIGKILL);
	return !fpb_spawn_wait(pid, 5000, &status);
}

/* --- its report ----------------------------------------------------------- */

static bool mended(const struct check_context *c)
{
	return c->kernel == KERNEL_BEYOND && c->row->flags & CHECK_MENDED;
}

static const char *known_reason(const struct check_context *c)
{
	const enum check_kernel kernel = c->kernel == KERNEL_BEYOND ?
		KERNEL_SERIES : c->kernel;
	const struct check_case *row = c->row;

	if (mended(c))
		return NULL;
	for (int i = 0; i < 3 && row->known[i].reason; i++)
		if (row->known[i].kernel == KERNEL_ANY ||
		    row->known[i].kernel == kernel)
			return row->known[i].reason;
	return NULL;
}

static const char *status_name(bool known)
{
	switch (outcome->status) {
	case CHECK_PASSED:
		return known ? "unexpected-pass" : "pass";
	case CHECK_HAZARD:
		return known ? "known-failure" : "fail";
	case CHECK_SKIPPED:
		return "skip";
	default:
		return "fail";
	}
}

static json_t *facts_json(void)
{
	json_t *facts = json_object();

	for (size_t i = 0; i < outcome->nfacts; i++)
		json_object_set_new(facts, outcome->facts[i].name,
				    json_integer(outcome->facts[i].value));
	return facts;
}

static int report(const struct check_context *c, double seconds)
{
	static const char *const kernels[] = {
		[KERNEL_ANY] = "unknown", [KERNEL_BASELINE] = "baseline",
		[KERNEL_SERIES] = "series", [KERNEL_BEYOND] = "beyond" };
	const char *known = known_reason(c);
	const char *lockdep = mended(c) ? NULL : c->row->lockdep;
	json_t *o = json_pack("{ss ss ss ss sf ss ss ss* ss* so}",
			      "event", "case", "case", c->row->name,
			      "status", status_name(known),
			      "kind", kernels[c->kernel], "seconds", seconds,
			      "reason", outcome->reason, "notes",
			      outcome->notes, "known", known, "lockdep", lockdep,
			      "facts", facts_json());
	int ret = -ENOMEM;

	if (o && c->events)
		ret = fpb_file_append_json(c->events, o);
	else if (o)
		ret = json_dumpf(o, stdout, JSON_INDENT(2)) || puts("") < 0 ?
			      -EIO : 0;
	json_decref(o);
	return ret;
}

/* --- both ----------------------------------------------------------------- */

/* NULL, or why this kernel cannot run the case. */
static const char *missing(const struct check_context *c)
{
	if (c->row->flags & CHECK_POWER_CUT && !c->phase)
		return "needs a kernel of its own, to be killed";
	if (c->row->flags & CHECK_DELAY && !check_has_lock_delay())
		return "needs the delay of kernel-patches/test/, in a kernel with the series";
	if (c->row->flags & CHECK_POINTS && !check_has_points())
		return "needs the points of kernel-patches/test/, in a kernel with the series";
	if (c->row->flags & CHECK_COUNTERS &&
	    check_counters_kernel() == KERNEL_ANY)
		return "needs the counters of kernel-patches/test/";
	return NULL;
}

static bool run_in_child(struct check_context *c, unsigned int seconds)
{
	pid_t pid;

	/* What a daemon or writer leaves behind becomes our child. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (!pid)
		case_process(c);
	if (pid > 0)
		return wait_for_case(pid, seconds);
	check_outcome_set(CHECK_FAILED, "fork: %s", strerror(errno));
	return true;
}

int check_run(struct check_context *c, unsigned int patience, bool guest)
{
	const unsigned int seconds = check_deadline_s(c->row, c->full) +
				     c->seconds;
	const uint64_t start = fpb_now_ms();
	bool ended = true;
	const char *why;
	int ret;

	outcome = check_outcome_new();
	if (!outcome)
		return -ENOMEM;
	why = missing(c);
	if (why)
		check_outcome_set(CHECK_SKIPPED, "%s", why);
	else
		ended = run_in_child(c, seconds * patience);
	ret = report(c, (fpb_now_ms() - start) / 1000.0);
	/* Its processes keep mounts busy: nothing can be taken down. */
	if (!ended && guest)
		reboot(RB_POWER_OFF);
	return ret;
}
