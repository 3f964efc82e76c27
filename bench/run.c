// SPDX-License-Identifier: GPL-2.0
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/console.h"
#include "core/job.h"
#include "core/rundata.h"
#include "core/schedule.h"
#include "guest.h"
#include "sys/clock.h"
#include "sys/load.h"
#include "sys/msg.h"
#include "sys/spawn.h"
#include "sys/stop.h"

#define CONSOLE_LINES	8

/* A boot that is running. */
struct boot {
	const struct fpb_kernel *kernel;
	struct fpb_boot record;
	char dir[FPB_PATH_MAX];		/* boots/NAME in the run's directory */
	struct fpb_job job;
	struct fpb_job_cell *cells;	/* owned */
	pid_t pid;
	uint64_t started_ms, heard_ms;
	long read_to;			/* offset in events.jsonl */
	const struct fpb_job_cell *now;	/* being measured, or NULL */
	bool ended;			/* "end" was heard */
	char error[FPB_REASON_MAX];	/* "error" was heard */
};

struct progress {
	size_t total, done, at_start;
	uint64_t started_ms, planned_ms;
};

struct state {
	struct fpb_run *run;
	char scratch[FPB_PATH_MAX];
	int lock_fd;
	struct fpb_rundata data;	/* what a resumed run already has */
	bool has_data;
	struct progress progress;
	size_t bad;			/* samples that are not ok, or skipped */
};

/* --- progress --------------------------------------------------------------- */

/* From what this run has taken so far; from the plan until there is enough. */
static unsigned int eta_seconds(const struct progress *p)
{
	size_t done = p->done - p->at_start, left = p->total - p->done;

	if (done < 4)
		return p->planned_ms * left / (p->total ? p->total : 1) / 1000;
	return (fpb_now_ms() - p->started_ms) * left / done / 1000;
}

static void show_progress(const struct state *st, const struct boot *b,
			  const char *what)
{
	unsigned int eta = eta_seconds(&st->progress);
	char text[160];

	snprintf(text, sizeof(text),
		 "round %u/%u %s: %s  [%zu/%zu] ETA %u:%02u",
		 b->record.round, st->run->plan.rounds, b->kernel->name, what,
		 st->progress.done, st->progress.total, eta / 60, eta % 60);
	if (isatty(STDERR_FILENO))
		fpb_status_line(text);
	else
		fpb_info("%s", text);
}

static void show_cell(const struct state *st, const struct boot *b)
{
	const struct fpb_cell *c = &b->now->cell;
	char what[FPB_NAME_MAX * 3];

	snprintf(what, sizeof(what), "%s %s %u job%s", c->regime, c->target,
		 c->numjobs, c->numjobs == 1 ? "" : "s");
	show_progress(st, b, what);
}

/* --- what a boot reports ---------------------------------------------------- */

static int keep_sample(struct state *st, json_t *o)
{
	struct fpb_sample s;
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX];
	int ret;

	ret = fpb_sample_from_json(o, &s, why);
	if (ret) {
		fpb_err("the agent reported no sample: %s", why);
		return ret;
	}
	ret = fpb_path(path, "%s/" FPB_FILE_SAMPLES, st->run->dir);
	if (!ret)
		ret = fpb_file_append_json(path, o);
	if (ret) {
		fpb_err("cannot keep a sample in %s: %s", path,
			strerror(-ret));
		return ret;
	}
	st->progress.done++;
	if (s.status == FPB_SAMPLE_FAILED || s.status == FPB_SAMPLE_INVALID) {
		st->bad++;
		fpb_warn("%s, %s %s %u jobs: %s", s.boot, s.cell.regime,
			 s.cell.target, s.cell.numjobs, s.reason);
	}
	return 0;
}

static void keep_lock(struct boot *b, json_t *lock)
{
	struct fpb_boot with = b->record;
	char why[FPB_REASON_MAX];
	json_t *o;

	/* The same reader as for boots.jsonl. */
	snprintf(with.status, sizeof(with.status), "ok");
	o = fpb_boot_to_json(&with);
	json_object_set(o, "lock", lock);
	if (fpb_boot_from_json(o, &with, why)) {
		fpb_warn("the agent reported no lock evidence: %s", why);
	} else {
		b->record.has_lock = true;
		b->record.lock = with.lock;
	}
	json_decref(o);
}

