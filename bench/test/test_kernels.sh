#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# How kernels are built and named, with a tree of two files in place of Linux, so
# that no kernel is compiled and nothing is fetched. The "kernel" prints what it
# was compiled from.
. "$(dirname "$0")/tap.sh"

ksrc=$tmp/linux
k=$tmp/kernels
export FPBENCH_CACHE="$tmp/cache" JOBS=1
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t \
	GIT_COMMITTER_EMAIL=t@t
unset ARCH KERNEL VARIANT KSRC BASE NEW CONFIG SERIES STEPS EXTRA NOSERIES NAME

# with VARIABLE=VALUE... [-- ARGUMENT...]: build.sh
with() {
	vars=
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		vars="$vars $1"
		shift
	done
	[ $# -eq 0 ] || shift
	case $vars in *" NAME="*) ;; *) called "$vars" ;; esac
	script=build
	case $vars in *" KERNEL=debian"*) script=debian-kernel ;; esac
	# shellcheck disable=SC2086 # no spaces in ours
	env $vars bench/kernels/$script.sh "$@" "$k"
}

# called "VARIABLE=VALUE...": baseline and patched are now those of this pair.
called() {
	# shellcheck disable=SC2086
	suffix=$(env $1 bench/kernels/build.sh --suffix 2>/dev/null)
}

# dir KERNEL: where it is: baseline and patched of the last pair, or a NAME.
dir() {
	case $1 in
	baseline|patched) echo "$k/$1$suffix" ;;
	*) echo "$k/$1" ;;
	esac
}

# bad NAME TEXT VARIABLE=VALUE...: status 2, one line, and TEXT in it.
bad() {
	name=$1 text=$2
	shift 2
	ok "$name: status 2" status_is 2 with "$@"
	ok "$name: says why" says "$text"
	ok "$name: in one line" one_line
}

# named WANT VARIABLE=VALUE...: what fpbench is told.
named() {
	want=$1
	shift
	[ "$(with "$@" -- --options)" = "$want" ]
}

# has KERNEL TEXT: that kernel was compiled from a source that prints TEXT.
has() {
	got=$("$(dir "$1")/linux")
	[ "$got" = "$2" ] || {
		echo "# $1 prints $got"
		return 1
	}
}

# has_step N TEXT: the same of a step.
has_step() {
	[ "$("$k/patched-$1$suffix/linux")" = "$2" ]
}

# states KERNEL TEXT: in its build.json.
states() {
	grep -qF -e "$2" "$(dir "$1")/build.json"
}

lacks() {
	[ -f "$(dir "$1")/build.json" ] && ! states "$@"
}

# source_id KERNEL
source_id() {
	jq -er .source_id "$(dir "$1")/build.json"
}

# source_key KERNEL: the same on every architecture
source_key() {
	jq -er .source_key "$(dir "$1")/build.json"
}

# lacks_text TEXT: the last command did not say it.
lacks_text() {
	! says "$1" >/dev/null
}

# links: what each name stands for now.
links() {
	for l in "$k"/*; do
		echo "$l $(readlink "$l")"
	done
}

# compiled N FILE: how often, of all kernels in this cache.
compiled() {
	n=$(cat "$FPBENCH_CACHE"/linux-*/build.log | grep -c "CC $2")
	[ "$n" -eq "$1" ] || {
		echo "# compiled $n times: $2"
		return 1
	}
}

# objects: how many were compiled, of all kernels in this cache.
objects() {
	cat "$FPBENCH_CACHE"/linux-*/build.log | grep -c ' CC '
}

plain_names_are_free() {
	[ ! -e "$k/baseline" ] && [ ! -e "$k/patched" ]
}

user_git() {
	git -C "$ksrc" "$@"
}

# What a build must leave as it was.
checkout_state() {
	user_git status --porcelain
	user_git worktree list
	user_git for-each-ref
	user_git stash list
	user_git rev-parse HEAD
	find "$ksrc" -type f -exec sha256sum {} + | sort -k2
}

