// SPDX-License-Identifier: GPL-2.0
#include "run/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/msg.h"

unsigned int fpb_progress_eta(const struct fpb_progress *p, uint64_t now_ms)
{
	size_t done = p->done - p->at_start;
	size_t left = p->total > p->done ? p->total - p->done : 0;
	uint64_t ms = now_ms - p->started_ms, eta;

	if (done < 4)
		eta = p->planned_ms * left / (p->total ? p->total : 1);
	else
		eta = (ms - p->repeated_ms) * left / done;
	if (p->max_ms && ms + eta > p->max_ms)
		eta = p->max_ms > ms ? p->max_ms - ms : 0;
	return eta / 1000;
}

void fpb_progress_show(const struct fpb_progress *p, unsigned int round,
		       const char *kernel, const char *what)
{
	unsigned int eta = fpb_progress_eta(p, fpb_now_ms());
	char text[160];

	snprintf(text, sizeof(text), "round %u/%u %s: %s  [%zu/%zu] ETA %s%u:%02u",
		 round, p->rounds, kernel, what, p->done, p->total,
		 p->at_most ? "at most " : "", eta / 60, eta % 60);
	if (isatty(STDERR_FILENO))
		fpb_status_line(text);
	else
		fpb_info("%s", text);
}
