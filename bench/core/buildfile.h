/* SPDX-License-Identifier: GPL-2.0 */
/*
 * build.json, which says what a kernel was built from (bench/run/README.md). Pure.
 */
#ifndef FPB_BUILDFILE_H
#define FPB_BUILDFILE_H

#include <jansson.h>
#include <stddef.h>

/*
 * The object in @text: a new reference, or NULL with what is wrong in @why
 * (FPB_REASON_MAX bytes), to follow the file's name and a colon. Any key may be
 * absent; those that are described have a value of their type.
 */
json_t *fpb_buildfile_parse(const char *text, size_t len, char *why);

#endif
