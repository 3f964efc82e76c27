// SPDX-License-Identifier: GPL-2.0
/*
 * A lock is denied because of a file that is being closed: its RELEASE comes
 * while the daemon waits to look again, so the lock must be granted. Over a
 * mount this order is rare. The linker puts usleep() below in the place of the
 * C library's (--wrap), so no time passes here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

static struct lane *holder;	/* whose RELEASE is to come; NULL: none */
static unsigned int nsleeps;

static int send_to(struct lane *l, const char *op, const uint32_t *words,
		   const char *text)
{
	static const uint32_t none[RECORD_WORDS];
	uint8_t record[RECORD_MAX];

	record_make(op, !strcmp(op, "OPEN"), 0, words ? words : none, text,
		    *text ? strlen(text) + 1 : 0, record);
	return lane_send(l, (void *)record, record + sizeof(struct record));
}

static void must_send(struct lane *l, const char *op, const uint32_t *words,
		      const char *text)
{
	int ret = send_to(l, op, words, text);

	if (ret)
		fail("%s: %d", op, ret);
}

int __wrap_usleep(useconds_t us);
int __wrap_usleep(useconds_t us)
{
	nsleeps++;
	if (holder)
		must_send(holder, "RELEASE", NULL, "");
	holder = NULL;
	return 0;
}

static int lock(struct lane *l, uint32_t owner, uint32_t flags)
{
	const uint32_t words[RECORD_WORDS] = {
		[2] = owner, [6] = ~0u, 0x7fffffff, F_WRLCK, 1, flags,
	};

	return send_to(l, "SETLK", words, "");
}

static const struct {
	const char *name, *locks;
	uint32_t flags;
	bool released;
	int want;
} cases[] = {
	{ "POSIX", "source", 0, true, 0 },
	{ "POSIX, strict", "strict", 0, true, 0 },
	{ "flock", "source", FUSE_LK_FLOCK, true, 0 },
	{ "POSIX, kept", "source", 0, false, -EAGAIN },
	{ "flock, kept", "source", FUSE_LK_FLOCK, false, -EAGAIN },
};

#define NCASES	(sizeof(cases) / sizeof(*cases))

static bool run_case(size_t i)
{
	const uint32_t rdwr[RECORD_WORDS] = { O_RDWR };
	struct kernel *k = kernel_start(&(struct kernel_setup){
		.mode = "passthrough", .locks = cases[i].locks,
		.killpriv = true, .timeout = true, .lanes = 2, .workers = true,
	});
	unsigned int lane;
	int ret;

	for (lane = 0; lane < 2; lane++) {
		must_send(kernel_lane(k, lane), "LOOKUP", NULL, "f");
		must_send(kernel_lane(k, lane), "OPEN", rdwr, "");
	}
	ret = lock(kernel_lane(k, 0), 1, cases[i].flags);
	if (ret)
		fail("%s: the first lock: %d", cases[i].name, ret);
	nsleeps = 0;
	holder = cases[i].released ? kernel_lane(k, 0) : NULL;
	ret = lock(kernel_lane(k, 1), 2, cases[i].flags);
	holder = NULL;
	kernel_stop(k);
	if (ret == cases[i].want && nsleeps)
		return true;
	printf("# %s: answered by %d after %u times of waiting\n",
	       cases[i].name, ret, nsleeps);
	return false;
}

int main(void)
{
	size_t i;
	bool ok;
	int bad = 0;

	if (!kernel_begin_test())
		return 0;
	printf("1..%zu\n", NCASES);
	for (i = 0; i < NCASES; i++) {
		ok = run_case(i);
		bad |= !ok;
		printf("%sok %zu - a lock in the way whose RELEASE is late: %s\n",
		       ok ? "" : "not ", i + 1, cases[i].name);
	}
	return bad;
}
