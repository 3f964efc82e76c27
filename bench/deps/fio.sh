#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fio.sh LINK: makes LINK a link to a configured and built fio tree. An external engine
# must be built against exactly the fio that loads it, so fpbench brings a
# pinned one. FIO_SRC=DIR takes a tree that the user has configured and built;
# FIO_VERSION=V one of the versions below.
#
# fio.sh --build TREE [CFLAGS LDFLAGS]: configures and builds TREE as it would a
# pinned one, with these flags.
# fio.sh --source: prints the path of the pinned one's verified archive.
. "$(dirname "$0")/lib.sh"

# Newest first: the mirror may no longer have it.
versions=${FIO_VERSION:-3.41 3.39 3.33}
sum_of() {
	case $1 in
	3.41) echo a40b45112005e30a67bab6be4860b198c35104a628b6ec4d15720d62b5d1bab9 ;;
	3.39) echo 501237032d617fb5dd3752974242e8c741fe345f4efa2492d52ccd5ddf945d7b ;;
	3.33) echo d2410e13e0f379d061d077cc5ae325835bb7c6186aa7bafc1df954cbc9b014fc ;;
	*) usage "FIO_VERSION=$1 is none of 3.41, 3.39, 3.33" ;;
	esac
}
# Only what the benchmark uses: each shared library makes fio start more slowly,
# most of all in User-Mode Linux.
options="--disable-native --disable-numa --disable-rdma --disable-rados
	 --disable-rbd --disable-http --disable-gfapi --disable-libnfs
	 --disable-lex --disable-pmem --disable-xnvme --disable-isal
	 --disable-libblkio --disable-libzbc --disable-tcmalloc --disable-dfs"

# known CONFIGURE: print the options that this version knows; it refuses others.
known() {
	for o in $options; do
		if grep -q -e "^ *$o)" "$1"; then
			echo "$o"
		fi
	done
}

# build TREE [CFLAGS LDFLAGS]
build() {
	log=$1/build.log
	# shellcheck disable=SC2046 # a list of options
	(cd "$1" && export LDFLAGS="${3:-}" && logged "$log" ./configure \
		${2:+"--extra-cflags=$2"} $(known configure))
	logged "$log" make -C "$1" -j "$JOBS" fio
}

# source_of VERSION: print the path of its verified archive.
source_of() {
	fetch "pool/main/f/fio/fio_$1.orig.tar.gz" "$(sum_of "$1")"
}

case $1 in
--build)
	build "$(cd "$2" && pwd)" "${3:-}" "${4:-}"
	exit ;;
--source)
	source_of "${versions%% *}"
	exit ;;
esac

if [ -n "${FIO_SRC:-}" ]; then
	[ -x "$FIO_SRC/fio" ] && [ -f "$FIO_SRC/config-host.h" ] ||
		usage "FIO_SRC=$FIO_SRC has no fio that is built" \
		      "run ./configure and make there first"
	link "$(cd "$FIO_SRC" && pwd)" "$1"
	exit 0
fi

for v in $versions; do
	sum_of "$v" >/dev/null
done

lock fio
for v in $versions; do
	tree=$CACHE/fio-$v-$(key "$options")
	if [ -f "$tree/.done" ]; then
		link "$tree" "$1"
		exit 0
	fi
done

for v in $versions; do
	tree=$CACHE/fio-$v-$(key "$options")
	tar=$(source_of "$v") || {
		or_next $?
		continue
	}
	rm -rf "$tree"
	mkdir -p "$tree"
	tar -xf "$tar" -C "$tree" --strip-components=1
	say BUILD "fio $v"
	build "$tree"
	touch "$tree/.done"
	link "$tree" "$1"
	exit 0
done
die "cannot fetch fio from the Debian mirror" \
	"give a tree that is built: FIO_SRC=/path/to/fio"
