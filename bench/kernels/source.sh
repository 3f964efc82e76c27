# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # shared with build.sh
# Where the source of the kernels comes from: Debian's package, a folder, or a
# git checkout. Sourced by build.sh, never run.
#
# A tree of the user's is only read: ours borrows the objects of its repository.

git_user() {
	git -C "$KSRC" "$@"
}

# Print the id of the files of revision $1.
revision_tree() {
	git_user rev-parse -q --verify "$1^{tree}" 2>/dev/null ||
		usage "KSRC=$KSRC has no revision $1"
	for f in Kbuild Makefile fs/fuse; do
		git_user cat-file -e "$1:$f" 2>/dev/null ||
			usage "$1 in KSRC=$KSRC is not a Linux tree with fs/fuse: it has no $f"
	done
}

identify_debian() {
	kind=debian
	if [ -n "${SOURCE_DEB:-}" ]; then
		# shellcheck disable=SC2086 # name and sum
		deb=$(linux_deb_named $SOURCE_DEB) || exit
	else
		deb=$(linux_deb "$KERNEL") || exit
	fi
	source_name=$(basename "$deb" _all.deb)
	source_id=$source_name
	version=$KERNEL
}

identify_revisions() {
	base_tree=$(revision_tree "$BASE") || exit
	source_name="$KSRC, $BASE ($(git_user rev-parse --short=12 "$BASE"))"
	version=$(git_user show "$BASE:Makefile" | makefile_version)
	if [ -n "${NEW:-}" ]; then
		new_tree=$(revision_tree "$NEW") || exit
	fi
}

# The files as they are now.
identify_files() {
	for f in Kbuild Makefile fs/fuse; do
		[ -e "$KSRC/$f" ] ||
			usage "KSRC=$KSRC is not a Linux tree with fs/fuse: it has no $f"
	done
	source_name=$KSRC
	version=$(makefile_version <"$KSRC/Makefile")
}

identify_tree() {
	[ -d "$KSRC" ] || usage "KSRC=$KSRC is not a directory"
	KSRC=$(cd "$KSRC" && pwd)
	kind=files
	[ ! -e "$KSRC/.git" ] || kind=git
	if [ "$kind" = git ]; then
		why=$(git_user rev-parse HEAD 2>&1) ||
			usage "git cannot read KSRC=$KSRC: $(echo "$why" | head -n 1)"
		# One tree of ours follows the user's from change to change.
		source_id=$KSRC
	elif [ -n "${BASE:-}" ]; then
		usage "KSRC=$KSRC is not a git checkout: it has no revision $BASE"
	fi
	if [ -n "${BASE:-}" ]; then
		identify_revisions
	else
		identify_files
	fi
	[ -n "$version" ] ||
		usage "KSRC=$KSRC is not a Linux tree: its Makefile states no VERSION"
	version=$(echo "$version" | cut -d. -f1,2)
	[ "$kind" = git ] || source_id=$(find "$KSRC" -type f -not -name '*.o' \
		-printf '%P %s %T@\n' | sort | sha256sum)
}

# Set $kind (debian, git or files), $source_name for people, $source_id, the
# $version such as 7.3, and the $base_tree and $new_tree of two revisions.
identify_source() {
	base_tree=
	new_tree=
	if [ -n "${KSRC:-}" ]; then
		identify_tree
	else
		identify_debian
	fi
}

# Print the id of the user's tracked files as they are now, as a tree in our
# own repository.
snapshot() {
	index=$tree/snapshot.index
	cp "$(git_user rev-parse --path-format=absolute --git-path index)" "$index"
	(
		export GIT_INDEX_FILE="$index"
		export GIT_OBJECT_DIRECTORY="$gitdir/objects"
		export GIT_ALTERNATE_OBJECT_DIRECTORIES="$objects"
		git_user add -u && git_user write-tree
	)
	rm -f "$index"
}

# --- what every kernel carries ------------------------------------------------

# Patches that make an architecture a better place to measure in. Each kernel
# has them, baseline or not, if they apply to the source of both; build.json
# says so.
find_carried() {
	carried=
	[ "$arch" != uml ] || [ "${CARRY:-1}" = 0 ] ||
		carried=$(ls "$TOP"/kernel-patches/um/0*.patch)
}

