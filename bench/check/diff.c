// SPDX-License-Identifier: GPL-2.0
/*
 * The same random operations on raw XFS and through the mount: results, errno,
 * sizes, contents and modes have to be the same after each. Several processes
 * in lock-step, so that there is one right answer.
 */
#include "check/check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check/diffop.h"
#include "check/stamp.h"
#include "sys/clock.h"

#define MAP_BYTES	65536
#define SIDES		2		/* raw, fuse */
#define SEQUENCE	80

/* What a process is to do: operations from..to, or (to == 0) to start afresh. */
struct turn {
	uint32_t from, to;
};

/* One process of one side. */
struct worker {
	int to, from;			/* pipes */
	int fd[DIFF_FDS];
	char *map[DIFF_MAPS];
	unsigned char *buf;
	char dir[FPB_PATH_MAX];
};

struct diff {
	struct check *c;
	struct worker w[SIDES][DIFF_PROCS];
	char dir[SIDES][FPB_PATH_MAX];	/* as the side sees it */
	char below[SIDES][FPB_PATH_MAX];	/* on XFS */
	/* Shared with the workers. */
	struct diff_op *ops;
	struct diff_outcome *out[SIDES];	/* of each operation */
	char why[600];			/* what differed */
	uint64_t succeeded;		/* operations, on raw */
};

/* --- doing it --------------------------------------------------------------------- */

static sigjmp_buf bus_jmp;

static void on_bus(int sig)
{
	siglongjmp(bus_jmp, 1);
}

static void *data(struct worker *w, const struct diff_op *op)
{
	for (size_t i = 0; i < op->len; i++)
		w->buf[i] = diff_byte(op->id, i);
	return w->buf;
}

static int64_t do_open(struct worker *w, const struct diff_op *op,
		       const char *name)
{
	if (w->fd[op->fd] >= 0)
		close(w->fd[op->fd]);
	w->fd[op->fd] = open(name, op->flags | O_CLOEXEC, op->mode);
	return w->fd[op->fd] < 0 ? -1 : 0;
}

static int64_t do_aio(struct worker *w, const struct diff_op *op)
{
	struct iocb cb = { .aio_fildes = w->fd[op->fd],
			   .aio_lio_opcode = IOCB_CMD_PWRITE,
			   .aio_buf = (uintptr_t)data(w, op),
			   .aio_nbytes = op->len, .aio_offset = op->off };
	struct iocb *cbs = &cb;
	struct io_event ev;
	aio_context_t ctx = 0;
	int64_t ret;
	int err;

	if (syscall(SYS_io_setup, 1, &ctx))
		return -1;
	ret = syscall(SYS_io_submit, ctx, 1, &cbs);
	err = errno;
	if (ret == 1) {
		syscall(SYS_io_getevents, ctx, 1, 1, &ev, NULL);
		ret = ev.res < 0 ? -1 : ev.res;
		err = ev.res < 0 ? -ev.res : 0;
	}
	syscall(SYS_io_destroy, ctx);
	errno = err;
	return ret;
}

static int64_t do_splice(struct worker *w, const struct diff_op *op)
{
	loff_t pos = op->off;
	int p[2], err;
	int64_t ret;

	if (pipe2(p, O_CLOEXEC))
		return -1;
	ret = write(p[1], data(w, op), op->len);
	ret = splice(p[0], NULL, w->fd[op->fd], &pos, ret, 0);
	err = errno;
	close(p[0]);
	close(p[1]);
	errno = err;
	return ret;
}

static int64_t do_mmap(struct worker *w, const struct diff_op *op)
{
	char **m = &w->map[op->fd2];

	if (*m)
		munmap(*m, MAP_BYTES);
	*m = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		  w->fd[op->fd], op->off);
	if (*m != MAP_FAILED)
		return 0;
	*m = NULL;
	return -1;
}

