// SPDX-License-Identifier: GPL-2.0
/* check/order/: schedules, and what must hold in them, without a kernel. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/order/explore.h"
#include "check/order/watch.h"

/* --- two tasks in a kernel that is made up -------------------------------- */

/* Mistakes of that kernel. */
enum mistake {
	NONE, NO_RECHECK, NO_UPGRADE, SHARED_APPEND, UNLOCK_ANEW,
	QUEUES_FOR_NOSEC, GIVES_UP_EXCLUSIVE,
};

struct sim {
	const struct order_pair *pair;
	enum mistake mistake;
	struct order_file file;
	uint64_t i_size;
	bool nosec;
	int readers;
	bool writer;
	struct {
		enum order_point at;
		enum order_lock holds;
		bool written;
	} task[ORDER_TASKS];
};

static bool past_eof(const struct sim *s, int t)
{
	const struct order_op *op = &s->pair->op[t];

	return op->pos + op->len > s->i_size;
}

static bool needs_exclusive(const struct sim *s, int t)
{
	const int flags = s->pair->op[t].flags;

	return !(flags & O_DIRECT) ||
	       (flags & O_APPEND && s->mistake != SHARED_APPEND) ||
	       (past_eof(s, t) && !(flags & O_APPEND)) || !s->nosec;
}

static void write_to(struct sim *s, int t)
{
	const struct order_op *op = &s->pair->op[t];
	const uint64_t pos = op->flags & O_APPEND ? s->file.size : op->pos;

	memset(s->file.sector + pos / ORDER_SECTOR, 'A' + t,
	       op->len / ORDER_SECTOR);
	if (pos + op->len > s->file.size)
		s->file.size = pos + op->len;
	s->nosec = true;
}

static enum order_point decide(struct sim *s, int t)
{
	bool exclusive = needs_exclusive(s, t);

	if (s->task[t].holds == LOCK_EXCLUSIVE)
		return AT_UNLOCK;
	if (s->task[t].holds == LOCK_SHARED)
		return exclusive && s->mistake != NO_UPGRADE ?
			       AT_UNLOCK_SHARED : AT_WRITE;
	if (!exclusive)
		return AT_LOCK_SHARED;
	return s->nosec || s->mistake == QUEUES_FOR_NOSEC ? AT_LOCK : AT_TRYLOCK;
}

/* Where the step leads, or ORDER_POINTS if the task has to wait. */
static enum order_point step_write(struct sim *s, int t)
{
	switch (s->task[t].at) {
	case AT_USER:
		return AT_DECIDE;
	case AT_DECIDE:
		return decide(s, t);
	case AT_LOCK_SHARED:
		if (s->writer)
			return ORDER_POINTS;
		s->readers++;
		s->task[t].holds = LOCK_SHARED;
		return s->mistake == NO_RECHECK ? AT_WRITE : AT_DECIDE;
	case AT_TRYLOCK:
	case AT_LOCK:
		if (s->writer || s->readers)
			return s->task[t].at == AT_LOCK ? ORDER_POINTS :
							  AT_LOCK_SHARED;
		s->writer = true;
		s->task[t].holds = LOCK_EXCLUSIVE;
		return s->mistake == GIVES_UP_EXCLUSIVE ? AT_DECIDE : AT_WRITE;
	case AT_WRITE:
		write_to(s, t);
		s->task[t].written = true;
		return AT_END;
	case AT_END:
		s->i_size = s->file.size;
		return s->task[t].holds == LOCK_SHARED ||
				       s->mistake == UNLOCK_ANEW ?
			       AT_UNLOCK_SHARED : AT_UNLOCK;
	case AT_UNLOCK_SHARED:
		s->readers--;
		return s->task[t].written ? AT_USER : AT_LOCK;
	default:
		s->writer = false;
		s->task[t].holds = LOCK_FREE;
		return AT_USER;
	}
}

static enum order_point step_truncate(struct sim *s, int t)
{
	switch (s->task[t].at) {
	case AT_USER:
		if (s->writer || s->readers)
			return ORDER_POINTS;
		s->writer = true;
		return AT_SETATTR;
	case AT_SETATTR:
		s->file.size = s->pair->op[t].size;
		memset(s->file.sector + s->file.size / ORDER_SECTOR, 0,
		       ORDER_SECTORS - s->file.size / ORDER_SECTOR);
		return AT_REPLY;
	case AT_REPLY:
		s->i_size = s->file.size;
		s->nosec = false;
		return AT_APPLIED;
	default:
		s->writer = false;
		return AT_USER;
	}
}

