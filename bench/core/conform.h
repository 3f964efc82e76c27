/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Suites of others on a FUSE mount and on the filesystem below it: what their
 * output says, what the mount fails and raw does not, which of that is known,
 * and where to go on after a test that took the kernel or the daemon down. Pure.
 */
#ifndef FPB_CONFORM_H
#define FPB_CONFORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/casereport.h"

/* --- suites ------------------------------------------------------------------ */

/* How the output of a test says what became of it. */
enum fpb_conform_form {
	FPB_FORM_STATUS,	/* it does not; the exit status does */
	FPB_FORM_TAP,
	FPB_FORM_XFSTESTS,	/* of ./check with this one test */
};

/* Exit status of a test that cannot run here. */
#define FPB_CONFORM_SKIPPED	77

/* bench/conform/NAME.sh lists the tests of a suite and runs one of them. */
struct fpb_conform_suite {
	const char *name;
	const char *summary;
	enum fpb_conform_form form;
	bool needs_tree;	/* of the user's */
	bool mounts;		/* it mounts the filesystem itself */
};

/* Ends with a NULL name; the first is the default. */
extern const struct fpb_conform_suite fpb_conform_suites[];

/* NULL if there is none of the @len bytes at @name. */
const struct fpb_conform_suite *fpb_conform_suite(const char *name,
						  size_t len);

/*
 * Name of the file in the boot's folder that gets what @test prints: one file, also if
 * there are folders in the test's name, and none of the boot's own. Into @name
 * (FPB_CONFORM_LOG_MAX bytes). 0 or -ENAMETOOLONG.
 */
#define FPB_CONFORM_LOG_MAX	256
int fpb_conform_log_name(const char *test, char *name);

/* --- a test on one side ------------------------------------------------------ */

struct fpb_conform_result {
	enum fpb_check_status status;	/* pass, fail or skip */
	double seconds;
	bool fatal;		/* a failure that ended more than the test */
	/* Owned, see fpb_conform_result_free(). */
	char *reason;			/* NULL: there is no result; "": none */
	char *splat;			/* the kernel's complaint */
	/* Numbers of the subtests that failed, ascending; none: all of it. */
	unsigned int *failed;
	size_t nfailed;
};

/*
 * Fills status, reason and failed of @r, which is zeroed, from the @output of a
 * test that has ended with exit status @status (128 + N: by signal N). 0 or
 * -ENOMEM.
 */
int fpb_conform_parse(enum fpb_conform_form form, int status,
		      const char *output, struct fpb_conform_result *r);

/*
 * Makes it fail as a whole and fatally: the guest did not get on with it, such as
 * after a hang or when daemon or kernel failed. @splat may be "". 0 or -ENOMEM.
 */
int fpb_conform_result_fail(struct fpb_conform_result *r, const char *reason,
			    const char *splat);

/*
 * Fills @r, which is zeroed, from the agent's event "result" of a test and from
 * the test's @output. It fails fatally if the event says that it "failed" or is
 * malformed, or if @splat, the kernel's complaint, is not "". 0 or -ENOMEM.
 */
int fpb_conform_result_from_json(json_t *event, enum fpb_conform_form form,
				 const char *output, const char *splat,
				 struct fpb_conform_result *r);

void fpb_conform_result_free(struct fpb_conform_result *r);

/* --- known differences ------------------------------------------------------- */

/*
 * A line of the file: "SUITE/TEST REASON". The name is a pattern of fnmatch(3),
 * in which "*" stands for "/" as well. After it, ":N" means subtest N alone, "!"
 * fatal failures as well, and "?" that it does not always fail.
 */
struct fpb_known_entry {
	const char *pattern, *reason;
	bool fatal, sometimes;
};

struct fpb_known {
	char *text;			/* owned; the entries borrow from it */
	struct fpb_known_entry *entries;
	size_t n;
};

/*
 * Takes over @text, also if it fails. 0; -ENOMEM; or -EINVAL with a sentence in
 * @why (FPB_REASON_MAX bytes). @k is for fpb_known_free() either way.
 */
int fpb_known_parse(struct fpb_known *k, char *text, char *why);
void fpb_known_free(struct fpb_known *k);

/* --- the mount against raw --------------------------------------------------- */

/*
 * Fills @r, but for c, kernel and release: what the test @r->c->name
 * ("SUITE/TEST") does on the mount and not on raw. A failure that raw shares is a
 * skip. Raw shares a fatal one only if its own is fatal, too, and a complaint of the
 * kernel only if its kernel complained. If raw did not run, a failure counts. 0 or
 * -ENOMEM; r is for fpb_check_result_free() either way.
 */
int fpb_conform_compare(const struct fpb_conform_result *raw,
			const struct fpb_conform_result *mount,
			const struct fpb_known *known,
			struct fpb_check_result *r);

/* --- where to go on ---------------------------------------------------------- */

/* Tests @next to @end - 1 of a list, for one guest after the other. */
struct fpb_batch {
	size_t next, end;
	size_t heard;			/* results of this boot */
	bool running;			/* test @next */
};

/* A guest begins, or the test @next in it. */
void fpb_batch_boot(struct fpb_batch *b);
void fpb_batch_start(struct fpb_batch *b);
/* Test @next has a result; returns its number. */
size_t fpb_batch_result(struct fpb_batch *b);
/*
 * The guest has ended, @ok or not. Returns the number of the test that is to
 * blame, which counts as done; -ENOENT if none is; -EIO: it ran none, though some
 * were left.
 */
ssize_t fpb_batch_end(struct fpb_batch *b, bool ok);

#endif
