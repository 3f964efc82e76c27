#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# check-patches.sh: checks whether a series can be sent, on each kernel that it
# has patches for. Prints a table, then what is wrong. Status: 0 nothing is
# wrong, 1 something is, 2 usage, 4 failed, 77 a package is missing.
#
#   SERIES=DIR	in place of kernel-patches/
#   KERNEL=7.3	this version alone
#
# Each patch is applied on top of those before it and must apply (offsets are
# allowed, fuzz is not), pass checkpatch --strict, and build without a message of
# gcc (W=1) or sparse (C=1) that the tree without the series does not give. A
# patch without Signed-off-by is checked as if its author had signed it, since
# "make export-series" signs.
. "$(dirname "$0")/../../bench/deps/lib.sh"
. "$TOP/bench/kernels/linux.sh"
. "$TOP/kernel-patches/tools/series.sh"
. "$TOP/bench/kernels/worktree.sh"
export LC_ALL=C

series_dir=$(series_dir) || exit
fragment=$TOP/kernel-patches/tools/check.config

command -v perl >/dev/null && command -v sparse >/dev/null ||
	"$TOP/bench/deps/packages.sh" patches

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
: >"$work/table"
: >"$work/wrong"
checked=0
bad=0

# --- the tree -------------------------------------------------------------

kmake() {
	make -C "$src" ARCH=x86_64 "$@"
}

# Drivers and documentation, which no patch to a filesystem touches, are not
# unpacked: that saves two thirds of the space.
unpack() {
	rm -rf "$tree"
	mkdir -p "$src"
	say UNPACK "$(basename "$deb" _all.deb)"
	linux_unpack "$deb" "$src" --exclude='*/drivers/*.[ch]' \
		--exclude='*/sound/*.[ch]' --exclude='*/tools/testing' \
		--exclude='*/Documentation/*.rst' --exclude='*.dts*'
	say PREPARE "Linux $version"
	logged "$log" kmake tinyconfig
	cat "$fragment" >>"$src/.config"
	logged "$log" kmake olddefconfig
	grep -qx CONFIG_FUSE_PASSTHROUGH=y "$src/.config" ||
		die "Linux $version does not take CONFIG_FUSE_PASSTHROUGH"
	logged "$log" kmake -j "$JOBS" prepare
	git_src init -q
	touch "$tree/.ready"
}

# Kernels since 6.19 refuse a sparse that does not know __typeof_unqual__, as
# Debian's does not. gcc before 14 does not know the keyword either, and then it
# is not used. The wrapper marks the messages as those of sparse.
wrap_sparse() {
	cat >"$tree/sparse" <<-'EOF'
	#!/bin/sh
	sparse -D__typeof_unqual__=__typeof__ "$@" 2>&1 | sed 's/^/sparse: /' >&2
	EOF
	chmod +x "$tree/sparse"
}

# open_tree VERSION: $src is that version, unpatched.
open_tree() {
	version=$1
	deb=$(linux_deb "$version") || exit
	tree=$CACHE/check-$version-$(key "$(basename "$deb")" \
		"$(gcc -dumpfullversion)" "$(sparse --version)" \
		"$(cat "$fragment")")
	src=$tree/src
	# Beside it: checkpatch would ask a repository in the tree for commits
	# that it lacks.
	gitdir=$tree/git
	log=$tree/build.log
	lock "$(basename "$tree")"
	[ -e "$tree/.ready" ] || unpack
	wrap_sparse
	go_to_base
	release=$(kmake -s kernelversion)
}

# --- building -------------------------------------------------------------

# targets PATCH...: print what to build for them, of the files that exist now.
# Any filesystem may use a header.
targets() {
	{
		echo fs/fuse/
		patch_files "$@" | while read -r f; do
			case $f in
			fs/fuse/*) ;;
			*.c)	[ ! -e "$src/$f" ] || echo "${f%.c}.o" ;;
			*.h)	echo fs/ ;;
			esac
		done
	} | sort -u
}

# compile LOG TARGET...
compile() {
	out=$1
	shift
	kmake -j "$JOBS" W=1 C=1 CHECK="$tree/sparse" "$@" >"$out" 2>&1
}

# Print the messages of gcc, sparse and kernel-doc in a log.
messages() {
	grep -E '[Ww]arning:|[Ee]rror:' "$1" | grep -vE '^(make|  )' || :
}

# base_messages TARGET...: the messages for the tree without the series, in the
# file $base. They are kept, since neither tree nor compiler change.
base_messages() {
	base=$tree/base-$(key "$@")
	[ ! -e "$base" ] || return 0
	say BUILD "Linux $version without the series"
	for t; do
		case $t in
		*/) find "$src/$t" -name '*.o' -delete ;;
		*) rm -f "$src/$t" ;;
		esac
	done
	compile "$log" "$@" || {
		tail -n 20 "$log" >&2
		die "Linux $version does not build without the series ($log)"
	}
	messages "$log" >"$base.part"
	mv "$base.part" "$base"
}

# new_messages LOG: print the messages that the tree without the series does not
# give, or gives fewer times; line numbers do not matter.
new_messages() {
	messages "$1" | awk '
		{ name = $0; gsub(/:[0-9]+/, ":", name) }
		FNR == NR { base[name]++; next }
		++seen[name] > base[name]' "$base" -
}

# --- one patch ------------------------------------------------------------

