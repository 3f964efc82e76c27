/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which sessions a calibration of the verdicts consists of, and what they came
 * to. Pure.
 */
#ifndef FPB_CALIBRATION_H
#define FPB_CALIBRATION_H

#include "core/proportion.h"
#include "core/session.h"

/* Slowdowns in percent, from 0: identical kernels. */
extern const unsigned int fpb_calibration_planted[];
#define FPB_CALIBRATION_PLANTED	5

#define FPB_CALIBRATION_MAX	10000

/*
 * A block has one session of each slowdown, less those whose place in
 * fpb_calibration_planted is a bit of @skip. A part is a @part-th of @parts of
 * the blocks, from 1.
 */
struct fpb_calibration_list {
	unsigned int blocks, part, parts, skip;
	bool load;
	uint32_t seed;
};

/* The blocks of the list's part: from *@first up to *@last. */
void fpb_calibration_part(const struct fpb_calibration_list *l,
			  unsigned int *first, unsigned int *last);

/* Sessions of one run: each is of its first kernel and another one. */
struct fpb_calibration_run {
	struct fpb_session at[FPB_CALIBRATION_PLANTED];
	size_t n;
};

/*
 * Fill in what is measured next: the sessions of a block that @have lacks. Before
 * all others comes one that finds out how much one loop of the planted work slows
 * a write down; the numbers of loops follow from its effect. Returns how many
 * sessions are left, 0 if there is none; -ENODATA: the loops slow nothing down;
 * -EIO: too many sessions that should find out have no effect at all.
 */
int fpb_calibration_next(const struct fpb_calibration_list *l,
			 const struct fpb_sessions *have,
			 struct fpb_calibration_run *next);

/* All sessions of one kind. */
struct fpb_calibration_group {
	enum fpb_session_kind kind;
	unsigned int percent;
	bool load;
	size_t n;			/* sessions; 0: there is no such group */
	size_t without;			/* of these: without an interval */
	size_t failed;			/* exit status was not 0 */
	size_t wrong;			/* called faster, with a slowdown */
	/* Of all sessions, by their effects. */
	struct fpb_proportion slower, claims;
	/* A row of it that claims something. */
	struct fpb_proportion row_claims;
	/* The effect's interval holds 1, or the mean of all if planted. */
	struct fpb_proportion covered;
	struct fpb_estimate mean;	/* of the log effects, at 95 % */
	double sd_pair;			/* of a boot pair's log effect */
	double resolution;		/* median half width of the interval */
	unsigned int pairs;		/* boot pairs of a session, at most */
	unsigned int samples, lost, repeated;
	double foreign_lo, foreign_hi;	/* CPUs kept busy, by session */
};

/*
 * Sum up the sessions of @all that are of this kind. Returns 0 or -ENOMEM. A
 * boot pair's deviation is that of the sessions' effects times the root of
 * their boot pairs: it includes what differs between sessions.
 */
int fpb_calibration_group(const struct fpb_sessions *all,
			  enum fpb_session_kind kind, unsigned int percent,
			  bool load, struct fpb_calibration_group *g);

/*
 * How often the first line would claim a difference, or say slower if one is
 * planted, in sessions of @pairs boot pairs each: @draws sessions are drawn, with
 * replacement, from the boot pairs of all sessions of this kind, at the level of
 * a run with one effect. Returns from how many boot pairs they were drawn, 0 if
 * there are fewer than ten times as many as a session has; or -ENOMEM.
 */
ssize_t fpb_calibration_draw(const struct fpb_sessions *all,
			     const struct fpb_calibration_group *g,
			     unsigned int pairs, unsigned int draws,
			     struct fpb_proportion *found);

#endif
