/* SPDX-License-Identifier: GPL-2.0 */
/* Messages of one line: what failed, on which object, why. */
#ifndef FPFS_MSG_H
#define FPFS_MSG_H

/* "fpfs: <text>", in one write so that lines of threads do not mix. */
void fpfs_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same for information. */
void fpfs_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Write later messages to the system's log, not to stderr. */
void fpfs_msg_to_syslog(void);

#endif
