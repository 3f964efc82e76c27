/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Suites of others in throw-away guests: each test on raw XFS and on what a
 * command mounts over it. A test that ends its guest costs itself alone: the
 * next guest goes on behind it. What a suite is: core/conform.h.
 *
 *	fpb_conform_add(), fpb_conform_choose(); fpb_guests_settle();
 *	fpb_conform_run(); fpb_conform_close()
 *
 * Functions return an exit status of os/msg.h, after a message if it is not
 * FPB_EXIT_OK.
 */
#ifndef FPB_SUITE_CONFORM_H
#define FPB_SUITE_CONFORM_H

#include "core/conform.h"
#include "guest/guests.h"

#define FPB_CONFORM_SUITES	8

/* A suite, and where its tree is. */
struct fpb_conform_use {
	const struct fpb_conform_suite *suite;
	char tree[FPB_PATH_MAX];	/* built; "" if it needs none */
	char script[FPB_PATH_MAX];
};

enum fpb_conform_side { FPB_SIDE_RAW, FPB_SIDE_MOUNT, FPB_SIDES };

struct fpb_conform_test {
	const struct fpb_conform_use *use;
	char *name;			/* "SUITE/TEST"; owned */
	char log[FPB_CONFORM_LOG_MAX];	/* in its guest's folder */
	struct fpb_check_case c;	/* of that name */
	struct fpb_conform_result results[FPB_SIDES];
};

struct fpb_conform {
	struct fpb_guests guests;	/* of one kernel */
	struct fpb_conform_use uses[FPB_CONFORM_SUITES];
	size_t nuses;
	struct fpb_conform_test *tests;
	size_t ntests;
	/* Set by the caller before it is run; texts are borrowed. */
	const char *fs;			/* the command that mounts */
	unsigned int deadline_s;	/* of a test */
	unsigned int time_s;		/* for tests that go by time */
	unsigned int jobs;		/* guests at once */
	bool raw_failed;		/* raw runs only what failed on the mount */
	struct fpb_known known;		/* owned from then on */
	char dir[FPB_PATH_MAX];		/* consoles and logs, by guest */

	/* Set by running it: one for each test whose runs are over. */
	char release[FPB_NAME_MAX];	/* of the kernel */
	struct fpb_check_result *results;
	size_t nresults;
};

/*
 * Adds the tests of a suite, "NAME" or "NAME=TREE", of @group (NULL: the
 * suite's default). May build it.
 */
int fpb_conform_add(struct fpb_conform *c, const char *text,
		    const char *group);

/*
 * Keeps those tests that match one of the patterns @names (NULL-terminated;
 * NULL: all), and none of @exclude (likewise).
 */
int fpb_conform_choose(struct fpb_conform *c, const char *const *names,
		       const char *const *exclude);

/*
 * FPB_EXIT_OK if every test has a result, whatever it is. After
 * FPB_EXIT_INTERRUPTED there are those of the tests that ran.
 */
int fpb_conform_run(struct fpb_conform *c);

void fpb_conform_close(struct fpb_conform *c);

#endif
