// SPDX-License-Identifier: GPL-2.0
#include "run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/plantime.h"
#include "core/schedule.h"
#include "os/clock.h"
#include "os/msg.h"
#include "run/rundir.h"

/* A boot and the samples that it is to take. */
struct boot {
	struct fpb_guest g;
	struct fpb_job job;
	struct fpb_job_cell *cells;	/* owned */
	char dir[FPB_PATH_MAX];		/* boots/NAME in the run's directory */
	struct state *st;
};

struct progress {
	size_t total, done, at_start;
	uint64_t started_ms, planned_ms;
};

struct state {
	struct fpb_run_spec *run;
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

static void show_progress(const struct state *st, const struct fpb_guest *g,
			  const char *what)
{
	unsigned int eta = eta_seconds(&st->progress);
	char text[160];

	snprintf(text, sizeof(text),
		 "round %u/%u %s: %s  [%zu/%zu] ETA %u:%02u",
		 g->record.round, st->run->guests.plan.rounds, g->kernel->name, what,
		 st->progress.done, st->progress.total, eta / 60, eta % 60);
	if (isatty(STDERR_FILENO))
		fpb_status_line(text);
	else
		fpb_info("%s", text);
}

static void show_cell(const struct state *st, const struct fpb_guest *g,
		      const struct fpb_cell *c)
{
	char what[FPB_NAME_MAX * 3];

	snprintf(what, sizeof(what), "%s %s %u job%s", c->regime, c->target,
		 c->numjobs, c->numjobs == 1 ? "" : "s");
	show_progress(st, g, what);
}

/* --- what a boot reports ---------------------------------------------------- */

/* From before this run was resumed. */
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
	/* The other side of a pair whose one sample was missing is there. */
	if (!have_sample(st, s.kernel, s.round, &s.cell))
		st->progress.done++;
	if (s.status == FPB_SAMPLE_FAILED || s.status == FPB_SAMPLE_INVALID) {
		st->bad++;
		fpb_warn("%s, %s %s %u jobs: %s", s.boot, s.cell.regime,
			 s.cell.target, s.cell.numjobs, s.reason);
	}
	return 0;
}

static void keep_lock(struct fpb_guest *g, const json_t *lock)
{
	char why[FPB_REASON_MAX];

	g->record.has_lock = !fpb_lock_evidence_from_json(lock,
							  &g->record.lock, why);
	if (!g->record.has_lock)
		fpb_warn("the agent reported no lock evidence: %s", why);
}

static int on_event(struct fpb_guest *g, json_t *event)
{
	struct boot *boot = g->user;
	struct state *st = boot->st;
	const char *what = json_string_value(json_object_get(event, "event"));
	const char *text;
	json_int_t seq;

	if (!strcmp(what, "sample"))
		return keep_sample(st, json_object_get(event, "sample"));
	if (!strcmp(what, "cell")) {
		seq = json_integer_value(json_object_get(event, "seq"));
		for (size_t i = 0; i < boot->job.ncells; i++)
			if (boot->cells[i].seq == seq)
				show_cell(st, g, &boot->cells[i].cell);
	} else if (!strcmp(what, "phase")) {
		text = json_string_value(json_object_get(event, "text"));
		show_progress(st, g, text ? text : "");
	} else if (!strcmp(what, "lock")) {
		keep_lock(g, json_object_get(event, "lock"));
	}
	return 0;
}

/* --- a boot ----------------------------------------------------------------- */

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

/* What is left to measure, into @boot. */
static int plan_cells(struct state *st, struct boot *boot, unsigned int round,
		      size_t kernel)
{
	const struct fpb_run_spec *r = st->run;
	const char *name = r->guests.kernels[kernel].name;
	size_t n = fpb_plan_ncells(&r->guests.plan);
	struct fpb_cell *all = calloc(n, sizeof(*all));

	boot->cells = calloc(n, sizeof(*boot->cells));
	if (!all || !boot->cells) {
		free(all);
		return -ENOMEM;
	}
	fpb_schedule_cells(&r->guests.plan, round, kernel, all);
	n = fpb_schedule_jobs(&r->guests.plan, all, n, boot->cells);
	for (size_t i = 0; i < n; i++) {
		const struct fpb_job_cell *c = &boot->cells[i];

		/* Of a pair both are measured again if one is missing. */
		if (have_sample(st, name, round, &c->cell) &&
		    (!c->raw_seq ||
		     have_sample(st, name, round, &all[c->raw_seq - 1])))
			continue;
		boot->cells[boot->job.ncells++] = *c;
	}
	free(all);
	return 0;
}

