#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fleet.sh KIND HOSTS RESULTS "KERNEL..." OPTION...: shares work that consists of
# independent boots among several machines. HOSTS are names for ssh, separated by commas,
# or a file with one a line. KERNELs are folders in build/kernels. KIND is a file beside
# this one, which says what the parts of the work are:
#
#   stage_files	puts more than programs and kernels into the folder $stage, a copy of
#		which each host gets; share.sh reads $stage/environment
#   prepare	sets $most, the number of parts at most; can set $words, the arguments of
#		share, to others than OPTIONs
#   share	on a host: does part $part of $parts, leaves it in $file (share.sh)
#   $limit	how long a part may take, as parallel's --timeout has it: one that takes
#		longer is killed and tried again. Empty: no limit
#   gather	FILE...: prints what the parts came to that came back, and sets $status if
#		that failed
#
# GNU parallel gives each host one part at a time: which part goes where, retries (on
# another host), timeouts and the log are its own. A host takes part if it gets all files
# and can boot a guest. At the end the files are removed from all hosts that answer. Parts
# that came back stay in RESULTS/.fleet-KEY until all of them have; the KEY is the checksum
# of the programs, kernels, files and OPTIONs, so the same call goes on there, also with
# other HOSTS.
#
#   SSH="ssh ..."	other than ssh
#   BACKEND=NAME	other than uml
#
# Status: that of gather, if it is not 0; 2 for wrong use, 4 if parts are missing or no
# host takes part, 130 after Ctrl-C.
set -u
cd "$(dirname "$0")/../.." || exit 4
here=bench/fleet
kind=$1 hosts=$2 results=$3 kernels=$4
shift 4

child='' fleet='' stage='' brought='' ext='' most='' words='' limit=''
# shellcheck source=bench/fleet/bench.sh
. "$here/$kind.sh"
. "$here/words.sh"
away=.cache/fpbench-fleet/$(uname -n)-$$

# A host that is gone is noticed, and nobody is asked for a password.
export PARALLEL_SSH="${SSH:-ssh} -o BatchMode=yes -o ConnectTimeout=30 \
-o ServerAliveInterval=5 -o ServerAliveCountMax=6"
export RSYNC_RSH="$PARALLEL_SSH -o LogLevel=ERROR" PARALLEL_SHELL=/bin/sh

# --- ending -------------------------------------------------------------------

# run COMMAND...: in a session of its own: Ctrl-C reaches this script alone, which then
# ends the command. The shell sees no signal while it waits for a command in the foreground.
run() {
	env --default-signal=INT setsid "$@" &
	child=$!
	wait $child
	set -- $?
	child=
	return "$1"
}

# on_hosts LIST WHAT COMMAND: runs COMMAND for each host {} of LIST at once. Prints those
# where it succeeded; says WHAT of the others, and the first line of why.
on_hosts() {
	run parallel --jobs 0 --timeout 900 --tag "{ $3; } 2>&1 && echo ok" :::: "$1" \
		>"$fleet/said"
	awk -F '\t' -v what="$2" '
		FILENAME == ARGV[1] {
			sub(/\r.*/, "", $2) # ssh ends lines as on a terminal
			if (!($1 in why))
				why[$1] = $2
			last[$1] = $2
			next
		}
		last[$1] == "ok" { print; next }
		{
			printf "fpbench: fleet: %s %s: %s\n", $1, what,
				($1 in why ? why[$1] : "no answer") >"/dev/stderr"
		}' "$fleet/said" "$1"
}

# A part that is ending holds the lock until it is done. One that was killed has left
# files elsewhere, too, which "fpbench clean" removes.
clean_hosts() {
	[ -e "$fleet/ready" ] || cp "$fleet/hosts" "$fleet/ready"
	on_hosts "$fleet/ready" "keeps its files (~/$away)" "$RSYNC_RSH {} \
		'[ ! -d $away ] || { cd $away && flock -w 120 .lock true && {
			build/fpbench clean >/dev/null 2>&1
			cd && rm -rf $away
		}; }'" >"$fleet/clean"
	[ "$(wc -l <"$fleet/clean")" -eq "$(wc -l <"$fleet/ready")" ] ||
		echo "fpbench: hint: on such a host: cd ~/$away &&" \
			"build/fpbench clean; rm -rf ~/$away" >&2
}

leave() {
	trap '' INT TERM HUP
	[ -z "$brought" ] || clean_hosts
	[ -z "$fleet" ] || [ -s "$fleet/jobs" ] || rm -rf "$fleet"
	[ -z "$stage" ] || rm -rf "$stage"
}

# Which parts have been done: they are logged, and came back.
done_parts() {
	awk -F '\t' 'NR > 1 && $7 == 0 && $8 == 0 { print $1 }' \
		"$fleet/joblog" 2>/dev/null | sort -nu | while read -r i; do
		[ ! -s "$fleet/$i.$ext" ] || echo "$i"
	done
}

interrupted() {
	trap '' INT TERM HUP
	if [ -n "$child" ]; then
		echo "fpbench: interrupted: ending what runs on the hosts" >&2
		kill -INT -- "-$child" 2>/dev/null || kill "$child"
		wait "$child"
	fi
	if [ -n "$fleet" ] && [ -s "$fleet/jobs" ]; then
		echo "fpbench: interrupted: $(done_parts | wc -l) of" \
			"$(wc -l <"$fleet/jobs") parts are done ($fleet)" >&2
		echo "fpbench: hint: run the same command again to continue" >&2
	fi
	exit 130
}
trap leave EXIT
trap interrupted INT TERM HUP

