// SPDX-License-Identifier: GPL-2.0
#include "core/stacks.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"

/* Of a stack; what called the outermost of them is left out. */
#define MAX_DEPTH	256

void fpb_stacks_add(json_t *object, const char *key, double more)
{
	json_t *v = json_object_get(object, key);

	if (v)
		json_real_set(v, json_real_value(v) + more);
	else
		json_object_set_new(object, key, json_real(more));
}

/* --- from the plugin --------------------------------------------------------- */

struct node {
	const char *name;		/* of the function */
	size_t parent;			/* its place; SIZE_MAX: none */
};

struct tree {
	struct node *v;
	size_t n, room;
};

static int add_node(struct tree *t, const char *name, size_t parent)
{
	const size_t room = t->room ? 2 * t->room : 1024;
	struct node *v = t->v;

	if (parent > t->n)
		return -EINVAL;
	if (t->n == t->room) {
		v = reallocarray(v, room, sizeof(*v));
		if (!v)
			return -ENOMEM;
		t->v = v;
		t->room = room;
	}
	v[t->n++] = (struct node){ name, parent - 1 };
	return 0;
}

/* Functions that the processor enters, or a new task: nobody called them. */
static bool enters(const char *name)
{
	static const char *const begin[] = {
		"asm_", "entry_SYSCALL_", "ret_from_fork",
	};
	size_t i;

	for (i = 0; i < sizeof(begin) / sizeof(*begin); i++)
		if (!strncmp(name, begin[i], strlen(begin[i])))
			return true;
	return false;
}

/* The last node's stack; NULL: no memory. */
static char *stack_of(const struct tree *t)
{
	const char *names[MAX_DEPTH];
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	size_t n = 0;

	if (!out)
		return NULL;
	for (size_t i = t->n - 1; n < MAX_DEPTH && i < t->n; ) {
		names[n++] = t->v[i].name;
		i = enters(t->v[i].name) ? SIZE_MAX : t->v[i].parent;
	}
	while (n--)
		fprintf(out, "%s%s", names[n], n ? ";" : "");
	return fpb_memstream_close(&m);
}

static bool skip_line(const char **text, const char *line)
{
	const size_t len = strlen(line);

	if (strncmp(*text, line, len))
		return false;
	*text += len;
	return true;
}

/* A number and what ends it. Not by sscanf(), which goes through all the rest. */
static bool read_number(const char **text, int base, char behind,
			unsigned long long *number)
{
	char *end;

	*number = strtoull(*text, &end, base);
	if (end == *text || *end != behind)
		return false;
	*text = end + 1;
	return true;
}

/* "ADDRESS PARENT COUNT" */
static int read_node(struct tree *t, const char **text,
		     const struct fpb_symbols *symbols,
		     unsigned long long *count)
{
	unsigned long long address, parent;

	if (!read_number(text, 16, ' ', &address) ||
	    !read_number(text, 10, ' ', &parent) ||
	    !read_number(text, 10, '\n', count))
		return -EINVAL;
	return add_node(t, fpb_symbols_find(symbols, address), parent);
}

static int read_region(json_t *stacks, struct tree *t, const char **text,
		       const struct fpb_symbols *symbols, double *all)
{
	unsigned long long count;
	char *stack;
	int ret = skip_line(text, "begin\n") ? 0 : -EINVAL;

	*all = 0;
	while (!ret && !skip_line(text, "end\n")) {
		ret = read_node(t, text, symbols, &count);
		if (ret || !count)
			continue;
		stack = stack_of(t);
		if (!stack)
			return -ENOMEM;
		fpb_stacks_add(stacks, stack, count);
		free(stack);
		*all += count;
	}
	return ret;
}

int fpb_stacks_read(json_t *stacks, const char **text,
		    const struct fpb_symbols *symbols, double *all)
{
	struct tree t = { NULL };
	int ret = read_region(stacks, &t, text, symbols, all);

	free(t.v);
	return ret;
}