static uint64_t longest_job_ms(const struct fpb_plan *p)
{
	uint64_t ms, longest = 0;

	for (size_t i = 0; i < p->nregimes; i++) {
		for (size_t j = 0; j < p->nnumjobs; j++) {
			ms = fpb_plan_job_ms(p, &p->regimes[i], p->numjobs[j]);
			longest = ms > longest ? ms : longest;
		}
	}
	return longest;
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

/* @boot must stay where it is until the guest has ended. */
static int plan_boot(struct state *st, struct boot *boot, unsigned int round,
		     size_t kernel)
{
	const struct fpb_run_spec *r = st->run;
	const struct fpb_kernel *k = &r->guests.kernels[kernel];
	struct fpb_guest *g = &boot->g;
	int ret;

	*boot = (struct boot){ .st = st, .job = fpb_guests_job(&r->guests) };
	boot->job.probe = true;
	*g = fpb_guests_guest(&r->guests, k, &boot->job, boot->dir);
	/* It is silent while a sample is taken. */
	g->silence_ms += longest_job_ms(&r->guests.plan) +
			 r->guests.plan.ramp_ms;
	g->on_event = on_event;
	g->user = boot;
	g->record.round = round;
	g->record.attempt = attempts(st, k->name, round) + 1;
	name_boot(&g->record, k->name);
	ret = plan_cells(st, boot, round, kernel);
	boot->job.cells = boot->cells;
	return ret ? ret : fpb_path(boot->dir, "%s/boots/%s", r->dir,
				    g->record.boot);
}

static int record(const struct state *st, const struct fpb_boot *boot)
{
	char path[FPB_PATH_MAX];
	json_t *o = fpb_boot_to_json(boot);
	int ret = fpb_path(path, "%s/" FPB_FILE_BOOTS, st->run->dir);

	if (!ret)
		ret = o ? fpb_file_append_json(path, o) : -ENOMEM;
	json_decref(o);
	if (ret)
		fpb_err("cannot write %s: %s", path, strerror(-ret));
	return ret;
}

/* Returns an exit status. */
static int run_boot(struct state *st, struct boot *boot)
{
	struct fpb_guest *g = &boot->g;
	int ret;

	show_progress(st, g, "booting");
	ret = fpb_guests_boot(&st->run->guests, g);
	if (*g->record.status && record(st, &g->record))
		return FPB_EXIT_FAILED;
	return ret;
}

/* A kernel that should behave in one way and was seen to behave in another. */
static int check_lock(const struct fpb_guest *g)
{
	const enum fpb_lock_state expect = g->kernel->expect;
	const struct fpb_boot *rec = &g->record;

	if (!rec->has_lock || rec->lock.state == FPB_LOCK_UNKNOWN ||
	    expect == FPB_LOCK_UNKNOWN || rec->lock.state == expect)
		return 0;
	fpb_err("%s: kernel %s should take the lock %s for parallel writes, but takes it %s",
		rec->boot, g->kernel->name, fpb_lock_name(expect),
		fpb_lock_name(rec->lock.state));
	return -EINVAL;
}

/* --- the rounds ------------------------------------------------------------- */

/* Returns an exit status; @wrong_lock is set if the lock is not as expected. */
static int run_kernel(struct state *st, unsigned int round, size_t kernel,
		      bool *wrong_lock)
{
	struct boot boot;
	int ret = plan_boot(st, &boot, round, kernel);

	if (ret)
		fpb_err("cannot plan a boot: %s", strerror(-ret));
	ret = ret ? FPB_EXIT_FAILED :
	      boot.job.ncells ? run_boot(st, &boot) : FPB_EXIT_OK;
	free(boot.cells);
	if (!ret && check_lock(&boot.g))
		*wrong_lock = true;
	return ret;
}

static int run_rounds(struct state *st)
{
	const struct fpb_guests *s = &st->run->guests;
	size_t order[FPB_MAX_KERNELS];
	bool wrong_lock = false;
	int ret = FPB_EXIT_OK;

	for (unsigned int round = 1; !ret && round <= s->plan.rounds; round++) {
		fpb_schedule_kernels(s->plan.seed, round, s->nkernels, order);
		for (size_t i = 0; !ret && i < s->nkernels; i++)
			ret = run_kernel(st, round, order[i], &wrong_lock);
	}
	if (ret)
		return ret;
	fpb_status_line(NULL);
	return st->bad || wrong_lock ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

/* The command as it can be typed: by the name that we were called by. */
static void hint_resume(const char *dir)
{
	const char *quote = strpbrk(dir, " \t\n\"$&();<>|*?") ? "'" : "";

	fpb_hint("%s run --resume %s%s%s goes on", program_invocation_name,
		 quote, dir, quote);
}

static void farewell(const struct state *st, int ret)
{
	const struct progress *p = &st->progress;

	fpb_info("%zu of %zu samples", p->done, p->total);
	/* For scripts, so on stdout. */
	puts(st->run->dir);
	if (p->done < p->total)
		hint_resume(st->run->dir);
	else if (ret == FPB_EXIT_FAILED && st->bad)
		fpb_err("%zu samples failed or are invalid", st->bad);
}

int fpb_run(struct fpb_run_spec *r)
{
	const struct fpb_plan *p = &r->guests.plan;
	struct state st = { .run = r, .has_data = r->resume };
	int ret;

	ret = r->resume ? fpb_rundir_open(r, &st.data) : fpb_rundir_make(r);
	if (ret)
		return ret == -EINVAL ? FPB_EXIT_USAGE : FPB_EXIT_FAILED;
	st.progress = (struct progress){
		.total = fpb_plan_ncells(p) * r->guests.nkernels * p->rounds,
		.done = st.has_data ? st.data.nsamples : 0,
		.at_start = st.has_data ? st.data.nsamples : 0,
		.started_ms = fpb_now_ms(),
		.planned_ms = fpb_plan_measuring_ms(p, r->guests.nkernels),
	};
	ret = run_rounds(&st);
	farewell(&st, ret);
	if (st.has_data)
		fpb_rundata_free(&st.data);
	return ret;
}
