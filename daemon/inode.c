// SPDX-License-Identifier: GPL-2.0
/*
 * A hash table in shards, each with its own lock, so that threads that look up
 * different files seldom contend. A shard doubles when it is full, which stops
 * only that shard.
 */
#include "inode.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define NSHARDS		64	/* a power of two */
#define FIRST_BUCKETS	64	/* of a shard; a power of two */

/* Values of users other than a count. */
#define CLOSING		(-1)		/* under the lock of the shard */
#define FORGOTTEN	(1 << 30)	/* added to the count */

/* The C library keeps what is free in the midst of its memory unless it is told. */
#define TRIM_FROM	(1 << 16)	/* nodes */

#define CLOSE_AT_ONCE	32	/* nodes of a shard */
#define LOOK_AT_ONCE	256	/* of those that are open */

struct shard {
	pthread_mutex_t lock;
	struct fpfs_inode **bucket;
	size_t nbuckets;
	size_t nnodes;
	struct fpfs_inode *stale;
	struct fpfs_inode *hand;	/* the open node to look at next; or NULL */
	size_t nopen;
} __attribute__((aligned(64)));

struct fpfs_inode_table {
	struct shard shard[NSHARDS];
	const struct fpfs_inode_ops *ops;
	void *arg;
	uint64_t generation;	/* the last one given; atomic */
	unsigned int hand;	/* the shard to look for nodes to close; atomic */
	size_t nnodes, most;	/* most: since memory was given back; atomic */
};

/* XFS numbers inodes densely, so the low bits must be spread. */
static uint64_t hash(dev_t dev, ino_t ino)
{
	uint64_t h = (uint64_t)ino * 0x9e3779b97f4a7c15ULL;

	h ^= (uint64_t)dev * 0xc2b2ae3d27d4eb4fULL;
	return h ^ h >> 29;
}

static struct shard *shard_of(struct fpfs_inode_table *t, uint64_t h)
{
	return &t->shard[h & (NSHARDS - 1)];
}

static struct fpfs_inode **bucket_of(struct shard *s, uint64_t h)
{
	return &s->bucket[(h / NSHARDS) & (s->nbuckets - 1)];
}

static struct fpfs_inode *find(struct shard *s, uint64_t h, dev_t dev,
			       ino_t ino)
{
	struct fpfs_inode *n;

	for (n = *bucket_of(s, h); n; n = n->next)
		if (n->ino == ino && n->dev == dev)
			return n;
	return NULL;
}

/*
 * Nodes with a descriptor are in a ring, so that those to close are found among
 * any number that have none. A new one is the last that the hand gets to.
 */
static void enter_ring(struct shard *s, struct fpfs_inode *n)
{
	if (!s->hand)
		s->hand = n->ring_prev = n->ring_next = n;
	n->ring_next = s->hand;
	n->ring_prev = s->hand->ring_prev;
	n->ring_prev->ring_next = n;
	n->ring_next->ring_prev = n;
	s->nopen++;
}

static void leave_ring(struct shard *s, struct fpfs_inode *n)
{
	if (!n->ring_next)
		return;
	if (s->hand == n)
		s->hand = n->ring_next == n ? NULL : n->ring_next;
	n->ring_prev->ring_next = n->ring_next;
	n->ring_next->ring_prev = n->ring_prev;
	n->ring_prev = n->ring_next = NULL;
	s->nopen--;
}

/* A failure is harmless: the chains only get longer. */
static void grow(struct shard *s)
{
	size_t i, old = s->nbuckets;
	struct fpfs_inode **was = s->bucket, **b, *n, *next;

	b = calloc(old * 2, sizeof(*b));
	if (!b)
		return;
	s->bucket = b;
	s->nbuckets = old * 2;
	for (i = 0; i < old; i++) {
		for (n = was[i]; n; n = next) {
			next = n->next;
			b = bucket_of(s, hash(n->dev, n->ino));
			n->next = *b;
			*b = n;
		}
	}
	free(was);
}

int fpfs_inode_init(struct fpfs_inode *node, dev_t dev, ino_t ino, int fd)
{
	*node = (struct fpfs_inode){
		.dev = dev, .ino = ino, .fd = fd, .nlookup = 1,
	};
	return -pthread_mutex_init(&node->lock, NULL);
}

struct fpfs_inode_table *
fpfs_inode_table_new(const struct fpfs_inode_ops *ops, void *arg)
{
	struct fpfs_inode_table *t;
	size_t i;

	t = aligned_alloc(64, sizeof(*t));
	if (!t)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->ops = ops;
	t->arg = arg;
	for (i = 0; i < NSHARDS; i++) {
		struct shard *s = &t->shard[i];

		s->nbuckets = FIRST_BUCKETS;
		s->bucket = calloc(FIRST_BUCKETS, sizeof(*s->bucket));
		if (!s->bucket)
			goto out_free;
		pthread_mutex_init(&s->lock, NULL);
	}
	return t;

out_free:
	while (i--) {
		pthread_mutex_destroy(&t->shard[i].lock);
		free(t->shard[i].bucket);
	}
	free(t);
	return NULL;
}

