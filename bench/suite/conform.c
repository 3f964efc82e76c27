// SPDX-License-Identifier: GPL-2.0
#include "suite/conform.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "os/msg.h"
#include "os/place.h"
#include "os/spawn.h"

/* A tree may have to be built. */
#define ASK_MS		(3600 * 1000)
/* Tests for one guest: then a fresh filesystem, and a fresh kernel. */
#define BATCH		16
/* Guests in a row that run no test: two for one test, and three tests. */
#define MAX_MISSES	6

/* --- the tests --------------------------------------------------------------- */

/* What the suite's script says to @word, in *@out, for free(). */
static int ask(const struct fpb_conform_use *u, const char *word,
	       const char *group, char **out)
{
	const char *argv[] = { "sh", u->script, word, u->tree, group, NULL };
	int status, ret = fpb_spawn_ask(argv, ASK_MS, out, &status);

	if (ret == -EINTR)
		return FPB_EXIT_INTERRUPTED;
	if (ret) {
		fpb_err("conform: cannot run %s %s: %s", u->script, word,
			strerror(-ret));
		return FPB_EXIT_FAILED;
	}
	/* It has said why. */
	ret = WIFEXITED(status) ? WEXITSTATUS(status) : FPB_EXIT_FAILED;
	return !ret || ret == FPB_EXIT_USAGE || ret == FPB_EXIT_SKIPPED ? ret :
	       FPB_EXIT_FAILED;
}

static int use_tree(struct fpb_conform_use *u, const char *tree)
{
	const char *name = u->suite->name;
	char *full = *tree ? realpath(tree, NULL) : NULL, *built = NULL;
	int ret = FPB_EXIT_USAGE;

	if (*tree && !u->suite->needs_tree)
		fpb_err("conform: --suite %s=%s: %s needs no tree", name, tree,
			name);
	else if (!*tree && u->suite->needs_tree)
		fpb_err("conform: --suite %s: give its tree: --suite %s=DIR",
			name, name);
	else if (*tree && !full)
		fpb_err("conform: --suite %s=%s: %s", name, tree,
			strerror(errno));
	else
		ret = FPB_EXIT_OK;
	if (!ret && full) {
		snprintf(u->tree, sizeof(u->tree), "%s", full);
		ret = ask(u, "build", NULL, &built);
	}
	if (!ret && built)
		snprintf(u->tree, sizeof(u->tree), "%.*s",
			 (int)strcspn(built, "\n"), built);
	free(built);
	free(full);
	return ret;
}

static int add_test(struct fpb_conform *c, const struct fpb_conform_use *u,
		    const char *name)
{
	struct fpb_conform_test *t, *more;

	more = reallocarray(c->tests, c->ntests + 1, sizeof(*more));
	if (!more)
		return FPB_EXIT_FAILED;
	c->tests = more;
	t = &c->tests[c->ntests];
	*t = (struct fpb_conform_test){ .use = u };
	if (asprintf(&t->name, "%s/%s", u->suite->name, name) < 0)
		return FPB_EXIT_FAILED;
	c->ntests++;
	return FPB_EXIT_OK;
}

static int find_script(struct fpb_conform_use *u)
{
	char name[FPB_PATH_MAX];
	int ret = fpb_path(name, "bench/conform/%s.sh", u->suite->name) ? :
		  fpb_place_data(u->script, name);

	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("conform: cannot find the script of %s: %s", u->suite->name,
		strerror(-ret));
	return FPB_EXIT_FAILED;
}

int fpb_conform_add(struct fpb_conform *c, const char *text, const char *group)
{
	const size_t len = strcspn(text, "=");
	struct fpb_conform_use *u = &c->uses[c->nuses];
	char *names, *name, *save = NULL;
	int ret;

	if (c->nuses == FPB_CONFORM_SUITES) {
		fpb_err("conform: --suite %s: too many suites", text);
		return FPB_EXIT_USAGE;
	}
	u->suite = fpb_conform_suite(text, len);
	if (!u->suite) {
		fpb_err("conform: unknown suite \"%.*s\"", (int)len, text);
		fpb_hint("fpbench list shows the suites");
		return FPB_EXIT_USAGE;
	}
	ret = find_script(u) ? : use_tree(u, text + len + (text[len] == '='));
	if (!ret)
		ret = ask(u, "list", group, &names);
	if (ret)
		return ret;
	c->nuses++;
	for (name = strtok_r(names, "\n", &save); name && !ret;
	     name = strtok_r(NULL, "\n", &save))
		ret = add_test(c, u, name);
	free(names);
	return ret;
}

