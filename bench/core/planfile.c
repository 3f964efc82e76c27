// SPDX-License-Identifier: GPL-2.0
#include "core/planfile.h"

#include <errno.h>
#include <ini.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/memstream.h"
#include "core/plankeys.h"

/* --- sections --- */

#define NAME_CHARS	"abcdefghijklmnopqrstuvwxyz" \
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

/* How long the title is without " NAME". */
static size_t kind_length(const struct fpb_plan_section *s)
{
	return strcspn(s->title, " ");
}

/* The section that "[sweep]" or "[regime cpu]" is; *@name: "" or "cpu". */
static const struct fpb_plan_section *find_section(const char *text,
						   const char **name)
{
	const struct fpb_plan_section *s;
	size_t len = strcspn(text, " ");

	for (s = fpb_plan_sections; s->title; s++) {
		if (kind_length(s) != len || strncmp(s->title, text, len) ||
		    (s->size > 0) != (text[len] == ' '))
			continue;
		*name = text + len + (text[len] == ' ');
		return s;
	}
	return NULL;
}

/* The array of a section with names. */
static char *objects(const struct fpb_plan_section *s, const struct fpb_plan *p)
{
	return (char *)p + s->at;
}

static size_t *count(const struct fpb_plan_section *s, const struct fpb_plan *p)
{
	return (size_t *)((char *)p + s->count_at);
}

/* A copy of one of them. */
union object {
	char name[FPB_NAME_MAX];
	struct fpb_regime regime;
	struct fpb_target target;
	struct fpb_workload workload;
};

static const void *find_named(const void *array, size_t size, size_t n,
			      const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp((const char *)array + i * size, name))
			return (const char *)array + i * size;
	return NULL;
}

static bool find_preset(const struct fpb_plan_section *s, const char *name,
			union object *out)
{
	const void *found;

	if (s->preset)
		return s->preset(name, out);
	found = find_named(s->presets, s->preset_size, s->npresets, name);
	if (found)
		memcpy(out, found, s->size);
	return found;
}

/* The plan's own of that name, or NULL. A preset has several names. */
static void *find_object(const struct fpb_plan_section *s,
			 const struct fpb_plan *p, const char *name)
{
	const void *found = find_named(objects(s, p), s->size, *count(s, p),
				       name);
	union object preset;

	if (!found && find_preset(s, name, &preset))
		found = find_named(objects(s, p), s->size, *count(s, p),
				   preset.name);
	return (void *)found;
}

/* A copy of the plan's own of that name, or of the preset. */
static bool find_any(const struct fpb_plan_section *s, const struct fpb_plan *p,
		     const char *name, union object *out)
{
	const void *own = find_object(s, p, name);

	if (own)
		memcpy(out, own, s->size);
	return own || find_preset(s, name, out);
}

/* So many fill a line by themselves. */
#define MANY_NAMES	10

static char *near_name(const char *const *known, const char *name, char *hint)
{
	const char *near = fpb_names_nearest(
		(struct fpb_names){ known, sizeof(*known) }, name);

	if (near)
		snprintf(hint, FPB_REASON_MAX,
			 "(did you mean \"%s\"? \"fpbench list\" shows all)",
			 near);
	else
		strcpy(hint, "(\"fpbench list\" shows all)");
	return hint;
}

/* 'unknown regime "disk" (known: cpu, device)', and -EINVAL. */
static int no_object(const struct fpb_plan_section *s,
		     const struct fpb_plan *p, const char *name, char *why)
{
	const char *known[2 * FPB_PLAN_MAX_LIST + 1] = { NULL };
	char hint[FPB_REASON_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s->npresets; i++)
		known[n++] = (const char *)s->presets + i * s->preset_size;
	for (size_t i = 0; i < *count(s, p); i++) {
		union object preset;

		known[n] = objects(s, p) + i * s->size;
		n += !find_preset(s, known[n], &preset);
	}
	known[n] = NULL;
	snprintf(why, FPB_REASON_MAX, "unknown %.*s \"%.60s\" %.150s",
		 (int)kind_length(s), s->title, name,
		 n > MANY_NAMES ? near_name(known, name, hint) :
		 fpb_names_hint((struct fpb_names)FPB_NAMES(known), name, hint,
				sizeof(hint)));
	return -EINVAL;
}

/* Adds a copy of @new to the plan's own. */
static int add_object(const struct fpb_plan_section *s, struct fpb_plan *p,
		      const union object *new, char *why)
{
	if (*count(s, p) == FPB_PLAN_MAX_LIST) {
		snprintf(why, FPB_REASON_MAX, "more than %d %.*ss",
			 FPB_PLAN_MAX_LIST, (int)kind_length(s), s->title);
		return -EINVAL;
	}
	memcpy(objects(s, p) + (*count(s, p))++ * s->size, new, s->size);
	return 0;
}

