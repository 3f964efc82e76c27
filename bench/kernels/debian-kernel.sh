#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# debian-kernel.sh DIR: makes DIR/debian a link to the kernel that Debian
# stable packages for x86-64, as a baseline for the QEMU backend: its bzImage,
# and an initrd with the modules that a guest needs.
. "$(dirname "$0")/../../bench/deps/lib.sh"

out=$1
# Of Debian 13.
series=6.12
# What a guest stands on; what they depend on comes by itself. Not all are
# modules in every version.
modules="virtio_pci 9pnet_virtio 9p crc32c_generic crc32c_cryptoapi libcrc32c
	 configfs null_blk loop xfs fuse"

# --- the package ------------------------------------------------------------

# What was fetched once is not looked for again.
fetch_image() {
	for d in "$CACHE/downloads/linux-image-$series".*-amd64_*_amd64.deb; do
		if [ -f "$d" ]; then
			echo "$d"
			return
		fi
	done
	say FETCH "Debian's Linux $series"
	debian_apt apt-get update >/dev/null || return 1
	name=$(debian_apt apt-cache pkgnames "linux-image-$series." 2>/dev/null |
		grep -x 'linux-image-[0-9.]*+deb13-amd64' | sort -V | tail -n 1)
	[ -n "$name" ] || return 1
	listed 'linux-image-[^ ]*\.deb' debian_apt apt-get download \
		--print-uris "$name"
}

lock debian-kernel
deb=$(fetch_image) || die "cannot fetch Debian's kernel from the mirror" \
	"is the network up? make kernels ARCH=x86-64 builds one from source"
dir=$CACHE/linux-debian-$(key "$(basename "$deb")" "$modules" \
	"$(cat "$TOP/bench/kernels/debian-init.c")")
if [ -e "$dir/build.json" ]; then
	link "$dir" "$out/debian"
	exit 0
fi

# --- the initrd -------------------------------------------------------------

rm -rf "$dir"
mkdir -p "$dir/unpacked" "$dir/initramfs"
say UNPACK "$(basename "$deb" .deb)"
dpkg-deb -x "$deb" "$dir/unpacked"
vmlinuz=$(echo "$dir"/unpacked/boot/vmlinuz-*)
release=${vmlinuz##*/vmlinuz-}
all=$(find "$dir/unpacked" -name '*.ko*')
builtin=$(find "$dir/unpacked" -name modules.builtin)

# A module's file; its name may have "-" where the kernel says "_".
module_file() {
	echo "$all" | grep -E "/$(echo "$1" | sed 's/_/[-_]/g')\\.ko(\\.xz)?\$" ||
		true
}

# add MODULE: it and what it depends on, which comes first in the list.
add() {
	[ ! -e "$dir/initramfs/$1.ko" ] || return 0
	file=$(module_file "$1")
	[ -n "$file" ] || return 0
	case $file in
	*.xz)	xz -dc "$file" >"$dir/initramfs/$1.ko" ;;
	*)	cp "$file" "$dir/initramfs/$1.ko" ;;
	esac
	for m in $(tr '\0' '\n' <"$dir/initramfs/$1.ko" |
		   sed -n 's/^depends=//p' | tr ',-' ' _'); do
		add "$m"
	done
	echo "/$1.ko" >>"$dir/initramfs/modules"
}

# A module that is neither there nor built in would be missed at boot.
needed() {
	[ -n "$(module_file "$1")" ] ||
		grep -qE "/$(echo "$1" | sed 's/_/[-_]/g')\\.ko" "$builtin" ||
		die "$(basename "$deb") has no module $1"
}

# pad SIZE: zeros up to the next multiple of four, as cpio wants.
pad() {
	head -c $(((4 - $1 % 4) % 4)) /dev/zero
}

# cpio_entry NAME MODE FILE: one file in the format that the kernel unpacks.
cpio_entry() {
	size=$(wc -c <"$3")
	entries=$((entries + 1))
	# Number, mode, owner, group, links, time, size, devices, name, sum.
	printf 070701
	printf %08X $entries $(($2)) 0 0 1 0 "$size" 0 0 0 0 $((${#1} + 1)) 0
	printf '%s\0' "$1"
	pad $((110 + ${#1} + 1))
	cat "$3"
	pad "$size"
}

for m in virtio_pci 9pnet_virtio 9p configfs null_blk xfs fuse; do
	needed "$m"
done
for m in $modules; do
	add "$m"
done
logged "$dir/build.log" gcc -O2 -static -o "$dir/initramfs/init" \
	"$TOP/bench/kernels/debian-init.c"
entries=0
{
	cpio_entry init 0100755 "$dir/initramfs/init"
	cpio_entry modules 0100644 "$dir/initramfs/modules"
	while read -r m; do
		cpio_entry "${m#/}" 0100644 "$dir/initramfs$m"
	done <"$dir/initramfs/modules"
	cpio_entry 'TRAILER!!!' 0 /dev/null
} >"$dir/initrd"

# --- the kernel -------------------------------------------------------------

cp "$vmlinuz" "$dir/bzImage"
cp "$dir/unpacked/boot/config-$release" "$dir/config"
grep -qx CONFIG_FUSE_PASSTHROUGH=y "$dir/config" ||
	die "Debian's $release has no FUSE passthrough"
rm -rf "$dir/unpacked" "$dir/initramfs"
sum() {
	sha256sum <"$1" | cut -d' ' -f1
}
cat >"$dir/build.json.part" <<-END
	{
	  "arch": "x86_64",
	  "release": "$release",
	  "version": "$(echo "$release" | cut -d. -f1,2)",
	  "variant": "debian",
	  "source": "$(basename "$deb" .deb)",
	  "image_sha256": "$(sum "$dir/bzImage")",
	  "initrd_sha256": "$(sum "$dir/initrd")",
	  "expect_lock": "exclusive",
	  "config_sha256": "$(sum "$dir/config")",
	  "patches": []
	}
END
mv "$dir/build.json.part" "$dir/build.json"
link "$dir" "$out/debian"
