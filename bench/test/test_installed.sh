#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# An installed fpbench, used by an ordinary user outside of the source tree: it
# finds its kernels in the cache, measures, and keeps the results where it is.
. "$(dirname "$0")/tap.sh"
. bench/test/installed.sh

old_cache=${FPBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fpbench}

# A cache in which the kernels are built, and nothing that would take long.
fill_cache() {
	for k in patched check-baseline check-patched; do
		tree=$(realpath "build/kernels/$k/../..") || return
		mkdir -p "$cache/${tree##*/}/kernels"
		cp -R "$(realpath "build/kernels/$k")" "$tree/kernels/baseline" \
			"$cache/${tree##*/}/kernels" || return
	done
	# Looked up by name; what is in it matters to a build alone.
	mkdir "$cache/downloads"
	deb=$(basename "$(awk '$1 == "7.3" { print $2 }' bench/kernels/sources)")
	real=$(basename "$(realpath "$old_cache/downloads/$deb")")
	touch "$cache/downloads/$real"
	[ -e "$cache/downloads/$deb" ] ||
		ln -s "$real" "$cache/downloads/$deb"
}

ok "make install" status_is 0 make_install install
ok "nothing that is set-id, or that others can write" [ -z "$(find "$root" \
	! -type l -perm /6002)" ]
# Whether the user may make the namespaces that it takes.
f=$program
needs_guests as_user
ok "kernels in the cache" fill_cache
ok "kernels are found" status_is 0 installed kernels
ok "the default ones need no options" [ ! -s "$out" ]
ok "list has them" status_is 0 installed list
ok "by name" says "  patched  "
ok "a short run" status_is 0 installed run --rounds=1 --numjobs=1 \
	--regimes=cpu --runtime=200ms --set sweep.ramp=20ms --separate \
	--set sweep.filesize=64m --set device.size=320m --set guest.memory=1g
ok "its results are here" [ -s "$empty/results/latest/samples.jsonl" ]
ok "every sample was taken" \
	[ "$(grep -c '"status":"ok"' "$empty/results/latest/samples.jsonl")" -eq 4 ]
ok "the patched kernel shares the lock" grep -q \
	'"kernel":"patched".*"state":"shared"' "$empty/results/latest/boots.jsonl"
ok "the table" status_is 0 installed table
ok "a command in a kernel" status_is 0 installed exec -- uname -r
# To which a user namespace is what keeps a guest from a user's files.
if as_user unshare --user --mount true 2>/dev/null; then
	tap_as=$become
	ok "a guest cannot change a user's files" withstands installed exec --
	ok "a guest cannot change a user's files: it tried by hostfs" \
		says "got at it: hostfs"
	if [ -e build/kernels/debian ] && command -v qemu-system-x86_64 >/dev/null; then
		cp -R "$(realpath build/kernels/debian)" "$empty/debian"
		ok "a guest of QEMU cannot, either" withstands installed exec \
			--backend=qemu --kernel "k=$empty/debian" \
			--set guest.accel=tcg --set guest.memory=1g --
		ok "a guest of QEMU cannot, either: it tried by 9p" says \
			"no second mount of 9p, share"
	else
		skip "a guest of QEMU cannot, either" \
			"no make kernels BACKEND=qemu KERNEL=debian"
	fi
else
	skip "a guest cannot change a user's files" "no user namespaces for users"
fi
ok "the kernels of check are not built yet" [ ! -e "$cache/kernels/check-patched" ]
ok "a case in both" status_is 0 installed check --jobs=1 overwrite
ok "passes in the patched one" says "check-patched: PASS"
ok "they are in the cache now" [ -e "$cache/kernels/check-baseline/linux" ]
ok "make uninstall" status_is 0 make_install uninstall
tap_end
