#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# "make install", what works of it without a kernel, completion, and "make
# uninstall".
. "$(dirname "$0")/tap.sh"
. bench/test/installed.sh

ok "make install" status_is 0 make_install install
# Unless it waits for another build of what is in the cache.
ok "says nothing" [ -z "$(grep -v '^  WAIT ' "$out")" ]
find "$root" -type l -printf '%l\n' | grep '^/' >"$tmp/links"
ok "no link leaves the folder" [ ! -s "$tmp/links" ]
find "$root" -type l -not -exec test -e {} \; -print >"$tmp/links"
ok "each points at something" [ ! -s "$tmp/links" ]

# Debugging symbols have the path of the source; nothing else may.
knows_no_tree() {
	strip -o "$tmp/stripped" "$root/usr/local/lib/fpbench/$1" &&
		! grep -qF "$PWD/" "$tmp/stripped"
}
for p in fpbench fpfs fpcheck; do
	ok "$p does not name the source tree" knows_no_tree $p
done

ok "list" status_is 0 installed list
ok "has no kernels yet" says 'none: "fpbench kernels" builds them'
ok "a dry run" status_is 0 installed run -n --quick --seed 1
ok "boots both kernels" says "round 1: boot patched (uml)"
ok "a dry run with two of --fs" status_is 0 installed run -n --quick \
	--fs 'a=x {mnt}' --fs 'b=y {mnt}'
ok "boots each kernel with the first" says "boot baseline-a (uml)"
ok "and with the second" says "boot patched-b (uml)"
ok "and makes nothing" [ -z "$(find "$empty" "$cache" -mindepth 1)" ]
# As in another user's world-writable XDG_CACHE_HOME.
mkdir -m 777 "$tmp/open" "$tmp/open/fpbench"
with_open_cache() {
	as_user env -u FPBENCH_CACHE "XDG_CACHE_HOME=$tmp/open" "$program" run -n
}
ok "a cache that others can write: status 4" status_is 4 with_open_cache
ok "a cache that others can write: says so" says \
	"cannot use $tmp/open/fpbench: others can write to the cache"
ok "a cache that others can write: says what helps" says \
	"&& chmod o-w $tmp/open/fpbench;"
ok "a cache that others can write: in one line" one_line
chmod 755 "$tmp/open/fpbench"
if [ "$(id -u)" -eq 0 ]; then
	chown daemon "$tmp/open/fpbench"
	ok "another user's cache: status 4" status_is 4 with_open_cache
else
	skip "another user's cache: status 4" "takes root to make"
fi
installed conform --list >"$out" 2>&1
ok "conform finds the script of its suite" sh -c '! grep "cannot find" "$0"' "$out"
cp -R bench/test/data/run-two-kernels-two-regimes "$empty/run"
if command -v gnuplot >/dev/null; then
	ok "plots" status_is 0 installed plot run
	ok "are in the run" [ -s "$empty/run/plots/iops-cpu.svg" ]
else
	skip "plots" "no gnuplot"
fi
ok "options of kernels" status_is 2 installed kernels KRNL=7.3
ok "names the variables" says "with one of KERNEL, ARCH, "
ok "fpfs is a program of its own" status_is 0 \
	"$root/usr/local/sbin/fpfs" --version
ok "the manuals are there" [ -s "$root/usr/local/share/man/man1/fpbench.1" ]
ok "both" [ -s "$root/usr/local/share/man/man8/fpfs.8" ]

# --- completion ---------------------------------------------------------------

share=$root/usr/local/share
# complete WORD...: what bash makes of the last one
# shellcheck disable=SC2016 # for bash
completes() {
	bash -c '
		. "$0"
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_fpbench fpbench "${COMP_WORDS[COMP_CWORD]}" ""
		printf "%s\n" "${COMPREPLY[@]}"' \
		"$share/bash-completion/completions/fpbench" fpbench "$@" |
		paste -sd ' '
}
if command -v bash >/dev/null; then
	ok "bash: a command" [ "$(completes rep)" = replicate ]
	ok "bash: not what is for us alone" [ -z "$(completes age)" ]
	ok "bash: an option" [ "$(completes run --max)" = --max-time= ]
	ok "bash: of this command alone" [ -z "$(completes table --max)" ]
	ok "bash: its value" [ "$(completes run --backend = q)" = qemu ]
	ok "bash: of its letter" [ "$(completes probe -b u)" = uml ]
	ok "bash: a workload" [ "$(completes run -w smallf)" = smallfile ]
	ok "bash: a folder" \
		[ "$(completes run --resume = bench/kern)" = bench/kernels ]
	ok "bash: a file" [ "$(completes run bench/plans/uring)" = \
		bench/plans/uring-transport.ini ]
else
	skip "completion of bash" "no bash"
fi
ok "zsh: it is there" grep -q '^#compdef fpbench$' "$share/zsh/site-functions/_fpbench"
if command -v zsh >/dev/null; then
	ok "zsh: it can be read" zsh -n "$share/zsh/site-functions/_fpbench"
else
	skip "zsh: it can be read" "no zsh"
fi
# options COMMAND: of --help
options() {
	"$f" "$1" --help | grep -o '^ *\(-[a-zA-Z?], \)\?--[a-z-]*' |
		sed 's/.*--//; /^usage$/d' | sort
}
# zsh_options COMMAND
zsh_options() {
	sed -n "/^	$1)/,/;;/p" "$share/zsh/site-functions/_fpbench" |
		grep -o "[,	']--[a-z-]*" | sed 's/.*--//' | sort
}
for c in run check bisect list; do
	ok "zsh: $c has the options of --help" \
		[ "$(options $c)" = "$(zsh_options $c)" ]
done

# --- the end --------------------------------------------------------------------

echo mine >"$root/usr/local/bin/mine"
ok "make uninstall" status_is 0 make_install uninstall
find "$root" -not -type d >"$tmp/left"
ok "leaves what it did not make" [ "$(cat "$tmp/left")" = \
	"$root/usr/local/bin/mine" ]
ok "and no folder of its own" [ ! -e "$root/usr/local/lib/fpbench" ]
ok "nor the other" [ ! -e "$share/fpbench" ]
tap_end
