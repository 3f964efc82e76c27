// SPDX-License-Identifier: GPL-2.0
#include "core/fio.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/manifest.h"
#include "core/memstream.h"

static void put_slices(FILE *f, const struct fpb_plan *p,
		       const struct fpb_step *step)
{
	const struct fpb_target *t = fpb_plan_target(p, step->cell.target);
	const struct fpb_slicing *g = &step->slicing;

	fprintf(f, "pair_slice=%" PRIu64 "us\npair_guard=%" PRIu64
		"us\npair_seed=%u\n", g->slice_ns / 1000, g->guard_ns / 1000,
		step->seed);
	/* Others number files as they like, or have files of their own. */
	if (t && *t->mount && (*t->over || !fpb_target_is_ours(t)))
		fputs("pair_same=0\n", f);
	if (g->lanes < 2)
		return;
	fprintf(f, "pair_lanes=%u\npair_lane=%u\npair_raw_every=%u\n"
		"pair_clock_offset=%" PRId64 "\n", g->lanes, step->lane,
		g->raw_every, step->clock_offset_ns);
}

static void put_queue(FILE *f, const struct fpb_regime *r,
		      const struct fpb_workload *w)
{
	const unsigned int depth = fpb_workload_depth(w, r->iodepth);
	const unsigned int batch = r->batch < depth ? r->batch : depth;

	/*
	 * Whole batches both ways: a job that takes what few completions there
	 * are submits as few, and then finds few again. Rates within a slice
	 * went up and down by half.
	 */
	fprintf(f, "iodepth=%u\niodepth_batch_submit=%u\n"
		"iodepth_batch_complete_min=%u\niodepth_batch_complete_max=%u\n",
		depth, batch, batch, batch);
}

/*
 * Operations on names: files that all jobs of a side together make before the clock
 * starts, which takes a daemon several requests each. What unlink has is used up, by
 * raw XFS ten times as fast, and no slice in which a job makes more is of use.
 */
static const struct {
	const char *path;
	unsigned int files, files_raw;
} prepared[] = {
	{ "stat", 400, 400 }, { "open", 400, 400 }, { "rename", 400, 400 },
	{ "readdir", 2000, 2000 }, { "unlink", 1600, 16000 },
};

/*
 * New files of all jobs of a side, before they remove them and begin anew: as many as
 * raw XFS makes in a second.
 */
#define CREATED_FILES	40000

/* What a job may write on a side: half of the data file is for all of them. */
static uint64_t room(const struct fpb_plan *p, unsigned int numjobs)
{
	return (p->filesize_mib << 20) / (4 * numjobs);
}

static void put_prepared(FILE *f, size_t i, const struct fpb_cell *c, bool paired)
{
	const unsigned int raw = prepared[i].files_raw / c->numjobs ? : 1;

	fprintf(f, "meta_files=%u\n",
		fpb_cell_is_raw(c) ? raw :
		prepared[i].files / c->numjobs ? : 1);
	if (paired)
		fprintf(f, "meta_files_pair=%u\n", raw);
}

static void put_names(FILE *f, const struct fpb_plan *p,
		      const struct fpb_workload *w, const struct fpb_cell *c,
		      bool paired)
{
	const unsigned int numjobs = c->numjobs;
	const uint64_t bytes = room(p, numjobs), blocks = bytes / w->bs;
	const unsigned int created = CREATED_FILES / numjobs ? : 1;

	for (size_t i = 0; i < sizeof(prepared) / sizeof(*prepared); i++)
		if (!strcmp(w->path, prepared[i].path))
			put_prepared(f, i, c, paired);
	if (!strcmp(w->path, "create"))
		fprintf(f, "meta_limit=%u\n", created);
	if (!strcmp(w->path, "smallfile"))
		fprintf(f, "meta_limit=%" PRIu64 "\n",
			blocks < created ? blocks ? : 1 : created);
	if (!strcmp(w->path, "append"))
		fprintf(f, "append_limit=%" PRIu64 "\n",
			bytes > w->bs ? bytes : w->bs);
}

/* How long the job runs: for a time, or until it has passed both its marks. */
static void put_end(FILE *f, const struct fpb_plan *p,
		    const struct fpb_step *step)
{
	const struct fpb_workload *w = fpb_plan_workload(p,
							 step->cell.workload);
	const struct fpb_regime *r = fpb_plan_regime(p, step->cell.regime);
	/* I/Os that are in flight at the second one have to go on. */
	const uint64_t ios = step->mark_after + step->mark_ios +
			     2 * fpb_workload_depth(w, r->iodepth);

	if (step->mark_ios)
		fprintf(f, "mark_ios=%u\nmark_after=%u\nio_size=%" PRIu64 "\n",
			step->mark_ios, step->mark_after, ios * w->bs);
	else
		fprintf(f, "time_based=1\nramp_time=%" PRIu64 "ms\n",
			p->ramp_ms);
	fprintf(f, "runtime=%" PRIu64 "ms\n", step->slicing.job_ms);
}

