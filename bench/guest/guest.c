// SPDX-License-Identifier: GPL-2.0
#include "guest/guest.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/backends.h"
#include "core/console.h"
#include "core/event.h"
#include "core/guestshare.h"
#include "guest/initramfs.h"
#include "guest/scratch.h"
#include "os/clock.h"
#include "os/confine.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "os/stop.h"

#define CONSOLE_LINES	8
#define TRY_MS		10000

/* --- start ------------------------------------------------------------------ */

/*
 * Nobody else gets into the folder above it, since a guest may leave a set-id
 * program of its user's there. It cannot change the mode of what it cannot reach.
 */
static int make_dir(const struct fpb_guest *g)
{
	char above[FPB_PATH_MAX];
	int ret = fpb_path(above, "%s/..", g->dir) ? : fpb_mkdirs(g->dir);

	if (!ret && chmod(above, 0700))
		ret = -errno;
	return ret;
}

static int write_job(struct fpb_guest *g, const char *work)
{
	struct fpb_job *job = g->job;
	char path[FPB_PATH_MAX];
	json_t *o;
	int ret = fpb_path(path, "%s/job.json", g->dir) ? : make_dir(g);

	if (ret)
		return ret;
	snprintf(job->boot, sizeof(job->boot), "%s", g->record.boot);
	snprintf(job->kernel, sizeof(job->kernel), "%s", g->kernel->name);
	job->round = g->record.round;
	job->attempt = g->record.attempt;
	job->guest = g->backend->guest;
	job->patience = fpb_accel_of(g->backend, job->plan.accel)->patience;
	job->out = job->guest ? FPB_GUEST_SHARE : g->dir;
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

/* What the guest's command line is made from; texts are borrowed from @p. */
struct paths {
	char agent[FPB_PATH_MAX], share[FPB_PATH_MAX];
	char memory[FPB_PATH_MAX];
	char image[FPB_PATH_MAX], initrd[FPB_PATH_MAX];
};

/* A root in its memory, with what the job needs. */
static int own_root(const struct fpb_guest *g, struct paths *p,
		    struct fpb_boot_spec *s)
{
	s->initrd = p->initrd;
	return fpb_path(p->initrd, "%s/root", g->scratch) ? :
	       fpb_initramfs_write(p->initrd, g->agent, g->job,
				   g->sealed ? g->dir : NULL);
}

/* Links in the scratch folder: their paths are short and hold no spaces. */
static int describe(const struct fpb_guest *g, struct paths *p,
		    struct fpb_boot_spec *s)
{
	const struct fpb_accel *a = fpb_accel_of(g->backend,
						 g->job->plan.accel);
	int ret = relink(g->agent, g->scratch, "agent", p->agent) ? :
		  relink(g->dir, g->scratch, "share", p->share);

	*s = (struct fpb_boot_spec){
		.agent = p->agent, .share = p->share, .scratch = g->scratch,
		.append = g->kernel->append,
		.memory = g->backend->memory_is_file &&
			  !fpb_scratch_memory(p->memory) ? p->memory : NULL,
		.cpus = g->job->plan.cpus,
		.memory_mib = g->job->plan.memory_mib,
		.accel = a->name,
		/* Another one in each round, the same in each kernel. */
		.seed = g->job->plan.seed + g->record.round - 1,
		.plugin = g->plugin,
		.debug = g->debug,
	};
	if (ret || !g->backend->guest)
		return ret;
	ret = relink(g->kernel->dir, g->scratch, "kernel", p->image) ? :
	      fpb_path(p->image, "%s/kernel/%s", g->scratch,
		       g->backend->image) ? :
	      fpb_path(p->initrd, "%s/kernel/initrd", g->scratch);
	s->image = p->image;
	s->initrd = access(p->initrd, F_OK) ? NULL : p->initrd;
	return ret || !a->exact ? ret : own_root(g, p, s);
}

static int confine_nothing(void *user)
{
	static const char *const none[] = { NULL };

	return fpb_confine(none);
}

int fpb_guest_try_to_confine(char *why)
{
	int ret = fpb_spawn_try(confine_nothing, NULL, TRY_MS);

	snprintf(why, FPB_REASON_MAX, "cannot make a mount namespace: %s",
		 ret == -ENOSPC ? "this machine allows no more of them" :
		 strerror(-ret));
	return ret;
}

/*
 * The process: on the CPUs that the plan pins guests to, if it does, and with
 * nothing to write to but the folders of this boot, unless the plan allows it. Root
 * in a guest can mount all of the host for writing.
 */
static int spawn(struct fpb_guest *g, const struct fpb_boot_spec *boot,
		 const struct fpb_argv *argv, const struct fpb_argv *env)
{
	const char *const writable[] = { g->scratch, g->dir, boot->memory,
					 NULL };
	const struct fpb_plan *p = &g->job->plan;
	struct fpb_spawn s = {
		.argv = (const char *const *)argv->v,
		.env = (const char *const *)env->v,
		.log = g->console,
		/* If we die, what can clean up after itself shall. */
		.death_signal = g->backend->grace_ms ? SIGTERM : 0,
	};
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	for (size_t i = 0; i < p->npin; i++)
		CPU_SET(p->pin[i], &cpus);
	s.cpus = g->backend->guest && p->npin ? &cpus : NULL;
	s.writable = g->backend->guest && p->confine ? writable : NULL;
	g->pid = fpb_spawn(&s);
	return g->pid < 0 ? g->pid : 0;
}

static int prepare(struct fpb_guest *g)
{
	char work[FPB_PATH_MAX], events[FPB_PATH_MAX];
	int ret = fpb_path(g->console, "%s/console.log", g->dir) ? :
		  fpb_path(work, "%s/work", g->scratch) ? :
		  fpb_path(events, "%s/" FPB_FILE_EVENTS, g->dir) ? :
		  fpb_mkdirs(g->scratch) ? : write_job(g, work);

	if (ret) {
		fpb_err("cannot write %s: %s", g->dir, strerror(-ret));
		return ret;
	}
	/* Of a boot before this one in the same folder. */
	unlink(events);
	unlink(g->console);
	return 0;
}

static void say_how_to_debug(const struct fpb_guest *g,
			     const struct fpb_boot_spec *s)
{
	char text[FPB_REASON_MAX];

	if (!g->backend->debug)
		return;
	g->backend->debug(g->pid, s, text);
	fpb_info("%s", text);
}

static int boot(struct fpb_guest *g)
{
	struct fpb_argv argv = { 0 }, env = { 0 };
	struct fpb_boot_spec s;
	struct paths paths;
	int ret = describe(g, &paths, &s) ? :
		  g->backend->command(&s, &argv, &env) ? :
		  spawn(g, &s, &argv, &env);

	fpb_argv_free(&argv);
	fpb_argv_free(&env);
	if (!ret && g->debug)
		say_how_to_debug(g, &s);
	return ret;
}

int fpb_guest_start(struct fpb_guest *g)
{
	int ret = prepare(g);

	if (ret)
		return ret;
	ret = boot(g);
	if (ret == -ENOEXEC)
		fpb_err("cannot start kernel %s: %s/%s: not a kernel image",
			g->kernel->name, g->kernel->dir, g->backend->image);
	else if (ret)
		fpb_err("cannot start kernel %s: %s", g->kernel->name,
			strerror(-ret));
	g->started_ms = fpb_now_ms();
	fpb_watchdog_alive(&g->watchdog);
	fpb_utc(FPB_ISO8601, g->record.started, sizeof(g->record.started));
	return ret;
}

/* --- what it reports -------------------------------------------------------- */

static void copy_text(char *out, size_t size, json_t *event, const char *key)
{
	snprintf(out, size, "%s",
		 json_string_value(json_object_get(event, key)));
}

static void pin(struct fpb_guest *g)
{
	const struct fpb_plan *p = &g->job->plan;
	int ret = p->npin && p->affinity != FPB_AFFINITY_FREE &&
		  g->backend->pin ?
		  g->backend->pin(g->pid, p->pin, p->npin) : 0;

	if (ret < 0)
		fpb_warn("cannot pin the CPUs of kernel %s: %s",
			 g->kernel->name, strerror(-ret));
	/* Jobs that are measured pin themselves; what else runs comes and goes. */
	g->pinning = !g->job->sweep;
}

static int on_event(struct fpb_guest *g, json_t *event)
{
	const char *what = json_string_value(json_object_get(event, "event"));

	fpb_watchdog_alive(&g->watchdog);
	if (!strcmp(what, "up")) {
		copy_text(g->record.release, sizeof(g->record.release), event,
			  "release");
		/* Its processors exist by now; it may be gone as well. */
		g->pinning = true;
	} else if (!strcmp(what, "error")) {
		copy_text(g->error, sizeof(g->error), event, "reason");
	} else if (!strcmp(what, "end")) {
		g->ended = true;
	} else if (g->on_event) {
		/* Before each measurement, since there may be a new daemon. */
		g->pinning |= !strcmp(what, "ready");
		return g->on_event(g, event);
	}
	return 0;
}

/*
 * An event that is lost could be a sample. So this ends the boot, and its -EINVAL goes to
 * done() of the queue: in a run that ends the other guests, too.
 */
static int unreadable(struct fpb_guest *g, const char *path, const char *why)
{
	fpb_err("cannot read what kernel %s reports: %s:%s", g->kernel->name,
		path, why);
	snprintf(g->error, sizeof(g->error), FPB_FILE_EVENTS ":%s", why);
	g->unreadable = true;
	return -EINVAL;
}

static int on_line(struct fpb_guest *g, const char *path, const char *line,
		   size_t len)
{
	char why[FPB_REASON_MAX], at[FPB_REASON_MAX];
	json_t *event = fpb_event_parse(line, len, why);
	int ret;

	g->lines++;
	if (!event) {
		snprintf(at, sizeof(at), "%zu: %s", g->lines, why);
		return unreadable(g, path, at);
	}
	ret = on_event(g, event);
	json_decref(event);
	return ret;
}

/* Takes in the whole lines that are new. */
static int read_events(struct fpb_guest *g)
{
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX];
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int ret = fpb_path(path, "%s/" FPB_FILE_EVENTS, g->dir);
	FILE *f;
	int fd;

	if (ret || g->unreadable)
		return ret;
	fd = fpb_file_open_shared(path);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0) {
		snprintf(why, sizeof(why), " %s", strerror(-fd));
		return unreadable(g, path, why);
	}
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	fseek(f, g->read_to, SEEK_SET);
	while (!ret && (len = getline(&line, &room, f)) > 0) {
		if (line[len - 1] != '\n')
			break;
		g->read_to += len;
		ret = on_line(g, path, line, len - 1);
	}
	free(line);
	fclose(f);
	return ret;
}

