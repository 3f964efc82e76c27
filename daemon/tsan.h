/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For ThreadSanitizer only. What one thread did before its reply comes before
 * what another does for a request that the kernel sends because of that reply:
 * an OPEN's file is there for the RELEASE. Over /dev/fuse the sanitizer sees
 * that, as a write and a read of one descriptor; over io_uring it does not, so
 * it is told.
 */
#ifndef FPFS_TSAN_H
#define FPFS_TSAN_H

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>

extern char fpfs_order;

#define fpfs_request_begins()	__tsan_acquire(&fpfs_order)
#define BEFORE(reply)		(__tsan_release(&fpfs_order), reply)

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
