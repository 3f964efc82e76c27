// SPDX-License-Identifier: GPL-2.0
/*
 * Every order in which a write and another system call can take their steps:
 * the tasks stop at the points of kernel-patches/test/points.patch.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/points.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"
#include "check/order/explore.h"
#include "check/order/watch.h"

#define OTHER_USER	1000
#define MAX_BYTES	(ORDER_SECTORS * ORDER_SECTOR)

#define WRITE(p, l, f)	{ .kind = ORDER_WRITE, .pos = p, .len = l, .flags = f }
/* Ends at EOF: one byte less, and it is past it. */
#define LAST_BLOCK	WRITE(3 * BLOCK, BLOCK, O_DIRECT)
#define FIRST_BLOCK	WRITE(0, BLOCK, O_DIRECT)
#define SETFL(f)	{ .kind = ORDER_SETFL, .flags = f }
#define TRUNCATE(s)	{ .kind = ORDER_TRUNCATE, .size = s }
#define CHMOD(m)	{ .kind = ORDER_CHMOD, .mode = m }
#define SETCAP		{ .kind = ORDER_SETCAP }

static const struct order_pair writers[] = {
	{ "within", SERVER_FPFS, { LAST_BLOCK, FIRST_BLOCK } },
	{ "overlap", SERVER_FPFS,
	  { LAST_BLOCK, WRITE(2 * BLOCK, 2 * BLOCK, O_DIRECT) } },
	{ "extend", SERVER_FPFS,
	  { LAST_BLOCK, WRITE(3 * BLOCK, 2 * BLOCK, O_DIRECT) } },
	{ "extend-both", SERVER_FPFS,
	  { WRITE(4 * BLOCK, BLOCK, O_DIRECT),
	    WRITE(5 * BLOCK, BLOCK, O_DIRECT) } },
	{ "append", SERVER_FPFS,
	  { LAST_BLOCK, WRITE(0, BLOCK, O_DIRECT | O_APPEND) } },
	{ "append-both", SERVER_FPFS,
	  { WRITE(0, BLOCK, O_DIRECT | O_APPEND),
	    WRITE(0, BLOCK, O_DIRECT | O_APPEND) } },
	{ "buffered", SERVER_FPFS, { LAST_BLOCK, WRITE(0, BLOCK, 0) } },
	{ "flag-off", SERVER_NO_PARALLEL, { LAST_BLOCK, FIRST_BLOCK } },
	{ .name = NULL }
};

static const struct order_pair others[] = {
	{ "truncate", SERVER_FPFS, { LAST_BLOCK, TRUNCATE(BLOCK) } },
	/* Privileges have to be looked for again, but EOF is not passed. */
	{ "grow", SERVER_FPFS, { LAST_BLOCK, TRUNCATE(8 * BLOCK) } },
	{ "chmod", SERVER_FPFS, { LAST_BLOCK, CHMOD(06777) } },
	{ "capability", SERVER_FPFS, { LAST_BLOCK, SETCAP } },
	{ "set-append", SERVER_FPFS,
	  { LAST_BLOCK, SETFL(O_DIRECT | O_APPEND) } },
	{ "clear-direct", SERVER_FPFS, { LAST_BLOCK, SETFL(0) } },
	{ "set-direct", SERVER_FPFS,
	  { WRITE(3 * BLOCK, BLOCK, 0), SETFL(O_DIRECT) } },
	{ .name = NULL }
};

/* EOF alone is looked at again, or the mode alone. */
static const struct order_pair naive[] = {
	{ "naive", SERVER_NAIVE, { LAST_BLOCK, FIRST_BLOCK } },
	{ "naive-truncate", SERVER_NAIVE, { LAST_BLOCK, TRUNCATE(BLOCK) } },
	{ "naive-cut-byte", SERVER_NAIVE,
	  { LAST_BLOCK, TRUNCATE(ORDER_BYTES - 1) } },
	/* Past EOF no longer, once it has the exclusive lock. */
	{ "naive-grow", SERVER_NAIVE,
	  { WRITE(4 * BLOCK, BLOCK, O_DIRECT), TRUNCATE(8 * BLOCK) } },
	{ "naive-chmod", SERVER_NAIVE, { LAST_BLOCK, CHMOD(06777) } },
	{ .name = NULL }
};

