// SPDX-License-Identifier: GPL-2.0
/*
 * The same random operations on raw XFS and through the mount: results, errno,
 * sizes, contents and modes have to be the same after each. Processes take
 * turns, so that there is one right answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/fileops/draw.h"
#include "check/fileops/perform.h"
#include "check/fileops/print.h"
#include "check/fileops/result.h"
#include "check/fileops/shrink.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/stamp.h"
#include "os/clock.h"

#define SEQUENCE	80

/* What a process does next: operations from..to, or (to == 0) close all. */
struct turn {
	uint32_t from, to;
};

/* One process of one side. */
struct worker {
	int to, from;			/* pipes */
};

struct differential {
	struct check_context *c;
	struct worker w[CHECK_SIDES][FILEOP_PROCS];
	const char *target;		/* the side that is not raw */
	char dir[CHECK_SIDES][FPB_PATH_MAX];	/* as the side sees it */
	char below[CHECK_SIDES][FPB_PATH_MAX];	/* below all mounts */
	/* Shared with the workers. */
	struct fileop *ops;
	struct call_result *results[CHECK_SIDES];	/* of each operation */
	char difference[600];
	uint64_t succeeded;		/* operations, on raw */
	uint64_t h3_position;		/* sequences that this hazard ended */
};

/* --- workers -------------------------------------------------------------- */

static void __attribute__((noreturn))
work(struct differential *d, int side, const struct worker *w, bool other_user)
{
	struct turn t;

	if (chdir(d->dir[side]) ||
	    (other_user && (setgid(1000) || setuid(1000))))
		_exit(1);
	fileop_set_up();
	while (read(w->to, &t, sizeof(t)) == sizeof(t)) {
		if (!t.to)
			fileop_close_all();
		for (uint32_t i = t.from; i < t.to; i++)
			fileop_perform(&d->ops[i], &d->results[side][i]);
		if (write(w->from, &t, 1) != 1)
			break;
	}
	_exit(0);
}

static void start_worker(struct differential *d, int side, int proc)
{
	struct worker *w = &d->w[side][proc];
	int to[2], from[2];

	must(!pipe2(to, O_CLOEXEC) && !pipe2(from, O_CLOEXEC));
	if (!check_fork()) {
		w->to = to[0];
		w->from = from[1];
		close(to[1]);
		close(from[0]);
		work(d, side, w, proc == FILEOP_PROCS - 1);
	}
	w->to = to[1];
	w->from = from[0];
	close(to[0]);
	close(from[1]);
}

static void wait_for_worker(struct differential *d, int side, int proc,
			    struct turn t)
{
	struct pollfd p = { .fd = d->w[side][proc].from, .events = POLLIN };
	char text[400] = "closing everything", done;

	if (poll(&p, 1, 60000) != 1) {
		if (t.to)
			fileop_describe(&d->ops[t.from], text, sizeof(text));
		check_fail("no answer within 60 s on %s, from %s",
			   check_sides[side], text);
	}
	if (read(p.fd, &done, 1) != 1)
		check_fail("a process of side %s died", check_sides[side]);
}

/* Process @proc of both sides has its turn, at the same time. */
static void take_turn(struct differential *d, int proc, struct turn t)
{
	for (int s = 0; s < CHECK_SIDES; s++)
		must(write(d->w[s][proc].to, &t, sizeof(t)) == sizeof(t));
	for (int s = 0; s < CHECK_SIDES; s++)
		wait_for_worker(d, s, proc, t);
}

/* Empty folders, and processes without open files. */
static void reset(struct differential *d)
{
	char path[FPB_PATH_MAX + 16];

	for (int p = 0; p < FILEOP_PROCS; p++)
		take_turn(d, p, (struct turn){ 0, 0 });
	for (int s = 0; s < CHECK_SIDES; s++) {
		for (int name = 0; name < FILEOP_NAMES; name++) {
			snprintf(path, sizeof(path), "%s/f%d", d->dir[s],
				 name);
			if (unlink(path) && errno != ENOENT)
				check_fail("unlink %s: %s", path,
					   strerror(errno));
		}
	}
}

static void perform_all(struct differential *d, const struct fileop *ops,
			size_t n)
{
	memcpy(d->ops, ops, n * sizeof(*ops));
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i; k < n && ops[k].proc == ops[i].proc; k++)
			;
		take_turn(d, ops[i].proc, (struct turn){ i, k });
	}
}

/* --- comparing ------------------------------------------------------------ */

/* Raw XFS must not break the promises of lseek(2), either. */
static bool same_result(const struct call_result *a,
			const struct call_result *b)
{
	return !memcmp(a, b, sizeof(*a)) && a->err >= SIGBUS_CAME;
}

/*
 * The hazard of the case h3_position. It ends the sequence: from here on the
 * sides go different ways.
 */
static bool is_h3_position(const struct fileop *op,
			   const struct call_result *raw,
			   const struct call_result *fuse)
{
	return op->kind == FILEOP_URING_WRITE && raw->ret >= 0 &&
	       fuse->err == EINVAL;
}

