/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers to text as people read them. Each returns @buf. */
#ifndef FPB_UNITS_H
#define FPB_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define FPB_UNITS_MAX	32	/* room that every text here fits into */

/* 1675749.2 is "1,675,749", or in thousands "1,675.7". */
char *fpb_format_iops(double iops, char *buf);
char *fpb_format_kiops(double iops, char *buf);

/* Four places: 0.07, 1.01, 14.2, 142. */
char *fpb_format_ratio(double ratio, char *buf);
/* 0.994 is "99%". */
char *fpb_format_percent(double ratio, char *buf);

/*
 * A latency in us, in a few places: 95400 is "95.4", 1234567 is "1,235"; from
 * 100 ms on in ms, with the unit: "150ms".
 */
char *fpb_format_usec(double ns, char *buf);

/* As fio writes block sizes: 4096 is "4k", 1048576 is "1M". */
char *fpb_format_bs(uint64_t bytes, char *buf);
/* 2048 is "2 GiB", 512 is "512 MiB". */
char *fpb_format_mib(uint64_t mib, char *buf);
/* 100000 is "100 us", 1000000 is "1 ms". */
char *fpb_format_nsec(uint64_t nsec, char *buf);

#endif
