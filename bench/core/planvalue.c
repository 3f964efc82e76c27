// SPDX-License-Identifier: GPL-2.0
#include "core/planvalue.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/parse.h"
#include "core/plan.h"

/* How numbers are written, and in which unit they are kept. */
static const struct number {
	int (*parse)(const char *text, uint64_t *v);
	char *(*write)(uint64_t v, char *text);
	uint64_t unit;
	const char *one, *several;
} numbers[] = {
	[FPB_PLAN_NUMBER] = { fpb_parse_u64, fpb_write_u64, 1, "a number",
			      "numbers" },
	[FPB_PLAN_BYTES] = { fpb_parse_size, fpb_write_size, 1, "a size",
			     "sizes" },
	[FPB_PLAN_MIB] = { fpb_parse_size, fpb_write_size, 1 << 20, "a size",
			   "sizes" },
	[FPB_PLAN_NSEC] = { fpb_parse_time, fpb_write_time, 1, "a time",
			    "times" },
	[FPB_PLAN_MSEC] = { fpb_parse_time, fpb_write_time, 1000000, "a time",
			    "times" },
	[FPB_PLAN_PERCENT] = { fpb_parse_percent, fpb_write_percent, 1,
			       "a percentage", "percentages" },
};

static bool is_number(const struct fpb_plan_key *k)
{
	return k->kind < FPB_PLAN_WORD;
}

static uint64_t step_of(const struct fpb_plan_key *k)
{
	uint64_t unit = numbers[k->kind].unit;

	return k->step > unit ? k->step : unit;
}

/* --- what a value must be --- */

static void describe_bounds(const struct fpb_plan_key *k, bool several,
			    FILE *out)
{
	const struct number *n = &numbers[k->kind];
	char text[FPB_NAME_MAX];

	fputs(several ? n->several : n->one, out);
	if (k->max) {
		fprintf(out, " from %s", n->write(k->min, text));
		fprintf(out, " to %s", n->write(k->max, text));
	} else {
		fprintf(out, " of %s or more", n->write(k->min, text));
	}
	if (step_of(k) > 1)
		fprintf(out, ", in steps of %s", n->write(step_of(k), text));
}

static void describe_names(const struct fpb_plan_key *k, FILE *out)
{
	const char *name, *next;

	for (size_t i = 0; (name = fpb_names_at(k->known, i)); i++) {
		next = fpb_names_at(k->known, i + 1);
		fprintf(out, "%s%s", !i ? "" : next ? ", " : " or ", name);
	}
}

/* @list: all of the value, not one of its entries. */
static char *describe(const struct fpb_plan_key *k, bool list, char *text)
{
	FILE *out = fmemopen(text, FPB_REASON_MAX, "w");

	*text = '\0';
	if (!out)
		return text;
	if (k->kind == FPB_PLAN_TEXT)
		fprintf(out, "a line of up to %zu characters", k->size - 1);
	else if (k->known.first)
		describe_names(k, out);
	else
		describe_bounds(k, list && k->count_at, out);
	if (list && k->count_at)
		fputs(", separated by commas", out);
	if (k->none)
		fprintf(out, ", or %s", k->none);
	fclose(out);
	text[FPB_REASON_MAX - 1] = '\0';
	return text;
}

char *fpb_plan_value_describe(const struct fpb_plan_key *k, char *text)
{
	return describe(k, true, text);
}

/* --- one value --- */

static int must_be(const struct fpb_plan_key *k, const char *value, char *why)
{
	char what[FPB_REASON_MAX];

	snprintf(why, FPB_REASON_MAX, "\"%.60s\": must be %.180s", value,
		 describe(k, false, what));
	return -EINVAL;
}

static void store(void *at, size_t size, uint64_t v)
{
	if (size == sizeof(bool))
		*(bool *)at = v;
	else if (size == sizeof(unsigned int))
		*(unsigned int *)at = v;
	else
		*(uint64_t *)at = v;
}

static uint64_t load(const void *at, size_t size)
{
	if (size == sizeof(bool))
		return *(const bool *)at;
	if (size == sizeof(unsigned int))
		return *(const unsigned int *)at;
	return *(const uint64_t *)at;
}

/* Whether @v is one of the known numbers, however it was written. */
static bool is_known(const struct fpb_plan_key *k, uint64_t v)
{
	const char *name;
	uint64_t known;

	if (!k->known.first)
		return true;
	for (size_t i = 0; (name = fpb_names_at(k->known, i)); i++)
		if (!numbers[k->kind].parse(name, &known) && known == v)
			return true;
	return false;
}

static int set_number(const struct fpb_plan_key *k, void *at,
		      const char *value, char *why)
{
	const struct number *n = &numbers[k->kind];
	uint64_t v;

	if (n->parse(value, &v) || v < k->min || (k->max && v > k->max) ||
	    v % step_of(k) || !is_known(k, v))
		return must_be(k, value, why);
	store(at, k->size, v / n->unit);
	return 0;
}

static int set_word(const struct fpb_plan_key *k, void *at, const char *value,
		    char *why)
{
	long i = fpb_names_find(k->known, value);
	char hint[FPB_REASON_MAX];

	if (i < 0) {
		snprintf(why, FPB_REASON_MAX, "unknown value \"%.60s\" %.175s",
			 value, fpb_names_hint(k->known, value, hint,
					       sizeof(hint)));
		return -EINVAL;
	}
	if (k->kind == FPB_PLAN_ENUM)
		store(at, k->size, i);
	else
		snprintf(at, FPB_NAME_MAX, "%s", value);
	return 0;
}

