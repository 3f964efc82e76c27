# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Common parts of the scripts that fetch and build the dependencies. Sourced,
# never run. Everything is below $CACHE, which several checkouts and builds that
# run at the same time may share.

set -eu

# Whether a make runs other commands at the same time, which write, too.
# shellcheck disable=SC2034 # for whoever sources this
case ${MAKEFLAGS:-} in
*-j*)	side_by_side=1 ;;
*)	side_by_side= ;;
esac

# The settings of the caller's make are not for the builds of others.
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS CXXFLAGS LDFLAGS WERROR V O B ARCH

# Every script that sources this is two folders below the top.
# shellcheck disable=SC2034 # for whoever sources this
TOP=$(cd "$(dirname "$0")/../.." && pwd)
JOBS=${JOBS:-$(nproc)}

say() {
	printf '  %-7s %s\n' "$1" "$2" >&2
}

die() {
	echo "fpbench: $1" >&2
	if [ $# -gt 1 ]; then
		echo "fpbench: hint: $2" >&2
	fi
	exit 4
}

# As die, for wrong arguments: status 2.
usage() {
	(die "$@") || exit 2
}

# Print where the cache is. The builds of others cannot quote a blank in a path.
cache_dir() {
	[ -n "${FPBENCH_CACHE:-}${XDG_CACHE_HOME:-}${HOME:-}" ] ||
		usage "the cache has no place: HOME is not set" \
		      "set HOME, or FPBENCH_CACHE=/path/to/a/folder"
	d=${FPBENCH_CACHE:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/fpbench}
	d=$(realpath -ms "$d")
	case $d in
	*[[:space:]]*)
		usage "the cache cannot be in a folder with white space: $d" \
		      "set FPBENCH_CACHE=/path/to/another/folder" ;;
	esac
	echo "$d"
}
CACHE=$(cache_dir) || exit
# What is in it is run, so that it must be this user's or root's, and not for everybody to
# write. A group that shares it may.
umask o-w
[ -z "$(find -H "$CACHE" -maxdepth 0 \( -perm -o+w -o \
	! -user "$(id -u)" ! -user 0 \) 2>/dev/null)" ] ||
	usage "cannot use $CACHE: others can write to the cache ($(stat -Lc "owner: %U, mode %a" "$CACHE"))" \
	      "if you trust what is in it: chown $(id -un) $CACHE && chmod o-w $CACHE; else set FPBENCH_CACHE to a folder of yours"

# The Debian mirror that this machine's apt is configured with.
mirror() {
	command -v apt-get >/dev/null ||
		die "this is not a Debian system: no apt-get" \
		    "give your own trees: KSRC=/path/to/linux FIO_SRC=/path/to/fio"
	# shellcheck disable=SC2016 # apt-get's own variable
	m=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' \
		'Label: Debian' 2>/dev/null | head -n 1)
	[ -n "$m" ] || die "apt knows no Debian mirror" \
		"add one to /etc/apt/sources.list.d and run apt-get update"
	echo "$m"
}

# download URI FILE SHA256: tries three times, keeps nothing unverified. Fails if
# the mirror does not have it; if the mirror cannot be reached, nothing else can
# be fetched either, so that this is the end.
download() {
	mkdir -p "$(dirname "$2")"
	tmp=$2.part.$$
	for try in 1 2 3; do
		if /usr/lib/apt/apt-helper -o Acquire::Retries=0 \
		   download-file "$1" "$tmp" "SHA256:$3" >"$tmp.log" 2>&1 &&
		   echo "$3  $tmp" | sha256sum -c --status; then
			mv "$tmp" "$2"
			rm -f "$tmp.log"
			return 0
		fi
		rm -f "$tmp" "$tmp".FAILED
		sleep $try
	done
	why=$(sed -n 's/^E: Failed to fetch [^ ]*  *//p' "$tmp.log" | head -n 1)
	rm -f "$tmp.log"
	case $why in
	*resolv*|*onnect*|*unreachable*)
		die "cannot fetch ${2##*/}: $why" \
		    "is the network up? KSRC=, FIO_SRC= and LIBFUSE= take trees of your own" ;;
	esac
	say WARN "cannot fetch ${2##*/}: ${why:-wrong checksum}"
	return 1
}

