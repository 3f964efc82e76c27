/* SPDX-License-Identifier: GPL-2.0 */
/* What an I/O costs: quantiles of its latency, and CPU time. Pure. */
#ifndef FPB_LATENCY_H
#define FPB_LATENCY_H

#include <stdbool.h>

#include "core/stats.h"

/*
 * Those that a sample has: quantiles of lat_ns; and cpu_ns.all over the I/Os that it
 * was spent on, which is compared as they are.
 */
enum fpb_quantile {
	FPB_P50, FPB_P99, FPB_P999, FPB_QUANTILES,
	FPB_CPU = FPB_QUANTILES, FPB_COSTS
};

/* "p50", "p99", "p99.9", "CPU"; and as a key of JSON or CSV: "p999", "cpu". */
const char *fpb_quantile_name(enum fpb_quantile q);
const char *fpb_quantile_key(enum fpb_quantile q);

/*
 * Whether samples of @ios I/Os (their mean) tell quantile p: ten of them at
 * least lie beyond it, @ios (1 - p) >= 10. How many do is binomial, so that the
 * rank is then known to a third, sqrt(10) of 10 (David and Nagaraja, Order
 * Statistics, 2003, 7.1). With fewer the quantile is little more than the
 * slowest few I/Os.
 */
bool fpb_quantile_known(enum fpb_quantile q, double ios);

/* One of these of one cell under one kernel. */
struct fpb_latency {
	double *log_ns;			/* by round, of ns; NAN: none */
	bool few;			/* too few I/Os: nothing below is valid */
	/* Geometric mean over the rounds that all kernels have. */
	struct fpb_estimate ns;
	/*
	 * Over the baseline's: interval simultaneous over all rows of a target
	 * and quantile; n = 0 for the baseline, and if that has too few I/Os.
	 */
	struct fpb_estimate vs_base;
	struct fpb_verdict verdict;	/* fpb_latency_verdict() */
};

/* Of whom the CPU time is: fio and its jobs, the daemon, the rest of the kernel. */
enum fpb_cpu_part { FPB_CPU_APP, FPB_CPU_DAEMON, FPB_CPU_KERNEL, FPB_CPU_PARTS };

/* One of these over all rows of an effect (core/effect.h). */
struct fpb_latency_effect {
	unsigned int rows;		/* whose samples tell it */
	unsigned int rows_few;		/* whose samples have too few I/Os */
	double alpha;			/* of the interval */
	struct fpb_estimate ratio;	/* to the baseline; not a logarithm */
	struct fpb_verdict verdict;
};

/*
 * fpb_verdict() of @e, the logarithm of one latency over another: direction 1
 * is higher and so worse. No direction is claimed of less than 1/64: fio counts
 * latencies in buckets, so that each of the two may be off by 1/128 of its value
 * in every sample (fio's stat.h: 1/2^(FIO_IO_U_PLAT_BITS + 1)), which no number
 * of boot pairs averages out.
 */
struct fpb_verdict fpb_latency_verdict(const struct fpb_estimate *e,
				       double margin);

/* "worse", "better" or "". */
const char *fpb_latency_direction(int direction);

#endif
