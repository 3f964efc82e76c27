// SPDX-License-Identifier: GPL-2.0
#include "check/order/watch.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const points[ORDER_POINTS] = {
	[AT_USER] = "user", [AT_DECIDE] = "decide", [AT_TRYLOCK] = "trylock",
	[AT_LOCK] = "lock", [AT_LOCK_SHARED] = "lock_shared",
	[AT_WRITE] = "write", [AT_END] = "end", [AT_UNLOCK] = "unlock",
	[AT_UNLOCK_SHARED] = "unlock_shared", [AT_SETATTR] = "setattr",
	[AT_REPLY] = "reply", [AT_APPLIED] = "applied",
};

static const char *const locks[ORDER_LOCKS] = {
	[LOCK_FREE] = "free", [LOCK_SHARED] = "shared",
	[LOCK_EXCLUSIVE] = "exclusive",
};

static int find(const char *const *names, int n, const char *name)
{
	while (n-- && strcmp(names[n], name))
		;
	return n;
}

bool order_stop_parse(const char *line, struct order_stop *s)
{
	char at[16], lock[16];
	int point, held, nosec;

	if (sscanf(line, "%15s %15s %" SCNu64 " %o %d", at, lock, &s->size,
		   &s->mode, &nosec) != 5)
		return false;
	point = find(points, ORDER_POINTS, at);
	held = find(locks, ORDER_LOCKS, lock);
	s->at = point;
	s->lock = held;
	s->nosec = nosec;
	return point >= 0 && held >= 0;
}

static const char *__attribute__((format(printf, 3, 4)))
wrong(struct order_watch *w, int t, const char *fmt, ...)
{
	int n = snprintf(w->wrong, sizeof(w->wrong), "%c ", 'A' + t);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->wrong + n, sizeof(w->wrong) - n, fmt, ap);
	va_end(ap);
	return w->wrong;
}

/* --- the decision --------------------------------------------------------- */

static bool is_sxid(unsigned int mode)
{
	return mode & S_ISUID || (mode & S_ISGID && mode & S_IXGRP);
}

/* Whether a write that comes first would set S_NOSEC for others. */
static bool lacks_nosec(const struct order_watch *w)
{
	return w->pair->server != SERVER_NAIVE && !w->now.nosec;
}

/* Why a write needs the exclusive lock, or NULL. */
static const char *needs_exclusive(const struct order_watch *w, int t)
{
	const struct order_op *op = &w->pair->op[t];
	const int flags = w->task[t].flags;

	if (w->pair->server == SERVER_NO_PARALLEL)
		return "not asked to be parallel";
	if (!(flags & O_DIRECT))
		return "buffered";
	if (flags & O_APPEND)
		return "append";
	if (op->pos + op->len > w->now.size)
		return "past EOF";
	if (w->pair->server == SERVER_NAIVE ? is_sxid(w->now.mode) :
					      lacks_nosec(w))
		return "privileges";
	return NULL;
}

/* --- each step ------------------------------------------------------------ */

void order_watch_begin(struct order_watch *w, const struct order_pair *pair,
		       const struct order_stop *now)
{
	*w = (struct order_watch){ .pair = pair, .now = *now };
	for (int t = 0; t < ORDER_TASKS; t++)
		w->flags[t] = pair->op[t].kind == ORDER_WRITE ?
				      pair->op[t].flags : 0;
}

unsigned int order_watch_able(const struct order_watch *w)
{
	unsigned int able = 0;

	for (int t = 0; t < ORDER_TASKS; t++)
		able |= !w->task[t].done << t;
	return able;
}

static void began(struct order_watch *w, int t)
{
	struct order_task *me = &w->task[t], *other = &w->task[!t];

	if (me->begun)
		return;
	me->begun = true;
	me->flags = w->flags[t];
	other->before_other = other->done;
	if (w->pair->op[t].kind == ORDER_SETFL)
		w->flags[!t] = (w->flags[!t] & ~(O_APPEND | O_DIRECT)) |
			       w->pair->op[t].flags;
}

