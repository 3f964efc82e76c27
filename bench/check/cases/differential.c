// SPDX-License-Identifier: GPL-2.0
/*
 * The same random operations on raw XFS and through the mount: results, errno,
 * sizes, contents and modes have to be the same after each. Several processes
 * in lock-step, so that there is one right answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/fileops/calls.h"
#include "check/fileops/diffop.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/stamp.h"
#include "os/clock.h"

#define SIDES		2		/* raw, fuse */
#define SEQUENCE	80

/* What a process is to do: operations from..to, or (to == 0) to start afresh. */
struct turn {
	uint32_t from, to;
};

/* One process of one side; what it has open is in the variables of diffcall.h. */
struct worker {
	int to, from;			/* pipes */
};

struct diff {
	struct check_context *c;
	struct worker w[SIDES][DIFF_PROCS];
	char dir[SIDES][FPB_PATH_MAX];	/* as the side sees it */
	char below[SIDES][FPB_PATH_MAX];	/* on XFS */
	/* Shared with the workers. */
	struct diff_op *ops;
	struct outcome *out[SIDES];	/* of each operation */
	char why[600];			/* what differed */
	uint64_t succeeded;		/* operations, on raw */
	uint64_t positions;		/* sequences that h3_position ended */
};

/* --- doing it --------------------------------------------------------------------- */

