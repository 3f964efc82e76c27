// SPDX-License-Identifier: GPL-2.0
#include "check/fileops/print.h"

#include <fcntl.h>
#include <linux/falloc.h>

/* --- flags ---------------------------------------------------------------- */

static const struct flag_name {
	int flag;
	const char *name;
} open_flags[] = {
	{ O_CREAT, "O_CREAT" }, { O_EXCL, "O_EXCL" }, { O_TRUNC, "O_TRUNC" },
	{ O_APPEND, "O_APPEND" }, { O_DIRECT, "O_DIRECT" },
	/* O_SYNC includes the bit of O_DSYNC. */
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

/* "FIRST | NAME | NAME", or "0" if there is none. */
static void print_flags(FILE *out, const char *first,
			const struct flag_name *names, int flags)
{
	const char *separator = *first ? " | " : "";

	fputs(first, out);
	for (; names->name; names++) {
		if ((flags & names->flag) != names->flag)
			continue;
		flags &= ~names->flag;
		fprintf(out, "%s%s", separator, names->name);
		separator = " | ";
	}
	if (!*separator)
		fputc('0', out);
}

/* --- a call --------------------------------------------------------------- */

/*
 * How a call is written, with the functions and variables of calls.h. "$x"
 * stands for an argument, see print_argument().
 */
static const char *const calls[FILEOP_KINDS] = {
	[FILEOP_OPEN] = "open_at($f, $n, $O, $m)",
	[FILEOP_CLOSE] = "close_at($f)",
	[FILEOP_PWRITE] = "pwrite(fd[$f], $d, $l, $o)",
	[FILEOP_WRITE] = "write(fd[$f], $d, $l)",
	[FILEOP_PWRITEV2] = "pwritev2_at(fd[$f], $d, $l, $o, $W)",
	[FILEOP_AIO_WRITE] = "aio_write_at(fd[$f], $d, $l, $o, $W)",
	[FILEOP_URING_WRITE] = "uring_write_at(fd[$f], $d, $l, $o, $W, $a)",
	[FILEOP_PREAD] = "sum(pread(fd[$f], buf, $l, $o))",
	[FILEOP_READ] = "sum(read(fd[$f], buf, $l))",
	[FILEOP_FTRUNCATE] = "ftruncate(fd[$f], $o)",
	[FILEOP_TRUNCATE] = "truncate($n, $o)",
	[FILEOP_FALLOCATE] = "fallocate(fd[$f], $A, $o, $l)",
	[FILEOP_COPY_RANGE] = "copy_at(fd[$f], $o, fd[$g], $p, $l)",
	[FILEOP_SPLICE] = "splice_at(fd[$f], $d, $l, $o)",
	[FILEOP_SENDFILE] = "sendfile_at(fd[$f], fd[$g], $p, $l)",
	[FILEOP_SETFL] = "fcntl(fd[$f], F_SETFL, $F)",
	[FILEOP_MMAP] = "map_at($g, fd[$f], $o)",
	[FILEOP_MUNMAP] = "unmap_at($g)",
	[FILEOP_MAP_WRITE] = "map_write($g, $o, $d, $l)",
	[FILEOP_MAP_READ] = "map_read($g, $o, $l)",
	[FILEOP_MSYNC] = "map_sync($g)",
	[FILEOP_FSYNC] = "$Y(fd[$f])",
	[FILEOP_LSEEK] = "lseek(fd[$f], $o, $S)",
	[FILEOP_SEEK] = "seek_at(fd[$f], $o, $S)",
	[FILEOP_FSTAT] = "stat_fd(fd[$f])",
	[FILEOP_STAT] = "stat_name($n)",
	[FILEOP_LINK] = "link($n, $N)",
	[FILEOP_RENAME] = "renameat2(AT_FDCWD, $n, AT_FDCWD, $N, $R)",
	[FILEOP_UNLINK] = "unlink($n)",
	[FILEOP_CHMOD] = "chmod($n, $m)",
};

static void print_argument(FILE *out, char which, const struct fileop *op)
{
	static const char *const access[] = { "O_RDONLY", "O_WRONLY",
					      "O_RDWR" };
	static const char *const whence[] = {
		[SEEK_SET] = "SEEK_SET", [SEEK_CUR] = "SEEK_CUR",
		[SEEK_END] = "SEEK_END", [SEEK_DATA] = "SEEK_DATA",
		[SEEK_HOLE] = "SEEK_HOLE" };
	static const char *const rename_flags[] = { "0", "RENAME_NOREPLACE",
						    "RENAME_EXCHANGE" };
	const int flags = op->flags;

	switch (which) {
	case 'f': fprintf(out, "%u", op->fd); break;
	case 'g': fprintf(out, "%u", op->fd2); break;
	case 'n': fprintf(out, "\"f%u\"", op->name); break;
	case 'N': fprintf(out, "\"f%u\"", op->name2); break;
	case 'd': fprintf(out, "data(%u, %zu)", op->id, op->len); break;
	case 'l': fprintf(out, "%zu", op->len); break;
	case 'o': fprintf(out, "%lld", (long long)op->off); break;
	case 'p': fprintf(out, "%lld", (long long)op->off2); break;
	case 'm': fprintf(out, "0%o", op->mode); break;
	case 'O': print_flags(out, access[flags & O_ACCMODE], open_flags,
			      flags & ~O_ACCMODE); break;
	case 'F': print_flags(out, "", open_flags, flags); break;
	case 'A': print_flags(out, "", falloc_flags, flags); break;
	case 'W': print_flags(out, "", rwf_flags, flags); break;
	case 'S': fputs(whence[flags], out); break;
	case 'R': fputs(rename_flags[flags], out); break;
	case 'Y': fputs(flags ? "fdatasync" : "fsync", out); break;
	case 'a': fputs(op->async ? "IOSQE_ASYNC" : "0", out); break;
	}
}

static void print_call(FILE *out, const struct fileop *op)
{
	for (const char *p = calls[op->kind]; *p; p++) {
		if (*p == '$')
			print_argument(out, *++p, op);
		else
			fputc(*p, out);
	}
}

void fileop_describe(const struct fileop *op, char *text, size_t size)
{
	FILE *out = fmemopen(text, size, "w");

	*text = '\0';
	if (!out)
		return;
	fprintf(out, "%u: process %u: ", op->id, op->proc);
	print_call(out, op);
	fclose(out);
	text[size - 1] = '\0';
}

/* --- a program ------------------------------------------------------------ */

/* The text of the two headers; the assembler reads it. */
extern const char calls_text[];
asm(".pushsection .rodata\n"
    "calls_text: .incbin \"bench/check/fileops/result.h\"\n"
    ".incbin \"bench/check/fileops/calls.h\"\n"
    ".byte 0\n"
    ".popsection");

static const char head[] =
"/*\n"
" * Prints the result of each call. Start it as root in an empty folder of raw\n"
" * XFS, and again in one of the mount, and compare the outputs. Build it by:\n"
" * gcc -D_GNU_SOURCE -o reproducer reproducer.c -luring\n"
" */\n";

static const char turns[] =
"\n#include <sys/wait.h>\n\n"
"/* The processes take turns: calls are numbered in the order of the sequence. */\n"
"static volatile int *turn;\n\n"
"#define CALL(n, call) do { \\\n"
"\twhile (*turn != (n)) \\\n\t\tusleep(100); \\\n"
"\tresult = (struct call_result){ 0 }; \\\n\terrno = 0; \\\n"
"\tresult.ret = (call); \\\n"
"\tresult.err = result.ret < 0 ? errno : 0; \\\n"
"\tprintf(\"%s = %s\\n\", #call, call_result_text(&result)); \\\n"
"\tfflush(stdout); \\\n\t++*turn; \\\n} while (0)\n\n";

static void print_process(FILE *out, unsigned int proc,
			  const struct fileop *ops, size_t n)
{
	fprintf(out, "static void process%u(void)\n{\n", proc);
	if (proc == FILEOP_PROCS - 1)
		fputs("\tif (setgid(1000) || setuid(1000))\n\t\texit(1);\n",
		      out);
	for (size_t i = 0; i < n; i++) {
		if (ops[i].proc != proc)
			continue;
		fprintf(out, "\tCALL(%zu, ", i);
		print_call(out, &ops[i]);
		fputs(");\n", out);
	}
	fputs("\texit(0);\n}\n\n", out);
}

void fileop_print_program(FILE *out, const struct fileop *ops, size_t n)
{
	fputs(head, out);
	fputs(calls_text, out);
	fputs(turns, out);
	for (unsigned int p = 0; p < FILEOP_PROCS; p++)
		print_process(out, p, ops, n);
	fputs("int main(void)\n{\n\tvoid (*const p[])(void) = {", out);
	for (unsigned int p = 0; p < FILEOP_PROCS; p++)
		fprintf(out, " process%u,", p);
	fprintf(out,
		" };\n\n\tset_up_calls();\n"
		"\tturn = mmap(NULL, 4096, PROT_READ | PROT_WRITE,\n"
		"\t\t    MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
		"\tfor (int i = 0; i < %d; i++)\n\t\tif (!fork())\n\t\t\tp[i]();\n"
		"\twhile (wait(NULL) > 0)\n\t\t;\n\treturn 0;\n}\n",
		FILEOP_PROCS);
}
