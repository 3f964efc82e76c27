// SPDX-License-Identifier: GPL-2.0
#include "kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "cred.h"
#include "fs.h"
#include "ops.h"
#include "sandbox.h"
#include "stats.h"
#include "workers.h"

#define MAX_DATA	(128 * 1024)	/* of a request or an answer */
#define MAX_ANSWER	(MAX_DATA + 4096)
#define MAX_PENDING	8
#define DEADLINE_S	30		/* for what has to happen */
#define WORKER_MS	50		/* for what may */

struct node {
	uint64_t id, nlookup;
	uint32_t mode;
	unsigned int users;	/* open files */
};

struct file {
	uint64_t fh;
	struct node *node;
	unsigned int users;	/* requests that wait */
};

struct pending {
	uint64_t unique;
	struct file *file;
};

struct lane {
	struct kernel *k;
	unsigned int index;
	uint64_t last;			/* request */
	struct node *nodes[LANE_NODES];	/* the first is the root */
	unsigned int nnodes;
	struct file *files[LANE_FILES];
	unsigned int nfiles;

	/* Guarded by the kernel's lock, as are the users of a file. */
	struct pending pending[MAX_PENDING];
	unsigned int npending;
	uint64_t awaited;
	bool answered;
	size_t len;
	union {
		struct fuse_out_header out;
		char answer[MAX_ANSWER];
	};
};

struct kernel {
	struct fpfs_opts opts;
	struct fpfs fs;
	struct fpfs_workers workers;
	bool has_workers;
	int fd;				/* our end of the socket */
	unsigned int fds_at_start, fds_running;
	struct fuse_buf buf;		/* without workers */

	pthread_mutex_t lock;
	pthread_cond_t news;
	bool reading;
	char in[MAX_ANSWER] __attribute__((aligned(8)));
	struct lane *lanes;
	unsigned int nlanes;
};

bool (*kernel_ioctl_fails)(void);

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("played kernel: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	abort();
}

/* --- backing files: /dev/fuse registers them ------------------------------- */

static int64_t nbacking;	/* registered; atomic */

int __real_ioctl(int fd, unsigned long cmd, void *arg);
int __wrap_ioctl(int fd, unsigned long cmd, void *arg);

/* --wrap=ioctl: the daemon's only ones are these. */
int __wrap_ioctl(int fd, unsigned long cmd, void *arg)
{
	struct stat st;

	if (_IOC_TYPE(cmd) != 229)
		return __real_ioctl(fd, cmd, arg);
	if (_IOC_NR(cmd) == 2) {
		if (__atomic_sub_fetch(&nbacking, 1, __ATOMIC_RELAXED) < 0)
			fail("a backing file is closed twice");
		return 0;
	}
	if (kernel_ioctl_fails && kernel_ioctl_fails())
		return -1;
	if (fstat(*(int32_t *)arg, &st) || !S_ISREG(st.st_mode)) {
		errno = EBADF;
		return -1;
	}
	return __atomic_add_fetch(&nbacking, 1, __ATOMIC_RELAXED);
}

/* --- operations ------------------------------------------------------------ */

enum kind {
	NONE,		/* node id 0 */
	ANY,
	DIRECTORY,
	REGULAR,
	FILE_OF,	/* the node of the file */
};

enum answer {
	PLAIN,
	ENTRY,
	OPENED,		/* fuse_open_out */
	CREATED,	/* fuse_entry_out, fuse_open_out */
	LISTED,		/* fuse_direntplus */
	NO_ANSWER,
	MAY_WAIT,
};

/* STATX, which older headers lack. */
struct statx_in {
	uint32_t getattr_flags, reserved;
	uint64_t fh;
	uint32_t sx_flags, sx_mask;
};

/*
 * Offsets are those in the fixed part. 0 in all of them means that there is no
 * such field: a fh that comes first is @fh_first.
 */
struct op {
	const char *name;
	uint8_t opcode;
	uint8_t fixed;		/* bytes of the fixed part */
	enum kind node;
	enum answer answer;
	uint8_t nnames;
	bool fh_first;
	bool data;		/* bytes follow, whose number is at @size */
	int8_t fh;		/* of a second open file */
	int8_t node2;		/* a second node, of kind2 */
	enum kind kind2;
	int8_t size;		/* limited to MAX_DATA */
	uint32_t clear, set;	/* bits in the first word */
};

#define IN(s)		sizeof(struct fuse_##s##_in)
#define AT(s, f)	offsetof(struct fuse_##s##_in, f)
#define OP(op_name, bytes, kind, ...) \
	{ .name = #op_name, .opcode = FPFS_OP_##op_name, .fixed = (bytes), \
	  .node = kind, __VA_ARGS__ }

