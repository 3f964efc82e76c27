// SPDX-License-Identifier: GPL-2.0
/* What the submission paths have in common. */
#include "fio.h"

#include <linux/falloc.h>

#include "path.h"

/* fio's own trim knows block devices only; a file has a hole punched. */
static void trim(struct thread_data *td, struct io_u *io_u)
{
	if (io_u->file->filetype != FIO_TYPE_FILE)
		do_io_u_trim(td, io_u);
	else if (fallocate(io_u->file->fd,
			   FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			   io_u->offset, io_u->xfer_buflen))
		io_u->error = errno;
}

enum fio_q_status fpb_queue_sync(struct thread_data *td, struct io_u *io_u)
{
	if (io_u->ddir == DDIR_TRIM)
		trim(td, io_u);
	else
		do_io_u_sync(td, io_u);
	if (io_u->error)
		td_verror(td, io_u->error, "sync or trim");
	return FIO_Q_COMPLETED;
}

void fpb_mark_issued(struct thread_data *td, struct io_u **io_us,
		     unsigned int nr)
{
	const bool slat = !td->o.disable_slat;
	struct timespec now;
	unsigned int i;

	io_u_mark_submit(td, nr);
	if (!fio_fill_issue_time(td))
		return;

	fio_gettime(&now, NULL);
	for (i = 0; i < nr; i++) {
		io_us[i]->issue_time = now;
		if (slat)
			io_u_queued(td, io_us[i]);
	}
	if (td->o.read_iolog_file)
		td->last_issue = now;
}
