/* SPDX-License-Identifier: GPL-2.0 */
/* The command line, as a user or as mount(8) gives it. */
#ifndef FPFS_MOUNT_HELPER_H
#define FPFS_MOUNT_HELPER_H

#include "opts.h"

/*
 * Parse @argv into @o. If argv[0] is called mount.SOMETHING, as mount(8) calls
 * a helper: "SOURCE MOUNTPOINT [-sfnv] [-N NS] [-t TYPE] [-o OPTIONS]", where
 * options that are for mount(8) alone are passed over. 0, or -errno with the
 * reason printed. fpfs_opts_free() frees what @o holds, also after an error.
 */
int fpfs_command_line_parse(struct fpfs_opts *o, int argc, char **argv);

#endif
