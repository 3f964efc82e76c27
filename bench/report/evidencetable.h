/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The evidence of a run as tables: how each boot took the inode lock, and which
 * way the data of each target went.
 */
#ifndef FPB_EVIDENCETABLE_H
#define FPB_EVIDENCETABLE_H

#include "core/rundata.h"
#include "report/page.h"

/* Both return 0 or -ENOMEM, and write nothing if there is no evidence. */
int fpb_evidence_put_paths(struct fpb_page *p, const struct fpb_rundata *run);
int fpb_evidence_put_boots(struct fpb_page *p, const struct fpb_rundata *run);

#endif