static int64_t do_touch(struct worker *w, const struct diff_op *op, bool out)
{
	char *m = w->map[op->fd2];
	size_t n = op->len;

	if (!m)
		return 0;
	if (n > (size_t)(MAP_BYTES - op->off))
		n = MAP_BYTES - op->off;
	if (out)
		data(w, op);
	if (sigsetjmp(bus_jmp, 1)) {
		errno = -1;
		return -1;
	}
	if (out)
		memcpy(m + op->off, w->buf, n);
	else
		memcpy(w->buf, m + op->off, n);
	return n;
}

static int64_t do_stat(int ret, const struct stat *st, struct diff_outcome *o)
{
	if (ret)
		return ret;
	o->size = st->st_size;
	o->mode = st->st_mode;
	o->nlink = st->st_nlink;
	o->uid = st->st_uid;
	o->gid = st->st_gid;
	return 0;
}

static int64_t perform(struct worker *w, const struct diff_op *op,
		       struct diff_outcome *o)
{
	static const unsigned int rename_flags[] = { 0, RENAME_NOREPLACE,
						     RENAME_EXCHANGE };
	const int fd = w->fd[op->fd], fd2 = w->fd[op->fd2 % DIFF_FDS];
	loff_t off = op->off, off2 = op->off2;
	char name[8], name2[8];
	struct stat st;
	int64_t n;

	snprintf(name, sizeof(name), "f%u", op->name);
	snprintf(name2, sizeof(name2), "f%u", op->name2);
	switch (op->kind) {
	case DIFF_OPEN:
		return do_open(w, op, name);
	case DIFF_CLOSE:
		w->fd[op->fd] = -1;
		return close(fd);
	case DIFF_PWRITE:
		return pwrite(fd, data(w, op), op->len, off);
	case DIFF_WRITE:
		return write(fd, data(w, op), op->len);
	case DIFF_PWRITEV2:
		return pwritev2(fd, &(struct iovec){ data(w, op), op->len }, 1,
				off, op->flags);
	case DIFF_AIO_WRITE:
		return do_aio(w, op);
	case DIFF_PREAD:
	case DIFF_READ:
		n = op->kind == DIFF_READ ? read(fd, w->buf, op->len) :
					    pread(fd, w->buf, op->len, off);
		o->crc = n > 0 ? crc32c(0, w->buf, n) : 0;
		return n;
	case DIFF_FTRUNCATE:
		return ftruncate(fd, off);
	case DIFF_TRUNCATE:
		return truncate(name, off);
	case DIFF_FALLOCATE:
		return fallocate(fd, op->flags, off, op->len);
	case DIFF_COPY_RANGE:
		return copy_file_range(fd, &off, fd2, &off2, op->len, 0);
	case DIFF_SPLICE:
		return do_splice(w, op);
	case DIFF_SETFL:
		return fcntl(fd, F_SETFL, op->flags);
	case DIFF_MMAP:
		return do_mmap(w, op);
	case DIFF_MUNMAP:
		if (w->map[op->fd2])
			munmap(w->map[op->fd2], MAP_BYTES);
		w->map[op->fd2] = NULL;
		return 0;
	case DIFF_MWRITE:
		return do_touch(w, op, true);
	case DIFF_MREAD:
		n = do_touch(w, op, false);
		o->crc = n > 0 ? crc32c(0, w->buf, n) : 0;
		return n;
	case DIFF_MSYNC:
		return w->map[op->fd2] ?
		       msync(w->map[op->fd2], MAP_BYTES, MS_SYNC) : 0;
	case DIFF_FSYNC:
		return op->flags ? fdatasync(fd) : fsync(fd);
	case DIFF_LSEEK:
		return lseek(fd, op->flags == SEEK_CUR ? off % 512 : off,
			     op->flags);
	case DIFF_FSTAT:
		return do_stat(fstat(fd, &st), &st, o);
	case DIFF_STAT:
		return do_stat(stat(name, &st), &st, o);
	case DIFF_LINK:
		return link(name, name2);
	case DIFF_RENAME:
		return renameat2(AT_FDCWD, name, AT_FDCWD, name2,
				 rename_flags[op->flags]);
	case DIFF_UNLINK:
		return unlink(name);
	case DIFF_CHMOD:
		return chmod(name, op->mode);
	case DIFF_KINDS:
		break;
	}
	return 0;
}

