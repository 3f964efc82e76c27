#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What make accepts, and what it leaves alone: the place of the clone, the
# variables of the command line, the cache. Nothing is compiled.
. "$(dirname "$0")/tap.sh"

unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES KERNEL KSRC SERIES CONFIG NAME \
	FIO_SRC FIO_VERSION
cache=${FPBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fpbench}

# refused NAME TEXT COMMAND...: status 2, one line, and TEXT in it.
refused() {
	name=$1 text=$2
	shift 2
	ok "$name: status 2" status_is 2 "$@"
	ok "$name: says why" says "$text"
	ok "$name: in one line" one_line
}

# runs TEXT ARGUMENT...: make would run a command with TEXT in it.
runs() {
	text=$1
	shift
	make -n "$@" >"$out" 2>&1
	says "$text"
}

runs_not() {
	! runs "$@" >/dev/null
}

same() {
	[ "$(cat "$1")" = "$2" ]
}

# --- where the clone is ------------------------------------------------------

# clone DIR: all that a clone has before the first build.
clone() {
	mkdir -p "$1"
	tar --exclude=./build --exclude=./results --exclude=./.git -cf - . |
		tar -xf - -C "$1"
}

echo precious >"$tmp/c"
clone "$tmp/c d"
refused "a clone in a path with a blank" "white space" make -C "$tmp/c d" -s
ok "what has the first half of its name stays" same "$tmp/c" precious
mkdir "$tmp/place"
mv "$tmp/c d" "$tmp/place/c;d"
echo precious >"$tmp/place/c"
refused "a clone in a path with a semicolon" "move it" make -C "$tmp/place/c;d" -s
ok "nor is that replaced" same "$tmp/place/c" precious
mv "$tmp/place/c;d" "$tmp/it's"
refused "a clone in a path with a quote" "move it" make -C "$tmp/it's" -s
mv "$tmp/it's" "$tmp/fine_1.2-3+4@5=6"
ok "but not in one with other characters" status_is 0 \
	make -C "$tmp/fine_1.2-3+4@5=6" -s help

# --- links --------------------------------------------------------------------

mkdir "$tmp/fio" "$tmp/folder"
touch "$tmp/fio/config-host.h"
printf '#!/bin/sh\n' >"$tmp/fio/fio"
chmod +x "$tmp/fio/fio"
fio_link() {
	FIO_SRC=$tmp/fio bench/deps/fio.sh "$1"
}
ok "a link is made" status_is 0 fio_link "$tmp/link"
ln -sfn /nowhere "$tmp/link"
ok "and made again" status_is 0 fio_link "$tmp/link"
ok "to the right place" [ "$tmp/link/fio" -ef "$tmp/fio/fio" ]
ok "a file in its place: status 4" status_is 4 fio_link "$tmp/c"
ok "is named" says "cannot make the link $tmp/c"
ok "and stays" same "$tmp/c" precious
ok "a folder in its place: status 4" status_is 4 fio_link "$tmp/folder"
ok "stays, too" [ -z "$(ls "$tmp/folder")" ]

# --- variables -----------------------------------------------------------------

refused "a misspelt variable" "unknown variable: ROUND: the nearest one is ROUNDS" \
	make -s help ROUND=3
refused "another" "unknown variable: QUIK: the nearest one is QUICK" \
	make -s help QUIK=1
refused "one in lower case" "the nearest one is KSRC" make -s help ksrc=/x
ok "a known one is taken" status_is 0 make -s help ROUNDS=3 V=1
ok "make help fits a terminal" [ -z "$(awk 'length > 80' "$out")" ]
ok "make help lists the variables" says "  ROUNDS=14  "
ok "and the targets" says "  check-patches  "
ok "each variable is listed once" [ -z "$(grep -v '^#' bench/make/variables |
	cut -f 1 | sort | uniq -d)" ]

# unread: the variables in the list that no makefile and no script reads.
unread() {
	grep -v '^#' bench/make/variables | cut -f 1 | while read -r v; do
		grep -qE "[({,\$ ]$v([^A-Za-z0-9_]|\$)" Makefile ./*/build.mk \
			bench/*/build.mk bench/deps/lib.sh || echo "$v"
	done
}
ok "and read by something" [ -z "$(unread)" ]

