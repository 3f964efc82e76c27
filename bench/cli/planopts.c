// SPDX-License-Identifier: GPL-2.0
#include "cli/planopts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/planfile.h"
#include "os/file.h"
#include "os/msg.h"

/* Few cells and short samples, but enough rounds for an interval. */
static const char *const quick[] = {
	"sweep.numjobs=1,8", "sweep.runtime=300ms", "sweep.ramp=50ms",
	"sweep.rounds=9", "regime device.slice=100ms", "sweep.filesize=128m",
	"device.size=512m", "guest.memory=1g", NULL
};

/*
 * With many workloads one row of each: two jobs, which meet at a lock, and have a CPU
 * each, so that slices are short and vary little.
 */
#define MANY_WORKLOADS	4
static const char *const quick_many[] = { "sweep.numjobs=2", NULL };

/* The workload of --job. */
#define JOB	"job"

/* Of a run that a rule ends, unless options or the plan file have them. */
#define ROUNDS_AT_MOST	"100"

void fpb_planopts_draw_seed(struct fpb_plan *p)
{
	uint32_t seed;

	while (!p->seed)
		if (getrandom(&seed, sizeof(seed), 0) == sizeof(seed))
			p->seed = seed;
}

bool fpb_planopts_given(const struct fpb_planopts *o)
{
	return o->quick || o->rounds || o->numjobs || o->regimes ||
	       o->targets || o->runtime || o->seed || o->until_ci ||
	       o->max_time || o->paired ||
	       o->separate || o->steps || o->set || o->fs || o->workloads || o->job;
}

/* An option bears the name of its key, but for --workload. */
static int set(struct fpb_plan *p, const char *key, const char *value)
{
	char why[FPB_REASON_MAX];

	if (!value || !fpb_plan_set(p, "sweep", key, value, why))
		return 0;
	for (char *c = why; *c && *c != ':'; c++)
		*c = *c == '_' ? '-' : *c;
	if (!strcmp(key, "workloads"))
		fpb_err("--workload%s", strchr(why, ':') ? : "");
	else
		fpb_err("--%s", why);
	return -EINVAL;
}

static int read_file(struct fpb_plan *p, const char *file)
{
	char *text, why[FPB_REASON_MAX];
	unsigned int line = 0;
	int ret = fpb_file_read(file, &text, NULL);

	if (ret) {
		fpb_err("cannot read plan %s: %s", file, strerror(-ret));
		fpb_hint("\"fpbench list --keys\" prints one to begin with");
		return -EINVAL;
	}
	ret = fpb_plan_parse(p, text, why, &line);
	free(text);
	if (ret)
		fpb_err("%s:%u: %s", file, line, why);
	return ret;
}

