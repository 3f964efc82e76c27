#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The QEMU backend for real: a small sweep, the other commands, and what may
# go wrong. Skipped without QEMU or without a kernel for it.
. "$(dirname "$0")/tap.sh"

results=$tmp/results
latest=$results/latest

# Without QEMU there is one line, whatever else is missing.
mkdir "$tmp/bin"
for p in sh ls; do
	ln -s "$(command -v $p)" "$tmp/bin"
done
without_qemu() {
	PATH=$tmp/bin "$f" "$@"
}
for c in run probe "exec true"; do
	# shellcheck disable=SC2086 # a command and its argument
	ok "no QEMU, $c: status 77" status_is 77 without_qemu ${c%% *} \
		--backend qemu ${c#"${c%% *}"}
	ok "no QEMU, $c: names the package" \
		says "Debian package qemu-system-x86"
	ok "no QEMU, $c: in one line" one_line
done
ok "no QEMU: doctor says so" sh -c \
	"PATH=$tmp/bin '$f' doctor | grep -q '^skipped  backend qemu: .*qemu-system-x86'"

needs_guests
if ! command -v qemu-system-x86_64 >/dev/null; then
	skip "guests" "no qemu-system-x86_64: make packages BACKEND=qemu"
	tap_end
fi
kernel=
for k in build/kernels/debian build/kernels/*-x86-64; do
	[ ! -e "$k/bzImage" ] || kernel=$k
done
if [ -z "$kernel" ]; then
	skip "guests" "no kernel for x86-64: make kernels BACKEND=qemu, and KERNEL=debian to build none"
	tap_end
fi

guests="^qemu-system-x86_64 -name fpbench"

small="--backend qemu --rounds=1 --numjobs=1 --runtime=200ms --set sweep.ramp=20ms
	--set sweep.filesize=16m --set device.size=320m --set guest.memory=1g
	--set sweep.regimes=cpu,device"
tcg="--set guest.accel=tcg"
# shellcheck disable=SC2086 # lists of options
sweep() {
	"$f" run --results "$results" $small "$@"
}
# A CPU that TCG emulates may get none of a busy machine for a minute.
# shellcheck disable=SC2086
in_guest() {
	"$f" exec --backend qemu $tcg --set guest.memory=1g --kernel \
		"k=$kernel,append=rcupdate.rcu_cpu_stall_suppress=1 nosoftlockup" \
		"$@"
}

ok "a guest cannot change the host's files" withstands in_guest --
# The channel of a share has one client, and that is the guest's own mount.
ok "a guest cannot change the host's files: it tried by 9p" says \
	"no second mount of 9p, share"

# Its socket lets whoever reaches it into the guest.
# shellcheck disable=SC2016 # for the guest's shell
ok "--gdb" status_is 0 in_guest --gdb -- sh -c \
	'find "$0" -name gdb -type s; stat -c %a "$0"' "$scratch"
ok "--gdb: a socket" grep -q "^$scratch/[^/]*/[^/]*/gdb" "$out"
ok "--gdb: in a folder of this user alone" grep -qx 700 "$out"

# Debian's kernel comes without a build, for what must be seen in CI.
if [ "$kernel" = build/kernels/debian ]; then
	skip "more guests" "no kernel of ours for x86-64: make kernels BACKEND=qemu"
	ok "nothing is left behind" no_traces "$guests"
	tap_end
fi

# Which accelerator works is for fpbench to find out.
ok "a sweep" status_is 0 sweep --kernel "k=$kernel"
ok "every sample is there" \
	[ "$(grep -c '"status":"ok"' "$latest/samples.jsonl")" -eq 4 ]
accel=$(sed -n 's/.*"accelerator": "\(.*\)".*/\1/p' "$latest/manifest.json")
ok "the manifest names the accelerator" \
	sh -c "[ '$accel' = kvm ] || [ '$accel' = tcg ]"
ok "the plan keeps it" grep -qx "accel = $accel" "$latest/plan.ini"
ok "TCG's numbers are relative, KVM's are not" grep -q \
	"\"relative\": $([ "$accel" = kvm ] && echo false || echo true)" \
	"$latest/manifest.json"
ok "the table names it" status_is 0 "$f" table "$latest"
ok "the table names it, indeed" says \
	"QEMU with $(echo "$accel" | tr '[:lower:]' '[:upper:]')"
ok "nothing is left behind" no_traces "$guests"
ok "the answer is kept: no second trial" status_is 0 "$f" exec --backend qemu \
	--kernel "k=$kernel" true
ok "no trial, indeed" [ "$(grep -c trying "$out")" -eq 0 ]
if [ "$accel" = tcg ] && [ -w /dev/kvm ]; then
	ok "and it is said that KVM did not work" says "KVM did not run kernel k"
fi
cp -r "$(readlink -f "$latest")" "$tmp/other"
sed -i "s/\"accelerator\": \"$accel\"/\"accelerator\": \"other\"/" \
	"$tmp/other/manifest.json"
ok "compare refuses another accelerator" \
	status_is 2 "$f" compare "$latest" "$tmp/other"
ok "compare: says why" says "backend.accelerator is"

# A KVM that is there and stops in early boot, on a machine that may not have
# that: QEMU by a name of ours. A copy of the image, about which nothing is
# remembered.
if [ -w /dev/kvm ]; then
	mkdir "$tmp/hangs" "$tmp/copy"
	cp "$kernel"/* "$tmp/copy"
	cat >"$tmp/hangs/qemu-system-x86_64" <<-END
		#!/bin/sh
		case " \$* " in *" -accel kvm "*) exec sleep 1000 ;; esac
		exec $(command -v qemu-system-x86_64) "\$@"
	END
	chmod +x "$tmp/hangs/qemu-system-x86_64"
	kvm_hangs() {
		PATH=$tmp/hangs:$PATH "$f" exec --backend qemu \
			--kernel "copy=$tmp/copy" -- cat /proc/cpuinfo
	}
	ok "KVM hangs: the command runs all the same" status_is 0 kvm_hangs
	ok "KVM hangs: on TCG" says "TCG"
	ok "KVM hangs: says so" says "KVM does not run kernel copy here (timed out"
	ok "KVM hangs: nothing is left behind" no_traces "$guests"
else
	skip "KVM hangs" "no /dev/kvm for us"
fi

# shellcheck disable=SC2016 # for the guest's shell
ok "exec: output and status" status_is 7 in_guest -- \
	sh -c 'df -T "$FPB_XFS"; touch /in-the-root; exit 7'
ok "exec: on XFS" says "xfs"
ok "exec: the host's root is read-only" says "Read-only file system"
cpu=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
ok "pinned: runs" status_is 0 in_guest --set "guest.pin=$cpu" -- true
ok "pinned to a CPU that is not there: status 2" \
	status_is 2 in_guest --set guest.pin=1023 -- true
ok "pinned to a CPU that is not there: says so" says "no CPU 1023"
ok "an accelerator of another backend: status 2" status_is 2 "$f" exec \
	--backend qemu --kernel "k=$kernel" --set guest.accel=native true

# What a kernel says of itself fails the boot, however that ends.
ok "a splat in the middle: status 4" status_is 4 in_guest -- sh -c \
	'echo "WARNING: possible circular locking dependency detected" >/dev/kmsg'
ok "a splat in the middle: says what" says \
	"but the kernel reported: lockdep: WARNING: possible circular locking"
rm -rf "$(kept_logs)"
ok "a panic: status 4" status_is 4 in_guest -- sh -c \
	'echo 2 >/proc/sys/vm/panic_on_oom; tail /dev/zero'
ok "a panic: says what" says "panic: Kernel panic - not syncing: Out of memory"
rm -rf "$(kept_logs)"
ok "a panic: nothing is left behind" no_traces "$guests"

mkdir "$tmp/text" "$tmp/mute"
cp "$kernel/build.json" "$tmp/text"
cp "$kernel/build.json" "$tmp/mute"
echo "no kernel" >"$tmp/text/bzImage"
# shellcheck disable=SC2086
ok "an image that is none: status 4" \
	status_is 4 sweep $tcg --kernel "text=$tmp/text"
ok "an image that is none: says so" says "not a kernel image"
ok "an image that is none: nothing is left behind" no_traces "$guests"
# It jumps to itself where the real mode code is entered.
cp "$kernel/bzImage" "$tmp/mute/bzImage"
printf '\353\376' | dd of="$tmp/mute/bzImage" bs=1 seek=512 conv=notrunc \
	2>/dev/null
# shellcheck disable=SC2086
ok "a guest that never speaks: status 4" \
	status_is 4 sweep $tcg --kernel "mute=$tmp/mute" --silence 3s
ok "a guest that never speaks: says so" says "never came up"
ok "a guest that never speaks: nothing is left behind" no_traces "$guests"

# Ctrl-C, and killed outright: the guest goes with us.
agent_runs() {
	lives "$pid" || return
	[ -s "$latest/boots/r01-k/events.jsonl" ]
}

# start NAME
# shellcheck disable=SC2086
start() {
	rm -f "$latest"
	"$f" run --results "$results" $small $tcg --kernel "k=$kernel" \
		>"$out" 2>&1 </dev/null &
	pid=$!
	ok "$1: the agent runs" wait_for 600 agent_runs
}
start "Ctrl-C"
kill -INT $pid
wait $pid
ok "Ctrl-C: status 130" [ $? -eq 130 ]
ok "Ctrl-C: nothing is left behind" no_traces "$guests"
ok "resume" status_is 0 "$f" run --resume "$(readlink -f "$latest")"
ok "resume: with the accelerator of before" \
	grep -q '"accelerator": "tcg"' "$latest/manifest.json"
start "kill -9"
kill -KILL $pid
wait $pid 2>/dev/null
guests_end "$guests"
ok "kill -9: clean" status_is 0 "$f" clean
ok "kill -9: nothing is left behind" no_traces "$guests"
tap_end
