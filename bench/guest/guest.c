// SPDX-License-Identifier: GPL-2.0
#include "guest/boot.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/console.h"
#include "core/guestshare.h"
#include "guest/machine.h"
#include "os/clock.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "os/stop.h"

#define CONSOLE_LINES	8

/* --- start ------------------------------------------------------------------ */

static int write_job(struct fpb_booting *b, const char *work)
{
	struct fpb_job *job = b->job;
	char path[FPB_PATH_MAX];
	json_t *o;
	int ret = fpb_path(path, "%s/job.json", b->dir);

	if (!ret)
		ret = fpb_mkdirs(b->dir);
	if (ret)
		return ret;
	snprintf(job->boot, sizeof(job->boot), "%s", b->record.boot);
	snprintf(job->kernel, sizeof(job->kernel), "%s", b->kernel->name);
	job->round = b->record.round;
	job->attempt = b->record.attempt;
	job->guest = b->backend->guest;
	job->patience = fpb_machine_accel(b->backend, &job->plan)->patience;
	job->out = job->guest ? FPB_GUEST_SHARE : b->dir;
	job->work = job->guest ? FPB_GUEST_WORK : work;
	o = fpb_job_to_json(job);
	if (!o)
		return -ENOMEM;
	ret = fpb_file_write_json(path, o);
	json_decref(o);
	return ret;
}

static int relink(const char *target, const char *dir, const char *name,
		  char *path)
{
	int ret = fpb_path(path, "%s/%s", dir, name);

	if (ret)
		return ret;
	unlink(path);
	return symlink(target, path) ? -errno : 0;
}

/* Links in the scratch folder: their paths are short and hold no spaces. */
static int command(struct fpb_booting *b, struct fpb_argv *argv,
		   struct fpb_argv *env)
{
	char agent[FPB_PATH_MAX], share[FPB_PATH_MAX], image[FPB_PATH_MAX];
	char initrd[FPB_PATH_MAX];
	struct fpb_boot_spec s = {
		.agent = agent, .share = share, .scratch = b->scratch,
		.cpus = b->job->plan.cpus,
		.memory_mib = b->job->plan.memory_mib,
		.accel = fpb_machine_accel(b->backend, &b->job->plan)->name,
	};
	int ret;

	ret = relink(b->agent, b->scratch, "agent", agent);
	if (!ret)
		ret = relink(b->dir, b->scratch, "share", share);
	if (!ret && b->backend->guest) {
		ret = fpb_path(image, "%s/%s", b->kernel->dir,
			       b->backend->image) ? :
		      fpb_path(initrd, "%s/initrd", b->kernel->dir);
		s.image = image;
		s.initrd = access(initrd, F_OK) ? NULL : initrd;
	}
	return ret ? ret : b->backend->command(&s, argv, env);
}

static int start(struct fpb_booting *b)
{
	struct fpb_argv argv = { 0 }, env = { 0 };
	char log[FPB_PATH_MAX], work[FPB_PATH_MAX];
	struct fpb_spawn s = { .log = log, .keep_fd = -1, .stdout_fd = -1 };
	const struct fpb_plan *p = &b->job->plan;
	cpu_set_t cpus;
	int ret;

	ret = fpb_path(log, "%s/console.log", b->dir);
	if (!ret)
		ret = fpb_path(work, "%s/work", b->scratch);
	if (!ret)
		ret = write_job(b, work);
	if (ret) {
		fpb_err("cannot write %s: %s", b->dir, strerror(-ret));
		return ret;
	}
	ret = command(b, &argv, &env);
	if (!ret) {
		s.argv = (const char *const *)argv.v;
		s.env = (const char *const *)env.v;
		/* If we die, what can clean up after itself shall. */
		s.death_signal = b->backend->grace_ms ? SIGTERM : 0;
		CPU_ZERO(&cpus);
		for (size_t i = 0; i < p->npin; i++)
			CPU_SET(p->pin[i], &cpus);
		s.cpus = b->backend->guest && p->npin ? &cpus : NULL;
		b->pid = fpb_spawn(&s);
		ret = b->pid < 0 ? b->pid : 0;
	}
	if (ret == -ENOEXEC)
		fpb_err("cannot start kernel %s: %s/%s is no kernel image",
			b->kernel->name, b->kernel->dir, b->backend->image);
	else if (ret)
		fpb_err("cannot start kernel %s: %s", b->kernel->name,
			strerror(-ret));
	fpb_argv_free(&argv);
	fpb_argv_free(&env);
	b->started_ms = b->heard_ms = fpb_now_ms();
	fpb_utc(FPB_ISO8601, b->record.started, sizeof(b->record.started));
	return ret;
}

/* --- what it reports -------------------------------------------------------- */

static void copy_text(char *out, size_t size, json_t *event, const char *key)
{
	const char *text = json_string_value(json_object_get(event, key));

	snprintf(out, size, "%s", text ? text : "?");
}

/* Its processors exist by now. */
static void pin(struct fpb_booting *b)
{
	const struct fpb_plan *p = &b->job->plan;
	int ret = p->npin && b->backend->pin ?
		  b->backend->pin(b->pid, p->pin, p->npin) : 0;

	if (ret)
		fpb_warn("cannot pin the CPUs of kernel %s: %s",
			 b->kernel->name, strerror(-ret));
}