# carry GIT-APPLY-OPTION...: apply them, all or none.
carry() {
	# shellcheck disable=SC2086 # a list of files
	[ -n "$carried" ] && git_src apply --check "$@" $carried 2>/dev/null &&
		git_src apply "$@" $carried
}

# Print the id of the tree $1 of the user's with these patches in it.
tree_with_carried() {
	(
		export GIT_INDEX_FILE="$tree/carried.index"
		git_src read-tree "$1" && carry --cached && git_src write-tree
	)
}

# Of a git checkout, set $base_carries and $new_carries, what is built in place
# of $base_tree and $new_tree; leave $carried empty if one of them cannot.
carry_revisions() {
	base_carries=$base_tree
	new_carries=$new_tree
	[ -n "$carried" ] || return 0
	if base_with=$(tree_with_carried "$base_tree") &&
	   { [ -z "$new_tree" ] ||
	     new_with=$(tree_with_carried "$new_tree"); }; then
		base_carries=$base_with
		[ -z "$new_tree" ] || new_carries=$new_with
	else
		carried=
	fi
	rm -f "$tree/carried.index"
}

# Make $src, once for each $tree; of a git checkout, set $base_tree if no
# revision was asked for.
unpack() {
	if [ ! -e "$tree/.unpacked" ]; then
		need_room 3000
		rm -rf "$tree"
		mkdir -p "$src"
		say UNPACK "$source_name"
		case $kind in
		debian)	linux_unpack "$deb" "$src" ;;
		files)	tar -C "$KSRC" --exclude='*.o' --exclude='*.cmd' \
				--exclude=./.config -cf - . | tar -xf - -C "$src" ;;
		esac
		git_src init -q
		[ "$kind" = git ] || carry || touch "$tree/.carries-nothing"
		touch "$tree/.unpacked"
	fi
	[ ! -e "$tree/.carries-nothing" ] || carried=
	if [ "$kind" = git ]; then
		objects=$(git_user rev-parse --path-format=absolute \
			--git-path objects)
		echo "$objects" >"$gitdir/objects/info/alternates"
		[ -n "$base_tree" ] || base_tree=$(snapshot)
		carry_revisions
	fi
}

cannot_check_out() {
	die "cannot check out $1 of KSRC=$KSRC" \
	    "is it a partial clone, or were its objects pruned?"
}

# Bring $src to the source without any patch, with what git needs to know of
# it to apply those of "$@".
at_base() {
	if [ "$kind" = git ]; then
		git_src tag -f base "$(git_src commit-tree -m "$source_name" \
			"$base_carries")" >/dev/null && go_to_base ||
			cannot_check_out "${BASE:-the tracked files}"
	else
		go_to_base
		[ $# -eq 0 ] || track "$@"
	fi
}

# apply_series PATCH...: those of $series_dir
apply_series() {
	if ! git_src am -q "$@" >>"$log" 2>&1; then
		git_src am --show-current-patch=diff 2>/dev/null |
			git_src apply --check - 2>&1 | head -n 10 >&2 || true
		go_to_base
		die "the series in $series_dir does not apply to Linux $version" \
		    "see $log"
	fi
}

apply_extra() {
	for p; do
		git_src apply --index "$p" || {
			go_to_base
			die "$p does not apply to Linux $version"
		}
	done
}

# Apply NEW, or the $patches of the series; then the $extra ones.
apply_change() {
	if [ -n "$new_tree" ]; then
		git_src read-tree --reset -u "$new_carries" ||
			cannot_check_out "$NEW"
	elif [ -n "$patches" ]; then
		# shellcheck disable=SC2086 # a list of files
		apply_series $patches
	fi
	# shellcheck disable=SC2086
	apply_extra $extra
}

# Print what NEW changes.
revision_diff() {
	git_user diff-tree -p --binary --no-ext-diff --no-textconv \
		"$base_tree" "$new_tree"
}

# List NEW, or the patches "$@", as describe reads it.
list_change() {
	if [ -n "$new_tree" ]; then
		printf '%s\t%s (%s) over %s\n' \
			"$(revision_diff | git patch-id --stable |
				cut -d' ' -f1)" \
			"$NEW" "$(git_user rev-parse --short=12 "$NEW")" "$BASE"
	fi
	list_patches "$@"
}
