# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the caller
# TAP from shell: sourced by the tests beside it, which then run in the project's
# folder. $tmp is theirs until they end, $out has the last command's output, $f is
# the program.

cd "$(dirname "$0")/../.." || exit 1
tmp=$(realpath "$(mktemp -d)") || exit 1
# With room for what tests add to it, as fpbench wants a short one.
[ ${#tmp} -le 32 ] || { rmdir "$tmp"; tmp=$(mktemp -d -p /tmp) || exit 1; }
tap_loop=
# Also when it is interrupted: its harnesses end first.
tap_leave() {
	if jobs -p >"$tmp/jobs"; then	# unless the disk is full
		while read -r job; do
			kill "$job" 2>/dev/null
		done <"$tmp/jobs"
		wait
	fi
	[ ! -d "$scratch" ] || [ ! -x "$f" ] || "$f" clean >/dev/null 2>&1
	[ -z "$tap_loop" ] || losetup -d "$tap_loop"
	rm -rf --one-file-system "$tmp"
}
trap tap_leave EXIT
trap 'exit 130' INT TERM
out=$tmp/out
f=$PWD/build/fpbench
# What the test's harnesses leave is told from what those of other tests do by where it
# is: their scratch folders are in there.
export TMPDIR="$tmp"
scratch=$tmp/fpbench-$(id -u)
# Of a guest in User-Mode Linux, for traces().
guests="^[^ ]*/linux .*uml_dir=$scratch/"

tap_n=0
tap_failed=0

# ok NAME COMMAND...: passes if the command does.
ok() {
	tap_name=$1
	shift
	tap_n=$((tap_n + 1))
	if "$@"; then
		echo "ok $tap_n - $tap_name"
	else
		echo "not ok $tap_n - $tap_name"
		tap_failed=1
	fi
}

# skip NAME WHY
skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# status_is WANT COMMAND...: its output is kept in $out for a closer look.
status_is() {
	tap_want=$1
	shift
	"$@" >"$out" 2>&1 </dev/null
	tap_got=$?
	if [ $tap_got -ne "$tap_want" ]; then
		echo "# status $tap_got, not $tap_want, of: $*"
		sed 's/^/# /' "$out"
		return 1
	fi
}

# says TEXT: the last command's output holds it.
says() {
	grep -qF -e "$1" "$out" || {
		sed 's/^/# /' "$out"
		return 1
	}
}

# kept_logs: print where the last command, which failed, has left its logs.
kept_logs() {
	sed -n 's/.*see the logs in \([^ ]*\).*/\1/p' "$out"
}

# one_line: the last command had one message (and perhaps a hint).
one_line() {
	[ "$(grep -cv '^fpbench: hint:' "$out")" -eq 1 ] || {
		sed 's/^/# /' "$out"
		return 1
	}
}

# refused NAME STATUS TEXT ARG...: one line with TEXT in it
refused() {
	name=$1 want=$2 text=$3
	shift 3
	ok "$name: status $want" status_is "$want" "$f" "$@"
	ok "$name: says why" says "$text"
	ok "$name: in one line" one_line
}

# wait_for SECONDS COMMAND...: until the command succeeds, or never will (status 99).
# Its output is not shown.
wait_for() {
	tap_until=$(($(date +%s) + $1))
	shift
	while [ "$(date +%s)" -lt $tap_until ]; do
		"$@" >/dev/null 2>&1
		case $? in
		0) return 0 ;;
		99) break ;;
		esac
		sleep 0.1
	done
	echo "# waited in vain for: $*"
	return 1
}

# lives PID: for wait_for, which waits in vain for what a process does that has ended
lives() {
	kill -0 "$1" 2>/dev/null || return 99
}

# look DIR PID: what is in it, and a setting of that process.
look() {
	find "$1" -printf '%p %y%m %U:%G %s %l %T@ %C@\n' | sort
	cat "/proc/$2/oom_score_adj"
}

