/* SPDX-License-Identifier: GPL-2.0 */
/* The engine's options: what each means is in engine.c. Knows no fio. */
#ifndef FPB_ENGINE_OPTIONS_H
#define FPB_ENGINE_OPTIONS_H

/* Files that a job may have on a side: their names have eight digits. */
#define FPB_META_MAX	10000000

/* Filled in by fio: types as its parser wants them. */
struct fpb_options {
	/* fio writes the job's thread_data here. */
	void *td;
	/* Index into engine.c's paths[]. */
	unsigned int submit;
	unsigned int pair_same;
	unsigned int expect_passthrough;
	unsigned int expect_no_daemon_io;
	unsigned int verbose;
	unsigned int pin_jobs;
	unsigned int nowait;
	unsigned int dsync;
	unsigned int append;
	unsigned int hipri;
	unsigned int fixedbufs;
	unsigned int registerfiles;
	unsigned int sqthread_poll;
	unsigned int sqthread_poll_cpu;
	unsigned int sqthread_poll_cpu_set;
	/* Owned by fio; NULL if not given. */
	char *pair;
	char *pair_slices;
	char *expect_fs;
	char *expect_pair_fs;
	char *report;
	unsigned long long pair_slice_us;
	unsigned long long pair_guard_us;
	unsigned long long pair_seed;
	unsigned int pair_lanes;
	unsigned int pair_lane;
	unsigned int pair_raw_every;
	/* By the host's CLOCK_REALTIME; 0: at once. */
	unsigned long long pair_start;
	/* 0 if not given: each path has its own default. */
	unsigned int meta_files;
	unsigned int meta_files_pair;
	unsigned int meta_limit;
	unsigned long long append_limit;
	/* I/Os before the first mark, and between the two; 0: no marks. */
	unsigned int mark_after, mark_ios;
	/* fio knows no signed numbers of 64 bits: as text. */
	char *pair_clock_offset;
};

#endif
