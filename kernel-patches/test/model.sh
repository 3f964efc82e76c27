#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# model.sh [MODEL...]: looks at every order in which the models here can run.
# Each must hold as it is, and fail with any of the words defined that it has
# behind #ifdef or #ifndef. Prints TAP.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- lock_decision attr_version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"
n=0
failed=0

# verdict MODEL DEFINE: print whether the model holds with that defined.
verdict() {
	rm -f ./*.trail
	spin -a -D"$2" "$here/$1.pml" >log 2>&1 &&
		gcc -O2 -w -DSAFETY -DCOLLAPSE -DMEMLIM=1000 -o pan pan.c >>log 2>&1 &&
		./pan -m100000 >>log 2>&1 || :
	case $(cat log) in
	*"assertion violated"*|*"invalid end state ("*)
				echo fails ;;
	*"max search depth too small"*|*"memory bound"*)
				echo "no verdict" ;;
	*"errors: 0"*)		echo holds ;;
	*)			echo "no verdict" ;;
	esac
}

# expect MODEL WANTED DEFINE
expect() {
	n=$((n + 1))
	got=$(verdict "$1" "$3")
	if [ "$got" = "$2" ]; then
		echo "ok $n - $1, $3: $got"
	else
		echo "not ok $n - $1, $3: $got, expected: $2"
		tail -n 5 log | sed 's/^/# /'
		failed=1
	fi
}

for model; do
	expect "$model" holds AS_PATCHED
	for part in $(sed -n 's/^#ifn*def \([A-Z_]*\)$/\1/p' "$here/$model.pml" |
		      sort -u); do
		expect "$model" fails "$part"
	done
done
echo "1..$n"
exit $failed