ok "FOCUS= is one regime in more rounds" runs \
	"--rounds='38' --regimes='cpu'" bench FOCUS=cpu
ok "UNTIL_CI= ends a run, with no more rounds than it says" runs \
	"--until-ci='3' --max-time='20m'" bench UNTIL_CI=3 MAX_TIME=20m
ok "FOCUS= does not limit its rounds" runs_not "--rounds" bench FOCUS=cpu \
	UNTIL_CI=3
ok "a plan's path may have a blank" runs " 'my plan.ini'" bench BACKEND=host \
	"PLAN=my plan.ini"
ok "and a quote" runs " 'it'\\''s.ini'" bench BACKEND=host "PLAN=it's.ini"
ok "so may a run's path" runs "table  'my run'" table "RUN=my run"
ok "both, in a comparison" runs "'a b'" compare "BASE=a b" NEW=c
ok "and those of a tree and a series" runs "KSRC='a b' " kernels "KSRC=a b"
# shellcheck disable=SC2016 # nothing here expands it
ok "a list is not evaluated" runs "LENGTHS='\$(id)'" calibrate \
	'LENGTHS=$$(id)'
ok "the home folder is still the shell's" runs "KSRC=~/'linux'" kernels \
	"KSRC=~/linux"
refused "NAME= with make bench" "NAME" make -s -n bench NAME=x
refused "HOSTS= with what hosts cannot share" "hosts cannot share test" \
	make -s -n bench test HOSTS=a,b
refused "HOSTS= without a target" "hosts cannot share all" make -s -n HOSTS=a,b
refused "HOSTS= and no kernel to boot" "not BACKEND=host" \
	make -s -n bench BACKEND=host HOSTS=a,b
refused "HOSTS= and PART=" "leave out PART=" make -s -n calibrate-verdicts \
	HOSTS=a,b PART=1/2
for kind in bench "check check-kernel" mutants "calibrate calibrate-verdicts"; do
	ok "HOSTS= for make ${kind#* }" runs \
		"bench/fleet/fleet.sh ${kind% *} 'a,b' results" "${kind#* }" HOSTS=a,b
done
if [ -x build/fpbench ]; then
	ok "ROUNDS=\"3 4\": status 2" status_is 2 build/fpbench run \
		--dry-run --backend=host --rounds='3 4'
	ok "in one line" one_line
	ok "and make passes it on in one word" runs "--rounds='3 4'" bench \
		BACKEND=host "ROUNDS=3 4"
fi

# --- the cache ------------------------------------------------------------------

without_home() {
	env -u HOME -u XDG_CACHE_HOME -u FPBENCH_CACHE "$@"
}
refused "no HOME" "HOME is not set" without_home bench/deps/fio.sh "$tmp/x"
refused "a cache with a blank in its path" "white space" \
	env "FPBENCH_CACHE=$tmp/a b" bench/deps/fio.sh "$tmp/x"
mkdir -m 777 "$tmp/open" "$tmp/open/fpbench"
refused "a cache that others can write" "others can write to the cache" \
	env -u FPBENCH_CACHE "XDG_CACHE_HOME=$tmp/open" bench/deps/fio.sh "$tmp/x"
ok "a cache that others can write: the mode" says "mode 777)"
ok "a cache that others can write: what helps" says \
	"&& chmod o-w $tmp/open/fpbench;"
# A folder that lib.sh makes itself is one that it takes the next time.
made_cache() {
	(umask 0; FPBENCH_CACHE=$tmp/made sh -c '. bench/deps/lib.sh; lock x' \
		bench/deps/lib.sh) &&
		FPBENCH_CACHE=$tmp/made sh -c '. bench/deps/lib.sh' \
			bench/deps/lib.sh
}
ok "a cache made with umask 0" status_is 0 made_cache
if [ "$(id -u)" -eq 0 ]; then
	mkdir "$tmp/nobody"
	chown nobody "$tmp/nobody"
	refused "another user's cache" "others can write to the cache" \
		env "FPBENCH_CACHE=$tmp/nobody" bench/deps/fio.sh "$tmp/x"
else
	skip "another user's cache" "takes root to make"
fi
refused "an unknown version of fio" "FIO_VERSION=9 is none of" \
	env FIO_VERSION=9 bench/deps/fio.sh "$tmp/x"

