// SPDX-License-Identifier: GPL-2.0
#include "guest/watchdog.h"

#include "os/clock.h"

#define LOOK_EVERY_MS	1000

void fpb_watchdog_alive(struct fpb_watchdog *w)
{
	w->silent_ms = 0;
	w->looked_ms = fpb_now_ms();
}

uint64_t fpb_watchdog_counted_ms(uint64_t wall_ms, uint64_t ran_ns,
				 uint64_t waited_ns)
{
	const double wanted = (double)ran_ns + waited_ns;
	double share = 1;

	/* A guest that sleeps waits a little, too: that is not the reason. */
	if (wanted > wall_ms * 1e6 / 10)
		share = ran_ns / wanted;
	return wall_ms * (share < 0.01 ? 0.01 : share);
}

static uint64_t grown(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

uint64_t fpb_watchdog_silent_ms(struct fpb_watchdog *w, pid_t pid)
{
	uint64_t now = fpb_now_ms(), wall = now - w->looked_ms;
	struct fpb_cputime cpu = w->cpu;

	if (wall < LOOK_EVERY_MS)
		return w->silent_ms;
	fpb_cputime(pid, &cpu);
	w->silent_ms += fpb_watchdog_counted_ms(wall,
		grown(cpu.ran_ns, w->cpu.ran_ns),
		grown(cpu.waited_ns, w->cpu.waited_ns));
	w->cpu = cpu;
	w->looked_ms = now;
	return w->silent_ms;
}
