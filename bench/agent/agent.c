// SPDX-License-Identifier: GPL-2.0
#include "agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/relay.h"
#include "core/fio.h"
#include "core/manifest.h"
#include "core/plantime.h"
#include "core/schedule.h"
#include "setup/lockprobe.h"
#include "setup/rig.h"
#include "agent/pairsample.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/spawn.h"
#include "os/stop.h"

/*
 * Latency and size of the lock probe's device; XFS wants 300 MiB at least. The
 * latency has to outweigh what an I/O costs by far, also where that is emulated.
 */
#define PROBE_NSEC	(fpb_patience > 1 ? 5000000 : 1000000)
#define PROBE_MIB	320
#define PROBE_FILE_MIB	4

/* A sample may take this much longer than its run time before it is ended. */
#define SAMPLE_GRACE_MS	30000

struct agent {
	const struct fpb_job *job;
	struct fpb_rig rig;
	char log[FPB_PATH_MAX];
	char events[FPB_PATH_MAX];
	char why[FPB_REASON_MAX];
};

/* Takes over the reference of @o. */
static int event(struct agent *a, json_t *o)
{
	int ret = o ? fpb_file_append_json(a->events, o) : -ENOMEM;

	json_decref(o);
	return ret;
}

static int phase(struct agent *a, const char *text)
{
	return event(a, json_pack("{ss ss}", "event", "phase", "text", text));
}

/* --- one sample ------------------------------------------------------------- */

/* fio's last words, as the reason of a failed sample. */
static void fio_last_words(const char *log, struct fpb_sample *s)
{
	char *text, *line, *save = NULL;

	if (fpb_file_read(log, &text, NULL))
		return;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, "fio:", 4) || strstr(line, "error"))
			snprintf(s->reason, sizeof(s->reason), "%.250s", line);
	free(text);
}

static void fail(struct fpb_sample *s, const char *reason)
{
	s->status = FPB_SAMPLE_FAILED;
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
}

/*
 * Runs fio on @file, or on both paths of a pair; fills the measured part or
 * the reason why not. *@fio is its JSON, owned by the caller, or NULL.
 */
static int run_fio(struct agent *a, const char *file,
		   const struct fpb_fio_pair *pair, struct fpb_sample *s,
		   json_t **fio)
{
	const struct fpb_job *job = a->job;
	const uint64_t job_ms =
		fpb_plan_job_ms(&job->plan,
				fpb_plan_regime(&job->plan, s->cell.regime),
				s->cell.numjobs);
	char job_path[FPB_PATH_MAX], json_path[FPB_PATH_MAX];
	char log[FPB_PATH_MAX], output[FPB_PATH_MAX + 16];
	const char *argv[] = { job->fio, "--output-format=json", output,
			       job_path, NULL };
	char *text;
	int ret;

	*fio = NULL;
	snprintf(s->fio, sizeof(s->fio), "boots/%.60s/fio/%03u.json",
		 job->boot, s->seq);
	if (fpb_path(job_path, "%s/fio/%03u.fio", job->out, s->seq) ||
	    fpb_path(json_path, "%s/fio/%03u.json", job->out, s->seq) ||
	    fpb_path(log, "%s/fio/%03u.log", job->out, s->seq))
		return -ENAMETOOLONG;
	snprintf(output, sizeof(output), "--output=%s", json_path);

	text = fpb_fio_job(&job->plan, &s->cell, job->engine, file, pair);
	ret = text ? fpb_file_write(job_path, text) : -ENOMEM;
	free(text);
	if (ret) {
		fail(s, "the job file could not be written");
		return ret;
	}
	ret = fpb_spawn_run(argv, log, job_ms + job->plan.ramp_ms +
			    SAMPLE_GRACE_MS);
	if (ret == -EINTR)
		return ret;
	if (ret) {
		fail(s, ret == -ETIMEDOUT ? "fio hung and was ended" :
		     ret == -EIO ? "fio failed" : strerror(-ret));
		if (ret == -EIO)
			fio_last_words(log, s);
		return 0;
	}
	*fio = json_load_file(json_path, 0, NULL);
	if (!*fio)
		fail(s, "fio wrote no JSON");
	else if (fpb_fio_result(*fio, s, a->why))
		fail(s, a->why);
	else
		s->status = FPB_SAMPLE_OK;
	/* A log without a line is no use to anybody. */
	if (!ret && s->status == FPB_SAMPLE_OK && !fpb_file_read(log, &text,
								 NULL)) {
		if (!*text)
			unlink(log);
		free(text);
	}
	return 0;
}