static const struct fpb_job_cell *cell_by_seq(const struct boot *b, int seq)
{
	for (size_t i = 0; i < b->job.ncells; i++)
		if ((int)b->cells[i].seq == seq)
			return &b->cells[i];
	return NULL;
}

static int on_event(struct state *st, struct boot *b, json_t *o)
{
	const char *what = json_string_value(json_object_get(o, "event"));
	const char *text;

	b->heard_ms = fpb_now_ms();
	if (!what)
		return 0;
	if (!strcmp(what, "sample"))
		return keep_sample(st, json_object_get(o, "sample"));
	if (!strcmp(what, "cell")) {
		b->now = cell_by_seq(b, json_integer_value(
					json_object_get(o, "seq")));
		if (b->now)
			show_cell(st, b);
	} else if (!strcmp(what, "phase")) {
		text = json_string_value(json_object_get(o, "text"));
		show_progress(st, b, text ? text : "");
	} else if (!strcmp(what, "lock")) {
		keep_lock(b, json_object_get(o, "lock"));
	} else if (!strcmp(what, "up")) {
		text = json_string_value(json_object_get(o, "release"));
		snprintf(b->record.release, sizeof(b->record.release), "%s",
			 text ? text : "");
	} else if (!strcmp(what, "error")) {
		text = json_string_value(json_object_get(o, "reason"));
		snprintf(b->error, sizeof(b->error), "%s", text ? text : "?");
	} else if (!strcmp(what, "end")) {
		b->ended = true;
	}
	return 0;
}

/* Takes in the whole lines that are new. */
static int read_events(struct state *st, struct boot *b)
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
		json_t *o;

		if (line[len - 1] != '\n')
			break;
		b->read_to += len;
		o = json_loads(line, 0, NULL);
		if (!o)
			continue;
		ret = on_event(st, b, o);
		json_decref(o);
	}
	free(line);
	fclose(f);
	return ret;
}

/* --- a boot ----------------------------------------------------------------- */

static bool have_sample(const struct state *st, const char *kernel,
			unsigned int round, const struct fpb_cell *c)
{
	for (size_t i = 0; st->has_data && i < st->data.nsamples; i++) {
		const struct fpb_sample *s = &st->data.samples[i];

		if (s->round == round && !strcmp(s->kernel, kernel) &&
		    fpb_cell_equal(&s->cell, c))
			return true;
	}
	return false;
}

static unsigned int attempts(const struct state *st, const char *kernel,
			     unsigned int round)
{
	unsigned int n = 0;
	char dir[FPB_PATH_MAX];

	/* By folder, so that one that died without a record counts too. */
	for (;;) {
		if (fpb_path(dir, n ? "%s/boots/r%02u-%s-%u" :
			     "%s/boots/r%02u-%s", st->run->dir, round, kernel,
			     n + 1) || access(dir, F_OK))
			return n;
		n++;
	}
}

/* Which cells are left to measure; false if none. */
static bool plan_boot(struct state *st, struct boot *b, unsigned int round,
		      size_t kernel)
{
	struct fpb_run *r = st->run;
	size_t n = fpb_plan_ncells(&r->plan);
	struct fpb_cell *all = calloc(n, sizeof(*all));

	*b = (struct boot){ .kernel = &r->kernels[kernel] };
	b->cells = calloc(n, sizeof(*b->cells));
	if (!all || !b->cells) {
		free(all);
		return false;
	}
	fpb_schedule_cells(&r->plan, round, kernel, all);
	for (size_t i = 0; i < n; i++) {
		if (have_sample(st, b->kernel->name, round, &all[i]))
			continue;
		b->cells[b->job.ncells++] = (struct fpb_job_cell){
			.seq = i + 1, .cell = all[i],
		};
	}
	free(all);
	b->record.round = round;
	snprintf(b->record.kernel, sizeof(b->record.kernel), "%s",
		 b->kernel->name);
	b->record.attempt = attempts(st, b->kernel->name, round) + 1;
	if (b->record.attempt == 1)
		snprintf(b->record.boot, sizeof(b->record.boot), "r%02u-%.48s",
			 round, b->kernel->name);
	else
		snprintf(b->record.boot, sizeof(b->record.boot),
			 "r%02u-%.48s-%u", round, b->kernel->name,
			 b->record.attempt);
	return b->job.ncells > 0;
}

