// SPDX-License-Identifier: GPL-2.0
#include "core/job.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/planfile.h"

static json_t *cell_to_json(const struct fpb_job_cell *c)
{
	return json_pack("{si ss ss ss si sb si}", "seq", c->seq,
			 "regime", c->cell.regime, "target", c->cell.target,
			 "workload", c->cell.workload,
			 "numjobs", c->cell.numjobs, "paired", c->paired,
			 "raw_seq", c->raw_seq);
}

/* What only some jobs have. */
static void put_options(json_t *o, const struct fpb_job *j)
{
	if (j->patience)
		json_object_set_new(o, "patience", json_integer(j->patience));
	if (j->probes)
		json_object_set_new(o, "probes", json_integer(j->probes));
	if (j->probe_case)
		json_object_set_new(o, "probe_case",
				    json_string(j->probe_case));
	if (j->command)
		json_object_set(o, "command", j->command);
	if (j->input)
		json_object_set_new(o, "input",
			json_pack("{ss* si si}", "terminal", j->terminal,
				  "rows", (int)j->rows,
				  "columns", (int)j->columns));
}

json_t *fpb_job_to_json(const struct fpb_job *j)
{
	char *plan = fpb_plan_text(&j->plan);
	json_t *cells = json_array(), *o;

	for (size_t i = 0; i < j->ncells; i++)
		json_array_append_new(cells, cell_to_json(&j->cells[i]));
	o = json_pack("{ss ss si si sb sb ss ss ss ss ss ss so}",
		      "boot", j->boot, "kernel", j->kernel,
		      "round", j->round, "attempt", j->attempt,
		      "guest", j->guest, "probe", j->probe,
		      "out", j->out, "work", j->work, "fio", j->fio,
		      "engine", j->engine, "daemon", j->daemon,
		      "plan", plan ? plan : "", "cells", cells);
	if (o)
		put_options(o, j);
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

static int __attribute__((format(printf, 2, 3)))
refuse(char *why, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(why, FPB_REASON_MAX, "job: ");

	va_start(ap, fmt);
	vsnprintf(why + n, FPB_REASON_MAX - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* What every job has; its plan's text and its cells are left to the caller. */
static int get_head(json_t *o, struct fpb_job *j, const char **plan,
		    json_t **cells, char *why)
{
	const char *boot, *kernel;
	int round, attempt, guest, probe;
	json_error_t err;

	if (json_unpack_ex(o, &err, 0,
			   "{ss ss si si sb sb ss ss ss ss ss ss so}",
			   "boot", &boot, "kernel", &kernel, "round", &round,
			   "attempt", &attempt, "guest", &guest,
			   "probe", &probe, "out", &j->out, "work", &j->work,
			   "fio", &j->fio, "engine", &j->engine,
			   "daemon", &j->daemon, "plan", plan,
			   "cells", cells))
		return refuse(why, "%s", err.text);
	if (copy_name(j->boot, boot) || copy_name(j->kernel, kernel))
		return refuse(why, "a name is too long");
	if (round < 1 || attempt < 1)
		return refuse(why, "rounds and attempts count from 1");
	if (!json_is_array(*cells))
		return refuse(why, "the cells must be a list");
	j->round = round;
	j->attempt = attempt;
	j->guest = guest;
	j->probe = probe;
	return 0;
}

static int get_options(json_t *o, struct fpb_job *j, char *why)
{
	j->command = json_object_get(o, "command");
	if (j->command && !good_command(j->command))
		return refuse(why, "the command must be a list of strings");
	j->patience = json_integer_value(json_object_get(o, "patience"));
	j->probes = json_integer_value(json_object_get(o, "probes"));
	j->probe_case = json_string_value(json_object_get(o, "probe_case"));
	j->input = json_object_get(o, "input");
	json_unpack(json_object_get(o, "input"), "{s?s si si}", "terminal",
		    &j->terminal, "rows", &j->rows, "columns", &j->columns);
	return 0;
}

static int get_cells(json_t *cells, struct fpb_job *j, char *why)
{
	json_t *c;
	size_t i;

	j->cells = calloc(json_array_size(cells) + 1, sizeof(*j->cells));
	if (!j->cells) {
		refuse(why, "no memory for its cells");
		return -ENOMEM;
	}
	json_array_foreach(cells, i, c) {
		if (cell_from_json(c, &j->cells[i])) {
			fpb_job_free(j);
			return refuse(why, "cell %zu is wrong", i + 1);
		}
	}
	j->ncells = json_array_size(cells);
	return 0;
}

int fpb_job_from_json(json_t *o, struct fpb_job *j, char *why)
{
	char reason[FPB_REASON_MAX];
	unsigned int line;
	const char *plan;
	json_t *cells;
	int ret;

	*j = (struct fpb_job){ 0 };
	ret = get_head(o, j, &plan, &cells, why);
	if (!ret)
		ret = get_options(o, j, why);
	if (ret)
		return ret;
	fpb_plan_default(&j->plan);
	if (fpb_plan_parse(&j->plan, plan, reason, &line))
		return refuse(why, "plan, line %u: %.200s", line, reason);
	return get_cells(cells, j, why);
}

void fpb_job_free(struct fpb_job *j)
{
	free(j->cells);
	j->cells = NULL;
}
