#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kernel.sh DIR: builds the baseline and the patched kernel for User-Mode
# Linux and makes DIR/baseline and DIR/patched links to them.
#
#   KSRC=TREE	this Linux tree in place of Debian's linux-source: the tracked
#		files as they are now if it is a git checkout, else all files.
#		It is copied, not touched.
#   SERIES=DIR	these patches (DIR/*.patch, or what DIR/series says for the
#		version) in place of kernel-patches/
#   CONFIG=FILE	one more config fragment
#
# One tree is kept for each source and configuration, built as baseline. The
# patched kernel is made from the same objects: the series is applied, what it
# touches is rebuilt, and the tree goes back to the baseline.
. "$(dirname "$0")/lib.sh"
. "$DEPS/linux.sh"

out=$1
series_dir=$(cd "${SERIES:-$TOP/kernel-patches}" && pwd) ||
	die "SERIES=${SERIES:-} is not a directory"
fragment=$DEPS/../kernel/uml.config
KERNEL=${KERNEL:-7.3}

# The same image from the same source, on any day and by any user.
export KBUILD_BUILD_USER=fpbench KBUILD_BUILD_HOST=fpbench
export KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00 UTC' KBUILD_BUILD_VERSION=1
# No "+" for a tree under git.
export LOCALVERSION=

um_make() {
	make -C "$src" ARCH=um "$@" 9>&-
}

# --- the source -----------------------------------------------------------

user_tree_id() {
	if git -C "$KSRC" rev-parse HEAD >/dev/null 2>&1; then
		git -C "$KSRC" rev-parse HEAD
		git -C "$KSRC" diff HEAD | sha256sum
	else
		find "$KSRC" -type f -not -name '*.o' -printf '%P %s %T@\n' |
			sort | sha256sum
	fi
}

unpack_user_tree() {
	if git -C "$KSRC" rev-parse HEAD >/dev/null 2>&1; then
		(cd "$KSRC" && git ls-files -z | tar --null -T - -cf -) |
			tar -xf - -C "$src"
	else
		tar -C "$KSRC" --exclude='*.o' --exclude='*.cmd' \
			--exclude=./.config -cf - . | tar -xf - -C "$src"
	fi
}

if [ -n "${KSRC:-}" ]; then
	[ -f "$KSRC/Kbuild" ] && [ -d "$KSRC/fs/fuse" ] ||
		die "KSRC=$KSRC is not a Linux source tree"
	KSRC=$(cd "$KSRC" && pwd)
	source_name=$KSRC
	source_id=$(user_tree_id)
else
	deb=$(linux_deb "$KERNEL") || exit
	source_name=$(basename "$deb" _all.deb)
	source_id=$source_name
fi
if [ -n "${CONFIG:-}" ]; then
	[ -f "$CONFIG" ] || die "CONFIG=$CONFIG: no such file"
	CONFIG=$(realpath "$CONFIG")
fi

tree=$CACHE/linux-uml-$(key "$source_id" "$(gcc -dumpfullversion)" \
	"$(cat "$fragment" ${CONFIG:+"$CONFIG"})")
src=$tree/src
log=$tree/build.log
lock "$(basename "$tree")"

# --- building -------------------------------------------------------------

# Counts what make prints, on one line of a terminal or now and then in a log.
progress() {
	n=0
	while read -r line; do
		case $line in
		"  "*|CC*|AR*|LD*|AS*|HOST*) n=$((n + 1)) ;;
		*) continue ;;
		esac
		if [ -t 2 ]; then
			printf '\r  KERNEL  %s: %d objects' "$1" "$n" >&2
		elif [ $((n % 200)) -eq 0 ]; then
			say KERNEL "$1: $n objects"
		fi
	done
	if [ -t 2 ]; then
		printf '\n' >&2
	fi
}

# build NAME: the tree as it stands now.
build() {
	say KERNEL "$1: compiling on $JOBS CPUs"
	rm -f "$tree/failed"
	{ um_make -j "$JOBS" linux 2>&1 || touch "$tree/failed"; } |
		tee -a "$log" | progress "$1"
	if [ -e "$tree/failed" ]; then
		grep -E 'error|Error' "$log" | tail -n 10 >&2
		die "kernel $1 does not build (whole output: $log)"
	fi
}

json_string() {
	printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"
}

