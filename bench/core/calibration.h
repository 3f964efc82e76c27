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
 * A block has one session of each slowdown, in random order. A part is a
 * @part-th of @parts of the blocks, from 1.
 */
struct fpb_calibration_list {
	unsigned int blocks, part, parts;
	bool load;
	uint32_t seed;
};

/* The blocks of the list's part: from *@first up to *@last. */
void fpb_calibration_part(const struct fpb_calibration_list *l,
			  unsigned int *first, unsigned int *last);

/*
 * Fill in which session of the list comes next, after those in @have. Before
 * all others it is one that finds out how much one loop of the planted work
 * slows a write down; the numbers of loops follow from its effect. Returns how
 * many are left, 0 if there is none; -ENODATA: the loops slow nothing down;
 * -EIO: too many sessions that should find out have no effect at all.
 */
int fpb_calibration_next(const struct fpb_calibration_list *l,
			 const struct fpb_sessions *have,
			 struct fpb_session *next);

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

#endif
