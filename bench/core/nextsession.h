/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which kernel to measure next if each needs a boot of the machine. Pure.
 *
 * Kernels take turns in blocks, each of which has every kernel once, and every
 * other block goes backwards: A B B A A B. A machine that becomes steadily
 * slower then hits all of them nearly alike.
 */
#ifndef FPB_NEXTSESSION_H
#define FPB_NEXTSESSION_H

#include <stddef.h>

/*
 * The place of the next of @n kernels, the first one being the baseline, that
 * have @sessions each so far. One that lags behind always comes first.
 */
size_t fpb_next_kernel(const size_t *sessions, size_t n);

/*
 * How many sessions are lacking until all kernels have the same number, and at
 * least FPB_SESSIONS_MIN.
 */
size_t fpb_next_lacking(const size_t *sessions, size_t n);

#endif