/* --- how it ended ----------------------------------------------------------- */

char *fpb_guest_splat(const struct fpb_guest *g)
{
	struct fpb_splat splat;
	char *text, *copy = NULL;

	if (fpb_file_read_shared(g->console, &text, NULL))
		return strdup("");
	copy = fpb_console_splat(text, &splat) ? strdup("") :
	       strndup(splat.report, splat.report_len);
	free(text);
	return copy;
}

/* The last lines of its console, to stderr. */
static void show_console(const struct fpb_guest *g)
{
	struct fpb_splat splat;
	char *text;

	if (fpb_file_read_shared(g->console, &text, NULL))
		return;
	if (!fpb_console_splat(text, &splat)) {
		fpb_info("from %s:", g->console);
		fpb_info("%.*s", (int)splat.report_len, splat.report);
	} else if (*text) {
		fpb_info("last lines of %s:", g->console);
		fpb_info("%s", fpb_console_tail(text, CONSOLE_LINES));
	}
	free(text);
}

static void __attribute__((format(printf, 3, 4)))
set_status(struct fpb_guest *g, const char *status, const char *fmt, ...)
{
	va_list ap;

	snprintf(g->record.status, sizeof(g->record.status), "%s", status);
	va_start(ap, fmt);
	vsnprintf(g->record.reason, sizeof(g->record.reason), fmt, ap);
	va_end(ap);
}

