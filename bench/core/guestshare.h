/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a backend that boots a guest and the agent inside it agree upon. The
 * guest sees the host's root read-only, and the one folder that it may write.
 */
#ifndef FPB_GUESTSHARE_H
#define FPB_GUESTSHARE_H

/*
 * Boot parameter, and so environment of init: "TYPE:OPTIONS", how to mount the
 * folder. Its source is FPB_GUEST_TAG where the type wants one.
 */
#define FPB_GUEST_ENV	"fpbench_share"
#define FPB_GUEST_TAG	"share"
/*
 * Of a guest whose root is in its memory: its init. If there is a folder
 * FPB_GUEST_SEALED, it has what the boot's folder had before the boot, and the
 * host's is mounted and filled only when the job is done: until then nothing
 * in the guest waits for the host.
 */
#define FPB_GUEST_INIT		"/init"
#define FPB_GUEST_SEALED	"/sealed"
#define FPB_GUEST_HOST		"/run/host"
/* Where the guest mounts it. Holds job.json. */
#define FPB_GUEST_SHARE	"/run/share"
/* For the guest's own mounts. */
#define FPB_GUEST_WORK	"/run/work"

/* What to measure next: core/step.h. An empty object: nothing, the end. */
#define FPB_SHARE_STEP		"step.%u"

/* The kernel's symbols, after steps with marks. */
#define FPB_SHARE_SYMBOLS	"kallsyms"

/*
 * The standard streams of the command of "fpbench exec", as files in the boot's
 * folder. Input comes in pieces, numbered from 0, each there as a whole once
 * it has its name: a guest may keep what it has read of a file that grows.
 * The end of input is an empty piece.
 */
#define FPB_SHARE_INPUT		"input.%u"
#define FPB_SHARE_OUTPUT	"output.log"
#define FPB_SHARE_ERROR		"error.log"

#endif
