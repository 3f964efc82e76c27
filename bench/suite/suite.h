/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The correctness suite from outside: fpcheck's cases, each in a kernel of its
 * own, so that one that breaks the kernel is known by name. What a case does
 * is in check/.
 */
#ifndef FPB_SUITE_H
#define FPB_SUITE_H

#include "core/casereport.h"
#include "guest/guests.h"

#define FPB_SUITE_CASES	128
/* The last suite that was run to its end, and its kernels. */
#define FPB_LATEST_CHECK	"results/latest-check"
#define FPB_FILE_KERNELS	"kernels.json"

struct fpb_suite {
	struct fpb_guests guests;
	/* Every case; borrows from @list, which is fpcheck's. */
	struct fpb_check_case cases[FPB_SUITE_CASES];
	size_t ncases;
	json_t *list;
	/* Those to run, in this order. */
	const struct fpb_check_case *chosen[FPB_SUITE_CASES];
	size_t nchosen;
	/* Set by the caller before it is run. */
	uint64_t seed;
	uint64_t seconds;		/* for cases that go by time; 0: theirs */
	const char *schedule;		/* the only one, "PAIR/STEPS"; NULL: all */
	bool full, stop_at_failure;
	unsigned int jobs;		/* guests at once */
	char dir[FPB_PATH_MAX];		/* consoles and logs, by kernel and case */

	/* Set by running it: those of one case side by side. */
	struct fpb_check_result *results;
	size_t nresults;
};

/* Asks fpcheck for its cases. @s is zeroed. 0, or -errno after a message. */
int fpb_suite_open(struct fpb_suite *s);

/*
 * Chooses cases: by @names (NULL-terminated; NULL: all), and only the quick
 * set if @quick. 0, or -EINVAL after a message.
 */
int fpb_suite_choose(struct fpb_suite *s, const char *const *names, bool quick);

/*
 * Runs the chosen cases on each kernel of s->guests, which is settled. Returns
 * an exit status: FPB_EXIT_OK if every case has a result, whatever it is.
 */
int fpb_suite_run(struct fpb_suite *s);

/*
 * The patches that the last kernel of a suite's folder has, into *@patches:
 * owned, NULL if that does not say. 0, or -errno with what is wrong in @why
 * (FPB_REASON_MAX bytes), to follow the name of the folder: "/kernels.json: SENTENCE".
 * -ENOENT: there is no suite in @dir.
 */
int fpb_suite_patches(const char *dir, json_t **patches, char *why);

void fpb_suite_close(struct fpb_suite *s);

#endif
