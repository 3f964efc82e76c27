# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154 # $tmp is of tap.sh
# What "make install" makes, in a folder with a blank in its path, and how an
# ordinary user runs it from an empty folder. Sourced after tap.sh.

unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
chmod 755 "$tmp"
root="$tmp/a b"
program="$root/usr/local/bin/fpbench"
empty=$tmp/empty
cache=$tmp/cache
mkdir "$empty" "$cache"

# $1 is install or uninstall.
make_install() {
	make -s "$1" "DESTDIR=$root"
}

# Root becomes nobody.
become=
[ "$(id -u)" -ne 0 ] ||
	become="setpriv --reuid=nobody --regid=nogroup --clear-groups"
as_user() {
	[ -z "$become" ] || chown -R nobody "$empty" "$cache"
	# shellcheck disable=SC2086 # words
	(cd "$empty" && $become env -u XDG_CACHE_HOME "FPBENCH_CACHE=$cache" \
		"HOME=$empty" "TMPDIR=$empty" "$@")
}

installed() {
	as_user "$program" "$@"
}
