/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keeps a process, and what it starts, from writing where it has no business:
 * in a mount namespace of its own everything is read-only but a few folders.
 * An ordinary user gets a user namespace for it, in which other users' files
 * seem to be nobody's.
 */
#ifndef FPB_CONFINE_H
#define FPB_CONFINE_H

/*
 * From here on this process, which has one thread, can write to nothing but the
 * folders @dirs (NULL-terminated; absolute; one that is in another comes
 * later), and there neither use devices nor gain rights by set-uid programs.
 * What it executes can make no devices and mount nothing. 0 or -errno.
 */
int fpb_confine(const char *const *dirs);

#endif
