// SPDX-License-Identifier: GPL-2.0
#include "agent/sample.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/fiorun.h"
#include "agent/pairsample.h"
#include "core/manifest.h"

static int measure_alone(struct fpb_agent *a, const struct fpb_step *step,
			 struct fpb_sample *s)
{
	char file[FPB_PATH_MAX];
	json_t *fio;
	int ret = fpb_rig_file(&a->rig, s->cell.target, file);

	if (ret)
		return ret;
	ret = fpb_fio_run(a, step, file, NULL, s, &fio);
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
	if (!ret)
		split(prefix, fio, s, raw);
	json_decref(fio);
	return ret;
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

static int run(struct fpb_agent *a, const struct fpb_step *step,
	       struct fpb_sample *s, struct fpb_sample *raw)
{
	return raw ? measure_slices(a, step, s, raw) :
		     measure_alone(a, step, s);
}

/* And counts what reaches the daemon meanwhile. */
static int run_counted(struct fpb_agent *a, const struct fpb_daemon *d,
		       const struct fpb_step *step, struct fpb_sample *s,
		       struct fpb_sample *raw)
{
	struct fpb_daemon_counts before, after;
	int counted = fpb_daemon_counts(d, &before), ret = 0;

	if (!counted) {
		ret = run(a, step, s, raw);
		counted = ret ? : fpb_daemon_counts(d, &after);
	}
	if (ret)
		return ret;
	/* Without the counts there is no evidence. */
	if (counted) {
		fpb_sample_fail(s, "the daemon does not answer: %s",
				strerror(-counted));
		if (raw)
			fpb_sample_fail(raw, "%s", s->reason);
		return 0;
	}
	s->has_daemon = true;
	s->daemon_read = after.read - before.read;
	s->daemon_write = after.write - before.write;
	s->daemon_requests = after.requests - before.requests;
	check_path(d->target, s);
	return 0;
}

/*
 * Leaves the numbers in @s, or why there are none; and in @raw, if they are
 * measured together (else NULL).
 */
static int measure(struct fpb_agent *a, const struct fpb_step *step,
		   struct fpb_sample *s, struct fpb_sample *raw)
{
	const struct fpb_daemon *d = fpb_rig_daemon(&a->rig, s->cell.target);

	return d ? run_counted(a, d, step, s, raw) : run(a, step, s, raw);
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

static int skip(struct fpb_agent *a, struct fpb_sample *s, const char *reason)
{
	s->status = FPB_SAMPLE_SKIPPED;
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
	return report(a, s);
}

int fpb_agent_skip(struct fpb_agent *a, const struct fpb_step *c,
		   const char *reason)
{
	struct fpb_sample s = sample_of(a->job, c), raw = raw_of(a->job, c);
	int ret = skip(a, &s, reason);

	return ret || !c->raw_seq ? ret : skip(a, &raw, reason);
}

int fpb_agent_measure(struct fpb_agent *a, const struct fpb_step *c)
{
	const struct fpb_daemon *d = fpb_rig_daemon(&a->rig, c->cell.target);
	struct fpb_sample s = sample_of(a->job, c), raw = raw_of(a->job, c);
	struct fpb_step alone = *c;
	int ret;

	if (d && *d->lacks && c->slicing.lanes > 1) {
		/* Raw alone would run through the slices of other kernels. */
		return fpb_agent_skip(a, c, d->lacks);
	} else if (d && *d->lacks) {
		ret = skip(a, &s, d->lacks);
		/* raw lacks nothing: alone, then. */
		alone.slicing.lanes = 0;
		if (!ret && c->raw_seq)
			ret = measure(a, &alone, &raw, NULL);
	} else {
		ret = measure(a, c, &s, c->slicing.lanes ? &raw : NULL);
		if (!ret)
			ret = report(a, &s);
	}
	return ret || !c->raw_seq ? ret : report(a, &raw);
}
