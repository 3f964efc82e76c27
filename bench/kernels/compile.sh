# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154 # shared with build.sh
# Configures and compiles the tree as it stands, and keeps the kernel. Sourced by build.sh, never run.

# The same image from the same source, on any day and by any user.
export KBUILD_BUILD_USER=fpbench KBUILD_BUILD_HOST=fpbench
export KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00 UTC' KBUILD_BUILD_VERSION=1
# No "+" for a tree under git.
export LOCALVERSION=

# options FILE...: print what these fragments say for $version, one line for
# each option.
options() {
	awk -v v="$version" '
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

# Leave out what Kconfig finds out by itself about the compiler and its tools,
# and what it knows about the architecture.
without_facts() {
	grep -Ev '^CONFIG_(CC_(VERSION_TEXT|IS|HAS|CAN|NO|IMPLICIT|MS)|GCC[0-9]*_(VERSION|NO|ASM)|CLANG_VERSION|AS|LD_(IS|VERSION|CAN|ORPHAN)|LLD|RUSTC|BINDGEN|PAHOLE|TOOLS|HAVE|HAS|ARCH_(HAS|HAVE|SUPPORTS|WANTS?|USE))([_=]|$)' || :
}

# Print all options that are asked for.
wanted_options() {
	if [ -n "${WHOLE_CONFIG:-}" ]; then
		options "$WHOLE_CONFIG" | without_facts
		return
	fi
	set -- "$TOP/bench/kernels/common.config" \
		"$TOP/bench/kernels/$arch.config"
	[ "$variant" = plain ] || set -- "$@" "$TOP/bench/kernels/$variant.config"
	# shellcheck disable=SC2086 # may be several files
	options "$@" ${CONFIG:-}
}

# Holds the lock, too: whoever kills only us leaves a make that still writes.
kmake() {
	make -C "$src" ARCH="$karch" "$@"
}

# Print those of $wanted that .config does not have.
lost_options() {
	echo "$wanted" | while read -r line; do
		case $line in
		*=n) ! grep -q "^${line%n}" "$src/.config" ;;
		*) grep -qxF "$line" "$src/.config" ;;
		esac || echo "$line"
	done
}

configure() {
	logged "$log" kmake tinyconfig
	echo "$wanted" >>"$src/.config"
	logged "$log" kmake olddefconfig
	lost=$(lost_options)
	[ -z "$lost" ] || die "Linux $version for $arch does not take these options:
$lost" "one of the fragments asks for something that this kernel does not have"
}

# Count what make prints, on one line of a terminal that is ours alone, or now and
# then.
progress() {
	n=0
	in_place=
	[ ! -t 2 ] || [ -n "$side_by_side" ] || in_place=1
	while read -r line; do
		case $line in
		"  "*|CC*|AR*|LD*|AS*|HOST*) n=$((n + 1)) ;;
		*) continue ;;
		esac
		if [ -n "$in_place" ]; then
			printf '\r  KERNEL  %s: %d objects' "$1" "$n" >&2
		elif [ $((n % 200)) -eq 0 ]; then
			say KERNEL "$1: $n objects"
		fi
	done
	if [ -n "$in_place" ]; then
		printf '\n' >&2
	fi
}

# compile NAME: the tree as it stands now.
compile() {
	need_room 100
	say KERNEL "$1: compiling on $JOBS CPUs"
	# A patch may have brought options of its own.
	logged "$log" kmake olddefconfig
	rm -f "$tree/failed"
	before=$(wc -c <"$log")
	{ kmake -j "$JOBS" "$target" 2>&1 || touch "$tree/failed"; } |
		tee -a "$log" | progress "$1"
	if [ -e "$tree/failed" ]; then
		need_room 100
		tail -c +$((before + 1)) "$log" | grep -E 'error|Error' |
			tail -n 10 >&2
		die "kernel $1 does not build (whole output: $log)"
	fi
}

# built NAME: there, with a build.json that has the newest of its keys.
built() {
	grep -qs '"source_id"' "$tree/kernels/$1/build.json" &&
		{ [ -z "$source_key" ] || grep -q '"source_key"' \
			"$tree/kernels/$1/build.json"; }
}

# keep NAME EXPECT: the tree's image and what it is, complete or not at all.
# EXPECT is shared, exclusive or nothing. Standard input: the patches in it.
keep() {
	kdir=$tree/kernels/$1
	rm -rf "$kdir.part"
	mkdir -p "$kdir.part"
	if [ "$arch" = uml ]; then
		strip -g -o "$kdir.part/$target" "$src/$image"
	else
		cp "$src/$image" "$kdir.part/$target"
	fi
	cp "$src/.config" "$kdir.part/config"
	describe_build "$kdir.part" "$2" >"$kdir.part/build.json"
	rm -rf "$kdir"
	mv "$kdir.part" "$kdir"
}

# keep_patches NAME PATCH...: beside the kernel, in the order in which they were
# applied: a run keeps a copy of them. Kernels that were built before have none.
keep_patches() {
	kept=$tree/kernels/$1/patches
	shift
	if [ -e "$kept" ] || [ -z "$new_tree$*" ]; then
		return
	fi
	rm -rf "$kept.part"
	mkdir "$kept.part"
	n=0
	if [ -n "$new_tree" ]; then
		n=1
		# Two releases differ by too much to be kept with each run.
		revision_diff >"$kept.part/0001.patch"
		[ "$(wc -c <"$kept.part/0001.patch")" -le 8388608 ] ||
			rm "$kept.part/0001.patch"
	fi
	for p; do
		n=$((n + 1))
		cp "$p" "$kept.part/$(printf '%04d' $n).patch"
	done
	mv "$kept.part" "$kept"
}