make_tree() {
	mkdir -p "$ksrc/fs/fuse" "$ksrc/fs/xfs"
	touch "$ksrc/Kbuild"
	cat >"$ksrc/Makefile" <<-'END'
	VERSION = 7
	PATCHLEVEL = 3
	tinyconfig: ; : >.config
	olddefconfig: ; sed -i '/LOST/d; s/=n$$/ is not set/' .config
	kernelrelease: ; @echo 7.3.0
	linux: fs/fuse/f.o fs/xfs/x.o ; $(CC) -o $@ $^
	bzImage: linux ; mkdir -p arch/x86/boot && cp linux arch/x86/boot/$@
	%.o: %.c ; @echo "  CC $@" && sleep $${SLOW:-0} && while [ -e "$$HOLD" ]; do sleep 0.1; done && $(CC) -c -o $@ $<
	END
	printf '*.o\n/linux\n/arch\n.config\n' >"$ksrc/.gitignore"
	cat >"$ksrc/fs/fuse/f.c" <<-'END'
	#include <stdio.h>
	const char *xfs(void);
	int main(void)
	{
		printf("%s %s\n", "fuse", xfs());
	}
	END
	echo 'const char *xfs(void) { return "xfs"; }' >"$ksrc/fs/xfs/x.c"
}

# change FILE FROM TO
change() {
	sed -i "s/$2/$3/" "$ksrc/$1"
}

make_tree
cp -a "$ksrc" "$tmp/plain"

# --- names ------------------------------------------------------------------

ok "the default pair needs no options" named ""
ok "another version is part of the name" named \
	"-k baseline=$k/baseline-6.17 -k patched=$k/patched-6.17" KERNEL=6.17
ok "so are architecture and variant, in this order" named \
	"-k baseline=$k/baseline-6.17-x86-64-debug -k patched=$k/patched-6.17-x86-64-debug" \
	KERNEL=6.17 ARCH=x86-64 VARIANT=debug
ok "the default version is not" named \
	"-k baseline=$k/baseline-lockstat -k patched=$k/patched-lockstat" \
	KERNEL=7.3 VARIANT=lockstat
# apart A... -- B...: the names of the two pairs differ, and are not plain.
apart() {
	one=
	while [ "$1" != -- ]; do
		one="$one $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	[ -n "$(with $one -- --options)" ] && [ -n "$(with "$@" -- --options)" ] &&
		[ "$(with $one -- --options)" != "$(with "$@" -- --options)" ]
}

# pair_like PATTERN VARIABLE=VALUE...
pair_like() {
	pattern=$1
	shift
	with "$@" -- --options | grep -qx -e "-k baseline=$k/baseline$pattern \
-k patched=$k/patched$pattern"
}

h='[0-9a-f]\{6\}'
ok "a tree of the user's has a name of its own" pair_like "-nowhere-$h" \
	KSRC=/nowhere
ok "before version, architecture and variant" pair_like \
	"-nowhere-$h-x86-64-debug" KSRC=/nowhere ARCH=x86-64 VARIANT=debug
ok "so has a series" pair_like "-mine-$h" SERIES=/not/mine
ok "and a configuration" pair_like "-mine-$h" CONFIG=/not/mine.config
ok "whatever it is called" pair_like "-a_b-$h" "KSRC=/x/a,b"
ok "two trees of one name have two" apart KSRC=/a/linux -- KSRC=/b/linux
ok "so have two revisions of a tree" apart KSRC=/a BASE=v1 NEW=v2 -- KSRC=/a \
	BASE=v1 NEW=v3
ok "and two series on a tree" apart KSRC=/a SERIES=/s -- KSRC=/a
ok "what is asked for twice has one" [ "$(with KSRC=/a -- --suffix)" = \
	"$(cd / && env KSRC=a "$OLDPWD/bench/kernels/build.sh" --suffix)" ]
ok "the suite's kernels of such a tree, too" sh -c \
	"make -n check-kernel KSRC=/a/linux 2>/dev/null | \
		grep -q ' -k check-baseline-linux-[0-9a-f]* -k check-patched-linux-'"
ok "a packaged kernel has no pair" [ "$(with KERNEL=debian -- --options)" = \
	"-k debian=$k/debian" ]
ok "make passes on what it is told" sh -c \
	"make -n bench BACKEND=qemu KERNEL=6.18 2>/dev/null | \
		grep -q '/baseline-6.18-x86-64 -k patched=.*-x86-64 '"
