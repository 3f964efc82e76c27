// SPDX-License-Identifier: GPL-2.0
#include "run/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/msg.h"

/* From what this run has taken so far; from the plan until there is enough. */
static unsigned int eta_seconds(const struct fpb_progress *p)
{
	size_t done = p->done - p->at_start;
	size_t left = p->total > p->done ? p->total - p->done : 0;

	if (done < 4)
		return p->planned_ms * left / (p->total ? p->total : 1) / 1000;
	return (fpb_now_ms() - p->started_ms) * left / done / 1000;
}

void fpb_progress_show(const struct fpb_progress *p, unsigned int round,
		       const char *kernel, const char *what)
{
	unsigned int eta = eta_seconds(p);
	char text[160];

	snprintf(text, sizeof(text), "round %u/%u %s: %s  [%zu/%zu] ETA %u:%02u",
		 round, p->rounds, kernel, what, p->done, p->total, eta / 60,
		 eta % 60);
	if (isatty(STDERR_FILENO))
		fpb_status_line(text);
	else
		fpb_info("%s", text);
}
