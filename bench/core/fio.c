// SPDX-License-Identifier: GPL-2.0
#include "core/fio.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"

static void put_slices(FILE *f, const struct fpb_step *step,
		       const struct fpb_fio_sides *sides)
{
	const struct fpb_slicing *g = &step->slicing;

	fprintf(f, "pair=%s\npair_slices=%s\npair_slice=%" PRIu64
		"us\npair_guard=%" PRIu64 "us\npair_seed=%u\n", sides->raw,
		sides->slices, g->slice_ns / 1000, g->guard_ns / 1000,
		step->seed);
	if (g->lanes < 2)
		return;
	fprintf(f, "pair_lanes=%u\npair_lane=%u\npair_raw_every=%u\n"
		"pair_clock_offset=%" PRId64 "\n", g->lanes, step->lane,
		g->raw_every, step->clock_offset_ns);
}

char *fpb_fio_job(const struct fpb_plan *p, const struct fpb_step *step,
		  const char *engine, const char *file,
		  const struct fpb_fio_sides *sides)
{
	const struct fpb_regime *r = fpb_plan_regime(p, step->cell.regime);
	const struct fpb_workload *w = &p->workload;
	struct fpb_memstream m;
	FILE *f;

	if (!r)
		return NULL;
	f = fpb_memstream_open(&m);
	if (!f)
		return NULL;
	/* The engine's own options have to follow the engine's name. */
	fprintf(f, "[%s]\nioengine=external:%s\nsubmit=%s\nfilename=%s\n",
		w->name, engine, r->submit, file);
	if (sides)
		put_slices(f, step, sides);
	fprintf(f, "rw=%s\nbs=%" PRIu64 "\ndirect=%d\nsize=%" PRIu64 "m\n",
		w->rw, w->bs, w->direct, w->size_mib);
	/*
	 * Whole batches both ways: a job that takes what few completions there
	 * are submits as few, and then finds few again. Rates within a slice
	 * went up and down by half.
	 */
	fprintf(f, "iodepth=%u\niodepth_batch_submit=%u\n"
		"iodepth_batch_complete_min=%u\niodepth_batch_complete_max=%u\n",
		r->iodepth, r->batch, r->batch, r->batch);
	if (p->affinity == FPB_AFFINITY_FIXED)
		fputs("pin_jobs=1\n", f);
	/* Processes: in User-Mode Linux threads do not run in parallel. */
	fprintf(f, "numjobs=%u\nthread=0\ngroup_reporting=1\n",
		step->cell.numjobs);
	fprintf(f, "time_based=1\nruntime=%" PRIu64 "ms\nramp_time=%" PRIu64
		"ms\n", step->slicing.job_ms, p->ramp_ms);
	/*
	 * The file is there, whole and written once: every write is an
	 * overwrite within EOF. Each job draws its own blocks.
	 */
	fputs("overwrite=1\nfallocate=none\ninvalidate=0\n"
	      "norandommap=1\nrandom_generator=tausworthe64\n"
	      "randrepeat=0\nrefill_buffers=0\n", f);
	/*
	 * fio ends when its helper thread wakes up next, which is after 250 ms
	 * or these times. It looks for disks in all of /sys/block before.
	 */
	fputs("disk_util=0\nbwavgtime=50\niopsavgtime=50\n", f);
	return fpb_memstream_close(&m);
}

static double number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

/* fio names percentiles "99.000000". */
static double percentile(const json_t *clat, const char *name)
{
	return number(json_object_get(clat, "percentile"), name);
}

static void take_clat(const json_t *clat, struct fpb_sample *s)
{
	s->clat_mean_ns = number(clat, "mean");
	s->clat_p50_ns = percentile(clat, "50.000000");
	s->clat_p99_ns = percentile(clat, "99.000000");
	s->clat_p999_ns = percentile(clat, "99.900000");
}

/* The direction that had more I/Os. */
static const json_t *main_direction(const json_t *job)
{
	const json_t *rd = json_object_get(job, "read");
	const json_t *wr = json_object_get(job, "write");

	return number(wr, "total_ios") >= number(rd, "total_ios") ? wr : rd;
}

int fpb_fio_result(const json_t *fio, struct fpb_sample *s, char *why)
{
	const json_t *jobs = json_object_get(fio, "jobs");
	const json_t *job = json_array_get(jobs, 0);
	const json_t *rd = json_object_get(job, "read");
	const json_t *wr = json_object_get(job, "write");
	const json_t *main_dir;
	int error = (int)number(job, "error");

	if (!rd || !wr) {
		snprintf(why, FPB_REASON_MAX, "fio's JSON has no job in it");
		return -EINVAL;
	}
	/* The first of several would pass for all of them. */
	if (json_array_size(jobs) > 1) {
		snprintf(why, FPB_REASON_MAX,
			 "fio's JSON has %zu jobs in it, not one group",
			 json_array_size(jobs));
		return -EINVAL;
	}
	if (error) {
		snprintf(why, FPB_REASON_MAX, "fio reported error %d (%s)",
			 error, strerror(error));
		return -EINVAL;
	}
	s->ios = number(rd, "total_ios") + number(wr, "total_ios");
	if (!s->ios) {
		snprintf(why, FPB_REASON_MAX, "fio did no I/O");
		return -EINVAL;
	}
	s->iops = number(rd, "iops") + number(wr, "iops");
	main_dir = main_direction(job);
	s->runtime_ms = number(main_dir, "runtime");
	take_clat(json_object_get(main_dir, "clat_ns"), s);
	s->cpu_usr_pct = number(job, "usr_cpu");
	s->cpu_sys_pct = number(job, "sys_cpu");
	return 0;
}

void fpb_fio_side(const json_t *fio, unsigned int side, struct fpb_sample *s)
{
	const json_t *job = json_array_get(json_object_get(fio, "jobs"), 0);
	const json_t *prios = json_object_get(main_direction(job), "prios");
	const json_t *clat = NULL;
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)prios, i, v)
		if (number(v, "prio") == side)
			clat = json_object_get(v, "clat_ns");
	take_clat(clat, s);
}