/* Did the data go the way that the target is named for? */
static void check_path(const struct fpb_target *t, struct fpb_sample *s)
{
	bool seen = s->daemon_read || s->daemon_write;

	if (s->status != FPB_SAMPLE_OK || seen == (t->data == FPB_DATA_DAEMON))
		return;
	s->status = FPB_SAMPLE_INVALID;
	if (seen)
		snprintf(s->reason, sizeof(s->reason),
			 "%" PRIu64 " READ and %" PRIu64 " WRITE requests reached the daemon: not passthrough",
			 s->daemon_read, s->daemon_write);
	else
		snprintf(s->reason, sizeof(s->reason),
			 "no READ or WRITE request reached the daemon");
}

static int measure_alone(struct agent *a, struct fpb_sample *s)
{
	char file[FPB_PATH_MAX];
	json_t *fio;
	int ret = fpb_rig_file(&a->rig, s->cell.target, file);

	if (!ret) {
		ret = run_fio(a, file, NULL, s, &fio);
		json_decref(fio);
	}
	return ret;
}

/* One fio job becomes a sample of each side. */
static void split(const char *prefix, const json_t *fio, struct fpb_sample *s,
		  struct fpb_sample *raw)
{
	struct fpb_sample *both[] = { s, raw };
	char why[FPB_REASON_MAX];
	unsigned int side;

	raw->status = s->status;
	memcpy(raw->reason, s->reason, sizeof(raw->reason));
	memcpy(raw->fio, s->fio, sizeof(raw->fio));
	if (s->status != FPB_SAMPLE_OK)
		return;
	raw->cpu_usr_pct = s->cpu_usr_pct;
	raw->cpu_sys_pct = s->cpu_sys_pct;
	for (side = 0; side < 2; side++) {
		fpb_fio_side(fio, side, both[side]);
		both[side]->has_pair = true;
		snprintf(both[side]->pair.with, FPB_NAME_MAX, "%s",
			 both[!side]->cell.target);
		snprintf(both[side]->pair.slices, FPB_REASON_MAX, "%.*s",
			 (int)(strlen(s->fio) - strlen(".json")), s->fio);
	}
	if (!fpb_pairsample_load(prefix, s->cell.numjobs, both, why))
		return;
	fail(s, why);
	fail(raw, why);
}

static int measure_pair(struct agent *a, struct fpb_sample *s,
			struct fpb_sample *raw)
{
	const struct fpb_plan *p = &a->job->plan;
	const struct fpb_regime *r = fpb_plan_regime(p, s->cell.regime);
	char file[FPB_PATH_MAX], other[FPB_PATH_MAX], prefix[FPB_PATH_MAX];
	struct fpb_fio_pair pair = {
		.file = other, .slices = prefix,
		.slice_ns = fpb_plan_slice_ns(p, r, s->cell.numjobs),
		.seed = fpb_schedule_pair_seed(p->seed, s->boot, s->seq),
	};
	json_t *fio;
	int ret;

	pair.guard_ns = fpb_plan_guard_ns(pair.slice_ns);
	ret = fpb_rig_file(&a->rig, s->cell.target, file);
	if (!ret)
		ret = fpb_rig_file(&a->rig, raw->cell.target, other);
	if (!ret)
		ret = fpb_path(prefix, "%s/fio/%03u", a->job->out, s->seq);
	if (ret)
		return ret;
	ret = run_fio(a, file, &pair, s, &fio);
	if (!ret)
		split(prefix, fio, s, raw);
	json_decref(fio);
	return ret;
}

/*
 * Leaves the numbers in @s, or why there are none; and in @raw, if they are
 * measured together (else NULL).
 */
static int measure(struct agent *a, struct fpb_sample *s,
		   struct fpb_sample *raw)
{
	const struct fpb_daemon *d = fpb_rig_daemon(&a->rig, s->cell.target);
	struct fpb_daemon_counts before, after;
	int ret = 0;

