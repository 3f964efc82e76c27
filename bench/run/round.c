// SPDX-License-Identifier: GPL-2.0
#include "run/round.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "core/guestshare.h"
#include "core/schedule.h"
#include "os/clock.h"
#include "os/msg.h"
#include "run/duet.h"
#include "run/foreign.h"

/* How often a cell is measured at most, each time for longer. */
#define MAX_TRIES	3
/* What is added to a sample's number for each further try. */
#define SEQ_PER_TRY	1000
/* Far more than we can be late in reading a guest's clock. */
#define MAX_OFFSET_NS	2000000000ll

struct round;

/* A kernel of the round, and what it has reported of the current step. */
struct lane {
	struct round *round;
	unsigned int nr;
	struct fpb_guest g;
	struct fpb_job job;
	char dir[FPB_PATH_MAX];		/* boots/NAME in the run's directory */
	bool ready;
	json_t *reported[2];		/* the target's sample, and raw's */
	struct fpb_sample samples[2];
	unsigned int nsamples;
};

struct round {
	struct fpb_run_spec *run;
	struct fpb_samples *samples;
	unsigned int nr;
	struct lane lanes[FPB_MAX_KERNELS];
	unsigned int nlanes;
	/* In which order lanes are booted and told. */
	unsigned int order[FPB_MAX_KERNELS], booted;
	char regime[FPB_NAME_MAX];	/* that is set up */
	bool up;			/* all kernels are */
	struct fpb_step *steps;		/* owned */
	size_t nsteps, at;		/* the current one; nsteps: the end */
	unsigned int tries;		/* of the current one so far */
	unsigned int sent;		/* step files */
	struct fpb_step step;		/* the last of them */
	unsigned int told;		/* lanes that have it */
	struct fpb_round_result *result;
};

/* --- a step is over --------------------------------------------------------- */

/*
 * A busy machine took the target's slices; a longer time may do. Raw is the
 * control, and other rounds have it.
 */
static bool lost_slices(const struct round *r)
{
	for (unsigned int i = 0; i < r->nlanes; i++)
		if (r->lanes[i].nsamples &&
		    r->lanes[i].samples[0].status == FPB_SAMPLE_LOST)
			return true;
	return false;
}

/* Also of a step that not every kernel came through: some ran alone. */
static void drop_samples(struct round *r)
{
	for (unsigned int i = 0; i < r->nlanes; i++) {
		while (r->lanes[i].nsamples)
			json_decref(r->lanes[i].reported[
					--r->lanes[i].nsamples]);
	}
}

static int keep_samples(struct round *r, bool last)
{
	const struct fpb_sample *parsed[2 * FPB_MAX_KERNELS];
	json_t *list[2 * FPB_MAX_KERNELS];
	size_t n = 0;
	int ret;

	for (unsigned int i = 0; i < r->nlanes; i++) {
		const struct lane *l = &r->lanes[i];

		for (unsigned int k = 0; k < l->nsamples; k++) {
			list[n] = l->reported[k];
			parsed[n++] = &l->samples[k];
		}
	}
	ret = n ? fpb_samples_keep(r->samples, list, parsed, n, last) : 0;
	drop_samples(r);
	return ret;
}

/* Of samples of the target (@k = 0) or of raw, if all kernels have one. */
static int join_side(struct round *r, unsigned int k, char *why)
{
	const char *dirs[FPB_MAX_KERNELS];
	json_t *samples[FPB_MAX_KERNELS];

	for (unsigned int i = 0; i < r->nlanes; i++) {
		const struct lane *l = &r->lanes[i];

		if (l->nsamples <= k || !l->samples[k].has_pair ||
		    l->samples[k].status != FPB_SAMPLE_OK)
			return 0;
		dirs[i] = l->dir;
		samples[i] = l->reported[k];
	}
	return fpb_duet_join(dirs, r->nlanes, r->lanes[0].samples[0].seq,
			     r->steps[r->at].cell.numjobs, k,
			     r->lanes[0].g.kernel->name, samples, why);
}

