// SPDX-License-Identifier: GPL-2.0
/*
 * The engine as fio sees it: its options, the guard against the wrong fio, and
 * the choice of a submission path for each job. What a path does is in
 * path_*.c.
 */
#include "fio.h"
#include "optgroup.h"

#include "guard.h"
#include "mark.h"
#include "path.h"
#include "pin.h"

struct ioengine_ops ioengine;

static struct fpb_path *const paths[] = {
	&fpb_path_aio,
#ifdef FPB_HAVE_LIBURING
	&fpb_path_uring,
	&fpb_path_wq,
#endif
	&fpb_path_psync,
	&fpb_path_pvsync2,
	&fpb_path_mmap,
	&fpb_path_splice,
	&fpb_path_copy,
	&fpb_path_cold,
	&fpb_path_append,
	&fpb_path_smallfile,
	&fpb_path_create,
	&fpb_path_stat,
	&fpb_path_open,
	&fpb_path_readdir,
	&fpb_path_rename,
	&fpb_path_unlink,
};
#define NR_PATHS	(sizeof(paths) / sizeof(paths[0]))

#ifdef FPB_HAVE_LIBURING
static int set_sqthread_cpu(void *data, unsigned long long *val)
{
	struct fpb_options *o = data;

	o->sqthread_poll_cpu = *val;
	o->sqthread_poll_cpu_set = 1;
	return 0;
}
#endif

/* While fio parses: long before it forks. */
static int set_pin_jobs(void *data, int *val)
{
	struct fpb_options *o = data;
	int ret = *val ? fpb_pin_forks() : 0;

	o->pin_jobs = *val;
	if (ret)
		log_err("fpbench: pin_jobs: %s\n", strerror(-ret));
	return -ret;
}

/* fio's own flag for it came with the kernel's. */
#ifdef FIO_HAVE_RWF_ATOMIC
#define ATOMIC_WRITES	FIO_ATOMICWRITES
#else
#define ATOMIC_WRITES	0
#endif

#define OPTION(n, t, field, text)					\
	.name = n, .lname = n, .type = t,				\
	.off1 = offsetof(struct fpb_options, field), .help = text,	\
	.category = FIO_OPT_C_ENGINE, .group = FIO_OPT_G_INVALID

