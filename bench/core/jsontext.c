// SPDX-License-Identifier: GPL-2.0
#include "core/jsontext.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/result.h"

#define CRC	"\"crc\":\"%08lx\"}"
#define CRC_LEN	(sizeof("\"crc\":\"01234567\"}") - 1)

json_t *fpb_json_parse(const char *bytes, size_t len, char *why)
{
	json_error_t e;
	json_t *o = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &e);

	if (!o)
		snprintf(why, FPB_REASON_MAX, "%d: %s", e.line, e.text);
	return o;
}

char *fpb_json_line(const json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(12));
	const char *comma = json_object_size(o) ? "," : "";
	size_t len = text ? strlen(text) - 1 : 0;
	char *line;

	if (!text || asprintf(&line, "%.*s%s" CRC "\n", (int)len, text, comma,
			      crc32(0, (const Bytef *)text, len)) < 0)
		line = NULL;
	free(text);
	return line;
}

/* Whether it ends in a checksum of something else. */
static bool has_changed(const char *line, size_t len)
{
	char want[CRC_LEN + 1];
	const char *at = line + len - CRC_LEN;

	if (len <= CRC_LEN || strncmp(at, CRC, strlen("\"crc\":\"")))
		return false;
	len -= CRC_LEN + (at[-1] == ',');
	snprintf(want, sizeof(want), CRC, crc32(0, (const Bytef *)line, len));
	return memcmp(at, want, CRC_LEN);
}

json_t *fpb_json_line_parse(const char *line, size_t len, char *why)
{
	json_error_t e;
	json_t *o = json_loadb(line, len, JSON_REJECT_DUPLICATES, &e);

	if (!o) {
		snprintf(why, FPB_REASON_MAX, "%s", e.text);
	} else if (has_changed(line, len)) {
		snprintf(why, FPB_REASON_MAX,
			 "its checksum (\"crc\") is of another text: it has changed since it was written (if that was meant, delete the key)");
		json_decref(o);
		o = NULL;
	}
	return o;
}

int fpb_json_check_keys(const json_t *o, const struct fpb_json_key *keys,
			bool optional, char *why)
{
	for (; keys->key; keys++) {
		const json_t *v = json_object_get(o, keys->key);

		if (v ? json_typeof(v) == keys->type ||
			(optional && json_is_null(v)) : optional)
			continue;
		snprintf(why, FPB_REASON_MAX, "key \"%.64s\": %s", keys->key,
			 v ? "of the wrong type" : "missing");
		return -EINVAL;
	}
	return 0;
}
