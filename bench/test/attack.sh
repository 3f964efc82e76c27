#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# attack.sh DIR: as root in a guest, tries to change the host's folder DIR in
# every way that there is. Says how it got at it; what came of that is for the
# host to see.
set -u
dir=$1
mkdir "$FPB_XFS/m"

poke() {
	[ -f "$1/file" ] || return
	echo "got at it: $2"
	echo spoilt >"$1/file"
	chmod 4777 "$1/file"
	chown 1234 "$1/file"
	touch -d 2001-01-01 "$1/file"
	touch "$1/new"
	mkdir "$1/dir"
	mknod "$1/dev" c 1 1
	ln "$1/file" "$1/hard"
	ln -s / "$1/soft"
	rm "$1/file"
	mv "$1/other" "$1/moved"
}

poke "$dir" "the root"
mount -o remount,rw / && poke "$dir" "the root, for writing"
ln -s "$dir" /run/share/link && poke /run/share/link "a link in the share"
poke "/run/share/../../$dir" ".."
share=$(sed -n 's,^[^ ]* /run/share hostfs [^ ]*\(/[^, ]*\).*,\1,p' /proc/mounts)
if mount -t hostfs -o "$dir" none "$FPB_XFS/m"; then
	poke "$FPB_XFS/m" "hostfs"
	umount "$FPB_XFS/m"
fi
if mount -t hostfs -o "${share:-/tmp}/../../../../../..$dir" none "$FPB_XFS/m"; then
	poke "$FPB_XFS/m" "hostfs, .."
	umount "$FPB_XFS/m"
fi
for tag in root share; do
	mount -t 9p -o trans=virtio,version=9p2000.L $tag "$FPB_XFS/m" || continue
	poke "$FPB_XFS/m$dir" "9p"
	poke "$FPB_XFS/m/../../../../../..$dir" "9p, .."
	umount "$FPB_XFS/m"
done
exit 0