/*
 * What the kernels' slices say of each other, into the later ones' samples.
 * 0, or -errno if that cannot be said of the target; -ENODATA: they had no
 * seconds in common.
 */
static int join_lanes(struct round *r, bool last)
{
	char why[FPB_REASON_MAX];
	int ret, target = 0;

	if (r->nlanes < 2 || !r->steps[r->at].slicing.lanes)
		return 0;
	for (unsigned int k = 0; k < 2; k++) {
		ret = join_side(r, k, why);
		if (!k)
			target = ret;
		if (ret && (last || ret != -ENODATA))
			fpb_warn("%s: %s", r->lanes[0].g.record.boot, why);
	}
	return target;
}

static int finish_step(struct round *r)
{
	bool last = r->tries == MAX_TRIES;
	int joined, ret;

	if (!r->tries)
		return 0;
	joined = join_lanes(r, last);
	if (joined && joined != -ENODATA)
		r->result->contradicted = true;
	last |= joined != -ENODATA && !lost_slices(r);
	ret = keep_samples(r, last);
	if (last) {
		r->at++;
		r->tries = 0;
	}
	return ret;
}

/* --- the next one ----------------------------------------------------------- */

static void show_step(const struct round *r, const struct fpb_step *s)
{
	char what[FPB_NAME_MAX * 3], kernels[FPB_NAME_MAX] = "all kernels";

	if (r->nlanes == 1)
		strcpy(kernels, r->lanes[0].g.kernel->name);
	else if (r->nlanes < r->run->guests.nkernels)
		snprintf(kernels, sizeof(kernels), "%u kernels", r->nlanes);
	snprintf(what, sizeof(what), "%s %s %u job%s%s", s->cell.regime,
		 s->cell.target, s->cell.numjobs,
		 s->cell.numjobs == 1 ? "" : "s",
		 r->tries ? ", again for longer" : "");
	fpb_progress_show(&r->samples->progress, kernels, what);
}

/* It appears in one piece. */
static int send(const struct round *r, const struct lane *l, json_t *o)
{
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/" FPB_SHARE_STEP, l->dir, r->sent);

	if (!ret)
		ret = o ? fpb_file_write_json(path, o) : -ENOMEM;
	if (ret)
		fpb_err("cannot write %s: %s", path, strerror(-ret));
	json_decref(o);
	return ret;
}

/* The next one; a regime is set up first, in all kernels, in a step of its own. */
static struct fpb_step next_step(struct round *r)
{
	struct fpb_step s = r->steps[r->at];

	if (strcmp(r->regime, s.cell.regime)) {
		strcpy(r->regime, s.cell.regime);
		s.seq = s.raw_seq = 0;
		return s;
	}
	show_step(r, &s);
	s.slicing = fpb_slicing_again(s.slicing, r->tries);
	s.seq += r->tries * SEQ_PER_TRY;
	if (s.raw_seq)
		s.raw_seq += r->tries * SEQ_PER_TRY;
	r->tries++;
	return s;
}

/* To the next kernel that lacks it; in another order for each step. */
static int tell(struct round *r)
{
	struct lane *l = &r->lanes[r->order[(r->told + r->step.seq) %
					    r->nlanes]];

	r->told++;
	l->ready = false;
	r->step.lane = l->nr;
	r->step.clock_offset_ns = -l->g.record.clock_offset_ns;
	return send(r, l, r->at == r->nsteps ? json_object() :
		    fpb_step_to_json(&r->step));
}

/* Without slices one kernel at a time measures: the others wait idle. */
static bool in_turns(const struct round *r)
{
	return r->step.seq && !r->step.slicing.lanes;
}

static int tell_some(struct round *r)
{
	int ret = tell(r);

	while (!ret && !in_turns(r) && r->told < r->nlanes)
		ret = tell(r);
	return ret;
}