ok "the suite's kernels are named in the same way" sh -c \
	"make -n check-kernel BACKEND=qemu KERNEL=6.17 VARIANT=debug 2>/dev/null | grep -q \
	' -k check-baseline-6.17-x86-64-debug -k check-patched-6.17-x86-64-debug '"
ok "and are of the architecture that is asked for" status_is 2 \
	env ARCH=arm KSRC=/nowhere bench/check/kernels.sh "$k"
ok "not of the default one" says "ARCH=arm is neither uml nor x86-64"
ok "but not what the environment says of architecture and name" sh -c \
	"ARCH=arm64 NAME=wsl make -n kernels 2>/dev/null | grep -q \"ARCH='uml' NAME=''\""

# --- wrong input ------------------------------------------------------------

bad "unknown version" "Linux 5.4 is not one of 6.12" KERNEL=5.4
bad "a series for a packaged kernel" "does not take SERIES=/x" SERIES=/x \
	KERNEL=debian
bad "unknown architecture" "neither uml nor x86-64" ARCH=arm64
bad "unknown variant" "VARIANT=fast is none of" VARIANT=fast
bad "no KCSAN in UML" "uml has no KCSAN" VARIANT=kcsan
bad "no PREEMPT_RT in UML" "uml has no PREEMPT_RT" VARIANT=rt
bad "EXTRA without NAME" "need NAME=" EXTRA=README.md
bad "EXTRA that is not there" "EXTRA=$tmp/no: no such file" "EXTRA=$tmp/no" \
	NAME=n
bad "CONFIG that is not there" "CONFIG=$tmp/no: no such file" "CONFIG=$tmp/no"
bad "NAME of the default pair" "would take the place" NAME=patched
bad "NAME of a path" "only letters" NAME=../x
bad "revisions without a tree" "add KSRC=" BASE=v7.2 NEW=v7.3
bad "a tree and a version" "exclude each other" KSRC=/ KERNEL=7.3
bad "NEW without BASE" "NEW=x needs BASE=" "KSRC=$ksrc" NEW=x
bad "NEW and SERIES" "exclude each other" "KSRC=$ksrc" BASE=x NEW=x SERIES=/
bad "a tree that is not there" "is not a directory" "KSRC=$tmp/no"
bad "a tree of something else" "not a Linux tree with fs/fuse" "KSRC=$tmp"
cp -a "$ksrc" "$tmp/bare"
rm "$tmp/bare/Makefile"
bad "a tree without a Makefile" "it has no Makefile" "KSRC=$tmp/bare"
echo all: >"$tmp/bare/Makefile"
bad "a tree with a Makefile of something else" "states no VERSION" \
	"KSRC=$tmp/bare"
bad "revisions of a tree without git" "is not a git checkout" "KSRC=$ksrc" \
	BASE=v1 NEW=v2
mkdir "$tmp/empty"
bad "SERIES without patches" "no patches in SERIES=$tmp/empty" \
	"KSRC=$ksrc" "SERIES=$tmp/empty"
bad "SERIES that is not there" "SERIES=$tmp/no is not a directory" \
	"KSRC=$ksrc" "SERIES=$tmp/no"
echo "7.2 a.patch" >"$tmp/empty/series"
bad "SERIES for other versions" "has no patches for Linux 7.3" \
	"KSRC=$ksrc" "SERIES=$tmp/empty"

# --- a tree under git -------------------------------------------------------

user_git init -q
user_git add -A
user_git commit -qm base
user_git tag v1
user_git checkout -q -b work
change fs/xfs/x.c xfs\" xfs-new\"
user_git commit -qam new
user_git format-patch -q -o "$tmp/series" v1
user_git checkout -q -
user_git checkout -q --orphan nothing
user_git rm -rqf .
user_git commit -q --allow-empty -m nothing
user_git checkout -q -f v1
# An edit that was not committed, staged or not, is neither lost nor built.
change fs/fuse/f.c '"fuse"' '"edited"'
checkout_state >"$tmp/before"

bad "an unknown revision" "has no revision v9" "KSRC=$ksrc" BASE=v9 NEW=v1
bad "a revision without fs/fuse" "is not a Linux tree with fs/fuse" \
	"KSRC=$ksrc" BASE=v1 NEW=nothing

