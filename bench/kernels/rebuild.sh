#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# rebuild.sh RUN NAME...: prints for each of these kernels of the run in the
# folder RUN where one is that is the same: in the cache, if that has all of
# their images, else built from the source that RUN/manifest.json names and from
# the configuration and the patches in RUN/kernels/NAME.
#
# Status: 0 all are there, 2 the run lacks what it takes, or what it has is not
# what its manifest says, 4 failed, 77 a package is missing.
. "$(dirname "$0")/../../bench/deps/lib.sh"
. "$TOP/kernel-patches/tools/series.sh"
. "$TOP/bench/kernels/describe.sh"
. "$TOP/bench/kernels/compile.sh"

# What is asked for is in the run.
unset KERNEL VARIANT KSRC BASE NEW CONFIG SERIES EXTRA NOSERIES NAME CARRY

run=$(realpath "$1")
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

# of KEY: the kernel's in the manifest, or nothing.
of() {
	jq -r --arg name "$name" --arg key "$1" \
		'.kernels[] | select(.name == $name) | .[$key] // empty' \
		"$run/manifest.json"
}

patch_ids() {
	jq -r --arg name "$name" '.kernels[] | select(.name == $name) |
		.patches[]? | (.patch_id | strings |
			select(test("^[0-9a-f]{40}$"))) // "unknown"' \
		"$run/manifest.json"
}

# Of the patches for its architecture that it carries, on one line.
carried_ids() {
	jq -r --arg name "$name" '.kernels[] | select(.name == $name) |
		[.carried[]?.patch_id] | join(" ")' "$run/manifest.json"
}

our_carried_ids() {
	list_patches "$TOP"/kernel-patches/um/0*.patch | cut -f1 | paste -sd ' '
}

cannot() {
	usage "kernel $name cannot be built again: $1" \
	      "fpbench replicate -k $name=DIR takes one that you have built"
}

# Set what is known of kernel NAME. The names are used in paths and commands.
take_kernel() {
	name=$1
	case $name in
	''|.*|*[!A-Za-z0-9._-]*) usage "\"$name\" is not the name of a kernel" ;;
	esac
	source=$(of source)
	version=$(of version)
	config=$run/kernels/$name/config
	case $(of arch) in
	um)	image=linux arch=uml ;;
	x86_64)	image=bzImage arch=x86-64 ;;
	*)	cannot "the manifest does not say for which architecture it was built" ;;
	esac
	case $version in
	*[!0-9.]*) cannot "its version is \"$version\"" ;;
	esac
}

# is_image DIR: whether the image in DIR is that of the run, and the initrd.
is_image() {
	[ "$(jq -r '.image_sha256 // empty' "$1/build.json")" = \
		"$(of image_sha256)" ] &&
	[ "$(sum "$1/$image")" = "$(of image_sha256)" ] || return
	[ -z "$(of initrd_sha256)" ] ||
		[ "$(sum "$1/initrd")" = "$(of initrd_sha256)" ]
}

# Print the folder of a kernel in the cache with this image.
cached() {
	[ -n "$(of image_sha256)" ] || return
	for b in "$CACHE"/linux-*/kernels/*/build.json \
		 "$CACHE"/linux-*/build.json; do
		if [ -f "${b%/*}/$image" ] && is_image "${b%/*}"; then
			echo "${b%/*}"
			return
		fi
	done
	return 1
}

all_cached() {
	for k; do
		take_kernel "$k"
		cached || return
	done
}

# Refuse what is not what the manifest says, and set $patches.
check_kept() {
	case $source in
	''|*[!A-Za-z0-9.+~_-]*)
		cannot "its source, ${source:-which is unknown}, is not a package of Debian's" ;;
	esac
	[ -f "$config" ] || cannot "the run kept no configuration of it"
	[ "$(sum "$config")" = "$(of config_sha256)" ] ||
		cannot "kernels/$name/config is not the configuration that manifest.json names"
	carry=1
	case $(carried_ids) in
	"") carry=0 ;;
	"$(our_carried_ids)") ;;
	*) cannot "this fpbench does not have the patch for User-Mode Linux that it carries" ;;
	esac
	# Where paths have no blanks.
	mkdir -p "$tmp/patches/$name"
	patches=
	n=0
	for id in $(patch_ids); do
		n=$((n + 1))
		p=kernels/$name/patches/$(printf '%04d' $n).patch
		[ -f "$run/$p" ] || cannot "the run did not keep its patch $n"
		[ "$(git patch-id --stable <"$run/$p" | cut -d' ' -f1)" = "$id" ] ||
			cannot "$p is not the patch that manifest.json names"
		cp "$run/$p" "$tmp/patches/$name"
		patches="$patches $tmp/patches/$name/${p##*/}"
	done
}

# Build it, and set $dir.
build() {
	links=$tmp/links/$name
	# Patches that are mails are applied without their heads.
	KERNEL=$version ARCH=$arch VARIANT=$(of variant) WHOLE_CONFIG=$config \
		SOURCE_DEB="$source $(of source_sha256)" NAME=replica \
		NOSERIES=1 EXTRA=$patches CARRY=$carry \
		"$TOP/bench/kernels/build.sh" "$links" >&2 || exit
	dir=$(readlink -f "$links"/*)
}

# Debian's packaged kernel is there or not.
fetch_packaged() {
	links=$tmp/links/$name
	KERNEL=debian "$TOP/bench/kernels/debian-kernel.sh" "$links" >&2 || exit
	dir=$(readlink -f "$links"/*)
	is_image "$dir" ||
		die "kernel $name was $source, and Debian has $(jq -r .source "$dir/build.json") now"
}

# choices FILE: the options of a .config that somebody chose.
choices() {
	options "$1" | without_facts | sort
}

check_built() {
	! is_image "$dir" || return 0
	choices "$config" >"$tmp/then"
	choices "$dir/config" >"$tmp/now"
	diff "$tmp/then" "$tmp/now" | grep '^[<>]' >"$tmp/diff" || :
	[ ! -s "$tmp/diff" ] ||
		die "kernel $name: $(wc -l <"$tmp/diff") options are not what they were (<):
$(head -n 10 "$tmp/diff")"
	say DIFFERS "$name: same source, configuration and patches, but another image: compiled by $(gcc --version | head -n 1)"
}

if all_cached "$@" >"$tmp/dirs"; then
	cat "$tmp/dirs"
	exit
fi
# All of them: kernels that are compared are built by one compiler.
for k; do
	take_kernel "$k"
	if [ "$(of variant)" = debian ]; then
		fetch_packaged
	else
		check_kept
		build
		check_built
	fi
	echo "$dir"
done
