// SPDX-License-Identifier: GPL-2.0
/*
 * The same random operations on a file of the mount and on one of the
 * filesystem below: same results, same contents, same size after each.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX = 256 * 1024, BLOCK = 4096 };

/* One side: descriptors of its file, each opened in another way. */
struct side {
	const char *path;
	int rw, append, direct, other;
};

struct step {
	unsigned int kind;
	off_t off, off2;
	size_t len;
	unsigned char fill;
};

static unsigned char *buf, *got[2];

static void open_side(struct side *s, const char *dir)
{
	s->path = strdup(in(dir, "f"));
	s->rw = open(s->path, O_CREAT | O_RDWR, 0644);
	s->append = open(s->path, O_WRONLY | O_APPEND);
	s->direct = open(s->path, O_RDWR | O_DIRECT);
	s->other = open(in(dir, "g"), O_CREAT | O_RDWR, 0644);
	must(s->rw >= 0 && s->append >= 0 && s->direct >= 0 && s->other >= 0);
}

static long store(const struct side *s, const struct step *st)
{
	struct stat now;
	char *p;
	size_t len;

	if (fstat(s->rw, &now))
		return -errno;
	if (st->off >= now.st_size)
		return 0;
	len = now.st_size - st->off < (off_t)st->len ? now.st_size - st->off :
						       (off_t)st->len;
	p = mmap(NULL, MAX * 2, PROT_READ | PROT_WRITE, MAP_SHARED, s->rw, 0);
	if (p == MAP_FAILED)
		return -errno;
	memset(p + st->off, st->fill, len);
	if (st->fill & 1)
		msync(p, MAX * 2, MS_SYNC);
	munmap(p, MAX * 2);
	return len;
}

static long load(const struct side *s, const struct step *st, void *out)
{
	ssize_t n = pread(s->rw, out, st->len, st->off);

	return n < 0 ? -errno : n;
}

enum { KINDS = 16 };

/* Returns a count or -errno; what was read goes to @out. */
static long apply(const struct side *s, const struct step *st, void *out)
{
	off_t block = st->off / BLOCK * BLOCK, off = st->off, off2 = st->off2;
	size_t blocks = (st->len + BLOCK - 1) / BLOCK * BLOCK;
	long ret;
	int fd;

	memset(buf, st->fill, MAX);
	switch (st->kind) {
	case 0:
	case 1:
		ret = pwrite(s->rw, buf, st->len, st->off);
		break;
	case 2:
		ret = write(s->append, buf, st->len);
		break;
	case 3:
		ret = pwrite(s->direct, buf, blocks, block);
		break;
	case 4:
		return load(s, st, out);
	case 5:
		ret = pread(s->direct, buf, blocks, block);
		if (ret > 0)
			memcpy(out, buf, ret);
		break;
	case 6:
		ret = ftruncate(s->rw, st->off);
		break;
	case 7:
		ret = truncate(s->path, st->off);
		break;
	case 8:
		ret = fallocate(s->rw, 0, st->off, st->len);
		break;
	case 9:
		ret = fallocate(s->rw, FALLOC_FL_KEEP_SIZE |
				FALLOC_FL_PUNCH_HOLE, st->off, st->len);
		break;
	case 10:
		ret = fallocate(s->rw, FALLOC_FL_ZERO_RANGE, st->off, st->len);
		break;
	case 11:
		return store(s, st);
	case 12:
		ret = copy_file_range(s->rw, &off, s->other, &off2, st->len, 0);
		break;
	case 13:
		ret = copy_file_range(s->other, &off, s->rw, &off2, st->len, 0);
		break;
	case 14:
		fd = open(s->path, st->fill % 8 ? O_RDWR : O_RDWR | O_TRUNC);
		if (fd < 0)
			return -errno;
		ret = pwrite(fd, buf, st->len, st->off);
		close(fd);
		break;
	default:
		ret = st->fill & 1 ? fsync(s->rw) :
				     lseek(s->rw, st->off, SEEK_END) * 0;
		break;
	}
	return ret < 0 ? -errno : ret;
}

static long whole(const struct side *s, unsigned char *out)
{
	struct stat st;
	ssize_t n = pread(s->rw, out, MAX * 3, 0);

	must(!fstat(s->rw, &st));
	if (n != st.st_size)
		die("%zd bytes read from %s, of which the size is %lld", n,
		    s->path, (long long)st.st_size);
	return n;
}