/* How long the name before the command is; 0: there is none. */
static size_t name_length(const char *fs)
{
	const size_t len = strspn(fs, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return fs[len] == '=' ? len : 0;
}

char *const *fpb_planopts_compared_fs(const struct fpb_planopts *o)
{
	return o->fs && o->fs[1] ? o->fs : NULL;
}

/* Each of several has a name of its own. */
static int check_fs_names(char *const *fs)
{
	for (char *const *a = fs; *a; a++) {
		const size_t len = name_length(*a);

		if (!len) {
			fpb_err("--fs %s: one of several: name it by NAME=COMMAND",
				*a);
			return -EINVAL;
		}
		for (char *const *b = fs; b < a; b++) {
			if (strncmp(*a, *b, len + 1))
				continue;
			fpb_err("--fs %s: two of them are named %.*s", *a,
				(int)len, *a);
			return -EINVAL;
		}
	}
	return 0;
}

static int set_fs(const struct fpb_planopts *o, struct fpb_plan *p)
{
	static const char section[] = "target " FPB_TARGET_FS;
	const char *command;
	char why[FPB_REASON_MAX];

	if (!o->fs)
		return 0;
	if (o->fs[1] && check_fs_names(o->fs))
		return -EINVAL;
	/* Of several each kernel has its own: guest/guests.c. */
	command = o->fs[0];
	if (o->fs[1])
		command += name_length(command) + 1;
	if (fpb_plan_set(p, section, "like", "fuse", why) ||
	    fpb_plan_set(p, section, "expect", "any", why) ||
	    fpb_plan_set(p, section, "mount", command, why)) {
		fpb_err("--fs: %s", why);
		return -EINVAL;
	}
	return 0;
}

static int set_job(const struct fpb_planopts *o, struct fpb_plan *p)
{
	static const char section[] = "workload " JOB;
	char why[FPB_REASON_MAX];

	if (!o->job)
		return 0;
	if (fpb_plan_set(p, section, "like", "randwrite", why) ||
	    fpb_plan_set(p, section, "job", o->job, why)) {
		fpb_err("--job: %s", why);
		return -EINVAL;
	}
	return 0;
}

/* What is known to be right. */
static void set_all(struct fpb_plan *p, const char *const *texts)
{
	char why[FPB_REASON_MAX];

	for (; *texts; texts++)
		if (fpb_plan_set_text(p, *texts, why))
			fpb_err("plan: %s", why);
}

/* What --set may have made, too. */
static int choose(const struct fpb_planopts *o, struct fpb_plan *p)
{
	if (set(p, "targets", o->targets ? : !o->fs ? NULL :
		FPB_TARGET_RAW "," FPB_TARGET_FS) ||
	    set(p, "workloads", o->workloads ? : o->job ? JOB : NULL) ||
	    set(p, "regimes", o->regimes))
		return -EINVAL;
	if (o->fs && !fpb_plan_target(p, FPB_TARGET_FS)) {
		fpb_err("--fs: not measured: --targets does not list " FPB_TARGET_FS);
		return -EINVAL;
	}
	if (o->job && !fpb_plan_workload(p, JOB)) {
		fpb_err("--job: not measured: --workload does not list " JOB);
		return -EINVAL;
	}
	return 0;
}

static bool is_quick_numjobs(const struct fpb_plan *p)
{
	return p->nnumjobs == 2 && p->numjobs[0] == 1 && p->numjobs[1] == 8;
}

int fpb_planopts_plan(const struct fpb_planopts *o, const char *file,
		      struct fpb_plan *plan)
{
	char why[FPB_REASON_MAX];
	unsigned int line;

	fpb_plan_default(plan);
	if (o->preset && fpb_plan_parse(plan, o->preset, why, &line)) {
		fpb_err("plan: %s", why);
		return -EINVAL;
	}
	if (file && read_file(plan, file))
		return -EINVAL;
	if (o->quick)
		set_all(plan, quick);
	if (o->paired && o->separate) {
		fpb_err("--paired and --separate cannot be used together");
		return -EINVAL;
	}
	if (set_fs(o, plan) || set_job(o, plan) ||
	    set(plan, "pairing", o->paired ? "paired" :
		o->separate ? "separate" : NULL) ||
	    set(plan, "compare", o->steps ? "previous" : NULL) ||
	    set(plan, "rounds", o->rounds ? : file ||
		!(o->until_ci || o->max_time) ? NULL : ROUNDS_AT_MOST) ||
	    set(plan, "until_ci", o->until_ci) ||
	    set(plan, "max_time", o->max_time) ||
	    set(plan, "numjobs", o->numjobs) ||
	    set(plan, "runtime", o->runtime) ||
	    set(plan, "seed", o->seed))
		return -EINVAL;
	for (char **s = o->set; s && *s; s++) {
		if (fpb_plan_set_text(plan, *s, why)) {
			fpb_err("--set: %s", why);
			fpb_hint("fpbench list --keys");
			return -EINVAL;
		}
	}
	if (choose(o, plan))
		return -EINVAL;
	if (o->quick && plan->nworkloads > MANY_WORKLOADS &&
	    !o->numjobs && is_quick_numjobs(plan))
		set_all(plan, quick_many);
	return 0;
}
