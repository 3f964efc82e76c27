// SPDX-License-Identifier: GPL-2.0
#include "agent/sample.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/fiorun.h"
#include "agent/pagecache.h"
#include "agent/pairsample.h"
#include "agent/whysample.h"
#include "os/cputime.h"
#include "os/spawn.h"

/* For the cache of files that are read once, or for an answer. */
#define SETTLE_MS	30000

/* What settle_files() is told. */
struct settling {
	struct fpb_agent *a;
	const struct fpb_step *step;
	const char *target;
};

/* The data files on the target, as the workload wants them. */
static int settle_data(const struct settling *s)
{
	const struct fpb_workload *w = fpb_plan_workload(&s->a->job->plan,
						s->step->cell.workload);
	const bool private = w->files == FPB_FILES_PRIVATE;
	const unsigned int n = private ? s->step->cell.numjobs : 1;
	char file[FPB_PATH_MAX], path[FPB_PATH_MAX];
	int ret = fpb_rig_file(&s->a->rig, s->target, file);

	for (unsigned int i = 0; !ret && i < n; i++) {
		ret = private ? fpb_path(path, "%s.%u", file, i) :
				fpb_path(path, "%s", file);
		if (!ret)
			ret = fpb_pagecache_settle(path,
						   fpb_workload_is_warm(w));
	}
	return ret;
}

/*
 * Whether samples leave pages where settle_data() does not look. To drop all of the
 * cache takes what fio is made of along, so that it starts more slowly.
 */
static bool leaves_pages(const struct fpb_plan *p)
{
	for (size_t i = 0; i < p->nworkloads; i++)
		if (!p->workloads[i].direct || *p->workloads[i].job)
			return true;
	for (size_t i = 0; i < p->ntargets; i++)
		if (*p->targets[i].mount && !fpb_target_is_ours(&p->targets[i]))
			return true;
	return false;
}

/* What the sample before has left goes first, the target's before XFS's. */
static int settle_files(void *user)
{
	struct settling s = *(struct settling *)user;
	const struct fpb_daemon *d = fpb_rig_daemon(&s.a->rig, s.target);
	const bool drop = s.a->job->guest && leaves_pages(&s.a->job->plan);
	int ret = d ? fpb_pagecache_sync(d->mount, false) : 0;

	/* A daemon need not know syncfs(2). */
	if (ret == -ENOSYS || ret == -EOPNOTSUPP)
		ret = 0;
	if (!ret)
		ret = fpb_pagecache_sync(s.a->rig.disk, drop);
	if (!ret)
		ret = settle_data(&s);
	s.target = FPB_TARGET_RAW;
	return ret ? : d ? settle_data(&s) : 0;
}

/* 0 or -errno, and says so in @s: its daemon may have died. */
static int settle_cache(struct fpb_agent *a, const struct fpb_step *step,
			struct fpb_sample *s)
{
	struct settling what = { a, step, s->cell.target };
	/* A daemon that hangs would take us with it. */
	const int ret = fpb_spawn_try(settle_files, &what, SETTLE_MS);

	if (ret)
		fpb_sample_fail(s, "cannot settle the data file on %s: %s",
				what.target, strerror(-ret));
	return ret;
}

static int measure_alone(struct fpb_agent *a, const struct fpb_step *step,
			 struct fpb_sample *s)
{
	char file[FPB_PATH_MAX];
	json_t *fio;
	int ret = fpb_rig_file(&a->rig, s->cell.target, file);

	if (ret)
		return ret;
	ret = fpb_fio_run(a, step, file, NULL, s, &fio);
	s->cpu.ios = s->ios;
	json_decref(fio);
	return ret;
}

