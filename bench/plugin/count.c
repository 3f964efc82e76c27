// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's TCG: how many instructions of its kernel the guest executed
 * between two marks (engines/mark.h), by call stack. Argument out=FILE, which
 * gets, for each pair of marks, a line "begin", a tree, and a line "end".
 *
 * Each line of the tree is a node, "ADDRESS PARENT COUNT" (hexadecimal, decimal,
 * decimal): a call, or a block of instructions; the number of the call that it
 * was executed under, 0: none; and how many of its instructions were. Nodes are
 * numbered from 1, a call comes before what is under it. The functions at the
 * addresses from a block up to its root are a call stack.
 *
 * A return is matched with its call by where the return address was: it is popped
 * from where the call pushed it. So a context switch, which changes the stack,
 * changes the calls with it. An interrupt is no call and changes nothing; what it
 * calls is under the call that it interrupted.
 *
 * It is loaded into QEMU and uses nothing of fpbench. QEMU's packages have no
 * header of the interface: what is needed of it is declared here, as
 * docs/devel/tcg-plugins.rst of QEMU describes it. Versions: 1 is QEMU 4.2 to
 * 8.2, 2 is 9.0, 3 and later are 9.1 and later.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mark.h"

/* --- QEMU's ------------------------------------------------------------------ */

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_scoreboard;

/* qemu_info_t, as far as it is read. */
struct info {
	const char *target_name;
	struct {
		int min, cur;
	} version;
};

/* qemu_plugin_u64 */
struct score {
	struct qemu_plugin_scoreboard *board;
	size_t offset;
};

enum { ADD_U64 };			/* enum qemu_plugin_op */
enum { NO_REGISTERS };			/* enum qemu_plugin_cb_flags */
enum { READS_AND_WRITES = 3 };		/* enum qemu_plugin_mem_rw */

typedef void (*exec_fn)(unsigned int cpu, void *user);
typedef void (*mem_fn)(unsigned int cpu, uint32_t info, uint64_t address,
		       void *user);

void qemu_plugin_register_vcpu_init_cb(uint64_t id,
		void (*cb)(uint64_t id, unsigned int cpu));
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
		void (*cb)(uint64_t id, struct qemu_plugin_tb *tb));
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
/* Before version 3; then size_t (insn, void *to, size_t len). */
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
		exec_fn cb, int flags, void *user);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
		exec_fn cb, int flags, void *user);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
		mem_fn cb, int flags, int rw, void *user);
bool qemu_plugin_mem_is_store(uint32_t info);

#define OPTIONAL	__attribute__((weak))
/* In version 1. */
OPTIONAL void
qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
		int op, void *ptr, uint64_t imm);
/* Since version 2. */
OPTIONAL void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
		struct qemu_plugin_insn *insn, int op, struct score entry,
		uint64_t imm);
OPTIONAL struct qemu_plugin_scoreboard *
qemu_plugin_scoreboard_new(size_t size);
OPTIONAL void *
qemu_plugin_scoreboard_find(struct qemu_plugin_scoreboard *board,
			    unsigned int cpu);

/* What it looks for in us. */
#define EXPORT	__attribute__((visibility("default")))
extern EXPORT int qemu_plugin_version;
int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const struct info *info, int argc,
			       char **argv);

/*
 * QEMU compares the version with those that it knows as soon as we are loaded:
 * version 2 took away what is needed of version 1.
 */
__attribute__((constructor))
static void choose_version(void)
{
	if (qemu_plugin_scoreboard_new)
		qemu_plugin_version = 2;
}

static FILE *out;

/* --- memory ------------------------------------------------------------------ */

static void *no_less(void *p)
{
	if (!p) {
		fputs("count plugin: not enough memory\n", stderr);
		exit(1);
	}
	return p;
}

/* From two numbers, of which the first is not 0, to one. */
struct map {
	struct entry {
		uint64_t a, b;
		uint32_t value;
	} *v;
	size_t n, size;			/* a power of two; at most half is used */
};

static struct entry *find(const struct map *m, uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ b * 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;

	for (size_t i = h >> 32; ; i++) {
		struct entry *e = &m->v[i & (m->size - 1)];

		if (!e->a || (e->a == a && e->b == b))
			return e;
	}
}

static void grow(struct map *m)
{
	const struct map old = *m;

	m->size = old.size ? 2 * old.size : 1 << 16;
	m->v = no_less(calloc(m->size, sizeof(*m->v)));
	for (size_t i = 0; i < old.size; i++)
		if (old.v[i].a)
			*find(m, old.v[i].a, old.v[i].b) = old.v[i];
	free(old.v);
}