static struct fio_option options[] = {
	{
		/* posval: from paths[], by fill_paths(). First: it fills it. */
		OPTION("submit", FIO_OPT_STR, submit,
		       "How I/O is submitted"),
		.def	= "libaio",
	},
	{
		OPTION("meta_files", FIO_OPT_INT, meta_files,
		       "Files that each job makes on each side beforehand (stat, open, readdir, rename: default 1000; unlink: 10000), or files in a folder (create, smallfile: 1000)"),
		.maxval	= FPB_META_MAX,
	},
	{
		OPTION("meta_files_pair", FIO_OPT_INT, meta_files_pair,
		       "meta_files on the side of pair= (default: as many)"),
		.maxval	= FPB_META_MAX,
	},
	{
		OPTION("meta_limit", FIO_OPT_INT, meta_limit,
		       "create, smallfile: remove a job's new files when there are so many on a side (default: 20000)"),
		.maxval	= FPB_META_MAX,
	},
	{
		OPTION("append_limit", FIO_OPT_STR_VAL, append_limit,
		       "append: truncate the file when it has this size (default: 64m)"),
	},
	{
		OPTION("pair", FIO_OPT_STR_STORE, pair,
		       "Other path of the file (or the directory it is in): run in time slices on both"),
	},
	{
		OPTION("pair_slice", FIO_OPT_STR_VAL_TIME, pair_slice_us,
		       "Length of a slice"),
		.def	= "20ms",
	},
	{
		OPTION("pair_guard", FIO_OPT_STR_VAL_TIME, pair_guard_us,
		       "Minimum time at the beginning of a slice that is not counted"),
		.def	= "2ms",
	},
	{
		OPTION("pair_seed", FIO_OPT_ULL, pair_seed,
		       "Random seed for the order of the sides; the same for all jobs"),
		.def	= "1",
	},
	{
		OPTION("pair_lanes", FIO_OPT_INT, pair_lanes,
		       "Kernels that are measured at the same time, in slices by CLOCK_REALTIME"),
		.def	= "1",
	},
	{
		OPTION("pair_lane", FIO_OPT_INT, pair_lane,
		       "Which of them this is, from 0"),
		.def	= "0",
	},
	{
		OPTION("pair_raw_every", FIO_OPT_INT, pair_raw_every,
		       "With pair_lanes: run pair= in one of so many blocks of slices (0: never)"),
		.def	= "8",
	},
	{
		OPTION("pair_clock_offset", FIO_OPT_STR_STORE,
		       pair_clock_offset,
		       "With pair_lanes: nanoseconds to add to CLOCK_REALTIME"),
	},
	{
		OPTION("pair_start", FIO_OPT_ULL, pair_start,
		       "With pair_lanes: when the jobs' clocks start, in nanoseconds of the host's CLOCK_REALTIME"),
	},
	{
		OPTION("pair_same", FIO_OPT_BOOL, pair_same,
		       "Fail unless both paths are the same file"),
		.def	= "1",
	},
	{
		OPTION("pair_slices", FIO_OPT_STR_STORE, pair_slices,
		       "Write each job's slices to PREFIX_slices.N.csv"),
	},
	{
		OPTION("pin_jobs", FIO_OPT_BOOL, pin_jobs,
		       "Fork each job on the next of fio's CPUs, where it stays"),
		.cb	= set_pin_jobs,
		.def	= "0",
	},
	{
		OPTION("mark_ios", FIO_OPT_INT, mark_ios,
		       "Mark the begin and the end of so many I/Os for a program that counts instructions (default: no marks)"),
	},
	{
		OPTION("mark_after", FIO_OPT_INT, mark_after,
		       "With mark_ios: I/Os before the first mark"),
		.def	= "0",
	},
	{
		OPTION("nowait", FIO_OPT_BOOL, nowait, "Set RWF_NOWAIT"),
		.def	= "0",
	},
	{
		OPTION("dsync", FIO_OPT_BOOL, dsync, "Set RWF_DSYNC on writes"),
		.def	= "0",
	},
	{
		OPTION("append", FIO_OPT_BOOL, append,
		       "Set RWF_APPEND on writes: they go to the end of the file, at any offset"),
		.def	= "0",
	},
	{
		OPTION("hipri", FIO_OPT_STR_SET, hipri,
		       "Poll for completions: RWF_HIPRI, or IORING_SETUP_IOPOLL"),
	},
#ifdef FPB_HAVE_LIBURING
	{
		OPTION("fixedbufs", FIO_OPT_STR_SET, fixedbufs,
		       "io_uring: register the I/O buffers"),
	},
	{
		OPTION("registerfiles", FIO_OPT_STR_SET, registerfiles,
		       "io_uring: register the files"),
	},
	{
		OPTION("sqthread_poll", FIO_OPT_STR_SET, sqthread_poll,
		       "io_uring: a kernel thread polls for submissions"),
	},
	{
		/* A callback, to tell CPU 0 from none. */
		OPTION("sqthread_poll_cpu", FIO_OPT_INT, sqthread_poll_cpu,
		       "io_uring: CPU of that thread"),
		.cb	= set_sqthread_cpu,
	},
#endif
	{
		OPTION("expect_fs", FIO_OPT_STR_STORE, expect_fs,
		       "Fail unless the file is on a filesystem of this type (fuse, xfs, ...)"),
	},
	{
		OPTION("expect_pair_fs", FIO_OPT_STR_STORE, expect_pair_fs,
		       "Fail unless the file of pair= is on a filesystem of this type"),
	},
	{
		OPTION("expect_passthrough", FIO_OPT_BOOL, expect_passthrough,
		       "Fail unless fpfs says that passthrough is in force"),
		.def	= "0",
	},
	{
		OPTION("expect_no_daemon_io", FIO_OPT_BOOL,
		       expect_no_daemon_io,
		       "Fail if READ or WRITE requests reached fpfs during the job"),
		.def	= "0",
	},
	{
		OPTION("report", FIO_OPT_STR_STORE, report,
		       "Write a report of the checks to PREFIX_report.N.json"),
	},
	{
		OPTION("verbose", FIO_OPT_BOOL, verbose,
		       "Print the report of the checks in fio's normal output"),
		.def	= "1",
	},
	{
		.name	= NULL,
	},
};

