/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tells a guest that hangs from one that gets no CPU. Silence is the time
 * since the last sign of life (an event, or a line on the console) that the
 * guest could have used: while its threads wait for a CPU of a busy host, the
 * clock goes as much slower as they run slower.
 */
#ifndef FPB_WATCHDOG_H
#define FPB_WATCHDOG_H

#include <stdint.h>
#include <sys/types.h>

#include "os/cputime.h"

struct fpb_watchdog {
	uint64_t silent_ms;
	uint64_t looked_ms;		/* when, by fpb_now_ms() */
	struct fpb_cputime cpu;
};

/* A sign of life; also the start. */
void fpb_watchdog_alive(struct fpb_watchdog *w);

/*
 * How long the guest whose process is @pid has been silent, in ms. Looks at
 * the process at most once a second.
 */
uint64_t fpb_watchdog_silent_ms(struct fpb_watchdog *w, pid_t pid);

/*
 * What of @wall_ms counts as silence when the guest's threads ran for @ran_ns
 * and waited for a CPU for @waited_ns in it: all of it if they slept or ran,
 * the share that they got if they had to wait, 1 % at least. Pure.
 */
uint64_t fpb_watchdog_counted_ms(uint64_t wall_ms, uint64_t ran_ns,
				 uint64_t waited_ns);

#endif