# --- what the hosts need --------------------------------------------------------

# copy FILE...: into the stage, to where it is here, as a real file
copy() {
	for f; do
		mkdir -p "$stage/$(dirname "$f")" &&
			cp -rL "$f" "$stage/$(dirname "$f")" || exit
	done
}

mkdir -p "$results" && stage=$(mktemp -d "$results/.stage-XXXXXX") || exit 4
copy build/fpbench build/fpfs build/fpcheck build/fpnaive build/fpbench-engine.so \
	build/deps/fio/fio "$here/share.sh" "$here/try.sh" "$here/words.sh" "$here/$kind.sh"
stage_files "$@"
for k in $kernels; do
	copy "build/kernels/$k"
done

key=$({
	(cd "$stage" && find . -type f | sort | xargs -d '\n' cksum)
	quoted "$kind" "$@"
} | cksum | cut -d ' ' -f 1)
fleet=$results/.fleet-$key
mkdir -p "$fleet" || exit 4
exec 9>>"$fleet/lock"
flock -n 9 || {
	echo "fpbench: fleet: $fleet is in use by the same command" >&2
	echo "fpbench: hint: wait for it, or end it with Ctrl-C" >&2
	fleet=
	exit 2
}
rm -rf "$fleet/stage"
mv "$stage" "$fleet/stage" || exit 4
stage=$fleet/stage

# --- the parts ------------------------------------------------------------------

if [ -f "$hosts" ]; then
	cat "$hosts"
else
	printf '%s\n' "$hosts" | tr ',' '\n'
fi | awk 'NF && !/^ *#/ && !seen[$0]++' >"$fleet/hosts"
nhosts=$(wc -l <"$fleet/hosts")
[ "$nhosts" -gt 0 ] || {
	echo "fpbench: fleet: HOSTS=$hosts names no host" >&2
	exit 2
}

# Some for each host, so that fast ones take more, and little is lost with one.
if [ ! -s "$fleet/jobs" ]; then
	words=$(quoted "$@")
	prepare "$@"
	n=$((4 * nhosts))
	[ $n -le "$most" ] || n=$most
	for i in $(seq "$n"); do
		printf '%s\t%s\n' "$i.$ext" \
			"$here/share.sh $kind $i $n $i.$ext$words"
	done >"$fleet/jobs.part"
	mv "$fleet/jobs.part" "$fleet/jobs"
fi
n=$(wc -l <"$fleet/jobs")

# --- on the hosts -----------------------------------------------------------------

rm -f "$fleet/ready"
brought=1
on_hosts "$fleet/hosts" "is left out" "
	rsync -a --rsync-path='mkdir -p $away && rsync' '$stage/' {}:$away &&
	$RSYNC_RSH {} 'cd $away && flock -s .lock $here/try.sh \
		${BACKEND:-uml} ${kernels%% *}' || {
		$RSYNC_RSH {} rm -rf $away >/dev/null 2>&1
		false
	}" >"$fleet/able"
mv "$fleet/able" "$fleet/ready"
[ -s "$fleet/ready" ] || exit 4

# A part gets time to end its guests: parallel kills the rest of a process group as soon
# as its leader has gone, so that must outlive fpbench, which takes the signal anyway.
progress=
[ ! -t 2 ] || progress=--progress
# Log of what has been done: the rest is tried again.
if [ -e "$fleet/joblog" ]; then
	done_parts >"$fleet/done"
	awk -F '\t' 'FILENAME == ARGV[1] { done[$1]; next }
		FNR == 1 || $1 in done' \
		"$fleet/done" "$fleet/joblog" >"$fleet/joblog.part"
	mv "$fleet/joblog.part" "$fleet/joblog"
fi
cd "$fleet" || exit 4
fleet=$PWD
run parallel --sshloginfile ready --jobs 1 --retries 10 --joblog joblog \
	--resume ${limit:+--timeout "$limit"} --termseq TERM,20000,KILL,25 \
	--line-buffer $progress --workdir "$away" --return '{1}' \
	--colsep '\t' 'trap "" TERM; flock -s .lock sh -c {2}' :::: jobs
cd "$OLDPWD" || exit 4
clean_hosts
brought=

# By host, also those that did none.
done_parts >"$fleet/done"
missing=$((n - $(wc -l <"$fleet/done")))
{
	sed 's/^/host\t/' "$fleet/hosts"
	sed 's/^/done\t/' "$fleet/done"
	tail -n +2 "$fleet/joblog"
} | awk -F '\t' -v n="$n" '
	$1 == "host" { host[++hosts] = $2; next }
	$1 == "done" { done[$2]; all++; next }
	$1 in done && $7 == 0 && $8 == 0 { by[$2]++ }
	END {
		printf "fpbench: fleet: %d of %d parts are done:", all, n
		for (i = 1; i <= hosts; i++)
			printf "%s %s %d", (i > 1 ? "," : ""), host[i],
				by[host[i]]
		print ""
	}' >&2

status=0
set --
for i in $(seq "$n"); do
	[ ! -s "$fleet/$i.$ext" ] || set -- "$@" "$fleet/$i.$ext"
done
[ $# -eq 0 ] || gather "$@"
[ "$missing" -gt 0 ] || [ ! -d "$fleet" ] || rm -rf "$fleet"
if [ "$missing" -gt 0 ]; then
	echo "fpbench: fleet: $missing of $n parts failed each time they were tried" \
		"(log: $fleet/joblog)" >&2
	echo "fpbench: hint: the lines that begin with their hosts say why; the same" \
		"command tries them again" >&2
	[ $status -ne 0 ] || status=4
fi
exit $status
