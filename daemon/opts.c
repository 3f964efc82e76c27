// SPDX-License-Identifier: GPL-2.0
/* The tables of modes and options, from which --help is printed. */
#include "opts.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"

static const struct fpfs_mode modes[] = {
	{ .name = "passthrough",
	  .summary = "the kernel reads and writes the backing file, direct "
		     "writes in parallel (default)",
	  .passthrough = true, .parallel = true },
	{ .name = "passthrough-noparallel",
	  .summary = "the same without FOPEN_PARALLEL_DIRECT_WRITES: shows "
		     "the effect of the flag",
	  .passthrough = true },
	{ .name = "direct",
	  .summary = "data through the daemon without FUSE's page cache, "
		     "writes in parallel: shows what passthrough saves",
	  .direct_io = true, .parallel = true },
	{ .name = "direct-noparallel",
	  .summary = "the same with one write at a time per file",
	  .direct_io = true },
	{ .name = "copy",
	  .summary = "data through the daemon and FUSE's page cache, without "
		     "writeback: FUSE as it was before passthrough" },
	{ .name = NULL }
};

enum {
	OPT_MODE = 256,
	OPT_TRANSPORT,
	OPT_READY_FD,
	OPT_THREADS,
	OPT_LOCKS,
	OPT_TIMEOUT,
	OPT_ATTR_TIMEOUT,
	OPT_ENTRY_TIMEOUT,
	OPT_SOURCE,
	OPT_VERSION,
};

static const struct {
	const char *name;
	int val;
	const char *arg;
	const char *help;
} table[] = {
	{ "foreground", 'f', NULL, "stay in the foreground" },
	{ "options", 'o', "OPT[,OPT...]",
	  "mount options (allow_other, ro, dev, suid...), or any option below "
	  "that takes a value" },
	{ "mode", OPT_MODE, "MODE", "data path, see Modes below" },
	{ "transport", OPT_TRANSPORT, "dev|uring",
	  "how requests reach the daemon: /dev/fuse or io_uring "
	  "(default: dev)" },
	{ "threads", OPT_THREADS, "N",
	  "initial threads, 2 to 64 (default: one per CPU)" },
	{ "locks", OPT_LOCKS, "source|strict|local",
	  "scope and release of locks, see fpfs(8) (default: source; uring: "
	  "local)" },
	{ "timeout", OPT_TIMEOUT, "SECONDS",
	  "how long the kernel may cache names and attributes (default: 1)" },
	{ "attr-timeout", OPT_ATTR_TIMEOUT, "SECONDS",
	  "the same for attributes only" },
	{ "entry-timeout", OPT_ENTRY_TIMEOUT, "SECONDS",
	  "the same for names only" },
	{ "source", OPT_SOURCE, "DIR",
	  "show DIR; SOURCE is then just a name for /proc/mounts" },
	{ "ready-fd", OPT_READY_FD, "N",
	  "write READY=1 to descriptor N once the mount is ready" },
	{ "debug", 'd', NULL, "log each request; implies -f" },
	{ "help", 'h', NULL, "print this help" },
	{ "version", OPT_VERSION, NULL,
	  "print the versions of fpfs and libfuse" },
};

#define NOPTS	(sizeof(table) / sizeof(*table))

/* Passed to libfuse unchanged; those that end in "=" take a value. */
static const char *const for_fuse[] = {
	"allow_other", "allow_root", "auto_unmount", "fsname=", "subtype=",
	"default_permissions", "ro", "rw", "dev", "nodev", "suid", "nosuid",
	"exec", "noexec", "sync", "async", "dirsync", "noatime", "nodiratime",
	"norelatime", "nostrictatime", "symfollow", "nosymfollow", "context=",
	"fscontext=", "defcontext=", "rootcontext=", NULL
};

void fpfs_opts_help(FILE *out)
{
	const struct fpfs_mode *m;
	char left[64];
	size_t i;

	fputs("Usage: fpfs [OPTION...] SOURCE MOUNTPOINT\n\n"
	      "Show the directory SOURCE at MOUNTPOINT through FUSE. The "
	      "kernel reads and\nwrites the data itself (FUSE "
	      "passthrough).\n\n"
	      "Options:\n", out);
	for (i = 0; i < NOPTS; i++) {
		if (table[i].val < 256)
			snprintf(left, sizeof(left), "-%c, --%s", table[i].val,
				 table[i].name);
		else
			snprintf(left, sizeof(left), "    --%s", table[i].name);
		if (table[i].arg)
			snprintf(left + strlen(left),
				 sizeof(left) - strlen(left), "=%s",
				 table[i].arg);
		fprintf(out, "  %-30s %s\n", left, table[i].help);
	}
	fputs("\nModes:\n", out);
	for (m = modes; m->name; m++)
		fprintf(out, "  %-24s %s\n", m->name, m->summary);
	fputs("\nExit status: 0 success, 1 error, 2 wrong arguments, 3 the "
	      "kernel or libfuse does\nnot support the mode or transport "
	      "here.\n", out);
}