/* As check_path() knows them. */
static const char *const targets[] = {
	[SERVER_FPFS] = "fuse", [SERVER_NO_PARALLEL] = "fuse-noparallel",
	[SERVER_NAIVE] = "naive",
};

/* --- a pair and its tasks ------------------------------------------------- */

struct run {
	const struct order_pair *pair;
	struct order_watch watch;
	int raw, fuse;			/* to look at the file, and to reset it */
	int fd[ORDER_TASKS];
	pid_t pid[ORDER_TASKS];
	int *error;			/* of the tasks, which share it */
	char *buf;
};

struct task {
	struct run *r;
	int t;
	char *buf;
};

static bool does(const struct order_pair *pair, enum order_kind kind)
{
	return pair->op[1].kind == kind;
}

static bool grants(const struct order_pair *pair)
{
	return does(pair, ORDER_CHMOD) || does(pair, ORDER_SETCAP);
}

static bool perform(const struct task *me, const struct order_op *op)
{
	const int fd = me->r->fd[me->t];
	char path[32];

	switch (op->kind) {
	case ORDER_WRITE:
		return pwrite(fd, me->buf, op->len, op->pos) ==
		       (ssize_t)op->len;
	case ORDER_TRUNCATE:
		return !ftruncate(fd, op->size);
	case ORDER_CHMOD:
		return !fchmod(fd, op->mode);
	case ORDER_SETCAP:
		/* A look-up would read the attributes. */
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		return !check_set_capability(path);
	case ORDER_SETFL:
		return !fcntl(fd, F_SETFL, op->flags);
	}
	return false;
}

static void act(void *arg)
{
	const struct task *me = arg;
	const struct order_pair *pair = me->r->pair;
	const struct order_op *op = &pair->op[me->t];

	/* Root's writes remove no privileges. */
	if (grants(pair) && op->kind == ORDER_WRITE && !getuid() &&
	    (setgid(OTHER_USER) || setuid(OTHER_USER)))
		_exit(errno);
	errno = 0;
	me->r->error[me->t] = perform(me, op) ? 0 : errno ? errno : EIO;
}

static void start_task(struct run *r, int t)
{
	struct task me = { r, t, check_buffer(MAX_BYTES) };

	memset(me.buf, 'A' + t, MAX_BYTES);
	r->pid[t] = check_fork();
	if (!r->pid[t])
		check_points_task(t, r->fd[t], act, &me);
	free(me.buf);
}

static void start(struct check_context *c, struct run *r)
{
	const struct order_pair *pair = r->pair;
	const char *path = check_path(c, targets[pair->server], "f");

	r->fuse = check_open(path, O_RDWR | O_DIRECT);
	r->error = check_shared_memory(ORDER_TASKS * sizeof(*r->error));
	r->buf = check_buffer(MAX_BYTES);
	check_points_open();
	for (int t = 0; t < ORDER_TASKS; t++) {
		/* F_SETFL is for the file of the writer. */
		r->fd[t] = does(pair, ORDER_SETFL) && t ? r->fd[0] :
			   check_open(path, O_RDWR | pair->op[t].flags);
		start_task(r, t);
	}
}

static void stop(struct run *r)
{
	check_points_close();
	for (int t = 0; t < ORDER_TASKS; t++) {
		must(!check_wait(r->pid[t], UINT32_MAX));
		close(r->fd[t]);
	}
	close(r->fuse);
	free(r->buf);
}

/* --- a schedule ----------------------------------------------------------- */

