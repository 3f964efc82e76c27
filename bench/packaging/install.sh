#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# install.sh install|uninstall: puts what was built below $DESTDIR$prefix, or
# removes it from there. Run in the top folder, by make, which sets B, DESTDIR,
# prefix, bindir, sbindir, libdir, datadir, mandir and zshdir.
#
# $libdir/fpbench has what build/ has, and $datadir/fpbench what the source has of
# what fpbench reads while it runs, under the same names: os/place.h.
set -eu

own=$libdir/fpbench
data=$datadir/fpbench
tab=$(printf '\t')

# file TARGET SOURCE..: into this folder.
files() {
	target=$1
	shift
	for f; do
		printf 'file\t%s\t%s\n' "$target/${f##*/}" "$f"
	done
}

# data DIR...: what fpbench reads of these folders.
data() {
	find "$@" -type f -not -name '*.mk' -not -name README.md |
		LC_ALL=C sort | while read -r f; do
		printf 'file\t%s\t%s\n' "$data/$f" "$f"
	done
}

# All that there is to install, a line each: what, where, from what.
list() {
	files "$own" "$B"/fpbench "$B"/fpfs "$B"/fpcheck "$B"/fpnaive \
		"$B"/fpbench-pair "$B"/fpbench-count.so "$B"/fpbench-engine-*.so
	files "$own/deps/fio" "$B"/deps/fio/fio
	printf 'link\t%s\t%s\n' \
		"$own/fpbench-engine.so" "$own/$(readlink "$B"/fpbench-engine.so)" \
		"$own/data" "$data" \
		"$bindir/fpbench" "$own/fpbench" \
		"$bindir/fpbench-pair" "$own/fpbench-pair" \
		"$sbindir/fpfs" "$own/fpfs"
	files "$mandir/man1" bench/fpbench.1 engines/fpbench-pair.1
	files "$mandir/man8" daemon/fpfs.8
	data bench/deps/lib.sh bench/deps/packages.sh bench/kernels bench/conform \
		bench/check/kernels.sh bench/plans bench/turns engines/examples \
		bench/report/report.schema.json kernel-patches/series \
		kernel-patches/*.patch kernel-patches/um kernel-patches/beyond \
		kernel-patches/test/*.patch kernel-patches/tools/series.sh \
		plots/*.gp
	printf 'output\t%s\t%s\n' \
		"$datadir/bash-completion/completions/fpbench" bash \
		"$zshdir/_fpbench" zsh
}

# mode_of FILE: programs and scripts can be run; what is sourced or loaded cannot.
mode_of() {
	case $1 in
	*.so)	echo 644 ;;
	*.sh)	[ "$(head -c 2 "$1")" = '#!' ] && echo 755 || echo 644 ;;
	*)	[ -x "$1" ] && echo 755 || echo 644 ;;
	esac
}

install_one() {
	mkdir -p "$DESTDIR${2%/*}"
	case $1 in
	file)
		install -m "$(mode_of "$3")" "$3" "$DESTDIR$2" ;;
	link)
		ln -sfrn "$DESTDIR$3" "$DESTDIR$2" ;;
	output)
		"$B"/fpbench completion "$3" >"$DESTDIR$2" ;;
	esac
}

case $1 in
install)
	list | while IFS=$tab read -r what to from; do
		install_one "$what" "$to" "$from"
	done ;;
uninstall)
	list | while IFS=$tab read -r what to from; do
		rm -f "$DESTDIR$to"
	done
	for d in "$own" "$data"; do
		[ ! -d "$DESTDIR$d" ] ||
			find "$DESTDIR$d" -depth -type d -empty -delete
	done ;;
*)
	echo "fpbench: install.sh: neither install nor uninstall: $1" >&2
	exit 2 ;;
esac
