#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kernel.sh DIR: builds the baseline and the patched kernel and makes
# DIR/baseline and DIR/patched links to them. What differs from the default is
# appended to these names: DIR/patched-6.17-x86-64-debug.
#
#   KERNEL=7.2	which of bench/kernels/sources (default 7.3)
#   ARCH=x86-64	for QEMU; the default, uml, is User-Mode Linux
#   VARIANT=debug|kcsan|lockstat	one more fragment of bench/kernels/
#   CONFIG=FILE	and one of the user's
#   KSRC=TREE	this Linux tree in place of Debian's: the tracked files as they
#		are now if it is a git checkout, else all files
#   KSRC=TREE BASE=REV NEW=REV	two revisions of it are the two kernels; without
#		NEW the series is applied to BASE
#   SERIES=DIR	these patches (DIR/*.patch, or what DIR/series says for the
#		version) in place of kernel-patches/
#   EXTRA="FILE..."	patches on top of the series
#   NOSERIES=1	EXTRA alone, without the series
#   NAME=STEM	what to call it in place of "patched"; "baseline" is not linked
#
# kernel.sh --options DIR: prints what tells fpbench to use these kernels.
# kernel.sh --suffix: prints what is appended to the names.
#
# One tree is kept for each source and configuration, built as baseline. The
# other kernels are made from the same objects: patches are applied, what they
# touch is rebuilt, and the tree goes back to the baseline. A tree of the
# user's is only read: ours borrows the objects of its repository.
arch=${ARCH:-uml}
. "$(dirname "$0")/../../bench/deps/lib.sh"
. "$TOP/bench/kernels/linux.sh"
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_OBJECT_DIRECTORY

default_kernel=7.3
print=
case $1 in
--options|--suffix)
	print=$1
	shift ;;
esac
out=${1:-}

# --- what is asked for ----------------------------------------------------

case $arch in
uml|um)
	arch=uml karch=um target=linux image=linux ;;
x86-64|x86_64)
	arch=x86-64 karch=x86_64 target=bzImage image=arch/x86/boot/bzImage ;;
*)
	usage "ARCH=$arch is neither uml nor x86-64" ;;
esac

variant=${VARIANT:-plain}
case $variant-$arch in
plain-*|debug-*|lockstat-*|kcsan-x86-64) ;;
kcsan-*) usage "VARIANT=kcsan: $arch has no KCSAN" "ARCH=x86-64 has it" ;;
*) usage "VARIANT=$variant is none of plain, debug, kcsan, lockstat" ;;
esac

suffix=
if [ -n "${KSRC:-}" ]; then
	[ -z "${KERNEL:-}" ] ||
		usage "KSRC= and KERNEL= exclude each other: the tree has its version"
elif [ -n "${BASE:-}${NEW:-}" ]; then
	usage "BASE= and NEW= are revisions of a Linux tree: KSRC= names it"
else
	KERNEL=${KERNEL:-$default_kernel}
	[ "$KERNEL" = "$default_kernel" ] || suffix=-$KERNEL
fi
[ -z "${NEW:-}" ] || [ -n "${BASE:-}" ] ||
	usage "NEW=$NEW needs BASE=, the revision to compare it with"
[ -z "${NEW:-}" ] || [ -z "${SERIES:-}" ] ||
	usage "NEW= and SERIES= exclude each other: both say what is new"
[ "$arch" = uml ] || suffix=$suffix-$arch
[ "$variant" = plain ] || suffix=$suffix-$variant

case $print in
--options)
	[ -z "${NAME:-}" ] ||
		usage "NAME= is for make kernels alone; then run it by --kernel"
	[ -z "$suffix" ] ||
		echo "-k baseline=$out/baseline$suffix" \
		     "-k patched=$out/patched$suffix"
	exit ;;
--suffix)
	echo "$suffix"
	exit ;;
esac

[ -z "${EXTRA:-}${NOSERIES:-}" ] || [ -n "${NAME:-}" ] ||
	usage "EXTRA= and NOSERIES= need NAME=, what to call that kernel"
extra=
for p in ${EXTRA:-}; do
	[ -f "$p" ] || usage "EXTRA=$p: no such file"
	extra="$extra $(realpath "$p")"
done
if [ -n "${CONFIG:-}" ]; then
	[ -f "$CONFIG" ] || usage "CONFIG=$CONFIG: no such file"
fi

if [ $arch = x86-64 ] &&
   ! echo '#include <gelf.h>' | gcc -E - >/dev/null 2>&1; then
	echo "fpbench: a kernel for x86-64 needs Debian's libelf-dev to be built" >&2
	exit 77
fi

# --- the source -----------------------------------------------------------