/* Valid until the next call; 0 if it is new. */
static uint32_t *at(struct map *m, uint64_t a, uint64_t b)
{
	struct entry *e;

	if (2 * m->n >= m->size)
		grow(m);
	e = find(m, a, b);
	if (!e->a) {
		*e = (struct entry){ .a = a, .b = b };
		m->n++;
	}
	return &e->value;
}

/* --- the tree ---------------------------------------------------------------- */

struct node {
	uint64_t address, count;
	uint32_t parent;
	uint32_t number;		/* when it is written; 0: it is not */
};

/* A block, or a call at the end of one; and the node that it was last. */
struct place {
	uint64_t address;
	const struct place *block;
	uint32_t parent, node;
};

/* All that has been called since the boot; the first one is nobody. */
static struct node *nodes;
static uint32_t nnodes, room;

/* Nodes by address and parent; the caller's node by the return address's place. */
static struct map known, callers;

/* Where the guest is: whoever made the last call, and what counts now. */
static uint32_t caller, current;

/* The block that it executes; NULL once that has called or returned. */
static const struct place *block;

/*
 * Instructions of the kernel: the counter, which is QEMU's since version 2, and
 * how many of them the nodes have. There is one CPU.
 */
static uint64_t ours, *executed = &ours, settled;
static struct qemu_plugin_scoreboard *board;

static uint32_t add_node(uint64_t address, uint32_t parent)
{
	if (nnodes == room) {
		room = room ? 2 * room : 1 << 16;
		nodes = no_less(reallocarray(nodes, room, sizeof(*nodes)));
	}
	nodes[nnodes] = (struct node){ .address = address, .parent = parent };
	return nnodes++;
}

static struct place *new_place(uint64_t address, const struct place *of)
{
	struct place *p = no_less(calloc(1, sizeof(*p)));

	p->address = address;
	p->block = of ? of : p;
	return p;
}

/* The place's node in what is called now. */
static uint32_t node_of(struct place *p)
{
	uint32_t *node;

	if (p->node && p->parent == caller)
		return p->node;
	node = at(&known, p->address, caller);
	if (!*node)
		*node = add_node(p->address, caller);
	p->parent = caller;
	p->node = *node;
	return p->node;
}

static void settle(void)
{
	nodes[current].count += *executed - settled;
	settled = *executed;
}

/* --- what the guest does ----------------------------------------------------- */

static void on_block(unsigned int cpu, void *place)
{
	settle();
	current = node_of(place);
	block = place;
}

/* From here the kernel is entered anew. */
static void on_user(unsigned int cpu, void *user)
{
	settle();
	caller = current = 0;
}

/*
 * Whether an access is of the call or return that it was asked for. QEMU 7.2 goes
 * on to report those of an instruction that follows, such as iretq; and it takes
 * reads for writes if it is asked for either alone.
 */
static bool is_of(const struct place *p, uint32_t info, bool store)
{
	if (p->block != block || qemu_plugin_mem_is_store(info) != store)
		return false;
	block = NULL;
	return true;
}

static void on_call(unsigned int cpu, uint32_t info, uint64_t address,
		    void *place)
{
	if (!is_of(place, info, true))
		return;
	*at(&callers, address, 0) = caller;
	caller = node_of(place);
}

/* To nobody, if it was not called but made up, as for a new task. */
static void on_return(unsigned int cpu, uint32_t info, uint64_t address,
		      void *place)
{
	if (is_of(place, info, false))
		caller = *at(&callers, address, 0);
}

static void on_begin(unsigned int cpu, void *user)
{
	settle();
	for (uint32_t i = 0; i < nnodes; i++)
		nodes[i].count = 0;
	fputs("begin\n", out);
	fflush(out);
}

/* A node is written if something was executed in it, or in one below it. */
static void on_end(unsigned int cpu, void *user)
{
	uint32_t n = 0;

	settle();
	for (uint32_t i = nnodes; --i; ) {
		nodes[i].number |= nodes[i].count != 0;
		nodes[nodes[i].parent].number |= nodes[i].number;
	}
	nodes[0].number = 0;
	for (uint32_t i = 1; i < nnodes; i++) {
		if (!nodes[i].number)
			continue;
		nodes[i].number = ++n;
		fprintf(out, "%llx %u %llu\n",
			(unsigned long long)nodes[i].address,
			nodes[nodes[i].parent].number,
			(unsigned long long)nodes[i].count);
	}
	for (uint32_t i = 1; i < nnodes; i++)
		nodes[i].number = 0;
	fputs("end\n", out);
	fflush(out);
}

/* --- translation ------------------------------------------------------------- */

/* The kernel's text and its modules' are in the last two GiB of addresses. */
#define KERNEL	0xffffffff80000000ull

