#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# deb.sh source ARCHIVE DIR: makes the Debian source package of ARCHIVE, which
# dist.sh made, in DIR.
# deb.sh build ARCHIVE DIR: makes that, builds it in a chroot of Debian 13 without
# network, and has lintian check it (DIR/lintian).
# deb.sh try ARCHIVE DIR: installs the package in another chroot and runs its
# autopkgtest there as an ordinary user: builds both kernels, measures.
#
# The last two need root. A chroot is DIR/chroot until the command ends; its mounts
# and processes are in namespaces of their own, which end with the command.
#
# Status: 0 done, 2 wrong arguments, 4 failed, 77 this is not root.
. "$(dirname "$0")/../deps/lib.sh"

[ $# -eq 3 ] || usage "deb.sh needs three arguments: what to do, ARCHIVE, DIR"
suite=trixie
job=$1
archive=$(realpath "$2")
name=$(basename "$archive" .tar.gz)
dir=$(realpath -m "$3")
log=$dir/log
root=$dir/chroot
# A new chroot, and Debian's packages, for the next time.
base=$CACHE/chroot-$suite.tar
debs=$CACHE/debs

# --- the source package -----------------------------------------------------------

make_source() {
	say SOURCE "$name"
	rm -rf "$dir/source" "$dir"/fpbench_* "$dir/lintian" "$log"
	mkdir -p "$dir/source"
	orig=$dir/source/fpbench_${name#fpbench-}.orig
	tree=$dir/source/$name
	fio=$("$TOP/bench/deps/fio.sh" --source) || exit 4
	cp "$archive" "$orig.tar.gz"
	tar -xf "$archive" -C "$dir/source"
	cp -R "$tree/bench/packaging/debian" "$tree"
	gzip -dc "$fio" >"$orig-fio.tar"
	# shellcheck disable=SC2013 # words
	for f in $(sed -n 's/^Files-Excluded-fio: //p' "$tree/debian/copyright"); do
		logged "$log" tar --delete --wildcards -f "$orig-fio.tar" "*/$f"
	done
	gzip -9n "$orig-fio.tar"
	mkdir "$tree/fio"
	tar -xf "$orig-fio.tar.gz" -C "$tree/fio" --strip-components=1
	logged "$log" env -C "$dir/source" dpkg-source -b "$name"
	mv "$dir"/source/fpbench_* "$dir"
	rm -rf "$dir/source"
}

# --- the chroot -------------------------------------------------------------------

# in_chroot COMMAND...: as root. What was only chroot()ed could not make user
# namespaces, which a guest of an ordinary user needs.
in_chroot() {
	# shellcheck disable=SC2016 # for the shell inside
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive unshare --mount sh -euc '
			mount --bind "$1" "$1"
			cd "$1"
			mount --bind "$2" var/cache/apt/archives
			mount -t proc proc proc
			mount -t sysfs -o ro sysfs sys
			mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
			mount -t tmpfs -o mode=1777 tmpfs dev/shm
			shift 2
			pivot_root . mnt
			umount -l mnt
			exec "$@"' sh "$root" "$debs" "$@"
}

# step COMMAND...: one that prints nothing
step() {
	logged "$log" in_chroot "$@"
}

# Make $root, with what apt needs to know to reach the mirror from here.
make_chroot() {
	say CHROOT "Debian $suite"
	mkdir -p "$debs"
	# One that is a week old lacks too much of what there is by now.
	if [ -n "$(find "$base" -mtime -7 2>/dev/null)" ]; then
		mkdir "$root"
		tar -xpf "$base" -C "$root"
	else
		logged "$log" debootstrap --variant=minbase --cache-dir="$debs" \
			"$suite" "$root" "$(mirror)"
		logged "$log" tar --one-file-system -cf "$base.part" -C "$root" .
		mv "$base.part" "$base"
	fi
	# Nothing here has to survive a power failure.
	echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe"
	cp /etc/hosts "$root/etc"
	apt-config dump | grep -E '^Acquire::https?::' \
		>"$root/etc/apt/apt.conf.d/00host" || :
	mkdir -p "$root/dev/shm" "$root/dev/pts"
	step apt-get update
	step useradd -m user
	mkdir "$root/package"
	cp "$dir"/fpbench* "$root/package"
}

# --- what is done in it -------------------------------------------------------------

build() {
	make_chroot
	step chown -R user /package
	step apt-get install -y --no-install-recommends build-essential lintian
	step sh -c 'apt-get build-dep -y --no-install-recommends /package/*.dsc'
	say BUILD "$name"
	step unshare --net runuser -u user -- env HOME=/home/user \
		DEB_BUILD_OPTIONS="parallel=$JOBS" sh -ec '
			cd /package
			dpkg-source -x ./*.dsc source
			cd source
			dpkg-buildpackage -us -uc'
	say LINTIAN "$name"
	status=0
	# Not of the .changes: they are for an upload to Debian.
	in_chroot runuser -u user -- sh -c 'lintian -EviI --pedantic --color never \
		--show-overrides --fail-on error,warning,info,pedantic,experimental \
		/package/*.dsc /package/*.deb' \
		>"$dir/lintian" 2>&1 </dev/null || status=$?
	grep '^[EWIPX]: ' "$dir/lintian" >&2 || :
	[ $status -eq 0 ] || die "lintian objects (whole output: $dir/lintian)"
	cp "$root"/package/fpbench* "$dir"
	ls "$dir"/fpbench_*.deb
}

try() {
	[ -n "$(ls "$dir"/fpbench_*.deb 2>/dev/null)" ] ||
		usage "there is no package in $dir" "make deb"
	make_chroot
	say INSTALL "$name"
	# Without what it only recommends.
	step sh -c 'apt-get install -y --no-install-recommends \
		/package/fpbench_*.deb'
	step apt-get install -y --no-install-recommends autopkgtest dpkg-dev
	# What this machine has of the kernel's source need not be fetched again.
	cache=/home/user/.cache/fpbench
	mkdir -p "$root$cache/downloads"
	cp "$CACHE"/downloads/linux-source-* "$root$cache/downloads" 2>/dev/null || :
	step chown -R user:user /home/user
	say TEST "$name"
	step sh -c "autopkgtest --no-built-binaries --user=user \
		--env=FPBENCH_CACHE=$cache --output-dir=/package/test \
		/package/fpbench_*.deb /package/*.dsc -- null"
	cat "$root/package/test/quick-stdout"
}

# --- its end ------------------------------------------------------------------------

child=
undo() {
	[ -z "$child" ] || kill -KILL "$child" 2>/dev/null || :
	wait
	# Those inside end with it, but not at once.
	rm -rf "$dir/source" "$root" "$base.part" 2>/dev/null || {
		sleep 1
		rm -rf "$root"
	}
}

# Do the job in namespaces of its own, which end with the process that made them.
apart() {
	[ "$(id -u)" -eq 0 ] ||
		(die "only root can make the chroot that the package is built in") ||
		exit 77
	"$TOP/bench/deps/packages.sh" package
	# The folders of packages and of the chroot are shared.
	lock package
	trap undo EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	rm -rf "$root"
	[ "$job" != build ] || make_source
	setpriv --pdeathsig KILL \
		unshare --mount --pid --fork --kill-child --mount-proc \
		"$0" "$job-apart" "$archive" "$dir" &
	child=$!
	status=0
	wait "$child" || status=$?
	child=
	exit $status
}

case $job in
source)		make_source; ls "$dir"/*.dsc ;;
build|try)	apart ;;
build-apart)	build ;;
try-apart)	try ;;
*)		usage "deb.sh: neither source nor build nor try: $job" ;;
esac
