// SPDX-License-Identifier: GPL-2.0
/* Unit tests of inode.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../inode.h"

enum { UNCLOSABLE = 9 };

static unsigned int disposed;	/* atomic */
static int last_fd;

static void dispose(struct fpfs_inode *node, void *arg)
{
	assert_ptr_equal(arg, &disposed);
	__atomic_add_fetch(&disposed, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&last_fd, node->fd, __ATOMIC_RELAXED);
}

static bool close_it(struct fpfs_inode *node, void *arg)
{
	if (node->fd == UNCLOSABLE)
		return false;
	/* The handle of a file is the last digit of its descriptors. */
	node->handle = (void *)(uintptr_t)(node->fd % 10);
	__atomic_store_n(&node->fd, -1, __ATOMIC_RELEASE);
	return true;
}

static bool same(const struct fpfs_inode *node, int fd, void *arg)
{
	return (int)(uintptr_t)node->handle == fd % 10;
}

static const struct fpfs_inode_ops ops = { dispose, close_it, same };

static int set_up(void **state)
{
	disposed = 0;
	last_fd = -1;
	*state = fpfs_inode_table_new(&ops, &disposed);
	return !*state;
}

static int tear_down(void **state)
{
	fpfs_inode_table_free(*state);
	return 0;
}

static struct fpfs_inode *add(struct fpfs_inode_table *t, dev_t dev, ino_t ino,
			      int fd)
{
	bool taken;
	struct fpfs_inode *n = fpfs_inode_add(t, dev, ino, fd, &taken);

	assert_non_null(n);
	assert_true(taken);
	return n;
}

static void what_was_not_added_is_not_found(void **state)
{
	assert_null(fpfs_inode_get(*state, 1, 2));
	add(*state, 1, 2, 5);
	assert_null(fpfs_inode_get(*state, 2, 1));
	assert_null(fpfs_inode_get(*state, 1, 3));
	assert_null(fpfs_inode_get(*state, 3, 2));
}

static void hard_links_share_a_node(void **state)
{
	struct fpfs_inode *n = add(*state, 1, 2, 5);
	bool taken = true;

	assert_ptr_equal(fpfs_inode_get(*state, 1, 2), n);
	assert_ptr_equal(fpfs_inode_add(*state, 1, 2, 6, &taken), n);
	assert_false(taken);		/* 6 is still ours to close */
	assert_int_equal(n->fd, 5);
	assert_int_equal(n->nlookup, 3);
	assert_int_equal(fpfs_inode_count(*state), 1);
}

static void the_last_reference_disposes_once(void **state)
{
	struct fpfs_inode *n = add(*state, 1, 2, 5);

	fpfs_inode_get(*state, 1, 2);
	fpfs_inode_get(*state, 1, 2);
	assert_false(fpfs_inode_forget(*state, n, 2));
	assert_int_equal(disposed, 0);
	assert_true(fpfs_inode_forget(*state, n, 1));
	assert_int_equal(disposed, 1);
	assert_int_equal(last_fd, 5);
	assert_null(fpfs_inode_get(*state, 1, 2));
	assert_int_equal(fpfs_inode_count(*state), 0);
}

static void too_large_a_forget_does_not_wrap(void **state)
{
	struct fpfs_inode *n = add(*state, 1, 2, 5);

	assert_true(fpfs_inode_forget(*state, n, 1000));
	assert_int_equal(disposed, 1);
}

static void a_number_that_comes_back_is_another_node(void **state)
{
	struct fpfs_inode *n = add(*state, 1, 2, 5);
	uint64_t generation = n->generation;

	fpfs_inode_forget(*state, n, 1);
	n = add(*state, 1, 2, 6);
	assert_int_equal(n->fd, 6);
	assert_true(n->generation != generation);
}