static const struct fpfs_mode *find_mode(const char *name)
{
	const struct fpfs_mode *m;

	for (m = modes; m->name; m++)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}

static enum fpfs_lock_scope find_locks(const char *name)
{
	static const char *const names[] = {
		[FPFS_LOCKS_SOURCE] = "source", [FPFS_LOCKS_STRICT] = "strict",
		[FPFS_LOCKS_LOCAL] = "local",
	};
	enum fpfs_lock_scope scope;

	for (scope = FPFS_LOCKS_SOURCE; scope <= FPFS_LOCKS_LOCAL; scope++)
		if (!strcmp(name, names[scope]))
			return scope;
	return FPFS_LOCKS_UNSET;
}

static int parse_seconds(const char *name, const char *arg, double *out)
{
	char *end;
	double v;

	errno = 0;
	v = strtod(arg, &end);
	if (errno || end == arg || *end || !(v >= 0 && v <= 1e9)) {
		fpfs_err("--%s=%s: must be a number of seconds", name, arg);
		return -EINVAL;
	}
	*out = v;
	return 0;
}

static int parse_number(const char *name, const char *arg, long min, long max,
			long *out)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(arg, &end, 10);
	if (errno || end == arg || *end || v < min || v > max) {
		fpfs_err("--%s=%s: must be a number from %ld to %ld", name,
			 arg, min, max);
		return -EINVAL;
	}
	*out = v;
	return 0;
}

static int add_mount_opt(struct fpfs_opts *o, const char *opt)
{
	size_t have = strlen(o->mount_opts), more = strlen(opt);
	char *p = realloc(o->mount_opts, have + more + 2);

	if (!p)
		return -ENOMEM;
	o->mount_opts = p;
	if (have)
		p[have++] = ',';
	memcpy(p + have, opt, more + 1);
	return 0;
}

bool fpfs_opt_in_list(const char *opt, const char *const *list)
{
	size_t n;

	for (; *list; list++) {
		n = strlen(*list);
		if (strchr("=-", (*list)[n - 1]) ? !strncmp(opt, *list, n) :
						   !strcmp(opt, *list))
			return true;
	}
	return false;
}

bool fpfs_opt_is_for_fuse(const char *opt)
{
	return fpfs_opt_in_list(opt, for_fuse);
}

static int set_mount_opts(struct fpfs_opts *o, const char *list);

static int set_option(struct fpfs_opts *o, int val, const char *arg)
{
	long n;
	int ret;

	switch (val) {
	case 'f':
		o->foreground = true;
		return 0;
	case 'd':
		o->debug = o->foreground = true;
		return 0;
	case 'h':
		o->help = true;
		return 0;
	case OPT_VERSION:
		o->version = true;
		return 0;
	case 'o':
		return set_mount_opts(o, arg);
	case OPT_MODE:
		o->mode = find_mode(arg);
		if (o->mode)
			return 0;
		fpfs_err("unknown mode \"%s\": see fpfs --help", arg);
		return -EINVAL;
	case OPT_TRANSPORT:
		o->uring = !strcmp(arg, "uring");
		if (o->uring || !strcmp(arg, "dev"))
			return 0;
		fpfs_err("unknown transport \"%s\" (known: dev, uring)", arg);
		return -EINVAL;
	case OPT_SOURCE:
		free(o->source_opt);
		o->source_opt = strdup(arg);
		return o->source_opt ? 0 : -ENOMEM;
	case OPT_READY_FD:
		ret = parse_number("ready-fd", arg, 0, 1 << 20, &n);
		o->ready_fd = n;
		return ret;
	case OPT_THREADS:
		ret = parse_number("threads", arg, FPFS_MIN_WORKERS,
				   FPFS_MAX_WORKERS, &n);
		o->threads = n;
		return ret;
	case OPT_LOCKS:
		o->locks = find_locks(arg);
		if (o->locks)
			return 0;
		fpfs_err("unknown --locks=%s (known: source, strict, local)",
			 arg);
		return -EINVAL;
	case OPT_TIMEOUT:
		ret = parse_seconds("timeout", arg, &o->attr_timeout);
		o->entry_timeout = o->attr_timeout;
		return ret;
	case OPT_ATTR_TIMEOUT:
		return parse_seconds("attr-timeout", arg, &o->attr_timeout);
	case OPT_ENTRY_TIMEOUT:
		return parse_seconds("entry-timeout", arg, &o->entry_timeout);
	}
	return -EINVAL;
}