ok "two revisions are built" status_is 0 with "KSRC=$ksrc" BASE=v1 NEW=work
ok "one is the baseline" has baseline "fuse xfs"
ok "the other is patched" has patched "fuse xfs-new"
ok "only what differs is compiled again" compiled 1 fs/fuse/f.o
ok "and that is" compiled 2 fs/xfs/x.o
ok "build.json says which is the baseline" states baseline ", v1 ("
ok "and which is new" states patched '"subject": "work ('
# kept KERNEL N: the N-th patch beside it is the one that build.json names.
kept() {
	[ "$(git patch-id --stable <"$(dir "$1")/patches/000$2.patch" |
		cut -d' ' -f1)" = \
		"$(jq -er ".patches[$2 - 1].patch_id" "$(dir "$1")/build.json")" ]
}
ok "the change is kept beside the kernel" kept patched 1
ok "the baseline has none" [ ! -e "$(dir baseline)/patches" ]
ok "nothing is expected of a tree that we do not know" \
	lacks baseline expect_lock
ok "a pair is of one source" [ "$(source_id baseline)" = "$(source_id patched)" ]
ok "which has a key" [ "$(source_key baseline)" = "$(source_key patched)" ]
first_source=$(source_id baseline)
first_key=$(source_key baseline)
ok "what is built is not built again" status_is 0 with "KSRC=$ksrc" BASE=v1 \
	NEW=work
ok "not at all" compiled 2 fs/xfs/x.o
checkout_state >"$tmp/after"
ok "the user's checkout is as it was" cmp "$tmp/before" "$tmp/after"

ok "without revisions, the files as they are" status_is 0 with "KSRC=$ksrc" \
	"SERIES=$tmp/series"
ok "edits are in the baseline" has baseline "edited xfs"
ok "which is another source" [ "$(source_id baseline)" != "$first_source" ]
ok "with another key" [ "$(source_key baseline)" != "$first_key" ]
ok "and the series on top of them" has patched "edited xfs-new"
checkout_state >"$tmp/after"
ok "the user's checkout is still as it was" cmp "$tmp/before" "$tmp/after"
ok "a series on a revision" status_is 0 with "KSRC=$ksrc" BASE=v1 \
	"SERIES=$tmp/series"
ok "has the series, and not the edit" has patched "fuse xfs-new"
ok "and the first key" [ "$(source_key baseline)" = "$first_key" ]

# --- a kernel after each patch -----------------------------------------------

# series_of N: so many patches on v1, each of which makes a word longer.
series_of() {
	rm -rf "$tmp/steps" "$tmp/clone"
	git clone -q "$ksrc" "$tmp/clone" 2>"$out"
	git -C "$tmp/clone" checkout -q v1
	for step in $(seq "$1"); do
		sed -i "s/\"xfs\([0-9]*\)\"/\"xfs\\1$step\"/" \
			"$tmp/clone/fs/xfs/x.c"
		git -C "$tmp/clone" commit -qam "xfs: step $step"
	done
	git -C "$tmp/clone" format-patch -q -o "$tmp/steps" v1
}

steps="KSRC=$ksrc BASE=v1 SERIES=$tmp/steps STEPS=1"
series_of 3
checkout_state >"$tmp/before"
n=$(objects)
# shellcheck disable=SC2086 # a list of variables
ok "the steps of a series are built" status_is 0 with $steps
ok "the first has the first patch" has_step 1 "fuse xfs1"
ok "the second has the first two" has_step 2 "fuse xfs12"
ok "the last is the patched one" has patched "fuse xfs123"
ok "and there is no other" [ ! -e "$k/patched-3$suffix" ]
ok "the first says so" [ "$(jq '.patches | length' \
	"$k/patched-1$suffix/build.json")" -eq 1 ]