static struct order_stop see(const struct sim *s, enum order_point at)
{
	return (struct order_stop){
		.at = at, .size = s->i_size, .mode = s->file.mode,
		.nosec = s->nosec,
		.lock = s->writer ? LOCK_EXCLUSIVE :
			s->readers ? LOCK_SHARED : LOCK_FREE,
	};
}

/* Returns NULL, or what is wrong. */
static const char *sim_step(struct sim *s, struct order_watch *w, int t,
			    bool *waits)
{
	enum order_point at = s->pair->op[t].kind == ORDER_WRITE ?
				      step_write(s, t) : step_truncate(s, t);
	struct order_stop now = see(s, at);

	*waits = at == ORDER_POINTS;
	if (*waits)
		return order_watch_waits(w, t);
	s->task[t].at = at;
	return order_watch_stopped(w, t, &now);
}

static struct sim sim_new(const struct order_pair *pair, enum mistake mistake)
{
	struct sim s = { .pair = pair, .mistake = mistake, .nosec = true };

	order_file_begin(&s.file);
	s.i_size = s.file.size;
	return s;
}

static const char *sim_begin(struct sim *s, struct order_watch *w)
{
	struct order_stop now = see(s, AT_USER);
	const char *wrong = NULL;
	bool waits;

	order_watch_begin(w, s->pair, &now);
	for (int t = 0; t < ORDER_TASKS && !wrong; t++)
		if (s->pair->op[t].kind == ORDER_WRITE)
			wrong = sim_step(s, w, t, &waits);
	return wrong;
}

/* One schedule; as the case does. */
static const char *sim_run(const struct order_pair *pair, enum mistake mistake,
			   struct order_explore *e, struct order_watch *w)
{
	struct sim s = sim_new(pair, mistake);
	const char *wrong = sim_begin(&s, w);
	struct order_stop now;
	bool waits = false;
	int t = 0;

	while (!wrong && !waits &&
	       (t = order_explore_choose(e, order_watch_able(w))) >= 0)
		wrong = sim_step(&s, w, t, &waits);
	if (wrong)
		return wrong;
	if (waits) {
		order_explore_infeasible(e);
		return NULL;
	}
	assert_int_equal(t, -ENOENT);
	now = see(&s, AT_USER);
	return order_watch_ended(w, &now, &s.file);
}

#define WITHIN(p)	{ .kind = ORDER_WRITE, .pos = p, .len = 4096, \
			  .flags = O_DIRECT }
#define APPEND		{ .kind = ORDER_WRITE, .len = 4096, \
			  .flags = O_DIRECT | O_APPEND }

static const struct order_pair within = {
	"within", SERVER_FPFS, { WITHIN(12288), WITHIN(0) }
};
static const struct order_pair extend = {
	"extend", SERVER_FPFS, { WITHIN(0), WITHIN(16384) }
};
static const struct order_pair extend_both = {
	"extend-both", SERVER_FPFS, { WITHIN(16384), WITHIN(20480) }
};
static const struct order_pair append_both = {
	"append", SERVER_FPFS, { APPEND, APPEND }
};
static const struct order_pair truncate_to = {
	"truncate", SERVER_FPFS,
	{ WITHIN(12288), { .kind = ORDER_TRUNCATE, .size = 4096 } }
};

/* --- schedules ------------------------------------------------------------ */

static unsigned int preemptions(const char *name, const char *all)
{
	unsigned int n = 0;

	/* The last step of a task preempts nobody who could go on. */
	for (size_t i = 1; name[i]; i++)
		n += name[i] != name[i - 1] && strchr(all + i, name[i - 1]);
	return n;
}

static void every_schedule_once(void **state)
{
	struct order_explore *e = order_explore_new(NULL);
	static char seen[1000][ORDER_STEPS + 1];
	unsigned int last = 0;
	struct order_watch w;
	size_t n = 0;

	while (order_explore_next(e)) {
		const char *name;
		unsigned int p;

		assert_null(sim_run(&within, NONE, e, &w));
		name = order_explore_name(e);
		assert_int_equal(strlen(name), 12);
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(name, seen[i]);
		strcpy(seen[n++], name);
		p = preemptions(name, name);
		assert_true(p >= last);
		last = p;
	}
	assert_int_equal(n, 924);
	assert_int_equal(order_explore_schedules(e), 924);
	assert_int_equal(order_explore_infeasibles(e), 0);
	assert_string_equal(seen[0], "AAAAAABBBBBB");
	order_explore_free(e);
}

