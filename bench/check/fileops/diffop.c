// SPDX-License-Identifier: GPL-2.0
#include "check/fileops/diffop.h"

#include <fcntl.h>
#include <gsl/gsl_rng.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND	0x20
#endif

/* How often, in relation to each other. */
static const struct {
	const char *name;
	unsigned int weight;
} kinds[] = {
	[DIFF_OPEN] = { "open", 14 },
	[DIFF_CLOSE] = { "close", 5 },
	[DIFF_PWRITE] = { "pwrite", 16 },
	[DIFF_WRITE] = { "write", 8 },
	[DIFF_PWRITEV2] = { "pwritev2", 6 },
	[DIFF_AIO_WRITE] = { "aio_write", 6 },
	[DIFF_URING_WRITE] = { "uring_write", 6 },
	[DIFF_PREAD] = { "pread", 8 },
	[DIFF_READ] = { "read", 4 },
	[DIFF_FTRUNCATE] = { "ftruncate", 6 },
	[DIFF_TRUNCATE] = { "truncate", 3 },
	[DIFF_FALLOCATE] = { "fallocate", 8 },
	[DIFF_COPY_RANGE] = { "copy_file_range", 4 },
	[DIFF_SPLICE] = { "splice", 3 },
	[DIFF_SENDFILE] = { "sendfile", 3 },
	[DIFF_SETFL] = { "fcntl", 5 },
	[DIFF_MMAP] = { "mmap", 4 },
	[DIFF_MUNMAP] = { "munmap", 2 },
	[DIFF_MWRITE] = { "memset", 6 },
	[DIFF_MREAD] = { "memread", 4 },
	[DIFF_MSYNC] = { "msync", 1 },
	[DIFF_FSYNC] = { "fsync", 1 },
	[DIFF_LSEEK] = { "lseek", 4 },
	[DIFF_SEEK] = { "seek_data_hole", 6 },
	[DIFF_FSTAT] = { "fstat", 6 },
	[DIFF_STAT] = { "stat", 4 },
	[DIFF_LINK] = { "link", 3 },
	[DIFF_RENAME] = { "rename", 3 },
	[DIFF_UNLINK] = { "unlink", 3 },
	[DIFF_CHMOD] = { "chmod", 3 },
};

struct draw {
	gsl_rng *rng;
	unsigned int proc;		/* whose turn it is */
	bool direct[DIFF_PROCS][DIFF_FDS];	/* as it was opened */
};

static unsigned long below(struct draw *d, unsigned long n)
{
	return gsl_rng_uniform_int(d->rng, n);
}

static bool one_in(struct draw *d, unsigned long n)
{
	return !below(d, n);
}

static enum diff_kind draw_kind(struct draw *d)
{
	unsigned int sum = 0, x;
	int k = 0;

	for (int i = 0; i < DIFF_KINDS; i++)
		sum += kinds[i].weight;
	x = below(d, sum);
	while (x >= kinds[k].weight)
		x -= kinds[k++].weight;
	return k;
}

/* Few places, so that operations meet; most of them at edges of blocks. */
static off_t draw_offset(struct draw *d, bool direct)
{
	off_t block = below(d, one_in(d, 6) ? DIFF_MAX / 4096 : 16) * 4096;

	if (direct && !one_in(d, 20))
		return block + (one_in(d, 4) ? 512 * below(d, 8) : 0);
	switch (below(d, 4)) {
	case 0:	return block + below(d, 4096);
	case 1:	return block ? block - 1 : 1;
	default: return block;
	}
}

static size_t draw_length(struct draw *d, bool direct)
{
	if (direct && !one_in(d, 20))
		return one_in(d, 3) ? 512 * (1 + below(d, 16)) :
				      4096 * (1 + below(d, 8));
	return one_in(d, 3) ? 1 + below(d, 100) : 1 + below(d, 20000);
}

static int draw_open_flags(struct draw *d)
{
	static const int modes[] = { O_RDWR, O_RDWR, O_RDWR, O_WRONLY,
				     O_RDONLY };
	int flags = modes[below(d, 5)];

	flags |= one_in(d, 4) ? 0 : O_CREAT;
	flags |= one_in(d, 10) ? O_EXCL : 0;
	flags |= one_in(d, 8) ? O_TRUNC : 0;
	flags |= one_in(d, 4) ? O_APPEND : 0;
	flags |= one_in(d, 2) ? O_DIRECT : 0;
	flags |= one_in(d, 15) ? O_DSYNC : one_in(d, 15) ? O_SYNC : 0;
	return flags;
}

