// SPDX-License-Identifier: GPL-2.0
/* core/jsontext.c and core/event.c: a line that has changed is not taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/event.h"
#include "core/jsontext.h"
#include "core/result.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static void a_line_ends_in_the_checksum_of_the_rest(void **state)
{
	json_t *o = json_pack("{ss si}", "check", "123456789", "n", 1);
	char why[FPB_REASON_MAX], *line = fpb_json_line(o);
	json_t *again;

	/* As "printf '{...' | gzip | tail -c8" has it, too. */
	assert_string_equal(line, "{\"check\":\"123456789\",\"n\":1,"
			    "\"crc\":\"6eee5973\"}\n");
	again = fpb_json_line_parse(line, strlen(line) - 1, why);
	assert_non_null(again);
	json_object_del(again, "crc");
	assert_true(json_equal(o, again));
	json_decref(again);
	free(line);
	json_decref(o);

	o = json_object();
	line = fpb_json_line(o);
	again = fpb_json_line_parse(line, strlen(line) - 1, why);
	assert_int_equal(json_object_size(again), 1);
	json_decref(again);
	free(line);
	json_decref(o);
}

/* But for the key's own name, without which the rest is what it was. */
static void no_bit_of_it_can_change(void **state)
{
	json_t *o = json_pack("{ss sf}", "event", "up", "iops", 12345.5), *v;
	char why[FPB_REASON_MAX], *line = fpb_json_line(o);
	size_t len = strlen(line) - 1;

	for (size_t i = 0; i < 8 * len; i++) {
		line[i / 8] ^= 1 << i % 8;
		v = fpb_json_line_parse(line, len, why);
		if (v)
			json_object_del(v, "crc");
		if (v && i / 8 < len - strlen("\"crc\":\"00000000\"}"))
			fail_msg("bit %zu: %s", i, line);
		json_decref(v);
		line[i / 8] ^= 1 << i % 8;
	}
	free(line);
	json_decref(o);
}

static const struct {
	const char *line, *why;		/* NULL: it is one */
} events[] = {
	{ "{\"event\":\"end\"}", NULL },
	{ "{\"event\":\"waiting\",\"more\":1}", NULL },
	{ "{\"event\":\"ready\",\"step\":1,\"clock_ns\":5}", NULL },
	{ "{\"event\":\"sample\",\"sample\":{}}", NULL },
	{ "{\"event\":\"exit\",\"status\":-1}", NULL },
	{ "", "expected near end of file" },
	{ "[]", "unknown event \"\"" },
	{ "{\"event\":3}", "unknown event \"\"" },
	{ "{\"event\":\"samqle\",\"sample\":{}}", "unknown event \"samqle\"" },
	{ "{\"event\":\"sample\",\"samqle\":{}}",
	  "event \"sample\": key \"sample\": missing" },
	{ "{\"event\":\"sample\",\"sample\":[]}",
	  "event \"sample\": key \"sample\": of the wrong type" },
	{ "{\"event\":\"ready\",\"clock_ns\":5.5}",
	  "event \"ready\": key \"clock_ns\": of the wrong type" },
	{ "{\"event\":\"probe\",\"case\":\"a\",\"target\":\"raw\"}",
	  "event \"probe\": key \"lock\": missing" },
	{ "{\"event\":\"end\",\"crc\":\"00000000\"}", "it has changed" },
};

static void an_event_has_what_its_hearers_need(void **state)
{
	char why[FPB_REASON_MAX];

	for (size_t i = 0; i < NELEM(events); i++) {
		json_t *o = fpb_event_parse(events[i].line,
					    strlen(events[i].line), why);

		if (!o != !!events[i].why ||
		    (!o && !strstr(why, events[i].why)))
			fail_msg("%s: %s", events[i].line, o ? "taken" : why);
		json_decref(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_ends_in_the_checksum_of_the_rest),
		cmocka_unit_test(no_bit_of_it_can_change),
		cmocka_unit_test(an_event_has_what_its_hearers_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
