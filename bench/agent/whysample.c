// SPDX-License-Identifier: GPL-2.0
#include "agent/whysample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/cputime.h"

/* So far, without the locks. 0 or -errno. */
static int count(const struct fpb_agent *a, const struct fpb_daemon *d,
		 struct fpb_why *w)
{
	const struct fpb_cputime_split daemon = d ? fpb_daemon_cpu(d) :
		(struct fpb_cputime_split){ 0 };

	*w = (struct fpb_why){
		.daemon_user = daemon.user_ns,
		.daemon_kernel = daemon.kernel_ns,
		.all = fpb_cputime_busy_ns(),
		.runnable = fpb_cputime_runnable_ns(),
	};
	return fpb_device_in_flight(&a->rig.device, &w->in_flight);
}

static int fail(struct fpb_agent *a, const char *what, int error)
{
	snprintf(a->why, sizeof(a->why), "%s: %s", what, strerror(-error));
	return error;
}

int fpb_agent_why_begin(struct fpb_agent *a, const struct fpb_daemon *d)
{
	int ret = fpb_file_poke(FPB_LOCK_STAT, "0");

	if (ret)
		return fail(a, "cannot clear " FPB_LOCK_STAT
			    " (a kernel with VARIANT=" FPB_WHY_VARIANT " has it)",
			    ret);
	ret = count(a, d, &a->counted);
	return ret ? fail(a, "cannot read the statistics of the device", ret) :
		     0;
}

static int read_locks(struct fpb_agent *a, struct fpb_lockstat *s)
{
	char *text;
	int ret = fpb_file_read(FPB_LOCK_STAT, &text, NULL);

	if (ret)
		return fail(a, "cannot read " FPB_LOCK_STAT, ret);
	ret = fpb_lockstat_parse(text, s, a->why);
	free(text);
	return ret;
}

/* A daemon that forks has processes that ended: their time is gone. */
static uint64_t since(uint64_t after, uint64_t before)
{
	return after > before ? after - before : 0;
}

static void subtract(struct fpb_why *w, const struct fpb_why *before)
{
	w->daemon_user = since(w->daemon_user, before->daemon_user);
	w->daemon_kernel = since(w->daemon_kernel, before->daemon_kernel);
	w->all = since(w->all, before->all);
	w->runnable = since(w->runnable, before->runnable);
	w->in_flight = since(w->in_flight, before->in_flight);
}

/* By fio's own account: its start and end are no part of an I/O. */
static uint64_t app_ns(const struct fpb_sample *s, double pct)
{
	return pct / 100 * s->cell.numjobs * s->ios / s->iops * 1e9;
}

int fpb_agent_why_end(struct fpb_agent *a, const struct fpb_daemon *d,
		      const struct fpb_sample *s)
{
	const struct fpb_plan *p = &a->job->plan;
	const struct fpb_regime *r = fpb_plan_regime(p, s->cell.regime);
	struct fpb_why w;
	int ret = count(a, d, &w);

	if (ret)
		return fail(a, "cannot read the statistics of the device", ret);
	subtract(&w, &a->counted);
	ret = read_locks(a, &w.locks);
	if (ret)
		return ret;
	strcpy(w.kernel, a->job->kernel);
	w.cell = s->cell;
	w.app_user = app_ns(s, s->cpu_usr_pct);
	w.app_kernel = app_ns(s, s->cpu_sys_pct);
	w.ios = s->ios;
	w.iops = s->iops;
	w.lat_mean_ns = s->lat_mean_ns;
	w.iodepth = fpb_workload_depth(fpb_plan_workload(p, s->cell.workload),
				       r->iodepth);
	w.latency = r->completion_nsec;
	return fpb_agent_report(a, json_pack("{ss so}", "event", "why", "why",
					     fpb_why_to_json(&w)));
}