/* Six of the write that shares the lock, five of the other one. */
#define EXTEND_STEPS	11

/*
 * What is found by running is what comes out of trying all words: those that
 * no word before has been a beginning of.
 */
static void infeasible_ones_are_found_once(void **state)
{
	struct order_explore *e = order_explore_new(NULL);
	size_t feasible = 0, waiting = 0;
	char name[EXTEND_STEPS + 1], dead[EXTEND_STEPS + 1] = "";
	struct order_watch w;

	for (unsigned int word = 0; word < 1 << EXTEND_STEPS; word++) {
		struct sim s = sim_new(&extend, NONE);
		bool waits = false, able = true;
		int n = 0;

		assert_null(sim_begin(&s, &w));
		while (n < EXTEND_STEPS && !waits && able) {
			int t = word >> (EXTEND_STEPS - 1 - n) & 1;

			able = order_watch_able(&w) >> t & 1;
			if (able)
				assert_null(sim_step(&s, &w, t, &waits));
			name[n++] = 'A' + t;
			name[n] = '\0';
		}
		feasible += able && !waits;
		if (able && waits && strcmp(dead, name)) {
			strcpy(dead, name);
			waiting++;
		}
	}
	while (order_explore_next(e))
		assert_null(sim_run(&extend, NONE, e, &w));
	assert_true(waiting > 0);
	assert_int_equal(order_explore_infeasibles(e), waiting);
	assert_int_equal(order_explore_schedules(e), waiting + feasible);
	order_explore_free(e);
}

static void one_by_name(void **state)
{
	struct order_explore *e = order_explore_new("ABBA");
	struct order_watch w;

	assert_true(order_explore_next(e));
	assert_null(sim_run(&within, NONE, e, &w));
	assert_string_equal(order_explore_name(e), "ABBAAAAABBBB");
	assert_false(order_explore_next(e));
	order_explore_free(e);
}

static void one_that_does_not_fit(void **state)
{
	static const char *const names[] = { "AA", "C", "a", "-" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct order_explore *e = order_explore_new(names[i]);

		assert_true(order_explore_next(e));
		if (!i)
			assert_int_equal(order_explore_choose(e, 3), 0);
		assert_int_equal(order_explore_choose(e, 2), -ESTALE);
		order_explore_free(e);
	}
}

static void a_task_without_end(void **state)
{
	struct order_explore *e = order_explore_new(NULL);

	assert_true(order_explore_next(e));
	for (int i = 0; i < ORDER_STEPS; i++)
		assert_int_equal(order_explore_choose(e, 1), 0);
	assert_int_equal(order_explore_choose(e, 1), -EOVERFLOW);
	order_explore_free(e);
}

/* --- what must hold ------------------------------------------------------- */

struct finding {
	const struct order_pair *pair;
	enum mistake mistake;
	const char *name, *wrong;
};

/* The first failure is minimal, and fails again by its name. */
static void mistakes_are_found(void **state)
{
	static const struct finding findings[] = {
		{ &truncate_to, NO_RECHECK, "AA",
		  "A does not look again with the lock shared" },
		{ &truncate_to, NO_UPGRADE, "ABBBBAA",
		  "A writes with the lock shared (past EOF)" },
		{ &append_both, SHARED_APPEND, "A",
		  "A asks for the shared lock (append)" },
		{ &extend, UNLOCK_ANEW, "AAAAAABBBB",
		  "B unlocks shared, but has locked exclusive" },
		{ &truncate_to, QUEUES_FOR_NOSEC, "BBBBA",
		  "A would not share the lock once S_NOSEC is set" },
		{ &append_both, GIVES_UP_EXCLUSIVE, "AAA",
		  "A gives up the exclusive lock" },
	};

	for (size_t i = 0; i < sizeof(findings) / sizeof(*findings); i++) {
		const struct finding *f = &findings[i];
		struct order_explore *e = order_explore_new(NULL);
		struct order_watch w;
		const char *wrong = NULL;

		while (!wrong && order_explore_next(e))
			wrong = sim_run(f->pair, f->mistake, e, &w);
		assert_non_null(wrong);
		assert_string_equal(wrong, f->wrong);
		assert_string_equal(order_explore_name(e), f->name);
		order_explore_free(e);

		e = order_explore_new(f->name);
		order_explore_next(e);
		wrong = sim_run(f->pair, f->mistake, e, &w);
		assert_string_equal(wrong, f->wrong);
		order_explore_free(e);
	}
}

