#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The manual names every option, mode and capability that the program has.
top=$(cd "$(dirname "$0")/../.." && pwd)
fpfs=${FPFS:-$top/build/fpfs}
page=$top/daemon/fpfs.8
n=0
failed=0

result() {	# result STATUS NAME
	n=$((n + 1))
	[ "$1" -eq 0 ] || { printf 'not '; failed=1; }
	echo "ok $n - $2"
}

# As troff writes them: \-\-ready\-fd
escaped() {
	printf '%s\n' "$1" | sed 's/-/\\-/g'
}

options=$("$fpfs" --help | sed -n 's/^ .*\(--[a-z-]*\).*/\1/p' | sort -u)
modes=$("$fpfs" --help | sed -n '/^Modes:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
caps=$(sed -n '/uint64_t needed_caps =/,/;/p' "$top/daemon/cred.c" |
	grep -o 'CAP(CAP_[A-Z_]*)' | sed 's/CAP(\(.*\))/\1/')
echo "1..$(printf '%s\n' "$options" "$modes" "$caps" | wc -l)"
for o in $options; do
	grep -qF -e "$(escaped "$o")" "$page"
	result $? "the manual has $o"
done
for m in $modes; do
	grep -qx "\.B $m" "$page"
	result $? "the manual explains mode $m"
done
for c in $caps; do
	grep -q "$c" "$page"
	result $? "the manual names $c"
done
exit $failed