static void put_pattern(FILE *f, const struct fpb_plan *p,
			const struct fpb_workload *w)
{
	fprintf(f, "rw=%s\nbs=%" PRIu64 "\ndirect=%d\nsize=%" PRIu64 "m\n",
		w->rw, w->bs, w->direct, fpb_plan_file_mib(p, w));
	if (w->read_pct)
		fprintf(f, "rwmixread=%u\n", w->read_pct);
	if (w->sync == FPB_SYNC_FSYNC)
		fputs("fsync=1\n", f);
	if (w->sync == FPB_SYNC_DSYNC)
		fputs("sync=dsync\n", f);
	/* Of the file that fio has open, which other paths do not write. */
	if (fpb_workload_dirties(w) && !strcmp(w->path, "psync"))
		fputs("end_fsync=1\n", f);
}

/* @suffix: of a private file; "": of the shared one. */
static void put_files(FILE *f, const char *file, const char *suffix,
		      const struct fpb_fio_sides *sides)
{
	fprintf(f, "filename=%s%s\n", file, suffix);
	if (sides)
		fprintf(f, "pair=%s%s\npair_slices=%s\n", sides->raw, suffix,
			sides->slices);
}

/* Jobs that differ in nothing but their files, in one group. */
static void put_private(FILE *f, const struct fpb_step *step, const char *file,
			const struct fpb_fio_sides *sides)
{
	char suffix[16];

	for (unsigned int i = 0; i < step->cell.numjobs; i++) {
		fprintf(f, "[%s.%u]\n", step->cell.workload, i);
		snprintf(suffix, sizeof(suffix), ".%u", i);
		put_files(f, file, suffix, sides);
	}
}

/*
 * Of the I/O as a whole: a completion latency begins when the submission returns,
 * and lacks what that has waited for, such as a lock.
 */
static void put_latencies(FILE *f)
{
	fputs("clat_percentiles=0\nlat_percentiles=1\n", f);
}

/*
 * The user's own: what is ours alone, then the file as it is. Its jobs are
 * reported one by one, since each may have a group of its own. No ramp: fio 3.41
 * aborts if there is one and it verifies.
 */
static void put_own_job(FILE *f, const struct fpb_step *step, const char *own,
			const char *file)
{
	fprintf(f, "[global]\ndirectory=%.*s\nnumjobs=%u\nthread=0\n"
		"group_reporting=1\n",
		(int)(strrchr(file, '/') - file), file, step->cell.numjobs);
	put_latencies(f);
	fprintf(f, "time_based=1\nruntime=%" PRIu64 "ms\n%s\n",
		step->slicing.job_ms, own);
}

static void put_job(FILE *f, const struct fpb_plan *p,
		    const struct fpb_step *step, const char *engine,
		    const char *file, const struct fpb_fio_sides *sides)
{
	const struct fpb_regime *r = fpb_plan_regime(p, step->cell.regime);
	const struct fpb_workload *w = fpb_plan_workload(p,
							 step->cell.workload);
	const bool private = w->files == FPB_FILES_PRIVATE;

	/* The engine's own options have to follow the engine's name. */
	fprintf(f, "[%s]\nioengine=external:%s\nsubmit=%s\n",
		private ? "global" : w->name, engine,
		strcmp(w->path, FPB_PATH_REGIME) ? w->path : r->submit);
	if (sides)
		put_slices(f, p, step);
	if (!private)
		put_files(f, file, "", sides);
	put_pattern(f, p, w);
	put_queue(f, r, w);
	put_names(f, p, w, &step->cell, sides);
	if (p->affinity == FPB_AFFINITY_FIXED)
		fputs("pin_jobs=1\n", f);
	/* Processes: in User-Mode Linux threads do not run in parallel. */
	fprintf(f, "numjobs=%u\nthread=0\ngroup_reporting=1\n",
		private ? 1 : step->cell.numjobs);
	put_end(f, p, step);
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
	put_latencies(f);
	if (private)
		put_private(f, step, file, sides);
}

char *fpb_fio_job(const struct fpb_plan *p, const struct fpb_step *step,
		  const char *engine, const char *file,
		  const struct fpb_fio_sides *sides, const char *own)
{
	const struct fpb_workload *w = fpb_plan_workload(p,
							 step->cell.workload);
	struct fpb_memstream m;
	FILE *f;

	if (!w || !fpb_plan_regime(p, step->cell.regime))
		return NULL;
	f = fpb_memstream_open(&m);
	if (!f)
		return NULL;
	if (own)
		put_own_job(f, step, own, file);
	else
		put_job(f, p, step, engine, file, sides);
	return fpb_memstream_close(&m);
}

static double number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

/* fio names percentiles "99.000000". */
static double percentile(const json_t *lat, const char *name)
{
	return number(json_object_get(lat, "percentile"), name);
}

/* Of a direction, or of one side of it. */
static void take_lat(const json_t *o, struct fpb_sample *s)
{
	const json_t *lat = json_object_get(o, "lat_ns");

	s->lat_mean_ns = number(lat, "mean");
	s->lat_p50_ns = percentile(lat, "50.000000");
	s->lat_p99_ns = percentile(lat, "99.000000");
	s->lat_p999_ns = percentile(lat, "99.900000");
}

