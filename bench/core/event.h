/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the agent, or fpcheck, reports from inside a guest: a line of events.jsonl
 * each (core/job.h). Pure.
 */
#ifndef FPB_EVENT_H
#define FPB_EVENT_H

#include <jansson.h>
#include <stddef.h>

#define FPB_FILE_EVENTS	"events.jsonl"

/*
 * The event of a line, without its newline: its "event" is one that is known, and
 * what an event of that name must have is there. A new reference, or NULL with a
 * sentence in @why (FPB_REASON_MAX bytes).
 */
json_t *fpb_event_parse(const char *line, size_t len, char *why);

#endif
