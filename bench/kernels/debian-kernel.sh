#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# debian-kernel.sh DIR: makes DIR/debian a link to the kernel that Debian
# stable packages for x86-64, as a baseline for the QEMU backend: its bzImage,
# and an initrd with the modules that a guest needs.
#
# debian-kernel.sh --options DIR: prints the option of fpbench that chooses it.
. "$(dirname "$0")/../../bench/deps/lib.sh"
. "$TOP/bench/kernels/describe.sh"

for v in "KSRC=${KSRC:-}" "SERIES=${SERIES:-}" "CONFIG=${CONFIG:-}" \
	 "STEPS=${STEPS:-}" "VARIANT=${VARIANT:-}" "EXTRA=${EXTRA:-}" "NAME=${NAME:-}"; do
	[ -z "${v#*=}" ] ||
		usage "KERNEL=debian is built already: it does not take $v"
done
case $1 in
--options)
	echo "-k debian=$2/debian"
	exit ;;
-*)
	usage "KERNEL=debian is one kernel, without a series" ;;
esac
out=$1
# The version in Debian 13.
series=6.12
# What a guest cannot do without, built in or as modules; and what it uses if
# the version has it. What they depend on comes by itself.
needed="virtio_pci 9pnet_virtio 9p configfs null_blk xfs fuse"
wanted="crc32c_generic crc32c_cryptoapi libcrc32c loop ext4 overlay"
PATH=$PATH:/usr/sbin:/sbin

# Print the path of the package. What was fetched once is not looked for again.
fetch_image() {
	for d in "$CACHE/downloads/linux-image-$series".*-amd64_*_amd64.deb; do
		if [ -f "$d" ]; then
			echo "$d"
			return
		fi
	done
	say FETCH "Debian's Linux $series"
	update_lists
	name=$(debian_apt apt-cache pkgnames "linux-image-$series." 2>/dev/null |
		grep -x 'linux-image-[0-9.]*+deb13-amd64' | sort -V | tail -n 1)
	[ -n "$name" ] || return 1
	listed 'linux-image-[^ ]*\.deb' debian_apt apt-get download \
		--print-uris "$name"
}

# Set $unpacked, $release and $vmlinuz; modprobe can be asked about $unpacked.
unpack() {
	unpacked=$dir/unpacked
	mkdir -p "$unpacked"
	say UNPACK "$(basename "$deb" .deb)"
	dpkg-deb -x "$deb" "$unpacked"
	# The package and kmod may differ on where modules are.
	mkdir -p "$unpacked/usr/lib"
	[ -e "$unpacked/lib" ] || ln -s usr/lib "$unpacked/lib"
	[ -e "$unpacked/usr/lib/modules" ] ||
		ln -s ../../lib/modules "$unpacked/usr/lib/modules"
	vmlinuz=$(echo "$unpacked"/boot/vmlinuz-*)
	release=${vmlinuz##*/vmlinuz-}
	config=$unpacked/boot/config-$release
	depmod -b "$unpacked" "$release"
}

# module_files MODULE: print the files to load for it, in order; nothing if it
# is built in. Fails if the kernel does not have it.
module_files() {
	modprobe -d "$unpacked" -S "$release" --show-depends "$1" \
		>"$dir/depends" 2>/dev/null || return 1
	sed -n 's/^insmod \([^ ]*\).*/\1/p' "$dir/depends"
}

# Print the files of all modules, each once, after those that it depends on.
all_modules() {
	for m in $needed; do
		module_files "$m" ||
			die "$(basename "$deb") has no module $m"
	done
	for m in $wanted; do
		module_files "$m" || :
	done
}

# The archive that the kernel unpacks and runs: init, modules, and the list in
# which order init loads them.
make_initrd() {
	root=$dir/initramfs
	mkdir "$root"
	logged "$dir/build.log" gcc -O2 -static -o "$root/init" \
		"$TOP/bench/kernels/debian-init.c"
	modules=$(all_modules) || exit
	echo "$modules" | awk '!seen[$0]++' | while read -r file; do
		name=$(basename "${file%%.ko*}" | tr - _).ko
		case $file in
		*.xz)	xz -dc "$file" >"$root/$name" ;;
		*)	cp "$file" "$root/$name" ;;
		esac
		echo "/$name" >>"$root/modules"
	done
	find "$root" -exec touch -h -d @0 {} +
	(cd "$root" && find . | sort | logged "$dir/build.log" \
		cpio --quiet --reproducible -R 0:0 -H newc -o -O "$dir/initrd")
}

lock debian-kernel
deb=$(fetch_image) || die "cannot fetch Debian's kernel from the mirror" \
	"is the network up? \"make kernels ARCH=x86-64\" builds one from source"
dir=$CACHE/linux-debian-$(key "$(basename "$deb")" "$needed" "$wanted" \
	"$(cat "$TOP/bench/kernels/debian-init.c")")
if [ ! -e "$dir/build.json" ]; then
	rm -rf "$dir"
	unpack
	grep -qx CONFIG_FUSE_PASSTHROUGH=y "$config" ||
		die "Debian's Linux $release has no FUSE passthrough"
	make_initrd
	cp "$vmlinuz" "$dir/bzImage"
	cp "$config" "$dir/config"
	rm -rf "$unpacked" "$root" "$dir/depends"
	describe --arg arch x86_64 --arg release "$release" \
		--arg version "$(echo "$release" | cut -d. -f1,2)" \
		--arg variant debian --arg source "$(basename "$deb" .deb)" \
		--arg source_id "${dir##*/}" \
		--arg image_sha256 "$(sum "$dir/bzImage")" \
		--arg initrd_sha256 "$(sum "$dir/initrd")" \
		--arg expect_lock exclusive \
		--arg config_sha256 "$(sum "$dir/config")" \
		</dev/null >"$dir/build.json.part"
	mv "$dir/build.json.part" "$dir/build.json"
fi
link "$dir" "$out/debian"
