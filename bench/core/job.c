// SPDX-License-Identifier: GPL-2.0
#include "core/job.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/planfile.h"

/* What only some jobs have. */
static void put_options(json_t *o, const struct fpb_job *j)
{
	if (j->patience)
		json_object_set_new(o, "patience", json_integer(j->patience));
	if (j->why)
		json_object_set_new(o, "why", json_true());
	if (j->probes)
		json_object_set_new(o, "probes", json_integer(j->probes));
	if (j->probe_case)
		json_object_set_new(o, "probe_case",
				    json_string(j->probe_case));
	if (j->command)
		json_object_set(o, "command", j->command);
	if (j->tests.names)
		json_object_set_new(o, "tests",
			json_pack("{sO ss* sb si si}", "names", j->tests.names,
				  "mount", j->tests.mount,
				  "mounts", j->tests.mounts,
				  "deadline", (int)j->tests.deadline_s,
				  "time", (int)j->tests.time_s));
	if (j->input)
		json_object_set_new(o, "input",
			json_pack("{ss* si si}", "terminal", j->terminal,
				  "rows", (int)j->rows,
				  "columns", (int)j->columns));
}

json_t *fpb_job_to_json(const struct fpb_job *j)
{
	char *plan = fpb_plan_text(&j->plan);
	json_t *o = json_pack("{ss ss si si sb sb sb ss ss ss ss ss ss}",
			      "boot", j->boot, "kernel", j->kernel,
			      "round", j->round, "attempt", j->attempt,
			      "guest", j->guest, "sweep", j->sweep,
			      "probe", j->probe, "out", j->out,
			      "work", j->work, "fio", j->fio,
			      "engine", j->engine, "daemon", j->daemon,
			      "plan", plan ? plan : "");

	if (o)
		put_options(o, j);
	free(plan);
	return o;
}

static bool are_texts(const json_t *list)
{
	json_t *text;
	size_t i;

	json_array_foreach((json_t *)list, i, text)
		if (!json_is_string(text))
			return false;
	return json_array_size(list) > 0;
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

/* What every job has; its plan's text is left to the caller. */
static int get_head(json_t *o, struct fpb_job *j, const char **plan, char *why)
{
	const char *boot, *kernel;
	int round, attempt, guest, sweep, probe;
	json_error_t err;

	if (json_unpack_ex(o, &err, 0,
			   "{ss ss si si sb sb sb ss ss ss ss ss ss}",
			   "boot", &boot, "kernel", &kernel, "round", &round,
			   "attempt", &attempt, "guest", &guest,
			   "sweep", &sweep, "probe", &probe, "out", &j->out,
			   "work", &j->work, "fio", &j->fio,
			   "engine", &j->engine, "daemon", &j->daemon,
			   "plan", plan))
		return refuse(why, "%s", err.text);
	if (fpb_name_copy(j->boot, boot) || fpb_name_copy(j->kernel, kernel))
		return refuse(why, "a name is too long");
	if (round < 1 || attempt < 1)
		return refuse(why, "rounds and attempts count from 1");
	j->round = round;
	j->attempt = attempt;
	j->guest = guest;
	j->sweep = sweep;
	j->probe = probe;
	return 0;
}

static int get_tests(json_t *o, struct fpb_job *j, char *why)
{
	struct fpb_job_tests *t = &j->tests;
	json_error_t err;
	int mounts;

	if (!o)
		return 0;
	if (json_unpack_ex(o, &err, 0, "{so s?s sb si si}", "names", &t->names,
			   "mount", &t->mount, "mounts", &mounts,
			   "deadline", &t->deadline_s, "time", &t->time_s))
		return refuse(why, "tests: %s", err.text);
	t->mounts = mounts;
	if (!are_texts(t->names) || !j->command)
		return refuse(why, "tests must be a list of names and have a command");
	return 0;
}

static int get_options(json_t *o, struct fpb_job *j, char *why)
{
	j->command = json_object_get(o, "command");
	if (j->command && !are_texts(j->command))
		return refuse(why, "the command must be a list of strings");
	if (get_tests(json_object_get(o, "tests"), j, why))
		return -EINVAL;
	j->patience = json_integer_value(json_object_get(o, "patience"));
	j->why = json_is_true(json_object_get(o, "why"));
	j->probes = json_integer_value(json_object_get(o, "probes"));
	j->probe_case = json_string_value(json_object_get(o, "probe_case"));
	j->input = json_object_get(o, "input");
	json_unpack(json_object_get(o, "input"), "{s?s si si}", "terminal",
		    &j->terminal, "rows", &j->rows, "columns", &j->columns);
	return 0;
}

int fpb_job_from_json(json_t *o, struct fpb_job *j, char *why)
{
	char reason[FPB_REASON_MAX];
	unsigned int line;
	const char *plan;
	int ret;

	*j = (struct fpb_job){ 0 };
	ret = get_head(o, j, &plan, why);
	if (!ret)
		ret = get_options(o, j, why);
	if (ret)
		return ret;
	fpb_plan_default(&j->plan);
	if (fpb_plan_parse(&j->plan, plan, reason, &line))
		return refuse(why, "plan, line %u: %.200s", line, reason);
	return 0;
}