static void reset_worker(struct worker *w)
{
	for (int i = 0; i < DIFF_MAPS; i++) {
		if (w->map[i])
			munmap(w->map[i], MAP_BYTES);
		w->map[i] = NULL;
	}
	for (int i = 0; i < DIFF_FDS; i++) {
		if (w->fd[i] >= 0)
			close(w->fd[i]);
		w->fd[i] = -1;
	}
}

static void __attribute__((noreturn))
serve(struct diff *d, struct worker *w, struct diff_outcome *out, bool other)
{
	struct turn t;

	if (chdir(w->dir) || (other && (setgid(1000) || setuid(1000))))
		_exit(1);
	signal(SIGBUS, on_bus);
	umask(022);
	w->buf = aligned(MIB);
	memset(w->fd, -1, sizeof(w->fd));
	while (read(w->to, &t, sizeof(t)) == sizeof(t)) {
		if (!t.to)
			reset_worker(w);
		for (uint32_t i = t.from; i < t.to; i++) {
			out[i] = (struct diff_outcome){ 0 };
			errno = 0;
			out[i].ret = perform(w, &d->ops[i], &out[i]);
			out[i].err = out[i].ret < 0 ? errno : 0;
		}
		if (write(w->from, &t, 1) != 1)
			break;
	}
	_exit(0);
}

static void start_worker(struct diff *d, int side, int proc)
{
	struct worker *w = &d->w[side][proc];
	int to[2], from[2];

	strcpy(w->dir, d->dir[side]);
	must(!pipe2(to, O_CLOEXEC) && !pipe2(from, O_CLOEXEC));
	if (!helper()) {
		w->to = to[0];
		w->from = from[1];
		close(to[1]);
		close(from[0]);
		serve(d, w, d->out[side], proc == DIFF_PROCS - 1);
	}
	w->to = to[1];
	w->from = from[0];
	close(to[0]);
	close(from[1]);
}

/* Both sides' process @proc has its turn, at the same time. */
static void both(struct diff *d, int proc, struct turn t)
{
	for (int s = 0; s < SIDES; s++)
		must(write(d->w[s][proc].to, &t, sizeof(t)) == sizeof(t));
	for (int s = 0; s < SIDES; s++) {
		struct pollfd p = { .fd = d->w[s][proc].from,
				    .events = POLLIN };
		char text[400], done;

		if (poll(&p, 1, 60000) != 1) {
			snprintf(text, sizeof(text), "closing everything");
			if (t.to)
				diff_describe(&d->ops[t.from], text,
					      sizeof(text));
			check_fail("no answer within 60 s on %s, from %s",
				   s ? "fuse" : "raw", text);
		}
		if (read(p.fd, &done, 1) != 1)
			check_fail("a process of side %s died",
				   s ? "fuse" : "raw");
	}
}

/* --- comparing --------------------------------------------------------------------- */