/* One fio job becomes a sample of each side. */
static void split(const char *prefix, const json_t *fio, struct fpb_sample *s,
		  struct fpb_sample *raw)
{
	struct fpb_sample *both[] = { s, raw };
	char why[FPB_REASON_MAX];
	unsigned int side;
	int ret;

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
	ret = fpb_pairsample_load(prefix, s->cell.numjobs, both, why);
	for (side = 0; side < 2; side++) {
		if (ret)
			fpb_sample_fail(both[side], "%s", why);
		/* With several kernels raw has few slices. */
		else if (!both[side]->ios)
			fpb_sample_fail(both[side], "no slice of it could be used");
		if (ret == -ENODATA || (!ret && !both[side]->ios))
			both[side]->status = FPB_SAMPLE_LOST;
	}
}

static int measure_slices(struct fpb_agent *a, const struct fpb_step *step,
			  struct fpb_sample *s, struct fpb_sample *raw)
{
	char file[FPB_PATH_MAX], other[FPB_PATH_MAX], prefix[FPB_PATH_MAX];
	const struct fpb_fio_sides sides = { .raw = other, .slices = prefix };
	json_t *fio;
	int ret = fpb_rig_file(&a->rig, s->cell.target, file) ? :
		  fpb_rig_file(&a->rig, FPB_TARGET_RAW, other) ? :
		  fpb_path(prefix, "%s/fio/%03u", a->job->out, s->seq);

	if (ret)
		return ret;
	ret = fpb_fio_run(a, step, file, &sides, s, &fio);
	s->cpu.ios = s->ios;
	if (!ret)
		split(prefix, fio, s, raw);
	json_decref(fio);
	return ret;
}

/* Whether reads or writes of data reached the daemon. */
static bool seen_data(const struct fpb_workload *w, const struct fpb_sample *s,
		      bool by_bytes)
{
	if (!by_bytes)
		return s->daemon_read || s->daemon_write;
	/* What else it reads and writes, requests and replies, is less. */
	return s->daemon_bytes > s->ios * w->bs / 2;
}

/* Did the data go the way that the target is named for? */
static void check_path(const struct fpb_target *t, const struct fpb_workload *w,
		       struct fpb_sample *s)
{
	const bool by_bytes = !strcmp(s->evidence,
				      fpb_evidence_name(FPB_EVIDENCE_IO));
	bool seen;

	if (s->status != FPB_SAMPLE_OK || t->expect == FPB_EXPECT_ANY)
		return;
	if (by_bytes && *w->job) {
		fpb_sample_fail(s, "this kernel cannot tell which way the data of a job file went");
		return;
	}
	seen = seen_data(w, s, by_bytes);
	/* Spliced data and pages in the cache are in no count of bytes. */
	if (by_bytes && !seen && t->expect == FPB_EXPECT_PASSTHROUGH) {
		fpb_sample_fail(s, "this kernel cannot prove that no data went through the daemon");
		return;
	}
	if (seen && t->expect == FPB_EXPECT_PASSTHROUGH) {
		s->status = FPB_SAMPLE_INVALID;
		if (by_bytes)
			snprintf(s->reason, sizeof(s->reason),
				 "the daemon moved %" PRIu64 " bytes itself: not passthrough",
				 s->daemon_bytes);
		else
			snprintf(s->reason, sizeof(s->reason),
				 "%" PRIu64 " READ and %" PRIu64 " WRITE requests reached the daemon: not passthrough",
				 s->daemon_read, s->daemon_write);
	}
	/* Cached pages reach nobody, nor do operations on names. */
	if (!seen && t->expect == FPB_EXPECT_DAEMON && w->direct) {
		s->status = FPB_SAMPLE_INVALID;
		snprintf(s->reason, sizeof(s->reason),
			 "no READ or WRITE request reached the daemon");
	}
}

static int run(struct fpb_agent *a, const struct fpb_step *step,
	       struct fpb_sample *s, struct fpb_sample *raw)
{
	return raw ? measure_slices(a, step, s, raw) :
		     measure_alone(a, step, s);
}

/* Of one job: what has reached the device and the daemon so far. */
struct counts {
	int daemon_error, device_error;	/* -errno: not known */
	struct fpb_daemon_counts daemon;
	uint64_t read, written;
	struct fpb_sample_cpu cpu;
};