static void no_mistake_is_found_without_one(void **state)
{
	static const struct order_pair *const pairs[] = {
		&within, &extend, &extend_both, &append_both, &truncate_to
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		struct order_explore *e = order_explore_new(NULL);
		struct order_watch w;

		while (order_explore_next(e))
			assert_null(sim_run(pairs[i], NONE, e, &w));
		order_explore_free(e);
	}
}

/* Two stops of A, from the beginning, and what is said of the second. */
struct sentence {
	struct order_stop first, second;
	const char *wrong;
};

static void what_is_said_of_a_stop(void **state)
{
	static const struct sentence sentences[] = {
		{ { AT_LOCK_SHARED, LOCK_FREE, 16384, 0777, true },
		  { AT_DECIDE, LOCK_FREE, 16384, 0777, true },
		  "A was at \"lock_shared\", and the lock is free then, not shared" },
		{ { AT_END, LOCK_FREE, 16384, 06777, false },
		  { AT_SETATTR, LOCK_FREE, 16384, 06777, false },
		  "A removes privileges after it has written" },
		{ { AT_LOCK_SHARED, LOCK_FREE, 16384, 0777, true },
		  { AT_UNLOCK, LOCK_SHARED, 16384, 0777, true },
		  "A unlocks exclusive, but has locked shared" },
		{ { AT_DECIDE, LOCK_FREE, 16384, 0777, true },
		  { AT_WRITE, LOCK_FREE, 16384, 0777, true },
		  "A writes without the lock" },
		{ { AT_DECIDE, LOCK_FREE, 16384, 0777, true },
		  { AT_LOCK, LOCK_FREE, 16384, 0777, true },
		  "A asks for the exclusive lock for no reason" },
		{ { AT_DECIDE, LOCK_FREE, 16383, 0777, true },
		  { AT_TRYLOCK, LOCK_FREE, 16383, 0777, true },
		  "A tries the exclusive lock for no reason" },
		{ { AT_DECIDE, LOCK_FREE, 16383, 0777, true },
		  { AT_LOCK_SHARED, LOCK_FREE, 16383, 0777, true },
		  "A asks for the shared lock (past EOF)" },
		{ { AT_DECIDE, LOCK_FREE, 16384, 06777, false },
		  { AT_LOCK_SHARED, LOCK_FREE, 16384, 06777, false },
		  "A asks for the shared lock (privileges)" },
		{ { AT_LOCK_SHARED, LOCK_FREE, 16384, 0777, true },
		  { AT_SETATTR, LOCK_SHARED, 16384, 0777, true },
		  "A changes attributes with the lock shared" },
		{ { AT_LOCK_SHARED, LOCK_FREE, 16383, 0777, true },
		  { AT_WRITE, LOCK_SHARED, 16383, 0777, true },
		  "A writes with the lock shared (past EOF)" },
	};

	for (size_t i = 0; i < sizeof(sentences) / sizeof(*sentences); i++) {
		const struct sentence *s = &sentences[i];
		const struct order_stop begin = { AT_USER, LOCK_FREE, 16384,
						  0777, true };
		struct order_watch w;
		const char *wrong;

		order_watch_begin(&w, &within, &begin);
		assert_null(order_watch_stopped(&w, 0, &s->first));
		wrong = order_watch_stopped(&w, 0, &s->second);
		assert_string_equal(wrong, s->wrong);
	}
}

static void waiting_for_nobody(void **state)
{
	const struct order_stop begin = { AT_USER, LOCK_FREE, 16384, 0777,
					  true };
	const struct order_stop lock = { AT_LOCK_SHARED, LOCK_FREE, 16384,
					 0777, true };
	const struct order_stop locked = { AT_DECIDE, LOCK_SHARED, 16384,
					   0777, true };
	const struct order_stop other = { AT_LOCK_SHARED, LOCK_SHARED, 16384,
					  0777, true };
	struct order_watch w;

	order_watch_begin(&w, &within, &begin);
	assert_null(order_watch_stopped(&w, 0, &lock));
	assert_string_equal(order_watch_waits(&w, 0),
			    "A waits for the lock, which is not held");
	assert_null(order_watch_stopped(&w, 0, &locked));
	assert_null(order_watch_stopped(&w, 1, &other));
	assert_string_equal(order_watch_waits(&w, 1),
			    "B waits to share the lock, which is shared");
}

