// SPDX-License-Identifier: GPL-2.0
#include "check/check.h"
const struct check_case hazard_cases[] = { { .name = NULL } };