static struct fpb_path *path_of(const struct thread_data *td)
{
	return container_of(td->io_ops, struct fpb_path, ops);
}

/*
 * Puts the job's path in the place of the engine's own table. It happens in
 * the first hook that fio calls, setup() or, with create_serialize=0, init().
 */
static int choose_path(struct thread_data *td)
{
	struct fpb_options *o;
	struct fpb_path *p;
	unsigned int i;

	for (i = 0; i < NR_PATHS; i++)
		if (td->io_ops == &paths[i]->ops)
			return 0;
	if (!fpb_guard_job(td, &ioengine))
		return EINVAL;

	o = td->eo;
	p = paths[o->submit];
	/* fio closes what it finds here; each job has its own reference. */
	p->ops.dlhandle = ioengine.dlhandle;
	td->io_ops = &p->ops;
	td_set_ioengine_flags(td);
	return 0;
}

/*
 * fio leaves finding the files' sizes to an engine that has a setup(). A file
 * that does not exist yet is fine: fio lays it out.
 */
static int file_sizes(struct thread_data *td)
{
	struct fio_file *f;
	unsigned int i;

	for_each_file(td, f, i) {
		if (generic_get_file_size(td, f)) {
			if (td->error != ENOENT) {
				log_err("fpbench: cannot find the size of %s: %s\n",
					f->file_name, td->verror);
				return 1;
			}
			td_clear_error(td);
		}
		if (f->real_file_size == -1ULL && td->o.size)
			f->real_file_size = td->o.size / td->o.nr_files;
	}
	return 0;
}

static int setup(struct thread_data *td)
{
	int err = choose_path(td);

	if (err)
		return err;
	return file_sizes(td);
}

static void cleanup(struct thread_data *td)
{
	struct fpb_job *job = td->io_ops_data;
	struct fpb_path *p;
	int err;

	/* A job whose init() never ran; with a wrong fio, not ours to touch. */
	if (!job)
		return;
	p = path_of(td);
	if (fpb_paired_exit(td, job->paired))
		td_verror(td, EIO, "slices");
	err = fpb_evidence_exit(td, &job->evidence);
	if (err)
		td_verror(td, err, "proof");
	if (p->exit)
		p->exit(td);
	free(job);
	td->io_ops_data = NULL;
}

/* Options of ours that the path has no place for. 0, or EINVAL after words. */
static int check_own(const struct fpb_options *o, const struct fpb_path *p,
		     const struct fpb_job *job)
{
	const struct {
		const char *name;
		bool given, has;
	} own[] = {
		{ "meta_files", o->meta_files, p->has_meta_files },
		{ "meta_files_pair", o->meta_files_pair, p->has_meta_files },
		{ "meta_limit", o->meta_limit, p->has_meta_limit },
		{ "append_limit", o->append_limit, p->has_append_limit },
	};
	unsigned int i;

	if (!p->has_rwf && (job->rwf_read || job->rwf_write)) {
		log_err("fpbench: submit=%s cannot pass flags (nowait, dsync, append, atomic)\n"
			"fpbench: hint: submit=pvsync2 can\n", p->name);
		return EINVAL;
	}
	if (!p->has_hipri && o->hipri) {
		log_err("fpbench: submit=%s cannot poll (hipri)\n", p->name);
		return EINVAL;
	}
	if (strcmp(p->name, "io_uring") &&
	    (o->fixedbufs || o->registerfiles || o->sqthread_poll)) {
		log_err("fpbench: submit=%s has no fixedbufs, registerfiles or sqthread_poll: they are io_uring's\n",
			p->name);
		return EINVAL;
	}
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!own[i].given || own[i].has)
			continue;
		log_err("fpbench: submit=%s has no %s\n", p->name,
			own[i].name);
		return EINVAL;
	}
	return 0;
}

static bool syncs(const struct thread_data *td)
{
	const struct thread_options *o = &td->o;

	return o->fsync_blocks || o->fdatasync_blocks ||
	       td->sync_file_range_nr || o->end_fsync || o->fsync_on_close;
}

