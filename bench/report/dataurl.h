/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes that a page carries inside a link. */
#ifndef FPB_DATAURL_H
#define FPB_DATAURL_H

#include <stddef.h>
#include <stdio.h>

/* RFC 4648: four characters for each three bytes, and padding. */
void fpb_base64(FILE *out, const void *bytes, size_t len);

/*
 * Write a data: URL (RFC 2397) of @bytes, which gzip compresses. Returns 0 or
 * -ENOMEM.
 */
int fpb_data_url(FILE *out, const void *bytes, size_t len);

#endif