ok "each compiled what its patch touches" [ "$(objects)" -le $((n + 5)) ]
n=$(objects)
# shellcheck disable=SC2086
ok "what is built is not built again" status_is 0 with $steps
ok "not at all" [ "$(objects)" -eq "$n" ]
# shellcheck disable=SC2086
ok "fpbench is told of all of them, in order" named \
	"-k baseline=$k/baseline$suffix -k patch-1=$k/patched-1$suffix \
-k patch-2=$k/patched-2$suffix -k patched=$k/patched$suffix" $steps
rm "$tmp/steps"/0003-*
# shellcheck disable=SC2086
ok "a series that became shorter" status_is 0 with $steps
ok "has another last step" has patched "fuse xfs12"
ok "which was built already" [ "$(objects)" -eq "$n" ]
sed -i 's/^-const/-konst/' "$tmp/steps"/0001-*
# shellcheck disable=SC2086
ok "a step that does not apply: status 4" status_is 4 with $steps
series_of 8
# shellcheck disable=SC2086
bad "too many steps" "the series has 8 patches" $steps
bad "steps of two revisions" "STEPS= needs the patches" "KSRC=$ksrc" BASE=v1 \
	NEW=work STEPS=1
bad "steps of one kernel" "STEPS= and NAME= exclude each other" STEPS=1 NAME=n
ok "make passes it on" sh -c "make -n bench STEPS=1 2>/dev/null |
	grep -q -e ' -k patch-1=.*/patched-1 -k patched=.*/patched .* --steps '"
checkout_state >"$tmp/after"
ok "the user's checkout is still as it was" cmp "$tmp/before" "$tmp/after"

called "KSRC=$ksrc BASE=v1 SERIES=$tmp/series"

# --- more kernels of one tree ----------------------------------------------

