// SPDX-License-Identifier: GPL-2.0
#include "run/why.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/guestshare.h"
#include "os/msg.h"

/* One boot. */
struct look {
	struct fpb_kernel kernel;
	struct fpb_job job;
	struct fpb_guest g;
	char dir[FPB_PATH_MAX];
	json_t *found;			/* list of lines */
};

/* What runs cannot be replaced by another build. */
static int take_running(const struct fpb_kernel *k, struct fpb_kernel *found)
{
	if (access(FPB_LOCK_STAT, F_OK)) {
		fpb_err("run: --why: the running kernel has no " FPB_LOCK_STAT);
		fpb_hint("boot one with CONFIG_LOCK_STAT=y, which is slower than one without");
		return FPB_EXIT_USAGE;
	}
	*found = *k;
	json_incref(found->build);
	return FPB_EXIT_OK;
}

static int find_kernel(const struct fpb_guests *s, const struct fpb_kernel *k,
		       struct fpb_kernel *found)
{
	if (!s->backend->guest)
		return take_running(k, found);
	if (!fpb_kernel_variant(k, s->backend, FPB_WHY_VARIANT,
				s->programs.kernels, found))
		return FPB_EXIT_OK;
	fpb_err("run: --why: %s has no kernel with lock statistics that is otherwise kernel %s",
		s->programs.kernels, k->name);
	fpb_hint("make kernels VARIANT=" FPB_WHY_VARIANT
		 ", with the other variables as for kernel %s, builds it",
		 k->name);
	return FPB_EXIT_USAGE;
}

int fpb_why_check(const struct fpb_guests *s)
{
	struct fpb_kernel found;
	int ret = FPB_EXIT_OK;

	if (!s->plan.why)
		return FPB_EXIT_OK;
	for (size_t i = 0; !ret && i < s->nkernels; i++) {
		ret = find_kernel(s, &s->kernels[i], &found);
		if (!ret)
			fpb_kernel_free(&found);
	}
	return ret;
}

/* --- what a boot says -------------------------------------------------------- */

/* A sample that was skipped is one that the rounds lack, too. */
static int check_sample(const struct fpb_guest *g, const json_t *o)
{
	char why[FPB_REASON_MAX];
	struct fpb_sample s;
	int ret = fpb_sample_from_json(o, &s, why);

	if (ret)
		fpb_err("%s: the agent reported no sample: %s", g->record.boot,
			why);
	else if (s.status != FPB_SAMPLE_OK && s.status != FPB_SAMPLE_SKIPPED)
		fpb_warn("%s, %s %s %u job%s: %s", g->record.boot, s.cell.regime,
			 s.cell.target, s.cell.numjobs,
			 s.cell.numjobs == 1 ? "" : "s", s.reason);
	return ret;
}

static int on_event(struct fpb_guest *g, json_t *event)
{
	const json_t *sample = json_object_get(event, "sample");
	json_t *o = json_object_get(event, "why");
	struct look *l = g->user;
	char why[FPB_REASON_MAX];
	struct fpb_why w;

	if (sample)
		return check_sample(g, sample);
	if (!o)
		return 0;
	if (fpb_why_from_json(o, &w, why)) {
		fpb_err("%s: the agent did not report what was counted: %s",
			g->record.boot, why);
		return -EINVAL;
	}
	return json_array_append(l->found, o) ? -ENOMEM : 0;
}

/* Of a whole boot. Of a part, as after a kill, a resume leaves out the rest. */
static int keep(const struct fpb_run_spec *r, const json_t *found)
{
	const size_t n = json_array_size(found);
	char path[FPB_PATH_MAX];
	json_t *lines[n + 1];
	int ret = fpb_path(path, "%s/" FPB_FILE_WHY, r->dir);

	for (size_t i = 0; i < n; i++)
		lines[i] = json_array_get(found, i);
	if (!ret && n)
		ret = fpb_file_append_lines(path, lines, n);
	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("cannot write %s: %s", path, strerror(-ret));
	return FPB_EXIT_FAILED;
}

/* --- what it is told --------------------------------------------------------- */

static int write_step(const struct look *l, size_t n, json_t *o)
{
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/" FPB_SHARE_STEP, l->dir, (unsigned int)n) ? :
		  o ? fpb_file_write_json(path, o) : -ENOMEM;

	json_decref(o);
	return ret;
}

/* It is alone, so that all steps can lie there from the start. */
static int write_steps(const struct look *l)
{
	struct fpb_step steps[fpb_plan_ncells(&l->job.plan)];
	const size_t n = fpb_why_steps(&l->job.plan, steps);
	int ret = fpb_mkdirs(l->dir);

	for (size_t i = 0; !ret && i < n; i++)
		ret = write_step(l, i, fpb_step_to_json(&steps[i]));
	return ret ? : write_step(l, n, json_object());
}

/* What the samples of the rounds need, and this boot does not. */
static void simplify(struct fpb_plan *p)
{
	p->pairing = FPB_PAIRING_SEPARATE;
	p->ramp_ms = 0;
}

static int plan_boot(const struct fpb_run_spec *r, struct look *l)
{
	const struct fpb_guests *s = &r->guests;

	l->job = fpb_guests_job(s);
	l->job.sweep = l->job.why = true;
	simplify(&l->job.plan);
	l->g = fpb_guests_guest(s, &l->kernel, &l->job, l->dir);
	l->g.on_event = on_event;
	l->g.user = l;
	snprintf(l->g.record.boot, sizeof(l->g.record.boot), "why-%.48s",
		 l->kernel.name);
	/* That of a boot that failed goes. */
	return fpb_path(l->dir, "%s/boots/%s", r->dir, l->g.record.boot) ? :
	       fpb_remove_tree(l->dir) ? : write_steps(l);
}

/* --- all of them ------------------------------------------------------------- */

static bool is_there(const struct fpb_rundata *data, const char *kernel)
{
	for (size_t i = 0; data && i < data->nwhy; i++)
		if (!strcmp(data->why[i].kernel, kernel))
			return true;
	return false;
}

static int look(struct fpb_run_spec *r, const struct fpb_kernel *k)
{
	struct look l = { .found = json_array() };
	int ret = find_kernel(&r->guests, k, &l.kernel), error;

	if (!ret) {
		fpb_info("counting what kernel %s waits for ...", k->name);
		error = plan_boot(r, &l);
		if (error) {
			fpb_err("cannot prepare a boot of kernel %s: %s",
				k->name, strerror(-error));
			ret = FPB_EXIT_FAILED;
		}
		ret = ret ? : fpb_guests_boot(&r->guests, &l.g) ? :
		      keep(r, l.found);
		fpb_kernel_free(&l.kernel);
	}
	json_decref(l.found);
	return ret;
}

int fpb_why_run(struct fpb_run_spec *r, const struct fpb_rundata *data)
{
	int ret = FPB_EXIT_OK;

	for (size_t i = 0; !ret && i < r->guests.nkernels; i++)
		if (!is_there(data, r->guests.kernels[i].name))
			ret = look(r, &r->guests.kernels[i]);
	return ret;
}
