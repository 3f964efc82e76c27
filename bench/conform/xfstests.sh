#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The generic tests of xfstests, each by its ./check: on XFS with FSTYP=xfs, on the
# mount with FSTYP=fuse as its README.fuse says. It mounts both itself.

build_tree() {
	copy=$tree
	if [ ! -x "$tree/ltp/fsstress" ] ||
	   [ ! -f "$tree/tests/generic/group.list" ]; then
		need autoconf:autoconf automake:automake libtoolize:libtool \
			xfs/xfs.h:xfslibs-dev uuid/uuid.h:uuid-dev \
			acl/libacl.h:libacl1-dev libaio.h:libaio-dev \
			liburing.h:liburing-dev sys/capability.h:libcap-dev
		in_cache xfstests "$tree"
		cd "$copy"
		logged build.log make -j "$JOBS"
	fi
	echo "$copy"
}

list() {
	awk -v groups="${1:-quick}" '
		BEGIN { n = split(groups, want, ",") }
		/^[0-9]/ {
			for (i = 1; i <= n; i++)
				if (index(" " $0 " ", " " want[i] " ")) {
					print "generic/" $1
					next
				}
		}' "$tree/tests/generic/group.list" | grep . ||
		wrong "xfstests has no generic tests of group ${1:-quick}"
}

# over FILE LINE...: the file with these lines at its end, but for those
# whose name it has.
over() {
	file=$1
	copy=/run/conform/${1##*/}
	shift
	cat "$file" >"$copy" 2>/dev/null || :
	for line; do
		grep -q "^${line%%:*}:" "$copy" 2>/dev/null ||
			echo "$line" >>"$copy"
	done
	mount --bind "$copy" "$file"
}

# Users that the tests want. An ordinary user's guest cannot read shadow(5).
make_users() {
	over /etc/passwd root:x:0:0::/root:/bin/bash \
		fsgqa:x:31415:31415::/run:/bin/bash \
		123456-fsgqa:x:31416:31416::/run:/bin/bash \
		fsgqa2:x:31417:31417::/run:/bin/bash
	over /etc/group root:x:0: fsgqa:x:31415: 123456-fsgqa:x:31416: \
		fsgqa2:x:31417:
	over /etc/shadow 'root:*:1:0:99999:7:::' 'fsgqa:*:1:0:99999:7:::' \
		'123456-fsgqa:*:1:0:99999:7:::' 'fsgqa2:*:1:0:99999:7:::'
}

# The host's programs with mount.fuse.conform beside them.
make_helper() {
	sbin=$(realpath /sbin)
	mkdir /run/conform/old /run/conform/sbin
	mount --bind "${sbin%/*}" /run/conform/old
	cp -as "/run/conform/old/${sbin##*/}/." /run/conform/sbin
	ln -s "$here/mount.sh" /run/conform/sbin/mount.fuse.conform
	mount --bind /run/conform/sbin "$sbin"
}

# df(1) that calls all of FUSE "fuse": it is how xfstests knows a type.
make_df() {
	mkdir /run/conform/bin
	cat >/run/conform/bin/df <<-EOD
	#!/bin/sh
	$(command -v df) "\$@" | sed 's/^\([^ ]* *\)fuse\.[^ ]*/\1fuse/'
	EOD
	chmod +x /run/conform/bin/df
}

# Some tests make a link to the output that they expect, beside themselves, and a
# guest cannot write there.
make_tests() {
	mkdir /run/conform/tree
	mount --bind "$tree" /run/conform/tree
	cp -as /run/conform/tree/tests/generic /run/conform/generic
	mount --bind /run/conform/generic "$tree/tests/generic"
}

settings() {
	echo "export RESULT_BASE=$FPB_OUT/results SCRATCH_MNT=$FPB_WORK/scratch"
	if [ "$FPB_SIDE" = raw ]; then
		echo "export FSTYP=xfs TEST_DEV=$FPB_DEVICE TEST_DIR=$FPB_XFS"
		echo "export SCRATCH_DEV=$FPB_SCRATCH"
	else
		echo "export FSTYP=fuse FUSE_SUBTYP=.conform"
		echo "export TEST_DEV=fpbench-test TEST_DIR=$FPB_WORK/test"
		echo "export SCRATCH_DEV=fpbench-scratch"
	fi
}

# What mount.sh mounts by these names.
make_sources() {
	ln -s "$FPB_XFS" /run/conform/fpbench-test
	mkfs.xfs -q -f "$FPB_SCRATCH"
	mkdir /run/conform/fpbench-scratch
	mount "$FPB_SCRATCH" /run/conform/fpbench-scratch
	for name in test scratch; do
		mkdir "/run/conform/fpbench-$name/source" \
			"/run/conform/fpbench-$name/work"
	done
	umount /run/conform/fpbench-scratch
}

# Once in each guest.
prepare() {
	mkdir -p /run/conform "$FPB_WORK/test" "$FPB_WORK/scratch"
	make_users
	make_tests
	# generic/131 has its lock server there, if the kernel has INET.
	ip link set lo up 2>/dev/null || :
	settings >/run/conform/local.config
	[ "$FPB_SIDE" = mount ] || return 0
	make_helper
	make_df
	make_sources
}

run() {
	[ -f /run/conform/local.config ] || prepare
	export HOST_OPTIONS=/run/conform/local.config
	export PATH="/run/conform/bin:$PATH"
	cd "$tree"
	[ "$FPB_SIDE" = raw ] ||
		mount "$FPB_SCRATCH" /run/conform/fpbench-scratch
	status=0
	./check "$1" || status=$?
	[ "$FPB_SIDE" = raw ] || umount /run/conform/fpbench-scratch || :
	exit $status
}

. "$(dirname "$0")/suite.sh"
