// SPDX-License-Identifier: GPL-2.0
/*
 * Which effect a fleet finds in ten minutes: the decision on an effect, with machines
 * as blocks, on sessions made up from measured components. Prints a table for
 * bench/calibration/README.md and plots/fleet.gp. Fixed seed.
 *
 * If all boot pairs are d higher, so is the interval. So one set of sessions of
 * identical kernels is enough: the effect that is found with 95 % power is what 95 %
 * of the lower bounds lack to 0.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "core/stats.h"

#define PAIRS		14		/* of a machine in ten minutes: the default plan */
#define MACHINES_MAX	256
#define SESSIONS	1000
#define POWER		0.95
/* Three effects share the level: one of each regime. */
#define ALPHA		(FPB_ALPHA_EFFECT / 3)

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static const struct scene {
	const char *name;
	double sd;		/* of the effect in a boot pair */
	double spread;		/* of machines' true effects */
} scenes[] = {
	/* bench/calibration: of sessions with 2 rows */
	{ "quiet", 0.026, 0 },
	{ "loaded", 0.070, 0 },
	/* Not measured: there was one machine. */
	{ "quiet, machines differ by 1 %", 0.026, 0.01 },
};

static const unsigned int machines[] = { 1, 4, 16, 64, 256 };

/* The interval of one session; the truth is 0. */
static struct fpb_estimate play(gsl_rng *rng, const struct scene *s,
				unsigned int n, double *d, size_t *block)
{
	struct fpb_estimate e;
	size_t i, k, used = 0;

	for (k = 0; k < n; k++) {
		const double own = gsl_ran_gaussian(rng, s->spread);

		for (i = 0; i < PAIRS; i++) {
			block[used] = k;
			d[used++] = own + gsl_ran_gaussian(rng, s->sd);
		}
	}
	if (fpb_stats_centre_in(d, block, used, ALPHA, &e) || !e.has_interval)
		abort();
	return e;
}

static void put(gsl_rng *rng, const struct scene *s, size_t scene,
		unsigned int n)
{
	static double d[MACHINES_MAX * PAIRS], lacking[SESSIONS];
	static double half[SESSIONS];
	static size_t block[MACHINES_MAX * PAIRS];
	unsigned int i, wrong = 0;

	for (i = 0; i < SESSIONS; i++) {
		struct fpb_estimate e = play(rng, s, n, d, block);

		lacking[i] = -e.lo;
		half[i] = (e.hi - e.lo) / 2;
		wrong += e.lo > 0 || e.hi < 0;
	}
	gsl_sort(lacking, 1, SESSIONS);
	gsl_sort(half, 1, SESSIONS);
	printf("%zu\t%u\t%.3f\t%.3f\t%.1f\t%s\n", scene, n,
	       100 * expm1(gsl_stats_quantile_from_sorted_data(lacking, 1,
							       SESSIONS, POWER)),
	       100 * expm1(gsl_stats_median_from_sorted_data(half, 1,
							     SESSIONS)),
	       100.0 * wrong / SESSIONS, s->name);
}

int main(void)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t i, k;

	printf("# %d boot pairs of each machine, %d sessions a line\n"
	       "# scene\tmachines\tfound, %%\t+-, %%\twrong, %%\tname\n", PAIRS,
	       SESSIONS);
	for (i = 0; i < NELEM(scenes); i++)
		for (k = 0; k < NELEM(machines); k++)
			put(rng, &scenes[i], i, machines[k]);
	gsl_rng_free(rng);
	return 0;
}