static uint64_t sum(struct fpb_cputime_split t)
{
	return t.user_ns + t.kernel_ns;
}

static struct counts count(const struct fpb_agent *a,
			   const struct fpb_daemon *d)
{
	struct counts c;

	c.daemon_error = d ? fpb_daemon_counts(d, &c.daemon) : -ENODATA;
	c.device_error = fpb_device_bytes(&a->rig.device, &c.read, &c.written);
	c.cpu = (struct fpb_sample_cpu){
		/* Only fio and its jobs end meanwhile. */
		.app_ns = sum(fpb_cputime_children()),
		.all_ns = fpb_cputime_busy_ns(),
		.daemon_ns = d ? sum(fpb_daemon_cpu(d)) : 0,
	};
	return c;
}

static void take_counts(struct fpb_sample *s, const struct fpb_daemon *d,
			const struct counts *before, const struct counts *after)
{
	s->has_device = !before->device_error && !after->device_error;
	if (s->has_device) {
		s->device_read = after->read - before->read;
		s->device_write = after->written - before->written;
	}
	s->has_cpu = s->cpu.ios;
	s->cpu.app_ns = after->cpu.app_ns - before->cpu.app_ns;
	/* It may have ended. */
	s->cpu.daemon_ns = after->cpu.daemon_ns > before->cpu.daemon_ns ?
			   after->cpu.daemon_ns - before->cpu.daemon_ns : 0;
	s->cpu.all_ns = after->cpu.all_ns - before->cpu.all_ns;
	if (!d)
		return;
	s->has_daemon = true;
	strcpy(s->evidence, fpb_evidence_name(FPB_EVIDENCE_NONE));
	/* Then some of the evidence is gone. */
	if (before->daemon_error || after->daemon_error ||
	    before->daemon.evidence != after->daemon.evidence)
		return;
	strcpy(s->evidence, fpb_evidence_name(after->daemon.evidence));
	s->daemon_read = after->daemon.read - before->daemon.read;
	s->daemon_write = after->daemon.write - before->daemon.write;
	s->daemon_requests = after->daemon.requests - before->daemon.requests;
	if (after->daemon.bytes > before->daemon.bytes)
		s->daemon_bytes = after->daemon.bytes - before->daemon.bytes;
}

/* The reason of @s may be that the daemon is no more: nothing else is then. */
static void check_daemon(struct fpb_agent *a, struct fpb_sample *s,
			 struct fpb_daemon *d)
{
	if (s->status != FPB_SAMPLE_FAILED)
		return;
	/* A sign of life: what follows can take as long as we may be silent. */
	fpb_agent_phase(a, "looking for the daemon");
	if (!fpb_daemon_check(d))
		return;
	fpb_sample_fail(s, "%s", d->failed);
	fpb_daemon_stop(d);
}

/*
 * Leaves the numbers in @s, or why there are none; and in @raw, if they are
 * measured together (else NULL).
 */
static int measure(struct fpb_agent *a, const struct fpb_step *step,
		   struct fpb_sample *s, struct fpb_sample *raw)
{
	struct fpb_daemon *d = fpb_rig_daemon(&a->rig, s->cell.target);
	struct counts before, after;
	int ret = settle_cache(a, step, s);

	if (ret == -EINTR)
		return ret;
	if (ret) {
		if (d)
			check_daemon(a, s, d);
		if (raw)
			fpb_sample_fail(raw, "%s", s->reason);
		return 0;
	}
	ret = a->job->why ? fpb_agent_why_begin(a, d) : 0;
	if (ret)
		return ret;
	before = count(a, d);
	ret = run(a, step, s, raw);
	if (ret)
		return ret;
	/* One that hangs would not tell what reached it. */
	after = count(a, s->status == FPB_SAMPLE_FAILED ? NULL : d);
	take_counts(s, d, &before, &after);
	if (!d)
		return 0;
	check_daemon(a, s, d);
	/* Without the counts there is no evidence. */
	if (s->status == FPB_SAMPLE_OK &&
	    d->target->expect != FPB_EXPECT_ANY &&
	    (before.daemon_error || after.daemon_error)) {
		fpb_sample_fail(s, "nothing tells what reached the daemon: %s",
				strerror(-(before.daemon_error ? :
					   after.daemon_error)));
		if (raw)
			fpb_sample_fail(raw, "%s", s->reason);
		return 0;
	}
	check_path(d->target, fpb_plan_workload(&a->job->plan,
						s->cell.workload), s);
	return 0;
}