sed 's/xfs-new/xfs-more/; s/xfs")/xfs-new")/; s/"xfs"/"xfs-new"/' \
	"$tmp"/series/*.patch | sed -n '/^diff/,$p' >"$tmp/more.patch"
ok "patches on top of the series" status_is 0 with "KSRC=$ksrc" BASE=v1 \
	"SERIES=$tmp/series" "EXTRA=$tmp/more.patch" NAME=more
ok "are in the kernel of that name" has more "fuse xfs-more"
ok "which says so" states more '"subject": "more.patch"'
ok "the series is kept" kept more 1
ok "and what is on top of it" cmp "$tmp/more.patch" \
	"$(dir more)/patches/0002.patch"
n=$(objects)
rm -r "$(dir more)/patches"
ok "a kernel of before they were kept" status_is 0 with "KSRC=$ksrc" BASE=v1 \
	"SERIES=$tmp/series" "EXTRA=$tmp/more.patch" NAME=more
ok "has them now" kept more 1
ok "and was not compiled again" [ "$(objects)" -eq "$n" ]
ok "the others stay" has patched "fuse xfs-new"
sed -n '/^diff/,$p' "$tmp"/series/*.patch >"$tmp/alone.patch"
ok "patches without the series" status_is 0 with "KSRC=$ksrc" BASE=v1 \
	"EXTRA=$tmp/alone.patch" NOSERIES=1 NAME=alone
ok "are alone" has alone "fuse xfs-new"
ok "a name of its own for another baseline" status_is 0 with "KSRC=$ksrc" \
	BASE=work NOSERIES=1 NAME=bare
ok "is that" has bare "fuse xfs-new"
ok "and leaves the usual one alone" has baseline "fuse xfs"
ok "a patch that does not apply: status 4" status_is 4 with "KSRC=$ksrc" \
	BASE=v1 "EXTRA=$tmp/more.patch" NOSERIES=1 NAME=not
ok "is named" says "more.patch does not apply to Linux 7.3"
mkdir "$tmp/bad"
sed 's/"xfs"/"other"/' "$tmp"/series/*.patch >"$tmp/bad/1.patch"
ok "a series that does not apply: status 4" status_is 4 with "KSRC=$ksrc" \
	BASE=v1 "SERIES=$tmp/bad"
ok "is named" says "the series in $tmp/bad does not apply to Linux 7.3"
ok "and has no kernels" [ ! -e "$(dir baseline)" ]
change fs/xfs/x.c xfs\" xfs-else\"
called "KSRC=$ksrc SERIES=$tmp/series"
links >"$tmp/before"
n=$(objects)
ok "a series that applies no more: status 4" status_is 4 with "KSRC=$ksrc" \
	"SERIES=$tmp/series"
links >"$tmp/after"
ok "neither kernel of the pair is replaced" cmp "$tmp/before" "$tmp/after"
ok "and both are still there" has patched "edited xfs-new"
ok "nothing was compiled to find out" [ "$(objects)" -eq "$n" ]

# --- from what a run keeps ----------------------------------------------------

# A package as Debian's, with the tree of two files in it.
package=linux-source-7.3_7.3.0-1
deb=$FPBENCH_CACHE/downloads/${package}_all.deb
run=$tmp/run
make_package() {
	mkdir -p "$tmp/deb/DEBIAN" "$tmp/deb/usr/src" "${deb%/*}"
	tar -C "$tmp" -cJf "$tmp/deb/usr/src/linux-source-7.3.tar.xz" plain
	printf '%s\n' "Package: linux-source-7.3" "Version: 7.3.0-1" \
		"Architecture: all" "Maintainer: t <t@t>" "Description: t" \
		>"$tmp/deb/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$tmp/deb" "$deb"
}
# a_run [FILTER]: what a run of that kernel has
a_run() {
	mkdir -p "$run/kernels/patched/patches"
	echo CONFIG_THIS=y >"$run/kernels/patched/config"
	cp "$tmp"/series/*.patch "$run/kernels/patched/patches/0001.patch"
	jq -n --arg source $package --arg deb "$(sha256sum <"$deb" | cut -c -64)" \
		--arg config "$(sha256sum <"$run/kernels/patched/config" | cut -c -64)" \
		--arg id "$(git patch-id --stable \
			<"$run/kernels/patched/patches/0001.patch" |
			cut -c -40)" \
		'{ kernels: [{ name: "patched", arch: "um", version: "7.3",
			variant: "plain", source: $source, source_sha256: $deb,
			image_sha256: "00", config_sha256: $config,
			patches: [{ subject: "new", patch_id: $id }] }] } |
		'"${1:-.}" >"$run/manifest.json"
}
rebuild() {
	bench/kernels/rebuild.sh "$run" patched
}
rebuilt() {
	rebuild >"$tmp/dir" 2>"$out" && [ "$("$(cat "$tmp/dir")/linux")" = "$1" ]
}
if command -v dpkg-deb >/dev/null; then
	ok "a package" status_is 0 make_package
	a_run
	ok "a kernel from what a run keeps" rebuilt "fuse xfs-new"
	ok "may be another image" says "but another image: compiled by gcc"
	ok "its configuration is that of the run" grep -qx CONFIG_THIS=y \
		"$(cat "$tmp/dir")/config"
	image=$(sha256sum <"$(cat "$tmp/dir")/linux" | cut -c -64)
	a_run ".kernels[].image_sha256 = \"$image\""
	n=$(objects)
	ok "of the same image" rebuilt "fuse xfs-new"
	ok "nothing is said" [ ! -s "$out" ]
	ok "nor compiled" [ "$(objects)" -eq "$n" ]
	a_run ".kernels[].patches = []"
	ok "without patches" rebuilt "fuse xfs"
	a_run ".kernels[].source_sha256 = \"$image\""
	ok "another package of that name: status 4" status_is 4 rebuild
	ok "is named" says "$deb is not the package that was built"
	a_run
	echo CONFIG_LOST=y >>"$run/kernels/patched/config"
	sum=$(sha256sum <"$run/kernels/patched/config" | cut -c -64)
	jq ".kernels[].config_sha256 = \"$sum\"" "$run/manifest.json" \
		>"$tmp/json" && cp "$tmp/json" "$run/manifest.json"
	ok "an option that the source does not have: status 4" status_is 4 rebuild
	ok "is named" says CONFIG_LOST=y
	a_run
	sed -i 's/"xfs-new"/"xfs-bad"/' "$run/kernels/patched/patches/0001.patch"
	ok "a patch that is not what the run had: status 2" status_is 2 rebuild
	ok "is named" says "0001.patch is not the patch that manifest.json names"
	a_run '.kernels[].patches[].patch_id = ""'
	ok "a patch without an ID is not left out: status 2" status_is 2 rebuild
else
	skip "a kernel from what a run keeps" "no dpkg-deb"
fi

# --- what an interrupted build leaves ---------------------------------------

user_git checkout -q -f work
change fs/fuse/f.c '"fuse"' '"fuse2"'
user_git commit -qam newer
user_git checkout -q -f v1
src=$(dirname "$(dirname "$(readlink -f "$(dir baseline)")")")/src
echo broken >"$src/fs/fuse/f.c"
touch "$src/.git/index.lock"
mkdir "$src/.git/rebase-apply"
ok "a build goes on after one was killed" status_is 0 with "KSRC=$ksrc" \
	BASE=v1 NEW=work
ok "from the right source" has patched "fuse2 xfs-new"
user_git checkout -q -f -b broken v1
echo 'int main(' >"$ksrc/fs/fuse/f.c"
user_git commit -qam broken
user_git checkout -q -f v1
links >"$tmp/before"
ok "a tree that does not compile: status 4" status_is 4 with "KSRC=$ksrc" \
	BASE=v1 NEW=broken
ok "is named" says "kernel patched-linux-"
ok "and why" says "error: expected"
ok "and not what once went wrong" lacks_text "patch failed"
links >"$tmp/after"
ok "and makes no link" cmp "$tmp/before" "$tmp/after"
ok "and the next one builds" status_is 0 with "KSRC=$ksrc" BASE=work NEW=v1
ok "in the right order" has baseline "fuse2 xfs-new"

# --- several at once, and one that is killed ---------------------------------

user_git checkout -q -f -b slow v1
change fs/fuse/f.c '"fuse"' '"slow"'
user_git commit -qam slow
user_git checkout -q -f v1
log=$src/../build.log
SLOW=2 KSRC=$ksrc BASE=v1 NEW=slow bench/kernels/build.sh "$k" >"$tmp/1" 2>&1 &
first=$!
with "KSRC=$ksrc" BASE=v1 "SERIES=$tmp/series" NAME=twin >"$tmp/2" 2>&1 &
second=$!
called "KSRC=$ksrc BASE=v1 NEW=slow"
ok "of two builds at once, the first ends well" wait $first
ok "so does the second" wait $second
ok "one has its kernel" has patched "slow xfs"
ok "the other, too" has twin "fuse xfs-new"

user_git checkout -q -f slow
change fs/fuse/f.c '"slow"' '"slower"'
user_git commit -qam slower
user_git checkout -q -f v1
n=$(grep -c "CC fs/fuse/f.o" "$log")
touch "$tmp/hold"
HOLD=$tmp/hold KSRC=$ksrc BASE=v1 NEW=slow bench/kernels/build.sh "$k" \
	>"$tmp/1" 2>&1 &
first=$!
while [ "$(grep -c "CC fs/fuse/f.o" "$log")" -eq "$n" ]; do
	sleep 0.1
done
kill -9 $first
wait $first 2>"$tmp/1"
with "KSRC=$ksrc" BASE=v1 NEW=work >"$out" 2>&1 &
second=$!
# The make that was left goes on once the next build has seen it.
ok "after kill -9, the next build sees it" wait_for 600 grep -q "another build" "$out"
rm "$tmp/hold"
called "KSRC=$ksrc BASE=v1 NEW=work"
ok "after kill -9, the next build" wait $second
ok "waits for the make that was left" says "another build of linux-uml-"
ok "and has its kernel" has patched "fuse2 xfs-new"
ok "the other one goes on" status_is 0 with "KSRC=$ksrc" BASE=v1 NEW=slow
ok "and has its kernel, too" has patched "slower xfs"

user_git checkout -q -f -b lost v1
echo 'int lost;' >>"$ksrc/fs/fuse/f.c"
user_git commit -qam lost
blob=$(user_git rev-parse lost:fs/fuse/f.c)
user_git checkout -q -f v1
rm -f "$ksrc/.git/objects/$(echo "$blob" | cut -c 1-2)/$(echo "$blob" | cut -c 3-)"
ok "a revision whose files are missing: status 4" status_is 4 with "KSRC=$ksrc" \
	BASE=v1 NEW=lost
ok "is named" says "cannot check out lost of KSRC=$ksrc"

# --- the configuration ------------------------------------------------------

ok "a tree without git is copied" status_is 0 with "KSRC=$tmp/plain" \
	"SERIES=$tmp/series"
ok "and patched" has patched "fuse xfs-new"
ok "a new kernel has several CPUs" lacks patched '"cpus"'
echo CONFIG_LOST=y >"$tmp/lost.config"
ok "an option that the kernel does not have: status 4" status_is 4 with \
	"KSRC=$tmp/plain" "SERIES=$tmp/series" "CONFIG=$tmp/lost.config"
ok "is named" says CONFIG_LOST=y
cat >"$tmp/fine.config" <<'END'
CONFIG_LOST=n
CONFIG_LOST=y	# since 7.4
CONFIG_LOST=y	# until 7.2
CONFIG_THIS=y	# since 7.3
CONFIG_THAT=y	# until 7.3
# CONFIG_AIO is not set
END
ok "one that is not wanted may be missing" status_is 0 with \
	"KSRC=$tmp/plain" "SERIES=$tmp/series" "CONFIG=$tmp/fine.config"
ok "so may one that came later or went before" \
	sh -c "! grep -q LOST '$(dir patched)/config'"
ok "but not one of this version" grep -qx CONFIG_THIS=y "$(dir patched)/config"
ok "even if it is its last" grep -qx CONFIG_THAT=y "$(dir patched)/config"
ok "the last fragment counts" grep -qx "CONFIG_AIO is not set" \
	"$(dir patched)/config"
ok "but once" sh -c "[ \$(grep -c CONFIG_AIO '$(dir patched)/config') -eq 1 ]"
sed -i 's/^VERSION.*/VERSION = 6/; s/^PATCHLEVEL.*/PATCHLEVEL = 17/' \
	"$tmp/plain/Makefile"
