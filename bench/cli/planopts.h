/* SPDX-License-Identifier: GPL-2.0 */
/* The options by which run and list change the plan. */
#ifndef FPB_PLANOPTS_H
#define FPB_PLANOPTS_H

#include <popt.h>
#include <stdbool.h>

#include "core/plan.h"

/* Zeroed by the caller. */
struct fpb_planopts {
	char *rounds, *numjobs, *regimes, *targets, *runtime, *seed;
	char *until_ci, *max_time;
	char **set, **fs;
	char *workloads, *job;
	int quick, paired, separate, steps;
	const char *preset;		/* plan text below all of it; or NULL */
};

#define FPB_PLANOPTS(o)							\
	{ "quick", 'q', POPT_ARG_NONE, &(o).quick, 0,			\
	  "Smaller sweep: 1 and 8 jobs (with more than 4 workloads: 2 jobs only), 300 ms per sample, as few rounds as effects need", NULL }, \
	{ "rounds", 0, POPT_ARG_STRING, &(o).rounds, 0,			\
	  "Boots of each kernel (default: 14; up to 100 with --until-ci or --max-time and without PLAN)", "N" }, \
	{ "until-ci", 0, POPT_ARG_STRING, &(o).until_ci, 0,		\
	  "End once the interval of every effect but the control is no wider than +-PCT percent", "PCT" }, \
	{ "max-time", 0, POPT_ARG_STRING, &(o).max_time, 0,		\
	  "Begin no round that would end later than TIME (such as 20m) after the start", "TIME" }, \
	{ "numjobs", 'j', POPT_ARG_STRING, &(o).numjobs, 0,		\
	  "Numbers of fio jobs (default: 1,2,3,4,5,6,7,8)", "LIST" },	\
	{ "regimes", 0, POPT_ARG_STRING, &(o).regimes, 0,		\
	  "Regimes to measure, in this order (default: cpu,ssd,device)", "LIST" },		\
	{ "targets", 0, POPT_ARG_STRING, &(o).targets, 0,		\
	  "Targets to measure; fpbench list explains them (default: raw,fuse)", "LIST" },	\
	{ "fs", 0, POPT_ARG_ARGV, &(o).fs, 0,				\
	  "Measure what COMMAND mounts from {source} on {mnt}; repeat with NAMEs to compare several", "[NAME=]COMMAND" }, \
	{ "workload", 'w', POPT_ARG_STRING, &(o).workloads, 0,		\
	  "Workloads to measure, or all; fpbench list shows them (default: randwrite)", "LIST" },	\
	{ "job", 0, POPT_ARG_STRING, &(o).job, 0,			\
	  "Measure a fio job file; it must not set directory, filename, numjobs, runtime or time_based", "FILE" },	\
	{ "runtime", 't', POPT_ARG_STRING, &(o).runtime, 0,		\
	  "Run time per sample (default: 500ms)", "TIME" },		\
	{ "paired", 0, POPT_ARG_NONE, &(o).paired, 0,			\
	  "Boot kernels one after the other; measure raw and a target in slices of one fio job", NULL },	\
	{ "separate", 0, POPT_ARG_NONE, &(o).separate, 0,		\
	  "Boot kernels one after the other; measure raw and a target in two fio jobs", NULL },		\
	{ "steps", 0, POPT_ARG_NONE, &(o).steps, 0,			\
	  "Compare each kernel with the one before it, and the last with the first", NULL }, \
	{ "seed", 0, POPT_ARG_STRING, &(o).seed, 0,			\
	  "Random seed for the order of boots and cells (default: a new one)", "N" },	\
	{ "set", 0, POPT_ARG_ARGV, &(o).set, 0,				\
	  "Key of the plan; fpbench list --keys explains them", "SECTION.KEY=VALUE" },

bool fpb_planopts_given(const struct fpb_planopts *o);

/* If the plan says no seed: it is written down before it is used. */
void fpb_planopts_draw_seed(struct fpb_plan *plan);

/*
 * Defaults and preset, then the plan file (NULL: none), then the options. 0, or
 * -EINVAL after a message that names the option, or the file's line.
 */
int fpb_planopts_plan(const struct fpb_planopts *o, const char *file,
		      struct fpb_plan *plan);

/*
 * Those of --fs that are to be compared with each other, "NAME=COMMAND"; NULL if
 * there are no two.
 */
char *const *fpb_planopts_compared_fs(const struct fpb_planopts *o);

#endif
