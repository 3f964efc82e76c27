// SPDX-License-Identifier: GPL-2.0
#include "harness.h"
#include <stddef.h>
const struct test attr_tests[] = { { NULL, NULL } };