static int on_event(struct fpb_booting *b, json_t *event)
{
	const char *what = json_string_value(json_object_get(event, "event"));

	b->heard_ms = fpb_now_ms();
	if (!what)
		return 0;
	if (!strcmp(what, "up")) {
		copy_text(b->record.release, sizeof(b->record.release), event,
			  "release");
		pin(b);
	} else if (!strcmp(what, "error")) {
		copy_text(b->error, sizeof(b->error), event, "reason");
	} else if (!strcmp(what, "end")) {
		b->ended = true;
	} else {
		return b->on_event(b, event);
	}
	return 0;
}

/* Takes in the whole lines that are new. */
static int read_events(struct fpb_booting *b)
{
	char path[FPB_PATH_MAX];
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int ret = fpb_path(path, "%s/events.jsonl", b->dir);
	FILE *f;

	if (ret)
		return ret;
	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : -errno;
	fseek(f, b->read_to, SEEK_SET);
	while (!ret && (len = getline(&line, &room, f)) > 0) {
		json_t *event;

		if (line[len - 1] != '\n')
			break;
		b->read_to += len;
		event = json_loads(line, 0, NULL);
		if (!event)
			continue;
		ret = on_event(b, event);
		json_decref(event);
	}
	free(line);
	fclose(f);
	return ret;
}

/* --- how it ended ----------------------------------------------------------- */

void fpb_boot_show_console(const struct fpb_booting *b)
{
	char path[FPB_PATH_MAX], *text;
	struct fpb_splat splat;

	if (fpb_path(path, "%s/console.log", b->dir) ||
	    fpb_file_read(path, &text, NULL))
		return;
	if (!fpb_console_splat(text, &splat)) {
		fpb_info("from %s:", path);
		fpb_info("%.*s", (int)splat.report_len, splat.report);
	} else if (*text) {
		fpb_info("last lines of %s:", path);
		fpb_info("%s", fpb_console_tail(text, CONSOLE_LINES));
	}
	free(text);
}

static void __attribute__((format(printf, 2, 3)))
failed(struct fpb_booting *b, const char *fmt, ...)
{
	va_list ap;

	snprintf(b->record.status, sizeof(b->record.status), "failed");
	va_start(ap, fmt);
	vsnprintf(b->record.reason, sizeof(b->record.reason), fmt, ap);
	va_end(ap);
}

/* It never ran: its last words, or QEMU's, are the best there is. */
static void failed_early(struct fpb_booting *b, const char *console)
{
	const char *last = fpb_console_tail(console, 1);
	int len = strcspn(last, "\r\n");

	failed(b, "ended early, before the agent ran%s%.*s",
	       len ? ": " : "", len, last);
}

/* What happened, once the boot's process is gone. */
static void judge(struct fpb_booting *b, bool hung, bool interrupted)
{
	char path[FPB_PATH_MAX], *text = NULL;
	struct fpb_splat splat = { 0 };

	if (!fpb_path(path, "%s/console.log", b->dir) &&
	    !fpb_file_read(path, &text, NULL))
		fpb_console_splat(text, &splat);
	if (interrupted) {
		snprintf(b->record.status, sizeof(b->record.status),
			 "interrupted");
		snprintf(b->record.reason, sizeof(b->record.reason),
			 "asked to stop");
	} else if (splat.kind) {
		/* If it went on, its numbers are those of a broken kernel. */
		failed(b, "%s%s: %.*s", b->ended ?
		       "it came to its end, but the kernel said: " : "",
		       splat.kind, (int)splat.line_len, splat.line);
	} else if (*b->error) {
		failed(b, "%s", b->error);
	} else if (hung) {
		failed(b, "hung: no sign of life for %d s, %s",
		       (int)((fpb_now_ms() - b->heard_ms) / 1000),
		       *b->record.release ? "after it came up" :
					    "and it never came up");
	} else if (!b->ended && *b->record.release) {
		failed(b, "ended early");
	} else if (!b->ended) {
		failed_early(b, text ? text : "");
	} else {
		snprintf(b->record.status, sizeof(b->record.status), "ok");
	}
	b->record.seconds = (fpb_now_ms() - b->started_ms) / 1000.0;
	free(text);
}

int fpb_boot_run(struct fpb_booting *b)
{
	bool gone = false, hung = false, stop = false;
	int ret = start(b), status;

	if (ret)
		return ret;
	while (!gone && !hung && !stop && !ret) {
		gone = waitpid(b->pid, &status, WNOHANG) == b->pid;
		/* After the look at the process: nothing can be missed. */
		ret = read_events(b);
		stop = fpb_stop_asked();
		hung = fpb_now_ms() - b->heard_ms > b->silence_ms;
		if (!gone && !hung && !stop && !ret)
			fpb_sleep_ms(50);
	}
	if (!gone)
		fpb_spawn_end(b->pid, b->backend->grace_ms);
	if (!ret)
		ret = read_events(b);
	judge(b, hung, stop);
	return ret;
}
