/* SPDX-License-Identifier: GPL-2.0 */
/* A block of 4 KiB that says who wrote it, where and in what order. Pure. */
#ifndef CHECK_STAMP_H
#define CHECK_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stamp {
	uint32_t magic;
	uint32_t crc;			/* CRC32C of the block with this as 0 */
	uint64_t pos;			/* where it belongs */
	uint32_t writer;		/* 0: the fill */
	uint32_t seq;
	uint64_t salt;			/* of the run */
};

uint32_t crc32c(uint32_t crc, const void *buf, size_t len);
/* Fill a block of 4096 bytes from @s; magic and crc are set here. */
void stamp_write(void *block, const struct stamp *s);
/* Read the stamp into @s. NULL, or what is wrong with the block. */
const char *stamp_read(const void *block, struct stamp *s);

#endif