static const struct op ops[] = {
	OP(LOOKUP, 0, DIRECTORY, .answer = ENTRY, .nnames = 1),
	OP(FORGET, IN(forget), ANY, .answer = NO_ANSWER),
	OP(BATCH_FORGET, IN(batch_forget), NONE, .answer = NO_ANSWER),
	OP(GETATTR, IN(getattr), ANY, .clear = FUSE_GETATTR_FH),
	OP(SETATTR, IN(setattr), ANY, .clear = FATTR_FH),
	{ .name = "SETATTR_FH", .opcode = FPFS_OP_SETATTR,
	  .fixed = IN(setattr), .node = FILE_OF, .set = FATTR_FH,
	  .fh = AT(setattr, fh) },
	OP(READLINK, 0, ANY),
	OP(SYMLINK, 0, DIRECTORY, .answer = ENTRY, .nnames = 2),
	OP(MKNOD, IN(mknod), DIRECTORY, .answer = ENTRY, .nnames = 1),
	OP(MKDIR, IN(mkdir), DIRECTORY, .answer = ENTRY, .nnames = 1),
	OP(UNLINK, 0, DIRECTORY, .nnames = 1),
	OP(RMDIR, 0, DIRECTORY, .nnames = 1),
	OP(RENAME, IN(rename), DIRECTORY, .nnames = 2,
	   .node2 = AT(rename, newdir), .kind2 = DIRECTORY),
	OP(RENAME2, IN(rename2), DIRECTORY, .nnames = 2,
	   .node2 = AT(rename2, newdir), .kind2 = DIRECTORY),
	OP(LINK, IN(link), DIRECTORY, .answer = ENTRY, .nnames = 1,
	   .node2 = AT(link, oldnodeid), .kind2 = ANY),
	OP(OPEN, IN(open), REGULAR, .answer = OPENED),
	OP(CREATE, IN(create), DIRECTORY, .answer = CREATED, .nnames = 1),
	OP(TMPFILE, IN(create), DIRECTORY, .answer = CREATED, .nnames = 1),
	OP(RELEASE, IN(release), FILE_OF, .fh_first = true),
	OP(READ, IN(read), FILE_OF, .fh_first = true, .size = AT(read, size)),
	OP(WRITE, IN(write), FILE_OF, .fh_first = true, .data = true,
	   .size = AT(write, size)),
	OP(FLUSH, IN(flush), FILE_OF, .fh_first = true),
	OP(FSYNC, IN(fsync), FILE_OF, .fh_first = true),
	OP(FALLOCATE, IN(fallocate), FILE_OF, .fh_first = true),
	OP(LSEEK, IN(lseek), FILE_OF, .fh_first = true),
	OP(COPY_FILE_RANGE, IN(copy_file_range), FILE_OF, .fh_first = true,
	   .fh = AT(copy_file_range, fh_out),
	   .node2 = AT(copy_file_range, nodeid_out), .kind2 = FILE_OF),
	OP(GETLK, IN(lk), FILE_OF, .fh_first = true),
	OP(SETLK, IN(lk), FILE_OF, .fh_first = true),
	OP(SETLKW, IN(lk), FILE_OF, .answer = MAY_WAIT, .fh_first = true),
	OP(INTERRUPT, IN(interrupt), NONE, .answer = NO_ANSWER),
	OP(IOCTL, IN(ioctl), FILE_OF, .fh_first = true,
	   .size = AT(ioctl, out_size)),
	OP(POLL, IN(poll), FILE_OF, .fh_first = true),
	OP(STATFS, 0, ANY),
	OP(ACCESS, IN(access), ANY),
	OP(BMAP, IN(bmap), REGULAR),
	OP(STATX, sizeof(struct statx_in), ANY, .clear = FUSE_GETATTR_FH),
	OP(SYNCFS, IN(syncfs), ANY),
	OP(OPENDIR, IN(open), DIRECTORY),
	OP(READDIR, IN(read), DIRECTORY, .size = AT(read, size)),
	OP(READDIRPLUS, IN(read), DIRECTORY, .answer = LISTED,
	   .size = AT(read, size)),
	OP(RELEASEDIR, IN(release), DIRECTORY),
	OP(FSYNCDIR, IN(fsync), DIRECTORY),
	/* Without SETXATTR_EXT. The number of bytes comes first. */
	OP(SETXATTR, FUSE_COMPAT_SETXATTR_IN_SIZE, ANY, .nnames = 1,
	   .data = true),
	OP(GETXATTR, IN(getxattr), ANY, .nnames = 1, .clear = ~0xffffu),
	OP(LISTXATTR, IN(getxattr), ANY, .clear = ~0xffffu),
	OP(REMOVEXATTR, 0, ANY, .nnames = 1),
	/* No request: the daemon is short of descriptors. */
	{ .name = "CLOSE", .node = NONE, .answer = NO_ANSWER },
	{ .name = "UNKNOWN", .opcode = FPFS_NR_OPCODES - 1, .fixed = 8,
	  .node = ANY },
};

#define NOPS	(sizeof(ops) / sizeof(*ops))

const char *const kernel_modes[KERNEL_MODES] = {
	"passthrough", "direct", "copy", "passthrough-noparallel",
};

unsigned int kernel_mode(const char *name)
{
	unsigned int i;

	for (i = 0; strcmp(kernel_modes[i], name); i++)
		;
	return i;
}

unsigned int kernel_nops(void)
{
	return NOPS;
}

const char *kernel_op_name(unsigned int op)
{
	return ops[op].name;
}

