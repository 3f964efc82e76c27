#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A short run of both User-Mode Linux kernels, packed, and measured again from the
# archive alone.
. "$(dirname "$0")/tap.sh"
needs_guests

results=$tmp/results
latest=$results/latest
again=$tmp/again
a=$tmp/a.tar.zst

# With a job file of the user's, of which there is a copy in the archive alone.
printf '[j]\nrw=randwrite\nbs=4k\nsize=32m\nioengine=psync\ndirect=1\n' \
	>"$tmp/my.fio"
ok "a run" status_is 0 "$f" run --results "$results" --rounds=2 --numjobs=1 \
	--regimes=cpu --runtime=200ms --set sweep.ramp=20ms \
	--set sweep.filesize=64m --set device.size=320m \
	--set guest.memory=1g --set guest.confine=0 --separate --seed 1 \
	--job "$tmp/my.fio"
run=$(readlink -f "$latest")
ok "it keeps the configurations" sh -c \
	"grep -q CONFIG_FUSE_PASSTHROUGH=y '$run/kernels/baseline/config' '$run/kernels/patched/config'"
ok "as the manifest has them" [ "$(sha256sum <"$run/kernels/patched/config" |
	cut -c -64)" = "$(jq -r '.kernels[1].config_sha256' "$run/manifest.json")" ]
kept_ids() {
	for p in "$run"/kernels/patched/patches/*.patch; do
		git patch-id --stable <"$p" | cut -d' ' -f1
	done
}
ok "and the patches" [ "$(kept_ids)" = "$(jq -r \
	'.kernels[1].patches[].patch_id' "$run/manifest.json")" ]
ok "of the baseline none" [ ! -e "$run/kernels/baseline/patches" ]
ok "it is packed" status_is 0 "$f" pack -o "$a" "$run"
ok "without a file left out" [ "$(wc -l <"$out")" -eq 1 ]
"$f" table "$run" >"$tmp/table"
mv "$run" "$tmp/moved"
rm "$tmp/my.fio"
"$f" table "$a" >"$out"
ok "its table is that of the directory" cmp "$tmp/table" "$out"

# Two rounds resolve nothing.
ok "replicate, from the archive: not resolved" status_is 3 "$f" replicate \
	--results "$again" "$a"
second=$(readlink -f "$again/latest")
ok "its path comes first" [ "$(grep -m 1 '^/' "$out")" = "$second" ]
ok "the same images" says "Both runs booted the same images."
ok "the same plan" [ "$(jq -c '[.plan, .workloads, .device] |
	del(.[0].seed, .[1][].job)' "$second/manifest.json")" = \
	"$(jq -c '[.plan, .workloads, .device] |
	del(.[0].seed, .[1][].job)' "$tmp/moved/manifest.json")" ]
ok "guests may write to our files as we say here" [ "$(sed -n '/^confine/p' \
	"$tmp/moved/plan.ini" "$second/plan.ini" | tr '\n' ' ')" = \
	"confine = 0 confine = 1 " ]
ok "with another seed" [ "$(jq .plan.seed "$second/manifest.json")" -ne 1 ]
ok "every sample is there" [ "$(grep -c '"status":"ok"' \
	"$second/samples.jsonl")" -eq 8 ]
ok "nothing is left behind" no_traces "$guests"
ok "compared once more" status_is 3 "$f" replicate --measured "$second" "$a"
ok "with options, and kernels that are built" status_is 3 "$f" replicate \
	--results "$again" --rounds=1 -k baseline=build/kernels/baseline \
	-k patched=build/kernels/patched "$tmp/moved"
ok "what is not the same is said" says "first run"
ok "a kernel that is another: status 2" status_is 2 "$f" replicate \
	--results "$again" -k patched=build/kernels/baseline "$a"
ok "is named" says "is not that of the run: it was built with other patches"

# Ctrl-C, and the commands that it prints: "latest" is another run by then.
cp -r "$tmp/moved" "$again/moved"
ln -sfn moved "$again/latest"
"$f" replicate --results "$again" --runtime=1s --rounds=2 "$again/latest" \
	>"$out" 2>&1 </dev/null &
pid=$!
it_measures() {
	lives "$pid" || return
	third=$(readlink -f "$again/latest")
	[ "$third" != "$again/moved" ] &&
		grep -qs . "$third/samples.jsonl" &&
		grep -q '"runtime_ms": 1000' "$third/manifest.json"
}
ok "Ctrl-C: it measures" wait_for 600 it_measures
kill -INT $pid
wait $pid
ok "Ctrl-C: status 130" [ $? -eq 130 ]
ok "Ctrl-C: nothing is left behind" no_traces "$guests"
resume=$(sed -n 's/^fpbench: hint: to continue: //p' "$out")
then=$(sed -n 's/^fpbench: hint: and then: //p' "$out")
ok "Ctrl-C: the first hint works as printed" status_is 0 sh -c "$resume"
ok "Ctrl-C: so does the second" status_is 3 sh -c "$then"
tap_end