struct contents {
	bool exists;
	uint32_t crc;
	uint64_t size;
	mode_t mode;
};

/* What the filesystem below has under the name. */
static struct contents read_contents(struct differential *d, int side,
				     int name, char *block)
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
	k.exists = true;
	must(!fstat(fd, &st));
	k.size = st.st_size;
	k.mode = st.st_mode;
	while ((n = read(fd, block, MIB)) > 0)
		k.crc = crc32c(k.crc, block, n);
	close(fd);
	return k;
}

static const char *contents_text(const struct contents *k, char *text,
				 size_t size)
{
	if (!k->exists)
		return "does not exist";
	snprintf(text, size, "crc %08x size %" PRIu64 " mode %o", k->crc,
		 k->size, k->mode);
	return text;
}

static bool contents_differ(struct differential *d)
{
	static char *block;

	if (!block)
		block = check_buffer(MIB);
	for (int name = 0; name < FILEOP_NAMES; name++) {
		struct contents a = read_contents(d, 0, name, block);
		struct contents b = read_contents(d, 1, name, block);
		char raw[64], fuse[64];

		if (a.exists == b.exists && a.crc == b.crc &&
		    a.size == b.size && a.mode == b.mode)
			continue;
		snprintf(d->difference, sizeof(d->difference),
			 "at the end, f%d: raw %s; %s %s", name,
			 contents_text(&a, raw, sizeof(raw)), d->target,
			 contents_text(&b, fuse, sizeof(fuse)));
		return true;
	}
	return false;
}

/* Whether the sides differ after @ops; if so, how is in d->difference. */
static bool sides_differ(const struct fileop *ops, size_t n, void *arg)
{
	struct differential *d = arg;
	char call[300];

	reset(d);
	perform_all(d, ops, n);
	for (size_t i = 0; i < n; i++) {
		struct call_result *raw = &d->results[0][i];
		struct call_result *fuse = &d->results[1][i];

		d->succeeded += raw->ret >= 0;
		if (same_result(raw, fuse))
			continue;
		if (is_h3_position(&ops[i], raw, fuse)) {
			d->h3_position++;
			return false;
		}
		fileop_describe(&ops[i], call, sizeof(call));
		snprintf(d->difference, sizeof(d->difference),
			 "%s: raw %s; %s %s", call, call_result_text(raw),
			 d->target, call_result_text(fuse));
		return true;
	}
	return contents_differ(d);
}

/* --- the case ------------------------------------------------------------- */

struct drawn {
	unsigned int known;		/* differences that are drawn, too */
	const char *fs;			/* below; NULL: XFS */
	/* Mounts, of which the last is compared with it; none: "fuse". */
	const char *targets[3];
};

static void mount_target(struct differential *d)
{
	static const char *const fuse[] = { "fuse", NULL };
	const struct drawn *drawn = d->c->row->variant;
	const char *const *targets = *drawn->targets ? drawn->targets : fuse;

	d->c->rig.daemon_options = "allow_other,suid";
	if (drawn->fs)
		d->c->rig.fs = fpb_filesystem_find(drawn->fs);
	check_mount(d->c, 1024, 0, targets);
	for (; *targets; targets++)
		d->target = *targets;
}

static void set_up(struct differential *d)
{
	struct check_context *c = d->c;

	mount_target(d);
	d->ops = check_shared_memory(SEQUENCE * sizeof(*d->ops));
	for (int s = 0; s < CHECK_SIDES; s++) {
		const char *target = s ? d->target : "raw";

		d->results[s] = check_shared_memory(SEQUENCE *
						    sizeof(*d->results[s]));
		strcpy(d->below[s], check_below(c, target, target));
		strcpy(d->dir[s], check_path(c, target, target));
		must(!mkdir(d->dir[s], 0777) && !chmod(d->dir[s], 0777));
		for (int p = 0; p < FILEOP_PROCS; p++)
			start_worker(d, s, p);
	}
}

static void write_program(struct differential *d, const struct fileop *ops,
			  size_t n, const char *name)
{
	char path[FPB_PATH_MAX];
	FILE *out;

	must(!fpb_path(path, "%s/%s", d->c->share, name));
	out = fopen(path, "we");
	must(out);
	fprintf(out, "/* %s */\n", d->difference);
	fileop_print_program(out, ops, n);
	must(!fclose(out));
}

/* Shorten the sequence, write it as a program, and end the case by it. */
static void report_difference(struct differential *d, struct fileop *ops,
			      size_t n, unsigned long seed)
{
	char program[64], text[1500] = "", call[320];
	unsigned int known = 0;

	n = fileop_shrink(ops, n, sides_differ, d, 2000);
	/* Once more, for the difference that is left. */
	if (!sides_differ(ops, n, d))
		snprintf(d->difference, sizeof(d->difference),
			 "not every time");
	snprintf(program, sizeof(program), "reproducer-%lu.c", seed);
	write_program(d, ops, n, program);
	for (size_t i = 0; i < n; i++) {
		fileop_describe(&ops[i], call, sizeof(call));
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 " | %s", call);
		known |= fileop_known(&ops[i]);
	}
	/* The operations that are left are those that it takes. */
	if (known)
		check_hazard("seed %lu: %s; %zu operations:%s", seed,
			     d->difference, n, text);
	else
		check_fail("seed %lu: %s; %zu operations:%s (program: %s)",
			   seed, d->difference, n, text, program);
}

