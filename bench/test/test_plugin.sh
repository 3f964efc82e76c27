#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The plugin that counts for "fpbench cost", by a machine of a few functions
# (count_guest.S) of which each instruction is known: in a second, without a
# kernel. Skipped without a QEMU that takes plugins.
. "$(dirname "$0")/tap.sh"

b=${B:-build}
plugin=$PWD/$b/fpbench-count.so
if ! command -v qemu-system-x86_64 >/dev/null; then
	skip "the plugin" "no qemu-system-x86_64: make packages BACKEND=qemu"
	tap_end
fi
if ! status_is 0 qemu-system-x86_64 -machine none -display none \
		-plugin "$plugin,probe=on"; then
	skip "the plugin" "QEMU does not take it: $(head -n 1 "$out")"
	tap_end
fi

# build N: a machine with N instructions in its innermost function
build() {
	${CC:-gcc} -DPLANTED="$1" -iquote engines -nostdlib -static -no-pie \
		-Wl,-Ttext=0xffffffff80100000,--build-id=none,-e,start \
		-o "$tmp/guest-$1.elf" bench/test/count_guest.S &&
	objcopy -O binary -j .text "$tmp/guest-$1.elf" "$tmp/guest-$1" &&
	nm "$tmp/guest-$1.elf" >"$tmp/symbols-$1"
}
# count N NAME: boot it
count() {
	timeout -k 5 60 qemu-system-x86_64 -nodefaults -no-user-config -machine pc \
		-accel tcg,thread=single -icount shift=0,sleep=off -cpu max \
		-smp 1 -m 16M -no-reboot -display none -kernel "$tmp/guest-$1" \
		-plugin "$plugin,out=$tmp/counts-$2" >"$out" 2>&1 &&
	"$b/test/fold" "$tmp/symbols-$1" "$tmp/counts-$2" >"$tmp/stacks-$2"
}
# expected N: what two calls of outer execute, by hand
expected() {
	cat <<-END
		{
		 "asm_interrupt": 4.0,
		 "asm_interrupt;handler": 4.0,
		 "outer": 12.0,
		 "outer;copy": 10.0,
		 "outer;interrupted": 6.0,
		 "outer;interrupted;leaf": $((2 * ($1 + 1))).0,
		 "outer;middle": 12.0,
		 "outer;middle;leaf": $((8 * ($1 + 1))).0,
		 "outer;switch": 4.0,
		 "outer;tail": 2.0,
		 "task": 6.0,
		 "task;leaf": $((2 * ($1 + 1))).0,
		 "task;switch": 4.0
		}
		all: $((64 + 12 * ($1 + 1)))
	END
}
counts_are() {
	expected "$1" | diff - "$tmp/stacks-$2"
}

for n in 0 50; do
	ok "a machine with $n instructions planted" status_is 0 build $n
	ok "it is counted" status_is 0 count $n $n
	ok "each instruction has its stack" status_is 0 counts_are $n $n
done
ok "another boot" status_is 0 count 50 again
ok "it agrees in every digit" cmp "$tmp/counts-50" "$tmp/counts-again"
tap_end
