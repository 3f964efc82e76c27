#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fpbench bisect without a kernel: what it refuses, what it leaves alone, and what
# it does if nothing boots. The tree is one of two files in place of Linux.
. "$(dirname "$0")/tap.sh"

f=$(realpath "${FPBENCH:-build/fpbench}")
export FPBENCH_CACHE="$tmp/cache" JOBS=1
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t \
	GIT_COMMITTER_EMAIL=t@t
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
tree=$tmp/linux
results=$tmp/results

# refused NAME TEXT ARGUMENT...: status 2, one line with TEXT in it
refused() {
	name=$1 text=$2
	shift 2
	case " $* " in
	*" --resume "*) ;;
	*) set -- -r "$results" "$@" ;;
	esac
	ok "$name: status 2" status_is 2 "$f" bisect "$@"
	ok "$name: says why" says "$text"
	ok "$name: in one line" one_line
}

tree_git() {
	git -C "$tree" "$@"
}

# What must be as it was.
checkout_state() {
	tree_git status --porcelain
	tree_git worktree list
	tree_git for-each-ref
	tree_git rev-parse HEAD
	ls -A "$tree" "$tree/.git"
	cat "$tree/fs/fuse/f.c"
}

# commit TEXT: the program that stands for the kernel prints it
commit() {
	printf '#include <stdio.h>\nint main(void)\n{\n\tputs("%s");\n}\n' \
		"$1" >"$tree/fs/fuse/f.c"
	tree_git add -A
	tree_git commit -qm "$1"
}

mkdir -p "$tree/fs/fuse"
touch "$tree/Kbuild"
cat >"$tree/Makefile" <<'END'
VERSION = 7
PATCHLEVEL = 3
tinyconfig: ; : >.config
olddefconfig: ; sed -i '/LOST/d; s/=n$$/ is not set/' .config
kernelrelease: ; @echo 7.3.0
linux: fs/fuse/f.c ; $(CC) -o $@ $<
END
printf '/linux\n.config\n' >"$tree/.gitignore"
tree_git init -q
for n in 1 2 3 4; do
	commit "change $n"
	tree_git tag "v$n"
done
tree_git checkout -q -b other v2
commit "another way"
tree_git checkout -q -

# --- what is refused ----------------------------------------------------------

refused "no revision" "needs a Linux tree, a good revision and a bad one" \
	"$tree" v1
refused "a tree that is not there" "$tmp/no is not a git checkout" "$tmp/no" \
	v1 v2
mkdir "$tmp/plain"
refused "a folder" "$tmp/plain is not a git checkout" "$tmp/plain" v1 v2
refused "an unknown revision" "$tree has no commit v9" "$tree" v1 v9
refused "GOOD and BAD the wrong way round" "v4 is not an ancestor of v1" \
	"$tree" v4 v1
ok "and says which commit may be meant" says \
	"git -C $tree merge-base v4 v1"
refused "a branch beside the other" "other is not an ancestor of v4" "$tree" \
	other v4
refused "the same revision twice" "are the same commit" "$tree" v1 v1
refused "an effect of nothing" '--effect "0": must be a percentage from 1 to 50' \
	-e 0 "$tree" v1 v4
refused "a risk of one half" '--risk "50": must be a percentage' --risk 50 \
	"$tree" v1 v4
refused "two regimes" "needs one regime, one workload and one target" \
	--regime cpu,device "$tree" v1 v4
refused "two targets" "needs one regime, one workload and one target" \
	--target fuse,fuse-copy "$tree" v1 v4
refused "raw alone" "needs one regime, one workload and one target" \
	--target raw "$tree" v1 v4
refused "a configuration that is not there" "--config $tmp/no.config" \
	--config "$tmp/no.config" "$tree" v1 v4
refused "a search that is not there" "no search at $tmp/no" --resume "$tmp/no"
refused "a folder that is no search" "no search at $tmp/plain" --resume \
	"$tmp/plain"
refused "a search with other revisions" "takes tree, revisions and plan" \
	--resume "$tmp/plain" "$tree" v1 v4
ok "none of them left a folder" [ ! -e "$results" ]

# --- kernels that do not boot -------------------------------------------------

# Not committed, and so neither lost nor built.
echo "int edited;" >>"$tree/fs/fuse/f.c"
checkout_state >"$tmp/before"
ok "a bad end that does not boot: status 3" status_is 3 "$f" bisect \
	-r "$results" --silence 10s "$tree" v1 v4
ok "says so" says "cannot tell whether"
ok "and which kernel it was" says "a boot of kernel"
checkout_state >"$tmp/after"
ok "the tree is as it was" cmp "$tmp/before" "$tmp/after"
dir=$(echo "$results"/bisect-*)
ok "both revisions were built" [ "$("$dir/kernels/good/linux")" = "change 1" ]
ok "from what was committed" [ "$("$dir/kernels/$(tree_git rev-parse v4 |
	cut -c 1-12)/linux")" = "change 4" ]
ok "the rule was fixed beforehand" grep -qx "until_side = 2.5" "$dir/plan.ini"
ok "with the risk of three revisions" grep -qx "side_risk = 1.66" \
	"$dir/plan.ini"
ok "the verdict is kept" [ "$(jq -r .verdict "$dir/revisions.jsonl")" = skip ]
ok "it goes on from there: status 3" status_is 3 "$f" bisect --resume "$dir"
ok "and does not measure again" [ "$(wc -l <"$dir/revisions.jsonl")" -eq 1 ]

commit "does not build"
echo "int main(" >"$tree/fs/fuse/f.c"
tree_git commit -qam "does not build"
ok "a bad end that does not build: status 3" status_is 3 "$f" bisect \
	-r "$results" "$tree" v1 HEAD
ok "says so, too" says "it does not build"

# --- no room ------------------------------------------------------------------

mkdir "$tmp/bin"
printf '#!/bin/sh\necho "Filesystem 1M-blocks Used Available"\necho "x 9 9 12 9%% /"\n' \
	>"$tmp/bin/df"
chmod +x "$tmp/bin/df"
tree_git commit -q --allow-empty -m "no room"
export FPBENCH_CACHE="$tmp/other"
ok "a full disk: status 77" status_is 77 env "PATH=$tmp/bin:$PATH" "$f" bisect \
	-r "$results" "$tree" v1 v4
ok "says how much is missing" says "only 12 MiB are free for $tmp/other"
ok "and how to go on" says "bisect --resume "
tap_end
