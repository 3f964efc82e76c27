// SPDX-License-Identifier: GPL-2.0
#include "check/lib/stamp.h"

#include <string.h>

#define MAGIC	0x46504b43	/* "CKPF" */
#define SIZE	4096

/* Castagnoli's polynomial, reflected; a table of bytes. */
uint32_t crc32c(uint32_t crc, const void *buf, size_t len)
{
	static uint32_t table[256];
	const uint8_t *p = buf;

	if (!table[1]) {
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t r = i;

			for (int k = 0; k < 8; k++)
				r = r >> 1 ^ (r & 1 ? 0x82f63b78 : 0);
			table[i] = r;
		}
	}
	crc = ~crc;
	while (len--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return ~crc;
}

/* No two words or blocks are the same, and none looks like a hole. */
static void fill(uint64_t *words, uint64_t x)
{
	for (size_t i = sizeof(struct stamp) / 8; i < SIZE / 8; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		words[i] = x;
	}
}

void stamp_write(void *block, const struct stamp *s)
{
	struct stamp *out = block;

	fill(block, s->salt ^ s->pos ^ (uint64_t)s->writer << 56 ^
	     (uint64_t)s->seq << 24);
	*out = *s;
	out->magic = MAGIC;
	out->crc = 0;
	out->crc = crc32c(0, block, SIZE);
}

const char *stamp_read(const void *block, struct stamp *s)
{
	static const uint32_t zero;
	const uint8_t *p = block;
	const size_t at = offsetof(struct stamp, crc);
	uint32_t crc;

	memcpy(s, block, sizeof(*s));
	if (s->magic != MAGIC) {
		for (size_t i = 0; i < SIZE; i++)
			if (p[i])
				return "no stamp";
		return "zeros";
	}
	crc = crc32c(0, p, at);
	crc = crc32c(crc, &zero, sizeof(zero));
	crc = crc32c(crc, p + at + 4, SIZE - at - 4);
	return crc == s->crc ? NULL : "wrong CRC32C";
}