/* FPB_PLAN_LIKE. It has to be said, or a typing error makes a new one. */
static int add_like(const struct fpb_plan_section *s, struct fpb_plan *p,
		    const char *name, const char *like, char *why)
{
	int len = kind_length(s);
	union object new, preset;

	if (!find_any(s, p, like, &new))
		return no_object(s, p, like, why);
	if (find_object(s, p, name) || find_preset(s, name, &preset))
		snprintf(why, FPB_REASON_MAX, "%.*s \"%s\" exists already",
			 len, s->title, name);
	/* It becomes part of file names. */
	else if (!*name || name[strspn(name, NAME_CHARS)] ||
		 strlen(name) >= FPB_NAME_MAX)
		snprintf(why, FPB_REASON_MAX,
			 "\"%.40s\": the name of a %.*s is made of letters, digits, _ and -",
			 name, len, s->title);
	else {
		strcpy(new.name, name);
		return add_object(s, p, &new, why);
	}
	return -EINVAL;
}

static int choose_one(const struct fpb_plan_section *s, struct fpb_plan *p,
		      const struct fpb_plan *old, const char *name, char *why)
{
	union object o;

	if (!find_any(s, old, name, &o))
		return no_object(s, old, name, why);
	/* Under another of a preset's names. */
	if (find_object(s, p, o.name)) {
		snprintf(why, FPB_REASON_MAX, "\"%s\" is given twice", o.name);
		return -EINVAL;
	}
	return add_object(s, p, &o, why);
}

/* FPB_PLAN_CHOICE: keeps those that @value lists, in that order. */
static int choose(const struct fpb_plan_key *k, struct fpb_plan *p,
		  const char *value, char *why)
{
	char names[FPB_PLAN_MAX_LIST][FPB_NAME_MAX], title[FPB_NAME_MAX];
	const struct fpb_plan old = *p;
	const struct fpb_plan_section *s;
	const char *name;
	size_t n;
	int ret;

	snprintf(title, sizeof(title), "%s ", k->section);
	s = find_section(title, &name);
	if (k->all && !strcmp(value, "all"))
		value = k->all;
	if (fpb_plan_value_split(value, names, &n, why))
		return -EINVAL;
	*count(s, p) = 0;
	p->chosen |= 1u << (s - fpb_plan_sections);
	for (size_t i = 0; i < n; i++) {
		ret = choose_one(s, p, &old, names[i], why);
		if (ret) {
			*p = old;
			return ret;
		}
	}
	return 0;
}

/* --- setting --- */

static int set_key(const struct fpb_plan_section *s,
		   const struct fpb_plan_key *k, struct fpb_plan *p,
		   const char *name, const char *value, char *why)
{
	void *object = (char *)p + s->at;
	union object preset;

	if (k->kind == FPB_PLAN_CHOICE)
		return choose(k, p, value, why);
	if (k->kind == FPB_PLAN_LIKE)
		return add_like(s, p, name, value, why);
	if (s->size)
		object = find_object(s, p, name);
	if (!object && find_preset(s, name, &preset)) {
		/* What was left out on purpose does not come back. */
		if (p->chosen & 1u << (s - fpb_plan_sections)) {
			snprintf(why, FPB_REASON_MAX,
				 "%.*s \"%s\" is not measured: it is not in the list in [sweep]",
				 (int)kind_length(s), s->title, preset.name);
			return -EINVAL;
		}
		if (fpb_plan_value_set(k, &preset, value, why))
			return -EINVAL;
		return add_object(s, p, &preset, why);
	}
	if (!object) {
		no_object(s, p, name, why);
		strncat(why, "; set \"like\" first to make a new one",
			FPB_REASON_MAX - 1 - strlen(why));
		return -EINVAL;
	}
	return fpb_plan_value_set(k, object, value, why);
}

int fpb_plan_set(struct fpb_plan *p, const char *section, const char *key,
		 const char *value, char *why)
{
	char said[FPB_REASON_MAX];
	const struct fpb_plan_section *s;
	struct fpb_names known = FPB_NAMES_OF(fpb_plan_sections, title);
	const char *name;
	long i;

	s = find_section(section, &name);
	if (!s) {
		snprintf(why, FPB_REASON_MAX,
			 "unknown section \"%.60s\" %s", section,
			 fpb_names_hint(known, section, said,
					sizeof(said) / 2));
		return -EINVAL;
	}
	known = (struct fpb_names)FPB_NAMES_OF(s->keys, key);
	i = fpb_names_find(known, key);
	if (i < 0) {
		snprintf(why, FPB_REASON_MAX,
			 "unknown key \"%.40s\" in [%.40s] %s", key, section,
			 fpb_names_hint(known, key, said, sizeof(said) * 5 / 8));
		return -EINVAL;
	}
	if (set_key(s, &s->keys[i], p, name, value, said)) {
		snprintf(why, FPB_REASON_MAX, "%s: %.230s", key, said);
		return -EINVAL;
	}
	return 0;
}

