// SPDX-License-Identifier: GPL-2.0
#include "suite/suite.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/guestshare.h"
#include "os/msg.h"
#include "os/spawn.h"

/* --- the cases -------------------------------------------------------------- */

int fpb_suite_open(struct fpb_suite *s)
{
	char *text = NULL, *line, *save = NULL;
	int ret = fpb_programs_default(&s->guests.programs);
	const char *argv[] = { s->guests.programs.check, "--list", NULL };

	if (ret)
		return ret;
	ret = fpb_spawn_read(argv, 10000, &text);
	s->list = json_array();
	for (line = ret ? NULL : strtok_r(text, "\n", &save); line && !ret;
	     line = strtok_r(NULL, "\n", &save)) {
		json_t *o = json_loads(line, 0, NULL);

		if (!o || s->ncases == FPB_SUITE_CASES)
			ret = -EINVAL;
		else
			ret = fpb_check_case_from_json(o,
						&s->cases[s->ncases++]);
		json_array_append_new(s->list, o);
	}
	if (ret)
		fpb_err("%s --list: %s", argv[0], strerror(-ret));
	free(text);
	return ret;
}

static const struct fpb_check_case *find(const struct fpb_suite *s,
					 const char *name)
{
	for (size_t i = 0; i < s->ncases; i++)
		if (!strcmp(s->cases[i].name, name))
			return &s->cases[i];
	return NULL;
}

int fpb_suite_choose(struct fpb_suite *s, const char *const *names, bool quick)
{
	for (size_t i = 0; !names && i < s->ncases; i++)
		if (!quick || s->cases[i].quick)
			s->chosen[s->nchosen++] = &s->cases[i];
	for (; names && *names; names++) {
		const struct fpb_check_case *c = find(s, *names);

		if (!c || s->nchosen == FPB_SUITE_CASES) {
			fpb_err("check: unknown case \"%s\"", *names);
			fpb_hint("fpbench check --list shows the cases");
			return -EINVAL;
		}
		s->chosen[s->nchosen++] = c;
	}
	return 0;
}

/* --- one case in one kernel ------------------------------------------------- */

struct task {
	struct fpb_suite *s;
	const struct fpb_kernel *kernel;
	struct fpb_check_result *result;
	/* 0, or 1 and 2 for the boot that is killed and the one after it. */
	int phase;
	struct fpb_job job;
	struct fpb_guest guest;
	json_t *event;			/* what fpcheck said, or NULL */
	struct task *next_again;	/* of the list in struct tasks */
	char dir[FPB_PATH_MAX];
};

static int on_event(struct fpb_guest *g, json_t *event)
{
	struct task *t = g->user;
	const char *what = json_string_value(json_object_get(event, "event"));

	if (!strcmp(what, "case") && !t->event)
		t->event = json_incref(event);
	/* Nothing else fails with this error, so guest_done() can go by it. */
	return strcmp(what, "kill") ? 0 : -ECANCELED;
}

static void __attribute__((format(printf, 2, 3)))
add(json_t *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	json_array_append_new(command, json_vsprintf(fmt, ap));
	va_end(ap);
}

static json_t *command(const struct task *t)
{
	const struct fpb_suite *s = t->s;
	const struct fpb_guests *g = &s->guests;
	const char *share = g->backend->guest ? FPB_GUEST_SHARE : t->dir;
	json_t *o = json_array();

	add(o, "%s", g->programs.check);
	add(o, "--case=%s", t->result->c->name);
	add(o, "--events=%s/events.jsonl", share);
	add(o, "--share=%s", share);
	add(o, "--fio=%s", g->programs.fio);
	add(o, "--daemon=%s", g->programs.daemon);
	add(o, "--naive=%s", g->programs.naive);
	add(o, "--seed=%lu", (unsigned long)s->seed);
	add(o, "--time=%lu", (unsigned long)s->seconds);
	add(o, "--patience=%u", fpb_guests_patience(g));
	if (t->kernel->expect != FPB_LOCK_UNKNOWN)
		add(o, "--expect=%s", fpb_lock_name(t->kernel->expect));
	if (s->schedule)
		add(o, "--schedule=%s", s->schedule);
	if (t->phase)
		add(o, "--phase=%d", t->phase);
	if (s->full)
		add(o, "--full");
	if (g->backend->guest)
		add(o, "--guest");
	return o;
}

static struct fpb_guest *prepare(struct task *t)
{
	const struct fpb_suite *s = t->s;
	const struct fpb_check_case *c = t->result->c;
	struct fpb_guest *g = &t->guest;

	json_decref(t->job.command);
	t->job = fpb_guests_job(&s->guests);
	t->job.command = command(t);
	*g = fpb_guests_guest(&s->guests, t->kernel, &t->job, t->dir);
	/* fpcheck ends a case that hangs; this is for a kernel that does. */
	g->silence_ms += ((s->full ? c->full_s : c->quick_s) + s->seconds) *
			 1000 * fpb_guests_patience(&s->guests);
	g->on_event = on_event;
	g->user = t;
	snprintf(g->record.boot, FPB_NAME_MAX, "%.40s", c->name);
	return g;
}

