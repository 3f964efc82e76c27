// SPDX-License-Identifier: GPL-2.0
#include "run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/plantime.h"
#include "guest/boot.h"
#include "core/schedule.h"
#include "run/rundir.h"
#include "guest/scratch.h"
#include "os/clock.h"
#include "os/msg.h"

/* A boot and the samples that it is to take. */
struct boot {
	struct fpb_booting b;
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
	struct fpb_run *run;
	json_t *manifest;
	struct fpb_scratch scratch;
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

static void show_progress(const struct state *st, const struct fpb_booting *b,
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

static void show_cell(const struct state *st, const struct fpb_booting *b,
		      const struct fpb_cell *c)
{
	char what[FPB_NAME_MAX * 3];

	snprintf(what, sizeof(what), "%s %s %u job%s", c->regime, c->target,
		 c->numjobs, c->numjobs == 1 ? "" : "s");
	show_progress(st, b, what);
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

static void keep_lock(struct fpb_booting *b, const json_t *lock)
{
	char why[FPB_REASON_MAX];

	b->record.has_lock = !fpb_lock_evidence_from_json(lock,
							  &b->record.lock, why);
	if (!b->record.has_lock)
		fpb_warn("the agent reported no lock evidence: %s", why);
}

static int on_event(struct fpb_booting *b, json_t *event)
{
	struct boot *boot = b->user;
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
				show_cell(st, b, &boot->cells[i].cell);
	} else if (!strcmp(what, "phase")) {
		text = json_string_value(json_object_get(event, "text"));
		show_progress(st, b, text ? text : "");
	} else if (!strcmp(what, "lock")) {
		keep_lock(b, json_object_get(event, "lock"));
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
	const struct fpb_run *r = st->run;
	const char *name = r->kernels[kernel].name;
	size_t n = fpb_plan_ncells(&r->plan);
	struct fpb_cell *all = calloc(n, sizeof(*all));

	boot->cells = calloc(n, sizeof(*boot->cells));
	if (!all || !boot->cells) {
		free(all);
		return -ENOMEM;
	}
	fpb_schedule_cells(&r->plan, round, kernel, all);
	n = fpb_schedule_jobs(&r->plan, all, n, boot->cells);
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

static int plan_boot(struct state *st, struct boot *boot, unsigned int round,
		     size_t kernel)
{
	const struct fpb_run *r = st->run;
	const struct fpb_kernel *k = &r->kernels[kernel];
	struct fpb_boot *rec = &boot->b.record;
	int ret;

	*boot = (struct boot){
		.st = st,
		.job = {
			.probe = true,
			.fio = r->programs.fio,
			.engine = r->programs.engine,
			.daemon = r->programs.daemon,
			.plan = r->plan,
		},
		.b = {
			.backend = r->backend,
			.kernel = k,
			.agent = r->programs.self,
			.scratch = st->scratch.path,
			/* It is silent while a sample is taken. */
			.silence_ms = r->silence_ms + longest_job_ms(&r->plan) +
				      r->plan.ramp_ms,
			.on_event = on_event,
			.record = {
				.round = round,
				.attempt = attempts(st, k->name, round) + 1,
			},
		},
	};
	ret = plan_cells(st, boot, round, kernel);
	if (ret)
		return ret;
	boot->job.cells = boot->cells;
	snprintf(rec->kernel, sizeof(rec->kernel), "%s", k->name);
	if (rec->attempt == 1)
		snprintf(rec->boot, sizeof(rec->boot), "r%02u-%.48s", round,
			 k->name);
	else
		snprintf(rec->boot, sizeof(rec->boot), "r%02u-%.48s-%u", round,
			 k->name, rec->attempt);
	return fpb_path(boot->dir, "%s/boots/%s", r->dir, rec->boot);
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
	struct fpb_booting *b = &boot->b;
	int ret, ret2;

	/* Only now, because @boot has come to rest where it is. */
	b->job = &boot->job;
	b->dir = boot->dir;
	b->user = boot;
	show_progress(st, b, "booting");
	ret = fpb_boot_run(b);
	ret2 = *b->record.status ? record(st, &b->record) : 0;
	if (ret || ret2)
		return FPB_EXIT_FAILED;
	if (!strcmp(b->record.status, "interrupted"))
		return FPB_EXIT_INTERRUPTED;
	if (!strcmp(b->record.status, "ok"))
		return FPB_EXIT_OK;
	fpb_err("%s: kernel %s: %s", b->record.boot, b->kernel->name,
		b->record.reason);
	fpb_boot_show_console(b);
	return FPB_EXIT_FAILED;
}

/* A kernel that should behave in one way and was seen to behave in another. */
static int check_lock(const struct fpb_booting *b, const json_t *manifest)
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

/* --- the rounds ------------------------------------------------------------- */

static int run_rounds(struct state *st)
{
	struct fpb_run *r = st->run;
	size_t order[FPB_MAX_KERNELS];
	bool wrong_lock = false;
	int ret;

	for (unsigned int round = 1; round <= r->plan.rounds; round++) {
		fpb_schedule_kernels(r->plan.seed, round, r->nkernels, order);
		for (size_t i = 0; i < r->nkernels; i++) {
			struct boot boot;

			ret = plan_boot(st, &boot, round, order[i]);
			if (ret)
				fpb_err("cannot plan a boot: %s",
					strerror(-ret));
			ret = ret ? FPB_EXIT_FAILED : boot.job.ncells ?
			      run_boot(st, &boot) : FPB_EXIT_OK;
			free(boot.cells);
			if (ret)
				return ret;
			if (check_lock(&boot.b, st->manifest))
				wrong_lock = true;
		}
	}
	fpb_status_line(NULL);
	return st->bad || wrong_lock ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

static void farewell(const struct state *st, int ret)
{
	const struct progress *p = &st->progress;

	fpb_info("%zu of %zu samples", p->done, p->total);
	/* For scripts, so on stdout. */
	puts(st->run->dir);
	if (p->done < p->total)
		fpb_hint("fpbench run --resume %s goes on", st->run->dir);
	else if (ret == FPB_EXIT_FAILED && st->bad)
		fpb_err("%zu samples failed or are invalid", st->bad);
}

int fpb_run(struct fpb_run *r)
{
	struct state st = { .run = r };
	int ret;

	ret = r->resume ? fpb_rundir_open(r, &st.manifest, &st.data) :
			  fpb_rundir_make(r, &st.manifest);
	if (ret)
		return ret == -EINVAL ? FPB_EXIT_USAGE : FPB_EXIT_FAILED;
	st.has_data = r->resume;
	st.progress = (struct progress){
		.total = fpb_plan_ncells(&r->plan) * r->nkernels *
			 r->plan.rounds,
		.done = st.has_data ? st.data.nsamples : 0,
		.at_start = st.has_data ? st.data.nsamples : 0,
		.started_ms = fpb_now_ms(),
		.planned_ms = fpb_plan_measuring_ms(&r->plan, r->nkernels),
	};
	ret = FPB_EXIT_FAILED;
	if (!fpb_scratch_up(&st.scratch)) {
		ret = run_rounds(&st);
		fpb_scratch_down(&st.scratch);
		farewell(&st, ret);
	}
	json_decref(st.manifest);
	if (st.has_data)
		fpb_rundata_free(&st.data);
	return ret;
}