static int draw_falloc(struct draw *d)
{
	static const int modes[] = {
		0, FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE,
		FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE,
		FALLOC_FL_UNSHARE_RANGE,
		FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_KEEP_SIZE,
	};

	return modes[below(d, sizeof(modes) / sizeof(*modes))];
}

static int draw_rwf(struct draw *d)
{
	static const int flags[] = { 0, RWF_APPEND, RWF_HIPRI, RWF_NOAPPEND };

	if (one_in(d, 10))
		return one_in(d, 2) ? RWF_DSYNC : RWF_SYNC;
	return flags[below(d, 4)];
}

unsigned int diff_known(const struct diff_op *op)
{
	const int falloc = FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE |
			   FALLOC_FL_UNSHARE_RANGE;

	switch (op->kind) {
	case DIFF_SETFL:
		return DIFF_KNOWN_FLAGS;
	case DIFF_PWRITEV2:
	case DIFF_AIO_WRITE:
	case DIFF_URING_WRITE:
		return op->flags & RWF_NOAPPEND ? DIFF_KNOWN_FLAGS : 0;
	case DIFF_FALLOCATE:
		return op->flags & falloc ? DIFF_KNOWN_FALLOC : 0;
	default:
		return 0;
	}
}

static void draw_op(struct draw *d, struct diff_op *op)
{
	/*
	 * No set-uid bits: where a file gets them while it is open, fpfs(8)
	 * has a difference of its own. The case privs_fpfs is about them.
	 */
	static const mode_t modes[] = { 0644, 0666, 0600, 0777, 0755, 0664,
					0640, 0444 };
	bool direct;

	op->kind = draw_kind(d);
	/* A few in a row: to hand over costs more than an operation. */
	if (one_in(d, 10))
		d->proc = one_in(d, 2) ? 0 : below(d, DIFF_PROCS);
	op->proc = d->proc;
	op->fd = below(d, DIFF_FDS);
	op->fd2 = below(d, DIFF_FDS);
	op->name = one_in(d, 2) ? 0 : below(d, DIFF_NAMES);
	op->name2 = below(d, DIFF_NAMES);
	op->mode = modes[below(d, 8)];
	direct = d->direct[op->proc][op->fd];
	op->off = draw_offset(d, direct);
	op->off2 = draw_offset(d, false);
	op->len = draw_length(d, direct);
	switch (op->kind) {
	case DIFF_OPEN:
		op->flags = draw_open_flags(d);
		d->direct[op->proc][op->fd] = op->flags & O_DIRECT;
		break;
	case DIFF_FALLOCATE:
		op->flags = draw_falloc(d);
		if (op->flags & (FALLOC_FL_COLLAPSE_RANGE |
				 FALLOC_FL_INSERT_RANGE)) {
			op->off &= ~4095;
			op->len = (op->len + 4095) & ~4095UL;
		}
		break;
	case DIFF_PWRITEV2:
		op->flags = draw_rwf(d) | (one_in(d, 3) ? RWF_NOWAIT : 0);
		break;
	case DIFF_AIO_WRITE:
	case DIFF_URING_WRITE:
		op->flags = draw_rwf(d);
		op->async = one_in(d, 2);
		break;
	case DIFF_SENDFILE:
		/* Where it reads has to be aligned. */
		direct = d->direct[op->proc][op->fd2];
		op->off2 = draw_offset(d, direct);
		op->len = draw_length(d, direct);
		break;
	case DIFF_SETFL:
		op->flags = (one_in(d, 2) ? O_DIRECT : 0) |
			    (one_in(d, 2) ? O_APPEND : 0);
		break;
	case DIFF_LSEEK:
		op->flags = below(d, 3);	/* SEEK_SET, _CUR, _END */
		break;
	case DIFF_SEEK:
		op->flags = one_in(d, 2) ? SEEK_DATA : SEEK_HOLE;
		break;
	case DIFF_MMAP:
	case DIFF_MUNMAP:
	case DIFF_MWRITE:
	case DIFF_MREAD:
	case DIFF_MSYNC:
		op->fd2 = below(d, DIFF_MAPS);
		op->off = op->kind == DIFF_MMAP ? below(d, 8) * 4096 :
						  below(d, 65536);
		op->len = 1 + below(d, 5000);
		break;
	case DIFF_FSYNC:
		op->flags = below(d, 2);	/* fsync, fdatasync */
		break;
	case DIFF_RENAME:
		op->flags = below(d, 3);	/* none, NOREPLACE, EXCHANGE */
		break;
	default:
		break;
	}
}

