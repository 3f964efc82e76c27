#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# mutants.sh FPBENCH KERNELS [MUTANT...]: checks that the correctness suite
# notices mistakes in the series. Builds the series with one mistake of
# kernel-patches/test/mutants at a time and runs the cases of the lock on it
# until one fails. Prints a table; status 0 only if every mutant was caught, and
# the series itself was not.
#
# The environment is that of bench/kernels/build.sh. ORIGIN and SUFFIX are what
# its --origin and --suffix print.
set -u
cd "$(dirname "$0")/../.." || exit 4

fpbench=$1
kernels=$2
shift 2
origin=${ORIGIN:-}
suffix=${SUFFIX:-}
mutants=kernel-patches/test/mutants
# The two that need no counters come first: a lock shows by its effect.
cases="in_flight recheck_in_flight eof_edge recheck overwrite no_pdw o_append
	extend buffered append h1_set_ids h1_set_ids_naive h1_capability
	h1_recheck_set_ids h1_recheck_capability h8_close_aio h8_close_uring"
tap=$(mktemp) || exit 4
trap 'rm -f "$tap"' EXIT
trap 'exit 130' INT TERM

# try NAME: status of the suite on that kernel, TAP in $tap
try() {
	# shellcheck disable=SC2086 # a list
	"$fpbench" check --stop --jobs=1 --format=tap \
		-k "$1=$kernels/$1$suffix" -o "$tap" $cases 2>"$tap.log"
	status=$?
	if [ $status -gt 1 ]; then
		tail -n 5 "$tap.log" >&2
	fi
	rm -f "$tap.log"
	return $status
}

printf '%-24s %-18s %s\n' mutant 'caught by' how
if ! try check-patched; then
	printf '%-24s %s\n' '(none)' "the series itself fails: no verdict"
	grep -A1 '^not ok' "$tap"
	exit 4
fi
printf '%-24s %s\n' '(none)' 'passes'

[ $# -gt 0 ] || set -- "$mutants"/*.patch
caught=0
survived=0
for m; do
	m=$(basename "$m" .patch)
	if [ ! -f "$mutants/$m.patch" ]; then
		echo "fpbench: no such mutant: $mutants/$m.patch" >&2
		exit 2
	fi
	NAME=mutant-$m$origin \
		EXTRA="kernel-patches/test/branches.patch $mutants/$m.patch" \
		bench/kernels/build.sh "$kernels" || exit 4
	try "mutant-$m"
	case $? in
	0)	survived=$((survived + 1))
		printf '%-24s %s\n' "$m" SURVIVED ;;
	1)	caught=$((caught + 1))
		case=$(sed -n 's/^not ok [0-9]* - \([^ ]*\) on .*/\1/p' "$tap" |
			head -n 1)
		how=$(sed -n 's/^# fail: //p' "$tap" | head -n 1)
		printf '%-24s %-18s %s\n' "$m" "$case" "$how" ;;
	130)	exit 130 ;;
	*)	echo "fpbench: mutant $m could not be tried" >&2
		exit 4 ;;
	esac
done
echo "$caught caught, $survived surviving"
[ $survived -eq 0 ]
