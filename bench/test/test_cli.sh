#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Wrong input to the command line: one clear line and the documented status.
# No guest is booted.
. "$(dirname "$0")/tap.sh"

# bad NAME TEXT ARG...: status 2, one line, and TEXT in it.
bad() {
	name=$1 text=$2
	shift 2
	ok "$name: status 2" status_is 2 "$f" "$@"
	ok "$name: says why" says "$text"
	ok "$name: in one line" one_line
}

printf '[sweep]\nrounds = 3\nnumjob = 4\n' >"$tmp/key.ini"
printf '[sweeep]\nrounds = 3\n' >"$tmp/section.ini"
printf '[sweep]\n\n\nrounds = many\n' >"$tmp/value.ini"
printf '[sweep]\nwhat is this\n' >"$tmp/noise.ini"
printf '[sweep]\nrounds = 3\n\nrounds = 4\n' >"$tmp/twice.ini"

ok "no command: status 2" status_is 2 "$f"
ok "--help: status 0" status_is 0 "$f" --help
ok "--version: status 0" status_is 0 "$f" --version
for c in run table plot compare pack replicate bisect probe exec list doctor clean agent; do
	ok "$c --help: status 0" status_is 0 "$f" $c --help
	bad "$c with an unknown option" "--no-such-option" $c --no-such-option
done
bad "unknown command" 'unknown command "frobnicate"' frobnicate
bad "unknown plan key" "$tmp/key.ini:3: unknown key \"numjob\"" \
	run "$tmp/key.ini"
bad "unknown section" "$tmp/section.ini:2: unknown section \"sweeep\"" \
	run "$tmp/section.ini"
bad "bad value in a plan" "$tmp/value.ini:4: rounds" run "$tmp/value.ini"
bad "noise in a plan" "$tmp/noise.ini:2:" run "$tmp/noise.ini"
bad "a plan key twice" "$tmp/twice.ini:4: rounds: set in line 2 already" \
	run "$tmp/twice.ini"
bad "missing plan" "cannot read plan $tmp/none.ini" run "$tmp/none.ini"
bad "bad --numjobs" '--numjobs' run --numjobs 1,two
bad "a blank in a number" '--rounds: "3 4": must be a number' \
	run --rounds "3 4"
ok "make keeps it in one word" sh -c \
	"env -u MAKEFLAGS make -n bench ROUNDS='3 4' | grep -qFe \"--rounds='3 4'\""
bad "a number of jobs twice" '"2" is given twice' run --numjobs 2,4,2
bad "unknown backend" 'unknown backend "kvm"' run --backend kvm
bad "bad --set" 'must be SECTION.KEY=VALUE' run --set rounds
bad "a file larger than its device" "do not fit" \
	run --set sweep.filesize=2g --set device.size=1g --set guest.memory=4g
bad "more than one plan" 'unexpected argument "b"' run "$tmp/key.ini" b
bad "kernel without a name" "a name consists of" run --kernel "=$tmp"
bad "kernel that is not there" ": no linux in $tmp/none" \
	run --kernel "k=$tmp/none"
bad "kernel with empty parameters" "kernel k: append= must not be empty" \
	run --kernel "k=$tmp/none,append="
bad "parameters on the host" "the host backend boots no kernel" run --dry-run \
	--backend host --kernel "k=$tmp/none,append=x=1"
bad "missing engine" "no fio engine at $tmp/none" run --engine "$tmp/none"
bad "resume of nothing" "cannot resume" run --resume "$tmp/none"
bad "label without host" "--label" run --label x

long=$(printf '%0200d' 0)
bad "a filesystem without a place" "target fs: mount must be a command with {mnt}" \
	run --dry-run --fs 'bindfs {source}'
bad "one of two filesystems without a place" \
	"kernel baseline-b: fs=: target fs: mount must be a command with {mnt}" \
	run --dry-run --fs 'a=x {mnt}' --fs 'b=y {source}'
bad "a filesystem of too many characters" "--fs: mount: " \
	run --dry-run --fs "x $long {mnt}"
bad "one of two filesystems of too many characters" \
	"is too long: put it into a script" \
	run --dry-run --fs 'a=x {mnt}' --fs "b=x $long {mnt}"
