/* SPDX-License-Identifier: GPL-2.0 */
/* Reports on stdout, and the options that choose them. */
#ifndef FPB_PRINT_H
#define FPB_PRINT_H

#include <popt.h>
#include <stdbool.h>

#include "core/outcome.h"
#include "report/report.h"

/* As the user wrote them. Zeroed by the caller; popt allocates the texts. */
struct fpb_print_args {
	char *format, *margin, *fail_on;
	int ascii, notes;
};

#define FPB_PRINT_ARGS(a)						\
	{ "format", 'f', POPT_ARG_STRING, &(a).format, 0,		\
	  "text, markdown, html, csv, json or junit (default: text)",	\
	  "NAME" },							\
	{ "ascii", 0, POPT_ARG_NONE, &(a).ascii, 0,			\
	  "Print ASCII only", NULL },					\
	{ "notes", 0, POPT_ARG_NONE, &(a).notes, 0,			\
	  "Print all notes of a text or Markdown table", NULL },	\
	{ "margin", 0, POPT_ARG_STRING, &(a).margin, 0,			\
	  "Say \"within\" of a difference below this, in percent "	\
	  "(default: 5)", "PCT" },					\
	{ "fail-on", 0, POPT_ARG_STRING, &(a).fail_on, 0,		\
	  "regression: exit 1 if something is slower; regression=PCT: by more " \
	  "than PCT percent; unresolved: exit 3 if something is not resolved " \
	  "or the control fails; or both, with a comma (default: exit 0 "	\
	  "whatever was found)", "WHAT" },

struct fpb_print_options {
	const struct fpb_report *report;
	bool ascii, notes;
	double margin;		/* 0.05 for 5 % */
	struct fpb_gate gate;
};

/* Returns 0, or -EINVAL after a message. */
int fpb_print_options(struct fpb_print_options *o, const char *command,
		      const struct fpb_print_args *a);

/* Returns 0 or -errno, without a message. */
int fpb_print_summary(const struct fpb_summary *s,
		      const struct fpb_print_options *o);

/* The exit status that the gate makes of all that was printed. */
int fpb_print_status(const struct fpb_print_options *o,
		     const struct fpb_outcome *all);

/* What a report's or summary's error means. */
const char *fpb_print_error(int error);

#endif
