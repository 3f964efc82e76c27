# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The sources of Linux that Debian packages. Sourced after lib.sh, never run.

linux_sources=$TOP/bench/kernels/sources

# linux_versions: those that can be asked for, on one line.
linux_versions() {
	awk '!/^#/ { printf "%s%s", sep, $1; sep = " " }' "$linux_sources"
}

# linux_deb VERSION: prints the path of the verified package, which is fetched
# if the cache does not have it. To be called as deb=$(linux_deb 7.3) || exit.
linux_deb() {
	pool=$(awk -v v="$1" '$1 == v { print $2 }' "$linux_sources")
	sum=$(awk -v v="$1" '$1 == v { print $3 }' "$linux_sources")
	[ -n "$pool" ] ||
		usage "Linux $1 is not one of $(linux_versions)" \
		      "KSRC=/path/to/linux builds any other"
	lock "linux-source-$1"
	if ! deb=$(fetch "$pool" "$sum"); then
		say WARN "cannot fetch the pinned ${pool##*/}: looking for another"
		deb=$(listed "linux-source-${1}_[^ ]*\\.deb" debian_apt \
			apt-get download --print-uris "linux-source-$1") ||
			die "no source of Linux $1 can be fetched from the mirror" \
			    "another of $(linux_versions), or KSRC=/path/to/linux"
		# Under the pinned name too, so that it is not looked for again.
		ln -sf "${deb##*/}" "$CACHE/downloads/${pool##*/}"
	fi
	readlink -f "$deb"
}

# linux_unpack DEB DIR [TAR-OPTION...]
linux_unpack() {
	deb_file=$1
	unpack_to=$2
	shift 2
	dpkg-deb --fsys-tarfile "$deb_file" |
		tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
		tar -xJ -C "$unpack_to" --strip-components=1 "$@"
}