bad "one of two filesystems without a name" "name it by NAME=COMMAND" \
	run --dry-run --fs 'a=x {mnt}' --fs 'y {mnt}'
bad "two filesystems of one name" "two of them are named a" \
	run --dry-run --fs 'a=x {mnt}' --fs 'a=y {mnt}'
bad "several filesystems on the host" "a section [target NAME] for each" \
	run --dry-run --backend host --fs 'a=x {mnt}' --fs 'b=y {mnt}'

bad "a width that is none" '--until-ci: "x": must be a percentage' \
	run --until-ci=x
bad "no time at all" '--max-time: "0": must be a time from 1s' run --max-time=0
bad "a width of one kernel" "until_ci: needs two kernels or more" run \
	--dry-run --backend host --until-ci=3
bad "a width in too few rounds" "until_ci: needs at least 10 rounds for" \
	run --dry-run --rounds=9 --until-ci=3
bad "another width for an old run" "--resume takes plan" run --until-ci=3 \
	--resume "$tmp/none"
ok "next of a wrong option: status 2" status_is 2 "$f" next --foo

bad "probe of no case" 'unknown case "none"' probe --case none
bad "probe never" "--repeat" probe --repeat 0
bad "exec of nothing" "no command given" exec
bad "exec of a sweep" "--set sweep.rounds=3: has no effect here" \
	exec --set sweep.rounds=3 -- true
bad "exec on a device that XFS does not take" \
	"device.size: XFS needs at least 300m, not 256m" \
	exec --set device.size=256m -- true
bad "exec for no time" '--timeout: "0": must be a time' \
	exec --timeout 0 -- true
bad "a case for no time" '--time: "0": must be a time from 1s to 24h, in steps of 1s' \
	check --time=0 differential
bad "a case for more than a day" '--time: "25h": must be a time' \
	check --time=25h differential
bad "check of a device" "has no effect here" check --set device.type=loop
bad "label with a blank" "a name consists of" \
	run --dry-run --backend host --label "a b"
ok "dry run: status 0" status_is 0 "$f" run --dry-run --quick --seed 7
cp "$out" "$tmp/dry1"
ok "dry run: counts samples" says "240 samples"
ok "dry run: again" status_is 0 "$f" run --dry-run --quick --seed 7
ok "dry run: the same seed gives the same order" cmp -s "$out" "$tmp/dry1"
ok "dry run: makes nothing" [ ! -e "$tmp/results" ]

ok "table of no run: status 2" status_is 2 "$f" table "$tmp/none"
ok "list: status 0" status_is 0 "$f" list --results "$tmp/none"
# Beside images of processes that have gone there are folders of users.
others=/dev/shm/fpbench-9999$$
mkdir "$others"
ok "clean: status 0" status_is 0 "$f" clean
ok "clean: leaves the memory of another user's guests" rmdir "$others"
ok "check: lists its cases" status_is 0 "$f" check --list
ok "check: the letter's are among them" says extend_race
ok "check: no such case: status 2" status_is 2 "$f" check nosuch
ok "check: names it" says nosuch
ok "check: no such format: status 2" status_is 2 "$f" check -f yaml
ok "check: a report that cannot be written is said at once" \
	status_is 2 "$f" check -o "$tmp/none/report"
ok "check: jobs have to be a number" status_is 2 "$f" check --jobs=none
for s in truncate truncate/ /AB truncate/ABC; do
	bad "check: --schedule=$s" "--schedule: \"$s\": must be a pair" \
		check --schedule=$s
done
bad "check: --schedule of the whole suite" "needs the name of its case" \
	check --schedule=truncate/ABBBBA
# Each option that --help tells of is in the manual, and each in the manual
# is one of --help's.
for c in run table plot compare pack replicate bisect probe exec check \
	 conform list; do
	"$f" $c --help | grep -oE -e '--[a-z-]+' | sort -u >"$tmp/help"
	while read -r o; do
		case $o in --help | --usage) continue ;; esac
		ok "the manual knows $c $o" \
			grep -qF -e "$(echo "$o" | sed 's/-/\\-/g')" \
			bench/fpbench.1
	done <"$tmp/help"
done
tap_end