/* Those of the tree, so that something is found. */
static const char *const names[] = {
	"f", "d", "l", "m", "suid", "a", "b", "c", "user.a", "user.b",
	"security.capability", "trusted.a", "system.posix_acl_access",
	"system.posix_acl_default", ".x",
};

#define NNAMES	(sizeof(names) / sizeof(*names))

/* --- nodes and files -------------------------------------------------------- */

static bool is_kind(const struct node *n, enum kind kind)
{
	return kind == ANY ||
	       (kind == DIRECTORY && S_ISDIR(n->mode)) ||
	       (kind == REGULAR && S_ISREG(n->mode));
}

static struct node *pick_node(struct lane *l, unsigned int which,
			      enum kind kind)
{
	unsigned int i;

	for (i = 0; i < l->nnodes; i++) {
		struct node *n = l->nodes[(which + i) % l->nnodes];

		if (is_kind(n, kind))
			return n;
	}
	return NULL;
}

static struct file *pick_file(struct lane *l, unsigned int which)
{
	return l->nfiles ? l->files[which % l->nfiles] : NULL;
}

static struct node *add_node(struct lane *l, uint64_t id, uint32_t mode)
{
	unsigned int i;

	for (i = 0; i < l->nnodes; i++) {
		if (l->nodes[i]->id != id)
			continue;
		if ((l->nodes[i]->mode ^ mode) & S_IFMT)
			fail("node %#jx has become another type", (uintmax_t)id);
		l->nodes[i]->nlookup++;
		return l->nodes[i];
	}
	if (l->nnodes == LANE_NODES)
		return NULL;
	l->nodes[l->nnodes] = calloc(1, sizeof(struct node));
	if (!l->nodes[l->nnodes])
		fail("no memory");
	*l->nodes[l->nnodes] = (struct node){
		.id = id, .nlookup = 1, .mode = mode,
	};
	return l->nodes[l->nnodes++];
}

static void drop_node(struct lane *l, struct node *n, uint64_t nlookup)
{
	unsigned int i;

	n->nlookup -= nlookup;
	if (n->nlookup)
		return;
	for (i = 1; l->nodes[i] != n; i++)
		;
	l->nodes[i] = l->nodes[--l->nnodes];
	free(n);
}

static void drop_file(struct lane *l, struct file *f)
{
	unsigned int i;

	for (i = 0; l->files[i] != f; i++)
		;
	l->files[i] = l->files[--l->nfiles];
	f->node->users--;
	free(f);
}

/* --- requests and answers ---------------------------------------------------- */

struct request {
	const struct op *op;
	struct node *node;
	struct file *file;
	uint64_t forgets;	/* of node */
	size_t len;
	union {
		struct fuse_in_header in;
		char bytes[sizeof(struct fuse_in_header) + 1024 + 65536];
	};
};

static void serve(struct kernel *k)
{
	int n = fuse_session_receive_buf(k->fs.se, &k->buf);

	if (n <= 0)
		fail("the daemon received no request: %s", strerror(-n));
	fuse_session_process_buf(k->fs.se, &k->buf);
}

static void send_request(struct lane *l, struct request *r)
{
	struct kernel *k = l->k;

	l->last++;
	r->in.unique = (l->last * k->nlanes + l->index) * 2;
	if (r->in.opcode == FPFS_OP_INTERRUPT)
		r->in.unique |= 1;
	r->in.len = r->len;
	pthread_mutex_lock(&k->lock);
	l->awaited = r->in.unique;
	l->answered = false;
	pthread_mutex_unlock(&k->lock);
	if (send(k->fd, r->bytes, r->len, 0) != (ssize_t)r->len)
		fail("%s: cannot be sent: %s", r->op->name, strerror(errno));
	if (!k->has_workers)
		serve(k);
}

static void no_longer_pending(struct lane *l, uint64_t unique)
{
	unsigned int i;

	for (i = 0; i < l->npending; i++) {
		if (l->pending[i].unique != unique)
			continue;
		l->pending[i].file->users--;
		l->pending[i] = l->pending[--l->npending];
		return;
	}
	fail("an answer to request %ju, which nobody waits for",
	     (uintmax_t)unique);
}

/* Under the lock. */
static void deliver(struct kernel *k, size_t n)
{
	const struct fuse_out_header *out = (void *)k->in;
	struct lane *l;

	if (n < sizeof(*out) || out->len != n)
		fail("an answer of %zu bytes", n);
	/* A notification, or that an interrupt came too early or too late. */
	if (!out->unique || out->unique & 1)
		return;
	if (out->error > 0 ||
	    (out->error <= -512 && out->error != -KERNEL_ANSWER_LOST))
		fail("%d is not an error number", out->error);
	l = &k->lanes[out->unique / 2 % k->nlanes];
	if (out->unique != l->awaited || l->answered) {
		no_longer_pending(l, out->unique);
		return;
	}
	memcpy(l->answer, k->in, n);
	l->len = n;
	l->answered = true;
}

