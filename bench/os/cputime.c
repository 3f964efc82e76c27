// SPDX-License-Identifier: GPL-2.0
#include "os/cputime.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"

struct process {
	pid_t pid, parent;
	bool ours;
};

/* The parent's number follows the name, which may hold anything. */
static pid_t parent_of(pid_t pid)
{
	char path[64], *text, *p;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fpb_file_read(path, &text, NULL))
		return 0;
	p = strrchr(text, ')');
	if (p)
		sscanf(p + 1, " %*c %d", &parent);
	free(text);
	return parent;
}

static int all_processes(struct process **list, size_t *n)
{
	struct dirent *e;
	DIR *d = opendir("/proc");
	size_t room = 0;

	*list = NULL;
	*n = 0;
	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		pid_t pid = atoi(e->d_name);

		if (pid <= 0)
			continue;
		if (*n == room) {
			room = room ? 2 * room : 256;
			*list = reallocarray(*list, room, sizeof(**list));
			if (!*list)
				break;
		}
		(*list)[(*n)++] = (struct process){
			.pid = pid, .parent = parent_of(pid),
		};
	}
	closedir(d);
	return *list ? 0 : -ENOMEM;
}

/* Each pass finds the children of what the last one found. */
static void mark_descendants(struct process *p, size_t n, pid_t root)
{
	bool found = true;

	for (size_t i = 0; i < n; i++)
		p[i].ours = p[i].pid == root;
	while (found) {
		found = false;
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; !p[i].ours && k < n; k++)
				if (p[k].ours && p[k].pid == p[i].parent)
					found = p[i].ours = true;
	}
}

static void add_threads(pid_t pid, struct fpb_cputime *t)
{
	char path[FPB_PATH_MAX], *text;
	uint64_t ran, waited;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (*e->d_name == '.' ||
		    fpb_path(path, "/proc/%d/task/%s/schedstat", (int)pid,
			     e->d_name) ||
		    fpb_file_read(path, &text, NULL))
			continue;
		if (sscanf(text, "%" SCNu64 " %" SCNu64, &ran, &waited) == 2) {
			t->ran_ns += ran;
			t->waited_ns += waited;
		}
		free(text);
	}
	if (d)
		closedir(d);
}

int fpb_cputime(pid_t pid, struct fpb_cputime *t)
{
	struct process *list;
	size_t n;
	int ret = all_processes(&list, &n);

	*t = (struct fpb_cputime){ 0 };
	if (!ret)
		mark_descendants(list, n, pid);
	for (size_t i = 0; !ret && i < n; i++)
		if (list[i].ours)
			add_threads(list[i].pid, t);
	free(list);
	return ret;
}

static uint64_t ns_of_ticks(unsigned long long ticks)
{
	return ticks * (1000000000ull / sysconf(_SC_CLK_TCK));
}

uint64_t fpb_cputime_process_ns(pid_t pid)
{
	unsigned long long user, sys;
	char path[64], *text, *p;
	uint64_t ns = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fpb_file_read(path, &text, NULL))
		return 0;
	/* From the name's end on the third field to the 13th: proc_pid_stat(5). */
	p = strrchr(text, ')');
	if (p && sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
			&user, &sys) == 2)
		ns = ns_of_ticks(user + sys);
	free(text);
	return ns;
}

/* See proc_stat(5). Guests are part of user. */
uint64_t fpb_cputime_busy_ns(void)
{
	unsigned long long user, nice, sys, idle, iowait, irq, soft, steal = 0;
	char *text;
	int n;

	if (fpb_file_read("/proc/stat", &text, NULL))
		return 0;
	n = sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user,
		   &nice, &sys, &idle, &iowait, &irq, &soft, &steal);
	free(text);
	return n < 7 ? 0 : ns_of_ticks(user + nice + sys + irq + soft + steal);
}
