/* SPDX-License-Identifier: GPL-2.0 */
/* The folder of a search: made, read, added to. Statuses as in bisect/search.h. */
#ifndef FPB_BISECT_FOLDER_H
#define FPB_BISECT_FOLDER_H

#include "bisect/task.h"

/* Make the folder and the repository in it; set s->dir and s->repo. */
int fpb_folder_make(struct fpb_search *s, const char *results);
/* Write down what is asked for, which is settled now. */
int fpb_folder_write(const struct fpb_search *s);
/* Read all of it; sets s->dir and s->repo, too. */
int fpb_folder_read(struct fpb_search *s, const char *dir);
/* Keep a revision that was judged. */
int fpb_folder_add(struct fpb_search *s, const struct fpb_revision *r);
/* Keep git's log where the user finds it: "git bisect replay" takes it. */
int fpb_folder_keep_log(const struct fpb_search *s);

#endif
