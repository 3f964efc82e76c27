#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The harness, built with AddressSanitizer and UndefinedBehaviorSanitizer, boots both
# User-Mode Linux kernels and measures. A report of a sanitizer, or a leak, ends it with
# another status.
. "$(dirname "$0")/tap.sh"

[ -x "${FPBENCH:-build/san/fpbench}" ] || {
	skip "sanitizers" "needs clang and its runtime: apt-get install clang libclang-rt-dev"
	tap_end
}
needs_guests
# The agent is the ordinary build: AddressSanitizer looks for its stack in /proc, which is
# the host's when a guest begins (hostfs). As the agent the harness takes "fpbench" beside
# it, so the sanitized one has another name.
mkdir "$tmp/bin"
cp "${FPBENCH:-build/san/fpbench}" "$tmp/bin/harness"
for p in fpbench fpfs fpbench-engine.so deps; do
	ln -s "$PWD/build/$p" "$tmp/bin"
done
f=$tmp/bin/harness
latest=$tmp/results/latest

measured() {
	"$f" run --results "$tmp/results" \
		-k baseline=build/kernels/baseline \
		-k patched=build/kernels/patched --rounds=1 --numjobs=1 \
		--regimes=cpu --runtime=200ms --set sweep.ramp=20ms \
		--set sweep.filesize=64m --set device.size=320m \
		--set guest.memory=1g --seed=1 "$@"
}

ok "a run" status_is 0 measured --separate
ok "every sample is there" [ "$(grep -c '"status":"ok"' \
	"$latest/samples.jsonl")" -eq 4 ]
ok "its table" status_is 0 "$f" table --notes "$latest"
ok "its page" status_is 0 "$f" table --format=html "$latest"
ok "a run that is resumed" status_is 0 "$f" run --resume "$latest"
ok "a command in a guest" status_is 3 "$f" exec \
	-k patched=build/kernels/patched -- sh -c 'exit 3'
ok "nothing is left behind" no_traces "$guests"
tap_end
