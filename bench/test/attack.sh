#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# attack.sh DIR PID: as root in a guest, tries to change the host's folder DIR, and
# the process PID of the host, in every way that there is. Says how it got at them;
# what came of that is for the host to see.
set -u
dir=$1
pid=$2
m=$FPB_XFS/m
up=../../../../../../../../../../../..	# to the root, from anywhere
mkdir "$m"

# In a user namespace the owner of set-uid programs is nobody, who cannot mount.
cp "$(command -v mount)" "$(command -v umount)" "$FPB_XFS"
PATH=$FPB_XFS:$PATH

# poke DIR HOW
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
	echo spoilt 1<>"$1/fifo"
	echo spoilt >"$1/disk"
}

# poke_root DIR HOW: the same, where all of the host is at DIR.
poke_root() {
	poke "$1$dir" "$2"
	poke "$1/$up$dir" "$2, .."
	[ ! -e "$1/proc/$pid/oom_score_adj" ] ||
		echo 7 >"$1/proc/$pid/oom_score_adj"
}

# The root, and the folder that a guest may write.
poke_root "" "the root"
mount -o remount,rw / && poke "$dir" "the root, for writing"
poke "/run/share/../../$dir" ".."
ln -s "$dir" /run/share/link
poke /run/share/link "a link in the share"

# The host's disk by its numbers.
if [ -b "$dir/disk" ]; then
	# shellcheck disable=SC2046 # two numbers
	mknod /run/share/disk b $(stat -c '0x%t 0x%T' "$dir/disk") &&
		echo "made a device of the host"
	echo spoilt >/run/share/disk
fi

# hostfs, of User-Mode Linux
share=$(sed -n 's,^[^ ]* /run/share hostfs [^ /]*\(/[^, ]*\).*,\1,p' /proc/mounts)
hostfs() {
	mount -t hostfs -o "$1" none "$m"
}
if hostfs /; then
	poke_root "$m" "hostfs"
	umount "$m"
fi
for from in "$dir" "${share:-/tmp}/$up$dir" "${share:-/tmp}/link"; do
	hostfs "$from" || continue
	poke "$m" "hostfs of $from"
	umount "$m"
done

# 9p, of QEMU
for tag in root share; do
	for at in "" ,aname=/ ",aname=$dir" ",aname=$up$dir" ,aname=link; do
		mount -t 9p -o "trans=virtio,version=9p2000.L$at" $tag "$m" || {
			echo "no second mount of 9p, $tag$at"
			continue
		}
		poke_root "$m" "9p, $tag$at"
		poke "$m" "9p, $tag$at"
		poke "$m/link" "9p, a link in $tag$at"
		umount "$m"
	done
done

# Links where fpbench on the host writes next.
for name in input events.jsonl job.json step.0 step.1; do
	ln -sf "$dir/file" "/run/share/$name.part"
done
echo "waits for input"
cat >/dev/null
exit 0
