/* SPDX-License-Identifier: GPL-2.0 */
/* The block device below everything, backed by memory. */
#ifndef FPB_DEVICE_H
#define FPB_DEVICE_H

#include <stdbool.h>

/*
 * The type of device that this kernel offers: "null_blk" if it is there, built
 * in, or a module that could be loaded; else "loop", a file on tmpfs. Only
 * looks, as any user: nothing is loaded or mounted.
 */
const char *fpb_device_default(void);

/* Whether devices of this type can complete after a set latency. */
bool fpb_device_has_latency(const char *type);

#endif