/* Read an answer of any lane. Under the lock, which it leaves meanwhile. */
static bool read_answer(struct kernel *k, int flags)
{
	ssize_t n;

	k->reading = true;
	pthread_mutex_unlock(&k->lock);
	/* libFuzzer's alarm is no answer, either. */
	do
		n = recv(k->fd, k->in, sizeof(k->in), flags);
	while (n < 0 && errno == EINTR);
	pthread_mutex_lock(&k->lock);
	k->reading = false;
	if (n < 0 && !(flags & MSG_DONTWAIT))
		fail("no answer in %d seconds: %s", DEADLINE_S,
		     strerror(errno));
	if (n >= 0)
		deliver(k, n);
	pthread_cond_broadcast(&k->news);
	return n >= 0;
}

/*
 * Returns whether the answer is there. It need not be for a request that waits
 * for a lock of @locked; else NULL.
 */
static bool await(struct lane *l, struct file *locked)
{
	struct kernel *k = l->k;
	struct pollfd p = { .fd = k->fd, .events = POLLIN };
	bool there;

	if (locked && k->has_workers)
		poll(&p, 1, WORKER_MS);
	pthread_mutex_lock(&k->lock);
	while (!l->answered) {
		if (k->reading)
			pthread_cond_wait(&k->news, &k->lock);
		else if (!read_answer(k, locked ? MSG_DONTWAIT : 0))
			break;
	}
	there = l->answered;
	if (!there) {
		locked->users++;
		l->pending[l->npending++] = (struct pending){
			.unique = l->awaited, .file = locked,
		};
		l->awaited = 0;
	}
	pthread_mutex_unlock(&k->lock);
	return there;
}

/* Take what there is, of requests that wait. */
static void take_late_answers(struct kernel *k)
{
	pthread_mutex_lock(&k->lock);
	while (!k->reading && read_answer(k, MSG_DONTWAIT))
		;
	pthread_mutex_unlock(&k->lock);
}

/* Until there are fewer than @n requests that wait. */
static void await_pending(struct lane *l, unsigned int n)
{
	struct kernel *k = l->k;

	pthread_mutex_lock(&k->lock);
	while (l->npending >= n) {
		if (k->reading)
			pthread_cond_wait(&k->news, &k->lock);
		else
			read_answer(k, 0);
	}
	pthread_mutex_unlock(&k->lock);
}

static unsigned int count_pending(struct lane *l)
{
	unsigned int n;

	pthread_mutex_lock(&l->k->lock);
	n = l->npending;
	pthread_mutex_unlock(&l->k->lock);
	return n;
}

static void init_request(struct request *r, const char *name, uint64_t node)
{
	unsigned int i;

	for (i = 0; strcmp(ops[i].name, name); i++)
		;
	memset(r, 0, sizeof(r->in) + 256);
	r->op = &ops[i];
	r->in.opcode = r->op->opcode;
	r->in.nodeid = node;
	r->len = sizeof(r->in) + r->op->fixed;
}

static void *fixed_part(struct request *r)
{
	return r->bytes + sizeof(r->in);
}

static void forget(struct lane *l, uint64_t id, uint64_t n)
{
	struct request r;

	init_request(&r, "FORGET", id);
	*(uint64_t *)fixed_part(&r) = n;
	send_request(l, &r);
}

static int release(struct lane *l, uint64_t id, uint64_t fh)
{
	struct request r;

	init_request(&r, "RELEASE", id);
	*(uint64_t *)fixed_part(&r) = fh;
	send_request(l, &r);
	await(l, NULL);
	return l->out.error;
}

/* The node of an entry, or NULL if there is none or no room for it. */
static struct node *take_entry(struct lane *l, const struct fuse_entry_out *e)
{
	struct node *n = e->nodeid ? add_node(l, e->nodeid, e->attr.mode) : NULL;

	if (e->nodeid == FUSE_ROOT_ID)
		fail("a name of the root");
	if (e->nodeid && !n)
		forget(l, e->nodeid, 1);
	return n;
}

