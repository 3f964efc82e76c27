// SPDX-License-Identifier: GPL-2.0
/* The identity of a thread, changed only when it differs. */
#include "cred.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdint.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP(name)	(1ULL << (name))

/* With what each is for; all others are dropped. */
static const uint64_t needed_caps =
	CAP(CAP_SYS_ADMIN) |		/* backing files, trusted.*, umount */
	CAP(CAP_DAC_OVERRIDE) |		/* the kernel has checked the caller */
	CAP(CAP_DAC_READ_SEARCH) |	/* linkat() from a descriptor */
	CAP(CAP_CHOWN) | CAP(CAP_FOWNER) |	/* chown, chmod, utimes */
	CAP(CAP_FSETID) |		/* set-uid, set-gid */
	CAP(CAP_SETUID) | CAP(CAP_SETGID) |	/* create as the caller */
	CAP(CAP_MKNOD) | CAP(CAP_SETFCAP);

/*
 * The group of a thread that acts for itself. It must not be the group of a
 * file: the filesystem below keeps set-gid for members of the file's group. The
 * second is for a user namespace in which the first does not exist.
 */
static const gid_t no_groups[] = { (gid_t)-2, 65534 };

/* Fixed before there are threads. */
static gid_t own_gid;			/* one of them */
static uint64_t permitted_caps;		/* those of needed_caps that there are */

static __thread struct {
	bool own_fs;		/* has left the process's umask */
	bool other_gid;		/* is in @gid */
	uid_t uid;
	gid_t gid;
	mode_t umask;
} now;

static int set_effective(uint64_t effective)
{
	const uint64_t permitted = permitted_caps;
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2] = {
		{ .effective = effective, .permitted = permitted },
		{ .effective = effective >> 32, .permitted = permitted >> 32 },
	};

	return syscall(SYS_capset, &h, d) ? -errno : 0;
}

static int init_permitted(void)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d))
		return -errno;
	permitted_caps = (d[0].permitted | (uint64_t)d[1].permitted << 32) &
			 needed_caps;
	return 0;
}

/*
 * These report no error, such as that there is no memory, but return what was
 * before.
 */
static bool become_group(gid_t gid)
{
	setfsgid(gid);
	return (gid_t)setfsgid(-1) == gid;
}

static bool become_user(uid_t uid)
{
	setfsuid(uid);
	return (uid_t)setfsuid(-1) == uid;
}

static int leave_groups(void)
{
	size_t i;

	if (setgroups(0, NULL))
		return -errno;
	for (i = 0; i < sizeof(no_groups) / sizeof(*no_groups); i++) {
		own_gid = no_groups[i];
		if (become_group(own_gid))
			return 0;
	}
	return -EPERM;
}

int fpfs_cred_init(void)
{
	int ret;

	/* Without this a change of fsuid would drop capabilities. */
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP))
		return -errno;
	umask(0);
	ret = leave_groups();
	if (!ret)
		ret = init_permitted();
	return ret ? ret : set_effective(permitted_caps & ~CAP(CAP_FSETID));
}

int fpfs_cred_fsetid(bool hold)
{
	const uint64_t fsetid = CAP(CAP_FSETID);
	int ret;

	if (hold && !(permitted_caps & fsetid))
		return -EPERM;
	/* Fails only for lack of memory: it must not be kept for that. */
	do
		ret = set_effective(hold ? permitted_caps :
					   permitted_caps & ~fsetid);
	while (ret && !hold);
	return ret;
}

int fpfs_cred_group(gid_t gid)
{
	if (now.other_gid && now.gid == gid)
		return 0;
	now.gid = gid;
	now.other_gid = true;
	if (become_group(gid))
		return 0;
	fpfs_cred_self();
	return -ENOMEM;
}

int fpfs_cred_caller(uid_t uid, gid_t gid, mode_t mask)
{
	/* The umask is shared with the other threads until unshare(2). */
	if (!now.own_fs || now.umask != mask) {
		if (!now.own_fs && unshare(CLONE_FS))
			return -errno;
		now.own_fs = true;
		umask(mask);
		now.umask = mask;
	}
	if (fpfs_cred_group(gid))
		return -ENOMEM;
	if (now.uid == uid)
		return 0;
	now.uid = uid;
	if (become_user(uid))
		return 0;
	fpfs_cred_self();
	return -ENOMEM;
}

void fpfs_cred_self(void)
{
	/* The umask stays: it only matters to a create, which sets it. */
	while (now.uid && !become_user(0))
		sched_yield();
	now.uid = 0;
	while (now.other_gid && !become_group(own_gid))
		sched_yield();
	now.other_gid = false;
}