if ls -d "$cache"/fio-*/.done >"$out" 2>&1; then
	mkdir "$tmp/moved"
	ln -s "$cache"/fio-* "$tmp/moved"
	ln -sfn /nowhere "$tmp/link"
	ok "a link into a cache that has moved" status_is 0 \
		env "FPBENCH_CACHE=$tmp/moved" bench/deps/fio.sh "$tmp/link"
	ok "is made again" [ -x "$tmp/link/fio" ]
else
	skip "a link into a cache that has moved" "no fio in the cache"
fi

# A library whose .pc file names the folder that it was built for.
stale=$(find "$cache" -maxdepth 1 -name 'libfuse-3*' -printf '%f\n' 2>/dev/null |
	head -n 1)
if [ -n "$stale" ]; then
	mkdir -p "$tmp/moved/$stale/lib/pkgconfig" "$tmp/bin"
	touch "$tmp/moved/$stale/.done"
	printf 'prefix=/old\nName: f\nDescription: f\nVersion: 3.18.3\n' \
		>"$tmp/moved/$stale/lib/pkgconfig/fuse3.pc"
	ln -s "$cache/downloads" "$tmp/moved"
	printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/meson"
	chmod +x "$tmp/bin/meson"
	ok "a libfuse of another place is built again" status_is 4 env \
		"PATH=$tmp/bin:$PATH" "FPBENCH_CACHE=$tmp/moved" \
		bench/deps/libfuse.sh "$tmp/libfuse"
	ok "and not used" [ ! -e "$tmp/libfuse" ]
else
	skip "a libfuse of another place" "none in the cache"
fi

if [ -x /usr/lib/apt/apt-helper ]; then
	ok "an empty cache without a network: status 4" status_is 4 env \
		"FPBENCH_CACHE=$tmp/cold" http_proxy=http://127.0.0.1:1 \
		https_proxy=http://127.0.0.1:1 bench/deps/fio.sh "$tmp/x"
	ok "names the file" says "fpbench: cannot fetch fio_3.41.orig.tar.gz: "
	ok "and what to do" says "fpbench: hint: is the network up? "
	ok "and tries nothing else" [ "$(grep -c FETCH "$out")" -eq 1 ]
else
	skip "an empty cache without a network" "no apt"
fi

# --- packages ---------------------------------------------------------------------

# What check-patches finds: no sparse, dpkg that has nothing, an apt-get that
# takes note, and who we are.
mkdir "$tmp/fake"
for c in sh dirname nproc realpath awk sed grep cat tail mktemp rm env basename \
	cut head sort git find tr printenv; do
	ln -s "$(command -v $c)" "$tmp/fake/$c"
done
printf '#!/bin/sh\nexit 1\n' >"$tmp/fake/dpkg-query"
printf '#!/bin/sh\necho "$@" >>"%s/apt"\n' "$tmp" >"$tmp/fake/apt-get"
printf '#!/bin/sh\nprintenv FAKE_UID\n' >"$tmp/fake/id"
chmod +x "$tmp/fake/dpkg-query" "$tmp/fake/apt-get" "$tmp/fake/id"
check_patches() {
	env "PATH=$tmp/fake" FAKE_UID="$1" KERNEL=1.0 \
		kernel-patches/tools/check-patches.sh
}
# The version is refused after the packages are there.
ok "check-patches goes on after it has installed its packages" status_is 2 \
	check_patches 0
ok "as root, of all that it needs" grep -q "^install .* perl sparse" "$tmp/apt"
rm "$tmp/apt"
ok "others are told: status 77" status_is 77 check_patches 1000
ok "the command" says "apt-get install -y --no-install-recommends perl sparse"
ok "which is not run" [ ! -e "$tmp/apt" ]
cat >"$tmp/fake/apt-get" <<END
#!/bin/sh
[ ! -e "$tmp/locked" ] || { echo "\$@" >>"$tmp/apt"; exit; }
: >"$tmp/locked"
echo "E: Could not get lock /var/lib/apt/lists/lock." >&2
exit 100
END
printf '#!/bin/sh\n' >"$tmp/fake/sleep"
chmod +x "$tmp/fake/sleep"
ok "while another apt-get has the lock it waits" status_is 2 check_patches 0
ok "says so" says "WAIT    another apt-get"
ok "and then installs them" grep -q "^install .* perl sparse" "$tmp/apt"
tap_end
