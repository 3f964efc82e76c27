/* SPDX-License-Identifier: GPL-2.0 */
/* The functions of a kernel, by address. Pure. */
#ifndef FPB_SYMBOLS_H
#define FPB_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct fpb_symbol {
	uint64_t address;
	const char *name;
};

struct fpb_symbols {
	struct fpb_symbol *v;		/* by address; owned */
	size_t n;
	char *text;			/* the names are in it; owned */
};

/*
 * From @text as /proc/kallsyms and System.map have it, which it takes over. A
 * part of a function that the compiler has moved or copied ("f.cold",
 * "f.isra.0") has the function's name. 0, -ENODATA if there are no functions or
 * -ENOMEM; fpb_symbols_free() in either case.
 */
int fpb_symbols_parse(struct fpb_symbols *s, char *text);
void fpb_symbols_free(struct fpb_symbols *s);

/* The function at @address; "?" before the first one. Borrowed. */
const char *fpb_symbols_find(const struct fpb_symbols *s, uint64_t address);

#endif
