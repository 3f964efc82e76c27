/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the tests over a real mount. Each test is a process of its own: it
 * ends by returning (passed), by die() or by skip(). Its parent ends the daemon
 * and unmounts what the test leaves behind.
 */
#ifndef FPFS_TEST_HARNESS_H
#define FPFS_TEST_HARNESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "../fpfs_ioctl.h"

struct test {
	const char *name;	/* a sentence */
	void (*run)(void);
};

extern const struct test request_tests[];
extern const struct test caller_tests[];
extern const struct test pjdfstest_tests[];
extern const struct test attr_tests[];
extern const struct test data_tests[];
extern const struct test lock_tests[];
extern const struct test lost_tests[];
extern const struct test safety_tests[];
extern const struct test mode_tests[];

/* Directories, absolute. src is shown at mnt; raw is beside src. */
extern const char *src, *raw, *mnt;
extern unsigned int scale;	/* divides the long loops; 1 in full */

void die(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void skip(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* die() unless @cond, with errno. */
#define must(cond) \
	do { \
		if (!(cond)) \
			die("%s:%d: %s: %m", __FILE__, __LINE__, #cond); \
	} while (0)

/* Start the daemon over src and mnt, with one option or NULL; its pid. */
pid_t start(const char *opt);
/* The same for any directories; the daemon's exit status, or 0 if it is up. */
int start_on(const char *from, const char *to, const char *const *opts);
/* Unmount, and check that the daemon ends with status 0. */
void stop(void);
/* Wait until the daemon ends; its exit status, or -1 if it hangs. */
int wait_daemon(void);
extern pid_t *daemon_pid;

/* "src/x", "mnt/x": in one of a few static buffers. */
const char *in(const char *dir, const char *name);

void stats(struct fpfs_stats *st);
/* Requests of kind @op between two readings. */
unsigned long long diff(const struct fpfs_stats *a, const struct fpfs_stats *b,
			enum fpfs_opcode op);

/* fork(); the child does not outlive the test. */
pid_t helper(void);

/* Take the identity; root again with (0, 0, 0). */
void become(uid_t uid, gid_t gid, gid_t group);

void put(const char *path, const char *text, mode_t mode);
/* The file's text, in a static buffer; NULL with errno. */
const char *get(const char *path);
void msleep(unsigned int ms);
/* Drop the kernel's caches of names and inodes. */
void drop_caches(void);

#endif
