// SPDX-License-Identifier: GPL-2.0
#include "agent/lockboot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/manifest.h"
#include "os/clock.h"
#include "os/spawn.h"
#include "os/stop.h"
#include "setup/lockprobe.h"

/*
 * Latency and size of the device; XFS wants 300 MiB at least. The latency has
 * to outweigh by far what an I/O costs, also where that is emulated.
 */
#define PROBE_NSEC	(fpb_patience > 1 ? 5000000 : 1000000)
#define PROBE_MIB	320
#define PROBE_FILE_MIB	4

static int rig_up(struct fpb_agent *a, bool noparallel)
{
	fpb_agent_phase(a, "probing the lock");
	a->rig = fpb_agent_rig(a);
	a->rig.device.size_mib = PROBE_MIB;
	a->rig.device.completion_nsec = PROBE_NSEC;
	a->rig.file_mib = PROBE_FILE_MIB;
	a->rig.private_files = 0;
	fpb_rig_add_daemon(&a->rig, fpb_target_preset("fuse"));
	if (noparallel)
		fpb_rig_add_daemon(&a->rig,
				   fpb_target_preset("fuse-noparallel"));
	return fpb_rig_up(&a->rig, a->why);
}

/* Evidence of the case on the target, or the reason why there is none. */
static int probe(struct fpb_agent *a, const struct fpb_lock_case *c,
		 const char *target, struct fpb_lock_evidence *e)
{
	const struct fpb_daemon *d = fpb_rig_daemon(&a->rig, target);
	char file[FPB_PATH_MAX], control[FPB_PATH_MAX];
	int ret;

	*e = (struct fpb_lock_evidence){ 0 };
	if (d && *d->lacks) {
		snprintf(e->reason, sizeof(e->reason), "%s", d->lacks);
		return 0;
	}
	ret = fpb_rig_file(&a->rig, target, file);
	if (!ret)
		ret = fpb_rig_file(&a->rig, FPB_TARGET_RAW, control);
	if (!ret)
		ret = fpb_lock_probe(file, c, control, PROBE_NSEC, e);
	if (ret)
		snprintf(a->why, sizeof(a->why),
			 "lock probe failed: \"%s\" on %.60s: %s", c->name,
			 target, strerror(-ret));
	return ret;
}

int fpb_agent_lock(struct fpb_agent *a)
{
	struct fpb_lock_evidence e = { 0 };
	int ret;

	if (fpb_agent_has_latency(a, e.reason)) {
		ret = rig_up(a, false);
		if (!ret)
			ret = probe(a, &fpb_lock_cases[0], "fuse", &e);
		fpb_rig_down(&a->rig);
		if (ret)
			return ret;
	}
	return fpb_agent_report(a, json_pack("{ss so}", "event", "lock",
					     "lock",
					     fpb_lock_evidence_to_json(&e)));
}

/* The second file of the case that writes two. */
static int copy_data_file(struct fpb_agent *a)
{
	char from[FPB_PATH_MAX], to[FPB_PATH_MAX + 2];
	const char *argv[] = { "cp", from, to, NULL };
	int ret = fpb_rig_file(&a->rig, FPB_TARGET_RAW, from);

	snprintf(to, sizeof(to), "%s.2", from);
	return ret ? ret : fpb_spawn_run_why(argv, a->log, 30000, a->why);
}

/* On raw, and on the mode of the daemon that the case is about. */
static int probe_both(struct fpb_agent *a, const struct fpb_lock_case *c)
{
	const char *targets[] = { FPB_TARGET_RAW, c->noparallel ?
				  "fuse-noparallel" : "fuse" };
	struct fpb_lock_evidence e;
	int ret = 0;

	for (int t = 0; !ret && t < 2; t++) {
		ret = fpb_stop_asked() ? -EINTR : probe(a, c, targets[t], &e);
		if (!ret)
			ret = fpb_agent_report(a,
				json_pack("{ss ss ss so}", "event", "probe",
					  "case", c->name, "target", targets[t],
					  "lock",
					  fpb_lock_evidence_to_json(&e)));
	}
	return ret;
}

int fpb_agent_lock_cases(struct fpb_agent *a)
{
	const char *only = a->job->probe_case;
	const struct fpb_lock_case *c;
	int ret;

	if (!fpb_agent_has_latency(a, a->why))
		return -ENODEV;
	ret = rig_up(a, true);
	if (ret)
		return ret;
	ret = copy_data_file(a);
	for (unsigned int i = 0; !ret && i < a->job->probes; i++)
		for (c = fpb_lock_cases; !ret && c->name; c++)
			if (!only || !strcmp(only, c->name))
				ret = probe_both(a, c);
	fpb_rig_down(&a->rig);
	return ret;
}