# The version in a Makefile of Linux: 7.3
short_version() {
	awk '$1 == "VERSION" { v = $3 } $1 == "PATCHLEVEL" { print v "." $3; exit }'
}

git_user() {
	git -C "$KSRC" "$@"
}

# user_tree REV: the id of that revision's files.
user_tree() {
	git_user rev-parse -q --verify "$1^{tree}" 2>/dev/null ||
		usage "KSRC=$KSRC has no revision $1"
	git_user cat-file -e "$1:Kbuild" 2>/dev/null &&
		git_user cat-file -e "$1:fs/fuse" 2>/dev/null ||
		usage "$1 in KSRC=$KSRC is not a Linux tree with fs/fuse"
}

base_tree=
new_tree=
if [ -z "${KSRC:-}" ]; then
	kind=debian
	deb=$(linux_deb "$KERNEL") || exit
	source_name=$(basename "$deb" _all.deb)
	source_id=$source_name
	short=$KERNEL
else
	[ -d "$KSRC" ] || usage "KSRC=$KSRC is not a directory"
	KSRC=$(cd "$KSRC" && pwd)
	kind=files
	[ ! -e "$KSRC/.git" ] || kind=git
	if [ $kind = git ]; then
		why=$(git_user rev-parse HEAD 2>&1) ||
			usage "git cannot read KSRC=$KSRC: $(echo "$why" | head -n 1)"
	elif [ -n "${BASE:-}" ]; then
		usage "KSRC=$KSRC is not a git checkout: it has no revision $BASE"
	fi
	source_name=$KSRC
	if [ -n "${BASE:-}" ]; then
		base_tree=$(user_tree "$BASE") || exit
		source_name="$KSRC, $BASE ($(git_user rev-parse --short=12 "$BASE"))"
		short=$(git_user show "$BASE:Makefile" | short_version)
		if [ -n "${NEW:-}" ]; then
			new_tree=$(user_tree "$NEW") || exit
		fi
	else
		[ -f "$KSRC/Kbuild" ] && [ -d "$KSRC/fs/fuse" ] ||
			usage "KSRC=$KSRC is not a Linux tree with fs/fuse"
		short=$(short_version <"$KSRC/Makefile")
	fi
	if [ $kind = git ]; then
		# One tree follows the user's from change to change.
		source_id=$KSRC
	else
		source_id=$(find "$KSRC" -type f -not -name '*.o' \
			-printf '%P %s %T@\n' | sort | sha256sum)
	fi
fi

# --- the patches ----------------------------------------------------------

patches=
if [ -z "$new_tree" ] && [ -z "${NOSERIES:-}" ]; then
	series_dir=$(cd "${SERIES:-$TOP/kernel-patches}" 2>/dev/null && pwd) ||
		usage "SERIES=${SERIES:-} is not a directory"
	if [ -f "$series_dir/series" ]; then
		patches=$(awk -v v="$short" -v dir="$series_dir" \
			'$1 == v { print dir "/" $2 }' "$series_dir/series")
		[ -n "$patches" ] ||
			usage "$series_dir/series has no patches for Linux $short"
	else
		patches=$(find "$series_dir" -maxdepth 1 -name '*.patch' \
			-not -name '*0000-*' | sort)
		[ -n "$patches" ] || usage "no patches in SERIES=$series_dir"
	fi
fi

# --- the configuration ----------------------------------------------------

