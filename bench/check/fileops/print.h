/* SPDX-License-Identifier: GPL-2.0 */
/* Operations for people to read and to repeat. Pure. */
#ifndef CHECK_PRINT_H
#define CHECK_PRINT_H

#include <stdio.h>

#include "check/fileops/fileop.h"

/* One line for a message. */
void fileop_describe(const struct fileop *op, char *text, size_t size);

/* A C program that does @ops in its working directory and prints results. */
void fileop_print_program(FILE *out, const struct fileop *ops, size_t n);

#endif