/* The same for fio's options. */
static int check_fios(const struct thread_data *td, const struct fpb_path *p)
{
	unsigned int ddir = td->o.td_ddir & (TD_DDIR_RW | TD_DDIR_TRIM);

	if (p->only && ddir != p->only) {
		log_err("fpbench: submit=%s needs rw=%s or rw=rand%s\n", p->name,
			ddir_str(p->only), ddir_str(p->only));
		return EINVAL;
	}
	if (p->buffered && td->o.odirect) {
		log_err("fpbench: submit=%s goes through the page cache: not with direct=1\n",
			p->name);
		return EINVAL;
	}
	if (p->no_verify && td->o.verify) {
		log_err("fpbench: submit=%s cannot be verified (verify=)\n",
			p->name);
		return EINVAL;
	}
	if (p->elsewhere && syncs(td)) {
		log_err("fpbench: submit=%s writes to files of its own, which fsync= and the like do not sync\n",
			p->name);
		return EINVAL;
	}
	if (p->elsewhere && td->o.nr_files > 1) {
		log_err("fpbench: submit=%s takes one file, not nrfiles=%u\n",
			p->name, td->o.nr_files);
		return EINVAL;
	}
	return 0;
}

static void set_rwf(const struct thread_data *td, struct fpb_job *job)
{
	const struct fpb_options *o = td->eo;

	if (o->nowait) {
		job->rwf_read |= RWF_NOWAIT;
		job->rwf_write |= RWF_NOWAIT;
	}
	if (o->dsync)
		job->rwf_write |= RWF_DSYNC;
	if (o->append)
		job->rwf_write |= RWF_APPEND;
#ifdef FIO_HAVE_RWF_ATOMIC
	if (td->o.oatomic)
		job->rwf_write |= RWF_ATOMIC;
#endif
}

/* fio's hook before each I/O, which no path has: jobs without marks go without. */
static int mark(struct thread_data *td, struct io_u *io_u)
{
	struct fpb_job *job = td->io_ops_data;
	const struct fpb_options *o = td->eo;

	if (!o->mark_ios || !ddir_rw(io_u->ddir))
		return 0;
	if (job->begun == o->mark_after)
		FPB_MARK(FPB_MARK_BEGIN);
	else if (job->begun == o->mark_after + o->mark_ios)
		FPB_MARK(FPB_MARK_END);
	job->begun++;
	return 0;
}

static int init(struct thread_data *td)
{
	const struct fpb_options *o;
	struct fpb_path *p;
	struct fpb_job *job;
	int err;

	err = choose_path(td);
	if (err)
		return err;

	p = path_of(td);
	job = calloc(1, p->data_size);
	if (!job)
		return ENOMEM;
	td->io_ops_data = job;
	o = td->eo;
	if (o->mark_ios)
		p->ops.prep = mark;
	set_rwf(td, job);
	err = check_own(o, p, job);
	if (!err)
		err = check_fios(td, p);
	if (!err && o->pin_jobs && td->o.use_thread) {
		log_err("fpbench: pin_jobs=1 cannot pin threads (thread=1)\n"
			"fpbench: hint: cpus_allowed=LIST and cpus_allowed_policy=split can\n");
		err = EINVAL;
	}
	if (!err)
		err = fpb_evidence_init(o);
	if (!err && o->pair)
		err = -fpb_paired_init(td, &job->paired);
	if (!err && p->init)
		err = p->init(td);
	return err;
}

static int post_init(struct thread_data *td)
{
	const struct fpb_job *job = td->io_ops_data;
	struct fpb_path *p = path_of(td);
	int err = 0;

	if (p->elsewhere && td->files[0]->filetype != FIO_TYPE_FILE) {
		log_err("fpbench: submit=%s makes files beside the job's: %s must be a regular file\n",
			p->name, td->files[0]->file_name);
		err = EMEDIUMTYPE;
	}
	if (!err && p->post_init)
		err = p->post_init(td);
	if (!err && job->paired)
		fpb_paired_wait(td, job->paired);
	if (err)
		td_verror(td, err, "post_init");
	return err;
}

