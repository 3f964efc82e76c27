// SPDX-License-Identifier: GPL-2.0
#include "core/why.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/manifest.h"

/*
 * For each cell. Where the clock of the statistics ticks 100 times a second, as
 * in User-Mode Linux, shares are known to about a per cent then.
 */
#define RUNTIME_MS	3000

/* --- the line ---------------------------------------------------------------- */

static json_t *lock_to_json(const struct fpb_lock_wait *l)
{
	return json_pack("{ss ss sI}", "class", l->name, "where", l->where,
			 "ns", (json_int_t)l->ns);
}

json_t *fpb_why_to_json(const struct fpb_why *w)
{
	return json_pack("{si ss ss ss ss si si sb sI sf sf sI sI sI sI sI sI sI so so}",
			 "schema", FPB_SCHEMA, "kernel", w->kernel,
			 "regime", w->cell.regime, "target", w->cell.target,
			 "workload", w->cell.workload,
			 "numjobs", (int)w->cell.numjobs,
			 "iodepth", (int)w->iodepth,
			 "device_latency", (int)w->latency,
			 "ios", (json_int_t)w->ios, "iops", w->iops,
			 "lat_mean_ns", w->lat_mean_ns,
			 "app_user_ns", (json_int_t)w->app_user,
			 "app_kernel_ns", (json_int_t)w->app_kernel,
			 "daemon_user_ns", (json_int_t)w->daemon_user,
			 "daemon_kernel_ns", (json_int_t)w->daemon_kernel,
			 "all_ns", (json_int_t)w->all,
			 "runnable_ns", (json_int_t)w->runnable,
			 "in_flight_ns", (json_int_t)w->in_flight,
			 "i_rwsem", lock_to_json(&w->locks.inode),
			 "other_lock", lock_to_json(&w->locks.other));
}

static int lock_from_json(const json_t *o, const char *key,
			  struct fpb_lock_wait *l)
{
	const char *name, *where;
	json_int_t ns;

	if (json_unpack(json_object_get(o, key), "{ss ss sI}", "class", &name,
			"where", &where, "ns", &ns) || ns < 0 ||
	    fpb_name_copy(l->name, name) || fpb_name_copy(l->where, where))
		return -EINVAL;
	l->ns = ns;
	return 0;
}

/* Sums of a job that are counts of ns. */
static const struct {
	const char *key;
	size_t at;
} sums[] = {
	{ "app_user_ns", offsetof(struct fpb_why, app_user) },
	{ "app_kernel_ns", offsetof(struct fpb_why, app_kernel) },
	{ "daemon_user_ns", offsetof(struct fpb_why, daemon_user) },
	{ "daemon_kernel_ns", offsetof(struct fpb_why, daemon_kernel) },
	{ "all_ns", offsetof(struct fpb_why, all) },
	{ "runnable_ns", offsetof(struct fpb_why, runnable) },
	{ "in_flight_ns", offsetof(struct fpb_why, in_flight) },
	{ "ios", offsetof(struct fpb_why, ios) },
};

static const char *bad_sum(const json_t *o, struct fpb_why *w)
{
	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++) {
		const json_t *v = json_object_get(o, sums[i].key);

		if (!json_is_integer(v) || json_integer_value(v) < 0)
			return sums[i].key;
		*(uint64_t *)((char *)w + sums[i].at) = json_integer_value(v);
	}
	return NULL;
}

int fpb_why_from_json(const json_t *o, struct fpb_why *w, char *why)
{
	const char *kernel, *regime, *target, *workload, *bad;
	int schema, numjobs, iodepth, latency;
	json_error_t err;

	*w = (struct fpb_why){ 0 };
	if (json_unpack_ex((json_t *)o, &err, 0,
			   "{si ss ss ss ss si si sb sF sF}",
			   "schema", &schema, "kernel", &kernel,
			   "regime", &regime, "target", &target,
			   "workload", &workload, "numjobs", &numjobs,
			   "iodepth", &iodepth, "device_latency", &latency,
			   "iops", &w->iops, "lat_mean_ns", &w->lat_mean_ns)) {
		snprintf(why, FPB_REASON_MAX, "%.200s", err.text);
		return -EINVAL;
	}
	bad = schema != FPB_SCHEMA ? "schema" : bad_sum(o, w);
	if (!bad && (numjobs < 1 || iodepth < 1))
		bad = numjobs < 1 ? "numjobs" : "iodepth";
	/* What they are divided by. */
	if (!bad && (!w->ios || !(w->iops > 0 && w->iops <= 1e12)))
		bad = w->ios ? "iops" : "ios";
	if (!bad && (fpb_name_copy(w->kernel, kernel) ||
		     fpb_name_copy(w->cell.regime, regime) ||
		     fpb_name_copy(w->cell.target, target) ||
		     fpb_name_copy(w->cell.workload, workload)))
		bad = "a name";
	if (!bad && lock_from_json(o, "i_rwsem", &w->locks.inode))
		bad = "i_rwsem";
	if (!bad && lock_from_json(o, "other_lock", &w->locks.other))
		bad = "other_lock";
	if (bad) {
		snprintf(why, FPB_REASON_MAX, "%s is out of bounds", bad);
		return -EINVAL;
	}
	w->cell.numjobs = numjobs;
	w->iodepth = iodepth;
	w->latency = latency;
	return 0;
}

/* --- its parts --------------------------------------------------------------- */