/* inih takes a semicolon after a space for the begin of a comment. */
static int set_text(const struct fpb_plan_key *k, char *at, const char *value,
		    char *why)
{
	const char *wrong = NULL;

	if (!*value)
		wrong = "must not be empty";
	else if (strlen(value) >= k->size)
		wrong = "is too long: put it into a script";
	else if (strstr(value, " ;") || strstr(value, "\t;"))
		wrong = "must have no space before a semicolon";
	else if (strpbrk(value, "\n\r"))
		wrong = "must be one line";
	if (wrong) {
		snprintf(why, FPB_REASON_MAX, "\"%.150s\" %s", value, wrong);
		return -EINVAL;
	}
	strcpy(at, value);
	return 0;
}

static int set_one(const struct fpb_plan_key *k, void *at, const char *value,
		   char *why)
{
	if (k->kind == FPB_PLAN_TEXT)
		return set_text(k, at, value, why);
	return is_number(k) ? set_number(k, at, value, why) :
			      set_word(k, at, value, why);
}

static void put_one(const struct fpb_plan_key *k, const void *at, FILE *out)
{
	char text[FPB_NAME_MAX];

	if (k->kind == FPB_PLAN_WORD || k->kind == FPB_PLAN_TEXT)
		fputs(at, out);
	else if (k->kind == FPB_PLAN_ENUM)
		fputs(fpb_names_at(k->known, load(at, k->size)), out);
	else
		fputs(numbers[k->kind].write(load(at, k->size) *
					     numbers[k->kind].unit, text), out);
}

/* --- lists --- */

static int given_twice(const char *name, char *why)
{
	snprintf(why, FPB_REASON_MAX, "\"%s\" is given twice", name);
	return -EINVAL;
}

/* Up to the next comma, trimmed; false if that is empty or too long. */
static bool take_name(const char **value, char *name)
{
	size_t len = strcspn(*value, ",");
	const char *start = *value;

	*value += len + (start[len] == ',');
	while (len && isspace((unsigned char)*start)) {
		start++;
		len--;
	}
	while (len && isspace((unsigned char)start[len - 1]))
		len--;
	if (!len || len >= FPB_NAME_MAX)
		return false;
	memcpy(name, start, len);
	name[len] = '\0';
	return true;
}

int fpb_plan_value_split(const char *value, char out[][FPB_NAME_MAX],
			 size_t *n, char *why)
{
	const char *rest = value;

	if (!*value) {
		snprintf(why, FPB_REASON_MAX, "the list is empty");
		return -EINVAL;
	}
	for (*n = 0; *rest; (*n)++) {
		if (*n == FPB_PLAN_MAX_LIST || !take_name(&rest, out[*n])) {
			snprintf(why, FPB_REASON_MAX,
				 "\"%.100s\": must be 1 to %d entries, separated by commas",
				 value, FPB_PLAN_MAX_LIST);
			return -EINVAL;
		}
		for (size_t i = 0; i < *n; i++)
			if (!strcmp(out[i], out[*n]))
				return given_twice(out[i], why);
	}
	return 0;
}

static int set_list(const struct fpb_plan_key *k, void *object,
		    const char *value, char *why)
{
	char names[FPB_PLAN_MAX_LIST][FPB_NAME_MAX];
	char list[FPB_PLAN_MAX_LIST * FPB_NAME_MAX] = "";
	size_t n;

	if (fpb_plan_value_split(value, names, &n, why))
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		char *at = list + i * k->size;

		if (set_one(k, at, names[i], why))
			return -EINVAL;
		/* "8" and "08" are two names, but one cell. */
		for (size_t j = 0; j < i; j++)
			if (!memcmp(list + j * k->size, at, k->size))
				return given_twice(names[i], why);
	}
	memcpy((char *)object + k->at, list, n * k->size);
	store((char *)object + k->count_at, sizeof(size_t), n);
	return 0;
}

int fpb_plan_value_set(const struct fpb_plan_key *k, void *object,
		       const char *value, char *why)
{
	if (k->none && !strcmp(value, k->none)) {
		if (k->count_at)
			store((char *)object + k->count_at, sizeof(size_t), 0);
		else if (k->kind == FPB_PLAN_TEXT)
			*((char *)object + k->at) = '\0';
		else
			store((char *)object + k->at, k->size, 0);
		return 0;
	}
	return k->count_at ? set_list(k, object, value, why) :
			     set_one(k, (char *)object + k->at, value, why);
}

void fpb_plan_value_put(const struct fpb_plan_key *k, const void *object,
			FILE *out)
{
	const char *at = (const char *)object + k->at;
	size_t n = 1;

	if (k->count_at)
		n = load((const char *)object + k->count_at, sizeof(n));
	if (k->none && (k->count_at ? !n : k->kind == FPB_PLAN_TEXT ? !*at :
			!load(at, k->size))) {
		fputs(k->none, out);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		fputs(i ? "," : "", out);
		put_one(k, at + i * k->size, out);
	}
}
