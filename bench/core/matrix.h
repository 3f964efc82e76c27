/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers by row and replicate (a boot pair, or a session), and what the rows
 * of each replicate come to together. Pure.
 */
#ifndef FPB_MATRIX_H
#define FPB_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

struct fpb_matrix {
	double *d;			/* row after row; NAN: none */
	size_t nrows, n;		/* n replicates */
	bool *counts;			/* by row; none do at first */
	double *mean;			/* by row; private */
};

/* Returns 0 or -ENOMEM; free it in either case. The numbers are not set. */
int fpb_matrix_init(struct fpb_matrix *m, size_t nrows, size_t n);
void fpb_matrix_free(struct fpb_matrix *m);

double *fpb_matrix_row(const struct fpb_matrix *m, size_t row);

/* How many of @n numbers are there. */
size_t fpb_matrix_present(const double *row, size_t n);

/*
 * Let rows count that at least nine tenths of the replicates have of the fullest
 * row (or all but one of them).
 */
void fpb_matrix_choose_rows(struct fpb_matrix *m);

/*
 * Write to @means, which has room for n, the mean of the rows that count in each
 * replicate. A row that the replicate lacks stands there with its mean over the
 * others, and what the replicate's other rows are above theirs. Replicates that
 * lack more than half of the rows are left out. Returns how many are written.
 * @at (may be NULL) gets the replicate of each.
 */
size_t fpb_matrix_means(const struct fpb_matrix *m, double *means, size_t *at);

#endif
