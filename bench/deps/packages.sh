#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# packages.sh [SET]: installs the Debian packages that fpbench needs, or a SET of
# them: kernels (to build kernels and boot them in User-Mode Linux, which is part
# of what fpbench needs), or what is needed beside them by the QEMU backend (qemu),
# "make check-patches" (patches), "make check-model" (model), "make daemons"
# (daemons), "make conform" (conform), the tests of what programs read (formats),
# HOSTS= (fleet), "make check-turns" (turns), "make deb" (package), or what "make
# lint", "make fuzz" and some tests look with (lint). As root, or with sudo where that
# asks for no password.
# Otherwise it prints the command and stops with status 77.
#
# packages.sh --list SET: prints the names of this set.
set -eu

list=
[ "${1:-}" != --list ] || {
	list=1
	shift
}
# And util-linux, which Debian cannot do without.
kernels="gcc make libc6-dev git flex bison bc xz-utils jq linux-libc-dev
	xfsprogs e2fsprogs mount"
kernel_commands="gcc make git flex bison bc xz jq mkfs.xfs mkfs.ext4 mount"

case ${1:-base} in
base)
	packages="$kernels rsync pkg-config meson ninja-build libaio-dev
		liburing-dev libnuma-dev zlib1g-dev libjansson-dev libgsl-dev
		libcmocka-dev libinih-dev libpopt-dev libarchive-dev libzstd-dev
		gnuplot-nox"
	commands="$kernel_commands meson ninja pkg-config gnuplot"
	libraries="jansson gsl popt inih libarchive libzstd cmocka zlib liburing
		numa" ;;
kernels)
	packages=$kernels
	commands=$kernel_commands
	libraries= ;;
qemu)
	# libelf: x86-64 kernels are built with objtool. cpio and kmod: for the
	# initrd of Debian's packaged kernel.
	packages="qemu-system-x86 libelf-dev cpio kmod"
	commands="qemu-system-x86_64 cpio depmod modprobe"
	libraries=libelf ;;
patches)
	# libelf: the patches are built for x86-64.
	packages="perl sparse libelf-dev"
	commands="perl sparse"
	libraries=libelf ;;
model)
	packages="spin gcc libc6-dev"
	commands="spin gcc"
	libraries= ;;
daemons)
	# python3-fuse: for its example; g++: for one of libfuse's.
	packages="bindfs mergerfs fuse-overlayfs gocryptfs rclone python3-fuse
		g++"
	commands="bindfs mergerfs fuse-overlayfs gocryptfs rclone python3 g++"
	libraries= ;;
conform)
	packages=stress-ng
	commands=stress-ng
	libraries= ;;
formats)
	packages="python3-jsonschema python3-yaml"
	commands=python3
	libraries= ;;
lint)
	# libclang-rt: libFuzzer and its sanitizers.
	packages="shellcheck cppcheck clang clang-tidy libclang-rt-dev valgrind
		lcov strace"
	commands="shellcheck cppcheck clang clang-tidy valgrind lcov strace"
	libraries= ;;
fleet)
	packages="parallel rsync openssh-client"
	commands="parallel rsync ssh"
	libraries= ;;
turns)
	packages="mmdebstrap fdisk e2fsprogs"
	commands="mmdebstrap sfdisk mke2fs debugfs"
	libraries= ;;
package)
	packages="debootstrap dpkg-dev git"
	commands="debootstrap dpkg-source git"
	libraries= ;;
*)
	echo "fpbench: packages.sh: unknown set of packages: $1" >&2
	exit 2 ;;
esac

if [ -n "$list" ]; then
	# shellcheck disable=SC2086 # a list of words
	printf '%s\n' $packages
	exit
fi

# Elsewhere the packages have other names: say what is missing by the names
# that pkg-config and PATH know.
if ! command -v dpkg-query >/dev/null; then
	missing=
	for p in $commands; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$p" >/dev/null ||
			missing="$missing $p"
	done
	for p in $libraries; do
		pkg-config --exists "$p" 2>/dev/null || missing="$missing lib${p#lib}"
	done
	[ -n "$missing" ] || exit 0
	echo "fpbench: missing on this system:$missing" >&2
	echo "fpbench: hint: install them with their development files" >&2
	exit 77
fi

missing=
for p in $packages; do
	dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null |
		grep -qx installed || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -eq 0 ]; then
	sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
	sudo=sudo
else
	echo "fpbench: Debian packages are missing; an administrator must run:" >&2
	echo "apt-get update && $install" >&2
	exit 77
fi

echo "  INSTALL$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
# shellcheck disable=SC2086 # sudo may be nothing, install is a command line
apt() {
	$sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive $install
}
# Another apt-get, such as that of a timer, has its locks for minutes.
tries=60
while ! apt >"$log" 2>&1 </dev/null; do
	tries=$((tries - 1))
	if [ $tries -gt 0 ] && grep -q "^E: Could not get lock" "$log"; then
		[ $tries -lt 59 ] || echo "  WAIT    another apt-get" >&2
		sleep 10
		continue
	fi
	tail -n 20 "$log" >&2
	echo "fpbench: apt-get could not install:$missing" >&2
	echo "fpbench: hint: is the network up? The command was: $install" >&2
	exit 4
done
