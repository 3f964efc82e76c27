// SPDX-License-Identifier: GPL-2.0
#include "core/latency.h"

#include <math.h>

#define BEYOND_MIN	10
#define BUCKET		(1.0 / 64)

static const struct {
	const char *name, *key;
	double beyond;			/* the part of the I/Os that is slower */
} quantiles[FPB_COSTS] = {
	[FPB_P50]  = { "p50",   "p50",  0.5 },
	[FPB_P99]  = { "p99",   "p99",  0.01 },
	[FPB_P999] = { "p99.9", "p999", 0.001 },
	[FPB_CPU]  = { "CPU",   "cpu",  1 },
};

const char *fpb_quantile_name(enum fpb_quantile q)
{
	return quantiles[q].name;
}

const char *fpb_quantile_key(enum fpb_quantile q)
{
	return quantiles[q].key;
}

bool fpb_quantile_known(enum fpb_quantile q, double ios)
{
	return ios * quantiles[q].beyond >= BEYOND_MIN;
}

struct fpb_verdict fpb_latency_verdict(const struct fpb_estimate *e,
				       double margin)
{
	struct fpb_verdict v = fpb_verdict(e, margin);

	if (fabs(e->value) < log1p(BUCKET))
		v.direction = 0;
	return v;
}

const char *fpb_latency_direction(int direction)
{
	return direction > 0 ? "worse" : direction < 0 ? "better" : "";
}
