// SPDX-License-Identifier: GPL-2.0
/*
 * fpcheck: runs one case on the kernel that it runs on, as root, and appends
 * what came of it as one line of JSON to a file. The case is a child, so that
 * one that hangs is told from one that fails.
 */
#include "check/lib/check.h"

#include <errno.h>
#include <popt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/result.h"
#include "os/clock.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "os/stop.h"

static const struct check_case *const themes[] = {
	lock_cases, hazard_cases, close_cases, fault_cases, load_cases, diff_cases,
	NULL
};

/* How a case ended; shared with the processes of the case. */
static struct outcome {
	enum { PASSED, FAILED, HAZARD, SKIPPED } status;
	char reason[2000], notes[1000], facts[4000];
} *outcome;

static struct check *current;
static pid_t case_pid;
static sigjmp_buf unwind;

/* --- how a case ends -------------------------------------------------------- */

static void __attribute__((noreturn))
end(int status, const char *fmt, va_list ap)
{
	/* The first to fail says why; the rest follows from it. */
	if (outcome->status != FAILED) {
		outcome->status = status;
		vsnprintf(outcome->reason, sizeof(outcome->reason), fmt, ap);
	}
	if (getpid() != case_pid)
		_exit(1);
	siglongjmp(unwind, 1);
}

void check_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(FAILED, fmt, ap);
}

void check_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(SKIPPED, fmt, ap);
}

void check_hazard(const char *fmt, ...)
{
	va_list ap;

	if (outcome->status == FAILED || outcome->status == HAZARD)
		return;
	outcome->status = HAZARD;
	va_start(ap, fmt);
	vsnprintf(outcome->reason, sizeof(outcome->reason), fmt, ap);
	va_end(ap);
}

void check_kill_me(struct check *c)
{
	json_t *o = json_pack("{ss}", "event", "kill");

	if (!o || !c->events || fpb_file_append_json(c->events, o))
		check_fail("cannot ask to be killed");
	for (int i = 0; i < 600; i++)
		fpb_sleep_ms(100);
	check_fail("nobody killed this kernel");
}

void check_note(const char *fmt, ...)
{
	const size_t size = sizeof(outcome->notes);
	char note[sizeof(outcome->notes)];
	size_t used = strlen(outcome->notes);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(note, size, fmt, ap);
	va_end(ap);
	/* A loop that has the same to say each time says it once. */
	if (!strstr(outcome->notes, note))
		snprintf(outcome->notes + used, size - used, "%s%s",
			 used ? "; " : "", note);
}

void check_fact(const char *name, int64_t value)
{
	json_object_set_new(current->facts, name, json_integer(value));
}

static void __attribute__((noreturn)) case_process(struct check *c)
{
	char *facts;

	case_pid = getpid();
	setpgid(0, 0);
	signal(SIGXFSZ, SIG_IGN);
	if (!sigsetjmp(unwind, 0))
		c->k->run(c);
	helpers_end();
	/* A file that the case left open would keep the mounts busy. */
	for (int fd = 3; fd < 1024; fd++)
		if (fd != c->rig.device.loop_fd)
			close(fd);
	fpb_undo_all(&c->undo);
	facts = json_dumps(c->facts, JSON_COMPACT);
	if (facts)
		snprintf(outcome->facts, sizeof(outcome->facts), "%s", facts);
	_exit(0);
}

/* --- around it --------------------------------------------------------------- */

static unsigned int deadline_s(const struct check *c, int patience)
{
	unsigned int s = c->full ? c->k->full_s : c->k->quick_s;

	if (!s)
		s = c->full ? 300 : 60;
	return (s + c->seconds) * patience;
}

/*
 * Asked to stop: so is the case, which takes down what it has set up. Returns
 * whether it is gone.
 */
static bool stop_case(pid_t pid)
{
	outcome->status = FAILED;
	snprintf(outcome->reason, sizeof(outcome->reason), "asked to stop");
	kill(pid, SIGTERM);
	for (int i = 0; i < 1000; i++) {
		if (waitpid(pid, NULL, WNOHANG))
			return true;
		fpb_sleep_ms(10);
	}
	kill(-pid, SIGKILL);
	return waitpid(pid, NULL, 0) == pid;
}