# wrong WHAT FILE: add an entry below the table.
wrong() {
	{
		echo "Linux $release, $subject: $1"
		head -n 25 "$2" | sed 's/^/    /'
	} >>"$work/wrong"
	ok=no
}

# signed PATCH: print it as it would be sent.
signed() {
	author=$(git mailinfo /dev/null /dev/null <"$1" 2>/dev/null |
		sed -n 's/^Author: //p; s/^Email: \(.*\)/<\1>/p' | paste -sd' ')
	awk -v sob="Signed-off-by: $author" '
		/^Signed-off-by: / { there = 1 }
		/^---$/ && !done { if (!there) print sob; done = 1 }
		{ print }' "$1"
}

check_applies() {
	if git_src apply --index --whitespace=nowarn "$1" 2>"$work/apply"; then
		return 0
	fi
	git_src apply --reject "$1" >/dev/null 2>&1 || :
	patch_files "$1" | while read -r f; do
		[ ! -e "$src/$f.rej" ] || {
			cat "$src/$f.rej"
			rm "$src/$f.rej"
		}
	done >>"$work/apply"
	go_to_base
	applies=NO
	wrong "does not apply" "$work/apply"
	return 1
}

# The tree has no history in which a commit of a Fixes: tag could be looked up.
check_style() {
	signed "$1" >"$work/mail"
	if (cd "$src" && perl scripts/checkpatch.pl --strict --no-summary \
		--ignore UNKNOWN_COMMIT_ID --show-types --terse \
		"$work/mail") >"$work/style" 2>&1; then
		style=clean
	else
		sed "s|^$work/mail|$(basename "$1")|" "$work/style" >"$work/s"
		style=NO
		wrong "checkpatch --strict" "$work/s"
	fi
}

check_build() {
	# shellcheck disable=SC2046 # a list of words
	if ! compile "$work/log" $(targets "$@"); then
		builds=NO
		messages "$work/log" | grep -v '^sparse: ' >"$work/errors"
		[ -s "$work/errors" ] || tail -n 10 "$work/log" >"$work/errors"
		wrong "does not build by itself" "$work/errors"
		return
	fi
	builds=yes
	gcc=clean
	sparse=clean
	# A file that is not compiled gives no messages, either.
	patch_files "$1" | while read -r f; do
		case $f in *.c)
			[ ! -e "$src/$f" ] || grep -q "CHECK  *$f\$" "$work/log" ||
				echo "$f" ;;
		esac
	done >"$work/skipped"
	if [ -s "$work/skipped" ]; then
		builds=NO
		wrong "is not compiled with this configuration ($fragment)" \
			"$work/skipped"
	fi
	new_messages "$work/log" >"$work/new"
	if grep -v '^sparse: ' "$work/new" >"$work/m"; then
		gcc=NO
		wrong "new messages of gcc, W=1" "$work/m"
	fi
	if grep '^sparse: ' "$work/new" >"$work/m"; then
		sparse=NO
		wrong "new messages of sparse" "$work/m"
	fi
}

# check PATCH NUMBER COUNT PATCH...: the last are all of the series, for what
# to build.
check() {
	subject="$2/$3 $(patch_subject "$1")"
	file=$1
	shift 3
	applies=yes style=- builds=- gcc=- sparse=- ok=yes
	say CHECK "Linux $version: $subject"
	if check_applies "$file"; then
		check_style "$file"
		check_build "$file" "$@"
	fi
	printf '%-8s | %-52.52s | %-7s | %-10s | %-6s | %-5s | %s\n' \
		"$release" "$subject" $applies $style $builds $gcc $sparse \
		>>"$work/table"
	checked=$((checked + 1))
	[ $ok = yes ] || bad=$((bad + 1))
	[ $applies = yes ]
}

check_version() {
	patches=$(series_needed "$series_dir" "$1") || exit
	open_tree "$1"
	# shellcheck disable=SC2086 # a list of files
	set -- $patches
	track "$@"
	# shellcheck disable=SC2046
	base_messages $(targets "$@")
	n=0
	for p; do
		n=$((n + 1))
		if ! check "$p" $n $# "$@"; then
			left=$(($# - n))
			checked=$((checked + left))
			bad=$((bad + left))
			[ $left -eq 0 ] || printf '%-8s | %s\n' "$release" \
				"($left more not tried)" >>"$work/table"
			break
		fi
	done
	go_to_base
}

versions=${KERNEL:-$(series_versions "$series_dir")}
[ -n "$versions" ] ||
	usage "$series_dir/series has no patches for any of $(linux_versions)"
trees=0
for v in $versions; do
	check_version "$v"
	trees=$((trees + 1))
done

printf '%-8s | %-52s | %-7s | %-10s | %-6s | %-5s | %s\n' Linux patch applies \
	checkpatch builds 'W=1' sparse
echo "---------|------------------------------------------------------|---------|------------|--------|-------|-------"
cat "$work/table"
echo "gcc $(gcc -dumpfullversion), sparse $(sparse --version)"
# count NUMBER THING THINGS
count() {
	if [ "$1" -eq 1 ]; then
		echo "1 $2"
	else
		echo "$1 $3"
	fi
}

all="$(count $checked patch patches) on $(count $trees kernel kernels)"
if [ $bad -gt 0 ]; then
	echo
	cat "$work/wrong"
	echo
	echo "$all: $bad FAILED"
	exit 1
fi
echo "$all: each applies, builds by itself without a new message, and is" \
	"clean for checkpatch --strict"