/* The step from me->at gave or took the lock. */
static void account(struct order_task *me, enum order_point now)
{
	if (me->at == AT_LOCK || (me->at == AT_TRYLOCK && now == AT_WRITE))
		me->holds = LOCK_EXCLUSIVE;
	if (me->at == AT_LOCK_SHARED)
		me->holds = LOCK_SHARED;
	if (me->at == AT_UNLOCK || me->at == AT_UNLOCK_SHARED ||
	    now == AT_USER)
		me->holds = LOCK_FREE;
	me->upgrades |= me->at == AT_UNLOCK_SHARED;
	/* The VFS locks for a setattr, and file_remove_privs() does not. */
	if (me->at == AT_USER && now == AT_SETATTR)
		me->holds = LOCK_EXCLUSIVE;
}

/* Before a write: it holds the lock that it needs now, and no other. */
static const char *may_write(struct order_watch *w, int t)
{
	const struct order_task *me = &w->task[t];
	const char *why = needs_exclusive(w, t);

	if (me->holds == LOCK_FREE)
		return wrong(w, t, "writes without the lock");
	if (why && me->holds != LOCK_EXCLUSIVE)
		return wrong(w, t, "writes with the lock shared (%s)", why);
	if (me->at == AT_LOCK_SHARED)
		return wrong(w, t, "does not look again with the lock shared");
	return NULL;
}

static const char *may_unlock(struct order_watch *w, int t,
			      enum order_lock held)
{
	const struct order_task *me = &w->task[t];
	const char *why = needs_exclusive(w, t);

	if (me->holds != held)
		return wrong(w, t, "unlocks %s, but has locked %s",
			     locks[held], locks[me->holds]);
	if (me->at != AT_DECIDE)
		return NULL;
	if (held == LOCK_SHARED && !why)
		return wrong(w, t, "gives up the shared lock for no reason");
	if (held == LOCK_EXCLUSIVE)
		return wrong(w, t, "gives up the exclusive lock");
	return NULL;
}

/* The task stops before it does something: may it? */
static const char *may(struct order_watch *w, int t, enum order_point next)
{
	const struct order_task *me = &w->task[t];
	const char *why = needs_exclusive(w, t);

	switch (next) {
	case AT_LOCK_SHARED:
		/* If it waits for S_NOSEC, it finds what else has come in. */
		return why && me->at != AT_TRYLOCK ?
			       wrong(w, t, "asks for the shared lock (%s)",
				     why) :
			       NULL;
	case AT_TRYLOCK:
		return !why || !lacks_nosec(w) ?
			       wrong(w, t, "tries the exclusive lock for no reason") :
			       NULL;
	case AT_LOCK:
		/* Once it has shared the lock in vain, any reason may be gone. */
		if (me->upgrades)
			return NULL;
		if (lacks_nosec(w))
			return wrong(w, t, "would not share the lock once S_NOSEC is set");
		return !why ? wrong(w, t, "asks for the exclusive lock for no reason") :
			      NULL;
	case AT_WRITE:
		return may_write(w, t);
	case AT_UNLOCK:
		return may_unlock(w, t, LOCK_EXCLUSIVE);
	case AT_UNLOCK_SHARED:
		return may_unlock(w, t, LOCK_SHARED);
	case AT_SETATTR:
		if (me->at == AT_END)
			return wrong(w, t, "removes privileges after it has written");
		return me->holds != LOCK_EXCLUSIVE ?
			       wrong(w, t, "changes attributes with the lock %s",
				     locks[me->holds]) : NULL;
	default:
		return NULL;
	}
}

/* The lock is what its holders have made of it. */
static const char *is_locked(struct order_watch *w, int t,
			     const struct order_stop *s)
{
	enum order_lock want = LOCK_FREE;

	for (int i = 0; i < ORDER_TASKS; i++)
		if (w->task[i].holds > want)
			want = w->task[i].holds;
	return s->lock == want ? NULL :
	       wrong(w, t, "was at \"%s\", and the lock is %s then, not %s",
		     points[w->task[t].at], locks[s->lock], locks[want]);
}

const char *order_watch_stopped(struct order_watch *w, int t,
				const struct order_stop *s)
{
	struct order_task *me = &w->task[t];
	const char *what;

	began(w, t);
	account(me, s->at);
	what = is_locked(w, t, s);
	/* A decision goes by what it found, which the step has not changed. */
	if (!what)
		what = may(w, t, s->at);
	w->now = *s;
	me->at = s->at;
	me->done = s->at == AT_USER;
	return what;
}