static void take_file(struct lane *l, struct node *n, uint64_t id,
		      const struct fuse_open_out *o)
{
	struct file *f;

	if (!n || l->nfiles == LANE_FILES) {
		if (release(l, id, o->fh))
			fail("RELEASE is refused");
		return;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		fail("no memory");
	*f = (struct file){ .fh = o->fh, .node = n };
	n->users++;
	l->files[l->nfiles++] = f;
}

static void take_list(struct lane *l, const char *p, size_t len)
{
	char *copy = malloc(len);
	const struct fuse_direntplus *d;
	size_t i;

	if (!copy)
		return;
	memcpy(copy, p, len);	/* each FORGET takes the place of the answer */
	for (i = 0; i + FUSE_NAME_OFFSET_DIRENTPLUS <= len;
	     i += FUSE_DIRENTPLUS_SIZE(d)) {
		d = (void *)(copy + i);
		if (!d->dirent.namelen || i + FUSE_DIRENTPLUS_SIZE(d) > len)
			fail("READDIRPLUS: an entry of %u characters at %zu of "
			     "%zu bytes", d->dirent.namelen, i, len);
		take_entry(l, &d->entry_out);
	}
	free(copy);
}

static size_t least(enum answer a)
{
	switch (a) {
	case ENTRY: return sizeof(struct fuse_entry_out);
	case OPENED: return sizeof(struct fuse_open_out);
	case CREATED: return sizeof(struct fuse_entry_out) +
			     sizeof(struct fuse_open_out);
	default: return 0;
	}
}

static void take_answer(struct lane *l, struct request *r)
{
	size_t len = l->len - sizeof(l->out);
	const char *p = l->answer + sizeof(l->out);
	struct fuse_entry_out e;
	struct fuse_open_out o;

	if (len < least(r->op->answer))
		fail("%s: an answer of %zu bytes", r->op->name, len);
	switch (r->op->answer) {
	case ENTRY:
		memcpy(&e, p, sizeof(e));
		take_entry(l, &e);
		break;
	case OPENED:
		memcpy(&o, p, sizeof(o));
		take_file(l, r->node, r->node->id, &o);
		break;
	case CREATED:
		memcpy(&e, p, sizeof(e));
		memcpy(&o, p + sizeof(e), sizeof(o));
		if (!e.nodeid)
			fail("%s: no node", r->op->name);
		/* First the file, then the node, as the kernel would. */
		if (l->nnodes == LANE_NODES) {
			release(l, e.nodeid, o.fh);
			forget(l, e.nodeid, 1);
		} else {
			take_file(l, take_entry(l, &e), e.nodeid, &o);
		}
		break;
	case LISTED:
		take_list(l, p, len);
		break;
	default:
		break;
	}
}

/* --- from bytes to a request ------------------------------------------------- */

static void set_caller(struct fuse_in_header *in, unsigned int who)
{
	static const uint32_t ids[] = { 0, 1000, 65534, 12345 };

	in->uid = ids[who & 3];
	in->gid = ids[who >> 2 & 3];
	switch (who >> 4 & 3) {
	case 0: in->pid = getpid(); break;
	case 1: in->pid = 1; break;
	case 2: in->pid = 0; break;
	case 3: in->pid = 0x7fffffff; break;
	}
}

/* A name as the kernel sends them; a target of a link may be any text. */
static size_t put_name(char *to, const char *from, size_t len, bool is_name)
{
	size_t n = strnlen(from, len < 255 ? len : 255), i;

	if (n && (unsigned char)*from < 32) {
		strcpy(to, names[(unsigned char)*from % NNAMES]);
		return 1;
	}
	for (i = 0; i < n; i++)
		to[i] = is_name && from[i] == '/' ? '_' : from[i];
	to[n] = '\0';
	if (!n || (is_name && (!strcmp(to, ".") || !strcmp(to, ".."))))
		strcpy(to, names[0]);
	return n < len && !from[n] ? n + 1 : n;
}

static void put_names(struct request *r, const char **payload, size_t *len)
{
	unsigned int i;
	size_t used;

	for (i = 0; i < r->op->nnames; i++) {
		used = put_name(r->bytes + r->len, *payload, *len,
				!i || strcmp(r->op->name, "SYMLINK"));
		/* SYMLINK: the name, then the target. */
		r->len += strlen(r->bytes + r->len) + 1;
		*payload += used;
		*len -= used;
	}
}

static bool forget_of(struct lane *l, struct request *r)
{
	uint64_t *n = fixed_part(r), most;

	if (r->node->id == FUSE_ROOT_ID)
		return false;
	most = r->node->nlookup - !!r->node->users;
	if (!most)
		return false;
	r->forgets = *n = 1 + *n % most;
	return true;
}

/* Up to four nodes, one time each. */
static bool batch_forget_of(struct lane *l, struct request *r, unsigned int at)
{
	struct fuse_batch_forget_in *in = fixed_part(r);
	unsigned int i, want = 1 + in->count % 4;
	struct fuse_forget_one one;

	in->count = 0;
	for (i = 0; i < want && l->nnodes > 1; i++) {
		struct node *n = l->nodes[1 + (at + i) % (l->nnodes - 1)];

		if (n->nlookup <= !!n->users)
			continue;
		one = (struct fuse_forget_one){ .nodeid = n->id, .nlookup = 1 };
		memcpy(r->bytes + r->len, &one, sizeof(one));
		r->len += sizeof(one);
		in->count++;
		drop_node(l, n, 1);
	}
	return in->count;
}

static bool interrupt_of(struct lane *l, struct request *r, unsigned int at)
{
	if (!l->npending)
		return false;
	*(uint64_t *)fixed_part(r) = l->pending[at % l->npending].unique;
	return true;
}

static void put_u64(struct request *r, size_t at, uint64_t v)
{
	memcpy((char *)fixed_part(r) + at, &v, sizeof(v));
}

/* What names nodes and files. False if there is none that fits. */
static bool put_ids(struct lane *l, struct request *r, const struct record *rec)
{
	const struct op *op = r->op;
	struct file *second;
	struct node *n;

	if (op->fh_first || op->node == FILE_OF) {
		r->file = pick_file(l, rec->file);
		if (!r->file)
			return false;
		r->node = r->file->node;
		put_u64(r, op->fh_first ? 0 : op->fh, r->file->fh);
	} else if (op->node != NONE) {
		r->node = pick_node(l, rec->node, op->node);
		if (!r->node)
			return false;
	}
	r->in.nodeid = r->node ? r->node->id : 0;
	if (op->kind2 == FILE_OF) {
		second = pick_file(l, rec->node);
		put_u64(r, op->fh, second->fh);
		put_u64(r, op->node2, second->node->id);
	} else if (op->kind2 != NONE) {
		n = pick_node(l, rec->file, op->kind2);
		if (!n)
			return false;
		put_u64(r, op->node2, n->id);
	}
	if (op->answer == MAY_WAIT && l->npending == MAX_PENDING)
		return false;
	return op->opcode != FPFS_OP_RELEASE || !r->file->users;
}

static void put_bits(struct request *r, size_t data)
{
	const struct op *op = r->op;
	uint32_t *word = fixed_part(r), *size;

	if (op->clear | op->set)
		*word = (*word & ~op->clear) | op->set;
	size = (void *)((char *)fixed_part(r) + op->size);
	if (op->data)
		*size = data;
	else if (op->size && *size > MAX_DATA)
		*size = MAX_DATA;
}

static bool make_request(struct lane *l, struct request *r,
			 const struct record *rec, const void *payload)
{
	size_t len = rec->len[0] | rec->len[1] << 8, n;
	const char *p = payload;

	init_request(r, ops[rec->op % NOPS].name, 0);
	r->node = NULL;
	r->file = NULL;
	r->forgets = 0;
	set_caller(&r->in, rec->who);
	n = len < r->op->fixed ? len : r->op->fixed;
	memcpy(fixed_part(r), p, n);
	p += n;
	len -= n;
	if (!put_ids(l, r, rec))
		return false;
	put_names(r, &p, &len);
	put_bits(r, len);
	if (r->op->data) {
		memcpy(r->bytes + r->len, p, len);
		r->len += len;
	}
	switch (r->op->opcode) {
	case FPFS_OP_FORGET: return forget_of(l, r);
	case FPFS_OP_BATCH_FORGET: return batch_forget_of(l, r, rec->node);
	case FPFS_OP_INTERRUPT: return interrupt_of(l, r, rec->node);
	}
	return true;
}

int lane_send(struct lane *l, const struct record *rec, const void *payload)
{
	struct request r;
	bool made;

	if (!ops[rec->op % NOPS].opcode) {
		fpfs_inode_close_some(l->k->fs.inodes, true);
		return 0;
	}
	if (count_pending(l))
		take_late_answers(l->k);
	pthread_mutex_lock(&l->k->lock);
	made = make_request(l, &r, rec, payload);
	pthread_mutex_unlock(&l->k->lock);
	if (!made)
		return 3;
	/* The node is nobody's once the daemon has the request. */
	if (r.forgets)
		drop_node(l, r.node, r.forgets);
	send_request(l, &r);
	if (r.op->answer == NO_ANSWER)
		return 2;
	if (!await(l, r.op->answer == MAY_WAIT ? r.file : NULL))
		return 1;
	/*
	 * Without memory for the request libfuse does not pass it on. The
	 * kernel asks once only; here lane_clear() asks again.
	 */
	if (r.op->opcode == FPFS_OP_RELEASE && l->out.error != -ENOMEM)
		drop_file(l, r.file);
	if (l->out.error)
		return l->out.error;
	take_answer(l, &r);
	return 0;
}

void lane_send_all(struct lane *l, const uint8_t *data, size_t size)
{
	struct record rec;
	size_t len;

	while (size >= sizeof(rec)) {
		memcpy(&rec, data, sizeof(rec));
		data += sizeof(rec);
		size -= sizeof(rec);
		len = rec.len[0] | rec.len[1] << 8;
		if (len > size) {
			len = size;
			rec.len[0] = len;
			rec.len[1] = len >> 8;
		}
		lane_send(l, &rec, data);
		data += len;
		size -= len;
	}
}

/* --- requests that make sense -------------------------------------------------- */

static size_t put_record(unsigned int op, unsigned int node, unsigned int file,
			 unsigned int who, size_t len, uint8_t *to)
{
	const struct record rec = {
		op, node, file, who, { len, len >> 8 },
	};

	memcpy(to, &rec, sizeof(rec));
	return sizeof(rec) + len;
}

size_t record_make(const char *name, uint8_t node, uint8_t file,
		   const uint32_t *words, const char *names_and_data,
		   size_t len, uint8_t *to)
{
	uint8_t *p = to + sizeof(struct record);
	unsigned int i;

	for (i = 0; strcmp(ops[i].name, name); i++)
		;
	memcpy(p, words, ops[i].fixed);
	memcpy(p + ops[i].fixed, names_and_data, len);
	return put_record(i, node, file, 0, ops[i].fixed + len, to);
}

static unsigned int draw(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 12;
}

size_t record_draw(unsigned int *seed, uint8_t *to)
{
	/* What makes nodes and files, and what ends them. */
	static const char *const often[] = {
		"CREATE", "MKDIR", "LOOKUP", "LOOKUP", "OPEN", "UNLINK",
		"RELEASE", "FORGET", "RMDIR", "SYMLINK", "READDIRPLUS",
		"RENAME",
	};
	unsigned int op = draw(seed) % NOPS, i;
	uint8_t *p = to + sizeof(struct record);
	uint16_t word;
	size_t len;

	if (draw(seed) & 1)
		for (op = 0; strcmp(ops[op].name, often[*seed % 12]); op++)
			;
	/* Numbers of eight bytes, or pairs of numbers; small ones. */
	for (i = 0; i + 4 <= ops[op].fixed; i += 4) {
		word = draw(seed) & 0xfff;
		memset(p + i, 0, 4);
		if (!(i & 4) || draw(seed) & 1)
			memcpy(p + i, &word, 2);
	}
	len = ops[op].fixed;
	for (i = 0; i < ops[op].nnames; i++) {
		p[len++] = draw(seed) % 16 + 1;
		p[len++] = '\0';
	}
	if (ops[op].data)
		for (i = draw(seed) % 64; i; i--)
			p[len++] = draw(seed);
	return put_record(op, draw(seed), draw(seed), draw(seed), len, to);
}

/* --- from the start to the end -------------------------------------------------- */

unsigned int open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	if (!d)
		fail("/proc/self/fd: %s", strerror(errno));
	while (readdir(d))
		n++;
	closedir(d);
	return n - 3;		/* ".", "..", and its own */
}

