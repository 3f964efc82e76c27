/* SPDX-License-Identifier: GPL-2.0 */
/* The result of an operation; also a part of the programs of print.c. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Failures that have no errno. */
enum { SIGBUS_CAME = -1, NOT_ZEROS = -2, WRONG_PLACE = -3 };

/* Without padding, for memcmp(). */
struct call_result {
	int64_t ret;
	uint64_t size;
	int32_t err;
	uint32_t sum;			/* of the data read */
	uint32_t mode, nlink, uid, gid;
};

/* In one of two static buffers. */
static inline const char *call_result_text(const struct call_result *r)
{
	static const char *const failures[] = {
		"", "SIGBUS", "a hole that does not read as zeros",
		"an impossible position"
	};
	static char texts[2][200];
	static int i;
	char *text = texts[i = !i];

	if (r->ret < 0)
		snprintf(text, sizeof(*texts), "%s", r->err < 0 ?
			 failures[-r->err] : strerrorname_np(r->err));
	else if (r->mode)
		snprintf(text, sizeof(*texts), "size %" PRIu64 " mode %o nlink %u uid %u gid %u",
			 r->size, r->mode, r->nlink, r->uid, r->gid);
	else if (r->sum)
		snprintf(text, sizeof(*texts), "%" PRId64 ", sum %08x", r->ret,
			 r->sum);
	else
		snprintf(text, sizeof(*texts), "%" PRId64, r->ret);
	return text;
}
