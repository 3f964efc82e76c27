/* SPDX-License-Identifier: GPL-2.0 */
/* A case of the correctness suite and its result, from fpcheck's JSON. Pure. */
#ifndef FPB_CASEREPORT_H
#define FPB_CASEREPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/result.h"

enum fpb_check_status {
	FPB_CHECK_PASS,
	FPB_CHECK_FAIL,
	FPB_CHECK_SKIP,
	FPB_CHECK_KNOWN,		/* failed, as is known */
	FPB_CHECK_UNEXPECTED,		/* passed despite a known failure */
	FPB_CHECK_STATUSES
};

/* Texts are borrowed from the JSON of fpcheck --list. */
struct fpb_check_case {
	const char *name, *setup, *workload, *lock_path, *validates;
	const char *corrects;		/* or NULL */
	bool quick;
	bool kill;			/* two boots, the first one killed */
	unsigned int quick_s, full_s;	/* deadlines */
};

struct fpb_check_result {
	const struct fpb_check_case *c;
	char kernel[FPB_NAME_MAX];
	char release[FPB_NAME_MAX];
	enum fpb_check_status status;
	double seconds;
	/* Owned, see fpb_check_result_free(); "" if there is nothing. */
	char *reason, *notes, *known, *facts;
	char *lockdep;			/* why a report of lockdep is known */
	char *splat;			/* the kernel's complaint */
};

const char *fpb_check_status_name(enum fpb_check_status s);

/* 0, or -EINVAL if a member is missing. Borrows from @o. */
int fpb_check_case_from_json(json_t *o, struct fpb_check_case *c);

/*
 * Fill @r from fpcheck's "case" event, but for c, kernel and release. 0, or
 * -EINVAL or -ENOMEM, and then there is nothing to free.
 */
int fpb_check_result_from_json(json_t *o, struct fpb_check_result *r);
/*
 * Make it a failure: the boot failed, or the kernel complained; @ended says if the
 * guest came to its end nevertheless. If the case had failed, its own reason comes
 * first. If it had passed, and lockdep's report is all there is and known, it is
 * a known failure. 0, or -ENOMEM.
 */
int fpb_check_result_fail(struct fpb_check_result *r, bool ended,
			  const char *reason, const char *splat);
void fpb_check_result_free(struct fpb_check_result *r);

/* Exit status: 1 if one failed, else 3 if one passed unexpectedly, else 0. */
int fpb_check_exit(const struct fpb_check_result *r, size_t n);

#endif
