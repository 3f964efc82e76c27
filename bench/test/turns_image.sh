#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# turns_image.sh root TAR: a small Debian as mmdebstrap makes it, with what an
# installed fpbench, GRUB and kexec need.
#
# turns_image.sh disk TAR FOLDER IMAGE: the image of a disk with one partition of
# ext4 from 1 MiB on: what TAR has, and on top of it what FOLDER has. Nothing is
# mounted, and no loop device is used. As root, to whom all files belong.
. "$(dirname "$0")/../deps/lib.sh"

MIB=1048576
SIZE=1536	# MiB

# Print the packages of the libraries that what we built is linked with. Those of
# /lib may be listed as of /usr/lib.
libraries() {
	ldd build/fpbench build/fpcheck build/fpfs build/deps/fio/fio \
		build/fpbench-engine.so | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' |
		sort -u | while read -r l; do
		dpkg-query -S "$l" "/usr$l" 2>/dev/null || :
	done | sed -n 's/^\([^:, ]*\):.*/\1/p' | sort -u | paste -sd ,
}

make_root() {
	. /etc/os-release
	say DEBIAN "$VERSION_CODENAME"
	mkdir -p "${1%/*}"
	rm -f "$1.log"
	logged "$1.log" mmdebstrap --variant=minbase --format=tar \
		--include="systemd-sysv,udev,kmod,xfsprogs,grub2-common,grub-pc-bin,kexec-tools,$(libraries)" \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		"$VERSION_CODENAME" "$1.part" "$(mirror)"
	mv "$1.part" "$1"
}

make_disk() {
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	tar -xf "$1" -C "$work" --exclude='./dev/*'
	cp -R "$2/." "$work"
	truncate -s "${SIZE}M" "$3"
	# The signature becomes part of the name of the partition.
	printf 'label: dos\nlabel-id: 0x66706231\nstart=%d, type=83, bootable\n' \
		$((MIB / 512)) | sfdisk -q "$3"
	mke2fs -q -F -t ext4 -E "offset=$MIB,root_owner=0:0" -d "$work" "$3" \
		"$((SIZE - 1))M" 2>"$3.log" || {
			cat "$3.log" >&2
			die "mke2fs cannot make $3"
		}
	rm -f "$3.log"
}

case ${1:-} in
root)	make_root "$2" ;;
disk)	make_disk "$2" "$3" "$4" ;;
*)	usage "turns_image.sh: neither root nor disk: ${1:-}" ;;
esac
