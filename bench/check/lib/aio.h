/* SPDX-License-Identifier: GPL-2.0 */
/* Linux AIO: writes of one block each. What fails ends the case. */
#ifndef CHECK_AIO_H
#define CHECK_AIO_H

#include <linux/aio_abi.h>
#include <stdint.h>
#include <sys/types.h>

/* For up to @n writes at once. */
aio_context_t check_aio_context(unsigned int n);
/* Submit a write of the block @buf at each of the @n positions @pos. */
void check_aio_submit(aio_context_t ctx, int fd, const void *buf,
		      const off_t *pos, unsigned int n);
/* Wait for @n writes; fails unless each wrote its block. */
void check_aio_wait(aio_context_t ctx, unsigned int n);

#endif
