#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A run on three hosts with an sshd each, which are network namespaces of this machine:
# one is cut off while it measures, one loses a job and is slowed by a load, one has a
# full disk. Needs root, both User-Mode Linux kernels, GNU parallel, rsync, and an
# sshd: SSHD names it, if it is not installed.
. "$(dirname "$0")/tap.sh"

sshd=${SSHD:-/usr/sbin/sshd}
id=$$
net=10.213
away=$HOME/.cache/fpbench-fleet
results=$tmp/results

for c in ip unshare nsenter parallel rsync ssh "$sshd"; do
	command -v "$c" >/dev/null || why="there is no ${c##*/}"
done
[ "$(id -u)" -eq 0 ] || why="needs root"
[ -d build/kernels/patched ] || why="the kernels are not built"
[ -n "${why:-}" ] || ip netns add "fpb$id-0" 2>/dev/null ||
	why="no network namespaces here"
ip netns del "fpb$id-0" 2>/dev/null
if [ -n "${why:-}" ]; then
	skip "three hosts" "$why"
	tap_end
fi

# --- three hosts ----------------------------------------------------------------

loads=
child=
down() {
	[ -z "$child" ] || kill -TERM "-$child" 2>/dev/null
	for pid in $loads; do
		kill "$pid" 2>/dev/null
	done
	for h in 1 2 3; do
		# Whatever lives there is of this test.
		for pid in $(ip netns pids "fpb$id-$h" 2>/dev/null); do
			kill -9 "$pid" 2>/dev/null
		done
		ip link del "fpb$id-$h" 2>/dev/null
		ip netns del "fpb$id-$h" 2>/dev/null
	done
	rm -rf "$tmp"
	rmdir "$away" 2>/dev/null
}
trap down EXIT
trap 'exit 130' INT TERM

mkdir -p "$away" "$results"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/hostkey"
grep -v '^sshd:' /etc/passwd >"$tmp/passwd"
echo 'sshd:x:101:65534::/run/sshd:/usr/sbin/nologin' >>"$tmp/passwd"

# up HOST MIB: with a name, an address and a disk of its own
up() {
	h=$1
	ip netns add "fpb$id-$h" || return
	ip link add "fpb$id-$h" type veth peer name eth0 netns "fpb$id-$h" &&
		ip addr add "$net.$h.1/30" dev "fpb$id-$h" &&
		ip link set "fpb$id-$h" up || return
	ip netns exec "fpb$id-$h" ip addr add "$net.$h.2/30" dev eth0 &&
		ip netns exec "fpb$id-$h" ip link set eth0 up &&
		ip netns exec "fpb$id-$h" ip link set lo up || return
	cat >"$tmp/sshd$h" <<-END
	Port 22
	ListenAddress $net.$h.2
	HostKey $tmp/hostkey
	AuthorizedKeysFile $tmp/key.pub
	StrictModes no
	PermitRootLogin yes
	UsePAM no
	PidFile none
	END
	ip netns exec "fpb$id-$h" unshare --uts --mount sh -c "
		hostname h$h
		mount --bind '$tmp/passwd' /etc/passwd
		mount -t tmpfs -o size=$2m disk '$away'
		mkdir -p /run/sshd
		exec '$sshd' -D -f '$tmp/sshd$h'" >"$tmp/sshd$h.log" 2>&1 &
	eval "pid$h=$!"
	cat >>"$tmp/ssh" <<-END
	Host h$h
	HostName $net.$h.2
	User root
	IdentityFile $tmp/key
	UserKnownHostsFile $tmp/known
	StrictHostKeyChecking no
	LogLevel ERROR
	END
}

# on HOST COMMAND...
on() {
	eval "set -- \"\$pid$1\" \"\$@\""
	target=$1
	shift 2
	nsenter --target "$target" --mount --uts --net -- "$@"
}

# wait_for SECONDS COMMAND...
wait_for() {
	n=$(($1 * 5))
	shift
	while [ "$n" -gt 0 ]; do
		"$@" >/dev/null 2>&1 && return
		n=$((n - 1))
		sleep 0.2
	done
	return 1
}

measures() {
	kill -0 "$child" || n=0
	on "$1" sh -c "cat '$away'/*/work.*/*/samples.jsonl" 2>/dev/null | grep -q .
}

