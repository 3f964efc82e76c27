# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # of fleet.sh and share.sh
# The mutants of the series: they are built here, and hosts run cases on them. Each part
# tries the series itself first, and fails if that does. OPTIONs are names of mutants, the
# environment is that of bench/check/mutants.sh. Prints its table. Status: 1 if a mutant
# survived.
ext=table

stage_files() {
	run bench/check/mutants.sh --build build/fpbench build/kernels "$@" \
		>"$stage/mutants" || exit
	while read -r m; do
		kernels="$kernels mutant-$m$SUFFIX"
	done <"$stage/mutants"
	copy bench/check/mutants.sh "$SET"
	echo "export$(quoted BUILT=1 EXTRA= SET="$SET" SUFFIX="$SUFFIX" \
		CASES="${CASES:-}")" >"$stage/environment"
}

prepare() {
	most=$(wc -l <"$stage/mutants")
}

share() {
	mutants=$(slice mutants) || return
	# shellcheck disable=SC2086 # a list
	bench/check/mutants.sh build/fpbench build/kernels $mutants >"$work/table"
	set -- $?
	[ "$1" -le 1 ] || {
		tail -n 5 "$work/table" >&2
		return "$1"
	}
	mv "$work/table" "$file"
}

gather() {
	# The head of each is the name of the set, the columns, and the series itself.
	awk 'FNR <= 3 && FNR != NR { next }
		/^[0-9]+ mutants, / { n += $1; survived += $3; next }
		{ print }
		END {
			printf "%d mutants, %d surviving\n", n, survived
			exit survived > 0
		}' "$@"
	status=$?
}
