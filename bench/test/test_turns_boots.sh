#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# "fpbench turns" and its unit on a machine that boots: a Debian on a disk of QEMU's
# (TCG), installed by the unit's own recipe, with GRUB for one kernel and kexec for
# the other. The power is cut in mid-boot, a kernel crashes in mid-session, and one
# crashes at each boot. Needs root; "make check-turns" makes what it boots.
. "$(dirname "$0")/tap.sh"

tar=build/turns/root.tar
baseline=build/turns/turns-baseline-x86-64
patched=build/turns/turns-patched-x86-64
folder=/var/lib/fpbench

for c in qemu-system-x86_64 debugfs sfdisk; do
	command -v $c >/dev/null || why="there is no $c"
done
[ "$(id -u)" -eq 0 ] || why="needs root"
[ -e "$tar" ] && [ -e $baseline ] && [ -e $patched ] ||
	why="\"make check-turns\" makes the disk and the kernels"
if [ -n "${why:-}" ]; then
	skip "a machine that boots" "$why"
	tap_end
fi

qemu=
down() {
	[ -z "$qemu" ] || kill -9 "$qemu" 2>/dev/null
	rm -rf "$tmp"
}
trap down EXIT
trap 'exit 130' INT TERM

# --- the machine ----------------------------------------------------------------

# power_on DISK [QEMU-OPTION...]: console.N has what the N-th time prints.
times=0
power_on() {
	times=$((times + 1))
	console=$tmp/console.$times
	: >"$console"
	disk=$1
	shift
	qemu-system-x86_64 -nodefaults -no-user-config -machine pc \
		-accel tcg,thread=multi -cpu max -smp 2 -m 1024 -display none -vga std \
		-serial "file:$console" \
		-drive "file=$disk,format=raw,if=virtio" "$@" \
		>"$tmp/qemu.log" 2>&1 </dev/null &
	qemu=$!
}

# until_off SECONDS: it must go off by itself.
until_off() {
	for _ in $(seq "$1"); do
		if ! kill -0 "$qemu" 2>/dev/null; then
			wait "$qemu"
			set -- $?
			qemu=
			return "$1"
		fi
		sleep 1
	done
	echo "# still on after $1 s"
	cut_power
	return 1
}

cut_power() {
	kill -9 "$qemu"
	wait "$qemu" 2>/dev/null
	qemu=
}

# until_says TEXT SECONDS
until_says() {
	for _ in $(seq "$2"); do
		! grep -qF -e "$1" "$console" || return 0
		sleep 1
	done
	return 1
}

# Which kernels came up since the first time, as their own first lines say.
booted() {
	cat "$tmp"/console.* | tr -d '\r' |
		sed -n 's/.*Linux version 7[0-9.]*\(-patched\)\{0,1\} .*/\1/p' |
		sed 's/^$/A/; s/-patched/B/' | paste -sd ' '
}

# The console's end tells why a check failed.
# booted_are WANT
booted_are() {
	[ "$(booted)" = "$1" ] || {
		echo "# booted: $(booted), not $1"
		tail -n 40 "$console" | tr -d '\r' | sed 's/^/# /'
		return 1
	}
}

# take_out DISK: its folder becomes $tmp/fpbench.
take_out() {
	rm -rf "$tmp/fpbench"
	debugfs -R "rdump $folder $tmp" "$1?offset=1048576" >"$out" 2>&1
	[ -s "$tmp/fpbench/turns.jsonl" ]
}

# Steps, a word each, such as "boot:A".
steps() {
	jq -r '"\(.event):\(.kernel)\(if (.status // 0) != 0 then "!" else "" end)"' \
		"$tmp/fpbench/turns.jsonl" | paste -sd ' '
}

steps_are() {
	[ "$(steps)" = "$1" ] || {
		echo "# steps: $(steps), not $1"
		return 1
	}
}

# --- the disk -------------------------------------------------------------------