ok "an old kernel" status_is 0 with "KSRC=$tmp/plain" "SERIES=$tmp/series"
ok "has one CPU in UML, and says so" states patched '"cpus": 1,'
if echo '#include <gelf.h>' | gcc -E - >"$out" 2>&1; then
	ok "for QEMU" status_is 0 with "KSRC=$tmp/plain" \
		"SERIES=$tmp/series" ARCH=x86-64
	ok "it has several" lacks patched '"cpus"'
	ok "and is an image of its own" [ -x "$(dir patched)/bzImage" ]
else
	skip "a kernel for QEMU" "libelf-dev is not installed"
fi
ok "no tree or series of the user's took a plain name" \
	plain_names_are_free

# --- what every kernel for User-Mode Linux carries -----------------------------

# old_side PATCH: make of each file that it changes what it needs to apply.
old_side() {
	awk -v top="$ksrc" '
		/^--- a\// { file = top "/" substr($2, 3); next }
		/^\+\+\+ |^diff |^index / { next }
		/^-- $/ { file = "" }
		file && /^[ -]/ {
			dir = file
			sub(/\/[^\/]*$/, "", dir)
			if (!made[dir]++)
				system("mkdir -p " dir)
			print substr($0, 2) >file
		}' "$1"
}
git clone -q "$ksrc" "$tmp/um"
ksrc=$tmp/um
export FPBENCH_CACHE="$tmp/um-cache"
user_git checkout -q -b um v1
for p in kernel-patches/um/0*.patch; do
	old_side "$p"