	if (d)
		ret = fpb_daemon_counts(d, &before);
	if (!ret)
		ret = raw ? measure_pair(a, s, raw) : measure_alone(a, s);
	if (!ret && d)
		ret = fpb_daemon_counts(d, &after);
	if (ret == -EINTR)
		return ret;
	if (ret) {
		/* Without the counts there is no evidence. */
		fail(s, "the daemon does not answer");
		if (raw)
			fail(raw, s->reason);
		return 0;
	}
	if (d) {
		s->has_daemon = true;
		s->daemon_read = after.read - before.read;
		s->daemon_write = after.write - before.write;
		s->daemon_requests = after.requests - before.requests;
		check_path(d->target, s);
	}
	return 0;
}

static struct fpb_sample sample_of(const struct fpb_job *job,
				   const struct fpb_job_cell *c)
{
	struct fpb_sample s = { .round = job->round, .attempt = job->attempt,
				.seq = c->seq, .cell = c->cell };

	snprintf(s.boot, sizeof(s.boot), "%s", job->boot);
	snprintf(s.kernel, sizeof(s.kernel), "%s", job->kernel);
	return s;
}

/* The other side of a pair. */
static struct fpb_sample raw_of(const struct fpb_job *job,
				const struct fpb_job_cell *c)
{
	struct fpb_sample s = sample_of(job, c);

	s.seq = c->raw_seq;
	snprintf(s.cell.target, sizeof(s.cell.target), "%s", FPB_TARGET_RAW);
	return s;
}

static int report(struct agent *a, const struct fpb_sample *s)
{
	return event(a, json_pack("{ss so}", "event", "sample", "sample",
				  fpb_sample_to_json(s)));
}

/* --- a boot ----------------------------------------------------------------- */

static struct fpb_rig rig_of(struct agent *a)
{
	const struct fpb_plan *p = &a->job->plan;

	return (struct fpb_rig){
		.work = a->job->work,
		.log = a->log,
		.program = a->job->daemon,
		.file_mib = p->workload.size_mib,
		.device = {
			.type = p->device.type,
			.size_mib = p->device.size_mib,
			.blocksize = p->device.blocksize,
			.queue_mode = p->device.queue_mode,
			.submit_queues = p->device.submit_queues ? :
					 (unsigned int)get_nprocs(),
		},
	};
}

/* A small device with latency, and the daemon in the modes of the cases. */
static int probe_rig_up(struct agent *a)
{
	phase(a, "probing the lock");
	a->rig = rig_of(a);
	a->rig.device.size_mib = PROBE_MIB;
	a->rig.file_mib = PROBE_FILE_MIB;
	a->rig.device.completion_nsec = PROBE_NSEC;
	fpb_rig_add_daemon(&a->rig, "fuse");
	if (a->job->probes)
		fpb_rig_add_daemon(&a->rig, "fuse-noparallel");
	return fpb_rig_up(&a->rig, a->why);
}

/* Evidence of the case on the target, or the reason why there is none. */
static int probe_case(struct agent *a, const struct fpb_lock_case *c,
		      const char *target, struct fpb_lock_evidence *e)
{
	const struct fpb_daemon *d = fpb_rig_daemon(&a->rig, target);
	char file[FPB_PATH_MAX], control[FPB_PATH_MAX];
	int ret;

	*e = (struct fpb_lock_evidence){ 0 };
	if (d && *d->lacks) {
		snprintf(e->reason, sizeof(e->reason), "%s", d->lacks);
		return 0;
	}
	ret = fpb_rig_file(&a->rig, target, file);
	if (!ret)
		ret = fpb_rig_file(&a->rig, FPB_TARGET_RAW, control);
	if (!ret)
		ret = fpb_lock_probe(file, c, control, PROBE_NSEC, e);
	if (ret)
		snprintf(a->why, sizeof(a->why),
			 "lock probe \"%s\" on %.150s: %s", c->name, file,
			 strerror(-ret));
	return ret;
}

