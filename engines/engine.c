// SPDX-License-Identifier: GPL-2.0
/*
 * The engine as fio sees it: its options, the guard against the wrong fio, and
 * the choice of a submission path for each job. What a path does is in
 * path_*.c.
 */
#include "fio.h"
#include "optgroup.h"

#include "guard.h"
#include "path.h"

struct ioengine_ops ioengine;

static struct fpb_path *const paths[] = {
	&fpb_path_aio,
	&fpb_path_psync,
};
#define NR_PATHS	(sizeof(paths) / sizeof(paths[0]))

static struct fio_option options[] = {
	{
		.name	= "submit",
		.lname	= "Submission path",
		.type	= FIO_OPT_STR,
		.off1	= offsetof(struct fpb_options, submit),
		.help	= "How I/O is submitted",
		.def	= "libaio",
		/* posval: from paths[], by fill_paths() */
		.category = FIO_OPT_C_ENGINE,
		.group	= FIO_OPT_G_INVALID,
	},
	{
		.name	= NULL,
	},
};

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

	if (err) {
		/* td_verror() would write where a wrong fio has something else. */
		return err;
	}
	return file_sizes(td);
}

static int init(struct thread_data *td)
{
	int err = choose_path(td);

	if (err)
		return err;
	return td->io_ops->init(td);
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
				  FIO_NO_OFFLOAD,
	.setup			= setup,
	.init			= init,
	.queue			= queue,
	.getevents		= getevents,
	.event			= event,
	.open_file		= generic_open_file,
	.close_file		= generic_close_file,
	.get_file_size		= generic_get_file_size,
	.options		= options,
	.option_struct_size	= sizeof(struct fpb_options),
};

static int init_nothing(struct thread_data *td)
{
	return 0;
}

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
		ops->flags |= FIO_NO_OFFLOAD;
		ops->setup = setup;
		if (!ops->init)
			ops->init = init_nothing;
		ops->open_file = ioengine.open_file;
		ops->close_file = ioengine.close_file;
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
