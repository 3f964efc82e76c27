// SPDX-License-Identifier: GPL-2.0
#include "core/event.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/jsontext.h"
#include "core/result.h"

/* Who hears of an event relies on these keys; others may be absent. */
static const struct row {
	const char *event;
	struct fpb_json_key keys[4];	/* and the end of the list */
} rows[] = {
	{ "up",		{ { "release", JSON_STRING } } },
	{ "error",	{ { "reason", JSON_STRING } } },
	{ "phase",	{ { "text", JSON_STRING } } },
	{ "clock",	{ { "clock_ns", JSON_INTEGER } } },
	{ "ready",	{ { "clock_ns", JSON_INTEGER } } },
	{ "waiting",	{ { NULL } } },
	{ "sample",	{ { "sample", JSON_OBJECT } } },
	{ "lock",	{ { "lock", JSON_OBJECT } } },
	{ "probe",	{ { "case", JSON_STRING }, { "target", JSON_STRING },
			  { "lock", JSON_OBJECT } } },
	{ "why",	{ { "why", JSON_OBJECT } } },
	{ "exit",	{ { "status", JSON_INTEGER } } },
	{ "start",	{ { "test", JSON_STRING } } },
	{ "result",	{ { "test", JSON_STRING }, { "status", JSON_INTEGER },
			  { "failed", JSON_STRING } } },
	{ "case",	{ { "case", JSON_STRING } } },
	{ "kill",	{ { NULL } } },
	{ "end",	{ { NULL } } },
};

static const struct row *find(const char *event)
{
	for (size_t i = 0; event && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].event, event))
			return &rows[i];
	return NULL;
}

static bool check(const json_t *o, char *why)
{
	const char *event = json_string_value(json_object_get(o, "event"));
	const struct row *r = find(event);
	char wrong[FPB_REASON_MAX];

	if (!r)
		snprintf(why, FPB_REASON_MAX, "unknown event \"%.64s\"",
			 event ? event : "");
	else if (fpb_json_check_keys(o, r->keys, false, wrong))
		snprintf(why, FPB_REASON_MAX, "event \"%s\": %.128s", r->event,
			 wrong);
	else
		return true;
	return false;
}

json_t *fpb_event_parse(const char *line, size_t len, char *why)
{
	json_t *o = fpb_json_line_parse(line, len, why);

	if (o && !check(o, why)) {
		json_decref(o);
		o = NULL;
	}
	return o;
}
