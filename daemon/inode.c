// SPDX-License-Identifier: GPL-2.0
/*
 * A hash table in shards, each with its own lock, so that threads that look up
 * different files seldom contend. A shard doubles when it is full, which stops
 * only that shard.
 */
#include "inode.h"

#include <errno.h>
#include <stdlib.h>

#define NSHARDS		64	/* a power of two */
#define FIRST_BUCKETS	64	/* of a shard; a power of two */

struct shard {
	pthread_mutex_t lock;
	struct fpfs_inode **bucket;
	size_t nbuckets;
	size_t nnodes;
} __attribute__((aligned(64)));

struct fpfs_inode_table {
	struct shard shard[NSHARDS];
	void (*dispose)(struct fpfs_inode *node, void *arg);
	void *arg;
	uint64_t generation;	/* the last one given; atomic */
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
fpfs_inode_table_new(void (*dispose)(struct fpfs_inode *node, void *arg),
		     void *arg)
{
	struct fpfs_inode_table *t;
	size_t i;

	t = aligned_alloc(64, sizeof(*t));
	if (!t)
		return NULL;
	t->dispose = dispose;
	t->arg = arg;
	t->generation = 0;
	for (i = 0; i < NSHARDS; i++) {
		struct shard *s = &t->shard[i];

		s->nnodes = 0;
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

static void destroy(struct fpfs_inode_table *t, struct fpfs_inode *node)
{
	t->dispose(node, t->arg);
	pthread_mutex_destroy(&node->lock);
	free(node);
}

void fpfs_inode_table_free(struct fpfs_inode_table *t)
{
	struct fpfs_inode *n, *next;
	size_t i, j;

	if (!t)
		return;
	for (i = 0; i < NSHARDS; i++) {
		struct shard *s = &t->shard[i];

		for (j = 0; j < s->nbuckets; j++) {
			for (n = s->bucket[j]; n; n = next) {
				next = n->next;
				destroy(t, n);
			}
		}
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
	if (n)
		n->nlookup++;
	pthread_mutex_unlock(&s->lock);
	return n;
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
	fresh->generation = __atomic_add_fetch(&t->generation, 1,
					       __ATOMIC_RELAXED);

	pthread_mutex_lock(&s->lock);
	n = find(s, h, dev, ino);
	if (n) {
		n->nlookup++;
	} else {
		if (s->nnodes >= s->nbuckets)
			grow(s);
		b = bucket_of(s, h);
		fresh->next = *b;
		*b = fresh;
		s->nnodes++;
		n = fresh;
		*taken = true;
	}
	pthread_mutex_unlock(&s->lock);

	if (!*taken) {
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
	struct fpfs_inode **p;
	bool gone;

	pthread_mutex_lock(&s->lock);
	node->nlookup -= n < node->nlookup ? n : node->nlookup;
	gone = !node->nlookup;
	if (gone) {
		for (p = bucket_of(s, h); *p != node; p = &(*p)->next)
			;
		*p = node->next;
		s->nnodes--;
	}
	pthread_mutex_unlock(&s->lock);

	if (gone)
		destroy(t, node);
	return gone;
}

size_t fpfs_inode_count(struct fpfs_inode_table *t)
{
	size_t i, sum = 0;

	for (i = 0; i < NSHARDS; i++) {
		pthread_mutex_lock(&t->shard[i].lock);
		sum += t->shard[i].nnodes;
		pthread_mutex_unlock(&t->shard[i].lock);
	}
	return sum;
}