/* Once every kernel that was told is ready for more. */
static int advance(struct round *r)
{
	int ret;

	for (unsigned int i = 0; i < r->nlanes; i++)
		if (!r->lanes[i].ready)
			return 0;
	if (!r->up)
		fpb_progress_booted(&r->samples->progress);
	r->up = true;
	if (r->told && r->told < r->nlanes)
		return tell_some(r);
	if (r->told)
		r->sent++;
	ret = finish_step(r);
	if (ret)
		return ret;
	if (r->at == r->nsteps)
		r->step = (struct fpb_step){ 0 };
	else
		r->step = next_step(r);
	r->told = 0;
	return tell_some(r);
}

/* --- what a kernel reports -------------------------------------------------- */

static int take_sample(struct lane *l, json_t *o)
{
	char why[FPB_REASON_MAX];
	int ret = l->nsamples < 2 ?
		  fpb_sample_from_json(o, &l->samples[l->nsamples], why) :
		  -E2BIG;

	if (ret) {
		fpb_err("%s: the agent reported no sample: %s",
			l->g.record.boot, ret == -E2BIG ? "one too many" : why);
		return ret;
	}
	if (l->samples[l->nsamples].seq != (l->nsamples ?
					    l->round->step.raw_seq :
					    l->round->step.seq)) {
		fpb_err("%s: the agent reported sample %u, which it was not asked for",
			l->g.record.boot, l->samples[l->nsamples].seq);
		return -EINVAL;
	}
	l->reported[l->nsamples++] = json_incref(o);
	return 0;
}

/*
 * How far the guest's clock is ahead of ours. We read it late, so the greatest
 * of several is the best: in a duet the agent reports many before the first
 * step, and each is read within a millisecond. Kernels take turns by it. The
 * clock of User-Mode Linux lacks the ticks that it missed while it booted: 1 to
 * 9 ms with two guests on two CPUs, up to 86 ms with six.
 */
static void take_clock(struct lane *l, const json_t *event)
{
	struct fpb_boot *rec = &l->g.record;
	int64_t offset = json_integer_value(json_object_get(event, "clock_ns")) -
			 (int64_t)fpb_realtime_ns();

	/* Later ones are read late, and would shift one kernel alone. */
	if (!l->round->told && (!rec->clock_offset_ns ||
				offset > rec->clock_offset_ns))
		rec->clock_offset_ns = offset;
}

/* Once all were read that come before the first step. */
static int check_clock(const struct lane *l)
{
	const struct fpb_boot *rec = &l->g.record;

	if (l->round->nlanes < 2 || llabs(rec->clock_offset_ns) < MAX_OFFSET_NS)
		return 0;
	fpb_err("%s: the guest's clock is %lld ms off: kernels cannot take turns by it",
		rec->boot, (long long)rec->clock_offset_ns / 1000000);
	fpb_hint("--separate boots the kernels one after the other");
	return -EINVAL;
}

static void take_lock(struct fpb_guest *g, const json_t *lock)
{
	char why[FPB_REASON_MAX];

	g->record.has_lock = !fpb_lock_evidence_from_json(lock,
							  &g->record.lock, why);
	if (!g->record.has_lock)
		fpb_warn("the agent reported no lock evidence: %s", why);
}

static int on_event(struct fpb_guest *g, json_t *event)
{
	struct lane *l = g->user;
	struct round *r = l->round;
	const char *what = json_string_value(json_object_get(event, "event"));
	const char *text;

	if (!strcmp(what, "sample"))
		return take_sample(l, json_object_get(event, "sample"));
	if (!strcmp(what, "clock")) {
		g->hurry = r->nlanes > 1;
		take_clock(l, event);
	} else if (!strcmp(what, "ready")) {
		l->ready = true;
		g->hurry = false;
		take_clock(l, event);
		return check_clock(l) ? : advance(r);
	} else if (!strcmp(what, "lock")) {
		take_lock(g, json_object_get(event, "lock"));
	} else if (!strcmp(what, "phase")) {
		text = json_string_value(json_object_get(event, "text"));
		fpb_progress_show(&r->samples->progress, g->kernel->name,
				  text ? text : "");
	}
	return 0;
}

/* --- boots ------------------------------------------------------------------ */