/* Returns whether the process is gone. */
static bool wait_case(struct check *c, pid_t pid, unsigned int s)
{
	int status, ret = fpb_spawn_wait(pid, s * 1000, &status);

	if (!ret) {
		if (WIFSIGNALED(status)) {
			outcome->status = FAILED;
			snprintf(outcome->reason, sizeof(outcome->reason),
				 "the case died of signal %d (%s)",
				 WTERMSIG(status),
				 strsignal(WTERMSIG(status)));
		}
		return true;
	}
	if (ret == -EINTR)
		return stop_case(pid);
	/* What sleeps where, to the console. */
	fpb_file_poke("/proc/sysrq-trigger", "w");
	if (outcome->status != FAILED) {
		outcome->status = FAILED;
		snprintf(outcome->reason, sizeof(outcome->reason),
			 "hung: not done after %u s", s);
	}
	kill(-pid, SIGKILL);
	return !fpb_spawn_wait(pid, 5000, &status);
}

static const char *known_reason(const struct check *c)
{
	for (int i = 0; i < 3 && c->k->known[i].reason; i++)
		if (c->k->known[i].kind == KIND_ANY ||
		    c->k->known[i].kind == c->kind)
			return c->k->known[i].reason;
	return NULL;
}

static const char *status_name(const char *known)
{
	switch (outcome->status) {
	case PASSED:
		return known ? "unexpected-pass" : "pass";
	case HAZARD:
		return known ? "known-failure" : "fail";
	case SKIPPED:
		return "skip";
	default:
		return "fail";
	}
}

static int report(const struct check *c, const char *events, double seconds)
{
	static const char *const kinds[] = { "unknown", "baseline", "series" };
	const char *known = known_reason(c);
	json_t *facts = json_loads(outcome->facts, 0, NULL);
	json_t *o = json_pack("{ss ss ss ss sf ss ss}", "event", "case",
			      "case", c->k->name, "status", status_name(known),
			      "kind", kinds[c->kind], "seconds", seconds,
			      "reason", outcome->reason, "notes",
			      outcome->notes);
	int ret;

	if (!o)
		return -ENOMEM;
	if (known)
		json_object_set_new(o, "known", json_string(known));
	json_object_set_new(o, "facts", facts ? facts : json_object());
	if (events)
		ret = fpb_file_append_json(events, o);
	else
		ret = json_dumpf(o, stdout, JSON_INDENT(2)) || puts("") < 0;
	json_decref(o);
	return ret;
}

static bool lacks(const struct check *c)
{
	const char *what = NULL;

	if (c->k->flags & CHECK_KILL && !c->phase)
		what = "needs a kernel of its own, to be killed";
	else if (c->k->flags & CHECK_DELAY && !counters_have_delay())
		what = "needs the delay of kernel-patches/test/, in a kernel with the series";
	else if (c->k->flags & CHECK_COUNTERS && counters_kind() == KIND_ANY)
		what = "needs the counters of kernel-patches/test/";
	if (!what)
		return false;
	outcome->status = SKIPPED;
	snprintf(outcome->reason, sizeof(outcome->reason), "%s", what);
	return true;
}