static int write_job(struct state *st, struct boot *b)
{
	struct fpb_run *r = st->run;
	char path[FPB_PATH_MAX], work[FPB_PATH_MAX];
	json_t *o;
	int ret;

	if (fpb_path(work, "%s/work", st->scratch) ||
	    fpb_path(b->dir, "%s/boots/%s", r->dir, b->record.boot) ||
	    fpb_path(path, "%s/job.json", b->dir))
		return -ENAMETOOLONG;
	ret = fpb_mkdirs(b->dir);
	if (ret)
		return ret;
	snprintf(b->job.boot, sizeof(b->job.boot), "%s", b->record.boot);
	snprintf(b->job.kernel, sizeof(b->job.kernel), "%s", b->kernel->name);
	b->job.round = b->record.round;
	b->job.attempt = b->record.attempt;
	b->job.guest = r->backend->guest;
	b->job.probe = true;
	b->job.out = b->job.guest ? FPB_GUEST_SHARE : b->dir;
	b->job.work = b->job.guest ? FPB_GUEST_WORK : work;
	b->job.fio = r->programs.fio;
	b->job.engine = r->programs.engine;
	b->job.daemon = r->programs.daemon;
	b->job.plan = r->plan;
	b->job.cells = b->cells;
	o = fpb_job_to_json(&b->job);
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
static int command(struct state *st, struct boot *b, struct fpb_argv *argv,
		   struct fpb_argv *env)
{
	struct fpb_run *r = st->run;
	char agent[FPB_PATH_MAX], share[FPB_PATH_MAX], image[FPB_PATH_MAX];
	struct fpb_boot_spec s = {
		.agent = agent, .share = share, .scratch = st->scratch,
		.cpus = r->plan.cpus, .memory_mib = r->plan.memory_mib,
	};
	int ret;

	ret = relink(r->programs.self, st->scratch, "agent", agent);
	if (!ret)
		ret = relink(b->dir, st->scratch, "share", share);
	if (!ret && r->backend->guest) {
		ret = fpb_path(image, "%s/linux", b->kernel->dir);
		s.image = image;
	}
	return ret ? ret : r->backend->command(&s, argv, env);
}

static int start(struct state *st, struct boot *b)
{
	struct fpb_argv argv = { 0 }, env = { 0 };
	char log[FPB_PATH_MAX];
	struct fpb_spawn s = { .log = log, .keep_fd = -1, .stdout_fd = -1 };
	int ret;

	ret = fpb_path(log, "%s/console.log", b->dir);
	if (!ret)
		ret = command(st, b, &argv, &env);
	if (!ret) {
		s.argv = (const char *const *)argv.v;
		s.env = (const char *const *)env.v;
		/* If we die, what can clean up after itself shall. */
		s.death_signal = st->run->backend->grace_ms ? SIGTERM : 0;
		b->pid = fpb_spawn(&s);
		ret = b->pid < 0 ? b->pid : 0;
	}
	fpb_argv_free(&argv);
	fpb_argv_free(&env);
	b->started_ms = b->heard_ms = fpb_now_ms();
	fpb_utc(FPB_ISO8601, b->record.started, sizeof(b->record.started));
	return ret;
}

static void show_console(const struct boot *b)
{
	char path[FPB_PATH_MAX], *text;

	if (fpb_path(path, "%s/console.log", b->dir) ||
	    fpb_file_read(path, &text, NULL))
		return;
	if (*text) {
		fpb_info("last lines of %s:", path);
		fpb_info("%s", fpb_console_tail(text, CONSOLE_LINES));
	}
	free(text);
}

static void __attribute__((format(printf, 2, 3)))
failed(struct boot *b, const char *fmt, ...)
{
	va_list ap;

	snprintf(b->record.status, sizeof(b->record.status), "failed");
	va_start(ap, fmt);
	vsnprintf(b->record.reason, sizeof(b->record.reason), fmt, ap);
	va_end(ap);
}

/* What happened, once the boot's process is gone. */
static void judge(struct boot *b, bool hung, bool interrupted)
{
	char path[FPB_PATH_MAX], line[160], *text = NULL;
	const char *kind = NULL;

	if (!fpb_path(path, "%s/console.log", b->dir) &&
	    !fpb_file_read(path, &text, NULL))
		kind = fpb_console_splat(text, line, sizeof(line));
	if (interrupted) {
		snprintf(b->record.status, sizeof(b->record.status),
			 "interrupted");
		snprintf(b->record.reason, sizeof(b->record.reason),
			 "asked to stop");
	} else if (kind && !b->ended) {
		failed(b, "%s: %s", kind, line);
	} else if (*b->error) {
		failed(b, "%s", b->error);
	} else if (hung) {
		failed(b, "hung: no sign of life for %d s, %s",
		       (int)((fpb_now_ms() - b->heard_ms) / 1000),
		       *b->record.release ? "after it came up" :
					    "and it never came up");
	} else if (!b->ended) {
		failed(b, "ended early%s",
		       *b->record.release ? "" : ", before the agent ran");
	} else if (kind) {
		/* It went on, but its numbers come from a broken kernel. */
		failed(b, "%s: %s", kind, line);
	} else {
		snprintf(b->record.status, sizeof(b->record.status), "ok");
	}
	free(text);
}

static int record(struct state *st, struct boot *b)
{
	char path[FPB_PATH_MAX];
	json_t *o;
	int ret = fpb_path(path, "%s/" FPB_FILE_BOOTS, st->run->dir);

	b->record.seconds = (fpb_now_ms() - b->started_ms) / 1000.0;
	o = fpb_boot_to_json(&b->record);
	if (!ret)
		ret = o ? fpb_file_append_json(path, o) : -ENOMEM;
	json_decref(o);
	if (ret)
		fpb_err("cannot write %s: %s", path, strerror(-ret));
	return ret;
}

/* Waits for the boot's end and takes in what it reports. 0 or -errno. */
static int follow(struct state *st, struct boot *b)
{
	const struct fpb_plan *p = &st->run->plan;
	uint64_t patience = st->run->silence_ms + p->runtime_ms + p->ramp_ms;
	bool gone = false, hung = false, stop = false;
	int ret = 0, status;

	while (!gone && !hung && !stop && !ret) {
		gone = waitpid(b->pid, &status, WNOHANG) == b->pid;
		/* After the look at the process: nothing can be missed. */
		ret = read_events(st, b);
		stop = fpb_stop_asked();
		hung = fpb_now_ms() - b->heard_ms > patience;
		if (!gone && !hung && !stop && !ret)
			fpb_sleep_ms(50);
	}
	if (!gone)
		fpb_spawn_end(b->pid, st->run->backend->grace_ms);
	if (!ret)
		ret = read_events(st, b);
	judge(b, hung, stop);
	return ret;
}

static int run_boot(struct state *st, struct boot *b)
{
	int ret = write_job(st, b), ret2;

	if (ret) {
		fpb_err("cannot write %s: %s", b->dir, strerror(-ret));
		return FPB_EXIT_FAILED;
	}
	show_progress(st, b, "booting");
	ret = start(st, b);
	if (ret) {
		fpb_err("cannot start kernel %s: %s", b->kernel->name,
			strerror(-ret));
		return FPB_EXIT_FAILED;
	}
	ret = follow(st, b);
	ret2 = record(st, b);
	if (ret || ret2)
		return FPB_EXIT_FAILED;
	if (!strcmp(b->record.status, "interrupted"))
		return FPB_EXIT_INTERRUPTED;
	if (!strcmp(b->record.status, "ok"))
		return FPB_EXIT_OK;
	fpb_err("%s: kernel %s: %s", b->record.boot, b->kernel->name,
		b->record.reason);
	show_console(b);
	return FPB_EXIT_FAILED;
}

/* A kernel that should behave in one way and was seen to behave in another. */
static int check_lock(const struct boot *b, const json_t *manifest)
{
	const json_t *k, *kernels = json_object_get(manifest, "kernels");
	const char *expect, *found = fpb_lock_name(b->record.lock.state);
	size_t i;

	if (!b->record.has_lock || b->record.lock.state == FPB_LOCK_UNKNOWN)
		return 0;
	json_array_foreach((json_t *)kernels, i, k) {
		if (strcmp(json_string_value(json_object_get(k, "name")),
			   b->kernel->name))
			continue;
		expect = json_string_value(json_object_get(k, "expect_lock"));
		if (!expect || !strcmp(expect, found))
			return 0;
		fpb_err("%s: kernel %s should take the lock %s for parallel writes, but takes it %s",
			b->record.boot, b->kernel->name, expect, found);
		return -EINVAL;
	}
	return 0;
}

/* --- the run's directory ---------------------------------------------------- */

static int make_dir(struct fpb_run *r, char *id)
{
	char stamp[32];
	int ret;

	ret = fpb_mkdirs(r->results);
	if (ret)
		return ret;
	fpb_utc("%Y%m%d-%H%M%S", stamp, sizeof(stamp));
	for (int i = 1; i < 100; i++) {
		if (i == 1)
			snprintf(id, FPB_NAME_MAX, "%s-%s", stamp,
				 r->backend->name);
		else
			snprintf(id, FPB_NAME_MAX, "%s-%s-%d", stamp,
				 r->backend->name, i);
		ret = fpb_path(r->dir, "%s/%s", r->results, id);
		if (ret)
			return ret;
		if (!mkdir(r->dir, 0755))
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static int absolute(char *path)
{
	char *full = realpath(path, NULL);
	int ret;

	if (!full)
		return -errno;
	ret = fpb_path(path, "%s", full);
	free(full);
	return ret;
}

/* results/latest is replaced in one step: there is always one. */
static void link_latest(const struct fpb_run *r, const char *id)
{
	char link[FPB_PATH_MAX], part[FPB_PATH_MAX];

	if (fpb_path(link, "%s/latest", r->results) ||
	    fpb_path(part, "%s/.latest-%d", r->results, (int)getpid()))
		return;
	if (symlink(id, part) || rename(part, link)) {
		fpb_warn("cannot make %s: %s", link, strerror(errno));
		unlink(part);
	}
}

static int new_dir(struct state *st, json_t **manifest)
{
	struct fpb_run *r = st->run;
	char id[FPB_NAME_MAX] = "", path[FPB_PATH_MAX], why[FPB_REASON_MAX];
	char *text;
	int ret;

	*manifest = fpb_manifest_make(r, id, why);
	if (!*manifest) {
		fpb_err("%s", why);
		return -EINVAL;
	}
	ret = make_dir(r, id);
	if (!ret)
		ret = absolute(r->dir);
	if (ret) {
		fpb_err("cannot make a directory for the run in %s: %s",
			r->results, strerror(-ret));
		return ret;
	}
	json_object_set_new(*manifest, "id", json_string(id));
	text = fpb_plan_text(&r->plan);
	ret = text ? fpb_path(path, "%s/plan.ini", r->dir) : -ENOMEM;
	if (!ret)
		ret = fpb_file_write(path, text);
	free(text);
	if (!ret)
		ret = fpb_path(path, "%s/" FPB_FILE_MANIFEST, r->dir);
	if (!ret)
		ret = fpb_file_write_json(path, *manifest);
	if (ret) {
		fpb_err("cannot write %s: %s", path, strerror(-ret));
		return ret;
	}
	link_latest(r, id);
	return 0;
}

/* What must not have changed between the parts of one run. */
static const char *const fixed[] = {
	"backend", "kernels", "device", "filesystem", "daemon", "fio",
	"engine", "plan", NULL
};

/* A line that was cut short would spoil the one that is appended to it. */
static int cut_tail(const struct fpb_run *r, const char *name)
{
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/%s", r->dir, name);

	if (!ret)
		ret = fpb_file_cut_tail(path);
	if (ret)
		fpb_err("cannot mend %s: %s", path, strerror(-ret));
	return ret;
}

static int old_dir(struct state *st, json_t **manifest)
{
	struct fpb_run *r = st->run;
	char why[FPB_REASON_MAX];
	const json_t *then;
	int ret;

	ret = fpb_load_run_so_far(r->dir, &st->data);
	if (ret)
		return ret;
	st->has_data = true;
	ret = absolute(r->dir);
	if (!ret && st->data.samples_cut)
		ret = cut_tail(r, FPB_FILE_SAMPLES);
	if (!ret && st->data.boots_cut)
		ret = cut_tail(r, FPB_FILE_BOOTS);
	if (ret)
		return ret;
	*manifest = fpb_manifest_make(r, "", why);
	if (!*manifest) {
		fpb_err("%s", why);
		return -EINVAL;
	}
	then = st->data.manifest.root;
	for (size_t i = 0; fixed[i]; i++) {
		if (json_equal(json_object_get(then, fixed[i]),
			       json_object_get(*manifest, fixed[i])))
			continue;
		fpb_err("cannot resume %s: its %s is not what is here now",
			r->dir, fixed[i]);
		fpb_hint("see \"%s\" in its manifest.json; a new run is a clean start",
			 fixed[i]);
		return -EINVAL;
	}
	return 0;
}

/* --- the scratch folder ----------------------------------------------------- */

int fpb_scratch_root(char *path)
{
	return fpb_path(path, "/tmp/fpbench-%u", (unsigned int)geteuid());
}

static int scratch_up(struct state *st)
{
	char path[FPB_PATH_MAX];
	struct stat sb;
	int ret = fpb_scratch_root(path);

	if (ret)
		return ret;
	/* In a folder that anybody may write: it has to be ours. */
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	if (lstat(path, &sb) || !S_ISDIR(sb.st_mode) ||
	    sb.st_uid != geteuid())
		return -EPERM;
	ret = fpb_path(st->scratch, "%s/%d-XXXXXX", path, (int)getpid());
	if (ret)
		return ret;
	if (!mkdtemp(st->scratch))
		return -errno;
	ret = fpb_path(path, "%s/" FPB_SCRATCH_LOCK, st->scratch);
	if (ret)
		return ret;
	st->lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (st->lock_fd < 0)
		return -errno;
	return flock(st->lock_fd, LOCK_EX | LOCK_NB) ? -errno : 0;
}

static void scratch_down(struct state *st)
{
	int ret = fpb_remove_tree(st->scratch);

	if (ret)
		fpb_warn("cannot remove %s: %s", st->scratch, strerror(-ret));
	close(st->lock_fd);
}

/* --- the rounds ------------------------------------------------------------- */

static int run_rounds(struct state *st, const json_t *manifest)
{
	struct fpb_run *r = st->run;
	size_t order[FPB_MAX_KERNELS];
	bool wrong_lock = false;
	int ret = FPB_EXIT_OK;

	for (unsigned int round = 1; round <= r->plan.rounds; round++) {
		fpb_schedule_kernels(r->plan.seed, round, r->nkernels, order);
		for (size_t i = 0; i < r->nkernels; i++) {
			struct boot b;

			if (plan_boot(st, &b, round, order[i]))
				ret = run_boot(st, &b);
			if (!ret && check_lock(&b, manifest))
				wrong_lock = true;
			free(b.cells);
			if (ret)
				return ret;
		}
	}
	fpb_status_line(NULL);
	return st->bad || wrong_lock ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

static void farewell(const struct state *st, int ret)
{
	const struct progress *p = &st->progress;

	fpb_info("%zu of %zu samples in %s", p->done, p->total, st->run->dir);
	if (p->done < p->total)
		fpb_hint("fpbench run --resume %s goes on", st->run->dir);
	else if (ret == FPB_EXIT_FAILED && st->bad)
		fpb_err("%zu samples failed or are invalid", st->bad);
}

int fpb_run(struct fpb_run *r)
{
	struct state st = { .run = r };
	char why[FPB_REASON_MAX];
	json_t *manifest = NULL;
	int ret;

	if (r->backend->probe(why)) {
		fpb_err("backend %s: %s", r->backend->name, why);
		return FPB_EXIT_SKIPPED;
	}
	ret = r->resume ? old_dir(&st, &manifest) : new_dir(&st, &manifest);
	if (ret) {
		json_decref(manifest);
		if (st.has_data)
			fpb_rundata_free(&st.data);
		return ret == -EINVAL ? FPB_EXIT_USAGE : FPB_EXIT_FAILED;
	}
	st.progress = (struct progress){
		.total = fpb_plan_ncells(&r->plan) * r->nkernels *
			 r->plan.rounds,
		.done = st.has_data ? st.data.nsamples : 0,
		.at_start = st.has_data ? st.data.nsamples : 0,
		.started_ms = fpb_now_ms(),
		.planned_ms = fpb_plan_measuring_ms(&r->plan, r->nkernels),
	};
	ret = scratch_up(&st);
	if (ret) {
		fpb_err("cannot make a scratch folder %s: %s", st.scratch,
			strerror(-ret));
		ret = FPB_EXIT_FAILED;
	} else {
		ret = run_rounds(&st, manifest);
		scratch_down(&st);
		farewell(&st, ret);
	}
	json_decref(manifest);
	if (st.has_data)
		fpb_rundata_free(&st.data);
	return ret;
}