static int probe_lock(struct agent *a)
{
	struct fpb_lock_evidence e = { 0 };
	int ret;

	if (!fpb_device_has_latency(a->job->plan.device.type)) {
		snprintf(e.reason, sizeof(e.reason),
			 "a %s device has no completion latency to tell by",
			 a->job->plan.device.type);
	} else {
		ret = probe_rig_up(a);
		if (ret)
			return ret;
		ret = probe_case(a, &fpb_lock_cases[0], "fuse", &e);
		fpb_rig_down(&a->rig);
		if (ret)
			return ret;
	}
	return event(a, json_pack("{ss so}", "event", "lock", "lock",
				  fpb_lock_evidence_to_json(&e)));
}

/* The second file of the case that writes two. */
static int copy_data_file(struct agent *a)
{
	char from[FPB_PATH_MAX], to[FPB_PATH_MAX + 2];
	const char *argv[] = { "cp", from, to, NULL };
	int ret = fpb_rig_file(&a->rig, "raw", from);

	snprintf(to, sizeof(to), "%s.2", from);
	return ret ? ret : fpb_spawn_run(argv, a->log, 30000);
}

/* Under raw, and under the mode of the daemon that the case is about. */
static int probe_both(struct agent *a, const struct fpb_lock_case *c)
{
	const char *targets[] = { "raw", c->noparallel ? "fuse-noparallel" :
							 "fuse" };
	struct fpb_lock_evidence e;
	int ret = 0;

	for (int t = 0; !ret && t < 2; t++) {
		ret = fpb_stop_asked() ? -EINTR :
		      probe_case(a, c, targets[t], &e);
		if (!ret)
			ret = event(a, json_pack("{ss ss ss so}", "event",
						 "probe", "case", c->name,
						 "target", targets[t], "lock",
						 fpb_lock_evidence_to_json(&e)));
	}
	return ret;
}

static int probe_all(struct agent *a)
{
	const char *only = a->job->probe_case;
	const struct fpb_lock_case *c;
	int ret;

	if (!fpb_device_has_latency(a->job->plan.device.type)) {
		snprintf(a->why, sizeof(a->why),
			 "a %s device has no completion latency to tell by",
			 a->job->plan.device.type);
		return -ENODEV;
	}
	ret = probe_rig_up(a);
	if (ret)
		return ret;
	ret = copy_data_file(a);
	for (unsigned int i = 0; !ret && i < a->job->probes; i++)
		for (c = fpb_lock_cases; !ret && c->name; c++)
			if (!only || !strcmp(only, c->name))
				ret = probe_both(a, c);
	fpb_rig_down(&a->rig);
	return ret;
}

/* What this machine cannot show is skipped, and said so cell by cell. */
static int skip(struct agent *a, struct fpb_sample *s, const char *reason)
{
	s->status = FPB_SAMPLE_SKIPPED;
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
	return report(a, s);
}

static int skip_cell(struct agent *a, const struct fpb_job_cell *c,
		     const char *reason)
{
	struct fpb_sample s = sample_of(a->job, c), raw = raw_of(a->job, c);
	int ret = skip(a, &s, reason);

	return ret || !c->raw_seq ? ret : skip(a, &raw, reason);
}

static int measure_cell(struct agent *a, const struct fpb_job_cell *c)
{
	const struct fpb_daemon *d = fpb_rig_daemon(&a->rig, c->cell.target);
	struct fpb_sample s = sample_of(a->job, c), raw = raw_of(a->job, c);
	int ret;

	event(a, json_pack("{ss si}", "event", "cell", "seq", (int)c->seq));
	if (d && *d->lacks) {
		ret = skip(a, &s, d->lacks);
		/* raw lacks nothing: alone, then. */
		if (!ret && c->raw_seq)
			ret = measure(a, &raw, NULL);
	} else {
		ret = measure(a, &s, c->paired ? &raw : NULL);
		if (!ret)
			ret = report(a, &s);
	}
	return ret || !c->raw_seq ? ret : report(a, &raw);
}

