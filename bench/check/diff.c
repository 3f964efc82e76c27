// SPDX-License-Identifier: GPL-2.0
#include "check/check.h"
const struct check_case diff_cases[] = { { .name = NULL } };