static bool same(const struct diff_outcome *a, const struct diff_outcome *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void outcome_text(const struct diff_outcome *o, char *t, size_t size)
{
	snprintf(t, size, "%" PRId64 "%s%s crc %08x size %" PRIu64 " mode %o nlink %u uid %u",
		 o->ret, o->ret < 0 ? " " : "",
		 o->ret >= 0 ? "" : o->err < 0 ? "SIGBUS" :
		 strerrorname_np(o->err), o->crc, o->size, o->mode, o->nlink,
		 o->uid);
}

struct contents {
	bool there;
	uint32_t crc;
	uint64_t size;
	mode_t mode;
};

/* What is at the name, on XFS itself. */
static struct contents contents(struct diff *d, int side, int name, char *buf)
{
	struct contents k = { 0 };
	char path[FPB_PATH_MAX + 16];
	struct stat st;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/f%d", d->below[side], name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return k;
	k.there = true;
	must(!fstat(fd, &st));
	k.size = st.st_size;
	k.mode = st.st_mode;
	while ((n = read(fd, buf, MIB)) > 0)
		k.crc = crc32c(k.crc, buf, n);
	close(fd);
	return k;
}

static bool contents_differ(struct diff *d)
{
	static char *buf;

	if (!buf)
		buf = aligned(MIB);
	for (int name = 0; name < DIFF_NAMES; name++) {
		struct contents a = contents(d, 0, name, buf);
		struct contents b = contents(d, 1, name, buf);

		if (a.there == b.there && a.crc == b.crc && a.size == b.size &&
		    a.mode == b.mode)
			continue;
		snprintf(d->why, sizeof(d->why),
			 "at the end f%d on raw: %s crc %08x size %" PRIu64 " mode %o; on fuse: %s crc %08x size %" PRIu64 " mode %o",
			 name, a.there ? "there" : "not there", a.crc, a.size,
			 a.mode, b.there ? "there" : "not there", b.crc,
			 b.size, b.mode);
		return true;
	}
	return false;
}

/* Fresh folders and processes without open files. */
static void reset(struct diff *d)
{
	for (int p = 0; p < DIFF_PROCS; p++)
		both(d, p, (struct turn){ 0, 0 });
	for (int s = 0; s < SIDES; s++) {
		for (int name = 0; name < DIFF_NAMES; name++) {
			char path[FPB_PATH_MAX + 16];

			snprintf(path, sizeof(path), "%s/f%d", d->dir[s],
				 name);
			if (unlink(path) && errno != ENOENT)
				check_fail("unlink %s: %s", path,
					   strerror(errno));
		}
	}
}

/* Whether raw and fuse differ; why is in d->why. */
static bool differs(const struct diff_op *ops, size_t n, void *arg)
{
	struct diff *d = arg;
	char call[300], a[150], b[150];

	reset(d);
	memcpy(d->ops, ops, n * sizeof(*ops));
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i; k < n && ops[k].proc == ops[i].proc; k++)
			;
		both(d, ops[i].proc, (struct turn){ i, k });
	}
	for (size_t i = 0; i < n; i++) {
		struct diff_outcome *raw = &d->out[0][i];
		struct diff_outcome *fuse = &d->out[1][i];

		d->succeeded += raw->ret >= 0;
		if (same(raw, fuse))
			continue;
		diff_describe(&ops[i], call, sizeof(call));
		outcome_text(raw, a, sizeof(a));
		outcome_text(fuse, b, sizeof(b));
		snprintf(d->why, sizeof(d->why), "%s: raw %s; fuse %s", call, a,
			 b);
		return true;
	}
	return contents_differ(d);
}

/* --- the case ------------------------------------------------------------------------ */

static void set_up(struct diff *d)
{
	static const char *const sides[] = { "raw", "fuse" };
	struct check *c = d->c;
	size_t bytes = SEQUENCE * sizeof(*d->ops) +
		       SIDES * SEQUENCE * sizeof(**d->out);

	c->rig.daemon_options = "allow_other,suid";
	rig_plain(c, 1024);
	d->ops = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(d->ops != MAP_FAILED);
	d->out[0] = (struct diff_outcome *)(d->ops + SEQUENCE);
	d->out[1] = d->out[0] + SEQUENCE;
	for (int s = 0; s < SIDES; s++) {
		strcpy(d->below[s], at(c, "raw", sides[s]));
		strcpy(d->dir[s], at(c, sides[s], sides[s]));
		must(!mkdir(d->below[s], 0777) && !chmod(d->below[s], 0777));
		for (int p = 0; p < DIFF_PROCS; p++)
			start_worker(d, s, p);
	}
}