static void differential(struct check_context *c)
{
	const struct drawn *drawn = c->row->variant;
	struct differential *d = calloc(1, sizeof(*d));
	struct fileop ops[SEQUENCE];
	unsigned int seconds = c->seconds ? c->seconds : c->full ? 60 : 5;
	uint64_t until = fpb_now_ms() + seconds * 1000ULL, sequences = 0;

	must(d);
	d->c = c;
	set_up(d);
	for (; fpb_now_ms() < until; sequences++) {
		/* The sequences of two seeds have none in common. */
		unsigned long seed = c->seed * 10000000 + sequences;

		fileop_draw(ops, SEQUENCE, seed, drawn->known);
		if (sides_differ(ops, SEQUENCE, d)) {
			report_difference(d, ops, SEQUENCE, seed);
			break;
		}
	}
	check_fact("sequences", sequences);
	check_fact("operations", sequences * SEQUENCE);
	check_fact("of_them_successful", d->succeeded);
	check_fact("sequences_ended_by_h3_position", d->h3_position);
	check_fact("seconds", seconds);
}

const struct check_case differential_cases[] = {
	{ .name = "differential", .flags = CHECK_QUICK, .run = differential,
	  .variant = &(const struct drawn){ 0 },
	  .full_s = 400,
	  .setup = "Two empty folders on one XFS, one of them seen through the mount.",
	  .workload = "The same random sequences of 80 operations in both, by 3 processes that take turns, one of them another user: opens with all flags, pwrite, write, pwritev2, libaio, io_uring, splice, sendfile, reads, truncate, fallocate, copy_file_range, mmap, msync, fsync, lseek with SEEK_DATA and SEEK_HOLE, stat, link, rename, unlink, chmod.",
	  .lock_path = "All.",
	  .validates = "Results, errno, sizes, contents and modes are the same after each." },
	{ .name = "differential_setfl", .flags = CHECK_MENDED,
	  .run = differential,
	  .variant = &(const struct drawn){ .known = FILEOP_KNOWN_FLAGS },
	  .full_s = 400,
	  .setup = "As differential.",
	  .workload = "The same, with F_SETFL of O_APPEND and O_DIRECT, and RWF_NOAPPEND, without splice, sendfile and copy_file_range, which go by the flags of the open.",
	  .lock_path = "All.",
	  .validates = "As differential. Until F_SETFL reaches the backing file: that the test finds the difference.",
	  .known = { { KERNEL_ANY, "the backing file keeps the flags that it was opened with: F_SETFL and RWF_NOAPPEND do not reach it (h4_*)" } } },
	{ .name = "differential_overlay", .run = differential,
	  .variant = &(const struct drawn){ .targets = { "overlay" } },
	  .full_s = 400,
	  .setup = "An empty folder on XFS, and one on overlayfs over XFS.",
	  .workload = "As differential.",
	  .lock_path = "None of FUSE: overlayfs, which shares fs/backing-file.c.",
	  .validates = "As differential, for overlayfs." },
	{ .name = "differential_on_overlay", .run = differential,
	  .variant = &(const struct drawn){
		.targets = { "overlay", "fuse-on-overlay" } },
	  .full_s = 400,
	  .setup = "The same, with FUSE over that overlayfs.",
	  .workload = "As differential.",
	  .lock_path = "All.",
	  .validates = "As differential, with a backing file that has one itself." },
	{ .name = "differential_on_fuse", .flags = CHECK_MENDED,
	  .run = differential, .lockdep = CHECK_ONE_CLASS,
	  .variant = &(const struct drawn){
		.targets = { "fuse", "fuse-on-fuse" } },
	  .full_s = 400,
	  .setup = "The same, with FUSE over FUSE.",
	  .workload = "As differential.",
	  .lock_path = "All, twice.",
	  .validates = "As differential, with a backing file that has one itself." },
	{ .name = "differential_ext4", .run = differential,
	  .variant = &(const struct drawn){ .fs = "ext4" },
	  .full_s = 400,
	  .setup = "Two empty folders on one ext4, one of them seen through the mount.",
	  .workload = "As differential.",
	  .lock_path = "All.",
	  .validates = "As differential, over ext4." },
	{ .name = "differential_falloc", .run = differential,
	  .variant = &(const struct drawn){ .known = FILEOP_KNOWN_FALLOC },
	  .full_s = 400,
	  .setup = "As differential.",
	  .workload = "The same, with FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE and FALLOC_FL_UNSHARE_RANGE.",
	  .lock_path = "All.",
	  .validates = "As differential. Until FUSE has these modes: that the test finds the difference.",
	  .known = { { KERNEL_ANY, "FUSE does not have these modes of fallocate: EOPNOTSUPP, before a server could answer" } } },
	{ .name = NULL }
};