/* The name as the suite has it. */
static const char *short_name(const struct fpb_conform_test *t)
{
	return strchr(t->name, '/') + 1;
}

static bool matches(const struct fpb_conform_test *t,
		    const char *const *patterns)
{
	for (; patterns && *patterns; patterns++)
		if (!fnmatch(*patterns, t->name, 0) ||
		    !fnmatch(*patterns, short_name(t), 0))
			return true;
	return false;
}

/* What lists all tests of these suites. */
static void hint_list(const struct fpb_conform *c)
{
	char suites[FPB_REASON_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; i < c->nuses && len < sizeof(suites); i++) {
		const struct fpb_conform_suite *s = c->uses[i].suite;

		len += snprintf(suites + len, sizeof(suites) - len,
				" --suite %s%s", s->name,
				s->needs_tree ? "=DIR" : "");
	}
	fpb_hint("fpbench conform --list%s shows the tests", suites);
}

/* Tests of one use may run in the same guest: test @n, and those before it. */
static int name_log(struct fpb_conform *c, size_t n)
{
	struct fpb_conform_test *t = &c->tests[n];

	if (fpb_conform_log_name(short_name(t), t->log)) {
		fpb_err("conform: test %s: name too long", t->name);
		return FPB_EXIT_USAGE;
	}
	for (size_t i = 0; i < n; i++) {
		if (c->tests[i].use != t->use || strcmp(c->tests[i].log, t->log))
			continue;
		fpb_err("conform: tests %s and %s: both would print to %s",
			c->tests[i].name, t->name, t->log);
		fpb_hint("run them apart: -x %s", t->name);
		return FPB_EXIT_USAGE;
	}
	return FPB_EXIT_OK;
}

int fpb_conform_choose(struct fpb_conform *c, const char *const *names,
		       const char *const *exclude)
{
	size_t n = 0;

	for (size_t i = 0; i < c->ntests; i++) {
		struct fpb_conform_test *t = &c->tests[i];

		if ((names && !matches(t, names)) || matches(t, exclude))
			free(t->name);
		else
			c->tests[n++] = *t;
	}
	c->ntests = n;
	for (size_t i = 0; i < n; i++)
		if (name_log(c, i))
			return FPB_EXIT_USAGE;
	if (n)
		return FPB_EXIT_OK;
	fpb_err("conform: no tests left to run");
	hint_list(c);
	return FPB_EXIT_USAGE;
}

/* --- a guest with some of them ------------------------------------------------ */

struct task {
	struct fpb_conform *c;
	enum fpb_conform_side side;
	struct fpb_conform_test **list;	/* what batch counts */
	struct fpb_batch batch;
	bool alive;			/* a guest has it */
	bool ignore_results;		/* a test of this guest has failed */
	unsigned int misses;		/* guests in a row that ran no test */
	struct fpb_job job;
	struct fpb_guest guest;
	char dir[FPB_PATH_MAX];
};

static const char *const side_names[FPB_SIDES] = { "raw", "mount" };

static struct fpb_conform_test *next_test(const struct task *t)
{
	return t->list[t->batch.next];
}

static void announce(const struct task *t, const struct fpb_conform_test *test)
{
	const struct fpb_conform_result *r = &test->results[t->side];

	fpb_info("  %-5s %-30s %-4s %6.1f s  %s", side_names[t->side],
		 test->name, fpb_check_status_name(r->status), r->seconds,
		 r->reason);
}

/* What it printed, for free(): "" if that cannot be read. NULL: no memory. */
static char *read_log(const struct task *t, const struct fpb_conform_test *test)
{
	char path[FPB_PATH_MAX], *log;

	if (fpb_path(path, "%s/%s", t->dir, test->log) ||
	    fpb_file_read_shared(path, &log, NULL))
		return strdup("");
	return log;
}

/*
 * Takes in the result of the running test. After one that failed, another guest
 * goes on: -ECANCELED.
 */