# What "make install" and an administrator put on it.
a=$(jq -r .release $baseline/build.json)
b=$(jq -r .release $patched/build.json)
stage=$tmp/stage
mkdir -p "$stage/boot" "$stage/etc/default" "$stage$folder" \
	"$stage/usr/local/sbin" "$stage/etc/systemd/system/fpbench-turns.service.d"
(unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
 make -s install "DESTDIR=$stage") || exit 1
cp $baseline/bzImage "$stage/boot/vmlinuz-$a"
cp $patched/bzImage "$stage/boot/vmlinuz-$b"
echo turns >"$stage/etc/hostname"
echo "/dev/vda1 / ext4 defaults 0 1" >"$stage/etc/fstab"
cat >"$stage/etc/default/grub" <<END
GRUB_DEFAULT=saved
GRUB_DISTRIBUTOR=Debian
GRUB_TIMEOUT=0
GRUB_CMDLINE_LINUX="console=ttyS0 panic=1 tsc=reliable no_timer_check null_blk.nr_devices=0"
END
title="Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux"
cat >"$stage$folder/turns.ini" <<END
[turns]
plan = tiny.ini
sessions = 2
failures = 3
[kernel A]
release = $a
boot = grub-reboot "$title $a" && systemctl reboot
[kernel B]
release = $b
boot = kexec -l /boot/vmlinuz-$b --reuse-cmdline && systemctl kexec
END
cat >"$stage$folder/tiny.ini" <<END
[regime cpu]
slice = 100ms
[sweep]
regimes = cpu
numjobs = 1,2
rounds = 2
runtime = 200ms
ramp = 20ms
filesize = 16m
[device]
size = 320m
END

# Off when it is over: after a session of which nothing follows, or if it gave up.
cat >"$stage/etc/systemd/system/fpbench-turns.service.d/test.conf" <<END
[Service]
StandardOutput=journal+console
StandardError=journal+console
ExecStopPost=/usr/local/sbin/when-over
END
cat >"$stage/usr/local/sbin/when-over" <<END
#!/bin/sh
tail -n 1 $folder/turns.jsonl | grep -q '"end"' || [ "\$EXIT_STATUS" = 4 ] || exit 0
systemctl --no-block poweroff
END

# In the first session of B there is a crash when its first sample is there.
cat >"$stage/etc/systemd/system/crash.service" <<END
[Unit]
ConditionPathExists=/etc/crash
ConditionKernelVersion=$b
[Service]
ExecStart=/usr/local/sbin/crash
[Install]
WantedBy=multi-user.target
END
cat >"$stage/usr/local/sbin/crash" <<END
#!/bin/sh
until tail -n 1 $folder/turns.jsonl | grep -q '"start"' &&
      find $folder/runs -name samples.jsonl -newer $folder/turns.jsonl -size +0 | grep -q .; do
	sleep 0.2
done
rm /etc/crash
sync
echo c >/proc/sysrq-trigger
END
touch "$stage/etc/crash"

# The kernel that always crashes is B's without a root.
cat >"$stage/etc/default/grub.custom" <<END
menuentry "crashes" {
	linux /boot/vmlinuz-$b console=ttyS0 panic=1 tsc=reliable no_timer_check
}
END

# What an administrator does, as the first program of the kernel.
cat >"$stage/install" <<END
#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -o remount,rw /
mount -t proc proc /proc
mount -t sysfs sysfs /sys
(set -e
 grub-install --no-floppy /dev/vda
 cp /etc/default/grub.custom /boot/grub/custom.cfg
 update-grub
 grub-set-default "$title $a"
 cp /usr/local/share/fpbench/bench/turns/fpbench-turns.service /etc/systemd/system/
 systemctl enable fpbench-turns crash
 echo INSTALLED)
rm /install
sync
mount -o remount,ro /
echo o >/proc/sysrq-trigger
sleep 60
END
chmod +x "$stage/install" "$stage"/usr/local/sbin/when-over \
	"$stage"/usr/local/sbin/crash