done
user_git add -f arch
user_git commit -qm "a tree that they apply to"
checkout_state >"$tmp/before"
ok "a tree that they apply to" status_is 0 with "KSRC=$ksrc" BASE=um \
	"SERIES=$tmp/series"
called "KSRC=$ksrc BASE=um SERIES=$tmp/series"
ok "both kernels carry them" states baseline '"carried"'
ok "both kernels carry them: the patched one" states patched '"carried"'
ok "both kernels carry them: they are none of the series" \
	states patched '"subject": "new"'
ok "the user's tree has none" sh -c '! grep -r ipis_pending "$1"' sh "$ksrc/arch"
checkout_state >"$tmp/after"
ok "the user's tree is as it was" cmp "$tmp/before" "$tmp/after"
ok "a kernel of its own without them" status_is 0 with "KSRC=$ksrc" BASE=um \
	NOSERIES=1 NAME=bare CARRY=0
ok "a kernel of its own without them: says so" lacks bare '"carried"'
ok "revisions of which one cannot carry them" status_is 0 with "KSRC=$ksrc" \
	BASE=um NEW=origin/work
called "KSRC=$ksrc BASE=um NEW=origin/work"
ok "neither does: the baseline" lacks baseline '"carried"'
ok "neither does: the other one" lacks patched '"carried"'

tap_end