static int take_result(struct task *t, json_t *event)
{
	struct fpb_conform_test *test = t->list[fpb_batch_result(&t->batch)];
	struct fpb_conform_result *r = &test->results[t->side];
	char *splat = fpb_guest_splat(&t->guest), *log = read_log(t, test);
	int ret = -ENOMEM;

	if (splat && log)
		ret = fpb_conform_result_from_json(event,
						   test->use->suite->form, log,
						   splat, r);
	free(splat);
	free(log);
	if (ret)
		return ret;
	announce(t, test);
	t->ignore_results = r->status == FPB_CHECK_FAIL;
	return t->ignore_results ? -ECANCELED : 0;
}

static int on_event(struct fpb_guest *g, json_t *event)
{
	struct task *t = g->user;
	const char *what = json_string_value(json_object_get(event, "event"));
	const char *name = json_string_value(json_object_get(event, "test"));

	/* The agent goes on until it is killed, perhaps on a mount that is dead. */
	if (t->ignore_results)
		return -ECANCELED;
	if (!name || t->batch.next == t->batch.end ||
	    strcmp(name, short_name(next_test(t))))
		return 0;
	if (!strcmp(what, "start"))
		fpb_batch_start(&t->batch);
	else if (!strcmp(what, "result") && t->batch.running)
		return take_result(t, event);
	return 0;
}

static void fill_job(struct task *t)
{
	const struct fpb_conform *c = t->c;
	const struct fpb_conform_use *u = next_test(t)->use;
	struct fpb_job_tests *tests = &t->job.tests;

	json_decref(t->job.command);
	json_decref(tests->names);
	t->job = fpb_guests_job(&c->guests);
	t->job.command = json_pack("[ssss]", "sh", u->script, "run", u->tree);
	*tests = (struct fpb_job_tests){
		.names = json_array(), .mounts = u->suite->mounts,
		.mount = t->side == FPB_SIDE_MOUNT ? c->fs : NULL,
		.deadline_s = c->deadline_s, .time_s = c->time_s,
	};
	for (size_t i = t->batch.next; i < t->batch.end; i++)
		json_array_append_new(tests->names,
				      json_string(short_name(t->list[i])));
}

static struct fpb_guest *prepare(struct task *t)
{
	const struct fpb_conform *c = t->c;
	struct fpb_guest *g = &t->guest;

	if (fpb_path(t->dir, "%s/%s-%03zu", c->dir, side_names[t->side],
		     t->batch.next))
		return NULL;
	fill_job(t);
	fpb_batch_boot(&t->batch);
	t->ignore_results = false;
	*g = fpb_guests_guest(&c->guests, &c->guests.kernels[0], &t->job,
			      t->dir);
	/* The agent ends a test that hangs; this is for a kernel that does. */
	g->silence_ms += c->deadline_s * 1000ull *
			 fpb_guests_patience(&c->guests);
	g->on_event = on_event;
	g->user = t;
	snprintf(g->record.boot, FPB_NAME_MAX, "%s-%zu", side_names[t->side],
		 t->batch.next);
	return g;
}