ok "the image of a disk" bench/test/turns_image.sh disk $tar "$stage" "$tmp/new.img"
power_on "$tmp/new.img" -kernel $baseline/bzImage -append \
	"root=/dev/vda1 console=ttyS0 panic=1 tsc=reliable no_timer_check init=/install"
ok "GRUB and the unit are installed" until_off 600
ok "to the end" grep -q INSTALLED "$console"
rm -f "$tmp"/console.*

# --- A B B A, a power cut and a crash ---------------------------------------------

cp --sparse=always "$tmp/new.img" "$tmp/faults.img"
power_on "$tmp/faults.img"
ok "B boots" until_says "Linux version $b" 900
sleep 3
ok "the power is cut in mid-boot" cut_power
power_on "$tmp/faults.img"
ok "it goes on and goes off" until_off 1800
ok "A, A, B without power; A, B with a crash, A, and B B A" \
	booted_are "A A B A B A B B A"
ok "the folder" take_out "$tmp/faults.img"
ok "has each step" steps_are "boot:A start:A end:A boot:B boot:B start:B boot:B start:B end:B boot:B start:B end:B boot:A start:A end:A"

runs=$tmp/fpbench/runs
# Each sample that the plan wants, once, in each of the sessions that ended well. One
# that was lost to a busy machine is beside the one that took its place.
# shellcheck disable=SC2016 # jq's
samples_once() {
	jq -r 'select(.event == "end").run' "$tmp/fpbench/turns.jsonl" |
	while read -r run; do
		s=$runs/${run##*/}/samples.jsonl
		jq -c 'select(.status == "ok") |
			[.round, .target, .regime, .workload, .numjobs]' "$s" |
			sort >"$tmp/cells"
		[ "$(wc -l <"$tmp/cells")" -eq "$1" ] &&
			[ "$(uniq "$tmp/cells" | wc -l)" -eq "$1" ] ||
			{ echo "# $s: not $1 samples"; exit 1; }
	done
}
ok "each sample is there once" samples_once 8
ok "four sessions ended well" [ "$(grep -c '"end"' "$tmp/fpbench/turns.jsonl")" -eq 4 ]
ok "next" status_is 0 "$f" next -r "$runs"
ok "counts two of each" says "Sessions that count: A: 2, B: 2."
ok "leaves out the one that crashed" says "does not count: incomplete"
ok "says how many more an interval needs" says "2 more sessions are needed."
# Those that ended well, in the order of the steps.
ended() {
	jq -r 'select(.event == "end").run' "$tmp/fpbench/turns.jsonl" |
		while read -r run; do
			echo "$runs/${run##*/}"
		done
}
# shellcheck disable=SC2046 # a list of runs
ok "compares them" status_is 0 "$f" compare $(ended)
ok "with both kernels" says "B/A over 1 to 2 jobs"
ok "A exclusive, B shared" says "B shared in"
ok "the table of one session" status_is 0 "$f" table "$runs/latest"

# --- a kernel that always crashes --------------------------------------------------

sed -i -e 's/^sessions.*/sessions = 1/; s/^failures.*/failures = 2/' \
	-e 's/^boot = kexec.*/boot = grub-reboot crashes \&\& systemctl reboot/' \
	"$stage$folder/turns.ini"
debugfs -w -R "rm $folder/turns.ini" "$tmp/new.img?offset=1048576" 2>/dev/null
debugfs -w -R "write $stage$folder/turns.ini $folder/turns.ini" \
	"$tmp/new.img?offset=1048576" >/dev/null 2>&1
rm -f "$tmp"/console.*
power_on "$tmp/new.img"
ok "a kernel that always crashes: it ends" until_off 1200
ok "B crashed twice, and no more" booted_are "A A B A B A"
ok "it says why" grep -q "kernel B failed 2 times" "$console"
ok "the folder" take_out "$tmp/new.img"
ok "has each step" steps_are "boot:A start:A end:A boot:B boot:B"
tap_end
