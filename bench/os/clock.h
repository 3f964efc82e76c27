/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FPB_CLOCK_H
#define FPB_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Monotonic, in milliseconds. */
uint64_t fpb_now_ms(void);
void fpb_sleep_ms(unsigned int ms);
/* CLOCK_REALTIME, in nanoseconds. */
uint64_t fpb_realtime_ns(void);
/*
 * Deadlines on what a program may take are multiplied by it: 1, or more in a
 * machine that is emulated.
 */
extern unsigned int fpb_patience;
/* UTC now, by strftime(3)'s @fmt. */
void fpb_utc(const char *fmt, char *buf, size_t size);
#define FPB_ISO8601	"%Y-%m-%dT%H:%M:%SZ"

#endif
