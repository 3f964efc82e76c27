// SPDX-License-Identifier: GPL-2.0
#include "core/matrix.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

int fpb_matrix_init(struct fpb_matrix *m, size_t nrows, size_t n)
{
	*m = (struct fpb_matrix){ .nrows = nrows, .n = n };
	m->d = malloc((nrows * n + 1) * sizeof(*m->d));
	m->counts = calloc(nrows + 1, sizeof(*m->counts));
	m->mean = malloc((nrows + 1) * sizeof(*m->mean));
	return m->d && m->counts && m->mean ? 0 : -ENOMEM;
}

void fpb_matrix_free(struct fpb_matrix *m)
{
	free(m->mean);
	free(m->counts);
	free(m->d);
}

double *fpb_matrix_row(const struct fpb_matrix *m, size_t row)
{
	return m->d + row * m->n;
}

size_t fpb_matrix_present(const double *row, size_t n)
{
	size_t i, some = 0;

	for (i = 0; i < n; i++)
		some += !isnan(row[i]);
	return some;
}

static size_t present(const struct fpb_matrix *m, size_t row)
{
	return fpb_matrix_present(fpb_matrix_row(m, row), m->n);
}

void fpb_matrix_choose_rows(struct fpb_matrix *m)
{
	size_t i, most = 0;

	for (i = 0; i < m->nrows; i++)
		most = fmax(most, present(m, i));
	for (i = 0; i < m->nrows; i++)
		m->counts[i] = most && present(m, i) >=
			       fmin(0.9 * most, most - 1);
}

static double row_mean(const struct fpb_matrix *m, size_t row)
{
	const double *d = fpb_matrix_row(m, row);
	double sum = 0;
	size_t i;

	for (i = 0; i < m->n; i++)
		sum += isnan(d[i]) ? 0 : d[i];
	return sum / present(m, row);
}

/* Of one replicate; NAN if more than half of the rows are not there. */
static double mean_of_rows(const struct fpb_matrix *m, size_t at)
{
	double all = 0, above = 0;
	size_t i, rows = 0, n = 0;

	for (i = 0; i < m->nrows; i++) {
		const double d = fpb_matrix_row(m, i)[at];

		if (!m->counts[i])
			continue;
		rows++;
		all += m->mean[i];
		if (isnan(d))
			continue;
		n++;
		above += d - m->mean[i];
	}
	return n && 2 * n >= rows ? all / rows + above / n : NAN;
}

size_t fpb_matrix_means(const struct fpb_matrix *m, double *means, size_t *at)
{
	size_t i, n = 0;

	for (i = 0; i < m->nrows; i++)
		m->mean[i] = row_mean(m, i);
	for (i = 0; i < m->n; i++) {
		double mean = mean_of_rows(m, i);

		if (isnan(mean))
			continue;
		if (at)
			at[n] = i;
		means[n++] = mean;
	}
	return n;
}
