/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CHECK_SIZES_H
#define CHECK_SIZES_H

#include <stdint.h>

#define KIB		UINT64_C(1024)
#define MIB		(1024 * KIB)
#define BLOCK		UINT64_C(4096)	/* the unit of writes and stamps */

#endif
