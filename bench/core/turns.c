// SPDX-License-Identifier: GPL-2.0
#include "core/turns.h"

#include <errno.h>
#include <ini.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/jsontext.h"
#include "core/nextsession.h"
#include "core/parse.h"

#define SESSIONS_DEFAULT	4
#define SESSIONS_MAX		32
#define FAILURES_DEFAULT	2
#define FAILURES_MAX		100

/* --- turns.ini -------------------------------------------------------------- */

struct reader {
	struct fpb_turns *t;
	char *why;
};

static int refuse(struct reader *r, const char *key, const char *text)
{
	if (!*r->why)
		snprintf(r->why, FPB_REASON_MAX, "%.60s: %.150s", key, text);
	return 0;
}

static int take_text(struct reader *r, const char *key, char *to, size_t size,
		     const char *value)
{
	if (!*value)
		return refuse(r, key, "must not be empty");
	if (strlen(value) >= size)
		return refuse(r, key, "is too long");
	strcpy(to, value);
	return 1;
}

static int take_number(struct reader *r, const char *key, size_t *to,
		       uint64_t max, const char *value)
{
	char text[64];
	uint64_t n;

	snprintf(text, sizeof(text), "must be a number from 1 to %llu",
		 (unsigned long long)max);
	if (fpb_parse_u64(value, &n) || n < 1 || n > max)
		return refuse(r, key, text);
	*to = n;
	return 1;
}

/* The kernel of that name, or a new one; NULL if there is no room. */
static struct fpb_turns_kernel *kernel(struct fpb_turns *t, const char *name)
{
	struct fpb_turns_kernel *k = t->kernels;

	for (; k < t->kernels + t->n; k++)
		if (!strcmp(k->name, name))
			return k;
	if (t->n == FPB_TURNS_KERNELS || !*name ||
	    strlen(name) >= sizeof(k->name) ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
		return NULL;
	strcpy(k->name, name);
	t->n++;
	return k;
}

static int take_kernel(struct reader *r, const char *name, const char *key,
		       const char *value)
{
	struct fpb_turns_kernel *k = kernel(r->t, name);

	if (!k)
		return refuse(r, name, "is one kernel too many, or not a name");
	if (!strcmp(key, "release"))
		return take_text(r, key, k->release, sizeof(k->release), value);
	if (!strcmp(key, "boot"))
		return take_text(r, key, k->boot, sizeof(k->boot), value);
	return refuse(r, key, "unknown (known: release, boot)");
}

static int on_key(void *user, const char *section, const char *key,
		  const char *value)
{
	static const char prefix[] = "kernel ";
	struct reader *r = user;

	if (!strncmp(section, prefix, strlen(prefix)))
		return take_kernel(r, section + strlen(prefix), key, value);
	if (strcmp(section, "turns"))
		return refuse(r, section, "must be [turns] or [kernel NAME]");
	if (!strcmp(key, "plan"))
		return take_text(r, key, r->t->plan, sizeof(r->t->plan), value);
	if (!strcmp(key, "sessions"))
		return take_number(r, key, &r->t->sessions, SESSIONS_MAX, value);
	if (!strcmp(key, "failures"))
		return take_number(r, key, &r->t->failures, FAILURES_MAX, value);
	return refuse(r, key, "unknown (known: plan, sessions, failures)");
}

/* What must be there, and different. */
static int check(const struct fpb_turns *t, char *why)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct fpb_turns_kernel *k = &t->kernels[i];

		if (!*k->release || !*k->boot) {
			snprintf(why, FPB_REASON_MAX, "kernel %s has no %s",
				 k->name, *k->release ? "boot" : "release");
			return -EINVAL;
		}
		if (fpb_turns_find(t, k->release) == (int)i)
			continue;
		snprintf(why, FPB_REASON_MAX,
			 "kernel %s has the release %s of another: give it a CONFIG_LOCALVERSION of its own",
			 k->name, k->release);
		return -EINVAL;
	}
	if (t->n >= 2)
		return 0;
	snprintf(why, FPB_REASON_MAX, "needs two sections [kernel NAME]");
	return -EINVAL;
}