# The processes of a host but its sshd.
busy() {
	ip netns pids "fpb$id-$1" | while read -r p; do
		tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null |
			grep -v "^sshd:\|^$sshd" | grep .
	done
}

idle() {
	[ -z "$(busy "$1")" ]
}

empty() {
	[ -z "$(on "$1" ls "$away")" ]
}

# The first program of a host's job.
fpbench_of() {
	for p in $(ip netns pids "fpb$id-$1"); do
		case $(tr '\0' ' ' <"/proc/$p/cmdline") in
		"build/fpbench run "*) echo "$p"; return ;;
		esac
	done
	return 1
}

up 1 100 && up 2 100 && up 3 100 || exit 1
hosts=h1,h2,h3
export SSH="ssh -F $tmp/ssh"
for h in 1 2 3; do
	ok "host h$h answers" wait_for 10 sh -c "$SSH h$h true"
done

# fleet ROUNDS: a run in the background, in $log; $child leads its process group. The
# shell has SIGINT ignored there, but a terminal has not.
fleet() {
	# shellcheck disable=SC2016 # perl's
	setsid perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' bench/fleet/bench.sh $hosts "$results" "baseline patched" \
		--rounds="$1" --seed=3 --numjobs=1 --regimes=cpu --runtime=200ms \
		--set sweep.ramp=20ms --set sweep.filesize=64m \
		--set device.size=320m --set guest.memory=640m \
		--set guest.cpus=2 --set sweep.repeats=0 >"$log" 2>&1 &
	child=$!
}
log=$tmp/log

# --- faults -----------------------------------------------------------------------

fleet 12
for h in 1 2 3; do
	ok "h$h measures" wait_for 600 measures $h
done
# Slowed.
for _ in 1 2; do
	# shellcheck disable=SC2154 # of up
	nsenter --target "$pid2" --net -- sh -c 'while :; do :; done' &
	loads="$loads $!"
done
# Cut off.
ip link set "fpb$id-1" down
# Full.
on 3 dd if=/dev/zero of="$away/fill" bs=1M 2>/dev/null
# Killed.
victim=$(fpbench_of 2)
ok "a job of h2 is killed" kill -9 "$victim"
wait $child
status=$?
sed 's/^/# /' "$log"
ok "the run ends well" [ $status -eq 0 ]
run=$(tail -n 1 "$log")
for pid in $loads; do
	kill "$pid" 2>/dev/null
done
loads=
on 3 rm -f "$away/fill"
ip link set "fpb$id-1" up

# Progress lines name host and shard.
tried=$(sed -n 's/^\(h[123] [0-9]*\/6\): .*/\1/p' "$log" | sort -u | wc -l)
ok "shards were tried again ($tried times in all)" [ "$tried" -gt 6 ]
ok "every shard is there" [ "$(find "$results" -name '*.tar.zst' | wc -l)" -eq 6 ]
# 12 rounds, 2 kernels, 2 targets
ok "every sample once" [ "$(jq -r '[.round, .kernel, .target] | @csv' \
	"$run/samples.jsonl" | sort -u | wc -l)" -eq 48 ]
ok "and none twice" [ "$(jq -r 'select(.status == "ok") | [.round, .kernel,
	.target] | @csv' "$run/samples.jsonl" | sort | uniq -d | wc -l)" -eq 0 ]
find "$results" -name '*.tar.zst' | while read -r a; do
	zstd -dqc "$a" | tar -xOf - --wildcards '*/samples.jsonl'
done | sort >"$tmp/measured"
ok "they are those that were measured" sh -c \
	"sort '$run/samples.jsonl' | cmp - '$tmp/measured'"
ok "the report" status_is 0 "$f" table "$run"
ok "is of all rounds" says "12 rounds"
ok "names no machine that was never heard" [ "$(jq -r '.machines[].name' \
	"$run/manifest.json" | grep -cv '^h[123]$')" -eq 0 ]
for h in 2 3; do
	ok "h$h is left idle" wait_for 120 idle $h
	ok "h$h is left empty" empty $h
done
ok "h1 ends by itself" wait_for 300 idle 1
tap_end
