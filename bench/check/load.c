// SPDX-License-Identifier: GPL-2.0
#include "check/check.h"
const struct check_case load_cases[] = { { .name = NULL } };