# withstands ATTACKER...: what bench/test/attack.sh, which ATTACKER runs in a guest,
# does to a folder and a process of the host comes to nothing. How it got at them is
# in $out. As root, the folder has a disk of the host. $tap_as: the words that make
# ATTACKER another user, whose folder and process they are then.
tap_as=
withstands() {
	tap_dir=$(mktemp -d "$tmp/victim.XXXXXX")
	cp bench/test/attack.sh "$tmp"
	echo text >"$tap_dir/file"
	echo text >"$tap_dir/other"
	mkfifo "$tap_dir/fifo"
	truncate -s 1m "$tmp/disk"
	tap_loop=$(losetup --find --show "$tmp/disk" 2>/dev/null) &&
		cp -a "$tap_loop" "$tap_dir/disk"
	[ -z "$tap_as" ] || chown -R "$($tap_as id -u)" "$tap_dir"
	$tap_as cat "$tap_dir/fifo" >"$tmp/fifo" &
	tap_reader=$!
	look "$tap_dir" $tap_reader >"$tmp/victim"

	: >"$out"
	# It prepares for what it is sent.
	rm -f "$tmp/sent" "$tmp/over"
	until [ -e "$tmp/over" ]; do
		sleep 0.1
		! grep -q "waits for input" "$out" || {
			touch "$tmp/sent"
			echo spoilt
			break
		}
	done | {
		"$@" "$tmp/attack.sh" "$tap_dir" $tap_reader >"$out" 2>&1
		touch "$tmp/over"
	}

	look "$tap_dir" $tap_reader >"$tmp/attacked"
	kill $tap_reader
	wait $tap_reader 2>/dev/null
	[ -z "$tap_loop" ] || losetup -d "$tap_loop"
	tap_loop=
	says "got at it" && [ -e "$tmp/sent" ] || return
	! grep "made a device" "$out" || return
	diff "$tmp/victim" "$tmp/attacked" || return
	[ "$(cat "$tap_dir/file" "$tap_dir/other")" = "$(printf 'text\ntext')" ] &&
		[ -z "$(cat "$tmp/fifo")" ] && [ -z "$(tr -d '\0' <"$tmp/disk")" ]
}

# needs_guests [COMMAND...]: ends a test that boots guests here where none could be kept
# from our files (by whom COMMAND makes us), since each boot would end with status 77.
needs_guests() {
	# More than once, for a machine that is busy, or out of namespaces just now.
	for _ in 1 2 3; do
		tap_why=$("$@" "$f" doctor 2>/dev/null |
			sed -n 's/^missing  what keeps guests from [^:]*: //p')
		[ -n "$tap_why" ] || return 0
	done
	skip "guests" "they could write to our files: $tap_why"
	tap_end
}

# no_namespaces COMMAND...: where no more namespaces can be made.
no_namespaces() {
	unshare --user --map-current-user --keep-caps sh -c '
		for n in user mnt; do
			echo 0 >"/proc/sys/user/max_${n}_namespaces" || exit 77
		done
		exec "$@"' sh "$@"
}

# traces PATTERN: what harnesses that have ended left: scratch folders, mounts, and
# guests, whose command lines match PATTERN and name their scratch folder. Logs that
# are kept on purpose are no traces.
traces() {
	{
		find "$scratch" -mindepth 1 -maxdepth 1 ! -name '.*' \
			! -name 'kept-*' -printf '%f\n' 2>/dev/null
		{
			grep -F "$scratch/" /proc/mounts
			pgrep -a -u "$(id -u)" -f "$1"
		} | sed -n "s,.*$scratch/\([0-9]*-[^/ ]*\).*,\1 in use,p"
	} | while read -r trace; do
		kill -0 "${trace%%-*}" 2>/dev/null || echo "$trace"
	done
}

none_in_use() {
	! traces "$1" | grep -q ' in use$'
}

# guests_end PATTERN: waits for guests whose harness was killed.
guests_end() {
	wait_for 60 none_in_use "$1"
}

# no_traces PATTERN: there are none.
no_traces() {
	traces "$1" | sed 's/^/# /' >"$tmp/traces"
	cat "$tmp/traces"
	[ ! -s "$tmp/traces" ]
}

tap_end() {
	echo "1..$tap_n"
	exit $tap_failed
}