/* By folder, so that one that died without a record counts too. */
static unsigned int attempts(const struct round *r, const char *kernel)
{
	unsigned int n = 0;
	char dir[FPB_PATH_MAX];

	for (;;) {
		if (fpb_path(dir, n ? "%s/boots/r%02u-%s-%u" :
			     "%s/boots/r%02u-%s", r->run->dir, r->nr, kernel,
			     n + 1) || access(dir, F_OK))
			return n;
		n++;
	}
}

static void name_boot(struct fpb_boot *rec, const char *kernel)
{
	snprintf(rec->kernel, sizeof(rec->kernel), "%s", kernel);
	if (rec->attempt == 1)
		snprintf(rec->boot, sizeof(rec->boot), "r%02u-%.48s",
			 rec->round, kernel);
	else
		snprintf(rec->boot, sizeof(rec->boot), "r%02u-%.48s-%u",
			 rec->round, kernel, rec->attempt);
}

/* The longest time for which a guest is silent while it measures. */
static uint64_t longest_step_ms(const struct round *r)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < r->nsteps; i++)
		if (r->steps[i].slicing.job_ms > longest)
			longest = r->steps[i].slicing.job_ms;
	return longest << (MAX_TRIES - 1);
}

static int plan_lane(struct round *r, unsigned int nr, size_t kernel)
{
	const struct fpb_guests *s = &r->run->guests;
	struct lane *l = &r->lanes[nr];
	struct fpb_guest *g = &l->g;

	*l = (struct lane){ .round = r, .nr = nr, .job = fpb_guests_job(s) };
	l->job.sweep = l->job.probe = true;
	*g = fpb_guests_guest(s, &s->kernels[kernel], &l->job, l->dir);
	/* Beside its own it waits for the step of every other kernel. */
	g->silence_ms += (longest_step_ms(r) + s->plan.ramp_ms) * r->nlanes;
	g->on_event = on_event;
	g->user = l;
	g->record.round = r->nr;
	g->record.attempt = attempts(r, g->kernel->name) + 1;
	name_boot(&g->record, g->kernel->name);
	return fpb_path(l->dir, "%s/boots/%s", r->run->dir, g->record.boot);
}

static int record(const struct round *r, const struct fpb_boot *boot)
{
	char path[FPB_PATH_MAX];
	json_t *o = fpb_boot_to_json(boot);
	int ret = fpb_path(path, "%s/" FPB_FILE_BOOTS, r->run->dir);

	if (!ret)
		ret = o ? fpb_file_append_json(path, o) : -ENOMEM;
	json_decref(o);
	if (ret)
		fpb_err("cannot write %s: %s", path, strerror(-ret));
	return ret;
}

/* A kernel that should behave in one way and was seen to behave in another. */
static void check_lock(const struct round *r, const struct fpb_guest *g)
{
	const enum fpb_lock_state expect = g->kernel->expect;
	const struct fpb_boot *rec = &g->record;

	if (!rec->has_lock || rec->lock.state == FPB_LOCK_UNKNOWN ||
	    expect == FPB_LOCK_UNKNOWN || rec->lock.state == expect)
		return;
	fpb_err("%s: kernel %s should take the lock %s for parallel writes, but takes it %s",
		rec->boot, g->kernel->name, fpb_lock_name(expect),
		fpb_lock_name(rec->lock.state));
	r->result->wrong_lock = true;
}

static struct fpb_guest *next_guest(void *user)
{
	struct round *r = user;

	struct fpb_guest *g;

	if (r->booted == r->nlanes)
		return NULL;
	g = &r->lanes[r->order[r->booted++]].g;
	fpb_progress_show(&r->samples->progress, g->kernel->name, "booting");
	return g;
}

/* Of what was booted; the machine's load is that of the whole round. */
static int record_all(struct round *r, double foreign_cpus)
{
	int ret = 0;

	for (unsigned int i = 0; i < r->nlanes; i++) {
		struct fpb_boot *rec = &r->lanes[i].g.record;

		if (!*rec->status)
			continue;
		rec->has_load = true;
		rec->load.foreign_cpus = foreign_cpus;
		if (r->result->busy && !strcmp(rec->status, "ok"))
			strcpy(rec->status, "busy");
		else
			check_lock(r, &r->lanes[i].g);
		ret = record(r, rec) ? : ret;
	}
	return ret;
}