# or_next STATUS: of fetch: go on to what may take the place of a file that is
# not on the mirror, but not if the mirror cannot be reached.
or_next() {
	[ "$1" -eq 1 ] || exit "$1"
}

# apt on lists of our own, so that suites can be added without root and
# without touching the system's configuration: debian_apt COMMAND ARG...
debian_apt() {
	a=$CACHE/apt
	mkdir -p "$a/lists/partial" "$a/cache/archives/partial" "$a/state"
	key=/usr/share/keyrings/debian-archive-keyring.gpg
	m=$(mirror)
	for suite in bookworm trixie trixie-backports sid; do
		echo "deb [signed-by=$key] $m $suite main"
		echo "deb-src [signed-by=$key] $m $suite main"
	done >"$a/sources.list.$$"
	mv "$a/sources.list.$$" "$a/sources.list"
	cmd=$1
	shift
	"$cmd" -q -o Dir::Etc::SourceList="$a/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State="$a/state" -o Dir::State::Lists="$a/lists" \
		-o Dir::State::status=/var/lib/dpkg/status \
		-o Dir::Cache="$a/cache" -o APT::Sandbox::User=root \
		-o Acquire::Languages=none "$@"
}

# Of the lists of packages, as debian_apt has them.
update_lists() {
	debian_apt apt-get update >/dev/null 2>&1 ||
		die "cannot read Debian's package lists" "is the network up?"
}

# listed FILE-PATTERN COMMAND...: fetches the file that matches, of those that
# COMMAND lists from a signed index, and prints its path. It takes the place of a
# pinned file that the mirror no longer has.
listed() {
	pattern=$1
	shift
	update_lists
	line=$("$@" 2>/dev/null | tr -d "'" | grep -E " $pattern [0-9]+ SHA256:" |
		head -n 1)
	[ -n "$line" ] || return 1
	# shellcheck disable=SC2086 # URI, name, size, SHA256:sum
	set -- $line
	f=$CACHE/downloads/$(echo "$2" | sed 's/%7e/~/g; s/%2b/+/g')
	[ -f "$f" ] || download "$1" "$f" "${4#SHA256:}" || return 1
	echo "$f"
}

# fetch POOL-PATH SHA256: prints the path of the verified file.
fetch() {
	f=$CACHE/downloads/$(basename "$1")
	if [ ! -f "$f" ]; then
		say FETCH "$(basename "$1")"
		download "$(mirror)$1" "$f" "$2" || return 1
	fi
	echo "$f"
}

# lock NAME: one builder at a time; the others wait and find the result. The
# kernel drops the lock when the script ends, however it ends.
lock() {
	mkdir -p "$CACHE"
	exec 9>"$CACHE/$1.lock"
	flock -n 9 || {
		say WAIT "another build of $1"
		flock 9
	}
}

# need_room MIB: refuse (status 77) if the cache has less to spare.
need_room() {
	free=$(df -Pm "$CACHE" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$1" ] ||
		(die "only $free MiB are free for $CACHE: a kernel needs $1 MiB" \
		     "make room there, or set FPBENCH_CACHE=/path/to/another/folder") ||
		exit 77
}

# key TEXT...: a short name for a configuration.
key() {
	printf '%s\n' "$@" | sha256sum | cut -c 1-12
}

# link TARGET NAME: make the link that the Makefile uses. Nothing but a link is
# replaced, and no link to TARGET: another make may be using it.
link() {
	mkdir -p "$(dirname "$2")"
	[ -L "$2" ] || [ ! -e "$2" ] ||
		die "cannot make the link $2: it exists and is not a link" \
		    "move it away"
	[ "$(readlink "$2")" = "$1" ] || ln -sfn "$1" "$2"
}

# logged LOG COMMAND...: runs a build step with its output in a log, whose end is
# shown if it fails.
logged() {
	log=$1
	shift
	if ! "$@" >>"$log" 2>&1 9>&-; then
		tail -n 20 "$log" >&2
		die "failed: $* (whole output: $log)"
	fi
}

# Lists of patches and the like are words: a folder of ours with a blank in its
# path, as an installed one may have, gets a name without.
case $TOP in
*[[:space:]]*)
	mkdir -p "$CACHE"
	ln -sfn "$TOP" "$CACHE/top-$(key "$TOP")"
	TOP=$CACHE/top-$(key "$TOP") ;;
esac
