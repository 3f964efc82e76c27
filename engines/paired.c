// SPDX-License-Identifier: GPL-2.0
/* verify.h takes byte order from what fio shows to its own files only. */
#define FIO_INTERNAL
#include "fio.h"
#include "verify.h"

#include <libgen.h>
#include <sys/stat.h>

#include "paired.h"
#include "pairfile.h"
#include "options.h"

#define MIN_SLICE_NS	100000ull
#define MAX_SLICE_NS	10000000000ull

/* What f->engine_data points to while @f is open. */
struct sides {
	/* [0] is fio's own. */
	int fd[2];
};

static int alloc_stats(struct thread_data *td)
{
	unsigned int side;
	int ddir;

	for (ddir = 0; ddir < DDIR_RWDIR_CNT; ddir++) {
		if (alloc_clat_prio_stat_ddir(&td->ts, ddir, 2))
			return -ENOMEM;
		/* fio prints these as "prio", which identifies the side. */
		for (side = 0; side < 2; side++)
			td->ts.clat_prio[ddir][side].ioprio = side;
	}
	return 0;
}

/* Opened before the job runs, so that a wrong path costs no measurement. */
static int open_slices(struct thread_data *td, struct fpb_paired *p,
		       const char *prefix)
{
	int err;

	if (asprintf(&p->out_path, "%s_slices.%d.csv", prefix,
		     td->thread_number) < 0) {
		p->out_path = NULL;
		return -ENOMEM;
	}
	p->out = fopen(p->out_path, "we");
	if (p->out)
		return 0;
	err = errno;
	log_err("fpbench: cannot create %s: %s\n", p->out_path, strerror(err));
	return -err;
}

/* 0, or -EINVAL after a message. */
static int check_options(const struct thread_data *td)
{
	const struct fpb_options *o = td->eo;
	uint64_t slice_ns = o->pair_slice_us * 1000;

	if (!o->pair_same && td->o.verify != VERIFY_NONE) {
		log_err("fpbench: verify= reads from either side what went to the other: not with pair_same=0\n");
		return -EINVAL;
	}
	/* Shorter ones are over before they begin; a guard is slept through. */
	if (slice_ns < MIN_SLICE_NS || slice_ns > MAX_SLICE_NS) {
		log_err("fpbench: pair_slice (%llu us) must be from 100us to 10s\n",
			o->pair_slice_us);
		return -EINVAL;
	}
	if (!o->pair_lanes || o->pair_lanes > FPB_PAIR_LANES) {
		log_err("fpbench: pair_lanes (%u) must be from 1 to %u\n",
			o->pair_lanes, FPB_PAIR_LANES);
		return -EINVAL;
	}
	if (o->pair_start && o->pair_lanes < 2) {
		log_err("fpbench: pair_start= is for several lanes (pair_lanes=)\n");
		return -EINVAL;
	}
	if (o->pair_lane >= o->pair_lanes) {
		log_err("fpbench: pair_lane (%u) must be less than pair_lanes (%u)\n",
			o->pair_lane, o->pair_lanes);
		return -EINVAL;
	}
	return 0;
}

/* NULL: 0. 0, or -EINVAL after a message. */
static int parse_offset(const char *text, int64_t *ns)
{
	char *end;

	*ns = 0;
	if (!text)
		return 0;
	errno = 0;
	*ns = strtoll(text, &end, 10);
	if (!errno && end != text && !*end)
		return 0;
	log_err("fpbench: pair_clock_offset (%s) must be a number of nanoseconds\n",
		text);
	return -EINVAL;
}

int fpb_paired_init(struct thread_data *td, struct fpb_paired **ret_p)
{
	const struct fpb_options *o = td->eo;
	const struct fpb_pair_plan plan = {
		.slice_ns = o->pair_slice_us * 1000,
		.guard_ns = o->pair_guard_us * 1000,
		.seed = o->pair_seed,
		.lanes = o->pair_lanes,
		.raw_every = o->pair_lanes > 1 ? o->pair_raw_every : 0,
	};
	struct fpb_paired *p;
	int ret = check_options(td);

	if (ret)
		return ret;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	/* Whatever follows, fpb_paired_exit() cleans up. */
	*ret_p = p;
	ret = parse_offset(o->pair_clock_offset, &p->offset_ns);
	if (ret)
		return ret;
	ret = fpb_pair_init(&p->pair, &plan, o->pair_lane);
	if (ret) {
		log_err("fpbench: pair_guard (%llu us) must not be more than a quarter of pair_slice (%llu us)\n",
			o->pair_guard_us, o->pair_slice_us);
		return ret;
	}
	ret = alloc_stats(td);
	if (ret) {
		log_err("fpbench: no memory for statistics by side\n");
		return ret;
	}
	return o->pair_slices ? open_slices(td, p, o->pair_slices) : 0;
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return fpb_timespec_ns(&ts);
}