# options FILE...: what these fragments say for this version, one line for each
# option.
options() {
	awk -v v="$short" '
		function number(s, part) {
			split(s, part, ".")
			return part[1] * 1000 + part[2]
		}
		/^# CONFIG_[A-Za-z0-9_]* is not set/ { $0 = $2 "=n" }
		!/^CONFIG_/ { next }
		match($0, /# since /) &&
			number(v) < number(substr($0, RSTART + RLENGTH)) { next }
		match($0, /# until /) &&
			number(v) > number(substr($0, RSTART + RLENGTH)) { next }
		{ sub(/[ \t]+#.*/, ""); name = $0; sub(/=.*/, "", name) }
		!(name in at) { at[name] = ++n }
		{ line[at[name]] = $0 }
		END { for (i = 1; i <= n; i++) print line[i] }' "$@"
}

fragments="$TOP/bench/kernels/common.config $TOP/bench/kernels/$arch.config"
[ "$variant" = plain ] ||
	fragments="$fragments $TOP/bench/kernels/$variant.config"
# shellcheck disable=SC2086 # a list of files
wanted=$(options $fragments ${CONFIG:+"$CONFIG"})

tree=$CACHE/linux-$arch-$(key "$source_id" "$(gcc -dumpfullversion)" "$wanted")
src=$tree/src
log=$tree/build.log
lock "$(basename "$tree")"

# The same image from the same source, on any day and by any user.
export KBUILD_BUILD_USER=fpbench KBUILD_BUILD_HOST=fpbench
export KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00 UTC' KBUILD_BUILD_VERSION=1
# No "+" for a tree under git.
export LOCALVERSION=

# Holds the lock, too: whoever kills only us leaves a make that still writes.
kmake() {
	make -C "$src" ARCH=$karch "$@"
}

configure() {
	logged "$log" kmake tinyconfig
	echo "$wanted" >>"$src/.config"
	logged "$log" kmake olddefconfig
	lost=$(echo "$wanted" | while read -r line; do
		case $line in
		*=n) ! grep -q "^${line%n}" "$src/.config" ;;
		*) grep -qxF "$line" "$src/.config" ;;
		esac || echo "$line"
	done)
	[ -z "$lost" ] || die "Linux $short for $arch does not take these options:
$lost" "a fragment wants something that this kernel does not have"
}

# --- the tree -------------------------------------------------------------

git_src() {
	git -C "$src" -c user.name=fpbench -c user.email=fpbench@localhost \
		-c core.autocrlf=false -c core.hooksPath=/dev/null -c gc.auto=0 \
		-c commit.gpgsign=false "$@"
}

# The user's tracked files as they are now, as a tree in our own repository.
snapshot() {
	index=$tree/snapshot.index
	cp "$(git_user rev-parse --path-format=absolute --git-path index)" "$index"
	(
		export GIT_INDEX_FILE="$index"
		export GIT_OBJECT_DIRECTORY="$src/.git/objects"
		export GIT_ALTERNATE_OBJECT_DIRECTORIES="$objects"
		git_user add -u && git_user write-tree
	)
	rm -f "$index"
}

unpack() {
	if [ ! -e "$tree/.unpacked" ]; then
		rm -rf "$tree"
		mkdir -p "$src"
		say UNPACK "$source_name"
		case $kind in
		debian)	linux_unpack "$deb" "$src" ;;
		files)	tar -C "$KSRC" --exclude='*.o' --exclude='*.cmd' \
				--exclude=./.config -cf - . | tar -xf - -C "$src" ;;
		esac
		git -C "$src" init -q
		touch "$tree/.unpacked"
	fi
	if [ $kind = git ]; then
		objects=$(git_user rev-parse --path-format=absolute \
			--git-path objects)
		echo "$objects" >"$src/.git/objects/info/alternates"
		[ -n "$base_tree" ] || base_tree=$(snapshot)
	fi
}

# The tree is as the baseline is, whatever an interrupted build left applied.
go_to_base() {
	rm -rf "$src/.git/index.lock" "$src/.git/rebase-apply"
	if [ $kind = git ]; then
		git_src reset -q --hard "$(git_src commit-tree \
			-m "$source_name" "$base_tree")" ||
			die "cannot check out $source_name" \
			    "is it a partial clone, or was it pruned?"
	elif git_src rev-parse -q --verify HEAD >/dev/null; then
		git_src reset -q --hard base
	fi
}

# track PATCH...: outside of a git checkout, git needs to know the files that
# the patches touch, and no others.
track() {
	if [ $kind != git ]; then
		git apply --numstat "$@" | cut -f 3 | while read -r f; do
			[ ! -e "$src/$f" ] || git_src add -f -- "$f"
		done
		git_src commit -q --allow-empty -m "$source_name"
		git_src tag -f base >/dev/null
	fi
}

apply_series() {
	if ! git_src am -q "$@" >>"$log" 2>&1; then
		git_src am --show-current-patch=diff 2>/dev/null |
			git_src apply --check - 2>&1 | head -n 10 >&2 || true
		go_to_base
		die "the series in $series_dir does not apply to Linux $short" \
		    "see $log"
	fi
}

apply_extra() {
	for p; do
		git_src apply --index "$p" || {
			go_to_base
			die "$p does not apply to Linux $short"
		}
	done
}

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
	# What changed may have brought options of its own.
	logged "$log" kmake olddefconfig
	rm -f "$tree/failed"
	{ kmake -j "$JOBS" $target 2>&1 || touch "$tree/failed"; } |
		tee -a "$log" | progress "$1"
	if [ -e "$tree/failed" ]; then
		grep -E 'error|Error' "$log" | tail -n 10 >&2
		die "kernel $1 does not build (whole output: $log)"
	fi
}

json_string() {
	printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"
}

# The subject of a patch mail, unfolded and without its [PATCH n/m]; the name
# of a file that is no mail.
subject() {
	s=$(git mailinfo /dev/null /dev/null <"$1" 2>/dev/null |
		sed -n 's/^Subject: //p')
	echo "${s:-$(basename "$1")}"
}

