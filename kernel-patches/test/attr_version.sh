#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# attr_version.sh: looks at every order in which attr_version.pml can run: no
# invalidation may be lost, and one must be without any of the barriers and
# comparisons. Prints TAP.
set -eu
model=$(cd "$(dirname "$0")" && pwd)/attr_version.pml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"
n=0
failed=0

# verdict DEFINE: print whether the model, with that defined, loses one.
verdict() {
	rm -f ./*.trail
	spin -a -D"$1" "$model" >log 2>&1 &&
		gcc -O2 -w -DSAFETY -DCOLLAPSE -DMEMLIM=1000 -o pan pan.c >>log 2>&1 &&
		./pan -m100000 >>log 2>&1 || :
	case $(cat log) in
	*"assertion violated"*)	echo lost ;;
	*"max search depth too small"*|*"memory bound"*)
				echo "no verdict" ;;
	*"errors: 0"*)		echo "none lost" ;;
	*)			echo "no verdict" ;;
	esac
}

# expect WHAT WANTED DEFINE
expect() {
	n=$((n + 1))
	got=$(verdict "$3")
	if [ "$got" = "$2" ]; then
		echo "ok $n - $1: $got"
	else
		echo "not ok $n - $1: $got, expected: $2"
		tail -n 5 log | sed 's/^/# /'
		failed=1
	fi
}

expect "as in the patch" "none lost" AS_PATCHED
for part in $(sed -n 's/^#ifn*def \([A-Z_]*\)$/\1/p' "$model"); do
	expect "$part" lost "$part"
done
echo "1..$n"
exit $failed
