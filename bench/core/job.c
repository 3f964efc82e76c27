// SPDX-License-Identifier: GPL-2.0
#include "core/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/planfile.h"

json_t *fpb_job_to_json(const struct fpb_job *j)
{
	char *plan = fpb_plan_text(&j->plan);
	json_t *cells = json_array(), *o;

	for (size_t i = 0; i < j->ncells; i++) {
		const struct fpb_job_cell *c = &j->cells[i];

		json_array_append_new(cells, json_pack("{si ss ss ss si sb si}",
			"seq", c->seq, "regime", c->cell.regime,
			"target", c->cell.target,
			"workload", c->cell.workload,
			"numjobs", c->cell.numjobs,
			"paired", c->paired, "raw_seq", c->raw_seq));
	}
	o = json_pack("{ss ss si si sb sb ss ss ss ss ss ss so}",
		      "boot", j->boot, "kernel", j->kernel,
		      "round", j->round, "attempt", j->attempt,
		      "guest", j->guest, "probe", j->probe,
		      "out", j->out, "work", j->work, "fio", j->fio,
		      "engine", j->engine, "daemon", j->daemon,
		      "plan", plan ? plan : "", "cells", cells);
	if (o && j->patience)
		json_object_set_new(o, "patience", json_integer(j->patience));
	if (o && j->probes)
		json_object_set_new(o, "probes", json_integer(j->probes));
	if (o && j->probe_case)
		json_object_set_new(o, "probe_case",
				    json_string(j->probe_case));
	if (o && j->command)
		json_object_set(o, "command", j->command);
	if (o && j->input)
		json_object_set_new(o, "input",
			json_pack("{ss* si si}", "terminal", j->terminal,
				  "rows", (int)j->rows,
				  "columns", (int)j->columns));
	free(plan);
	return o;
}

static int copy_name(char *out, const char *in)
{
	return snprintf(out, FPB_NAME_MAX, "%s", in) >= FPB_NAME_MAX ?
		       -EINVAL : 0;
}

static int cell_from_json(json_t *o, struct fpb_job_cell *c)
{
	const char *regime, *target, *workload;
	int seq, numjobs, paired = 0, raw_seq = 0;

	if (json_unpack(o, "{si ss ss ss si s?b s?i}", "seq", &seq,
			"regime", &regime, "target", &target,
			"workload", &workload, "numjobs", &numjobs,
			"paired", &paired, "raw_seq", &raw_seq) ||
	    seq < 1 || numjobs < 1 || raw_seq < 0)
		return -EINVAL;
	c->seq = seq;
	c->paired = paired;
	c->raw_seq = raw_seq;
	c->cell.numjobs = numjobs;
	return copy_name(c->cell.regime, regime) ||
	       copy_name(c->cell.target, target) ||
	       copy_name(c->cell.workload, workload) ? -EINVAL : 0;
}

static bool good_command(const json_t *command)
{
	json_t *arg;
	size_t i;

	json_array_foreach((json_t *)command, i, arg)
		if (!json_is_string(arg))
			return false;
	return json_array_size(command) > 0;
}

int fpb_job_from_json(json_t *o, struct fpb_job *j, char *why)
{
	const char *boot, *kernel, *plan;
	char said[FPB_REASON_MAX];
	int round, attempt, guest, probe;
	json_error_t err;
	unsigned int line;
	json_t *cells, *c;
	size_t i;

	*j = (struct fpb_job){ 0 };
	if (json_unpack_ex(o, &err, 0,
			   "{ss ss si si sb sb ss ss ss ss ss ss so}",
			   "boot", &boot, "kernel", &kernel, "round", &round,
			   "attempt", &attempt, "guest", &guest,
			   "probe", &probe, "out", &j->out, "work", &j->work,
			   "fio", &j->fio, "engine", &j->engine,
			   "daemon", &j->daemon, "plan", &plan,
			   "cells", &cells)) {
		snprintf(why, FPB_REASON_MAX, "job: %s", err.text);
		return -EINVAL;
	}
	if (copy_name(j->boot, boot) || copy_name(j->kernel, kernel)) {
		snprintf(why, FPB_REASON_MAX, "job: a name is too long");
		return -EINVAL;
	}
	if (round < 1 || attempt < 1) {
		snprintf(why, FPB_REASON_MAX,
			 "job: rounds and attempts count from 1");
		return -EINVAL;
	}
	if (!json_is_array(cells)) {
		snprintf(why, FPB_REASON_MAX, "job: the cells are no list");
		return -EINVAL;
	}
	j->command = json_object_get(o, "command");
	if (j->command && !good_command(j->command)) {
		snprintf(why, FPB_REASON_MAX,
			 "job: the command must be a list of strings");
		return -EINVAL;
	}
	j->round = round;
	j->attempt = attempt;
	j->guest = guest;
	j->probe = probe;
	j->patience = json_integer_value(json_object_get(o, "patience"));
	j->probes = json_integer_value(json_object_get(o, "probes"));
	j->probe_case = json_string_value(json_object_get(o, "probe_case"));
	j->input = json_object_get(o, "input");
	json_unpack(json_object_get(o, "input"), "{s?s si si}", "terminal",
		    &j->terminal, "rows", &j->rows, "columns", &j->columns);
	fpb_plan_default(&j->plan);
	if (fpb_plan_parse(&j->plan, plan, said, &line)) {
		snprintf(why, FPB_REASON_MAX, "job: plan, line %u: %.200s",
			 line, said);
		return -EINVAL;
	}
	j->cells = calloc(json_array_size(cells) + 1, sizeof(*j->cells));
	if (!j->cells) {
		snprintf(why, FPB_REASON_MAX, "job: no memory for its cells");
		return -ENOMEM;
	}
	json_array_foreach(cells, i, c) {
		if (cell_from_json(c, &j->cells[i])) {
			snprintf(why, FPB_REASON_MAX, "job: cell %zu is wrong",
				 i + 1);
			fpb_job_free(j);
			return -EINVAL;
		}
	}
	j->ncells = json_array_size(cells);
	return 0;
}

void fpb_job_free(struct fpb_job *j)
{
	free(j->cells);
	j->cells = NULL;
}