/* Seldom, as it stops who needs memory: 50 ms after a million nodes. */
static void give_memory_back(struct fpfs_inode_table *t)
{
	size_t n = __atomic_load_n(&t->nnodes, __ATOMIC_RELAXED);
	size_t most = __atomic_load_n(&t->most, __ATOMIC_RELAXED);

	if (most >= TRIM_FROM && n < most / 4 &&
	    __atomic_compare_exchange_n(&t->most, &most, n, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		malloc_trim(0);
}

static void destroy(struct fpfs_inode_table *t, struct fpfs_inode *node)
{
	t->ops->dispose(node, t->arg);
	pthread_mutex_destroy(&node->lock);
	free(node);
	give_memory_back(t);
}

static void destroy_all(struct fpfs_inode_table *t, struct fpfs_inode *n)
{
	struct fpfs_inode *next;

	for (; n; n = next) {
		next = n->next;
		destroy(t, n);
	}
}

void fpfs_inode_table_free(struct fpfs_inode_table *t)
{
	size_t i, j;

	if (!t)
		return;
	for (i = 0; i < NSHARDS; i++) {
		struct shard *s = &t->shard[i];

		for (j = 0; j < s->nbuckets; j++)
			destroy_all(t, s->bucket[j]);
		destroy_all(t, s->stale);
		pthread_mutex_destroy(&s->lock);
		free(s->bucket);
	}
	free(t);
}

struct fpfs_inode *fpfs_inode_get(struct fpfs_inode_table *t, dev_t dev,
				  ino_t ino)
{
	uint64_t h = hash(dev, ino);
	struct shard *s = shard_of(t, h);
	struct fpfs_inode *n;

	pthread_mutex_lock(&s->lock);
	n = find(s, h, dev, ino);
	if (n && __atomic_load_n(&n->fd, __ATOMIC_ACQUIRE) < 0)
		n = NULL;
	if (n) {
		n->nlookup++;
		__atomic_store_n(&n->recent, true, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}

struct fpfs_inode *fpfs_inode_find(struct fpfs_inode_table *t, dev_t dev,
				   ino_t ino)
{
	uint64_t h = hash(dev, ino);
	struct shard *s = shard_of(t, h);
	struct fpfs_inode *n;

	pthread_mutex_lock(&s->lock);
	n = find(s, h, dev, ino);
	if (n)	/* not CLOSING: we have the lock */
		__atomic_add_fetch(&n->users, 1, __ATOMIC_ACQ_REL);
	pthread_mutex_unlock(&s->lock);
	return n;
}

void fpfs_inode_ref(struct fpfs_inode_table *t, struct fpfs_inode *node)
{
	struct shard *s = shard_of(t, hash(node->dev, node->ino));

	pthread_mutex_lock(&s->lock);
	node->nlookup++;
	pthread_mutex_unlock(&s->lock);
}

/* One more, or less, in @s. Under its lock. */
static void count_node(struct fpfs_inode_table *t, struct shard *s, int by)
{
	size_t n = __atomic_add_fetch(&t->nnodes, by, __ATOMIC_RELAXED);

	s->nnodes += by;
	if (n > __atomic_load_n(&t->most, __ATOMIC_RELAXED))
		__atomic_store_n(&t->most, n, __ATOMIC_RELAXED);
}

/* Take @node out of the list that it is in. */
static void unlink_node(struct shard *s, uint64_t h, struct fpfs_inode *node)
{
	struct fpfs_inode **p = node->stale ? &s->stale : bucket_of(s, h);

	while (*p != node)
		p = &(*p)->next;
	*p = node->next;
	count_node(node->table, s, -1);
}

/* The node @n, which was closed, has a descriptor. Under the lock. */
static void set_fd(struct shard *s, struct fpfs_inode *n, int fd)
{
	__atomic_store_n(&n->fd, fd, __ATOMIC_RELEASE);
	/* If it was forgotten, its last user frees it. */
	if (n->nlookup)
		enter_ring(s, n);
}

bool fpfs_inode_reopened(struct fpfs_inode *node, int fd)
{
	struct shard *s = shard_of(node->table, hash(node->dev, node->ino));
	bool taken;

	pthread_mutex_lock(&s->lock);
	taken = node->fd < 0;
	if (taken)
		set_fd(s, node, fd);
	pthread_mutex_unlock(&s->lock);
	return taken;
}

/*
 * Is @fd, whose number is @n's, its file? If @n was closed it may not be: then
 * @n leaves the number to the new file. *@taken: @fd is now @n's.
 */
static bool still_its_file(struct fpfs_inode_table *t, struct shard *s,
			   uint64_t h, struct fpfs_inode *n, int fd,
			   bool *taken)
{
	if (n->fd >= 0)
		return true;
	if (t->ops->same(n, fd, t->arg)) {
		*taken = true;
		set_fd(s, n, fd);
		return true;
	}
	unlink_node(s, h, n);
	n->stale = true;
	n->next = s->stale;
	s->stale = n;
	count_node(t, s, 1);
	return false;
}

struct fpfs_inode *fpfs_inode_add(struct fpfs_inode_table *t, dev_t dev,
				  ino_t ino, int fd, bool *taken)
{
	uint64_t h = hash(dev, ino);
	struct shard *s = shard_of(t, h);
	struct fpfs_inode *n, *fresh, **b;

	*taken = false;
	fresh = malloc(sizeof(*fresh));
	if (!fresh)
		return NULL;
	if (fpfs_inode_init(fresh, dev, ino, fd)) {
		free(fresh);
		return NULL;
	}
	fresh->table = t;
	fresh->generation = __atomic_add_fetch(&t->generation, 1,
					       __ATOMIC_RELAXED);

	pthread_mutex_lock(&s->lock);
	n = find(s, h, dev, ino);
	if (n && still_its_file(t, s, h, n, fd, taken)) {
		n->nlookup++;
	} else {
		if (s->nnodes >= s->nbuckets)
			grow(s);
		b = bucket_of(s, h);
		fresh->next = *b;
		*b = fresh;
		count_node(t, s, 1);
		enter_ring(s, fresh);
		n = fresh;
		*taken = true;
	}
	pthread_mutex_unlock(&s->lock);

	if (n != fresh) {
		pthread_mutex_destroy(&fresh->lock);
		free(fresh);
	}
	return n;
}

bool fpfs_inode_forget(struct fpfs_inode_table *t, struct fpfs_inode *node,
		       uint64_t n)
{
	uint64_t h = hash(node->dev, node->ino);
	struct shard *s = shard_of(t, h);
	bool gone, held = false;

	pthread_mutex_lock(&s->lock);
	node->nlookup -= n < node->nlookup ? n : node->nlookup;
	gone = !node->nlookup;
	if (gone) {
		unlink_node(s, h, node);
		leave_ring(s, node);
		/* Not CLOSING: we have the lock. */
		held = __atomic_fetch_add(&node->users, FORGOTTEN,
					  __ATOMIC_ACQ_REL);
	}
	pthread_mutex_unlock(&s->lock);

	if (gone && !held)
		destroy(t, node);
	return gone;
}

void fpfs_inode_hold(struct fpfs_inode *node)
{
	int users = __atomic_load_n(&node->users, __ATOMIC_RELAXED);

	do {
		while (users == CLOSING) {
			struct shard *s = shard_of(node->table,
						   hash(node->dev, node->ino));

			pthread_mutex_lock(&s->lock);
			users = __atomic_load_n(&node->users, __ATOMIC_RELAXED);
			pthread_mutex_unlock(&s->lock);
		}
	} while (!__atomic_compare_exchange_n(&node->users, &users, users + 1,
					      true, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	if (!__atomic_load_n(&node->recent, __ATOMIC_RELAXED))
		__atomic_store_n(&node->recent, true, __ATOMIC_RELAXED);
}

void fpfs_inode_release(struct fpfs_inode *node)
{
	if (__atomic_sub_fetch(&node->users, 1, __ATOMIC_ACQ_REL) == FORGOTTEN)
		destroy(node->table, node);
}

/* Close the descriptor of @n, unless it is held or recent. Under the lock. */
static bool close_node(struct fpfs_inode_table *t, struct shard *s,
		       struct fpfs_inode *n)
{
	int users = 0;
	bool closed;

	if (__atomic_exchange_n(&n->recent, false, __ATOMIC_RELAXED) ||
	    !__atomic_compare_exchange_n(&n->users, &users, CLOSING, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	closed = t->ops->close(n, t->arg);
	if (closed)
		leave_ring(s, n);
	__atomic_store_n(&n->users, 0, __ATOMIC_RELEASE);
	return closed;
}

static unsigned int close_in_shard(struct fpfs_inode_table *t, struct shard *s,
				   size_t most)
{
	unsigned int closed = 0;
	size_t i;

	pthread_mutex_lock(&s->lock);
	if (most > s->nopen)
		most = s->nopen;
	for (i = 0; i < most && closed < CLOSE_AT_ONCE; i++) {
		struct fpfs_inode *n = s->hand;

		s->hand = n->ring_next;
		closed += close_node(t, s, n);
	}
	pthread_mutex_unlock(&s->lock);
	return closed;
}

unsigned int fpfs_inode_close_some(struct fpfs_inode_table *t, bool hard)
{
	/* The first round only finds that all of them are recent. */
	size_t i, rounds = hard ? 2 * NSHARDS : 1;
	unsigned int closed = 0, hand;

	for (i = 0; i < rounds && !closed; i++) {
		hand = __atomic_fetch_add(&t->hand, 1, __ATOMIC_RELAXED);
		closed = close_in_shard(t, &t->shard[hand & (NSHARDS - 1)],
					hard ? SIZE_MAX : LOOK_AT_ONCE);
	}
	return closed;
}

size_t fpfs_inode_count(struct fpfs_inode_table *t)
{
	return __atomic_load_n(&t->nnodes, __ATOMIC_RELAXED);
}
