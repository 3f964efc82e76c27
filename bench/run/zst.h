/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that zstd compresses, with a checksum of what is in it: libarchive's
 * own filter writes none, and stops to read before it could check one.
 */
#ifndef FPB_ZST_H
#define FPB_ZST_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct fpb_zst;

/* For one direction; @file is borrowed. NULL if memory is short. */
struct fpb_zst *fpb_zst_writer(FILE *file);
struct fpb_zst *fpb_zst_reader(FILE *file);
void fpb_zst_free(struct fpb_zst *z);

/* 0 or -errno. What was written is complete after the second, which is needed. */
int fpb_zst_write(struct fpb_zst *z, const void *bytes, size_t len);
int fpb_zst_end(struct fpb_zst *z);

/*
 * Sets *@bytes to the next ones, which are valid until the next call, and returns
 * how many; 0 at the end, once the checksum was right; -EBADMSG: damaged or cut
 * short; or -errno.
 */
ssize_t fpb_zst_read(struct fpb_zst *z, const void **bytes);

#endif
