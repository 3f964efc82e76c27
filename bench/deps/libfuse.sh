#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# libfuse.sh LINK: makes LINK a link to a prefix with libfuse >= 3.17, whose low-level
# API has passthrough: the system's, else built from Debian's source package.
. "$(dirname "$0")/lib.sh"

min=3.17
# Newest first: the mirror may no longer have it.
versions="3.18.3 3.17.2"
sum_of() {
	case $1 in
	3.18.3) echo bcd19582c5e30f7fe45dd86a5540e998590aa01903afc7ebcbeea6c8ac5421ee ;;
	3.17.2) echo 3d932431ad94e86179e5265cddde1d67aa3bb2fb09a5bd35c641f86f2b5ed06f ;;
	esac
}
options="-Ddefault_library=static -Dutils=false -Dtests=false
	 -Dexamples=false -Dbuildtype=release"
# If it finds these, it supports FUSE over io_uring: they are part of the key.
optional=$(pkg-config --modversion liburing numa 2>/dev/null || echo none)

if pkg-config --atleast-version=$min fuse3 2>/dev/null; then
	prefix=$CACHE/libfuse-system
	mkdir -p "$prefix/lib"
	link "$(pkg-config --variable=pcfiledir fuse3)" "$prefix/lib/pkgconfig"
	link "$prefix" "$1"
	exit 0
fi

# A library that was built for another place does not work in this one.
is_at_home() {
	[ "$(PKG_CONFIG_PATH=$1/lib/pkgconfig pkg-config --variable=prefix \
		fuse3 2>/dev/null)" = "$1" ]
}

lock libfuse
for v in $versions; do
	prefix=$CACHE/libfuse-$v-$(key "$options" "$optional")
	if [ -f "$prefix/.done" ] && is_at_home "$prefix"; then
		link "$prefix" "$1"
		exit 0
	fi
done

for v in $versions; do
	prefix=$CACHE/libfuse-$v-$(key "$options" "$optional")
	tar=$(fetch "pool/main/f/fuse3/fuse3_$v.orig.tar.gz" "$(sum_of "$v")") || {
		or_next $?
		continue
	}
	src=$prefix/src
	rm -rf "$prefix"
	mkdir -p "$src"
	tar -xf "$tar" -C "$src" --strip-components=1
	say BUILD "libfuse $v"
	log=$prefix/build.log
	# shellcheck disable=SC2086 # a list of options
	logged "$log" meson setup $options --prefix="$prefix" --libdir=lib \
		"$prefix/build" "$src"
	# Only the library: the install target also wants udev's folders.
	logged "$log" ninja -j "$JOBS" -C "$prefix/build"
	logged "$log" meson install -C "$prefix/build" --no-rebuild
	touch "$prefix/.done"
	link "$prefix" "$1"
	exit 0
done
die "cannot fetch libfuse from the Debian mirror" \
	"install libfuse >= $min and give its prefix: LIBFUSE=/usr/local"
