// SPDX-License-Identifier: GPL-2.0
#include "core/step.h"

#include <errno.h>
#include <stdio.h>

json_t *fpb_step_to_json(const struct fpb_step *s)
{
	const struct fpb_slicing *g = &s->slicing;

	return json_pack("{si si ss ss ss si si si si sI sI sI sI sI si si}",
			 "seq", (int)s->seq, "raw_seq", (int)s->raw_seq,
			 "regime", s->cell.regime, "target", s->cell.target,
			 "workload", s->cell.workload,
			 "numjobs", (int)s->cell.numjobs,
			 "lanes", (int)g->lanes, "lane", (int)s->lane,
			 "raw_every", (int)g->raw_every,
			 "slice_ns", (json_int_t)g->slice_ns,
			 "guard_ns", (json_int_t)g->guard_ns,
			 "job_ms", (json_int_t)g->job_ms,
			 "seed", (json_int_t)s->seed,
			 "clock_offset_ns", (json_int_t)s->clock_offset_ns,
			 "mark_ios", (int)s->mark_ios,
			 "mark_after", (int)s->mark_after);
}

int fpb_step_from_json(const json_t *o, struct fpb_step *s, char *why)
{
	const char *regime, *target, *workload;
	json_int_t slice, guard, job, seed, offset;
	int seq, raw_seq, numjobs, lanes, lane, raw_every, ios, after;
	json_error_t err;

	*s = (struct fpb_step){ 0 };
	if (json_unpack_ex((json_t *)o, &err, 0,
			   "{si si ss ss ss si si si si sI sI sI sI sI si si}",
			   "seq", &seq, "raw_seq", &raw_seq, "regime", &regime,
			   "target", &target, "workload", &workload,
			   "numjobs", &numjobs, "lanes", &lanes, "lane", &lane,
			   "raw_every", &raw_every, "slice_ns", &slice,
			   "guard_ns", &guard, "job_ms", &job, "seed", &seed,
			   "clock_offset_ns", &offset, "mark_ios", &ios,
			   "mark_after", &after)) {
		snprintf(why, FPB_REASON_MAX, "step: %.200s", err.text);
		return -EINVAL;
	}
	if (seq < 0 || raw_seq < 0 || numjobs < 1 || lanes < 0 || lane < 0 ||
	    raw_every < 0 || (lanes && lane >= lanes) || slice < 0 ||
	    guard < 0 || job < 1 || seed < 0 || ios < 0 || after < 0 ||
	    fpb_name_copy(s->cell.regime, regime) ||
	    fpb_name_copy(s->cell.target, target) ||
	    fpb_name_copy(s->cell.workload, workload)) {
		snprintf(why, FPB_REASON_MAX, "step: a number or a name is out of bounds");
		return -EINVAL;
	}
	s->seq = seq;
	s->raw_seq = raw_seq;
	s->cell.numjobs = numjobs;
	s->lane = lane;
	s->seed = seed;
	s->clock_offset_ns = offset;
	s->mark_ios = ios;
	s->mark_after = after;
	s->slicing = (struct fpb_slicing){
		.lanes = lanes, .raw_every = raw_every, .slice_ns = slice,
		.guard_ns = guard, .job_ms = job,
	};
	return 0;
}