static int run_case(struct check *c, const char *events, int patience,
		    bool guest)
{
	uint64_t start = fpb_now_ms();
	bool gone = true;
	pid_t pid;
	int ret;

	current = c;
	if (!lacks(c)) {
		/* What a daemon or writer leaves behind becomes our child. */
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		pid = fork();
		if (pid < 0)
			return FPB_EXIT_FAILED;
		if (!pid)
			case_process(c);
		gone = wait_case(c, pid, deadline_s(c, patience));
	}
	ret = report(c, events, (fpb_now_ms() - start) / 1000.0);
	if (ret)
		fpb_err("fpcheck: cannot report to %s: %s", events,
			strerror(-ret));
	/* Nothing here can be trusted to unmount. */
	if (!gone && guest)
		reboot(RB_POWER_OFF);
	return ret ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

static int list(void)
{
	for (int t = 0; themes[t]; t++) {
		for (const struct check_case *k = themes[t]; k->name; k++) {
			json_t *o = json_pack(
				"{ss ss ss ss ss sb sb si si}", "case", k->name,
				"setup", k->setup, "workload", k->workload,
				"lock_path", k->lock_path, "validates",
				k->validates, "quick",
				!!(k->flags & CHECK_QUICK), "kill",
				!!(k->flags & CHECK_KILL), "quick_s",
				k->quick_s ? k->quick_s : 60, "full_s",
				k->full_s ? k->full_s : 300);

			if (!o)
				return FPB_EXIT_FAILED;
			if (k->corrects)
				json_object_set_new(o, "corrects",
						    json_string(k->corrects));
			json_dumpf(o, stdout, JSON_COMPACT);
			puts("");
			json_decref(o);
		}
	}
	return FPB_EXIT_OK;
}

static const struct check_case *find(const char *name)
{
	for (int t = 0; themes[t]; t++)
		for (const struct check_case *k = themes[t]; k->name; k++)
			if (!strcmp(k->name, name))
				return k;
	return NULL;
}

int main(int argc, const char **argv)
{
	struct check c = { .seed = 1 };
	const char *name = NULL, *events = NULL, *expect = NULL;
	int do_list = 0, full = 0, guest = 0, patience = 1;
	struct poptOption table[] = {
		{ "list", 0, POPT_ARG_NONE, &do_list, 0,
		  "Print every case as JSON", NULL },
		{ "full", 0, POPT_ARG_NONE, &full, 0, "The full size", NULL },
		{ "guest", 0, POPT_ARG_NONE, &guest, 0,
		  "This kernel is ours to power off", NULL },
		{ "case", 0, POPT_ARG_STRING, &name, 0, "Run this", "NAME" },
		{ "events", 0, POPT_ARG_STRING, &events, 0,
		  "Append the result here (default: print it)", "FILE" },
		{ "expect", 0, POPT_ARG_STRING, &expect, 0,
		  "What a kernel without counters is", "shared|exclusive" },
		{ "seed", 0, POPT_ARG_LONG, &c.seed, 0, "Of what is drawn",
		  "N" },
		{ "time", 0, POPT_ARG_INT, &c.seconds, 0,
		  "Run so long, where the case goes by time", "SECONDS" },
		{ "phase", 0, POPT_ARG_INT, &c.phase, 0,
		  "1 before, 2 after the kernel is killed", "1|2" },
		{ "patience", 0, POPT_ARG_INT, &patience, 0,
		  "Multiplies the deadlines", "N" },
		{ "fio", 0, POPT_ARG_STRING, &c.fio, 0, "The fio to use",
		  "FILE" },
		{ "daemon", 0, POPT_ARG_STRING, &c.daemon, 0, "The fpfs to use",
		  "FILE" },
		{ "naive", 0, POPT_ARG_STRING, &c.naive, 0,
		  "The fpnaive to use", "FILE" },
		{ "share", 0, POPT_ARG_STRING, &c.share, 0,
		  "A folder that outlives this kernel", "DIR" },
		{ "work", 0, POPT_ARG_STRING, &c.work, 0,
		  "For mounts (default: $FPB_WORK)", "DIR" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("fpcheck", argc, argv, table, 0);
	int rc = poptGetNextOpt(ctx);

	if (rc < -1) {
		fpb_err("fpcheck: %s: %s", poptBadOption(ctx, 0),
			poptStrerror(rc));
		return FPB_EXIT_USAGE;
	}
	if (do_list)
		return list();
	c.k = name ? find(name) : NULL;
	if (!c.k) {
		fpb_err("fpcheck: no case \"%s\"", name ? name : "");
		return FPB_EXIT_USAGE;
	}
	if (!c.work)
		c.work = getenv("FPB_WORK");
	if (!c.work || !c.daemon || !c.fio || !c.share || geteuid() ||
	    patience < 1 ||
	    fpb_path(c.log, "%s/check.log", c.share)) {
		fpb_err("fpcheck: needs root, --work, --daemon, --fio and --share");
		return FPB_EXIT_USAGE;
	}
	fpb_spawn_path();
	fpb_stop_catch();
	if (access("/sys/kernel/debug/fault_around_bytes", F_OK))
		mount("none", "/sys/kernel/debug", "debugfs", 0, NULL);
	c.full = full;
	c.events = events;
	c.kind = counters_kind();
	if (c.kind == KIND_ANY && expect)
		c.kind = !strcmp(expect, "shared") ? KIND_SERIES :
						     KIND_BASELINE;
	c.facts = json_object();
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcome == MAP_FAILED)
		return FPB_EXIT_FAILED;
	return run_case(&c, events, patience, guest);
}