/*
 * INIT, with all that a kernel may offer but what is not played. Without
 * MAX_PAGES, requests fit in a pipe, by which the daemon must not receive them.
 */
static void init_session(struct lane *l, bool killpriv)
{
	struct request r = { 0 };
	struct fuse_init_in *in = fixed_part(&r);
	static const struct op init = { .name = "INIT" };

	r.op = &init;
	r.in.opcode = FPFS_OP_INIT;
	r.len = sizeof(r.in) + sizeof(*in);
	in->major = 7;
	in->minor = 45;
	in->max_readahead = 131072;
	in->flags = ~(FUSE_SPLICE_WRITE | FUSE_SPLICE_MOVE | FUSE_SPLICE_READ |
		      FUSE_SETXATTR_EXT | FUSE_MAX_PAGES |
		      (killpriv ? 0 : FUSE_HANDLE_KILLPRIV_V2));
	in->flags2 = ~(1u << (41 - 32));	/* io_uring */
	send_request(l, &r);
	await(l, NULL);
	if (l->out.error)
		fail("INIT: %s", strerror(-l->out.error));
}

static void set_options(struct fpfs_opts *o, const struct kernel_setup *s)
{
	char mode[64], locks[64];
	char *argv[] = { "fpfs", mode, locks, SANDBOX_SOURCE, SANDBOX_OUTSIDE,
			 NULL };

	snprintf(mode, sizeof(mode), "--mode=%s", s->mode);
	snprintf(locks, sizeof(locks), "--locks=%s", s->locks);
	if (fpfs_opts_init(o) || fpfs_opts_parse(o, 5, argv))
		fail("the options");
	o->source = SANDBOX_SOURCE;
	o->mountpoint = SANDBOX_OUTSIDE;
	o->threads = 2;
	if (!s->timeout)
		o->attr_timeout = o->entry_timeout = 0;
}

