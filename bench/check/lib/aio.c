// SPDX-License-Identifier: GPL-2.0
#include "check/lib/aio.h"

#include <inttypes.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check/lib/outcome.h"
#include "check/lib/sizes.h"

aio_context_t check_aio_context(unsigned int n)
{
	aio_context_t ctx = 0;

	must(!syscall(SYS_io_setup, n, &ctx));
	return ctx;
}

void check_aio_submit(aio_context_t ctx, int fd, const void *buf,
		      const off_t *pos, unsigned int n)
{
	struct iocb cb[n], *cbs[n];

	for (unsigned int i = 0; i < n; i++) {
		cb[i] = (struct iocb){
			.aio_fildes = fd, .aio_lio_opcode = IOCB_CMD_PWRITE,
			.aio_buf = (uintptr_t)buf, .aio_nbytes = BLOCK,
			.aio_offset = pos[i] };
		cbs[i] = &cb[i];
	}
	must(syscall(SYS_io_submit, ctx, n, cbs) == n);
}

void check_aio_wait(aio_context_t ctx, unsigned int n)
{
	struct io_event ev[n];

	must(syscall(SYS_io_getevents, ctx, n, n, ev, NULL) == n);
	for (unsigned int i = 0; i < n; i++)
		if (ev[i].res != (int64_t)BLOCK)
			check_fail("an AIO write returned %" PRId64,
				   (int64_t)ev[i].res);
}