static void run(const char *mode, unsigned int seed, unsigned int steps)
{
	struct side side[2];
	struct step st;
	long ret[2], n;
	unsigned int i, k;

	for (k = 0; k < 2; k++) {
		got[k] = calloc(1, MAX * 3);
		must(got[k]);
	}
	must(!posix_memalign((void **)&buf, BLOCK, MAX + BLOCK));
	start(mode);
	open_side(&side[0], raw);
	open_side(&side[1], mnt);
	for (i = 0; i < steps; i++) {
		st = (struct step){
			.kind = rand_r(&seed) % KINDS,
			.off = rand_r(&seed) % MAX,
			.off2 = rand_r(&seed) % MAX,
			.len = 1 + rand_r(&seed) % (rand_r(&seed) & 1 ? 100 :
						    20000),
			.fill = rand_r(&seed) % 255 + 1,
		};
		for (k = 0; k < 2; k++)
			ret[k] = apply(&side[k], &st, got[k]);
		if (ret[0] != ret[1])
			die("step %u, kind %u at %lld for %zu: raw %ld, mount "
			    "%ld", i, st.kind, (long long)st.off, st.len,
			    ret[0], ret[1]);
		if ((st.kind == 4 || st.kind == 5) && ret[0] > 0 &&
		    memcmp(got[0], got[1], ret[0]))
			die("step %u: what was read differs", i);
		/* Keep it small: an appended file only grows. */
		n = whole(&side[0], got[0]);
		if (n != whole(&side[1], got[1]))
			die("step %u, kind %u: %ld bytes, on the mount not", i,
			    st.kind, n);
		if (memcmp(got[0], got[1], n))
			die("step %u, kind %u at %lld for %zu: contents "
			    "differ", i, st.kind, (long long)st.off, st.len);
		if (n > 2 * MAX)
			for (k = 0; k < 2; k++)
				must(!ftruncate(side[k].rw, MAX / 2));
	}
	for (k = 0; k < 2; k++) {
		close(side[k].rw);
		close(side[k].append);
		close(side[k].direct);
		close(side[k].other);
	}
}

static void data_passthrough(void)
{
	run(NULL, 1, 10000 / scale);
}

static void data_no_timeout(void)
{
	run("--timeout=0", 2, 5000 / scale);
}

static void data_direct(void)
{
	run("--mode=direct", 3, 5000 / scale);
}

static void data_copy(void)
{
	run("--mode=copy", 4, 5000 / scale);
}

/* --- flags of one read or write --------------------------------------------------- */

/* New ones are not in every libc's headers. */
static const struct {
	const char *name;
	int flag;
	bool missing;	/* see fpfs(8) */
} rwf[] = {
	{ "none", 0, false },
	{ "RWF_HIPRI", 0x01, false },
	{ "RWF_DSYNC", 0x02, false },
	{ "RWF_SYNC", 0x04, false },
	{ "RWF_NOWAIT", 0x08, true },
	{ "RWF_APPEND", 0x10, false },
	{ "RWF_NOAPPEND", 0x20, false },
	{ "RWF_ATOMIC", 0x40, true },
	{ "RWF_DONTCACHE", 0x80, true },
	{ "an unknown flag", 0x40000000, false },
};

static int transfer(int fd, bool write, int flag)
{
	char byte = 'x';
	struct iovec v = { &byte, 1 };
	ssize_t n = write ? pwritev2(fd, &v, 1, 0, flag) :
			    preadv2(fd, &v, 1, 0, flag);

	return n < 0 ? errno : 0;
}

static void flags_of_one_write(void)
{
	int below, above, want, have;
	unsigned int i, w;

	put(in(src, "f"), "0123456789", 0644);
	start(NULL);
	below = open(in(src, "f"), O_RDWR);
	above = open(in(mnt, "f"), O_RDWR);
	must(below >= 0 && above >= 0);
	for (i = 0; i < 2 * sizeof(rwf) / sizeof(*rwf); i++) {
		w = i / 2;
		want = transfer(below, i & 1, rwf[w].flag);
		have = transfer(above, i & 1, rwf[w].flag);
		if (have != want && (!rwf[w].missing || have != EOPNOTSUPP))
			die("%s with %s: the source says %s, the mount %s",
			    i & 1 ? "a write" : "a read", rwf[w].name,
			    strerrorname_np(want), strerrorname_np(have));
	}
	close(below);
	close(above);
}

const struct test data_tests[] = {
	{ "random operations on data as on the source", data_passthrough },
	{ "random operations on data, no timeouts", data_no_timeout },
	{ "random operations on data, mode direct", data_direct },
	{ "random operations on data, mode copy", data_copy },
	{ "flags of one read or write", flags_of_one_write },
	{ NULL, NULL }
};