static void many_nodes_are_all_found(void **state)
{
	enum { N = 100000 };
	ino_t i;

	/* XFS gives dense numbers and multiples of 64; both must spread. */
	for (i = 0; i < N; i++) {
		add(*state, 1, i, i);
		add(*state, 2, i * 64, i);
	}
	assert_int_equal(fpfs_inode_count(*state), 2 * N);
	for (i = 0; i < N; i++) {
		struct fpfs_inode *n = fpfs_inode_get(*state, 2, i * 64);

		assert_non_null(n);
		assert_int_equal(n->ino, i * 64);
		assert_int_equal(n->fd, i);
		assert_false(fpfs_inode_forget(*state, n, 1));
		assert_true(fpfs_inode_forget(*state, n, 1));
	}
	assert_int_equal(fpfs_inode_count(*state), N);
	assert_int_equal(disposed, N);
}

static void a_closed_node_is_known_by_its_handle(void **state)
{
	struct fpfs_inode *n = add(*state, 1, 2, 15);
	bool taken;

	assert_int_equal(fpfs_inode_close_some(*state, true), 1);
	assert_int_equal(n->fd, -1);
	assert_int_equal(fpfs_inode_close_some(*state, true), 0);
	/* Its number alone does not tell. */
	assert_null(fpfs_inode_get(*state, 1, 2));
	assert_ptr_equal(fpfs_inode_add(*state, 1, 2, 25, &taken), n);
	assert_true(taken);
	assert_int_equal(n->fd, 25);
	assert_int_equal(n->nlookup, 2);
	assert_ptr_equal(fpfs_inode_get(*state, 1, 2), n);
}

static void a_closed_node_can_lose_its_number(void **state)
{
	struct fpfs_inode *n = add(*state, 1, 2, 15);
	struct fpfs_inode *other;

	fpfs_inode_close_some(*state, true);
	other = add(*state, 1, 2, 16);
	assert_ptr_not_equal(other, n);
	assert_ptr_equal(fpfs_inode_get(*state, 1, 2), other);
	assert_int_equal(fpfs_inode_count(*state), 2);
	/* Both are still the kernel's to forget. */
	assert_true(fpfs_inode_forget(*state, n, 1));
	assert_int_equal(last_fd, -1);
	assert_ptr_equal(fpfs_inode_get(*state, 1, 2), other);
	assert_true(fpfs_inode_forget(*state, other, 3));
	assert_int_equal(disposed, 2);
	/* One that is left is disposed of at the end, see tear_down(). */
	add(*state, 1, 2, 15);
	fpfs_inode_close_some(*state, true);
	add(*state, 1, 2, 16);
}

static void what_is_held_stays_open(void **state)
{
	struct fpfs_inode *n = add(*state, 1, 2, 15);

	fpfs_inode_hold(n);
	assert_int_equal(fpfs_inode_close_some(*state, true), 0);
	assert_int_equal(n->fd, 15);
	/* Forgotten while held. */
	assert_true(fpfs_inode_forget(*state, n, 1));
	assert_null(fpfs_inode_get(*state, 1, 2));
	assert_int_equal(disposed, 0);
	fpfs_inode_release(n);
	assert_int_equal(disposed, 1);
}

static void what_is_reopened_once_forgotten_goes_with_its_user(void **state)
{
	struct fpfs_inode *n = add(*state, 1, 2, 15);

	assert_int_equal(fpfs_inode_close_some(*state, true), 1);
	fpfs_inode_hold(n);
	assert_true(fpfs_inode_forget(*state, n, 1));
	assert_true(fpfs_inode_reopened(n, 25));
	assert_false(fpfs_inode_reopened(n, 35));
	fpfs_inode_release(n);
	assert_int_equal(disposed, 1);
	assert_int_equal(last_fd, 25);
	/* Nothing of it is left to be looked at. */
	assert_int_equal(fpfs_inode_close_some(*state, true), 0);
}

static void a_closed_node_is_held_by_its_number(void **state)
{
	struct fpfs_inode *n = add(*state, 1, 2, 15);

	assert_null(fpfs_inode_find(*state, 1, 3));
	assert_int_equal(fpfs_inode_close_some(*state, true), 1);
	assert_ptr_equal(fpfs_inode_find(*state, 1, 2), n);
	assert_true(fpfs_inode_reopened(n, 25));
	assert_int_equal(fpfs_inode_close_some(*state, true), 0);
	assert_true(fpfs_inode_forget(*state, n, 1));
	assert_null(fpfs_inode_find(*state, 1, 2));
	assert_int_equal(disposed, 0);
	fpfs_inode_release(n);
	assert_int_equal(disposed, 1);
}

