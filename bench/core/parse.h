/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers with units, as people write them in plans. Pure. */
#ifndef FPB_PARSE_H
#define FPB_PARSE_H

#include <stddef.h>
#include <stdint.h>

/* Each returns 0, -EINVAL (not such a number) or -ERANGE. */

/* Digits only. */
int fpb_parse_u64(const char *text, uint64_t *out);
/* Bytes: "4096", "4k", "1m", "2g" (powers of 1024, either case, "iB" too). */
int fpb_parse_size(const char *text, uint64_t *bytes);
/* Nanoseconds: "500ns", "50us", "1ms", "1.5s", "10m", "1h"; a number alone is seconds. */
int fpb_parse_time(const char *text, uint64_t *nsec);
/* Hundredths of a per cent: "3", "0.5", "2.5%". */
int fpb_parse_percent(const char *text, uint64_t *hundredths);
/* "I/N": the I-th of N parts, I from 1 to N. */
int fpb_parse_part(const char *text, unsigned int *part, unsigned int *parts);

/*
 * The other way, in the largest unit that holds the number exactly: "4k",
 * "1ms". Each returns @text, which has room for 32 bytes.
 */
char *fpb_write_u64(uint64_t v, char *text);
char *fpb_write_size(uint64_t bytes, char *text);
char *fpb_write_time(uint64_t nsec, char *text);
char *fpb_write_percent(uint64_t hundredths, char *text);

#endif
