/* SPDX-License-Identifier: GPL-2.0 */
/* The subcommands, one in each cmd_*.c, as struct fpb_command has them. */
#ifndef FPB_CMD_H
#define FPB_CMD_H

#include "cli/opts.h"

#define FPB_CMD(name)							\
	int fpb_cmd_##name(const struct fpb_command *self, int argc,	\
			   const char **argv)

FPB_CMD(run);
FPB_CMD(merge);
FPB_CMD(table);
FPB_CMD(plot);
FPB_CMD(compare);
FPB_CMD(pack);
FPB_CMD(replicate);
FPB_CMD(next);
FPB_CMD(turns);
FPB_CMD(letter);
FPB_CMD(probe);
FPB_CMD(exec);
FPB_CMD(cost);
FPB_CMD(check);
FPB_CMD(conform);
FPB_CMD(bisect);
FPB_CMD(kernels);
FPB_CMD(completion);
FPB_CMD(calibration);
FPB_CMD(list);
FPB_CMD(doctor);
FPB_CMD(clean);
FPB_CMD(agent);

#endif