/* The step of a task that has nothing to do with the lock. */
static void stop(struct order_watch *w, int t)
{
	const struct order_stop s = { AT_USER, LOCK_FREE, 16384, 0777, true };

	assert_null(order_watch_stopped(w, t, &s));
}

static void what_one_after_the_other_gives(void **state)
{
	static const struct order_pair same = {
		"same", SERVER_FPFS, { WITHIN(0), WITHIN(0) }
	};
	struct order_stop now = { AT_USER, LOCK_FREE, 16384, 0777, true };
	struct order_watch w;
	struct order_file f;

	order_file_begin(&f);
	memset(f.sector, 'A', 8);
	/* A after B */
	order_watch_begin(&w, &same, &now);
	stop(&w, 1);
	stop(&w, 0);
	assert_null(order_watch_ended(&w, &now, &f));
	/* B after A: A is lost */
	order_watch_begin(&w, &same, &now);
	stop(&w, 0);
	stop(&w, 1);
	assert_string_equal(order_watch_ended(&w, &now, &f),
			    "no order of A and B gives 16384 bytes, mode 777: 8A 24o");
	/* half of each */
	memset(f.sector, 'B', 4);
	assert_non_null(order_watch_ended(&w, &now, &f));
	memset(f.sector, 'B', 8);
	assert_null(order_watch_ended(&w, &now, &f));

	now.size = 4096;
	assert_string_equal(order_watch_ended(&w, &now, &f),
			    "i_size is 4096, the size is 16384");
	now.lock = LOCK_SHARED;
	assert_string_equal(order_watch_ended(&w, &now, &f),
			    "in the end the lock is still shared");
}

/* --- what F_SETFL changes ------------------------------------------------- */

static void a_write_has_the_flags_of_its_beginning(void **state)
{
	static const struct order_pair setfl = {
		"setfl", SERVER_FPFS,
		{ WITHIN(0), { .kind = ORDER_SETFL,
			       .flags = O_DIRECT | O_APPEND } }
	};
	const struct order_stop now = { AT_USER, LOCK_FREE, 16384, 0777, true };
	const struct order_stop decide = { AT_DECIDE, LOCK_FREE, 16384, 0777,
					   true };
	const struct order_stop shared = { AT_LOCK_SHARED, LOCK_FREE, 16384,
					   0777, true };
	struct order_watch w;

	order_watch_begin(&w, &setfl, &now);
	assert_null(order_watch_stopped(&w, 0, &decide));
	stop(&w, 1);
	assert_null(order_watch_stopped(&w, 0, &shared));

	order_watch_begin(&w, &setfl, &now);
	stop(&w, 1);
	assert_null(order_watch_stopped(&w, 0, &decide));
	assert_string_equal(order_watch_stopped(&w, 0, &shared),
			    "A asks for the shared lock (append)");
}

/* --- lines of the kernel -------------------------------------------------- */

static void lines(void **state)
{
	static const char *const bad[] = {
		"", "write", "write shared 4096 777", "here shared 4096 777 1",
		"write open 4096 777 1",
	};
	struct order_stop s;

	assert_true(order_stop_parse("unlock_shared shared 4096 6777 1\n", &s));
	assert_int_equal(s.at, AT_UNLOCK_SHARED);
	assert_int_equal(s.lock, LOCK_SHARED);
	assert_int_equal(s.size, 4096);
	assert_int_equal(s.mode, 06777);
	assert_true(s.nosec);
	assert_true(order_stop_parse("user free 0 0 0\n", &s));
	assert_int_equal(s.at, AT_USER);
	assert_false(s.nosec);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(order_stop_parse(bad[i], &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_schedule_once),
		cmocka_unit_test(infeasible_ones_are_found_once),
		cmocka_unit_test(one_by_name),
		cmocka_unit_test(one_that_does_not_fit),
		cmocka_unit_test(a_task_without_end),
		cmocka_unit_test(mistakes_are_found),
		cmocka_unit_test(no_mistake_is_found_without_one),
		cmocka_unit_test(what_is_said_of_a_stop),
		cmocka_unit_test(waiting_for_nobody),
		cmocka_unit_test(what_one_after_the_other_gives),
		cmocka_unit_test(a_write_has_the_flags_of_its_beginning),
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
