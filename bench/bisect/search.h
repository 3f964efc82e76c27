/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The search for the commit that made a kernel slower: git says which revision
 * comes next, it is built, and a run of it beside the good one says what it is.
 * README.md describes the folder of a search. Functions return an exit status of
 * os/msg.h, after a message if it is not FPB_EXIT_OK.
 */
#ifndef FPB_BISECT_SEARCH_H
#define FPB_BISECT_SEARCH_H

#include "bisect/task.h"

/* Begin a search in a new folder below @results. */
int fpb_search_make(struct fpb_search *s, const char *results,
		    const char *good, const char *bad);

/* Go on with the one in @dir. */
int fpb_search_open(struct fpb_search *s, const char *dir);

/* Search until git has found the commit, or no more can be told. */
int fpb_search_run(struct fpb_search *s);

void fpb_search_free(struct fpb_search *s);

#endif
