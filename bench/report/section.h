/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A summary cut into sections, one table each: a regime, a workload, a target
 * and one kernel or two, over numjobs. Where there are more kernels, a section
 * with all of them side by side comes before those of the pairs.
 */
#ifndef FPB_SECTION_H
#define FPB_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/summary.h"

struct fpb_section {
	const struct fpb_summary *s;
	const struct fpb_cell *first;	/* its first cell; numjobs varies */
	bool overview;			/* all kernels, not one or two */
	size_t new_side;		/* fpb_section_base() is compared; 0: nothing */
	bool has_raw;			/* raw stands beside the target */
	bool again;			/* the same kernels as in the last one */
};

/*
 * Step to the next section: start with a zeroed *@x whose s is set. False
 * after the last. raw has sections of its own only where nothing else was
 * measured.
 */
bool fpb_section_next(struct fpb_section *x);

/* The kernel that new_side is compared with; the only one if that is none. */
size_t fpb_section_base(const struct fpb_section *x);

/* The section's next cell after @cell, or its first if NULL; NULL: no more. */
const struct fpb_cell *fpb_section_cell(const struct fpb_section *x,
					const struct fpb_cell *cell);

/* @side's result of the section's target, or of raw (NULL: none). */
const struct fpb_cell_result *
fpb_section_result(const struct fpb_section *x, size_t side,
		   const struct fpb_cell *cell);
const struct fpb_cell_result *
fpb_section_raw(const struct fpb_section *x, size_t side,
		const struct fpb_cell *cell);

/* Raw of all kernels together; NULL: none. */
const struct fpb_cell_result *
fpb_section_pooled_raw(const struct fpb_section *x,
		       const struct fpb_cell *cell);

/* Whether the cell has more jobs than there are CPUs. */
bool fpb_section_crowded(const struct fpb_summary *s,
			 const struct fpb_cell *cell);

/* A kernel's name, or "kernel B" in @buf if that is too long for a header. */
#define FPB_SHORT_NAME_MAX	16
const char *fpb_section_short_name(const struct fpb_summary *s, size_t side,
				   char *buf);

/* How people call a target: "FUSE" for fuse. */
const char *fpb_target_title(const char *target);

/* "UML" for uml, "QEMU with TCG" for qemu with that accelerator. */
const char *fpb_backend_title(const struct fpb_manifest *m);

/*
 * What was run ("cpu: randwrite 4k, direct ..."), on what ("null_blk ..."; with
 * the latency of the regime only if @x->first is set), and both, but of what is
 * as it was only what differs. Owned by the caller; NULL if memory is short.
 */
char *fpb_section_job(const struct fpb_section *x);
char *fpb_section_platform(const struct fpb_section *x);
char *fpb_section_caption(const struct fpb_section *x);

/* Name the filesystem on the device. Borrowed. */
const char *fpb_section_filesystem(const struct fpb_section *x);

#endif
