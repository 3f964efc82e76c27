// SPDX-License-Identifier: GPL-2.0
#include "agent/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/fiorun.h"
#include "agent/pagecache.h"
#include "agent/sample.h"
#include "core/guestshare.h"
#include "core/step.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/stop.h"

#define POLL_MS	2
#define ALIVE_MS 5000
/* The harness takes up to 20 ms to hurry, and then reads every millisecond. */
#define CLOCKS_MS 60

/* The regime whose rig is up, and why this machine cannot have it. */
struct regime {
	char name[FPB_NAME_MAX];
	char cannot[FPB_REASON_MAX];
};

/* Each, and what it is over. */
_Static_assert(FPB_MAX_DAEMONS >= 2 * FPB_PLAN_MAX_LIST, "a target has no place");

/* And what it is over, first. */
static int add_target(struct fpb_agent *a, const struct fpb_target *t)
{
	int ret = 0;

	if (*t->over)
		ret = fpb_rig_add_daemon(&a->rig,
			fpb_plan_target_below(&a->job->plan, t));
	return ret ? : fpb_rig_add_daemon(&a->rig, t);
}

/* Each is a sign of life, and one that fails is no end of the others. */
static int serve(struct fpb_agent *a)
{
	const struct fpb_plan *p = &a->job->plan;
	char phase[FPB_NAME_MAX + 16];
	int ret = 0;

	for (size_t i = 0; !ret && i < p->ntargets; i++)
		ret = add_target(a, &p->targets[i]);
	for (size_t i = 0; !ret && i < a->rig.ndaemons; i++) {
		struct fpb_daemon *d = &a->rig.daemons[i];

		snprintf(phase, sizeof(phase), "setting up %s",
			 d->target->name);
		ret = fpb_agent_phase(a, phase);
		if (!ret && fpb_rig_serve(&a->rig, d) == -EINTR)
			ret = -EINTR;
	}
	return ret;
}

static int regime_up(struct fpb_agent *a, const char *name, struct regime *now)
{
	const struct fpb_plan *p = &a->job->plan;
	const struct fpb_regime *r = fpb_plan_regime(p, name);

	fpb_rig_down(&a->rig);
	*now = (struct regime){ 0 };
	if (!r) {
		snprintf(a->why, sizeof(a->why), "unknown regime %s", name);
		return -EINVAL;
	}
	snprintf(now->name, sizeof(now->name), "%s", name);
	if (fpb_regime_needs_latency(r) &&
	    !fpb_agent_has_latency(a, now->cannot))
		return 0;
	fpb_agent_phase(a, "setting up");
	a->rig = fpb_agent_rig(a);
	a->rig.device.completion_nsec = r->completion_nsec;
	return fpb_rig_up(&a->rig, a->why) ? : serve(a);
}

static int report_clock(struct fpb_agent *a)
{
	const uint64_t end = fpb_now_ms() + CLOCKS_MS;
	int ret = 0;

	while (!ret && fpb_now_ms() < end) {
		ret = fpb_agent_report(a, json_pack("{ss sI}", "event", "clock",
			"clock_ns", (json_int_t)fpb_realtime_ns()));
		fpb_sleep_ms(1);
	}
	return ret;
}

/* Waits for step @n. 1 with *@step, 0 for the end, or -errno. */
static int next_step(struct fpb_agent *a, unsigned int n, struct fpb_step *step)
{
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX];
	unsigned int polls = 0;
	json_t *o = NULL;
	int ret = fpb_path(path, "%s/" FPB_SHARE_STEP, a->job->out, n) ? :
		  fpb_agent_report(a, json_pack("{ss si sI}", "event", "ready",
						"step", (int)n, "clock_ns",
						(json_int_t)fpb_realtime_ns()));

	/* Others may take longer than we may be silent. */
	while (!ret && fpb_file_read_json(path, &o, why) == -ENOENT) {
		fpb_sleep_ms(POLL_MS);
		if (fpb_stop_asked())
			ret = -EINTR;
		else if (++polls % (ALIVE_MS / POLL_MS) == 0)
			ret = fpb_agent_report(a, json_pack("{ss}", "event",
							    "waiting"));
	}
	if (!ret && !o) {
		snprintf(a->why, sizeof(a->why), FPB_SHARE_STEP ":%.200s", n,
			 why);
		ret = -EINVAL;
	} else if (!ret && json_object_size(o)) {
		ret = fpb_step_from_json(o, step, a->why) ? : 1;
	}
	json_decref(o);
	return ret;
}

static int run_step(struct fpb_agent *a, const struct fpb_step *step,
		    struct regime *now)
{
	int ret = 0;

	if (strcmp(now->name, step->cell.regime))
		ret = regime_up(a, step->cell.regime, now);
	if (!ret && step->seq)
		ret = *now->cannot ? fpb_agent_skip(a, step, now->cannot) :
				     fpb_agent_measure(a, step);
	if (ret && !*a->why)
		snprintf(a->why, sizeof(a->why), "cell %u: %s", step->seq,
			 strerror(-ret));
	return ret;
}

/* By which the harness tells functions apart: it may not have the kernel's map. */
static int keep_symbols(struct fpb_agent *a)
{
	char path[FPB_PATH_MAX], *text = NULL;
	int ret = fpb_file_read("/proc/kallsyms", &text, NULL) ? :
		  fpb_path(path, "%s/" FPB_SHARE_SYMBOLS, a->job->out) ? :
		  fpb_file_write(path, text);

	if (ret)
		snprintf(a->why, sizeof(a->why),
			 "cannot keep the kernel's symbols, /proc/kallsyms: %s",
			 strerror(-ret));
	free(text);
	return ret;
}

int fpb_agent_sweep(struct fpb_agent *a)
{
	struct regime now = { 0 };
	struct fpb_step step;
	bool marked = false;
	unsigned int n = 0;
	int ret;

	a->cpu_clock = fpb_fio_cpu_clock(a);
	if (a->job->guest && fpb_plan_holds_pages(&a->job->plan))
		fpb_pagecache_hold();
	ret = a->job->plan.pairing == FPB_PAIRING_DUET ? report_clock(a) : 0;
	if (ret)
		return ret;
	while ((ret = next_step(a, n++, &step)) > 0) {
		marked |= step.mark_ios;
		ret = run_step(a, &step, &now);
		if (ret)
			break;
	}
	fpb_rig_down(&a->rig);
	return ret || !marked ? ret : keep_symbols(a);
}
