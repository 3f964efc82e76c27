// SPDX-License-Identifier: GPL-2.0
#include "os/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of mount_setattr(2), which <sys/mount.h> of older C libraries lacks. */
struct attr {
	uint64_t set, clear, propagation, userns_fd;
};

#define ATTR_RDONLY	0x1
#define ATTR_NOSUID	0x2
#define ATTR_NODEV	0x4
#define RECURSIVE	0x8000

static int set_attr(const char *path, unsigned int flags, struct attr a)
{
	return syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &a,
		       sizeof(a)) ? -errno : 0;
}

static int write_proc(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

/* An ordinary user needs a user namespace for it, and stays who he is. */
static int own_mounts(void)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	char map[32];
	int ret;

	if (unshare(CLONE_NEWNS | (uid ? CLONE_NEWUSER : 0)))
		return -errno;
	if (!uid)
		return 0;
	ret = write_proc("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	ret = ret ? : write_proc("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	return ret ? : write_proc("/proc/self/gid_map", map);
}

/* What root could make devices with, or its mounts writable again. */
static int drop_rights(void)
{
	static const int rights[] = { CAP_MKNOD, CAP_SYS_ADMIN };

	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++)
		if (prctl(PR_CAPBSET_READ, rights[i], 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, rights[i], 0, 0, 0))
			return -errno;
	return 0;
}

int fpb_confine(const char *const *dirs)
{
	int ret = own_mounts();

	if (!ret && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		ret = -errno;
	for (size_t i = 0; !ret && dirs[i]; i++)
		if (mount(dirs[i], dirs[i], NULL, MS_BIND, NULL))
			ret = -errno;
	ret = ret ? : set_attr("/", RECURSIVE,
			       (struct attr){ .set = ATTR_RDONLY });
	for (size_t i = 0; !ret && dirs[i]; i++)
		ret = set_attr(dirs[i], 0, (struct attr){
			.set = ATTR_NODEV | ATTR_NOSUID, .clear = ATTR_RDONLY,
		});
	/* An ordinary user keeps none of them beyond exec. */
	return ret || geteuid() ? ret : drop_rights();
}
