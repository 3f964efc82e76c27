// SPDX-License-Identifier: GPL-2.0
/*
 * Operations on names instead of a file's data: one for each I/O of fio's. Each
 * job has a folder of its own on each side, made by way of that side's mount
 * before the job's clock starts, and removed with all that is in it at the end.
 *
 * Some operations use something up: unlink the names that there are, create
 * and smallfile the room for new ones. What is used up is restored in a pause,
 * which no latency and no slice contains, and all jobs of a fio pause at once:
 * otherwise every slice would miss one of them or another.
 */
#include "fio.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "sync.h"

#define FILES		1000
#define UNLINK_FILES	10000
#define LIMIT		20000

/* A job that was killed is not waited for. */
#define PREPARE_MAX_MS	60000

/* "f00000001" */
#define NAME_SIZE	10

struct folder {
	/* NULL: there is none. */
	char *path;
	/* Locked as long as it is ours. */
	int fd;
	/* meta_files of its side. */
	unsigned int files;
	/* How many may be used before they have to be restored. */
	unsigned int limit;
	/*
	 * create, smallfile: how many files were made; unlink: how many were
	 * removed, in the order of their names.
	 */
	unsigned int used;
	/* create, smallfile: the folder in it that grows; -1: none yet. */
	int sub;
	/* rename: which files have their second name. */
	uint8_t *moved;
};

struct meta {
	struct fpb_job job;
	int (*restore)(struct folder *d);
	/* What shared.pauses was at the job's last one. */
	unsigned int paused;
	/* Is it one of shared.preparing? */
	bool preparing;
	uint64_t bs;
	/* Flags for a new small file's open. */
	int flags;
	struct folder side[2];
};

/*
 * In memory that all jobs of this fio share, since they are forked by the
 * process that has loaded the engine.
 */
static struct shared {
	/* How many pauses any job has begun. */
	unsigned int pauses;
	/* Jobs that are between init() and the end of post_init(). */
	unsigned int preparing;
} private, *shared = &private;

__attribute__((constructor)) static void map_shared(void)
{
	void *page = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page != MAP_FAILED)
		shared = page;
}

__attribute__((destructor)) static void unmap_shared(void)
{
	if (shared != &private)
		munmap(shared, sizeof(*shared));
}

static struct meta *meta_of(struct fpb_job *job)
{
	return container_of(job, struct meta, job);
}

/* An snprintf() would be a tenth of a stat(). */
static void set_name(char name[NAME_SIZE], char kind, unsigned int nr)
{
	unsigned int i;

	name[0] = kind;
	for (i = NAME_SIZE - 2; i; i--) {
		name[i] = '0' + nr % 10;
		nr /= 10;
	}
	name[NAME_SIZE - 1] = '\0';
}

/* The file that an I/O draws by its offset. */
static unsigned int drawn(const struct meta *m, const struct folder *d,
			  const struct io_u *io_u)
{
	return io_u->offset / m->bs % d->files;
}

static int make_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			0600);

	return fd < 0 ? -1 : close(fd);
}

/* 0 or -errno. */
static int make_files(const struct folder *d, unsigned int nr)
{
	char name[NAME_SIZE];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		set_name(name, 'f', i);
		if (make_file(d->fd, name))
			return -errno;
	}
	return 0;
}

static int remove_all(int dir, unsigned int depth);

/* 0 or -errno. */
static int remove_entry(int dir, const char *name, unsigned int depth)
{
	int fd, ret;

	if (!unlinkat(dir, name, 0))
		return 0;
	if (errno != EISDIR || !depth)
		return -errno;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = remove_all(fd, depth - 1);
	close(fd);
	if (!ret && unlinkat(dir, name, AT_REMOVEDIR))
		ret = -errno;
	return ret;
}

/*
 * Removes everything in a folder, with folders up to @depth. A folder that is
 * changed while it is read may not show everything: until it shows nothing.
 */
static int remove_all(int dir, unsigned int depth)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	bool found;

	if (!stream) {
		ret = -errno;
		if (fd >= 0)
			close(fd);
		return ret;
	}
	do {
		found = false;
		rewinddir(stream);
		while (!ret && (e = readdir(stream))) {
			if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
				continue;
			found = true;
			ret = remove_entry(dir, e->d_name, depth);
		}
	} while (found && !ret);
	closedir(stream);
	return ret;
}

/* --- a job's folders ------------------------------------------------------- */

/*
 * Makes @path, or takes over what a job that was killed has left. 0, or an
 * errno after a message.
 */
