# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # of fleet.sh and share.sh
# The sessions that tell how often verdicts are right: parts are sets of them, and each
# finds out on its host what a planted loop costs. OPTIONs are those of
# bench/calibration/sessions.sh except --part. Prints the table. Environment:
#
#   DATA=FILE	the new file for the sessions
#   LOAD=1 BACKEND=NAME PLAN=FILE	as for sessions.sh
ext=jsonl
# All parts take about as long.
limit=1000%

stage_files() {
	if [ -e "$DATA" ]; then
		echo "fpbench: calibration: $DATA exists, and with HOSTS= the" \
			"sessions need a new file (DATA=)" >&2
		exit 2
	fi
	# Whatever is wrong with the options is said here, once.
	build/fpbench calibration --next="$kernels" "$@" "$DATA" >/dev/null ||
		exit 2
	copy bench/calibration/sessions.sh
	cp "${PLAN:-bench/calibration/session.ini}" "$stage/plan.ini" || exit 2
	echo "export$(quoted LOAD="${LOAD:-}" BACKEND="${BACKEND:-}" PLAN=plan.ini)" \
		>"$stage/environment"
}

prepare() {
	most=100
	for o; do
		case $o in
		--sessions=*) most=${o#*=} ;;
		esac
	done
	words=$(quoted "$kernels" "$@")
}

share() {
	kernel=$1
	shift
	# It ends its load by SIGTERM, which a part ignores.
	env --default-signal=TERM bench/calibration/sessions.sh "$kernel" "$file" \
		--part="$part/$parts" "$@"
}

gather() {
	cat "$@" >"$fleet/sessions"
	build/fpbench calibration "$fleet/sessions" || exit
	[ "$missing" -gt 0 ] || mv "$fleet/sessions" "$DATA" || exit 4
}
