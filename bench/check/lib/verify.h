/* SPDX-License-Identifier: GPL-2.0 */
/* The proof that no acknowledged write of parallel writers is lost. */
#ifndef CHECK_VERIFY_H
#define CHECK_VERIFY_H

#include "check/lib/writers.h"

/*
 * Fail unless @path has @bytes and each block carries a sound stamp of its
 * place: of the last acknowledged write of one of its writers, or of
 * check_fill() (if @filled) where nobody wrote.
 */
void check_verify(const struct check_writers *g, const char *path,
		  uint64_t bytes, bool filled);
/* The same, except for @hole_bytes at @hole. */
void check_verify_around(const struct check_writers *g, const char *path,
			 uint64_t bytes, bool filled, uint64_t hole,
			 uint64_t hole_bytes);
/* For O_APPEND: each write is there once, whole, in its writer's order. */
void check_verify_appended(const struct check_writers *g, const char *path);

#endif