static int make_folder(struct folder *d, char *path)
{
	int err;

	if (mkdir(path, 0700) && errno != EEXIST) {
		err = errno;
		log_err("fpbench: cannot create %s: %s\n", path, strerror(err));
		return err;
	}
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->fd < 0) {
		err = errno;
		log_err("fpbench: cannot open %s: %s\n", path, strerror(err));
		return err;
	}
	if (flock(d->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		log_err("fpbench: %s: another job is using it\n", path);
		close(d->fd);
		return EBUSY;
	}
	err = -remove_all(d->fd, 1);
	if (err) {
		log_err("fpbench: cannot empty %s: %s\n", path, strerror(err));
		close(d->fd);
		return err;
	}
	d->path = path;
	d->sub = -1;
	return 0;
}

static int make_side(struct thread_data *td, unsigned int side)
{
	struct meta *m = td->io_ops_data;
	char *base = fpb_paired_path(td, td->files[0], side), *path;
	int n, err;

	if (!base)
		return ENOMEM;
	n = asprintf(&path, "%s.fpbench.%d.%u", base, td->thread_number, side);
	free(base);
	if (n < 0)
		return ENOMEM;
	err = make_folder(&m->side[side], path);
	if (!m->side[side].path)
		free(path);
	return err;
}

/* Also where nothing, or not everything, was made. */
static void remove_side(struct folder *d)
{
	int err;

	if (!d->path)
		return;
	if (d->sub >= 0)
		close(d->sub);
	err = -remove_all(d->fd, 1);
	close(d->fd);
	if (!err && rmdir(d->path))
		err = errno;
	if (err)
		log_err("fpbench: cannot remove %s: %s\n", d->path,
			strerror(err));
	free(d->moved);
	free(d->path);
}

static void prepared(struct meta *m)
{
	if (m->preparing)
		__atomic_sub_fetch(&shared->preparing, 1, __ATOMIC_RELAXED);
	m->preparing = false;
}

/*
 * Files are made after fio's own barrier, which allows five seconds. A job's
 * clock starts when it is ready: if they were not all ready at the same
 * time, the first would be measured without the others, and end before them.
 */
static void wait_for_others(const struct thread_data *td)
{
	struct timespec begin;

	fio_gettime(&begin, NULL);
	while (__atomic_load_n(&shared->preparing, __ATOMIC_RELAXED) &&
	       !td->terminate && mtime_since_now(&begin) < PREPARE_MAX_MS)
		usleep(1000);
}

static void meta_exit(struct thread_data *td)
{
	struct meta *m = td->io_ops_data;

	prepared(m);
	remove_side(&m->side[0]);
	remove_side(&m->side[1]);
}

static int make_sides(struct thread_data *td)
{
	const struct fpb_options *o = td->eo;
	unsigned int side;
	int err = 0;

	for (side = 0; side < (o->pair ? 2 : 1) && !err; side++)
		err = make_side(td, side);
	return err;
}

/* post_init of what starts with empty folders. */
static int post_init_empty(struct thread_data *td)
{
	int err = make_sides(td);

	prepared(td->io_ops_data);
	if (!err)
		wait_for_others(td);
	return err;
}

/* post_init of what starts with files. */
static int post_init_files(struct thread_data *td)
{
	struct meta *m = td->io_ops_data;
	struct folder *d;
	int err = make_sides(td);

	for (d = m->side; d < m->side + 2 && d->path && !err; d++) {
		err = -make_files(d, d->files);
		if (err)
			log_err("fpbench: cannot create %u files in %s: %s\n",
				d->files, d->path, strerror(err));
		d->moved = calloc(d->files, sizeof(*d->moved));
		if (!d->moved && !err)
			err = ENOMEM;
	}
	prepared(m);
	if (!err)
		wait_for_others(td);
	return err;
}

static int init(struct thread_data *td, unsigned int files)
{
	const struct fpb_options *o = td->eo;
	struct meta *m = td->io_ops_data;

	m->side[0].files = o->meta_files ? o->meta_files : files;
	m->side[1].files = o->meta_files_pair ? o->meta_files_pair :
			   m->side[0].files;
	m->bs = td_min_bs(td);
	m->paused = __atomic_load_n(&shared->pauses, __ATOMIC_RELAXED);
	m->preparing = true;
	__atomic_add_fetch(&shared->preparing, 1, __ATOMIC_RELAXED);
	m->flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | td->o.sync_io |
		   (td->o.odirect ? O_DIRECT : 0);
	return 0;
}

static int init_static(struct thread_data *td)
{
	return init(td, FILES);
}

/* --- what is used up ------------------------------------------------------- */

static int restore_names(struct folder *d)
{
	int ret = make_files(d, d->used);

	d->used = 0;
	return ret;
}

static int restore_room(struct folder *d)
{
	if (d->sub >= 0)
		close(d->sub);
	d->sub = -1;
	d->used = 0;
	return remove_all(d->fd, 1);
}

/*
 * The pause, of this job: for both sides, so that there is one for both. 0, or
 * -1 with errno set. Rare, so it may cost a call.
 */