/* --- what they say ----------------------------------------------------------- */

static const char *last_of(const char *stack)
{
	const char *c = strrchr(stack, ';');

	return c ? c + 1 : stack;
}

json_t *fpb_stacks_functions(const json_t *stacks)
{
	json_t *functions = json_object(), *v;
	const char *stack;

	if (functions)
		json_object_foreach((json_t *)stacks, stack, v)
			fpb_stacks_add(functions, last_of(stack),
				       json_real_value(v));
	return functions;
}

/* All functions that occur in the stacks, as keys. */
static json_t *names_in(const json_t *stacks)
{
	json_t *names = json_object(), *v;
	const char *stack;
	size_t len;

	if (!names)
		return NULL;
	json_object_foreach((json_t *)stacks, stack, v) {
		for (const char *c = stack; *c; c += len + (c[len] == ';')) {
			len = strcspn(c, ";");
			json_object_setn_new(names, c, len, json_true());
		}
	}
	return names;
}

/* @stack without callers that are not among @names; for free(), or NULL. */
static char *without_others(const char *stack, const json_t *names)
{
	const char *last = last_of(stack);
	char *key = malloc(strlen(stack) + 1), *to = key;
	size_t len;

	for (const char *c = stack; key && c < last; c += len) {
		len = strcspn(c, ";") + 1;
		if (json_object_getn(names, c, len - 1))
			to = mempcpy(to, c, len);
	}
	if (key)
		strcpy(to, last);
	return key;
}

/*
 * Stacks by what is left of them without callers that are not in @names. NULL: no
 * memory.
 */
static json_t *by_common_part(const json_t *stacks, const json_t *names)
{
	json_t *groups = json_object(), *v, *group;
	const char *stack;
	char *key;

	json_object_foreach((json_t *)stacks, stack, v) {
		key = without_others(stack, names);
		if (!key) {
			json_decref(groups);
			return NULL;
		}
		group = json_object_get(groups, key);
		if (!group) {
			group = json_array();
			json_object_set_new(groups, key, group);
		}
		json_array_append_new(group, json_string(stack));
		free(key);
	}
	return groups;
}

/*
 * Takes @value from the stacks in @group: from each no more than it has, but for
 * the last one.
 */
static void take_from(json_t *diff, const json_t *group, double value)
{
	const size_t n = json_array_size(group);

	for (size_t i = 0; i < n && value > 0; i++) {
		const char *stack = json_string_value(json_array_get(group, i));
		double part = json_real_value(json_object_get(diff, stack));

		if (i + 1 == n || part > value)
			part = value;
		if (part <= 0)
			continue;
		fpb_stacks_add(diff, stack, -part);
		value -= part;
	}
}

static int subtract(json_t *diff, const json_t *groups, const json_t *b,
		    const json_t *names)
{
	json_t *v, *group;
	const char *stack;
	char *key;

	json_object_foreach((json_t *)b, stack, v) {
		key = without_others(stack, names);
		if (!key)
			return -ENOMEM;
		group = json_object_get(groups, key);
		free(key);
		/* The very same stack first, whatever else is like it. */
		if (group && !json_object_get(diff, stack))
			take_from(diff, group, json_real_value(v));
		else
			fpb_stacks_add(diff, stack, -json_real_value(v));
	}
	return 0;
}

json_t *fpb_stacks_diff(const json_t *a, const json_t *b)
{
	json_t *in_a = names_in(a), *in_b = names_in(b);
	json_t *groups = in_b ? by_common_part(a, in_b) : NULL;
	json_t *diff = json_deep_copy(a);

	if (!in_a || !groups || !diff || subtract(diff, groups, b, in_a)) {
		json_decref(diff);
		diff = NULL;
	}
	json_decref(groups);
	json_decref(in_b);
	json_decref(in_a);
	return diff;
}
