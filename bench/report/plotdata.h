/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A summary as figures: what gnuplot draws (plots/), as text, without any
 * files. One figure is a regime and a workload, over numjobs; or a regime, a
 * target and a kernel, with all workloads.
 */
#ifndef FPB_PLOTDATA_H
#define FPB_PLOTDATA_H

#include <stdbool.h>
#include <stdio.h>

#include "core/summary.h"

enum fpb_figure_kind {
	FPB_FIGURE_IOPS,	/* raw and every kernel's targets */
	FPB_FIGURE_RATIO,	/* every kernel's targets, over raw */
	FPB_FIGURE_LATENCY,	/* quantiles of what FPB_FIGURE_IOPS has */
	FPB_FIGURE_HEAT,	/* kernel/baseline, workloads x numjobs */
	FPB_FIGURE_KINDS,
};

/* A heat map needs this many workloads. */
#define FPB_HEAT_WORKLOADS	3
/* Rates are predicted up to so many jobs. */
#define FPB_PLOT_JOBS		64

struct fpb_figure {
	const struct fpb_summary *s;
	enum fpb_figure_kind kind;
	const struct fpb_cell *first;	/* regime and workload, or target */
	size_t side;			/* of a heat map: the kernel */
};

/* "iops", "ratio", "latency", "heat": of the script, and of files' names. */
const char *fpb_figure_kind(const struct fpb_figure *f);

/* What is drawn: texts owned by the figure's user, see fpb_figure_free(). */
struct fpb_figure_text {
	char *name;		/* such as "iops-cpu", fit for a file's name */
	char *title;
	char *facts;		/* device, filesystem, kernel, rounds */
	char *source;		/* fio's version and the run */
	char *alarm;		/* "" or why the numbers prove nothing */
	char *ylabel;
	char *estimates;	/* data, see below */
	char *samples;		/* data */
	char *laws;		/* data; "" if nothing is predicted */
	char *places;		/* data: where to point at samples */
};

/*
 * Step to the next figure; start with a zeroed *@f whose s is set. False
 * after the last. Figures without anything to draw are left out.
 */
bool fpb_figure_next(struct fpb_figure *f);

/*
 * Data of one series is a block: its name in quotes, then one line a point;
 * two empty lines part blocks. Estimates have numjobs, value, and the 95 %
 * interval (NaN if there is none); samples have numjobs and value. A cell
 * without a number has no line.
 *
 * Latencies have value and interval of each quantile in turn, in us, or only
 * the value in samples; NaN where there is none or the I/Os are too few.
 *
 * A heat map has one block without a name. A line is a cell: place of its
 * numjobs and of its workload among all, from 0, ratio, and three texts in
 * quotes: what to write there, numjobs, workload. A ratio that is not resolved
 * is written in parentheses. Samples are empty.
 *
 * Laws go on from the most jobs that were measured to FPB_PLOT_JOBS, in the
 * figure of IOPS: blocks without names, one line a point: the place of the
 * series from 0, numjobs, and the rate by the Universal Scalability Law
 * (core/usl.h). Only of series whose lower half of points predicts the upper
 * half.
 *
 * A place is one sample, or several that a mouse could not tell apart: numjobs,
 * value, and in quotes its name. Heat maps and latencies have none, since they
 * draw no samples.
 *
 * Returns 0 or -ENOMEM; free in either case.
 */
int fpb_figure_text(const struct fpb_figure *f, struct fpb_figure_text *t);
void fpb_figure_free(struct fpb_figure_text *t);

/* Places of one numjobs are apart by half of this part of the height or more. */
#define FPB_PLACES	48

/*
 * The samples at the place with this name, one in each line, with their boot,
 * round and load; for free(), NULL if memory is short.
 */
char *fpb_figure_hint(const struct fpb_figure *f, const char *name);

#endif