static int64_t perform(const struct diff_op *op)
{
	static const unsigned int rename_flags[] = { 0, RENAME_NOREPLACE,
						     RENAME_EXCHANGE };
	const int f = fd[op->fd], f2 = fd[op->fd2 % DIFF_FDS];
	const unsigned int m = op->fd2 % DIFF_MAPS;
	const size_t len = op->len;
	const loff_t off = op->off;
	char name[8], name2[8];

	snprintf(name, sizeof(name), "f%u", op->name);
	snprintf(name2, sizeof(name2), "f%u", op->name2);
	switch (op->kind) {
	case DIFF_OPEN:
		return open_at(op->fd, name, op->flags, op->mode);
	case DIFF_CLOSE:
		return close_at(op->fd);
	case DIFF_PWRITE:
		return pwrite(f, data(op->id, len), len, off);
	case DIFF_WRITE:
		return write(f, data(op->id, len), len);
	case DIFF_PWRITEV2:
		return pwritev2_at(f, data(op->id, len), len, off, op->flags);
	case DIFF_AIO_WRITE:
		return aio_write_at(f, data(op->id, len), len, off, op->flags);
	case DIFF_URING_WRITE:
		return uring_write_at(f, data(op->id, len), len, off,
				      op->flags, op->async ? IOSQE_ASYNC : 0);
	case DIFF_PREAD:
		return sum(pread(f, buf, len, off));
	case DIFF_READ:
		return sum(read(f, buf, len));
	case DIFF_FTRUNCATE:
		return ftruncate(f, off);
	case DIFF_TRUNCATE:
		return truncate(name, off);
	case DIFF_FALLOCATE:
		return fallocate(f, op->flags, off, len);
	case DIFF_COPY_RANGE:
		return copy_at(f, off, f2, op->off2, len);
	case DIFF_SPLICE:
		return splice_at(f, data(op->id, len), len, off);
	case DIFF_SENDFILE:
		return sendfile_at(f, f2, op->off2, len);
	case DIFF_SETFL:
		return fcntl(f, F_SETFL, op->flags);
	case DIFF_MMAP:
		return map_at(m, f, off);
	case DIFF_MUNMAP:
		return unmap_at(m);
	case DIFF_MWRITE:
		return map_write(m, off, data(op->id, len), len);
	case DIFF_MREAD:
		return map_read(m, off, len);
	case DIFF_MSYNC:
		return map_sync(m);
	case DIFF_FSYNC:
		return op->flags ? fdatasync(f) : fsync(f);
	case DIFF_LSEEK:
		return lseek(f, op->flags == SEEK_CUR ? off % 512 : off,
			     op->flags);
	case DIFF_SEEK:
		return seek_at(f, off, op->flags);
	case DIFF_FSTAT:
		return stat_fd(f);
	case DIFF_STAT:
		return stat_name(name);
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

static void close_everything(void)
{
	for (int i = 0; i < DIFF_MAPS; i++)
		unmap_at(i);
	for (int i = 0; i < DIFF_FDS; i++)
		if (fd[i] >= 0)
			close_at(i);
}

static void __attribute__((noreturn))
serve(struct diff *d, int side, const struct worker *w, bool other)
{
	struct outcome *out = d->out[side];
	struct turn t;

	if (chdir(d->dir[side]) || (other && (setgid(1000) || setuid(1000))))
		_exit(1);
	set_up_calls();
	while (read(w->to, &t, sizeof(t)) == sizeof(t)) {
		if (!t.to)
			close_everything();
		for (uint32_t i = t.from; i < t.to; i++) {
			got = (struct outcome){ 0 };
			errno = 0;
			got.ret = perform(&d->ops[i]);
			got.err = got.ret < 0 ? errno : 0;
			out[i] = got;
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

	must(!pipe2(to, O_CLOEXEC) && !pipe2(from, O_CLOEXEC));
	if (!check_fork()) {
		w->to = to[0];
		w->from = from[1];
		close(to[1]);
		close(from[0]);
		serve(d, side, w, proc == DIFF_PROCS - 1);
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

/* Raw XFS cannot break the promises of lseek(2), either. */
static bool same(const struct outcome *a, const struct outcome *b)
{
	return !memcmp(a, b, sizeof(*a)) && a->err >= SIGBUS_CAME;
}

struct contents {
	bool there;
	uint32_t crc;
	uint64_t size;
	mode_t mode;
};

/* What is at the name, on XFS itself. */
static struct contents contents(struct diff *d, int side, int name,
				char *block)
{
	struct contents k = { 0 };
	char path[FPB_PATH_MAX + 16];
	struct stat st;
	ssize_t n;
	int f;

	snprintf(path, sizeof(path), "%s/f%d", d->below[side], name);
	f = open(path, O_RDONLY | O_CLOEXEC);
	if (f < 0)
		return k;
	k.there = true;
	must(!fstat(f, &st));
	k.size = st.st_size;
	k.mode = st.st_mode;
	while ((n = read(f, block, MIB)) > 0)
		k.crc = crc32c(k.crc, block, n);
	close(f);
	return k;
}

static bool contents_differ(struct diff *d)
{
	static char *block;

	if (!block)
		block = check_buffer(MIB);
	for (int name = 0; name < DIFF_NAMES; name++) {
		struct contents a = contents(d, 0, name, block);
		struct contents b = contents(d, 1, name, block);

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

/*
 * The known failure h3_position: it ends the sequence, since from here on the
 * sides go different ways.
 */
static bool is_position(const struct diff_op *op, const struct outcome *raw,
			const struct outcome *fuse)
{
	return op->kind == DIFF_URING_WRITE && raw->ret >= 0 &&
	       fuse->err == EINVAL;
}

/* Whether raw and fuse differ; why is in d->why. */
static bool differs(const struct diff_op *ops, size_t n, void *arg)
{
	struct diff *d = arg;
	char call[300];

	reset(d);
	memcpy(d->ops, ops, n * sizeof(*ops));
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i; k < n && ops[k].proc == ops[i].proc; k++)
			;
		both(d, ops[i].proc, (struct turn){ i, k });
	}
	for (size_t i = 0; i < n; i++) {
		struct outcome *raw = &d->out[0][i];
		struct outcome *fuse = &d->out[1][i];

		d->succeeded += raw->ret >= 0;
		if (same(raw, fuse))
			continue;
		if (is_position(&ops[i], raw, fuse)) {
			d->positions++;
			return false;
		}
		diff_describe(&ops[i], call, sizeof(call));
		snprintf(d->why, sizeof(d->why), "%s: raw %s; fuse %s", call,
			 outcome_text(raw), outcome_text(fuse));
		return true;
	}
	return contents_differ(d);
}

/* --- the case ------------------------------------------------------------------------ */

static void set_up(struct diff *d)
{
	static const char *const sides[] = { "raw", "fuse" };
	struct check_context *c = d->c;
	size_t bytes = SEQUENCE * sizeof(*d->ops) +
		       SIDES * SEQUENCE * sizeof(**d->out);

	c->rig.daemon_options = "allow_other,suid";
	check_mount_fuse(c, 1024, 0);
	d->ops = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(d->ops != MAP_FAILED);
	d->out[0] = (struct outcome *)(d->ops + SEQUENCE);
	d->out[1] = d->out[0] + SEQUENCE;
	for (int s = 0; s < SIDES; s++) {
		strcpy(d->below[s], check_path(c, "raw", sides[s]));
		strcpy(d->dir[s], check_path(c, sides[s], sides[s]));
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
		  unsigned long seed)
{
	char path[FPB_PATH_MAX], text[1500] = "", call[320];
	unsigned int known = 0;

	n = diff_shrink(ops, n, differs, d, 2000);
	/* Once more, for the reason that goes with what is left. */
	if (!differs(ops, n, d))
		snprintf(d->why, sizeof(d->why), "not every time");
	write_program(d, ops, n, seed, path);
	for (size_t i = 0; i < n; i++) {
		diff_describe(&ops[i], call, sizeof(call));
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 " | %s", call);
		known |= diff_known(&ops[i]);
	}
	/* What is left of them is what it takes. */
	if (known)
		check_hazard("seed %lu: %s; %zu operations:%s", seed, d->why,
			     n, text);
	else
		check_fail("seed %lu: %s; %zu operations:%s (a program: %s)",
			   seed, d->why, n, text, strrchr(path, '/') + 1);
}

static void differential(struct check_context *c, unsigned int known)
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

		diff_generate(ops, SEQUENCE, seed, known);
		if (differs(ops, SEQUENCE, d)) {
			found(d, ops, SEQUENCE, seed);
			break;
		}
	}
	check_fact("sequences", sequences);
	check_fact("operations", sequences * SEQUENCE);
	check_fact("of_them_successful", d->succeeded);
	check_fact("sequences_ended_by_h3_position", d->positions);
	check_fact("seconds", seconds);
}

static void differential_plain(struct check_context *c)
{
	differential(c, 0);
}

static void differential_setfl(struct check_context *c)
{
	differential(c, DIFF_KNOWN_FLAGS);
}

static void differential_falloc(struct check_context *c)
{
	differential(c, DIFF_KNOWN_FALLOC);
}

const struct check_case differential_cases[] = {
	{ .name = "differential", .flags = CHECK_QUICK,
	  .run = differential_plain, .quick_s = 120, .full_s = 400,
	  .setup = "Two empty folders on one XFS, one of them seen through the mount.",
	  .workload = "The same random sequences of 80 operations in both, by 3 processes in lock-step, one of them another user: opens of all kinds, pwrite, write, pwritev2, libaio, io_uring, splice, sendfile, reads, truncate, fallocate, copy_file_range, mmap, msync, fsync, lseek with SEEK_DATA and SEEK_HOLE, stat, link, rename, unlink, chmod.",
	  .lock_path = "All.",
	  .validates = "Results, errno, sizes, contents and modes are the same after each." },
	{ .name = "differential_setfl", .run = differential_setfl,
	  .quick_s = 120, .full_s = 400,
	  .setup = "As differential.",
	  .workload = "The same, with F_SETFL of O_APPEND and O_DIRECT, and RWF_NOAPPEND.",
	  .lock_path = "All.",
	  .validates = "The same. Until F_SETFL reaches the backing file, that the test finds differences.",
	  .known = { { KERNEL_ANY, "the backing file keeps the flags that it was opened with: F_SETFL and RWF_NOAPPEND do not reach it (h4_*)" } } },
	{ .name = "differential_falloc", .run = differential_falloc,
	  .quick_s = 120, .full_s = 400,
	  .setup = "As differential.",
	  .workload = "The same, with FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE and FALLOC_FL_UNSHARE_RANGE.",
	  .lock_path = "All.",
	  .validates = "The same. Until FUSE has them, that the test finds differences.",
	  .known = { { KERNEL_ANY, "FUSE has no such modes of fallocate: EOPNOTSUPP, before a server could answer" } } },
	{ .name = NULL }
};