const char *fpb_why_part_name(enum fpb_why_part part)
{
	static const char *const names[] = {
		[FPB_WHY_LOCK]		= "i_rwsem",
		[FPB_WHY_DEVICE]	= "device",
		[FPB_WHY_FUSE]		= "cpu_fuse",
		[FPB_WHY_BELOW]		= "cpu_below",
		[FPB_WHY_DAEMON]	= "cpu_daemon",
		[FPB_WHY_APP]		= "cpu_fio",
		[FPB_WHY_RUNNABLE]	= "runnable",
	};

	return names[part];
}

/* What is left of the total can be no more than that. */
static double take(double *left, double ns)
{
	const double part = ns < *left ? ns : *left;

	*left -= part;
	return part;
}

/*
 * The order says what an overlap counts as. First comes what a job waits for one
 * after the other. Waiting for a lock includes spinning for it, and the time
 * between the wake-up and the CPU: neither is counted again as CPU time or as
 * waiting for a CPU. What others do for the job, daemon and kernel threads, can
 * only fill the time in which the job itself does nothing; they may work beside it.
 *
 * Of the CPU time in the kernel @work is none that a task spins for a lock in: only
 * that much is counted twice if it does not fit beside the waiting.
 */
static double split(const struct fpb_why *w, double work,
		    struct fpb_why_split *s)
{
	const bool alone = w->iodepth == 1;
	const double ios = w->ios, lock = w->locks.inode.ns / ios,
		     device = w->latency ? w->in_flight / ios : 0,
		     user = w->app_user / ios, kernel = w->app_kernel / ios;
	const uint64_t daemon = w->daemon_user + w->daemon_kernel;
	const uint64_t known = w->app_user + w->app_kernel + daemon;
	const uint64_t threads = w->all > known ? w->all - known : 0;
	double left, in_kernel;

	*s = (struct fpb_why_split){
		.total_ns = w->cell.numjobs * 1e9 / w->iops,
	};
	left = s->total_ns;
	s->overlap_ns = lock + user + fmin(kernel, work) + (alone ? device : 0) -
			left;
	if (s->overlap_ns < 0)
		s->overlap_ns = 0;
	s->ns[FPB_WHY_LOCK] = take(&left, lock);
	if (alone)
		s->ns[FPB_WHY_DEVICE] = take(&left, device);
	s->ns[FPB_WHY_APP] = take(&left, user);
	in_kernel = take(&left, kernel);
	/* Of many in flight at once, one job can wait for one at a time. */
	if (!alone)
		s->ns[FPB_WHY_DEVICE] = take(&left, device);
	s->ns[FPB_WHY_DAEMON] = take(&left, daemon / ios);
	in_kernel += take(&left, threads / ios);
	s->ns[FPB_WHY_RUNNABLE] = take(&left, w->runnable / ios);
	s->rest_ns = left;
	return in_kernel;
}

void fpb_why_split(const struct fpb_why *w, const struct fpb_why *raw,
		   struct fpb_why_split *s)
{
	const bool is_raw = fpb_cell_is_raw(&w->cell);
	const double work = raw && !is_raw ? split(raw, INFINITY, s) : INFINITY;
	const double kernel = split(w, work, s);
	double below = is_raw ? kernel : raw ? work : 0;

	/* A daemon that uses as much has done the I/O itself. */
	if (below > 0 && s->ns[FPB_WHY_DAEMON] >= below) {
		s->ns[FPB_WHY_DAEMON] -= below;
		s->ns[FPB_WHY_FUSE] = kernel;
	} else {
		below = below > kernel ? kernel : below;
		s->ns[FPB_WHY_FUSE] = kernel - below;
	}
	s->ns[FPB_WHY_BELOW] = below;
}

const struct fpb_why *fpb_why_raw(const struct fpb_why *all, size_t n,
				  const struct fpb_why *w)
{
	for (size_t i = 0; i < n; i++)
		if (fpb_cell_is_raw(&all[i].cell) &&
		    !strcmp(all[i].kernel, w->kernel) &&
		    !strcmp(all[i].cell.regime, w->cell.regime) &&
		    !strcmp(all[i].cell.workload, w->cell.workload) &&
		    all[i].cell.numjobs == w->cell.numjobs)
			return &all[i];
	return NULL;
}

/* --- what to run ------------------------------------------------------------- */

/*
 * The most jobs of the plan, which meet at locks most often. Where they need the
 * CPU, as many as have one each: else most of the time they wait for that.
 */
static unsigned int numjobs(const struct fpb_plan *p, const struct fpb_regime *r)
{
	const bool waits = fpb_regime_waits(r);
	unsigned int best = p->numjobs[0];

	for (size_t i = 1; i < p->nnumjobs; i++) {
		const unsigned int n = p->numjobs[i];
		const bool fits = waits || n <= p->cpus;

		if (fits ? n > best || (best > p->cpus && !waits) :
			   n < best && best > p->cpus)
			best = n;
	}
	return best;
}

size_t fpb_why_steps(const struct fpb_plan *p, struct fpb_step *steps)
{
	size_t n = 0;

	for (size_t i = 0; i < fpb_plan_ncells(p); i++) {
		const struct fpb_cell cell = fpb_plan_cell(p, i);

		/* A job file has jobs of its own. */
		if (cell.numjobs != numjobs(p, fpb_plan_regime(p, cell.regime)) ||
		    *fpb_plan_workload(p, cell.workload)->job)
			continue;
		steps[n] = (struct fpb_step){
			.seq = n + 1, .cell = cell,
			.slicing.job_ms = p->runtime_ms > RUNTIME_MS ?
					  p->runtime_ms : RUNTIME_MS,
		};
		n++;
	}
	return n;
}