/* Reads if there are any: the same one in all samples of a workload. */
static const json_t *main_direction(const json_t *job)
{
	const json_t *rd = json_object_get(job, "read");

	return number(rd, "total_ios") > 0 ? rd : json_object_get(job, "write");
}

static double ios(const json_t *job)
{
	return number(json_object_get(job, "read"), "total_ios") +
	       number(json_object_get(job, "write"), "total_ios");
}

/* More than a rate, a time or a number of I/Os of fio's can be. */
#define NUMBER_MAX	1e12

/* fio prints all of these; those of a direction that had no I/O are 0. */
static const struct {
	const char *in;			/* "": in the job itself */
	const char *key;
} needed[] = {
	{ "", "usr_cpu" },
	{ "", "sys_cpu" },
	{ "read", "total_ios" },
	{ "read", "iops" },
	{ "read", "runtime" },
	{ "write", "total_ios" },
	{ "write", "iops" },
	{ "write", "runtime" },
};

/* What is missing would count as 0: a rate that nobody measured. */
static int check_numbers(const json_t *job, char *why)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		const char *in = needed[i].in;
		const json_t *v = json_object_get(*in ? json_object_get(job, in)
						      : job, needed[i].key);

		if (json_is_number(v) && json_number_value(v) >= 0 &&
		    json_number_value(v) <= NUMBER_MAX)
			continue;
		snprintf(why, FPB_REASON_MAX,
			 "fio's JSON: %s%s%s: must be a number from 0 to %.0f",
			 in, *in ? "." : "", needed[i].key, NUMBER_MAX);
		return -EINVAL;
	}
	return 0;
}

/* Adds what a job (or a group of jobs) did. */
static int add_job(const json_t *job, struct fpb_sample *s, char *why)
{
	const json_t *rd = json_object_get(job, "read");
	const json_t *wr = json_object_get(job, "write");
	const json_t *error = json_object_get(job, "error");
	const json_int_t code = json_integer_value(error);
	double ms;

	if (!rd || !wr) {
		snprintf(why, FPB_REASON_MAX, "fio's JSON has no job in it");
		return -EINVAL;
	}
	if (!json_is_integer(error)) {
		snprintf(why, FPB_REASON_MAX,
			 "fio's JSON: error: must be an integer");
		return -EINVAL;
	}
	/* A job with an error may lack the rest. */
	if (code) {
		snprintf(why, FPB_REASON_MAX, "fio reported error %lld (%s)",
			 (long long)code, strerror(code));
		return -EINVAL;
	}
	if (check_numbers(job, why))
		return -EINVAL;
	s->ios += ios(job);
	s->iops += number(rd, "iops") + number(wr, "iops");
	ms = number(main_direction(job), "runtime");
	if (ms > s->runtime_ms)
		s->runtime_ms = ms;
	s->cpu_usr_pct += number(job, "usr_cpu");
	s->cpu_sys_pct += number(job, "sys_cpu");
	return 0;
}

json_t *fpb_fio_parse(const char *text, char *why)
{
	const char *at = *text == '{' ? text : strstr(text, "\n{");
	json_error_t e;
	json_t *o = json_loads(at ? at : text, 0, &e);

	/* That newline is the end of a line before. */
	for (; !o && at && text < at; text++)
		e.line += *text == '\n';
	if (!o)
		snprintf(why, FPB_REASON_MAX, "%d: %s", e.line, e.text);
	return o;
}

int fpb_fio_result(const json_t *fio, bool several, struct fpb_sample *s,
		   char *why)
{
	const json_t *jobs = json_object_get(fio, "jobs");
	const size_t n = json_array_size(jobs);
	size_t i;

	/* The first of several would pass for all of them. */
	if (n > 1 && !several) {
		snprintf(why, FPB_REASON_MAX,
			 "fio's JSON has %zu jobs in it, not one group", n);
		return -EINVAL;
	}
	s->ios = s->runtime_ms = 0;
	s->iops = s->cpu_usr_pct = s->cpu_sys_pct = 0;
	if (add_job(json_array_get(jobs, 0), s, why))
		return -EINVAL;
	for (i = 1; i < n; i++)
		if (add_job(json_array_get(jobs, i), s, why))
			return -EINVAL;
	if (!s->ios) {
		snprintf(why, FPB_REASON_MAX, "fio did no I/O");
		return -EINVAL;
	}
	take_lat(main_direction(json_array_get(jobs, 0)), s);
	return 0;
}

void fpb_fio_side(const json_t *fio, unsigned int side, struct fpb_sample *s)
{
	const json_t *job = json_array_get(json_object_get(fio, "jobs"), 0);
	const json_t *prios = json_object_get(main_direction(job), "prios");
	const json_t *found = NULL;
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)prios, i, v)
		if (number(v, "prio") == side)
			found = v;
	take_lat(found, s);
}
