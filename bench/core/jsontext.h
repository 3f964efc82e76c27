/* SPDX-License-Identifier: GPL-2.0 */
/* JSON as text: all of a file, and lines that carry a checksum. Pure. */
#ifndef FPB_JSONTEXT_H
#define FPB_JSONTEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * What a whole file says: a new reference, or NULL with "LINE: SENTENCE" in @why
 * (FPB_REASON_MAX bytes), to follow the file's name and a colon.
 */
json_t *fpb_json_parse(const char *bytes, size_t len, char *why);

/*
 * The object @o as a line with its newline, for free(); NULL if memory is short. Its
 * last key is "crc", the CRC-32 of what is before that key: a digit that has changed
 * since is as good as any other for JSON.
 */
char *fpb_json_line(const json_t *o);
/*
 * What such a line says, without its newline: a new reference, or NULL with a
 * sentence in @why. A line without a checksum is of before they were written, or
 * somebody has changed it and means it.
 */
json_t *fpb_json_line_parse(const char *line, size_t len, char *why);

struct fpb_json_key {
	const char *key;		/* NULL ends a list of them */
	json_type type;
};

/*
 * Whether @o has each of these keys, with a value of its type; with @optional one may be
 * absent or null. 0, or -EINVAL with "key NAME: SENTENCE" in @why (FPB_REASON_MAX bytes).
 */
int fpb_json_check_keys(const json_t *o, const struct fpb_json_key *keys,
			bool optional, char *why);

#endif