int fpfs_opts_set_mount_opt(struct fpfs_opts *o, char *opt)
{
	char *arg = strchr(opt, '=');
	size_t i, n = arg ? (size_t)(arg - opt) : strlen(opt);
	char *p;

	/* libfuse would ask for the type "fuse.", which is invalid. */
	if (!strcmp(opt, "subtype=")) {
		o->plain_type = true;
		return 0;
	}
	if (fpfs_opt_is_for_fuse(opt))
		return add_mount_opt(o, opt);
	for (p = opt; p < opt + n; p++)
		if (*p == '_')
			*p = '-';
	for (i = 0; arg && i < NOPTS; i++)
		if (table[i].arg && table[i].val != 'o' &&
		    strlen(table[i].name) == n &&
		    !strncmp(table[i].name, opt, n))
			return set_option(o, table[i].val, arg + 1);
	fpfs_err("unknown mount option \"%s\"", opt);
	return -EINVAL;
}

static int set_mount_opts(struct fpfs_opts *o, const char *list)
{
	char *copy = strdup(list), *opt, *save;
	int ret = copy ? 0 : -ENOMEM;

	for (opt = copy ? strtok_r(copy, ",", &save) : NULL; opt && !ret;
	     opt = strtok_r(NULL, ",", &save))
		ret = fpfs_opts_set_mount_opt(o, opt);
	free(copy);
	return ret;
}

static void fill_getopt(struct option *longs, char *shorts)
{
	size_t i;

	for (i = 0; i < NOPTS; i++) {
		longs[i] = (struct option){
			.name = table[i].name,
			.has_arg = table[i].arg ? required_argument :
						  no_argument,
			.val = table[i].val,
		};
		if (table[i].val < 256) {
			*shorts++ = table[i].val;
			if (table[i].arg)
				*shorts++ = ':';
		}
	}
	longs[NOPTS] = (struct option){ 0 };
	*shorts = '\0';
}

/*
 * libfuse cannot interrupt a request that came by io_uring, and each waiting
 * request occupies one of a ring's few entries: too many would leave none for
 * the unlock.
 */
static int check_locks(struct fpfs_opts *o)
{
	if (!o->locks)
		o->locks = o->uring ? FPFS_LOCKS_LOCAL : FPFS_LOCKS_SOURCE;
	if (!o->uring || o->locks == FPFS_LOCKS_LOCAL)
		return 0;
	fpfs_err("--transport=uring needs --locks=local: a caller that waits "
		 "for a lock could not be interrupted");
	return -EINVAL;
}

int fpfs_opts_finish(struct fpfs_opts *o, int argc, char **argv)
{
	if (argc != 2) {
		fpfs_err("give a source and a mount point; see fpfs --help");
		return -EINVAL;
	}
	if (o->source_opt)
		o->name = argv[0];
	o->source = o->source_opt ? o->source_opt : argv[0];
	o->mountpoint = argv[1];
	return check_locks(o);
}

int fpfs_opts_init(struct fpfs_opts *o)
{
	*o = (struct fpfs_opts){
		.mode = &modes[0],
		.ready_fd = -1,
		.attr_timeout = 1,
		.entry_timeout = 1,
		.mount_opts = calloc(1, 1),
	};
	return o->mount_opts ? 0 : -ENOMEM;
}

int fpfs_opts_parse(struct fpfs_opts *o, int argc, char **argv)
{
	struct option longs[NOPTS + 1];
	char shorts[2 * NOPTS + 1];
	int c, ret;

	fill_getopt(longs, shorts);
	optind = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		ret = set_option(o, c, optarg);
		if (ret)
			return ret;
	}
	if (o->help || o->version)
		return 0;
	return fpfs_opts_finish(o, argc - optind, argv + optind);
}

void fpfs_opts_free(struct fpfs_opts *o)
{
	free(o->mount_opts);
	free(o->source_opt);
	o->mount_opts = o->source_opt = NULL;
}