/*
 * The file as it was, and i_size and S_NOSEC. Not by a write through the mount,
 * which may leave the lock in a state that no schedule is to blame for.
 */
static void reset(struct run *r)
{
	const struct order_stop now = {
		.size = ORDER_BYTES, .mode = 0777,
		.nosec = r->pair->server != SERVER_NAIVE,
	};

	memset(r->buf, 'o', ORDER_BYTES);
	must(pwrite(r->raw, r->buf, ORDER_BYTES, 0) == ORDER_BYTES);
	must(!ftruncate(r->fuse, ORDER_BYTES));
	must(!fchmod(r->fuse, 0777));
	if (does(r->pair, ORDER_SETCAP))
		must(!fremovexattr(r->fuse, "security.capability") ||
		     errno == ENODATA);
	must(!fcntl(r->fd[0], F_SETFL, r->pair->op[0].flags));
	check_set_nosec(r->fuse);
	order_watch_begin(&r->watch, r->pair, &now);
}

/* False: the kernel says something else. */
static bool where(struct order_stop *s)
{
	char line[64];

	check_points_read(line, sizeof(line));
	return order_stop_parse(line, s);
}

/* Returns NULL, or what must not be. */
static const char *step(struct run *r, int t, bool *waits)
{
	int ret = check_points_step(t);
	struct order_stop s;

	*waits = ret == -EWOULDBLOCK;
	if (*waits)
		return order_watch_waits(&r->watch, t);
	if (ret == -ETIME)
		return "a task neither stops nor waits for the lock";
	if (ret)
		return strerror(-ret);
	return where(&s) ? order_watch_stopped(&r->watch, t, &s) :
			   "the kernel does not say where a task is";
}

/* A sector of one letter, '?' if it is mixed; NUL is none. */
static char letter_of(const char *sector, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (sector[i] != sector[0])
			return '?';
	return sector[0];
}

static const char *outcome(struct run *r)
{
	struct order_file f = { 0 };
	struct order_stop now;
	struct stat st;
	ssize_t n;

	for (int t = 0; t < ORDER_TASKS; t++)
		if (r->error[t])
			return strerror(r->error[t]);
	if (!where(&now))
		return "the kernel does not say where a task is";
	must(!fstat(r->raw, &st));
	n = pread(r->raw, r->buf, MAX_BYTES, 0);
	must(n == st.st_size);
	f.size = st.st_size;
	f.mode = st.st_mode & 07777;
	f.capability = fgetxattr(r->raw, "security.capability", NULL, 0) > 0;
	for (ssize_t i = 0; i < n; i += ORDER_SECTOR)
		f.sector[i / ORDER_SECTOR] = letter_of(r->buf + i,
			n - i < ORDER_SECTOR ? n - i : ORDER_SECTOR);
	return order_watch_ended(&r->watch, &now, &f);
}

/*
 * The writers have begun before the schedule does: the first step only leads
 * to the first point. With F_SETFL it decides which flags the write has.
 */
static const char *begin(struct run *r)
{
	const char *wrong = NULL;
	bool waits;

	for (int t = 0; t < ORDER_TASKS && !wrong; t++)
		if (r->pair->op[t].kind == ORDER_WRITE &&
		    !does(r->pair, ORDER_SETFL))
			wrong = step(r, t, &waits);
	return wrong;
}

static const char *run_schedule(struct run *r, struct order_explore *e)
{
	const char *wrong;
	bool waits = false;
	int t = 0;

	reset(r);
	wrong = begin(r);
	while (!wrong && !waits) {
		t = order_explore_choose(e, order_watch_able(&r->watch));
		if (t < 0)
			break;
		check_doing("%s/%s", r->pair->name, order_explore_name(e));
		wrong = step(r, t, &waits);
	}
	if (wrong)
		return wrong;
	if (!waits && t != -ENOENT)
		return t == -ESTALE ? "it has other steps here" : strerror(-t);
	if (waits)
		order_explore_infeasible(e);
	return check_points_finish() ? "the tasks do not end" : outcome(r);
}