static struct fuse_session *open_session(struct fpfs *fs, int fd)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *se = NULL;
	char path[32];

	/* libfuse takes such a name for a /dev/fuse that is open already. */
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	if (!fuse_opt_add_arg(&args, "fpfs"))
		se = fuse_session_new(&args, &fpfs_ops, sizeof(fpfs_ops), fs);
	fuse_opt_free_args(&args);
	if (!se || fuse_session_mount(se, path))
		fail("cannot make a session");
	return se;
}

static void open_socket(struct kernel *k, int *daemon)
{
	const struct timeval deadline = { .tv_sec = DEADLINE_S };
	const int size = 2 * MAX_ANSWER;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) ||
	    setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) ||
	    setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &deadline,
		       sizeof(deadline)))
		fail("socketpair: %s", strerror(errno));
	k->fd = fd[0];
	*daemon = fd[1];
}

static void start_lanes(struct kernel *k, unsigned int n)
{
	unsigned int i;

	k->lanes = calloc(n, sizeof(*k->lanes));
	if (!k->lanes)
		fail("no memory");
	k->nlanes = n;
	for (i = 0; i < n; i++) {
		k->lanes[i].k = k;
		k->lanes[i].index = i;
		add_node(&k->lanes[i], FUSE_ROOT_ID, S_IFDIR | 0755);
	}
}

bool kernel_begin_test(void)
{
	const char *why = sandbox_enter();

	setlinebuf(stdout);
	if (why) {
		printf("1..0 # SKIP %s\n", why);
		return false;
	}
	if (fpfs_cred_init())
		fail("the credentials");
	return true;
}

struct kernel *kernel_start(const struct kernel_setup *s)
{
	struct kernel *k = calloc(1, sizeof(*k));
	int daemon;