/* --- reporting -------------------------------------------------------------- */

static struct fpb_sample sample_of(const struct fpb_job *job,
				   const struct fpb_step *c)
{
	struct fpb_sample s = { .round = job->round, .attempt = job->attempt,
				.seq = c->seq, .cell = c->cell };

	snprintf(s.boot, sizeof(s.boot), "%s", job->boot);
	snprintf(s.kernel, sizeof(s.kernel), "%s", job->kernel);
	return s;
}

/* The other side of a pair. */
static struct fpb_sample raw_of(const struct fpb_job *job,
				const struct fpb_step *c)
{
	struct fpb_sample s = sample_of(job, c);

	s.seq = c->raw_seq;
	snprintf(s.cell.target, sizeof(s.cell.target), "%s", FPB_TARGET_RAW);
	return s;
}

static int report(struct fpb_agent *a, const struct fpb_sample *s)
{
	return fpb_agent_report(a, json_pack("{ss so}", "event", "sample",
					     "sample", fpb_sample_to_json(s)));
}

/* Without numbers, for this reason. */
static int report_none(struct fpb_agent *a, struct fpb_sample *s,
		       enum fpb_status status, const char *reason)
{
	s->status = status;
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
	return report(a, s);
}

int fpb_agent_skip(struct fpb_agent *a, const struct fpb_step *c,
		   const char *reason)
{
	struct fpb_sample s = sample_of(a->job, c), raw = raw_of(a->job, c);
	int ret = report_none(a, &s, FPB_SAMPLE_SKIPPED, reason);

	return ret || !c->raw_seq ? ret :
	       report_none(a, &raw, FPB_SAMPLE_SKIPPED, reason);
}

/* Of a step whose target cannot be measured: raw can, alone. */
static int measure_raw(struct fpb_agent *a, const struct fpb_step *c,
		       enum fpb_status status, const char *reason)
{
	struct fpb_sample raw = raw_of(a->job, c);
	struct fpb_step alone = *c;

	if (!c->raw_seq)
		return 0;
	/* It would run through the slices of other kernels. */
	if (c->slicing.lanes > 1)
		return report_none(a, &raw, status, reason);
	alone.slicing.lanes = 0;
	return measure(a, &alone, &raw, NULL) ? : report(a, &raw);
}

int fpb_agent_measure(struct fpb_agent *a, const struct fpb_step *c)
{
	const struct fpb_daemon *d = fpb_rig_daemon(&a->rig, c->cell.target);
	struct fpb_sample s = sample_of(a->job, c), raw = raw_of(a->job, c);
	int ret;

	if (d && *d->lacks)
		return report_none(a, &s, FPB_SAMPLE_SKIPPED, d->lacks) ? :
		       measure_raw(a, c, FPB_SAMPLE_SKIPPED, d->lacks);
	if (d && *d->failed)
		return report_none(a, &s, FPB_SAMPLE_FAILED, d->failed) ? :
		       measure_raw(a, c, FPB_SAMPLE_FAILED, d->failed);
	ret = measure(a, c, &s, c->slicing.lanes ? &raw : NULL) ? :
	      report(a, &s);
	if (!ret && a->job->why && s.status == FPB_SAMPLE_OK)
		ret = fpb_agent_why_end(a, d, &s);
	if (!ret && d && *d->failed)
		return measure_raw(a, c, FPB_SAMPLE_FAILED, d->failed);
	return ret || !c->raw_seq ? ret : report(a, &raw);
}