static int write_slices(struct thread_data *td, struct fpb_paired *p)
{
	const struct fpb_options *o = td->eo;
	const struct fpb_pairfile pf = {
		.plan = p->pair.plan,
		.lane = p->pair.lane,
		.job = td->o.name,
		.side = { p->name, o->pair },
		.slices = p->pair.slices,
		.nr = p->pair.nr,
	};

	return fpb_pairfile_write(p->out, &pf);
}

int fpb_paired_exit(struct thread_data *td, struct fpb_paired *p)
{
	int ret = 0;

	if (!p)
		return 0;
	ret = fpb_pair_finish(&p->pair, fpb_paired_now(p), cpu_ns());
	if (p->out) {
		if (!ret)
			ret = write_slices(td, p);
		if (fclose(p->out) && !ret)
			ret = -errno;
		if (ret)
			log_err("fpbench: cannot write %s: %s\n", p->out_path,
				strerror(-ret));
	}
	free(p->out_path);
	free(p->name);
	fpb_pair_exit(&p->pair);
	free(p);
	return ret;
}

char *fpb_paired_path(const struct thread_data *td, const struct fio_file *f,
		      unsigned int side)
{
	const struct fpb_options *o = td->eo;
	struct stat st;
	char *name, *path;

	if (!side)
		return strdup(f->file_name);
	/* pair= itself, or the file of this name inside it. */
	if (stat(o->pair, &st) || !S_ISDIR(st.st_mode))
		return strdup(o->pair);
	name = strdup(f->file_name);
	if (!name)
		return NULL;
	if (asprintf(&path, "%s/%s", o->pair, basename(name)) < 0)
		path = NULL;
	free(name);
	return path;
}

/*
 * Not EINVAL if they differ: fio would blame O_DIRECT.
 * Through FUSE the device number differs; a passthrough filesystem shows the
 * number of the inode below. Size as well, since inode numbers are small.
 */
static int check_same(const struct fio_file *f, const char *path,
		      const int fd[2], bool same)
{
	struct stat st[2];
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (fstat(fd[i], &st[i]))
			return -errno;

	if (((st[0].st_mode ^ st[1].st_mode) & S_IFMT) == 0 &&
	    st[0].st_ino == st[1].st_ino && st[0].st_size == st[1].st_size)
		return 0;
	if (!same && st[1].st_size >= st[0].st_size)
		return 0;
	if (!same) {
		log_err("fpbench: %s is smaller than %s\n", path, f->file_name);
		return -EMEDIUMTYPE;
	}
	log_err("fpbench: %s and %s are not the same file (inodes %llu, %llu; sizes %llu, %llu)\n"
		"fpbench: hint: pair= must name the same file by another path; pair_same=0 allows two files\n",
		f->file_name, path, (unsigned long long)st[0].st_ino,
		(unsigned long long)st[1].st_ino,
		(unsigned long long)st[0].st_size,
		(unsigned long long)st[1].st_size);
	return -EMEDIUMTYPE;
}

/* What fio does to its own descriptor once it is open, done to the other. */
static void advise(struct thread_data *td, const struct fio_file *f, int fd)
{
	int hint = POSIX_FADV_NORMAL;

	if (td->o.invalidate_cache)
		posix_fadvise(fd, f->file_offset, f->io_size,
			      POSIX_FADV_DONTNEED);
	if (td->o.fadvise_hint == F_ADV_RANDOM ||
	    (td->o.fadvise_hint == F_ADV_TYPE && td_random(td)))
		hint = POSIX_FADV_RANDOM;
	else if (td->o.fadvise_hint == F_ADV_SEQUENTIAL ||
		 td->o.fadvise_hint == F_ADV_TYPE)
		hint = POSIX_FADV_SEQUENTIAL;
	if (hint != POSIX_FADV_NORMAL)
		posix_fadvise(fd, f->file_offset, f->io_size, hint);
}

/* Opens the other side of @f, which is the same file if it has to be. */
static int open_other(struct thread_data *td, const struct fio_file *f,
		      struct sides *s)
{
	const struct fpb_options *o = td->eo;
	char *path = fpb_paired_path(td, f, 1);
	int ret = 0;

