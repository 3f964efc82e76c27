/* SPDX-License-Identifier: GPL-2.0 */
/* One line on stderr: what failed, on which object, why. */
#ifndef FPFS_MSG_H
#define FPFS_MSG_H

/* "fpfs: <text>", in one write so that lines of threads do not mix. */
void fpfs_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