int fpb_turns_parse(struct fpb_turns *t, const char *text, char *why)
{
	struct reader r = { t, why };
	char reason[FPB_REASON_MAX];
	int line;

	*t = (struct fpb_turns){
		.sessions = SESSIONS_DEFAULT, .failures = FAILURES_DEFAULT,
		.asked = FPB_TURNS_NONE, .started = FPB_TURNS_NONE,
	};
	*why = '\0';
	line = ini_parse_string(text, on_key, &r);
	if (!line)
		return check(t, why);
	snprintf(reason, sizeof(reason), "%s", *why ? why :
		 "neither a section nor KEY = VALUE");
	snprintf(why, FPB_REASON_MAX, "line %d: %.200s", line, reason);
	return -EINVAL;
}

/* --- what has happened ------------------------------------------------------ */

int fpb_turns_find(const struct fpb_turns *t, const char *release)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->kernels[i].release, release))
			return i;
	return FPB_TURNS_NONE;
}

/* The step that was not seen to end has failed. */
static void settle(struct fpb_turns *t)
{
	const int k = t->started >= 0 ? t->started : t->asked;

	if (k >= 0)
		t->kernels[k].failed++;
	t->asked = t->started = FPB_TURNS_NONE;
}

int fpb_turns_take(struct fpb_turns *t, const json_t *line)
{
	const char *event, *name;
	int k = 0, status = 0;

	if (json_unpack((json_t *)line, "{ss ss s?i}", "event", &event,
			"kernel", &name, "status", &status))
		return -EINVAL;
	while (k < (int)t->n && strcmp(t->kernels[k].name, name))
		k++;
	if (k == (int)t->n)
		return -EINVAL;
	if (!strcmp(event, "boot")) {
		settle(t);
		t->asked = k;
	} else if (!strcmp(event, "start")) {
		if (t->asked != k)
			settle(t);
		t->asked = FPB_TURNS_NONE;
		t->started = k;
	} else if (!strcmp(event, "end") && t->started == k) {
		t->started = FPB_TURNS_NONE;
		if (status)
			t->kernels[k].failed++;
		else
			t->kernels[k].done++;
	} else {
		return -EINVAL;
	}
	return 0;
}

int fpb_turns_take_log(struct fpb_turns *t, const char *text, size_t *line,
		       char *why)
{
	size_t len;
	json_t *o;
	int ret = 0;

	for (*line = 1; text[len = strcspn(text, "\n")]; text += len + 1) {
		o = fpb_json_line_parse(text, len, why);
		ret = o ? fpb_turns_take(t, o) : -EINVAL;
		if (o && ret)
			snprintf(why, FPB_REASON_MAX,
				 "not a step of these kernels");
		json_decref(o);
		if (ret)
			return ret;
		(*line)++;
	}
	return 0;
}

enum fpb_turns_do fpb_turns_next(struct fpb_turns *t, int running,
				 size_t *kernel_at)
{
	size_t done[FPB_TURNS_KERNELS], least = SIZE_MAX;

	*kernel_at = 0;
	if (t->started < 0 && t->asked >= 0 && running == t->asked) {
		*kernel_at = running;
		return FPB_TURNS_MEASURE;
	}
	settle(t);
	for (size_t i = 0; i < t->n; i++) {
		done[i] = t->kernels[i].done;
		least = done[i] < least ? done[i] : least;
		if (t->kernels[i].failed < t->failures)
			continue;
		*kernel_at = i;
		return FPB_TURNS_GIVE_UP;
	}
	if (least >= t->sessions)
		return FPB_TURNS_DONE;
	*kernel_at = fpb_next_kernel(done, t->n);
	return FPB_TURNS_BOOT;
}