static void write_program(struct diff *d, const struct diff_op *ops, size_t n,
			  unsigned long seed, char *path)
{
	FILE *out;

	must(!fpb_path(path, "%s/reproducer-%lu.c", d->c->share, seed));
	out = fopen(path, "we");
	must(out);
	fprintf(out, "/* %s */\n", d->why);
	diff_print_c(out, ops, n);
	must(!fclose(out));
}

/* Shortens what was found, keeps it as a program, and says what it is. */
static void found(struct diff *d, struct diff_op *ops, size_t n,
		  unsigned long seed, const struct diff_spec *spec)
{
	char path[FPB_PATH_MAX], text[1500] = "", call[320];

	n = diff_shrink(ops, n, differs, d, 2000);
	/* Once more, for the reason that goes with what is left. */
	if (!differs(ops, n, d))
		snprintf(d->why, sizeof(d->why), "not every time");
	write_program(d, ops, n, seed, path);
	for (size_t i = 0; i < n; i++) {
		diff_describe(&ops[i], call, sizeof(call));
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 " | %s", call);
	}
	if (spec->setfl)
		check_hazard("seed %lu: %s; %zu operations:%s", seed, d->why,
			     n, text);
	else
		check_fail("seed %lu: %s; %zu operations:%s (a program: %s)",
			   seed, d->why, n, text, strrchr(path, '/') + 1);
}

static void differential(struct check *c, const struct diff_spec *spec)
{
	struct diff *d = calloc(1, sizeof(*d));
	struct diff_op ops[SEQUENCE];
	unsigned int seconds = c->seconds ? c->seconds : c->full ? 60 : 5;
	uint64_t until = fpb_now_ms() + seconds * 1000ULL, sequences = 0;

	must(d);
	d->c = c;
	set_up(d);
	for (; fpb_now_ms() < until; sequences++) {
		/* Other seeds give other sequences, all the way. */
		unsigned long seed = c->seed * 10000000 + sequences;

		diff_generate(ops, SEQUENCE, seed, spec);
		if (differs(ops, SEQUENCE, d)) {
			found(d, ops, SEQUENCE, seed, spec);
			break;
		}
	}
	check_fact("sequences", sequences);
	check_fact("operations", sequences * SEQUENCE);
	check_fact("of_them_successful", d->succeeded);
	check_fact("seconds", seconds);
}

static void differential_plain(struct check *c)
{
	differential(c, &(struct diff_spec){ .setfl = false });
}

static void differential_setfl(struct check *c)
{
	differential(c, &(struct diff_spec){ .setfl = true });
}

const struct check_case diff_cases[] = {
	{ .name = "differential", .flags = CHECK_QUICK,
	  .run = differential_plain, .quick_s = 120, .full_s = 400,
	  .setup = "Two empty folders on one XFS, one of them seen through the mount.",
	  .workload = "The same random sequences of 80 operations in both, by 3 processes in lock-step, one of them another user: opens of all kinds, pwrite, write, pwritev2, AIO, splice, reads, truncate, fallocate, copy_file_range, mmap, msync, fsync, lseek, stat, link, rename, unlink, chmod.",
	  .lock_path = "All.",
	  .validates = "Results, errno, sizes, contents and modes are the same after each." },
	{ .name = "differential_setfl", .run = differential_setfl,
	  .quick_s = 120, .full_s = 400,
	  .setup = "As differential.",
	  .workload = "The same, with F_SETFL of O_APPEND and O_DIRECT.",
	  .lock_path = "All.",
	  .validates = "The same. Until F_SETFL reaches the backing file, that the test finds differences.",
	  .known = { { KIND_ANY, "F_SETFL does not reach the backing file (h4_*)" } } },
	{ .name = NULL }
};