# list_patches [PATCH...]: "subject<tab>patch id" of what was applied.
list_patches() {
	if [ -n "$new_tree" ]; then
		printf '%s (%s) over %s\t%s\n' "$NEW" \
			"$(git_user rev-parse --short=12 "$NEW")" "$BASE" \
			"$(git_user diff-tree -p --no-ext-diff --no-textconv \
				"$base_tree" "$new_tree" |
				git patch-id --stable | cut -d' ' -f1)"
	fi
	for p; do
		printf '%s\t%s\n' "$(subject "$p")" \
			"$(git patch-id --stable <"$p" | cut -d' ' -f1)"
	done
}

# describe DIR EXPECT: build.json beside the image, for manifests. Standard
# input: list_patches.
describe() {
	printf '{\n  "arch": "%s",\n  "release": "%s",\n' $karch \
		"$(kmake -s kernelrelease)"
	printf '  "version": "%s",\n  "variant": "%s",\n' "$short" "$variant"
	grep -qx CONFIG_SMP=y "$1/config" || printf '  "cpus": 1,\n'
	printf '  "source": %s,\n' "$(json_string "$source_name")"
	printf '  "image_sha256": "%s",\n' \
		"$(sha256sum <"$1/$target" | cut -d' ' -f1)"
	if [ -n "$2" ]; then
		printf '  "expect_lock": "%s",\n' "$2"
	fi
	printf '  "config_sha256": "%s",\n  "patches": [' \
		"$(sha256sum <"$1/config" | cut -d' ' -f1)"
	sep=
	while IFS='	' read -r s id; do
		printf '%s\n    { "subject": %s, "patch_id": "%s" }' "$sep" \
			"$(json_string "$s")" "$id"
		sep=,
	done
	printf '%s]\n}\n' "${sep:+
  }"
}

# keep NAME EXPECT: the tree's image and what it is, complete or not at all.
# EXPECT: how parallel writes must take the inode lock; "" if we cannot know,
# because the source or the series is not ours.
keep() {
	kdir=$tree/kernels/$1
	rm -rf "$kdir.part"
	mkdir -p "$kdir.part"
	if [ $arch = uml ]; then
		strip -g -o "$kdir.part/$target" "$src/$image"
	else
		cp "$src/$image" "$kdir.part/$target"
	fi
	cp "$src/.config" "$kdir.part/config"
	describe "$kdir.part" "$2" >"$kdir.part/build.json"
	rm -rf "$kdir"
	mv "$kdir.part" "$kdir"
}

# --- the baseline ---------------------------------------------------------

if [ $kind = git ]; then
	unpack
	base_name=baseline-$(key "$base_tree")
else
	base_name=baseline
fi

if [ ! -e "$tree/kernels/$base_name/build.json" ]; then
	unpack
	go_to_base
	if [ ! -e "$tree/.configured" ] || [ $kind = git ]; then
		configure
		touch "$tree/.configured"
	fi
	build "baseline$suffix"
	if [ $kind = debian ]; then
		expect=exclusive
	else
		expect=
	fi
	keep "$base_name" "$expect" </dev/null
fi
[ -n "${NAME:-}" ] ||
	link "$tree/kernels/$base_name" "$out/baseline$suffix"

# --- the other ------------------------------------------------------------

# shellcheck disable=SC2086 # lists of files without spaces from here on
set -- $patches $extra
stem=${NAME:-patched}
expect=
if [ -n "$new_tree" ]; then
	name=$stem-$(key "$base_tree" "$new_tree" "$(cat /dev/null $extra)")
elif [ $# -eq 0 ]; then
	name=$base_name
else
	name=$stem-$(key "${SERIES:+theirs}" "$base_tree" "$(cat "$@")")
	[ $kind != debian ] || [ -n "${SERIES:-}$extra${NOSERIES:-}" ] ||
		expect=shared
fi

if [ ! -e "$tree/kernels/$name/build.json" ]; then
	go_to_base
	[ $# -eq 0 ] || track "$@"
	if [ -n "$new_tree" ]; then
		git_src read-tree --reset -u "$new_tree" ||
			die "cannot check out $NEW of $KSRC" \
			    "is it a partial clone, or was it pruned?"
	elif [ -n "$patches" ]; then
		# shellcheck disable=SC2086
		apply_series $patches
	fi
	# shellcheck disable=SC2086
	apply_extra $extra
	build "$stem$suffix"
	list_patches "$@" | keep "$name" "$expect"
	go_to_base
fi
link "$tree/kernels/$name" "$out/$stem$suffix"