/* Fills the result from what was said and how the boot ended. */
static int conclude(struct task *t)
{
	const struct fpb_boot *rec = &t->guest.record;
	struct fpb_check_result *r = t->result;
	char *splat = fpb_guest_splat(&t->guest);
	bool spoke = t->event && !fpb_check_result_from_json(t->event, r);
	int ret = 0;

	snprintf(r->kernel, sizeof(r->kernel), "%s", t->kernel->name);
	snprintf(r->release, sizeof(r->release), "%s", rec->release);
	/* A guest that powers off after a case that hung has ended early. */
	if (!splat)
		ret = -ENOMEM;
	else if (!spoke || (strcmp(rec->status, "ok") &&
			    (*splat || r->status != FPB_CHECK_FAIL)))
		ret = fpb_check_result_fail(r, t->guest.ended, rec->reason,
					    splat);
	free(splat);
	return ret;
}

/* --- all of them ------------------------------------------------------------ */

struct tasks {
	struct task *list;
	size_t n, next;
	struct task *again;		/* killed: list of those to boot again */
};

static struct fpb_guest *next_guest(void *user)
{
	struct tasks *all = user;
	struct task *t = all->again;

	if (t)
		all->again = t->next_again;
	else if (all->next < all->n)
		t = &all->list[all->next++];
	return t ? prepare(t) : NULL;
}

static int guest_done(struct fpb_guest *g, int error, void *user)
{
	struct tasks *all = user;
	struct task *t = g->user;
	struct fpb_check_result *r = t->result;
	int ret;

	if (error == -ECANCELED) {
		t->phase = 2;
		t->next_again = all->again;
		all->again = t;
		return FPB_EXIT_OK;
	}
	if (!error && !strcmp(g->record.status, "interrupted"))
		return FPB_EXIT_INTERRUPTED;
	if (error)
		snprintf(g->record.reason, sizeof(g->record.reason),
			 "could not be run: %s", strerror(-error));
	ret = conclude(t);
	if (ret)
		return FPB_EXIT_FAILED;
	fpb_info("  %-20s %-16s %-15s %5.1f s  %s", r->c->name, r->kernel,
		 fpb_check_status_name(r->status), r->seconds,
		 r->status == FPB_CHECK_PASS ? "" : r->reason);
	if (t->s->stop_at_failure && r->status == FPB_CHECK_FAIL)
		all->n = all->next;
	return FPB_EXIT_OK;
}

static int add_task(struct fpb_suite *s, struct task *t, size_t nr,
		    const struct fpb_check_case *c,
		    const struct fpb_kernel *k)
{
	s->results[nr].c = c;
	*t = (struct task){
		.s = s, .kernel = k, .result = &s->results[nr],
		.phase = c->kill && s->guests.backend->guest ? 1 : 0,
	};
	return fpb_path(t->dir, "%s/%s/%s", s->dir, k->name, c->name);
}

static int run_tasks(struct fpb_suite *s, struct tasks *all)
{
	const struct fpb_guests_queue q = {
		.alive = s->jobs, .next = next_guest, .done = guest_done,
		.user = all,
	};

	for (size_t c = 0; c < s->nchosen; c++)
		for (size_t k = 0; k < s->guests.nkernels; k++, all->n++)
			if (add_task(s, &all->list[all->n], all->n,
				     s->chosen[c], &s->guests.kernels[k]))
				return FPB_EXIT_FAILED;
	return fpb_guests_run(&s->guests, &q);
}

/* What the results are about, for those who read them later. */
static int record_kernels(const struct fpb_suite *s)
{
	char path[FPB_PATH_MAX];
	json_t *list = json_array();
	int ret = fpb_path(path, "%s/" FPB_FILE_KERNELS, s->dir);

	for (size_t i = 0; i < s->guests.nkernels; i++)
		json_array_append_new(list, json_pack("{ss sO?}", "name",
			s->guests.kernels[i].name, "build",
			s->guests.kernels[i].build));
	ret = ret ? : fpb_file_write_json(path, list);
	json_decref(list);
	if (ret)
		fpb_err("check: cannot write %s: %s", path, strerror(-ret));
	return ret;
}

int fpb_suite_patches(const char *dir, json_t **patches, char *why)
{
	char path[FPB_PATH_MAX], wrong[FPB_REASON_MAX] = " not a list of kernels";
	json_t *list = NULL;
	int ret = fpb_path(path, "%s/" FPB_FILE_KERNELS, dir) ? -ENOENT :
		  fpb_file_read_json(path, &list, wrong);

	if (!ret && !json_array_size(list))
		ret = -EINVAL;
	if (ret)
		snprintf(why, FPB_REASON_MAX, "/" FPB_FILE_KERNELS ":%.200s",
			 wrong);
	else
		*patches = json_incref(json_object_get(json_object_get(
			json_array_get(list, json_array_size(list) - 1),
			"build"), "patches"));
	json_decref(list);
	return ret;
}

int fpb_suite_run(struct fpb_suite *s)
{
	const size_t n = s->nchosen * s->guests.nkernels;
	struct tasks all = { .list = calloc(n, sizeof(*all.list)) };
	int ret = FPB_EXIT_FAILED;

	s->results = calloc(n, sizeof(*s->results));
	if (all.list && s->results && !record_kernels(s))
		ret = run_tasks(s, &all);
	for (size_t i = 0; all.list && i < n; i++) {
		json_decref(all.list[i].event);
		json_decref(all.list[i].job.command);
	}
	free(all.list);
	/* What was not run, after a failure that ends it all, has no result. */
	while (s->results && s->nresults < n && s->results[s->nresults].reason)
		s->nresults++;
	return ret;
}

void fpb_suite_close(struct fpb_suite *s)
{
	for (size_t i = 0; i < s->nresults; i++)
		fpb_check_result_free(&s->results[i]);
	free(s->results);
	json_decref(s->list);
	fpb_guests_free(&s->guests);
}
