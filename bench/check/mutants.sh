#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# mutants.sh [--build] FPBENCH KERNELS [MUTANT...]: checks that the correctness suite
# notices mistakes in the series. Builds the series with one mistake of the
# folder SET at a time and runs cases on it until one fails: those that the
# mutant names by lines "Case: NAME", or the cases of the lock. Then it runs the
# schedule that the mutant names. Prints a table; status 0 only if every mutant
# was caught, and the series itself was not.
#
# The environment is that of bench/kernels/build.sh; the mutants are on top of
# EXTRA. ORIGIN and SUFFIX are what its --origin and --suffix print.
# CASES="NAME...": these in place of all others. --build: builds all of these kernels,
# prints their names, and tries none; BUILT=1: they are built.
set -u
cd "$(dirname "$0")/../.." || exit 4

only_build=
if [ "$1" = --build ]; then
	only_build=1
	shift
fi
fpbench=$1
kernels=$2
shift 2
origin=${ORIGIN:-}
suffix=${SUFFIX:-}
base=$EXTRA
mutants=$SET
# The two that need no counters come first: a lock shows by its effect.
lock_cases="in_flight recheck_in_flight eof_edge recheck begin_together overwrite
	no_pdw o_append extend buffered append h1_set_ids h1_set_ids_naive h1_capability
	h1_recheck_set_ids h1_recheck_capability h8_close_aio h8_close_uring
	order_writers order_others order_naive"
tap=$(mktemp) || exit 4
trap 'rm -f "$tap"' EXIT
trap 'exit 130' INT TERM

# value_of KEY MUTANT: what its line "KEY: ..." says
value_of() {
	sed -n '/^---$/q; s/^'"$1"': //p' "$mutants/$2.patch"
}

# cases_for MUTANT...: what may catch them, each once
cases_for() {
	for one; do
		named=$(value_of Case "$one")
		echo "${CASES:-${named:-$lock_cases}}"
	done | tr -s '[:space:]' '\n' | awk '!seen[$0]++'
}

# try NAME ARGUMENT...: status of the suite on that kernel, TAP in $tap
try() {
	kernel=$1
	shift
	"$fpbench" check --stop --jobs=1 --format=tap \
		-k "$kernel=$kernels/$kernel$suffix" -o "$tap" "$@" 2>"$tap.log"
	status=$?
	if [ $status -gt 1 ]; then
		tail -n 5 "$tap.log" >&2
	fi
	rm -f "$tap.log"
	return $status
}

# tell WHAT STATUS: the row of what was tried last
tell() {
	case $2 in
	0)	survived=$((survived + 1))
		printf '%-26s %s\n' "$1" SURVIVED ;;
	1)	case=$(sed -n 's/^not ok [0-9]* - \([^ ]*\) on .*/\1/p' "$tap" |
			head -n 1)
		how=$(sed -n 's/^# fail: //p' "$tap" | head -n 1)
		printf '%-26s %-18s %s\n' "$1" "$case" "$how" ;;
	130)	exit 130 ;;
	*)	echo "fpbench: mutant $m could not be tried" >&2
		exit 4 ;;
	esac
}

# build MUTANT
build() {
	NAME=mutant-$1$origin EXTRA="$base $mutants/$1.patch" \
		bench/kernels/build.sh "$kernels" || exit 4
}

[ $# -gt 0 ] || set -- "$mutants"/*.patch
for m; do
	shift
	m=$(basename "$m" .patch)
	if [ ! -f "$mutants/$m.patch" ]; then
		echo "fpbench: no such mutant: $mutants/$m.patch" >&2
		exit 2
	fi
	set -- "$@" "$m"
done

if [ -n "$only_build" ]; then
	for m; do
		build "$m" >&2
		echo "$m"
	done
	exit
fi

echo "$mutants:"
printf '%-26s %-18s %s\n' mutant 'caught by' how
# shellcheck disable=SC2046 # a list
if ! try check-patched $(cases_for "$@"); then
	printf '%-26s %s\n' '(none)' "the series itself fails: no verdict"
	grep -A1 '^not ok' "$tap"
	exit 4
fi
printf '%-26s %s\n' '(none)' 'passes'

survived=0
for m; do
	[ -n "${BUILT:-}" ] || build "$m"
	# shellcheck disable=SC2046 # a list
	try "mutant-$m" $(cases_for "$m")
	tell "$m" $?
	schedule=$(value_of Schedule "$m")
	[ -n "$schedule" ] || continue
	try "mutant-$m" --schedule="${schedule#* }" "${schedule% *}"
	tell "  $schedule" $?
done
echo "$# mutants, $survived surviving"
[ $survived -eq 0 ]
