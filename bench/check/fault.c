// SPDX-License-Identifier: GPL-2.0
#include "check/check.h"
const struct check_case fault_cases[] = { { .name = NULL } };