/* It ended with the test running, or after it in a way that no test should. */
static int blame(struct task *t, struct fpb_conform_test *test)
{
	char *splat = fpb_guest_splat(&t->guest);
	int ret = splat ? fpb_conform_result_fail(&test->results[t->side],
						  t->guest.record.reason,
						  splat) : -ENOMEM;

	free(splat);
	if (!ret)
		announce(t, test);
	return ret ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

/* --- all of them -------------------------------------------------------------- */

struct tasks {
	struct task *list;
	size_t n;
};

static struct fpb_guest *next_guest(void *user)
{
	const struct tasks *all = user;

	for (size_t i = 0; i < all->n; i++) {
		struct task *t = &all->list[i];

		if (t->alive || t->batch.next == t->batch.end)
			continue;
		t->alive = true;
		return prepare(t);
	}
	return NULL;
}

static bool any_ran(const struct task *t)
{
	for (size_t i = 0; i < t->c->ntests; i++)
		if (t->c->tests[i].results[t->side].reason)
			return true;
	return false;
}

/*
 * The guest ran none of its tests. Where others could, the machine may have been too
 * busy, so it is booted again. If that fails too, the next test has failed on the
 * mount. On raw that would excuse the mount, and a few of them in a row are no fault of
 * tests.
 */
static int ran_none(struct task *t)
{
	struct fpb_boot *r = &t->guest.record;

	if (!strcmp(r->status, "ok")) {
		strcpy(r->status, "failed");
		strcpy(r->reason, "ended without running a test");
	}
	t->misses++;
	if (!any_ran(t) || t->misses > MAX_MISSES ||
	    (t->misses > 1 && t->side == FPB_SIDE_RAW))
		return fpb_guest_status(&t->guest);
	if (t->misses % 2 == 0)
		return blame(t, t->list[fpb_batch_result(&t->batch)]);
	fpb_warn("conform: %s %s: no test ran, so the guest is booted again: %s",
		 side_names[t->side], next_test(t)->name, r->reason);
	return FPB_EXIT_OK;
}

static int guest_done(struct fpb_guest *g, int error, void *user)
{
	struct task *t = g->user;
	ssize_t n;

	t->alive = false;
	if (!*t->c->release)
		snprintf(t->c->release, sizeof(t->c->release), "%s",
			 g->record.release);
	if (t->ignore_results) {
		t->misses = 0;
		return FPB_EXIT_OK;
	}
	if (error && !g->unreadable) {
		/* If it was not started, that has been said. */
		if (g->pid > 0)
			fpb_err("conform: %s %s: cannot use the guest's result: %s",
				side_names[t->side], g->record.boot,
				strerror(-error));
		return FPB_EXIT_FAILED;
	}
	if (!strcmp(g->record.status, "interrupted"))
		return FPB_EXIT_INTERRUPTED;
	n = fpb_batch_end(&t->batch, !strcmp(g->record.status, "ok"));
	if (n == -EIO)
		return ran_none(t);
	t->misses = 0;
	return n < 0 ? FPB_EXIT_OK : blame(t, t->list[n]);
}

/* Batches of one suite each of the @n tests of @list, on these sides in turn. */
static int run_tasks(struct fpb_conform *c, struct tasks *all,
		     struct fpb_conform_test **list, size_t n,
		     enum fpb_conform_side first, enum fpb_conform_side last)
{
	const struct fpb_guests_queue q = {
		.alive = c->jobs, .next = next_guest, .done = guest_done,
		.user = all,
	};
	size_t end;

	for (size_t i = 0; i < n; i = end) {
		for (end = i; end < n && end - i < BATCH &&
		     list[end]->use == list[i]->use; end++)
			;
		for (int side = first; side <= (int)last; side++)
			all->list[all->n++] = (struct task){
				.c = c, .side = side, .list = list,
				.batch = { .next = i, .end = end },
			};
	}
	return fpb_guests_run(&c->guests, &q);
}

static bool has_failed(const struct fpb_conform_test *t)
{
	return t->results[FPB_SIDE_MOUNT].reason &&
	       t->results[FPB_SIDE_MOUNT].status == FPB_CHECK_FAIL;
}

/* @list has room for twice all tests. */
static int run_all(struct fpb_conform *c, struct tasks *all,
		   struct fpb_conform_test **list)
{
	struct fpb_conform_test **failed = list + c->ntests;
	size_t n = 0;
	int ret;

	for (size_t i = 0; i < c->ntests; i++)
		list[i] = &c->tests[i];
	if (!c->raw_failed)
		return run_tasks(c, all, list, c->ntests, FPB_SIDE_RAW,
				 FPB_SIDE_MOUNT);
	ret = run_tasks(c, all, list, c->ntests, FPB_SIDE_MOUNT,
			FPB_SIDE_MOUNT);
	for (size_t i = 0; i < c->ntests; i++)
		if (has_failed(list[i]))
			failed[n++] = list[i];
	return ret || !n ? ret : run_tasks(c, all, failed, n, FPB_SIDE_RAW,
					   FPB_SIDE_RAW);
}

/*
 * Whether there is something to say of it. What has failed on the mount while raw
 * was yet to come is a failure until raw fails, too.
 */
static bool is_done(const struct fpb_conform *c,
		    const struct fpb_conform_test *t)
{
	return t->results[FPB_SIDE_MOUNT].reason &&
	       (t->results[FPB_SIDE_RAW].reason || c->raw_failed);
}

/* Not all of them, if we were asked to stop. */
static int compare_all(struct fpb_conform *c)
{
	for (size_t i = 0; i < c->ntests; i++) {
		struct fpb_conform_test *t = &c->tests[i];
		struct fpb_check_result *r = &c->results[c->nresults];

		if (!is_done(c, t))
			continue;
		t->c.name = t->name;
		r->c = &t->c;
		snprintf(r->kernel, sizeof(r->kernel), "%s",
			 c->guests.kernels[0].name);
		snprintf(r->release, sizeof(r->release), "%s", c->release);
		c->nresults++;
		if (fpb_conform_compare(&t->results[FPB_SIDE_RAW],
					&t->results[FPB_SIDE_MOUNT],
					&c->known, r))
			return FPB_EXIT_FAILED;
	}
	return FPB_EXIT_OK;
}

/* One suite, side by side. */
static void sum_up(const struct fpb_conform *c, const struct fpb_conform_use *u)
{
	size_t n[FPB_SIDES][FPB_CHECK_STATUSES] = { 0 }, all = 0, ran = 0;
	size_t open = 0;

	for (size_t i = 0; i < c->ntests; i++) {
		const struct fpb_conform_test *t = &c->tests[i];

		if (t->use != u || !is_done(c, t))
			continue;
		n[FPB_SIDE_MOUNT][t->results[FPB_SIDE_MOUNT].status]++;
		all++;
		if (!t->results[FPB_SIDE_RAW].reason) {
			open += has_failed(t);
			continue;
		}
		n[FPB_SIDE_RAW][t->results[FPB_SIDE_RAW].status]++;
		ran++;
	}
	if (!all)
		return;
	fpb_info("%s: %zu test%s%s", u->suite->name, all, all == 1 ? "" : "s",
		 ran < all ? "; raw XFS ran only those that failed on the mount" : "");
	for (int side = 0; side < FPB_SIDES; side++)
		fpb_info("  %-5s %zu pass, %zu fail, %zu skip",
			 side_names[side], n[side][FPB_CHECK_PASS],
			 n[side][FPB_CHECK_FAIL], n[side][FPB_CHECK_SKIP]);
	if (open)
		fpb_info("  %zu failure%s on the mount not run on raw XFS", open,
			 open == 1 ? "" : "s");
	if (n[FPB_SIDE_RAW][FPB_CHECK_PASS] || ran < all || all == 1)
		return;
	fpb_warn("conform: %s proves nothing: no test passes on raw XFS",
		 u->suite->name);
	fpb_hint("a program may be missing, see %s/raw-*/*.log", c->dir);
}

/* A test without a result. */
static const char *first_open(const struct fpb_conform *c)
{
	const struct fpb_conform_test *t = c->tests;

	while (is_done(c, t))
		t++;
	return t->name;
}

int fpb_conform_run(struct fpb_conform *c)
{
	struct tasks all = {
		.list = calloc(c->ntests * FPB_SIDES, sizeof(*all.list)),
	};
	struct fpb_conform_test **list = calloc(c->ntests * 2, sizeof(*list));
	int ret = FPB_EXIT_FAILED;

	c->results = calloc(c->ntests, sizeof(*c->results));
	if (all.list && list && c->results)
		ret = run_all(c, &all, list);
	/* What was found before it ended early counts. */
	if (c->results)
		ret = compare_all(c) ? : ret;
	for (size_t i = 0; i < c->nuses; i++)
		sum_up(c, &c->uses[i]);
	if (!ret && c->nresults < c->ntests) {
		fpb_err("conform: no result for %zu of %zu tests, such as %s",
			c->ntests - c->nresults, c->ntests, first_open(c));
		ret = FPB_EXIT_FAILED;
	}
	for (size_t i = 0; i < all.n; i++) {
		json_decref(all.list[i].job.command);
		json_decref(all.list[i].job.tests.names);
	}
	free(all.list);
	free(list);
	return ret;
}

void fpb_conform_close(struct fpb_conform *c)
{
	for (size_t i = 0; i < c->nresults; i++)
		fpb_check_result_free(&c->results[i]);
	free(c->results);
	for (size_t i = 0; i < c->ntests; i++) {
		for (int side = 0; side < FPB_SIDES; side++)
			fpb_conform_result_free(&c->tests[i].results[side]);
		free(c->tests[i].name);
	}
	free(c->tests);
	fpb_known_free(&c->known);
	fpb_guests_free(&c->guests);
}