# describe DIR EXPECT [PATCH...]: build.json beside the image, for manifests.
describe() {
	dir=$1
	expect=$2
	shift 2
	{
		printf '{\n  "arch": "um",\n  "release": "%s",\n' \
			"$(um_make -s kernelrelease)"
		printf '  "source": %s,\n' "$(json_string "$source_name")"
		printf '  "image_sha256": "%s",\n' \
			"$(sha256sum <"$dir/linux" | cut -d' ' -f1)"
		if [ -n "$expect" ]; then
			printf '  "expect_lock": "%s",\n' "$expect"
		fi
		printf '  "config_sha256": "%s",\n  "patches": [' \
			"$(sha256sum <"$dir/config" | cut -d' ' -f1)"
		sep=
		for p; do
			printf '%s\n    { "subject": %s, "patch_id": "%s" }' "$sep" \
				"$(json_string "$(subject "$p")")" \
				"$(git patch-id --stable <"$p" | cut -d' ' -f1)"
			sep=,
		done
		printf '%s]\n}\n' "${sep:+
  }"
	} >"$dir/build.json"
}

# The subject of a patch mail, unfolded and without its [PATCH n/m].
subject() {
	git mailinfo /dev/null /dev/null <"$1" | sed -n 's/^Subject: //p'
}

# keep NAME EXPECT [PATCH...]: the tree's image and what it is, complete or not
# at all. EXPECT: how parallel writes must take the inode lock; "" if we cannot
# know, because the source or the series is not ours.
keep() {
	kdir=$tree/kernels/$1
	shift
	rm -rf "$kdir.part"
	mkdir -p "$kdir.part"
	strip -g -o "$kdir.part/linux" "$src/linux"
	cp "$src/.config" "$kdir.part/config"
	describe "$kdir.part" "$@"
	rm -rf "$kdir"
	mv "$kdir.part" "$kdir"
}

if [ ! -e "$tree/.unpacked" ]; then
	rm -rf "$tree"
	mkdir -p "$src"
	say UNPACK "$source_name"
	if [ -n "${KSRC:-}" ]; then
		unpack_user_tree
	else
		linux_unpack "$deb" "$src"
	fi
	git -C "$src" init -q
	touch "$tree/.unpacked"
fi

git_src() {
	git -C "$src" -c user.name=fpbench -c user.email=fpbench@localhost \
		-c core.autocrlf=false -c gc.auto=0 -c commit.gpgsign=false "$@"
}

# Whatever an interrupted build left applied goes away first.
if git_src rev-parse -q --verify base >/dev/null; then
	git_src am --abort >/dev/null 2>&1 || true
	git_src reset -q --hard base
fi

if [ ! -e "$tree/kernels/baseline/build.json" ]; then
	if [ ! -e "$tree/.configured" ]; then
		logged "$log" um_make tinyconfig
		# shellcheck disable=SC2086 # CONFIG may be nothing
		(cd "$src" && ARCH=um logged "$log" \
			./scripts/kconfig/merge_config.sh -m .config \
			"$fragment" ${CONFIG:+"$CONFIG"})
		logged "$log" um_make olddefconfig
		touch "$tree/.configured"
	fi
	build baseline
	if [ -n "${KSRC:-}" ]; then
		keep baseline ""
	else
		keep baseline exclusive
	fi
fi
link "$tree/kernels/baseline" "$out/baseline"

# --- the series -----------------------------------------------------------

version=$(um_make -s kernelversion)
short=$(echo "$version" | cut -d. -f1,2)
if [ -f "$series_dir/series" ]; then
	patches=$(sed -n "s/^${short}[[:space:]]\\{1,\\}//p" "$series_dir/series")
	[ -n "$patches" ] ||
		die "$series_dir/series has no patches for Linux $short"
	patches=$(for p in $patches; do echo "$series_dir/$p"; done)
else
	patches=$(find "$series_dir" -maxdepth 1 -name '*.patch' \
		-not -name '0000-*' | sort)
	[ -n "$patches" ] || die "no patches in SERIES=$series_dir"
fi

# shellcheck disable=SC2086 # a list of files without spaces from here on
set -- $patches
name=patched-$(key "${SERIES:+theirs}" "$(cat "$@")")
if [ ! -e "$tree/kernels/$name/build.json" ]; then
	# git needs to know the files that the series touches, and no others.
	git apply --numstat "$@" | cut -f 3 | while read -r f; do
		if [ -e "$src/$f" ]; then
			git_src add -f -- "$f"
		fi
	done
	git_src commit -q --allow-empty -m "Linux $version"
	git_src tag -f base >/dev/null
	if ! git_src am -q "$@" >>"$log" 2>&1; then
		git_src am --show-current-patch=diff 2>/dev/null |
			git_src apply --check - 2>&1 | head -n 10 >&2 || true
		git_src am --abort
		die "the series in $series_dir does not apply to Linux $version" \
		    "see $log"
	fi
	build patched
	if [ -n "${SERIES:-}" ]; then
		keep "$name" "" "$@"
	else
		keep "$name" shared "$@"
	fi
	git_src reset -q --hard base
fi
link "$tree/kernels/$name" "$out/patched"
