# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # of fleet.sh and share.sh
# A run: parts are shards of it, and fpbench merge makes one run of them, whose path is
# printed. OPTIONs are those of "fpbench run". Without --rounds or a plan the number of
# rounds is multiplied by that of the hosts. Environment:
#
#   PLAN=FILE JOB=FILE	files that OPTIONs name
ext=tar.zst
# All parts take about as long.
limit=1000%

# In the stage the user's files have fixed names.
stage_files() {
	[ -z "${PLAN:-}" ] || cp "$PLAN" "$stage/plan.ini" || exit 2
	[ -z "${JOB:-}" ] || cp "$JOB" "$stage/job.fio" || exit 2
}

# Whatever is wrong with the options is said here, once.
plan() {
	(top=$PWD && cd "$stage" &&
		"$top/build/fpbench" run --dry-run --shard=1/1 "$@") \
		>"$fleet/plan" || exit
	rounds=$(sed -n 's/^rounds = //p' "$fleet/plan")
}

prepare() {
	# A later option overrides an earlier one.
	grep -qs '^seed' "${PLAN:-}" ||
		set -- --seed="$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')" "$@"
	for o; do
		shift
		case $o in
		"${PLAN:-/}") o=plan.ini ;;
		"--job=${JOB:-/}") o=--job=job.fio ;;
		esac
		set -- "$@" "$o"
	done
	plan "$@"
	case "${PLAN:-} $*" in
	" "*--rounds=*|[!\ ]*) ;;
	*)	set -- --rounds=$((rounds * nhosts)) "$@"
		plan "$@" ;;
	esac
	nkernels=$(grep -c '^round 1: boot' "$fleet/plan")
	most=$(((rounds + nkernels - 1) / nkernels))
	words=$(quoted "$@")
}

# What was measured is packed, also if the rest has failed.
share() {
	build/fpbench run -r "$work" --shard="$part/$parts" "$@"
	set -- $?
	if [ -e "$work/latest" ]; then
		build/fpbench pack -o "$file" "$(readlink -f "$work/latest")" \
			2>"$work/log" || cat "$work/log" >&2
	fi
	return "$1"
}

gather() {
	run=$(build/fpbench merge -r "$results" "$@") || {
		[ "$missing" -gt 0 ] || exit
		return 0
	}
	echo "$run"
	[ "$missing" -eq 0 ] || return 0
	# They have what boots left; the merged run has not.
	rm -rf "$fleet/stage"
	mv "$fleet" "$results/.shards-$(basename "$run")"
}