void diff_generate(struct diff_op *ops, size_t n, unsigned long seed,
		   unsigned int known)
{
	struct draw d = { .rng = gsl_rng_alloc(gsl_rng_mt19937) };

	if (!d.rng)
		abort();
	gsl_rng_set(d.rng, seed);
	memset(ops, 0, n * sizeof(*ops));
	for (size_t i = 0; i < n; i++) {
		ops[i].id = i + 1;
		if (i < 2) {
			/* Something to work on, from the start. */
			ops[i] = (struct diff_op){
				.kind = DIFF_OPEN, .id = i + 1, .fd = i,
				.flags = O_CREAT | O_RDWR |
					 (i ? O_DIRECT : 0), .mode = 0666 };
			d.direct[0][i] = i;
			continue;
		}
		do
			draw_op(&d, &ops[i]);
		while (diff_known(&ops[i]) & ~known);
	}
	gsl_rng_free(d.rng);
}

/* --- shorter ------------------------------------------------------------------ */

size_t diff_shrink(struct diff_op *ops, size_t n,
		   bool (*fails)(const struct diff_op *ops, size_t n,
				 void *arg),
		   void *arg, unsigned int budget)
{
	struct diff_op *t = malloc(n * sizeof(*t));
	bool again = true;

	if (!t)
		return n;
	while (again && budget) {
		again = false;
		for (size_t step = n / 2 ? n / 2 : 1; step; step /= 2) {
			for (size_t at = 0; at < n && budget;) {
				size_t cut = step < n - at ? step : n - at;

				memcpy(t, ops, at * sizeof(*t));
				memcpy(t + at, ops + at + cut,
				       (n - at - cut) * sizeof(*t));
				budget--;
				if (n > cut && fails(t, n - cut, arg)) {
					n -= cut;
					memcpy(ops, t, n * sizeof(*t));
					again = true;
				} else {
					at += cut;
				}
			}
		}
	}
	for (size_t i = 0; i < n && budget; i++) {
		if (!ops[i].proc)
			continue;
		memcpy(t, ops, n * sizeof(*t));
		for (size_t k = 0; k < n; k++)
			if (t[k].proc == ops[i].proc)
				t[k].proc = 0;
		budget--;
		if (fails(t, n, arg))
			memcpy(ops, t, n * sizeof(*t));
	}
	free(t);
	return n;
}

/* --- for people ------------------------------------------------------------------ */

static const struct flag_name {
	int flag;
	const char *name;
} open_flags[] = {
	{ O_CREAT, "O_CREAT" }, { O_EXCL, "O_EXCL" }, { O_TRUNC, "O_TRUNC" },
	{ O_APPEND, "O_APPEND" }, { O_DIRECT, "O_DIRECT" },
	/* O_SYNC holds O_DSYNC. */
	{ O_SYNC, "O_SYNC" }, { O_DSYNC, "O_DSYNC" }, { 0, NULL }
}, falloc_flags[] = {
	{ FALLOC_FL_KEEP_SIZE, "FALLOC_FL_KEEP_SIZE" },
	{ FALLOC_FL_PUNCH_HOLE, "FALLOC_FL_PUNCH_HOLE" },
	{ FALLOC_FL_ZERO_RANGE, "FALLOC_FL_ZERO_RANGE" },
	{ FALLOC_FL_COLLAPSE_RANGE, "FALLOC_FL_COLLAPSE_RANGE" },
	{ FALLOC_FL_INSERT_RANGE, "FALLOC_FL_INSERT_RANGE" },
	{ FALLOC_FL_UNSHARE_RANGE, "FALLOC_FL_UNSHARE_RANGE" }, { 0, NULL }
}, rwf_flags[] = {
	{ RWF_DSYNC, "RWF_DSYNC" }, { RWF_SYNC, "RWF_SYNC" },
	{ RWF_APPEND, "RWF_APPEND" }, { RWF_HIPRI, "RWF_HIPRI" },
	{ RWF_NOWAIT, "RWF_NOWAIT" }, { RWF_NOAPPEND, "RWF_NOAPPEND" },
	{ 0, NULL }
};

static const char *flags_text(const struct flag_name *names, int flags,
			      const char *first)
{
	static char text[200];

	snprintf(text, sizeof(text), "%s", first);
	for (; names->name; names++) {
		if ((flags & names->flag) != names->flag)
			continue;
		flags &= ~names->flag;
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%s", *text ? " | " : "", names->name);
	}
	return *text ? text : "0";
}