int fpb_plan_set_text(struct fpb_plan *p, const char *text, char *why)
{
	char copy[FPB_REASON_MAX], *dot, *eq;

	if (strlen(text) < sizeof(copy)) {
		strcpy(copy, text);
		eq = strchr(copy, '=');
		dot = strchr(copy, '.');
		if (eq && dot && dot < eq) {
			*dot = *eq = '\0';
			return fpb_plan_set(p, copy, dot + 1, eq + 1, why);
		}
	}
	snprintf(why, FPB_REASON_MAX,
		 "\"%.100s\": must be SECTION.KEY=VALUE", text);
	return -EINVAL;
}

/* --- reading a file --- */

struct ini_context {
	struct fpb_plan *plan;
	const char *text;	/* what is left to read */
	unsigned int line;	/* read last, from 1 */
	unsigned int failed;	/* the line that @why is about; 0: none */
	json_t *lines;		/* where each key was set */
	/* The begin of a list that goes on, and of which key; "": none does. */
	char list[FPB_PLAN_MAX_LIST * FPB_NAME_MAX];
	char list_key[FPB_REASON_MAX];
	char *why;
};

/*
 * Hands one line to inih, without its indent: inih takes an indented line for
 * more of the value above, and would set the same key again to that alone.
 * Nor may a line be cut: its rest would be taken for a line of its own. (A line
 * that fills @size to the end makes newer versions look for that rest.)
 */
static char *next_line(char *buf, int size, void *stream)
{
	struct ini_context *c = stream;
	const char *start = c->text + strspn(c->text, " \t\r\f\v");
	size_t len = strcspn(start, "\n");

	if (!*c->text)
		return NULL;
	c->line++;
	c->text = start + len + (start[len] == '\n');
	if (*start == '#' || *start == ';') {
		len = 0;
	} else if (len >= (size_t)size - 1) {
		if (!c->failed) {
			c->failed = c->line;
			snprintf(c->why, FPB_REASON_MAX,
				 "the line is longer than %d characters",
				 size - 2);
		}
		len = 0;
	}
	memcpy(buf, start, len);
	buf[len] = '\0';
	return buf;
}

/* Of two lines that set one key, one is a mistake: we cannot know which. */
static int check_first(struct ini_context *c, const char *section,
		       const char *key)
{
	char path[FPB_REASON_MAX];
	const json_t *before;

	snprintf(path, sizeof(path), "%s.%s", section, key);
	before = json_object_get(c->lines, path);
	if (!before)
		return json_object_set_new(c->lines, path,
					   json_integer(c->line));
	snprintf(c->why, FPB_REASON_MAX,
		 "%s: set in line %lld already", key,
		 (long long)json_integer_value(before));
	return -EINVAL;
}

/*
 * A list that ends with a comma goes on in the next line, which begins with the
 * same key: inih's lines are too short for long ones.
 */
static int add_to_list(struct ini_context *c, const char *section,
		       const char *key, const char *value)
{
	const size_t len = strlen(c->list);
	char path[FPB_REASON_MAX];

	snprintf(path, sizeof(path), "%s.%s", section, key);
	if (len && strcmp(path, c->list_key)) {
		snprintf(c->why, FPB_REASON_MAX,
			 "must continue the list %.100s, since the line before ends with a comma",
			 c->list_key);
		return -EINVAL;
	}
	strcpy(c->list_key, path);
	if (len + strlen(value) >= sizeof(c->list)) {
		snprintf(c->why, FPB_REASON_MAX, "%s: the list is too long",
			 key);
		return -EINVAL;
	}
	strcpy(c->list + len, value);
	return 0;
}

/* No section with a name has lists; a command may end with a comma. */
static bool goes_on(const char *section, const char *value)
{
	const size_t len = strlen(value);

	return !strchr(section, ' ') && len && value[len - 1] == ',';
}

static int take_key(struct ini_context *c, const char *section,
		    const char *name, const char *value)
{
	int ret = add_to_list(c, section, name, value);

	if (ret || goes_on(section, value))
		return ret;
	ret = fpb_plan_set(c->plan, section, name, c->list, c->why) ? :
	      check_first(c, section, name);
	*c->list = '\0';
	return ret;
}