/* All schedules of the pair, or the one that begins with @only. */
static void explore(struct check_context *c, const struct order_pair *pair,
		    const char *only, size_t *infeasible)
{
	struct run r = { .pair = pair };
	struct order_explore *e = order_explore_new(only);
	const char *wrong = NULL;

	must(e);
	check_fill(check_path(c, "raw", "f"), ORDER_BYTES);
	r.raw = check_open(check_path(c, "raw", "f"), O_RDWR | O_DIRECT);
	start(c, &r);
	while (!wrong && order_explore_next(e))
		wrong = run_schedule(&r, e);
	if (wrong) {
		check_points_close();
		check_fail("%s/%s: %s", pair->name, order_explore_name(e),
			   wrong);
	}
	stop(&r);
	close(r.raw);
	if (only)
		check_note("%s/%s%s", pair->name, order_explore_name(e),
			   order_explore_infeasibles(e) ? " is infeasible" : "");
	check_fact(pair->name, order_explore_schedules(e));
	*infeasible += order_explore_infeasibles(e);
	order_explore_free(e);
}

/* What @schedule, "PAIR/STEPS", says of the pair; NULL: nothing. */
static const char *steps_of(const char *schedule, const struct order_pair *pair)
{
	const size_t n = strlen(pair->name);

	return !strncmp(schedule, pair->name, n) && schedule[n] == '/' ?
		       schedule + n + 1 : NULL;
}

static void all_orders(struct check_context *c)
{
	static const char *const fpfs[] = { "fuse", "fuse-noparallel", NULL };
	const struct order_pair *pairs = c->row->variant;
	size_t infeasible = 0, ran = 0;

	c->rig.daemon_options = "allow_other";
	if (pairs->server == SERVER_NAIVE)
		check_mount_naive(c, NULL);
	else
		check_mount(c, 512, 0, fpfs);
	for (const struct order_pair *p = pairs; p->name; p++) {
		const char *only = c->schedule ? steps_of(c->schedule, p) :
						 NULL;

		if (c->schedule && !only)
			continue;
		explore(c, p, only, &infeasible);
		ran++;
	}
	if (!ran)
		check_fail("no pair of this case begins \"%s\"", c->schedule);
	check_fact("infeasible", infeasible);
}

const struct check_case order_cases[] = {
	{ .name = "order_writers", .flags = CHECK_QUICK | CHECK_POINTS,
	  .run = all_orders, .variant = writers,
	  .setup = "Two tasks that stop before each step: decide, lock, decide again, write, update i_size, unlock.",
	  .workload = "Every order of these steps, of two writes: within EOF and another within EOF, past EOF, append, buffered.",
	  .lock_path = "All; the six steps of the shared one in each of 924 orders.",
	  .validates = "Each write asks for the lock that it needs and holds it; file and size are as if one came after the other." },
	{ .name = "order_others", .flags = CHECK_QUICK | CHECK_POINTS,
	  .run = all_orders, .variant = others,
	  .setup = "As order_writers.",
	  .workload = "Every order of the steps of a write and of a truncate, a chmod 6777, a setxattr of security.capability, an F_SETFL.",
	  .lock_path = "Shared; or the re-check -> exclusive.",
	  .validates = "As order_writers; a write after the chmod leaves no set-id bits, and one after the setxattr no capability." },
	{ .name = "order_naive", .flags = CHECK_QUICK | CHECK_POINTS,
	  .run = all_orders, .variant = naive,
	  .setup = "As order_writers, with a server without HANDLE_KILLPRIV_V2.",
	  .workload = "Every order of the steps of a write and of a write, a truncate, a chmod 6777.",
	  .lock_path = "As order_others, by EOF alone or by the mode alone.",
	  .validates = "As order_others." },
	{ .name = NULL }
};