static int open_file(struct thread_data *td, struct fio_file *f)
{
	struct fpb_path *p = path_of(td);
	struct fpb_job *job = td->io_ops_data;
	int fd[2], err;

	if (generic_open_file(td, f))
		return 1;
	/* fio opens files for its own ends before the job's init(). */
	if (!job)
		return 0;
	if (job->paired && fpb_paired_open(td, job->paired, f))
		return 1;
	fpb_paired_fds(f, fd);
	if (!fpb_evidence_open(td, &job->evidence, f, fd)) {
		err = p->opened ? p->opened(td, f, fd) : 0;
		if (!err)
			return 0;
		td_verror(td, err, "open");
	}

	fpb_paired_close(f);
	/* The error that matters has been reported. */
	if (generic_close_file(td, f))
		dprint(FD_FILE, "close after a failed open failed\n");
	return 1;
}

static int close_file(struct thread_data *td, struct fio_file *f)
{
	struct fpb_path *p = path_of(td);
	struct fpb_job *job = td->io_ops_data;
	int fd[2];

	if (job) {
		if (p->closing)
			p->closing(td, f);
		fpb_paired_fds(f, fd);
		fpb_evidence_close(&job->evidence, fd);
	}
	fpb_paired_close(f);
	return generic_close_file(td, f);
}

/*
 * fio's own drops the pages of one descriptor. Of the two sides only one may
 * have any, and it alone would have to read or fault them in again.
 */
static int invalidate(struct thread_data *td, struct fio_file *f)
{
	unsigned int side;
	int fd[2], err = 0;

	if (f->filetype == FIO_TYPE_BLOCK)
		return blockdev_invalidate_cache(f) ? -errno : 0;
	if (f->filetype != FIO_TYPE_FILE)
		return 0;
	fpb_paired_fds(f, fd);
	for (side = 0; side < 2 && fd[side] >= 0 && !err; side++)
		err = posix_fadvise(fd[side], f->file_offset, f->io_size,
				    POSIX_FADV_DONTNEED);
	return -err;
}

/* Reached only if choose_path() never ran, which fio does not do. */
static enum fio_q_status queue(struct thread_data *td, struct io_u *io_u)
{
	io_u->error = ENOSYS;
	return FIO_Q_COMPLETED;
}

static int getevents(struct thread_data *td, unsigned int min,
		     unsigned int max, const struct timespec *t)
{
	return -ENOSYS;
}

static struct io_u *event(struct thread_data *td, int nr)
{
	return NULL;
}

/* fio looks this one symbol up by its name; everything else is hidden. */
__attribute__((visibility("default")))
struct ioengine_ops ioengine = {
	.name			= "fpbench",
	.version		= FIO_IOOPS_VERSION,
	.flags			= FIO_ASYNCIO_SYNC_TRIM |
				  FIO_ASYNCIO_SETS_ISSUE_TIME |
				  FIO_NO_OFFLOAD | ATOMIC_WRITES,
	.setup			= setup,
	.init			= init,
	.queue			= queue,
	.getevents		= getevents,
	.event			= event,
	.open_file		= open_file,
	.close_file		= close_file,
	.invalidate		= invalidate,
	.get_file_size		= generic_get_file_size,
	.options		= options,
	.option_struct_size	= sizeof(struct fpb_options),
};

static void fill_paths(void)
{
	struct ioengine_ops *ops;
	unsigned int i;

	for (i = 0; i < NR_PATHS; i++) {
		options[0].posval[i].ival = paths[i]->name;
		options[0].posval[i].oval = i;
		options[0].posval[i].help = paths[i]->help;

		ops = &paths[i]->ops;
		ops->name = ioengine.name;
		ops->version = ioengine.version;
		ops->flags |= FIO_NO_OFFLOAD | ATOMIC_WRITES;
		ops->setup = setup;
		ops->init = init;
		ops->post_init = post_init;
		ops->cleanup = cleanup;
		ops->open_file = ioengine.open_file;
		ops->close_file = ioengine.close_file;
		ops->invalidate = ioengine.invalidate;
		ops->get_file_size = ioengine.get_file_size;
		ops->options = options;
		ops->option_struct_size = ioengine.option_struct_size;
	}
}

/*
 * Runs inside fio's dlopen(), before fio reads the table. A wrong fio must not
 * even look at our options, so its own check of the version is made to fail.
 */
__attribute__((constructor)) static void on_load(void)
{
	fill_paths();
	if (!fpb_guard_program())
		ioengine.version = 0;
}