	if (!k)
		fail("no memory");
	sandbox_fill();
	k->fds_at_start = open_descriptors();
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->news, NULL);
	set_options(&k->opts, s);
	if (fpfs_init(&k->fs, &k->opts))
		fail("fpfs_init");
	open_socket(k, &daemon);
	k->fs.se = open_session(&k->fs, daemon);
	start_lanes(k, s->lanes);
	if (s->workers) {
		k->has_workers = true;
		if (fpfs_workers_init(&k->workers, &k->fs) ||
		    fpfs_workers_start(&k->workers))
			fail("no workers");
	}
	init_session(&k->lanes[0], s->killpriv);
	/*
	 * Both ends of the socket, the source, an epoll, and an eventfd. Not
	 * counted: a thread that begins may have some for a moment.
	 */
	k->fds_running = k->fds_at_start + 4 + s->workers;
	return k;
}

void kernel_settle(struct kernel *k)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	int tries;

	for (tries = 0; tries < DEADLINE_S * 1000; tries++) {
		if (__atomic_load_n(&k->workers.idle, __ATOMIC_RELAXED) ==
		    __atomic_load_n(&k->workers.running, __ATOMIC_RELAXED))
			return;
		nanosleep(&ms, NULL);
	}
	fail("the daemon's threads are busy, with what?");
}

struct lane *kernel_lane(struct kernel *k, unsigned int i)
{
	return &k->lanes[i];
}

/* What waits for a lock is told not to. */
static void interrupt_all(struct lane *l)
{
	unsigned int n;
	struct request r;
	bool made;

	while ((n = count_pending(l))) {
		init_request(&r, "INTERRUPT", 0);
		pthread_mutex_lock(&l->k->lock);
		made = interrupt_of(l, &r, 0);
		pthread_mutex_unlock(&l->k->lock);
		if (made)
			send_request(l, &r);
		await_pending(l, n);
	}
}

void lane_clear(struct lane *l)
{
	struct file *f;
	struct node *n;

	interrupt_all(l);
	while (l->nfiles) {
		f = l->files[0];
		if (release(l, f->node->id, f->fh))
			fail("RELEASE is refused");
		drop_file(l, f);
	}
	while (l->nnodes > 1) {
		n = l->nodes[1];
		forget(l, n->id, n->nlookup);
		drop_node(l, n, n->nlookup);
	}
}

/* What the daemon still holds, in @what; returns whether that is nothing. */
static bool nothing_left(struct kernel *k, char *what, size_t size)
{
	const int64_t backing = __atomic_load_n(&nbacking, __ATOMIC_RELAXED);
	const size_t nodes = fpfs_inode_count(k->fs.inodes);
	const int fds = open_descriptors() - k->fds_running;
	struct fpfs_stats st;

	fpfs_stats_read(&st);
	snprintf(what, size,
		 "left: %zu nodes, %jd open files, %jd backing files, %d descriptors",
		 nodes, (intmax_t)st.open_files, (intmax_t)backing, fds);
	return !nodes && !st.open_files && !st.backing_ids && !backing && !fds;
}

void kernel_check_nothing_left(struct kernel *k)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	char what[256];
	int tries = 0;

	/*
	 * As after some seconds without requests. One that is told while it
	 * begins to wait ends only after the next request.
	 */
	while (k->has_workers && fpfs_workers_trim(&k->workers) &&
	       tries++ < WORKER_MS)
		nanosleep(&ms, NULL);
	tries = 0;

	fpfs_lock_owners_reap(&k->fs.lock_owners);
	/* Workers may not have taken up each FORGET yet. */
	while (!nothing_left(k, what, sizeof(what))) {
		if (!k->has_workers || tries++ == DEADLINE_S * 1000)
			fail("%s", what);
		nanosleep(&ms, NULL);
	}
	if (k->has_workers &&
	    (__atomic_load_n(&k->workers.error, __ATOMIC_RELAXED) ||
	     __atomic_load_n(&k->workers.running, __ATOMIC_RELAXED) < 2))
		fail("a thread of the daemon has ended");
	if (!sandbox_outside_is_untouched())
		fail("something outside of the source has changed");
}

static void stop_workers(struct kernel *k)
{
	fuse_session_exit(k->fs.se);
	shutdown(k->fd, SHUT_RDWR);
	if (!fpfs_workers_join(&k->workers, DEADLINE_S * 1000))
		fail("a thread of the daemon does not end");
	fpfs_workers_exit(&k->workers);
}

void kernel_stop(struct kernel *k)
{
	unsigned int i;

	for (i = 0; i < k->nlanes; i++)
		lane_clear(&k->lanes[i]);
	kernel_check_nothing_left(k);
	for (i = 0; i < k->nlanes; i++)
		free(k->lanes[i].nodes[0]);
	take_late_answers(k);	/* of which there must be none */
	if (k->has_workers)
		stop_workers(k);
	fpfs_lock_waiters_cancel(&k->fs.lock_waiters);
	fuse_session_destroy(k->fs.se);
	fpfs_exit(&k->fs);
	fpfs_opts_free(&k->opts);
	close(k->fd);
	free(k->buf.mem);
	if (open_descriptors() != k->fds_at_start)
		fail("%d descriptors are left",
		     (int)(open_descriptors() - k->fds_at_start));
	pthread_cond_destroy(&k->news);
	pthread_mutex_destroy(&k->lock);
	free(k->lanes);
	free(k);
	/* LeakSanitizer needs it, and a change of credentials clears it. */
	prctl(PR_SET_DUMPABLE, 1);
}