/* --- the round -------------------------------------------------------------- */

/* Whether one of the kernels lacks the cell @c. */
static bool lacks(const struct round *r, const size_t *kernels,
		  const struct fpb_cell *c)
{
	const struct fpb_kernel *all = r->run->guests.kernels;

	for (unsigned int i = 0; i < r->nlanes; i++)
		if (!fpb_samples_have(r->samples, all[kernels[i]].name, r->nr,
				      c))
			return true;
	return false;
}

/* What is left to measure. One that one kernel lacks all of them measure. */
static int plan_steps(struct round *r, const size_t *kernels)
{
	const struct fpb_plan *p = &r->run->guests.plan;
	size_t n = fpb_plan_ncells(p), all;
	struct fpb_cell *cells = calloc(n, sizeof(*cells));

	r->steps = calloc(n, sizeof(*r->steps));
	if (!cells || !r->steps) {
		free(cells);
		return -ENOMEM;
	}
	fpb_schedule_cells(p, r->nr, r->nlanes > 1 ? 0 : *kernels, cells);
	all = fpb_schedule_steps(p, cells, n, r->nr, r->nlanes, r->steps);
	for (size_t i = 0; i < all; i++) {
		const struct fpb_step *s = &r->steps[i];

		if (lacks(r, kernels, &s->cell) ||
		    (s->raw_seq && lacks(r, kernels, &cells[s->raw_seq - 1])))
			r->steps[r->nsteps++] = *s;
	}
	free(cells);
	return 0;
}

static bool too_busy(const struct round *r, double foreign_cpus)
{
	const unsigned int limit = r->run->guests.plan.load_limit_pct;

	/* Other work takes none of a virtual time. */
	return limit && !fpb_plan_is_exact(&r->run->guests.plan) &&
	       foreign_cpus * 100 > (double)limit * get_nprocs();
}

static int boot_all(struct round *r, bool may_repeat)
{
	const struct fpb_guests_queue q = {
		.alive = r->nlanes, .next = next_guest, .user = r,
	};
	struct fpb_foreign foreign;
	double cpus;
	int ret;

	fpb_progress_round(&r->samples->progress, r->run->dir, r->nr,
			   fpb_shard_rounds(&r->run->shard,
					    r->run->guests.nkernels, r->nr));
	fpb_progress_booting(&r->samples->progress);
	fpb_foreign_start(&foreign);
	ret = fpb_guests_run(&r->run->guests, &q);
	cpus = fpb_foreign_cpus(&foreign);
	r->result->busy = !ret && may_repeat && too_busy(r, cpus);
	drop_samples(r);
	return record_all(r, cpus) && !ret ? FPB_EXIT_FAILED : ret;
}

/* The lane of @kernel: lanes are in the order of the run's list. */
static unsigned int rank(const size_t *kernels, size_t n, size_t kernel)
{
	unsigned int below = 0;

	for (size_t i = 0; i < n; i++)
		below += kernels[i] < kernel;
	return below;
}

int fpb_round_run(struct fpb_run_spec *run, struct fpb_samples *samples,
		  unsigned int round, const size_t *order, size_t n,
		  bool may_repeat, struct fpb_round_result *result)
{
	struct round *r = calloc(1, sizeof(*r));
	int ret = r ? 0 : -ENOMEM;

	if (!ret) {
		r->run = run;
		r->samples = samples;
		r->nr = round;
		r->nlanes = n;
		r->result = result;
		ret = plan_steps(r, order);
	}
	for (unsigned int i = 0; !ret && i < n; i++) {
		r->order[i] = rank(order, n, order[i]);
		ret = plan_lane(r, r->order[i], order[i]);
	}
	if (ret)
		fpb_err("cannot plan round %u: %s", round, strerror(-ret));
	ret = ret ? FPB_EXIT_FAILED :
	      r->nsteps ? boot_all(r, may_repeat) : FPB_EXIT_OK;
	if (r)
		free(r->steps);
	free(r);
	return ret;
}
