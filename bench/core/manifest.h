/* SPDX-License-Identifier: GPL-2.0 */
/*
 * manifest.json (bench/run/README.md) as reports need it: checked, with its
 * plan spread out into cells. Pure: no files here.
 */
#ifndef FPB_MANIFEST_H
#define FPB_MANIFEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/names.h"
#include "core/shard.h"
#include "core/target.h"

/*
 * "plan.method": raised whenever the same plan on the same kernels gives other
 * numbers than before ("What shifts numbers" in CHANGELOG.md), so that runs of
 * both are not compared. 2: whole batches, jobs on CPUs of their own, the first
 * eighth of a slice does not count. 3: the kernel counts requests to daemons, which
 * costs them a little; latencies include the submission.
 */
#define FPB_METHOD	3

struct fpb_manifest_kernel {
	const char *name;
	const char *release;		/* NULL if not known */
	enum fpb_lock_state expect;	/* unknown: the run did not say */
	size_t npatches;
};

/* Every text is borrowed from @root, which the manifest owns. */
struct fpb_manifest {
	json_t *root;
	const char *id;			/* "" if there is none */
	const char *backend;
	const char *accelerator;	/* NULL if it has no choice */
	bool relative;			/* IOPS mean nothing outside it */
	bool duet;			/* kernels took turns in slices */
	bool steps;			/* each is compared with the one before */
	unsigned int rounds;		/* that it has, or is to have */
	double until_ci_pct;		/* core/ending.h; 0: no such rule */
	uint64_t max_time_ms;		/* the same */
	double until_side_pct, side_risk_pct;	/* the same */
	const char *ended;		/* by which rule; NULL: by none yet */
	struct fpb_shard shard;		/* the part of the rounds that is here */
	/* That measured it; 1 unless several shards were merged. */
	size_t nmachines;
	const char **machines;		/* their names; NULL: not kept */
	size_t *machine_of_shard, nshards;	/* from 0; NULL: one machine */
	struct fpb_manifest_kernel *kernels;	/* ends with a NULL name */
	size_t nkernels;		/* 1 at least; first: baseline */
	struct fpb_cell *cells;		/* numjobs runs fastest */
	size_t ncells;			/* at least 1 */
};

/*
 * Take a new reference of @root. Returns 0, or -EINVAL or -ENOMEM with a
 * sentence in @why (FPB_REASON_MAX bytes) that names the key.
 */
int fpb_manifest_init(struct fpb_manifest *m, json_t *root, char *why);
void fpb_manifest_free(struct fpb_manifest *m);

struct fpb_names fpb_manifest_kernels(const struct fpb_manifest *m);

/* Their place in kernels or cells, or -1. */
long fpb_manifest_kernel(const struct fpb_manifest *m, const char *name);
long fpb_manifest_cell(const struct fpb_manifest *m,
		       const struct fpb_cell *cell);

/* The rounds that are to be here: all, or those of the shard. */
unsigned int fpb_manifest_rounds(const struct fpb_manifest *m);
bool fpb_manifest_has_round(const struct fpb_manifest *m, unsigned int round);
/* The machine, from 0, that measured @round (from 1). */
size_t fpb_manifest_machine(const struct fpb_manifest *m, unsigned int round);

bool fpb_cell_equal(const struct fpb_cell *a, const struct fpb_cell *b);
/* The same but for numjobs: both are rows of one effect, points of one curve. */
bool fpb_cell_alike(const struct fpb_cell *a, const struct fpb_cell *b);
bool fpb_cell_is_raw(const struct fpb_cell *cell);

/* Return the cell's place in @cells, or that of another target's; or -1. */
long fpb_cells_find(const struct fpb_cell *cells, size_t n,
		    const struct fpb_cell *cell);
long fpb_cells_other(const struct fpb_cell *cells, size_t n,
		     const struct fpb_cell *cell, const char *target);

/*
 * What lies at a path of keys joined by dots, such as "fio.version"; NULL if
 * nothing does. Borrowed. The second is NULL too if it is no text.
 */
json_t *fpb_json_at(const json_t *root, const char *path);
const char *fpb_json_text(const json_t *root, const char *path);

/* The object of the list at @path whose "name" is @name, or NULL. */
json_t *fpb_json_named(const json_t *root, const char *path,
		       const char *name);

#endif