/* It never ran: its last words, or QEMU's, are the best there is. */
static void failed_early(struct fpb_guest *g, const char *console)
{
	const char *last = fpb_console_tail(console, 1);
	int len = strcspn(last, "\r\n");

	set_status(g, "failed", "guest exited before the agent ran%s%.*s",
		   len ? ": " : "", len, last);
}

enum end { GONE, HUNG, TIMED_OUT, STOPPED };

static void failed_late(struct fpb_guest *g, enum end how)
{
	if (how == HUNG)
		set_status(g, "failed", "hung: silent for %u s%s",
			   (unsigned int)(g->watchdog.silent_ms / 1000),
			   *g->record.release ? "" : ", never came up");
	else
		set_status(g, "failed", "timed out after %u s",
			   (unsigned int)(g->timeout_ms / 1000));
}

/* What happened, once the guest's process is gone. */
static void conclude(struct fpb_guest *g, enum end how)
{
	struct fpb_splat splat = { 0 };
	char *text = NULL;
	int ret = fpb_file_read_shared(g->console, &text, NULL);

	if (!ret)
		fpb_console_splat(text, &splat);
	if (how == STOPPED && !g->unreadable)
		set_status(g, "interrupted", "interrupted");
	else if (ret == -EFBIG)
		/* Nobody can say what is in it. */
		set_status(g, "failed", "its console has more than %u MiB",
			   FPB_SHARED_MAX >> 20);
	else if (splat.kind)
		/* If it went on, its numbers are those of a broken kernel. */
		set_status(g, "failed", "%s%s: %.*s", g->ended ?
			   "job done, but the kernel reported: " : "",
			   splat.kind, (int)splat.line_len, splat.line);
	else if (*g->error)
		set_status(g, "failed", "%s", g->error);
	else if (how != GONE)
		failed_late(g, how);
	else if (!g->ended && *g->record.release)
		set_status(g, "failed", "guest exited early");
	else if (!g->ended)
		failed_early(g, text ? text : "");
	else
		set_status(g, "ok", "%s", "");
	g->record.seconds = (fpb_now_ms() - g->started_ms) / 1000.0;
	free(text);
}

