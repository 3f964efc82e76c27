// SPDX-License-Identifier: GPL-2.0
/*
 * The ABI guard. Three questions, each asked only once the answer before it
 * makes the question safe:
 *  1. Is fio's version string, a plain array of characters, ours?
 *  2. Does fio's table of options put them where our headers do? The same
 *     version configured otherwise (with libnuma, say) moves them.
 *  3. Does a job's thread_data hold what it must at both ends of its options?
 */
#include "fio.h"
#include "guard.h"

/*
 * Weak: a program that is not fio lacks these, and we want to say so rather
 * than to have the dynamic linker say something obscure.
 */
extern const char fio_version_string[] __attribute__((weak));
extern struct fio_option fio_options[] __attribute__((weak));

/* Options that we or fio's inline functions read, from all over the struct. */
#define OPTION(n, field) { n, offsetof(struct thread_options, field) }
static const struct {
	const char *name;
	size_t offset;
} layout[] = {
	OPTION("rw", td_ddir),
	OPTION("ioengine", ioengine),
	OPTION("iodepth", iodepth),
	OPTION("iodepth_batch", iodepth_batch),
	OPTION("iodepth_batch_complete_min", iodepth_batch_complete_min),
	OPTION("direct", odirect),
	OPTION("nrfiles", nr_files),
	OPTION("end_fsync", end_fsync),
	OPTION("fadvise_hint", fadvise_hint),
	OPTION("disable_clat", disable_clat),
	OPTION("disable_slat", disable_slat),
	OPTION("read_iolog", read_iolog_file),
	OPTION("ramp_time", ramp_time),
	OPTION("thinktime", thinktime),
	OPTION("write_hint", write_hint),
	OPTION("log_alternate_epoch", log_alternate_epoch),
};

static const struct fio_option *option_named(const char *name)
{
	const struct fio_option *o;

	for (o = fio_options; o->name; o++)
		if (!strcmp(o->name, name))
			return o;
	return NULL;
}

static bool options_match(void)
{
	const struct fio_option *o;
	unsigned int i;

	for (i = 0; i < sizeof(layout) / sizeof(layout[0]); i++) {
		o = option_named(layout[i].name);
		/* Not every option is in every version. */
		if (o && o->off1 != layout[i].offset)
			return false;
	}
	return true;
}

/* fio's log is not there yet when a library's constructors run. */
static void refuse(const char *why, const char *what)
{
	fprintf(stderr,
		"fpbench engine: %s %s; this file was built for %s\n"
		"fpbench engine: hint: build the engine against the source tree of the fio that loads it (make FIO_SRC=DIR)\n",
		why, what, FPB_FIO_VERSION);
}

bool fpb_guard_program(void)
{
	static int verdict = -1;

	if (verdict >= 0)
		return verdict;

	verdict = 0;
	if (!fio_version_string)
		refuse("not loaded by fio:", "no fio_version_string");
	else if (strcmp(fio_version_string, FPB_FIO_VERSION))
		refuse("wrong fio:", fio_version_string);
	else if (!fio_options || !options_match())
		refuse("wrong fio: another configuration of",
		       fio_version_string);
	else
		verdict = 1;
	return verdict;
}

bool fpb_guard_job(const struct thread_data *td,
		   const struct ioengine_ops *ops)
{
	if (!fpb_guard_program())
		return false;
	/* io_ops and eo come after the options, magic is their first member. */
	if (td->io_ops == ops && td->o.magic == OPT_MAGIC && td->eo)
		return true;

	refuse("wrong fio: a job's data is laid out otherwise in",
	       fio_version_string);
	return false;
}
