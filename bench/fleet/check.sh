# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # of fleet.sh and share.sh
# The correctness suite: each part is a subset of its cases. OPTIONs are those of
# "fpbench check". Prints the report of all cases, which is in RESULTS/check-DATE with
# those of the parts and the consoles. If parts are missing, RESULTS/latest-check stays
# what it was. Environment:
#
#   CASES="NAME..."	these cases
#   FORMAT=text|tap	the form of the report
#
# Status: 1 if a case failed anywhere, 3 if one passed that should not.
ext=tar.gz

stage_files() {
	case " $* " in
	*" -o"*|*" --output"*|*" -l "*|*" --list "*|*" -f"*|*" --format"*)
		echo "fpbench: check: --output, --format and --list cannot be" \
			"combined with HOSTS=" >&2
		echo "fpbench: hint: FORMAT=tap, or results/latest-check/report.tap" >&2
		exit 2 ;;
	esac
	case ${FORMAT:-text} in
	text|tap) ;;
	*)	echo "fpbench: check: FORMAT=$FORMAT cannot be combined with" \
			"HOSTS=: text or tap" >&2
		exit 2 ;;
	esac
	# shellcheck disable=SC2086 # a list
	build/fpbench check --list "$@" ${CASES:-} >"$stage/cases" || exit
	sed -i 's/ .*//' "$stage/cases"
}

prepare() {
	most=$(wc -l <"$stage/cases")
}

# A case that fails has been carried out: only what could not be is tried again.
share() {
	top=$PWD
	cases=$(slice cases) || return
	# shellcheck disable=SC2086 # a list
	(cd "$work" && "$top/build/fpbench" check "$@" $cases)
	set -- $?
	case $1 in
	0|1|3)	tar -C "$work/results/latest-check/" -czf "$file" . ;;
	*)	return "$1" ;;
	esac
}

# all NAME: the reports of all parts, one after the other
all() {
	for i in $(seq "$n"); do
		cat "$dir/part-$i/report.$1" 2>/dev/null
	done
}

gather() {
	[ "$missing" -lt "$n" ] || return 0
	dir=$results/check-$(date -u +%Y%m%dT%H%M%SZ)-$$
	mkdir -p "$dir" || exit 4
	for file; do
		i=$(basename "$file" ".$ext")
		mkdir "$dir/part-$i" && tar -C "$dir/part-$i" -xzf "$file" ||
			exit 4
		# The same in all.
		cp "$dir/part-$i/kernels.json" "$dir"
	done
	all tap | awk '
		/^1\.\./ { next }
		/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) }
		{ print }
		END { print "1.." n + 0 }' >"$dir/report.tap"
	all text | awk '
		function some(n, what, end) {
			return n " " what (n == 1 ? "" : end)
		}
		/^[0-9]+ passed, [0-9]+ failed, / {
			passed += $1; failed += $3; skipped += $5
			known += $7; unexpected += $10
			next
		}
		{ print }
		END {
			printf "%d passed, %d failed, %d skipped, %s, %s\n",
				passed, failed, skipped,
				some(known + 0, "known failure", "s"),
				some(unexpected + 0, "unexpected pass", "es")
			exit failed ? 1 : unexpected ? 3 : 0
		}' >"$dir/report.text"
	status=$?
	if [ "$missing" -gt 0 ]; then
		echo "# $missing of $n parts are missing" |
			tee -a "$dir/report.tap" >>"$dir/report.text"
	else
		ln -sfn "$(basename "$dir")" "$results/latest-check"
	fi
	cat "$dir/report.${FORMAT:-text}"
	echo "fpbench: Consoles and reports: $dir" >&2
}