static void what_cannot_be_closed_stays_open(void **state)
{
	struct fpfs_inode *n = add(*state, 1, 2, UNCLOSABLE);

	assert_int_equal(fpfs_inode_close_some(*state, true), 0);
	assert_ptr_equal(fpfs_inode_get(*state, 1, 2), n);
}

static void what_was_used_lately_is_closed_last(void **state)
{
	enum { N = 1000 };
	struct fpfs_inode *n[N];
	unsigned int i, closed = 0;

	for (i = 0; i < N; i++)
		n[i] = add(*state, 1, i, 10 * i);
	for (i = 0; i < N; i += 2)
		fpfs_inode_get(*state, 1, i);
	while (closed < N / 4)
		closed += fpfs_inode_close_some(*state, false);
	for (i = 0; i < N; i += 2)
		assert_int_equal(n[i]->fd, 10 * i);
	while (closed < N)
		closed += fpfs_inode_close_some(*state, false);
}

static void the_end_disposes_of_what_is_left(void **state)
{
	struct fpfs_inode_table *t = fpfs_inode_table_new(&ops, &disposed);

	add(t, 1, 1, 1);
	add(t, 1, 2, 2);
	fpfs_inode_get(t, 1, 2);
	fpfs_inode_table_free(t);
	assert_int_equal(disposed, 2);
}

/* --- threads: look up, close and forget the same few inodes --------------- */

enum { THREADS = 4, ROUNDS = 20000, INODES = 7 };

struct hammer {
	struct fpfs_inode_table *t;
	unsigned int seed;
};

static void *hammer(void *arg)
{
	struct hammer *h = arg;
	struct fpfs_inode *n;
	unsigned int i;
	bool taken;

	for (i = 0; i < ROUNDS; i++) {
		ino_t ino = rand_r(&h->seed) % INODES;

		n = fpfs_inode_get(h->t, 1, ino);
		if (!n)
			n = fpfs_inode_add(h->t, 1, ino, ino, &taken);
		/* We have a reference: it cannot go from under us. */
		if (!n || n->ino != ino)
			abort();
		fpfs_inode_hold(n);
		if (__atomic_load_n(&n->fd, __ATOMIC_ACQUIRE) < 0)
			fpfs_inode_reopened(n, ino);
		if (i % 16 == 0)
			fpfs_inode_close_some(h->t, true);
		if (n->fd != (int)ino)
			abort();
		fpfs_inode_forget(h->t, n, 1);
		fpfs_inode_release(n);
		n = fpfs_inode_find(h->t, 1, ino);
		if (n)
			fpfs_inode_release(n);
	}
	return NULL;
}

static void threads_agree_on_the_nodes(void **state)
{
	struct hammer h[THREADS];
	pthread_t thread[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		h[i] = (struct hammer){ *state, i };
		assert_int_equal(pthread_create(&thread[i], NULL, hammer,
						&h[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(fpfs_inode_count(*state), 0);
	assert_in_range(disposed, INODES, THREADS * ROUNDS);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_not_added_is_not_found),
		TEST(hard_links_share_a_node),
		TEST(the_last_reference_disposes_once),
		TEST(too_large_a_forget_does_not_wrap),
		TEST(a_number_that_comes_back_is_another_node),
		TEST(many_nodes_are_all_found),
		TEST(a_closed_node_is_known_by_its_handle),
		TEST(a_closed_node_can_lose_its_number),
		TEST(what_is_held_stays_open),
		TEST(what_is_reopened_once_forgotten_goes_with_its_user),
		TEST(a_closed_node_is_held_by_its_number),
		TEST(what_cannot_be_closed_stays_open),
		TEST(what_was_used_lately_is_closed_last),
		TEST(the_end_disposes_of_what_is_left),
		TEST(threads_agree_on_the_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