static const char *open_text(int flags)
{
	static const char *const access[] = { "O_RDONLY", "O_WRONLY",
					      "O_RDWR" };

	return flags_text(open_flags, flags & ~O_ACCMODE,
			  access[flags & O_ACCMODE]);
}

/* One call, as C, with the arrays of diff_print_c(). */
static void call_text(const struct diff_op *o, char *t, size_t size)
{
	static const char *const whence[] = { "SEEK_SET", "SEEK_CUR",
					      "SEEK_END" };
	static const char *const rename_flags[] = { "0", "RENAME_NOREPLACE",
						    "RENAME_EXCHANGE" };
	const long long off = o->off, off2 = o->off2;
	const unsigned int f = o->fd, m = o->fd2;

	switch (o->kind) {
	case DIFF_OPEN:
		snprintf(t, size, "open_at(%u, \"f%u\", %s, 0%o)", f, o->name,
			 open_text(o->flags), o->mode);
		break;
	case DIFF_CLOSE:
		snprintf(t, size, "close_at(%u)", f);
		break;
	case DIFF_PWRITE:
		snprintf(t, size, "pwrite(fd[%u], data(%u, %zu), %zu, %lld)", f,
			 o->id, o->len, o->len, off);
		break;
	case DIFF_WRITE:
		snprintf(t, size, "write(fd[%u], data(%u, %zu), %zu)", f,
			 o->id, o->len, o->len);
		break;
	case DIFF_PWRITEV2:
		snprintf(t, size, "pwritev2_at(fd[%u], data(%u, %zu), %zu, %lld, %s)",
			 f, o->id, o->len, o->len, off,
			 flags_text(rwf_flags, o->flags, ""));
		break;
	case DIFF_AIO_WRITE:
		snprintf(t, size, "aio_write_at(fd[%u], data(%u, %zu), %zu, %lld, %s)",
			 f, o->id, o->len, o->len, off,
			 flags_text(rwf_flags, o->flags, ""));
		break;
	case DIFF_URING_WRITE:
		snprintf(t, size, "uring_write_at(fd[%u], data(%u, %zu), %zu, %lld, %s, %s)",
			 f, o->id, o->len, o->len, off,
			 flags_text(rwf_flags, o->flags, ""),
			 o->async ? "IOSQE_ASYNC" : "0");
		break;
	case DIFF_PREAD:
		snprintf(t, size, "sum(pread(fd[%u], buf, %zu, %lld))", f,
			 o->len, off);
		break;
	case DIFF_READ:
		snprintf(t, size, "sum(read(fd[%u], buf, %zu))", f, o->len);
		break;
	case DIFF_FTRUNCATE:
		snprintf(t, size, "ftruncate(fd[%u], %lld)", f, off);
		break;
	case DIFF_TRUNCATE:
		snprintf(t, size, "truncate(\"f%u\", %lld)", o->name, off);
		break;
	case DIFF_FALLOCATE:
		snprintf(t, size, "fallocate(fd[%u], %s, %lld, %zu)", f,
			 flags_text(falloc_flags, o->flags, ""), off, o->len);
		break;
	case DIFF_COPY_RANGE:
		snprintf(t, size, "copy_at(fd[%u], %lld, fd[%u], %lld, %zu)", f,
			 off, m, off2, o->len);
		break;
	case DIFF_SPLICE:
		snprintf(t, size, "splice_at(fd[%u], data(%u, %zu), %zu, %lld)",
			 f, o->id, o->len, o->len, off);
		break;
	case DIFF_SENDFILE:
		snprintf(t, size, "sendfile_at(fd[%u], fd[%u], %lld, %zu)", f,
			 m, off2, o->len);
		break;
	case DIFF_SETFL:
		snprintf(t, size, "fcntl(fd[%u], F_SETFL, %s)", f,
			 flags_text(open_flags, o->flags, ""));
		break;
	case DIFF_MMAP:
		snprintf(t, size, "map_at(%u, fd[%u], %lld)", m, f, off);
		break;
	case DIFF_MUNMAP:
		snprintf(t, size, "unmap_at(%u)", m);
		break;
	case DIFF_MWRITE:
		snprintf(t, size, "map_write(%u, %lld, data(%u, %zu), %zu)", m,
			 off, o->id, o->len, o->len);
		break;
	case DIFF_MREAD:
		snprintf(t, size, "map_read(%u, %lld, %zu)", m, off, o->len);
		break;
	case DIFF_MSYNC:
		snprintf(t, size, "map_sync(%u)", m);
		break;
	case DIFF_FSYNC:
		snprintf(t, size, "%s(fd[%u])",
			 o->flags ? "fdatasync" : "fsync", f);
		break;
	case DIFF_LSEEK:
		snprintf(t, size, "lseek(fd[%u], %lld, %s)", f,
			 o->flags == 1 ? off % 512 : off, whence[o->flags]);
		break;
	case DIFF_SEEK:
		snprintf(t, size, "seek_at(fd[%u], %lld, %s)", f, off,
			 o->flags == SEEK_DATA ? "SEEK_DATA" : "SEEK_HOLE");
		break;
	case DIFF_FSTAT:
		snprintf(t, size, "stat_fd(fd[%u])", f);
		break;
	case DIFF_STAT:
		snprintf(t, size, "stat_name(\"f%u\")", o->name);
		break;
	case DIFF_LINK:
		snprintf(t, size, "link(\"f%u\", \"f%u\")", o->name, o->name2);
		break;
	case DIFF_RENAME:
		snprintf(t, size, "renameat2(AT_FDCWD, \"f%u\", AT_FDCWD, \"f%u\", %s)",
			 o->name, o->name2, rename_flags[o->flags]);
		break;
	case DIFF_UNLINK:
		snprintf(t, size, "unlink(\"f%u\")", o->name);
		break;
	case DIFF_CHMOD:
		snprintf(t, size, "chmod(\"f%u\", 0%o)", o->name, o->mode);
		break;
	case DIFF_KINDS:
		break;
	}
}

