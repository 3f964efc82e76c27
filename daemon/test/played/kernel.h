/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel, played by a test: a session of fpfs with a socket in place of
 * /dev/fuse. Requests are made from a few bytes. Whatever these are, the rules
 * hold that the kernel keeps: a request names only nodes and open files that the
 * daemon has handed out and not yet got back, of the type that the operation
 * is for, and names end and have no slash. All else is as the bytes say.
 *
 * What does not hold of the daemon ends the process with abort(): each request
 * is answered once, and when all is closed and forgotten, nothing is left.
 */
#ifndef PLAYED_KERNEL_H
#define PLAYED_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In a lane. */
#define LANE_NODES	256
#define LANE_FILES	32

/* The bytes of a request before its payload. */
struct record {
	uint8_t op;		/* modulo kernel_nops() */
	uint8_t node;		/* which of those that fit */
	uint8_t file;
	uint8_t who;		/* the caller */
	uint8_t len[2];		/* of the payload, little endian */
};

struct kernel_setup {
	const char *mode;	/* as --mode= */
	const char *locks;	/* as --locks= */
	bool killpriv;		/* offer HANDLE_KILLPRIV_V2 */
	bool timeout;		/* names and attributes may be cached */
	unsigned int lanes;	/* at least 1 */
	bool workers;		/* requests are served by threads, as in fpfs */
};

struct kernel;
struct lane;

/*
 * What each test that prints TAP begins with: enter the sandbox. False if that
 * cannot be, after a line that skips the test.
 */
bool kernel_begin_test(void);

/* Make the tree in /source and mount it, so to speak. */
struct kernel *kernel_start(const struct kernel_setup *setup);

/*
 * Close and forget everything, check that nothing is left, end the session. To
 * be called without requests under way.
 */
void kernel_stop(struct kernel *k);

/* Wait until all workers wait for requests. */
void kernel_settle(struct kernel *k);

/*
 * A user of the mount, with nodes and files of its own. Each may be used by
 * one thread.
 */
struct lane *kernel_lane(struct kernel *k, unsigned int i);

/*
 * Send the request of @r and @payload, and take the answer: its error (0 or
 * -errno), or 1 if it is yet to come, 2 if none will, and 3 if no request can
 * be made of it at the moment.
 */
int lane_send(struct lane *l, const struct record *r, const void *payload);

/* Close and forget everything. */
void lane_clear(struct lane *l);

/* Check that the daemon holds nothing, once each lane is clear. */
void kernel_check_nothing_left(struct kernel *k);

/* All requests in @data, one after the other. */
void lane_send_all(struct lane *l, const uint8_t *data, size_t size);

/*
 * A request drawn from *@seed into @to, which has room for RECORD_MAX bytes.
 * Returns its length.
 */
#define RECORD_MAX	512
size_t record_draw(unsigned int *seed, uint8_t *to);

/*
 * The request called @name. @words has RECORD_WORDS numbers, of which it takes
 * as many as its fixed part has; @len bytes follow, names first. Its length.
 */
#define RECORD_WORDS	32
size_t record_make(const char *name, uint8_t node, uint8_t file,
		   const uint32_t *words, const char *names_and_data,
		   size_t len, uint8_t *to);

/* Modes of the daemon, as a number and as kernel_setup has them. */
#define KERNEL_MODES	4
extern const char *const kernel_modes[KERNEL_MODES];
unsigned int kernel_mode(const char *name);

unsigned int kernel_nops(void);
const char *kernel_op_name(unsigned int op);

/* How many descriptors the process has open. */
unsigned int open_descriptors(void);

/* Say what does not hold, and abort(). */
void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/*
 * In place of an answer's error, by a test that has writev(2) fail: the daemon
 * could not answer, as when the caller was interrupted.
 */
#define KERNEL_ANSWER_LOST	600

/* Is asked at each registration of a backing file, if it is not NULL. */
extern bool (*kernel_ioctl_fails)(void);

#endif