const char *order_watch_waits(struct order_watch *w, int t)
{
	const enum order_lock other = w->task[!t].holds;

	began(w, t);
	if (other == LOCK_FREE)
		return wrong(w, t, "waits for the lock, which is not held");
	if (other == LOCK_SHARED && w->task[t].at == AT_LOCK_SHARED)
		return wrong(w, t, "waits to share the lock, which is shared");
	return NULL;
}

/* --- what comes out ------------------------------------------------------- */

void order_file_begin(struct order_file *f)
{
	*f = (struct order_file){ .size = ORDER_BYTES, .mode = 0777 };
	memset(f->sector, 'o', ORDER_BYTES / ORDER_SECTOR);
}

static void cut(struct order_file *f, uint64_t size)
{
	uint64_t n = (size + ORDER_SECTOR - 1) / ORDER_SECTOR;

	if (size < f->size)
		memset(f->sector + n, 0, sizeof(f->sector) - n);
	f->size = size;
}

static void write_to(struct order_file *f, const struct order_op *op, int flags,
		     char who)
{
	uint64_t pos = flags & O_APPEND ? f->size : op->pos;

	memset(f->sector + pos / ORDER_SECTOR, who, op->len / ORDER_SECTOR);
	if (pos + op->len > f->size)
		f->size = pos + op->len;
	f->mode &= ~(S_ISUID | S_ISGID);
	f->capability = false;
}

static void apply(const struct order_watch *w, struct order_file *f, int t)
{
	const struct order_op *op = &w->pair->op[t];

	switch (op->kind) {
	case ORDER_WRITE:
		write_to(f, op, w->task[t].flags, 'A' + t);
		break;
	case ORDER_TRUNCATE:
		cut(f, op->size);
		break;
	case ORDER_CHMOD:
		f->mode = op->mode;
		break;
	case ORDER_SETCAP:
		f->capability = true;
		break;
	case ORDER_SETFL:
		break;
	}
}

static bool same(const struct order_file *a, const struct order_file *b)
{
	return a->size == b->size && a->mode == b->mode &&
	       a->capability == b->capability &&
	       !memcmp(a->sector, b->sector, sizeof(a->sector));
}

/* Runs of one writer: "8o 8A 4-". */
static const char *describe(char *text, size_t size,
			    const struct order_file *f)
{
	int n = snprintf(text, size, "%" PRIu64 " bytes, mode %o%s:", f->size,
			 f->mode, f->capability ? ", capability" : "");

	for (int i = 0, run; i < ORDER_SECTORS && (size_t)n < size; i += run) {
		for (run = 1; i + run < ORDER_SECTORS &&
			      f->sector[i + run] == f->sector[i]; run++)
			;
		if (f->sector[i] || i + run < ORDER_SECTORS)
			n += snprintf(text + n, size - n, " %d%c", run,
				      f->sector[i] ? f->sector[i] : '-');
	}
	return text;
}

/* Whether one after the other gives the file, in an order that is possible. */
static bool is_serial(const struct order_watch *w, const struct order_file *f)
{
	for (int first = 0; first < ORDER_TASKS; first++) {
		struct order_file serial;

		if (w->task[!first].before_other)
			continue;
		order_file_begin(&serial);
		apply(w, &serial, first);
		apply(w, &serial, !first);
		if (same(&serial, f))
			return true;
	}
	return false;
}

const char *order_watch_ended(struct order_watch *w,
			      const struct order_stop *now,
			      const struct order_file *f)
{
	const size_t size = sizeof(w->wrong);
	int n = 0;

	if (now->lock != LOCK_FREE)
		n = snprintf(w->wrong, size, "in the end the lock is still %s",
			     locks[now->lock]);
	else if (now->size != f->size)
		n = snprintf(w->wrong, size,
			     "i_size is %" PRIu64 ", the size is %" PRIu64,
			     now->size, f->size);
	else if (!is_serial(w, f))
		n = snprintf(w->wrong, size, "no order of A and B gives %s",
			     describe((char[120]){ 0 }, 120, f));
	return n ? w->wrong : NULL;
}
