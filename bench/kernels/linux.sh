# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154 # $TOP and $CACHE are of lib.sh
# The sources of Linux that Debian packages. Sourced after lib.sh, never run.

linux_sources=$TOP/bench/kernels/sources
# shellcheck disable=SC2034 # for whoever sources this
linux_default=7.3

# Print the versions that can be asked for, on one line.
linux_versions() {
	awk '!/^#/ { printf "%s%s", sep, $1; sep = " " }' "$linux_sources"
}

# Print the version that a Makefile of Linux on standard input states, such as
# 7.3.4; nothing if it states none.
makefile_version() {
	awk '$1 ~ /^(VERSION|PATCHLEVEL|SUBLEVEL)$/ && $2 == "=" {
			printf "%s%s", sep, $3
			sep = "."
		}'
}

# linux_deb VERSION: print the path of the verified package, which is fetched
# if the cache does not have it. Call it as deb=$(linux_deb 7.3) || exit.
linux_deb() {
	pool=$(awk -v v="$1" '$1 == v { print $2 }' "$linux_sources")
	sum=$(awk -v v="$1" '$1 == v { print $3 }' "$linux_sources")
	[ -n "$pool" ] ||
		usage "Linux $1 is not one of $(linux_versions)" \
		      "KSRC=/path/to/linux builds any other version"
	lock "linux-source-$1"
	deb=$(fetch "$pool" "$sum") || {
		or_next $?
		say FETCH "the newest source of Linux $1 in its place"
		deb=$(listed "linux-source-${1}_[^ ]*\\.deb" debian_apt \
			apt-get download --print-uris "linux-source-$1") ||
			die "cannot fetch the source of Linux $1 from the Debian mirror" \
			    "try another of $(linux_versions), or KSRC=/path/to/linux"
		# Under the pinned name too, so that it is not looked for again.
		ln -sf "${deb##*/}" "$CACHE/downloads/${pool##*/}"
	}
	readlink -f "$deb"
}

# linux_deb_named NAME [SHA256]: the same of this package alone, such as
# linux-source-7.3_7.3.4-1. Without SHA256 it must be one that is pinned.
linux_deb_named() {
	pool=pool/main/l/linux/$1_all.deb
	sum=${2:-$(awk -v p="$pool" '$2 == p { print $3 }' "$linux_sources")}
	[ -n "$sum" ] || die "cannot tell whether a package is the $1 that was built: its SHA-256 was not recorded"
	lock "${1%_*}"
	deb=$(fetch "$pool" "$sum") || {
		or_next $?
		die "the Debian mirror has no $1" \
		    "snapshot.debian.org keeps old packages: put $1_all.deb into $CACHE/downloads"
	}
	# One that was put there, or stands for another.
	echo "$sum  $deb" | sha256sum -c --status ||
		die "$deb is not the package that was built: its SHA-256 is not $sum"
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