static __attribute__((noinline)) int pause_job(struct meta *m,
					       struct io_u *io_u)
{
	struct timespec begin;
	struct folder *d;
	int ret = 0;

	fio_gettime(&begin, NULL);
	if (m->job.paired)
		fpb_pair_pause(&m->job.paired->pair);
	for (d = m->side; d < m->side + 2 && d->path && !ret; d++)
		ret = m->restore(d);
	fpb_paired_skip(io_u, ntime_since_now(&begin));
	errno = -ret;
	return ret ? -1 : 0;
}

/* Pauses if this job has used up what there is, or another one has. */
static inline int pause_if_due(struct meta *m, struct folder *d,
			       struct io_u *io_u)
{
	unsigned int now = __atomic_load_n(&shared->pauses, __ATOMIC_RELAXED);

	if (fio_unlikely(d->used >= d->limit) && now == m->paused) {
		/* Two jobs that call one at the same moment call the same. */
		if (__atomic_compare_exchange_n(&shared->pauses, &now, now + 1, false,
						__ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			now++;
	}
	if (fio_unlikely(now != m->paused)) {
		m->paused = now;
		return pause_job(m, io_u);
	}
	return 0;
}

/* --- create, smallfile ----------------------------------------------------- */

/*
 * Folder and name for a job's next new file; a new folder when one is full, so
 * that they do not grow for as long as the job runs. -1 with errno set.
 */
static int next_place(struct meta *m, struct folder *d, struct io_u *io_u,
		      char name[NAME_SIZE])
{
	if (pause_if_due(m, d, io_u))
		return -1;
	if (d->used % d->files == 0) {
		set_name(name, 'd', d->used / d->files);
		if (mkdirat(d->fd, name, 0700) && errno != EEXIST)
			return -1;
		if (d->sub >= 0)
			close(d->sub);
		d->sub = openat(d->fd, name,
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (d->sub < 0)
			return -1;
	}
	set_name(name, 'f', d->used % d->files);
	return 0;
}

static ssize_t create_transfer(struct fpb_job *job, struct io_u *io_u)
{
	struct meta *m = meta_of(job);
	struct folder *d = &m->side[fpb_job_side(job)];
	char name[NAME_SIZE];

	if (next_place(m, d, io_u, name) || make_file(d->sub, name))
		return -1;
	d->used++;
	return io_u->xfer_buflen;
}

/* 0, or -1 with errno set. */
static int write_all(int fd, const char *buf, size_t len)
{
	ssize_t n;

	for (; len; buf += n, len -= n) {
		n = write(fd, buf, len);
		if (n <= 0)
			return -1;
	}
	return 0;
}

static ssize_t smallfile_transfer(struct fpb_job *job, struct io_u *io_u)
{
	struct meta *m = meta_of(job);
	struct folder *d = &m->side[fpb_job_side(job)];
	char name[NAME_SIZE];
	int fd, err;

	if (next_place(m, d, io_u, name))
		return -1;
	fd = openat(d->sub, name, m->flags, 0600);
	if (fd < 0)
		return -1;
	d->used++;
	if (write_all(fd, io_u->xfer_buf, io_u->xfer_buflen)) {
		err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	return close(fd) ? -1 : (ssize_t)io_u->xfer_buflen;
}

static int init_room(struct thread_data *td)
{
	const struct fpb_options *o = td->eo;
	struct meta *m = td->io_ops_data;

	m->restore = restore_room;
	m->side[0].limit = o->meta_limit ? o->meta_limit : LIMIT;
	m->side[1].limit = m->side[0].limit;
	return init(td, FILES);
}

FPB_SYNC_QUEUE(smallfile_queue, smallfile_transfer)

struct fpb_path fpb_path_smallfile = {
	.name		= "smallfile",
	.help		= "create a file of bs bytes: open, write, close",
	.data_size	= sizeof(struct meta),
	.has_meta_files	= true,
	.has_meta_limit	= true,
	.only		= TD_DDIR_WRITE,
	.no_verify	= true,
	.elsewhere	= true,
	.init		= init_room,
	.post_init	= post_init_empty,
	.exit		= meta_exit,
	.ops		= {
		.flags	= FIO_SYNCIO,
		.queue	= smallfile_queue,
	},
};

FPB_SYNC_QUEUE(create_queue, create_transfer)

struct fpb_path fpb_path_create = {
	.name		= "create",
	.help		= "create an empty file: open and close",
	.data_size	= sizeof(struct meta),
	.has_meta_files	= true,
	.has_meta_limit	= true,
	.only		= TD_DDIR_WRITE,
	.no_verify	= true,
	.elsewhere	= true,
	.init		= init_room,
	.post_init	= post_init_empty,
	.exit		= meta_exit,
	.ops		= {
		.flags	= FIO_SYNCIO,
		.queue	= create_queue,
	},
};

/* --- stat, open, readdir, rename ------------------------------------------- */

/* A path whose files stay the same: its queue hook is kind_queue(). */
#define STATIC_PATH(kind, text) \
	struct fpb_path fpb_path_##kind = { \
		.name		= #kind, \
		.help		= text, \
		.data_size	= sizeof(struct meta), \
		.has_meta_files	= true, \
		.only		= TD_DDIR_WRITE, \
		.no_verify	= true, \
		.elsewhere	= true, \
		.init		= init_static, \
		.post_init	= post_init_files, \
		.exit		= meta_exit, \
		.ops		= { \
			.flags	= FIO_SYNCIO, \
			.queue	= kind##_queue, \
		}, \
	};

static ssize_t stat_transfer(struct fpb_job *job, struct io_u *io_u)
{
	const struct meta *m = meta_of(job);
	const struct folder *d = &m->side[fpb_job_side(job)];
	char name[NAME_SIZE];
	struct stat st;

	set_name(name, 'f', drawn(m, d, io_u));
	if (fstatat(d->fd, name, &st, 0))
		return -1;
	return io_u->xfer_buflen;
}

FPB_SYNC_QUEUE(stat_queue, stat_transfer)

STATIC_PATH(stat, "stat one of meta_files files, by the offset")

static ssize_t open_transfer(struct fpb_job *job, struct io_u *io_u)
{
	const struct meta *m = meta_of(job);
	const struct folder *d = &m->side[fpb_job_side(job)];
	char name[NAME_SIZE];
	int fd;

	set_name(name, 'f', drawn(m, d, io_u));
	fd = openat(d->fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || close(fd))
		return -1;
	return io_u->xfer_buflen;
}

FPB_SYNC_QUEUE(open_queue, open_transfer)

STATIC_PATH(open,
	    "open and close one of meta_files files, by the offset")

static ssize_t readdir_transfer(struct fpb_job *job, struct io_u *io_u)
{
	const struct folder *d = &meta_of(job)->side[fpb_job_side(job)];
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned int nr = 0;
	const struct dirent *e;
	DIR *dir;

	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -1;
	}
	while ((e = readdir(dir)))
		nr += e->d_name[0] != '.';
	if (closedir(dir))
		return -1;
	/* An error that readdir() met has ended it early as well. */
	if (nr == d->files)
		return io_u->xfer_buflen;
	errno = EIO;
	return -1;
}

FPB_SYNC_QUEUE(readdir_queue, readdir_transfer)

STATIC_PATH(readdir,
	    "open, read and close a folder of meta_files files")

static ssize_t rename_transfer(struct fpb_job *job, struct io_u *io_u)
{
	struct meta *m = meta_of(job);
	struct folder *d = &m->side[fpb_job_side(job)];
	char first[NAME_SIZE], second[NAME_SIZE];
	unsigned int nr = drawn(m, d, io_u);
	bool moved = d->moved[nr];

	set_name(first, 'f', nr);
	set_name(second, 'g', nr);
	if (renameat(d->fd, moved ? second : first, d->fd,
		     moved ? first : second))
		return -1;
	d->moved[nr] = !moved;
	return io_u->xfer_buflen;
}

FPB_SYNC_QUEUE(rename_queue, rename_transfer)

STATIC_PATH(rename,
	    "rename one of meta_files files, by the offset, to a free name, the next time back")

/* --- unlink ---------------------------------------------------------------- */

static ssize_t unlink_transfer(struct fpb_job *job, struct io_u *io_u)
{
	struct meta *m = meta_of(job);
	struct folder *d = &m->side[fpb_job_side(job)];
	char name[NAME_SIZE];

	if (pause_if_due(m, d, io_u))
		return -1;
	set_name(name, 'f', d->used);
	if (unlinkat(d->fd, name, 0))
		return -1;
	d->used++;
	return io_u->xfer_buflen;
}

static int init_names(struct thread_data *td)
{
	struct meta *m = td->io_ops_data;
	int err = init(td, UNLINK_FILES);

	m->restore = restore_names;
	m->side[0].limit = m->side[0].files;
	m->side[1].limit = m->side[1].files;
	return err;
}

FPB_SYNC_QUEUE(unlink_queue, unlink_transfer)

struct fpb_path fpb_path_unlink = {
	.name		= "unlink",
	.help		= "unlink one of meta_files files; when all are gone, make them again",
	.data_size	= sizeof(struct meta),
	.has_meta_files	= true,
	.only		= TD_DDIR_WRITE,
	.no_verify	= true,
	.elsewhere	= true,
	.init		= init_names,
	.post_init	= post_init_files,
	.exit		= meta_exit,
	.ops		= {
		.flags	= FIO_SYNCIO,
		.queue	= unlink_queue,
	},
};