	if (!path)
		return -ENOMEM;
	/* The same flags as fio's, as the kernel remembers them. */
	s->fd[0] = f->fd;
	s->fd[1] = open(path, fcntl(f->fd, F_GETFL) & ~O_CREAT);
	if (s->fd[1] < 0) {
		ret = -errno;
		log_err("fpbench: cannot open %s, the other side of %s: %s\n",
			path, f->file_name, strerror(-ret));
	} else {
		ret = check_same(f, path, s->fd, o->pair_same);
		if (ret)
			close(s->fd[1]);
		else
			advise(td, f, s->fd[1]);
	}
	free(path);
	return ret;
}

int fpb_paired_open(struct thread_data *td, struct fpb_paired *p,
		    struct fio_file *f)
{
	struct sides *s = malloc(sizeof(*s));
	int ret = s ? open_other(td, f, s) : -ENOMEM;

	if (ret) {
		free(s);
		td_verror(td, -ret, "open of the pair");
		/* The error that matters has been reported. */
		if (generic_close_file(td, f))
			dprint(FD_FILE, "close after a failed open failed\n");
		return 1;
	}
	FILE_SET_ENG_DATA(f, s);
	f->fd = s->fd[p->side];
	/* fio forgets its files before it asks for the slices. */
	if (!p->name)
		p->name = strdup(f->file_name);
	return 0;
}

void fpb_paired_close(struct fio_file *f)
{
	struct sides *s = FILE_ENG_DATA(f);

	if (!s)
		return;
	f->fd = s->fd[0];
	close(s->fd[1]);
	free(s);
	FILE_SET_ENG_DATA(f, NULL);
}

void fpb_paired_fds(const struct fio_file *f, int fd[2])
{
	const struct sides *s = FILE_ENG_DATA(f);

	fd[0] = s ? s->fd[0] : f->fd;
	fd[1] = s ? s->fd[1] : -1;
}

static uint64_t host_ns(const struct fpb_paired *p)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return fpb_timespec_ns(&now) + p->offset_ns;
}

void fpb_paired_wait(const struct thread_data *td, const struct fpb_paired *p)
{
	const struct fpb_options *o = td->eo;
	uint64_t now, left;

	if (!o->pair_start)
		return;
	now = host_ns(p);
	if (now > o->pair_start)
		log_err("fpbench: ready %llu ms after pair_start: other lanes do not wait\n",
			(unsigned long long)(now - o->pair_start) / 1000000);
	while (now < o->pair_start && !td->terminate) {
		left = (o->pair_start - now) / 1000;
		/* In steps, since a signal only sets terminate. */
		usleep(left < 10000 ? left + 1 : 10000);
		now = host_ns(p);
	}
}

/* Sets the clock of the slices and reads it. */
static uint64_t read_clock(struct fpb_paired *p)
{
	uint64_t now;

	if (p->pair.plan.lanes > 1) {
		now = host_ns(p);
		p->clock_ns = 0;
		p->clock_ns = now - fpb_paired_now(p);
	}
	return fpb_paired_now(p);
}

static void sleep_until(struct fpb_paired *p, uint64_t ns)
{
	struct timespec ts;
	uint64_t now;

	/* A signal ends a sleep early. */
	while ((now = read_clock(p)) < ns) {
		ts.tv_sec = (ns - now) / 1000000000;
		ts.tv_nsec = (ns - now) % 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
	}
}

/*
 * Jobs that have drained do nothing until the guard is over: if there are more
 * jobs than CPUs, the others wait for one, and with everybody asleep they get
 * it and drain at once. A job that slept through other lanes' slices wakes up
 * at the beginning of its own, so that waking up late costs guard, not slice.
 */
static uint64_t sleep_to_slice(struct fpb_paired *p)
{
	const struct fpb_pair_plan *plan = &p->pair.plan;
	uint64_t start, now;

	do {
		start = fpb_pair_wake(&p->pair, read_clock(p));
		sleep_until(p, start);
		sleep_until(p, start + plan->guard_ns);
		now = fpb_paired_now(p);
		/* It may be another lane's slice by now. */
	} while (now >= start + plan->slice_ns);
	return now;
}

int fpb_paired_next(struct thread_data *td, struct fpb_paired *p)
{
	struct timespec begin;
	struct fio_file *f;
	struct sides *s;
	unsigned int i;
	int side;

	fio_gettime(&begin, NULL);
	side = fpb_pair_next(&p->pair, sleep_to_slice(p), cpu_ns(),
			     in_ramp_time(td));
	p->slept_ns += ntime_since_now(&begin);
	if (side < 0)
		return side;

	p->side = side;
	for_each_file(td, f, i) {
		s = FILE_ENG_DATA(f);
		if (fio_file_open(f) && s)
			f->fd = s->fd[side];
	}
	return 0;
}
