// SPDX-License-Identifier: GPL-2.0
#include "run/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/clock.h"
#include "os/msg.h"
#include "os/screen.h"
#include "report/live.h"
#include "run/readrun.h"

static uint64_t boot_ms(const struct fpb_progress *p, uint64_t now_ms)
{
	if (p->boots)
		return p->boots_ms / p->boots;
	return p->booting_ms ? now_ms - p->booting_ms : 0;
}

unsigned int fpb_progress_eta(const struct fpb_progress *p, uint64_t now_ms)
{
	size_t done = p->done - p->at_start;
	size_t left = p->total > p->done ? p->total - p->done : 0;
	size_t boots = p->per_boot && left ? (left - 1) / p->per_boot : 0;
	uint64_t ms = now_ms - p->started_ms, eta;

	if (done < 4)
		eta = p->planned_ms * left / (p->total ? p->total : 1);
	else
		eta = (ms - p->repeated_ms - p->boots_ms) * left / done;
	eta += boots * boot_ms(p, now_ms);
	if (p->max_ms && ms + eta > p->max_ms)
		eta = p->max_ms > ms ? p->max_ms - ms : 0;
	return eta / 1000;
}

static void forget(struct fpb_progress *p)
{
	free(p->found);
	p->found = NULL;
	if (!p->has_so_far)
		return;
	fpb_summary_free(&p->so_far);
	fpb_rundata_free(&p->data);
	p->has_so_far = false;
}

/* Of a log, for each round. */
#define LOG_ROWS	10

/* Later rounds, which a resumed run may have, are left out. */
static void sum_up(struct fpb_progress *p, const char *dir)
{
	forget(p);
	if (p->round == 1 || fpb_load_run_so_far(dir, &p->data))
		return;
	p->data.manifest.rounds = p->round - 1;
	p->has_so_far = !fpb_summary_of_run(&p->so_far, &p->data,
					    FPB_MARGIN_DEFAULT);
	if (!p->has_so_far)
		fpb_rundata_free(&p->data);
}

/*
 * In @rows lines of @columns, for free(); NULL if memory is short. Kernels are
 * being measured: what has been found is laid out once.
 */
static char *text_of(struct fpb_progress *p, const char *now, size_t columns,
		     size_t rows)
{
	const struct fpb_live l = {
		.round = p->nth, .rounds = p->rounds, .at_most = p->at_most,
		.done = p->done, .total = p->total,
		.eta_s = fpb_progress_eta(p, fpb_now_ms()), .now = now,
		.so_far = p->has_so_far ? &p->so_far : NULL,
	};
	char *round = fpb_live_round(&l, columns), *text;

	if (!p->found || p->columns != columns || p->rows != rows) {
		free(p->found);
		p->found = fpb_live_found(&l, columns, rows - 1);
		p->columns = columns;
		p->rows = rows;
	}
	if (!round || !p->found ||
	    asprintf(&text, "%s%s", round, p->found) < 0)
		text = NULL;
	free(round);
	return text;
}

void fpb_progress_round(struct fpb_progress *p, const char *dir,
			unsigned int round, unsigned int nth)
{
	size_t columns, rows;
	char *text;

	if (round == p->round)
		return;
	p->round = round;
	p->nth = nth;
	sum_up(p, dir);
	if (fpb_screen_size(&columns, &rows))
		return;
	text = text_of(p, NULL, SIZE_MAX, LOG_ROWS);
	if (text)
		fpb_info("%.*s", (int)strlen(text) - 1, text);
	free(text);
}

void fpb_progress_booting(struct fpb_progress *p)
{
	p->booting_ms = fpb_now_ms();
}

void fpb_progress_booted(struct fpb_progress *p)
{
	p->boots++;
	p->boots_ms += fpb_now_ms() - p->booting_ms;
	p->booting_ms = 0;
}

void fpb_progress_show(struct fpb_progress *p, const char *kernel,
		       const char *what)
{
	size_t columns, rows;
	char now[160], *text;

	if (!fpb_screen_size(&columns, &rows))
		return;
	snprintf(now, sizeof(now), "%s: %s", kernel, what);
	/* Some terminals wrap a line that is full; the cursor has the last. */
	text = text_of(p, now, columns - 1, rows > 1 ? rows - 1 : 1);
	fpb_screen_show(text);
	free(text);
}

void fpb_progress_end(struct fpb_progress *p)
{
	fpb_screen_show(NULL);
	forget(p);
}
