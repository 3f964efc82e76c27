// SPDX-License-Identifier: GPL-2.0
#include "harness.h"
#include <stddef.h>
const struct test mode_tests[] = { { NULL, NULL } };
