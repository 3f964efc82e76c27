/* SPDX-License-Identifier: GPL-2.0 */
/* The slices of a fio job of two sides as a sample of each side. */
#ifndef FPB_PAIRSAMPLE_H
#define FPB_PAIRSAMPLE_H

#include "core/result.h"
#include "pairfile.h"

/*
 * From the slices of all @n processes of one fio job: the rates of both sides
 * and their ratio, to @s[0] (filename=) and @s[1] (pair=). Their status is not
 * touched. Pure. Returns 0, or -errno with a sentence: the files are not of
 * one job, too few slices can be used, or so many were lost while draining
 * that the rest cannot stand for them.
 */
int fpb_pairsample(const struct fpb_pairfile *jobs, size_t n,
		   struct fpb_sample *s[2], char *why);

/* The same from the files that the engine wrote at @prefix. */
int fpb_pairsample_load(const char *prefix, unsigned int n,
			struct fpb_sample *s[2], char *why);

#endif