static int on_key(void *user, const char *section, const char *name,
		  const char *value)
{
	struct ini_context *c = user;

	/* inih goes on after an error; the first one is what we report. */
	if (c->failed || !take_key(c, section, name, value))
		return 1;
	c->failed = c->line;
	return 0;
}

int fpb_plan_parse(struct fpb_plan *p, const char *text, char *why,
		   unsigned int *line)
{
	struct ini_context c = { .plan = p, .text = text, .why = why,
				 .lines = json_object() };
	int ret = ini_parse_stream(next_line, &c, on_key, &c);

	json_decref(c.lines);
	if (!ret && !c.failed && *c.list) {
		snprintf(why, FPB_REASON_MAX,
			 "%.100s: remove the comma at the end of the list, or continue it in the next line", c.list_key);
		c.failed = c.line;
	}
	if (!ret && !c.failed)
		return 0;
	*line = ret > 0 ? (unsigned int)ret : c.failed;
	/* inih also stops at lines that it cannot read, and says no reason. */
	if (c.failed && c.failed <= *line)
		*line = c.failed;
	else
		snprintf(why, FPB_REASON_MAX,
			 "must be [section] or key = value");
	return -EINVAL;
}

/* --- writing --- */

/* Of names in one line, which inih takes up to 199 characters of. */
#define LIST_WIDTH	60

static void put_choice(const struct fpb_plan *p, const char *section, FILE *out)
{
	char title[FPB_NAME_MAX];
	const struct fpb_plan_section *s;
	const char *name;
	size_t len = 0;

	snprintf(title, sizeof(title), "%s ", section);
	s = find_section(title, &name);
	for (size_t i = 0; i < *count(s, p); i++) {
		name = objects(s, p) + i * s->size;
		if (i && len + strlen(name) > LIST_WIDTH) {
			fprintf(out, ",\n%ss = ", section);
			len = 0;
		} else if (i) {
			fputc(',', out);
		}
		fputs(name, out);
		len += strlen(name) + 1;
	}
}

static void put_comment(const struct fpb_plan_key *k, FILE *out)
{
	char what[FPB_REASON_MAX];

	fprintf(out, "; %s\n", k->help);
	if (k->kind == FPB_PLAN_LIKE)
		fprintf(out, ";   %s = NAME\n", k->key);
	else if (k->kind != FPB_PLAN_CHOICE)
		fprintf(out, ";   %s\n", fpb_plan_value_describe(k, what));
}

static void put_keys(const struct fpb_plan_section *s, const struct fpb_plan *p,
		     const void *object, bool explain, FILE *out)
{
	const struct fpb_plan_key *k;
	union object preset;

	for (k = s->keys; k->key; k++) {
		if (explain)
			put_comment(k, out);
		/* Its other keys follow, so any will do. */
		if (k->kind == FPB_PLAN_LIKE) {
			if (!find_preset(s, object, &preset))
				fprintf(out, "like = %s\n",
					(const char *)s->presets);
			continue;
		}
		fprintf(out, "%s = ", k->key);
		if (k->kind == FPB_PLAN_CHOICE)
			put_choice(p, k->section, out);
		else
			fpb_plan_value_put(k, object, out);
		fputc('\n', out);
	}
}

static void put_named(const struct fpb_plan_section *s,
		      const struct fpb_plan *p, bool explain, FILE *out)
{
	for (size_t i = 0; i < *count(s, p); i++) {
		const char *name = objects(s, p) + i * s->size;

		fprintf(out, "[%.*s %s]\n", (int)kind_length(s), s->title,
			name);
		put_keys(s, p, name, explain && !i, out);
		fputc('\n', out);
	}
}

static char *plan_text(const struct fpb_plan *p, bool explain)
{
	const struct fpb_plan_section *s;
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	/* Those with names first, before they are chosen from. */
	for (s = fpb_plan_sections; s->title; s++)
		if (s->size)
			put_named(s, p, explain, out);
	for (s = fpb_plan_sections; s->title; s++) {
		if (s->size)
			continue;
		fprintf(out, "[%s]\n", s->title);
		put_keys(s, p, (const char *)p + s->at, explain, out);
		fputs(s[1].title ? "\n" : "", out);
	}
	return fpb_memstream_close(&m);
}

char *fpb_plan_text(const struct fpb_plan *p)
{
	return plan_text(p, false);
}

char *fpb_plan_text_explained(const struct fpb_plan *p)
{
	return plan_text(p, true);
}
