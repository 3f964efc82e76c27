/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When a run ends that is not to measure all rounds of its plan. The rule is
 * fixed beforehand and goes by width and time, never by what was found. Pure.
 */
#ifndef FPB_ENDING_H
#define FPB_ENDING_H

#include "core/rundata.h"

/*
 * The rules, as the manifest has them. "interval": the interval of every effect
 * but the control's is within +-until_ci_pct (fpb_estimate_resolution()).
 * "time": another round would end later than max_time_ms after the start, going
 * by the mean of the rounds so far. "side": the interval of every effect but the
 * control's lies on one side of a slowdown by until_side_pct; core/looks.h says
 * when that is looked at. "rounds": all of them are done.
 *
 * Widths are looked at as soon as effects can have intervals, and then after every
 * third round. A rule on an estimated width ends too soon where the noise
 * happens to look small, so that its intervals miss more often than they say
 * (Stein 1945; Chow and Robbins 1965; Starr 1966 for small samples): in
 * simulations up to 1.6 % at 1 %. So the effects of such a run are estimated
 * at a level of FPB_ALPHA_LOOKS of what they share otherwise (core/effect.c).
 */
#define FPB_END_INTERVAL	"interval"
#define FPB_END_SIDE		"side"
#define FPB_END_TIME		"time"
#define FPB_END_ROUNDS		"rounds"

/*
 * Set *@rule to the rule that ends @run after its first @done rounds, or to
 * NULL if it goes on or has no rule at all. What later rounds have is not
 * looked at. Returns 0 or an error of fpb_summary_of_run().
 */
int fpb_ending(const struct fpb_rundata *run, unsigned int done,
	       const char **rule);

/*
 * The last round of @run that has begun; 0: none. That it has begun was decided
 * after each earlier one. A resumed run must not ask again after those: what it
 * measured again would give another answer, and rounds that it has be left out.
 */
unsigned int fpb_ending_begun(const struct fpb_rundata *run);

/* The wall time of the first @done rounds with all of their attempts. */
double fpb_ending_seconds(const struct fpb_rundata *run, unsigned int done);

#endif
