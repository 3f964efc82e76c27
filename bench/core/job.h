/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one boot is asked to do (job.json), and what it reports while it does
 * it (events.jsonl, one object a line):
 *
 *   {"event":"up","release":R}		the agent runs, uname -r is R
 *   {"event":"phase","text":T}		what is being done, for progress
 *   {"event":"lock","lock":{...}}	evidence, as in boots.jsonl
 *   {"event":"probe","case":C,"target":T,"lock":{...}}
 *					the lock that one way to write takes
 *   {"event":"clock","clock_ns":T}	CLOCK_REALTIME is T
 *   {"event":"ready","step":N,"clock_ns":T}
 *					likewise; for step N, which is waited
 *					for (core/step.h)
 *   {"event":"waiting"}		it is alive, while others measure
 *   {"event":"sample","sample":{...}}	as in samples.jsonl
 *   {"event":"why","why":{...}}	what the kernel counted during the last sample,
 *					as in why.jsonl
 *   {"event":"exit","status":N}	the command ended
 *   {"event":"start","test":N}		the test begins
 *   {"event":"result","test":N,"status":S,"seconds":T,"failed":R}
 *					it ended, with an exit status (128 + a
 *					signal); R: out of time, or the mount is
 *					dead; "": neither
 *   {"event":"error","reason":T}	the boot cannot go on
 *   {"event":"end"}			everything was done
 *
 * fpcheck reports {"event":"case","case":C,...}, what became of a case, and
 * {"event":"kill"}: it asks to be killed. core/event.h reads them all.
 *
 * Pure.
 */
#ifndef FPB_JOB_H
#define FPB_JOB_H

#include <jansson.h>

#include "core/plan.h"
#include "core/result.h"

/* Tests of a suite: the job's command runs once for each, its last argument. */
struct fpb_job_tests {
	json_t *names;			/* list of texts; NULL: no tests */
	const char *mount;		/* command of the mount; NULL: on raw */
	bool mounts;			/* the tests mount it themselves */
	unsigned int deadline_s;	/* of each */
	unsigned int time_s;		/* for those that go by time */
};

struct fpb_job {
	char boot[FPB_NAME_MAX];
	char kernel[FPB_NAME_MAX];
	unsigned int round, attempt;
	bool guest;			/* the agent is init of a guest */
	unsigned int patience;		/* deadlines are multiplied; 0: by 1 */
	bool sweep;			/* measure the steps that come */
	bool probe;			/* take evidence of the lock */
	bool why;			/* of each sample, where its time goes */
	unsigned int probes;		/* times to probe each case; 0: do not */
	const char *probe_case;		/* only this one; NULL: all. Borrowed */
	/* Borrowed from the JSON. */
	const char *out;		/* the boot's folder */
	const char *work;		/* for mounts; emptied afterwards */
	const char *fio, *engine, *daemon;
	/*
	 * A list of texts: run this on a fresh XFS, in place of cells. NULL:
	 * there is none. Borrowed.
	 */
	json_t *command;
	struct fpb_job_tests tests;	/* borrowed, too */
	/*
	 * The command's input comes in pieces, see core/guestshare.h; if
	 * @terminal is set ($TERM, borrowed), it has a terminal of that size.
	 */
	bool input;
	const char *terminal;
	unsigned int rows, columns;
	struct fpb_plan plan;
};

json_t *fpb_job_to_json(const struct fpb_job *j);
/* 0, or -EINVAL with a sentence. Texts are borrowed from @o. */
int fpb_job_from_json(json_t *o, struct fpb_job *j, char *why);

#endif
