# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154 # $src and $gitdir are the caller's
# Git in an unpacked Linux. Sourced after lib.sh and series.sh, never run.
#
# $src is the work tree and $gitdir its repository, which may lie beside it.
# Of a tree without a history git only knows the files that patches touch: to
# add a whole kernel takes longer than to build one.

unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_OBJECT_DIRECTORY

# git_fixed ARGUMENT...: git, whatever the user has configured.
git_fixed() {
	git -c core.autocrlf=false -c core.hooksPath=/dev/null -c gc.auto=0 \
		-c commit.gpgsign=false "$@"
}

# git_src ARGUMENT...: git in the work tree. It runs there: "git am" wants to.
git_src() {
	(cd "$src" && git_fixed -c user.name=fpbench \
		-c user.email=fpbench@localhost \
		--git-dir="$gitdir" --work-tree=. "$@")
}

# Reset the tree to the tag "base", if there is one, whatever an interrupted
# run left applied.
go_to_base() {
	rm -rf "$gitdir/index.lock" "$gitdir/rebase-apply"
	! git_src rev-parse -q --verify base >/dev/null ||
		git_src reset -q --hard base
}

# track PATCH...: tell git what the files that these patches touch are without
# them. The tree must be at its base.
track() {
	patch_files "$@" | while read -r f; do
		[ ! -e "$src/$f" ] || git_src add -f -- "$f"
	done
	git_src commit -q --allow-empty -m base
	git_src tag -f base >/dev/null
}
