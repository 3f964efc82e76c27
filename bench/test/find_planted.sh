#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# find_planted.sh [-n COMMITS] [-a AT] [-t TRIES] [-l LOOPS] [OPTION...]: checks
# that "fpbench bisect" finds a commit that is known to be slower. Makes a Linux
# tree of COMMITS commits (default: 64) of which the AT-th (default: a random one)
# has each passthrough write count down from LOOPS (default: 3000, which costs 6 %
# where a write takes 10 us), and the others change nothing; TRIES times (default:
# once). OPTIONs are those of "fpbench bisect".
#
# Environment: FPBENCH, the program (default: build/fpbench); RESULTS, the folder for
# the searches (default: results).
#
# Status: 0 if it was found each time, 1 if not.
. "$(dirname "$0")/../../bench/deps/lib.sh"
. "$TOP/bench/kernels/linux.sh"

unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_OBJECT_DIRECTORY
export GIT_AUTHOR_NAME=fpbench GIT_AUTHOR_EMAIL=fpbench@localhost \
	GIT_COMMITTER_NAME=fpbench GIT_COMMITTER_EMAIL=fpbench@localhost

commits=64
at=
tries=1
loops=3000
while getopts n:a:t:l: o; do
	case $o in
	n) commits=$OPTARG ;;
	a) at=$OPTARG ;;
	t) tries=$OPTARG ;;
	l) loops=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))

fpbench=${FPBENCH:-build/fpbench}
results=${RESULTS:-results}
tree=$CACHE/bisect-$linux_default
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

tree_git() {
	git -C "$tree" -c gc.auto=0 -c core.autocrlf=false "$@"
}

# The history begins with all of Linux. "fpbench bisect" needs no files.
import() {
	rm -rf "$tree"
	mkdir -p "$tree"
	deb=$(linux_deb "$linux_default") || exit
	say UNPACK "$(basename "$deb" .deb)"
	linux_unpack "$deb" "$tree"
	say COMMIT "all of it, which takes a minute"
	tree_git init -q
	tree_git add -A -f
	tree_git commit -q -m "Linux $linux_default"
	tree_git tag import
	find "$tree" -mindepth 1 -maxdepth 1 -not -name .git -exec rm -rf {} +
}

# commit FILE SUBJECT: what FILE is in $work now, on top of $head.
commit() {
	blob=$(tree_git hash-object -w "$work/$1")
	tree_git update-index --cacheinfo "100644,$blob,$1"
	head=$(tree_git commit-tree -p "$head" -m "$2" \
		"$(tree_git write-tree)")
}

# change N FILE: nothing that a compiler makes code of.
change() {
	if [ $(($1 % 2)) -eq 0 ]; then
		printf '\n/* Change %d says nothing. */\n' "$1" >>"$work/$2"
	else
		printf '\nstatic inline int fuse_change_%d(void)\n{\n\treturn %d;\n}\n' \
			"$1" "$1" >>"$work/$2"
	fi
	commit "$2" "fuse: change $1"
}

# plant N
plant() {
	f=fs/fuse/passthrough.c
	sed -i '/^ssize_t fuse_passthrough_write_iter/,/^}/{
		/^	inode_lock(inode);/a\
	for (unsigned int n = '"$loops"'; n; n--)\
		OPTIMIZER_HIDE_VAR(n);
	}' "$work/$f"
	grep -q "n = $loops;" "$work/$f" ||
		die "fuse_passthrough_write_iter() of Linux $linux_default is not as expected"
	commit $f "fuse: change $1, count down from $loops in each passthrough write"
	planted=$head
}

# Set $head to the last of the commits, and $planted.
make_history() {
	rm -rf "$work/fs"
	tree_git archive import fs/fuse | tar -xf - -C "$work"
	export GIT_INDEX_FILE="$work/index"
	tree_git read-tree import
	head=$(tree_git rev-parse 'import^{commit}')
	n=0
	while [ $n -lt "$commits" ]; do
		for f in dev dir file inode passthrough xattr; do
			[ $n -lt "$commits" ] || break
			n=$((n + 1))
			if [ $n -eq "$at_now" ]; then
				plant $n
			else
				change $n fs/fuse/$f.c
			fi
		done
	done
	unset GIT_INDEX_FILE
	tree_git update-ref refs/heads/planted "$head"
}

lock "bisect-$linux_default"
tree_git rev-parse -q --verify import >/dev/null 2>&1 || import

found=0
try=0
while [ $try -lt "$tries" ]; do
	try=$((try + 1))
	at_now=${at:-$(shuf -i "1-$commits" -n 1)}
	make_history
	status=0
	"$fpbench" bisect -r "$results" "$@" "$tree" import planted \
		>"$work/out" || status=$?
	cat "$work/out"
	[ $status -ne 130 ] || exit 130
	first=$(sed -n 's/^First bad commit: \([0-9a-f]*\) .*/\1/p' "$work/out")
	if [ -n "$first" ] && [ "${planted#"$first"}" != "$planted" ]; then
		found=$((found + 1))
		what=found
	elif [ -n "$first" ]; then
		what="WRONG, that is $first"
	else
		what="not found (status $status)"
	fi
	echo "try $try: planted in commit $at_now of $commits: $what"
done
echo "$found of $tries found"
[ $found -eq "$tries" ]