/* Of an instruction: no processor has a longer one. */
struct code {
	uint8_t bytes[16];
	size_t n;
};

static bool copies_code;		/* the interface has version 3 or later */

static struct code code_of(const struct qemu_plugin_insn *insn)
{
	size_t (*copy)(const struct qemu_plugin_insn *, void *, size_t) =
		(void *)qemu_plugin_insn_data;
	struct code c = { .n = qemu_plugin_insn_size(insn) };

	if (c.n >= sizeof(c.bytes))
		c.n = sizeof(c.bytes) - 1;
	if (copies_code)
		copy(insn, c.bytes, c.n);
	else
		memcpy(c.bytes, qemu_plugin_insn_data(insn), c.n);
	return c;
}

static bool is_mark(const struct code *c, uint32_t offset)
{
	return c->n == 8 && !memcmp(c->bytes, FPB_MARK_CODE, 4) &&
	       !memcmp(c->bytes + 4, &offset, sizeof(offset));
}

/* A string instruction with a prefix that repeats it. */
static bool repeats(const struct code *c)
{
	const uint8_t op = c->bytes[c->n - 1];

	return (c->bytes[0] == 0xf2 || c->bytes[0] == 0xf3) && c->n <= 3 &&
	       ((op >= 0xa4 && op <= 0xa7) || (op >= 0xaa && op <= 0xaf));
}

/* Behind prefixes: of segment, size, repetition, and REX. */
static const uint8_t *opcode(const struct code *c)
{
	static const char prefixes[] = "\x2e\x36\x3e\x64\x65\x66\xf2\xf3";
	const uint8_t *op = c->bytes;

	while (op + 1 < c->bytes + c->n &&
	       (memchr(prefixes, *op, strlen(prefixes)) || (*op & 0xf0) == 0x40))
		op++;
	return op;
}

static bool calls(const struct code *c)
{
	const uint8_t *op = opcode(c);

	return *op == 0xe8 || (*op == 0xff && (op[1] & 0x38) == 0x10);
}

static bool returns(const struct code *c)
{
	const uint8_t *op = opcode(c);

	return *op == 0xc3 || *op == 0xc2;
}

static void count(struct qemu_plugin_insn *insn)
{
	const struct score score = { board, 0 };

	if (board)
		qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn,
						ADD_U64, score, 1);
	else
		qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64,
							   executed, 1);
}

static void translate_kernel(struct qemu_plugin_insn *insn,
			     const struct code *c, struct place *in, bool first)
{
	/*
	 * QEMU executes it once for each repetition: again as the first of a
	 * block, while processors count one instruction.
	 */
	if (!first || !repeats(c))
		count(insn);
	if (calls(c))
		qemu_plugin_register_vcpu_mem_cb(insn, on_call, NO_REGISTERS,
			READS_AND_WRITES,
			new_place(qemu_plugin_insn_vaddr(insn), in));
	else if (returns(c))
		qemu_plugin_register_vcpu_mem_cb(insn, on_return, NO_REGISTERS,
						 READS_AND_WRITES, in);
}

static void translate_user(struct qemu_plugin_insn *insn,
			   const struct code *c)
{
	if (is_mark(c, FPB_MARK_BEGIN))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin,
						       NO_REGISTERS, NULL);
	else if (is_mark(c, FPB_MARK_END))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_end,
						       NO_REGISTERS, NULL);
}

static void on_translation(uint64_t id, struct qemu_plugin_tb *tb)
{
	const uint64_t address = qemu_plugin_tb_vaddr(tb);
	struct place *kernel = address < KERNEL ? NULL :
			       new_place(address, NULL);

	qemu_plugin_register_vcpu_tb_exec_cb(tb, kernel ? on_block : on_user,
					     NO_REGISTERS, kernel);
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const struct code c = code_of(insn);

		if (kernel)
			translate_kernel(insn, &c, kernel, i == 0);
		else
			translate_user(insn, &c);
	}
}

static void on_cpu(uint64_t id, unsigned int cpu)
{
	if (board)
		executed = qemu_plugin_scoreboard_find(board, cpu);
}

int qemu_plugin_install(uint64_t id, const struct info *info, int argc,
			char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "we");
		/* To see whether a QEMU takes us. */
		if (!strncmp(argv[i], "probe=", 6))
			exit(0);
	}
	if (!out) {
		fprintf(stderr, "count plugin: out=FILE: %s\n",
			strerror(errno));
		return -1;
	}
	copies_code = info->version.cur >= 3;
	if (qemu_plugin_scoreboard_new)
		board = qemu_plugin_scoreboard_new(sizeof(*executed));
	add_node(0, 0);
	qemu_plugin_register_vcpu_init_cb(id, on_cpu);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