void diff_describe(const struct diff_op *op, char *text, size_t size)
{
	char call[300];

	call_text(op, call, sizeof(call));
	snprintf(text, size, "%u: process %u: %s", op->id, op->proc, call);
}

/* The text of diffcall.h; the assembler reads it. */
extern const char calls_text[];
asm(".pushsection .rodata\n"
    "calls_text: .incbin \"bench/check/fileops/calls.h\"\n"
    ".byte 0\n"
    ".popsection");

static const char prologue[] =
"/*\n"
" * Prints what each call gives, with the working directory in an empty folder\n"
" * of the filesystem under test. Build: gcc -D_GNU_SOURCE -o repro repro.c -luring\n"
" * Run it as root below raw XFS and below the mount, and compare the outputs.\n"
" */\n";

static const char turns[] =
"\n#include <sys/wait.h>\n\n"
"/* The calls of the others come in between, so each waits for its turn. */\n"
"static volatile int *turn;\n\n"
"#define AT(n, call) do { \\\n"
"\twhile (*turn != (n)) \\\n\t\tusleep(100); \\\n"
"\tgot = (struct outcome){ 0 }; \\\n\terrno = 0; \\\n"
"\tgot.ret = (call); \\\n\tgot.err = got.ret < 0 ? errno : 0; \\\n"
"\tprintf(\"%s = %s\\n\", #call, outcome_text(&got)); \\\n"
"\tfflush(stdout); \\\n\t++*turn; \\\n} while (0)\n\n";

void diff_print_c(FILE *out, const struct diff_op *ops, size_t n)
{
	char call[300];

	fputs(prologue, out);
	fputs(calls_text, out);
	fputs(turns, out);
	for (unsigned int p = 0; p < DIFF_PROCS; p++) {
		fprintf(out, "static void process%u(void)\n{\n", p);
		if (p == DIFF_PROCS - 1)
			fputs("\tif (setgid(1000) || setuid(1000))\n\t\texit(1);\n",
			      out);
		for (size_t i = 0; i < n; i++) {
			if (ops[i].proc != p)
				continue;
			call_text(&ops[i], call, sizeof(call));
			fprintf(out, "\tAT(%zu, %s);\n", i, call);
		}
		fputs("\texit(0);\n}\n\n", out);
	}
	fputs("int main(void)\n{\n\tvoid (*const p[])(void) = {", out);
	for (unsigned int p = 0; p < DIFF_PROCS; p++)
		fprintf(out, " process%u,", p);
	fprintf(out,
		" };\n\n\tset_up_calls();\n"
		"\tturn = mmap(NULL, 4096, PROT_READ | PROT_WRITE,\n"
		"\t\t    MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
		"\tfor (int i = 0; i < %d; i++)\n\t\tif (!fork())\n\t\t\tp[i]();\n"
		"\twhile (wait(NULL) > 0)\n\t\t;\n\treturn 0;\n}\n",
		DIFF_PROCS);
}