/* The cells from @i on that share a regime; returns the first that does not. */
static int run_regime(struct agent *a, size_t *i)
{
	const struct fpb_job_cell *c = a->job->cells;
	const struct fpb_regime *r =
		fpb_plan_regime(&a->job->plan, c[*i].cell.regime);
	size_t first = *i;
	bool can;
	int ret = 0;

	if (!r) {
		snprintf(a->why, sizeof(a->why), "unknown regime %s",
			 c[*i].cell.regime);
		return -EINVAL;
	}
	can = !fpb_regime_needs_latency(r) ||
	      fpb_device_has_latency(a->job->plan.device.type);
	if (can) {
		phase(a, "setting up");
		a->rig = rig_of(a);
		a->rig.device.completion_nsec = r->completion_nsec;
		for (size_t k = *i; k < a->job->ncells; k++)
			fpb_rig_add_daemon(&a->rig, c[k].cell.target);
		ret = fpb_rig_up(&a->rig, a->why);
		if (ret)
			return ret;
	}
	for (; !ret && *i < a->job->ncells &&
	     !strcmp(c[*i].cell.regime, c[first].cell.regime); (*i)++) {
		ret = fpb_stop_asked() ? -EINTR :
		      can ? measure_cell(a, &c[*i]) :
		      skip_cell(a, &c[*i], "a loop device has no completion latency");
		if (ret)
			snprintf(a->why, sizeof(a->why), "cell %u: %s",
				 c[*i].seq, strerror(-ret));
	}
	if (can)
		fpb_rig_down(&a->rig);
	return ret;
}

/* The command finds the filesystem and a place for mounts by these. */
static int run_command(struct agent *a)
{
	const json_t *command = a->job->command;
	size_t n = json_array_size(command);
	const char *argv[n + 1];
	char xfs[FPB_PATH_MAX + 16], work[FPB_PATH_MAX + 16];
	const char *env[] = { xfs, work, NULL };
	int ret, status = 0;

	a->rig = rig_of(a);
	a->rig.file_mib = 0;
	ret = fpb_rig_up(&a->rig, a->why);
	if (ret)
		return ret;
	for (size_t i = 0; i < n; i++)
		argv[i] = json_string_value(json_array_get(command, i));
	argv[n] = NULL;
	snprintf(xfs, sizeof(xfs), "FPB_XFS=%s", a->rig.xfs);
	snprintf(work, sizeof(work), "FPB_WORK=%s", a->job->work);
	ret = fpb_relay_run(a->job, argv, env, &status);
	if (ret)
		snprintf(a->why, sizeof(a->why), "%.150s: %s", argv[0],
			 strerror(-ret));
	fpb_rig_down(&a->rig);
	if (ret)
		return ret;
	return event(a, json_pack("{ss si}", "event", "exit", "status",
				  WIFEXITED(status) ? WEXITSTATUS(status) :
				  128 + WTERMSIG(status)));
}

static int run_all(struct agent *a)
{
	struct utsname u;
	int ret;

	uname(&u);
	ret = event(a, json_pack("{ss ss}", "event", "up", "release",
				 u.release));
	if (!ret && a->job->command)
		return run_command(a);
	if (!ret && a->job->probes)
		return probe_all(a);
	if (!ret && a->job->probe)
		ret = probe_lock(a);
	for (size_t i = 0; !ret && i < a->job->ncells; )
		ret = run_regime(a, &i);
	return ret;
}

int fpb_agent_run(const struct fpb_job *job)
{
	struct agent a = { .job = job };
	char dir[FPB_PATH_MAX];
	int ret;

	if (job->patience)
		fpb_patience = job->patience;
	if (fpb_path(a.log, "%s/agent.log", job->out) ||
	    fpb_path(a.events, "%s/events.jsonl", job->out) ||
	    fpb_path(dir, "%s/fio", job->out))
		return -ENAMETOOLONG;
	ret = fpb_mkdirs(dir);
	if (!ret)
		ret = fpb_mkdirs(job->work);
	if (ret) {
		snprintf(a.why, sizeof(a.why), "cannot make %.150s: %s", dir,
			 strerror(-ret));
		return ret;
	}
	ret = run_all(&a);
	if (!ret)
		return event(&a, json_pack("{ss}", "event", "end"));
	if (ret != -EINTR)
		event(&a, json_pack("{ss ss}", "event", "error", "reason",
				    *a.why ? a.why : strerror(-ret)));
	return ret;
}