static int finish(struct fpb_guest *g, enum end how)
{
	int ret;

	if (how != GONE)
		fpb_spawn_end(g->pid, g->backend->grace_ms);
	ret = read_events(g);
	if (g->on_poll)
		g->on_poll(g);
	conclude(g, how);
	return ret;
}

/*
 * A console that grows is a sign of life, unless what the kernel says is that
 * it hangs: reports of a stall come again and again.
 */
static void listen_to_console(struct fpb_guest *g)
{
	struct fpb_splat splat;
	struct stat sb;
	char *text;

	if (stat(g->console, &sb) || sb.st_size == g->console_bytes ||
	    fpb_file_read_shared(g->console, &text, NULL))
		return;
	g->console_bytes = sb.st_size;
	if (fpb_console_splat(text, &splat))
		fpb_watchdog_alive(&g->watchdog);
	free(text);
}

static bool hangs(struct fpb_guest *g)
{
	if (g->quiet && *g->record.release)
		return false;
	listen_to_console(g);
	return g->silence_ms &&
	       fpb_watchdog_silent_ms(&g->watchdog, g->pid) > g->silence_ms;
}

int fpb_guest_poll(struct fpb_guest *g)
{
	bool gone = waitpid(g->pid, NULL, WNOHANG) == g->pid;
	/* After the look at the process: nothing can be missed. */
	int ret = read_events(g), ret2;
	enum end how;

	if (g->on_poll)
		g->on_poll(g);
	if (g->pinning && !gone)
		pin(g);
	if (gone)
		how = GONE;
	else if (ret || fpb_stop_asked())
		how = STOPPED;
	else if (g->timeout_ms &&
		 fpb_now_ms() - g->started_ms > g->timeout_ms)
		how = TIMED_OUT;
	else if (hangs(g))
		how = HUNG;
	else
		return 0;
	ret2 = finish(g, how);
	return ret ? ret : ret2 ? ret2 : 1;
}

void fpb_guest_stop(struct fpb_guest *g)
{
	finish(g, STOPPED);
}

int fpb_guest_status(const struct fpb_guest *g)
{
	if (!strcmp(g->record.status, "ok"))
		return FPB_EXIT_OK;
	if (!strcmp(g->record.status, "interrupted"))
		return FPB_EXIT_INTERRUPTED;
	fpb_err("kernel %s: %s", g->kernel->name, g->record.reason);
	if (!strncmp(g->record.reason, "hung", 4))
		fpb_hint("--silence=TIME waits longer");
	show_console(g);
	return FPB_EXIT_FAILED;
}
