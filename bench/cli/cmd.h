/* SPDX-License-Identifier: GPL-2.0 */
/* The subcommands, one in each cmd_*.c. Each returns an exit status. */
#ifndef FPB_CMD_H
#define FPB_CMD_H

int fpb_cmd_run(int argc, const char **argv);
int fpb_cmd_table(int argc, const char **argv);
int fpb_cmd_plot(int argc, const char **argv);
int fpb_cmd_compare(int argc, const char **argv);
int fpb_cmd_probe(int argc, const char **argv);
int fpb_cmd_exec(int argc, const char **argv);
int fpb_cmd_check(int argc, const char **argv);
int fpb_cmd_list(int argc, const char **argv);
int fpb_cmd_doctor(int argc, const char **argv);
int fpb_cmd_clean(int argc, const char **argv);
int fpb_cmd_agent(int argc, const char **argv);

#endif
