// SPDX-License-Identifier: GPL-2.0
#include "core/workload.h"

#include <stdio.h>
#include <string.h>

#include "core/parse.h"
#include "core/units.h"

const char *const fpb_sync_names[] = {
	[FPB_SYNC_NONE]		= "none",
	[FPB_SYNC_FSYNC]	= "fsync",
	[FPB_SYNC_DSYNC]	= "dsync",
	NULL
};

const char *const fpb_files_names[] = {
	[FPB_FILES_SHARED]	= "shared",
	[FPB_FILES_PRIVATE]	= "private",
	NULL
};

#define DIRECT	.direct = true, .path = FPB_PATH_REGIME
#define BY(how)	.path = how
#define DATA(family, pattern, text, ...) \
	{ .w = { .name = family, .rw = pattern, .bs = 4096, __VA_ARGS__ }, \
	  .has_bs = true, .summary = text }
/* An operation on a name is an I/O: the engine's path of that name. */
#define METADATA(family, text) \
	{ .w = { .name = family, .rw = "randwrite", .bs = 4096, \
		 .path = family }, .summary = text }

const struct fpb_workload_family
fpb_workload_families[FPB_NWORKLOAD_FAMILIES] = {
	DATA("randwrite", "randwrite", "direct writes at random offsets",
	     DIRECT),
	DATA("randread", "randread", "direct reads at random offsets", DIRECT),
	DATA("seqwrite", "write", "direct writes in sequence", DIRECT),
	DATA("seqread", "read", "direct reads in sequence", DIRECT),
	DATA("randrw", "randrw", "direct, 70 % reads and 30 % writes", DIRECT,
	     .read_pct = 70),
	DATA("fsync", "randwrite", "direct writes, fsync(2) after each",
	     .direct = true, BY("psync"), .sync = FPB_SYNC_FSYNC),
	DATA("dsync", "randwrite", "direct writes with O_DSYNC",
	     .direct = true, BY("psync"), .sync = FPB_SYNC_DSYNC),
	DATA("warmread", "randread", "buffered reads of cached pages",
	     BY("psync")),
	DATA("coldread", "randread", "buffered reads of pages not cached",
	     BY("cold")),
	DATA("bufwrite", "randwrite", "buffered writes, fsync(2) at the end",
	     BY("psync")),
	DATA("mmapread", "randread", "reads of a shared mapping",
	     BY("mmap")),
	DATA("mmapwrite", "randwrite", "writes to a shared mapping",
	     BY("mmap")),
	DATA("spliceread", "randread", "splice(2) from the file to a pipe",
	     BY("splice")),
	DATA("splicewrite", "randwrite", "splice(2) from a pipe to the file",
	     BY("splice")),
	DATA("copy", "randwrite", "copy_file_range(2) within the file",
	     BY("copy")),
	DATA("append", "write", "buffered writes to the end of a file",
	     BY("append")),
	DATA("smallfile", "randwrite", "new files: create, write, close",
	     BY("smallfile")),
	METADATA("create", "creation of empty files"),
	METADATA("stat", "stat(2)"),
	METADATA("open", "open(2) and close(2)"),
	METADATA("readdir", "reading a large directory"),
	METADATA("rename", "rename(2) within a directory"),
	METADATA("unlink", "unlink(2)"),
};

const char fpb_workloads_all[] =
	"randwrite,randread,seqwrite,seqwrite-128k,seqwrite-1m,seqread,"
	"seqread-128k,seqread-1m,randrw,fsync,dsync,warmread,coldread,bufwrite,"
	"mmapread,mmapwrite,spliceread,splicewrite,copy,append,smallfile,"
	"create,stat,open,readdir,rename,unlink";

/* Sectors, and what fio allocates for each job. */
static bool possible_bs(uint64_t bs)
{
	return bs >= 512 && bs <= 64 << 20 && !(bs % 512);
}

static bool is_family(const struct fpb_workload_family *f, const char *name,
		      uint64_t *bs)
{
	const size_t len = strlen(f->w.name);

	*bs = f->w.bs;
	if (strncmp(name, f->w.name, len))
		return false;
	return !name[len] || (f->has_bs && name[len] == '-' &&
			      !fpb_parse_size(name + len + 1, bs) &&
			      possible_bs(*bs));
}

bool fpb_workload_preset(const char *name, struct fpb_workload *w)
{
	const struct fpb_workload_family *f = fpb_workload_families;
	char text[FPB_UNITS_MAX];
	uint64_t bs;

	for (; f < fpb_workload_families + FPB_NWORKLOAD_FAMILIES; f++) {
		if (!is_family(f, name, &bs))
			continue;
		*w = f->w;
		w->bs = bs;
		if (f->has_bs)
			snprintf(w->name, sizeof(w->name), "%.24s-%s",
				 f->w.name, fpb_format_bs(bs, text));
		return true;
	}
	return false;
}

bool fpb_workload_has_data(const struct fpb_workload *w)
{
	for (size_t i = 0; i < FPB_NWORKLOAD_FAMILIES; i++)
		if (!fpb_workload_families[i].has_bs &&
		    !strcmp(fpb_workload_families[i].w.path, w->path))
			return false;
	return true;
}

static bool writes(const struct fpb_workload *w)
{
	return strcmp(w->rw, "read") && strcmp(w->rw, "randread");
}

bool fpb_workload_is_warm(const struct fpb_workload *w)
{
	return !*w->job && !w->direct && fpb_workload_has_data(w) &&
	       !writes(w) && strcmp(w->path, "cold");
}

bool fpb_workload_dirties(const struct fpb_workload *w)
{
	return *w->job || (!w->direct && fpb_workload_has_data(w) && writes(w));
}

#define MAX_IN_FLIGHT	(1 << 20)

unsigned int fpb_workload_depth(const struct fpb_workload *w,
				unsigned int iodepth)
{
	if (strcmp(w->path, FPB_PATH_REGIME))
		return 1;
	if (iodepth * w->bs <= MAX_IN_FLIGHT)
		return iodepth;
	return MAX_IN_FLIGHT / w->bs ? : 1;
}
