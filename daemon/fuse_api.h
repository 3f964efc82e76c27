/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libfuse's low-level API in the version that fpfs is written for.
 *
 * For ThreadSanitizer it marks each reply as ordered before all later
 * requests: the file that OPEN made is visible to RELEASE. Over /dev/fuse the
 * sanitizer sees that order, since one thread writes to the descriptor that
 * the other reads. Over io_uring it does not.
 */
#ifndef FPFS_FUSE_API_H
#define FPFS_FUSE_API_H

#define FUSE_USE_VERSION 317	/* FUSE_MAKE_VERSION(3, 17) */

#include <fuse_lowlevel.h>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>

/* Weak: one for the program, though every file defines it. */
char fpfs_reply_order __attribute__((weak));

#define fpfs_request_begins()	__tsan_acquire(&fpfs_reply_order)
#define BEFORE(reply)		(__tsan_release(&fpfs_reply_order), reply)

#define fuse_reply_attr(...)	BEFORE(fuse_reply_attr(__VA_ARGS__))
#define fuse_reply_buf(...)	BEFORE(fuse_reply_buf(__VA_ARGS__))
#define fuse_reply_create(...)	BEFORE(fuse_reply_create(__VA_ARGS__))
#define fuse_reply_data(...)	BEFORE(fuse_reply_data(__VA_ARGS__))
#define fuse_reply_entry(...)	BEFORE(fuse_reply_entry(__VA_ARGS__))
#define fuse_reply_err(...)	BEFORE(fuse_reply_err(__VA_ARGS__))
#define fuse_reply_ioctl(...)	BEFORE(fuse_reply_ioctl(__VA_ARGS__))
#define fuse_reply_lock(...)	BEFORE(fuse_reply_lock(__VA_ARGS__))
#define fuse_reply_lseek(...)	BEFORE(fuse_reply_lseek(__VA_ARGS__))
#define fuse_reply_none(...)	BEFORE(fuse_reply_none(__VA_ARGS__))
#define fuse_reply_open(...)	BEFORE(fuse_reply_open(__VA_ARGS__))
#define fuse_reply_readlink(...) BEFORE(fuse_reply_readlink(__VA_ARGS__))
#define fuse_reply_statfs(...)	BEFORE(fuse_reply_statfs(__VA_ARGS__))
#define fuse_reply_statx(...)	BEFORE(fuse_reply_statx(__VA_ARGS__))
#define fuse_reply_write(...)	BEFORE(fuse_reply_write(__VA_ARGS__))
#define fuse_reply_xattr(...)	BEFORE(fuse_reply_xattr(__VA_ARGS__))
#else
#define fpfs_request_begins()	((void)0)
#endif

#endif
