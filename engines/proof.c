// SPDX-License-Identifier: GPL-2.0
#include "proof.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include "fpfs_ioctl.h"

/* <linux/magic.h> lacks some of these. */
#define MAGIC_FUSE	0x65735546

static const struct {
	const char *name;
	unsigned long magic;
} filesystems[] = {
	{ "fuse", MAGIC_FUSE },
	{ "xfs", 0x58465342 },
	{ "ext4", 0xef53 },
	{ "btrfs", 0x9123683e },
	{ "f2fs", 0xf2f52010 },
	{ "tmpfs", 0x01021994 },
	{ "overlay", 0x794c7630 },
	{ "nfs", 0x6969 },
	{ "zfs", 0x2fc12fc1 },
	{ "hostfs", 0x00c0ffee },
	{ "9p", 0x01021997 },
};
#define NR_FILESYSTEMS	(sizeof(filesystems) / sizeof(filesystems[0]))

int fpb_proof_magic(const char *name, unsigned long *magic)
{
	unsigned int i;
	char *end;

	for (i = 0; i < NR_FILESYSTEMS; i++)
		if (!strcmp(filesystems[i].name, name)) {
			*magic = filesystems[i].magic;
			return 0;
		}
	if (strncmp(name, "0x", 2))
		return -EINVAL;
	errno = 0;
	*magic = strtoul(name, &end, 16);
	return errno || *end || end == name + 2 ? -EINVAL : 0;
}

const char *fpb_proof_name(unsigned long magic)
{
	unsigned int i;

	for (i = 0; i < NR_FILESYSTEMS; i++)
		if (filesystems[i].magic == magic)
			return filesystems[i].name;
	return NULL;
}

void fpb_proof_names(char *buf, size_t size)
{
	unsigned int i;
	size_t len = 0;

	*buf = '\0';
	for (i = 0; i < NR_FILESYSTEMS && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%s", i ? ", " : "",
				filesystems[i].name);
}

static int look_at_daemon(struct fpb_proof *p, int fd, bool first)
{
	struct fpfs_stats stats;

	memset(&stats, 0, sizeof(stats));
	if (ioctl(fd, FPFS_IOC_STATS, &stats)) {
		/* Another daemon than fpfs: not an error by itself. */
		if (errno == ENOTTY || errno == ENOSYS || errno == EINVAL)
			return 0;
		return -errno;
	}
	if (stats.version != FPFS_STATS_VERSION)
		return -EPROTO;

	p->daemon = true;
	p->passthrough = stats.flags & FPFS_STATS_PASSTHROUGH;
	p->parallel = stats.flags & FPFS_STATS_PARALLEL;
	p->read[1] = stats.requests[FPFS_OP_READ];
	p->write[1] = stats.requests[FPFS_OP_WRITE];
	p->total[1] = stats.total;
	if (first) {
		p->read[0] = p->read[1];
		p->write[0] = p->write[1];
		p->total[0] = p->total[1];
	}
	return 0;
}

int fpb_proof_look(struct fpb_proof *p, int fd)
{
	const char *name;
	struct statfs st;
	bool first = !p->seen;

	if (fstatfs(fd, &st))
		return -errno;
	p->seen = true;
	p->magic = (unsigned long)st.f_type & 0xffffffff;
	p->fuse = p->magic == MAGIC_FUSE;
	name = fpb_proof_name(p->magic);
	if (name)
		snprintf(p->fs, sizeof(p->fs), "%s", name);
	else
		snprintf(p->fs, sizeof(p->fs), "0x%lx", p->magic);
	return p->fuse ? look_at_daemon(p, fd, first) : 0;
}

bool fpb_proof_open_ok(const struct fpb_proof *p,
		       const struct fpb_proof_want *want, const char *path,
		       char *why, size_t size)
{
	unsigned long magic;

	if (want->fs && !fpb_proof_magic(want->fs, &magic) &&
	    magic != p->magic) {
		snprintf(why, size, "%s is on %s, not on %s", path, p->fs,
			 want->fs);
		return false;
	}
	if (!p->fuse || (!want->passthrough && !want->no_daemon_io))
		return true;
	if (!p->daemon) {
		snprintf(why, size,
			 "%s: its FUSE daemon is not fpfs and cannot tell whether data passes through it",
			 path);
		return false;
	}
	if (want->passthrough && !p->passthrough) {
		snprintf(why, size,
			 "%s: its daemon runs without passthrough", path);
		return false;
	}
	return true;
}

bool fpb_proof_end_ok(const struct fpb_proof *p,
		      const struct fpb_proof_want *want, char *why,
		      size_t size)
{
	uint64_t reads = p->read[1] - p->read[0];
	uint64_t writes = p->write[1] - p->write[0];

	if (!want->no_daemon_io || !p->daemon || (!reads && !writes))
		return true;
	snprintf(why, size,
		 "%llu READ and %llu WRITE requests reached the daemon during the job",
		 (unsigned long long)reads, (unsigned long long)writes);
	return false;
}
