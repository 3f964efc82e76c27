#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Nothing points up, and nothing goes in circles: by what each file includes,
# and by linking each layer with those that it stands on and no others.
# Environment: B, the folder of the build.
set -u

. "$(dirname "$0")/tap.sh"

b=${B:-build}
# A folder and what it stands on, from the bottom. "pairs" are the engine's pure
# files, which fpbench-pair and the agent share; "ioctl" is the daemon's.
layers="
core
os core
report core
setup os core ioctl
agent setup os core pairs
backend os core
guest backend setup os core
suite guest backend setup os core
run guest backend report setup os core pairs
bisect run guest backend report setup os core pairs
cli bisect run suite guest backend agent report setup os core pairs
check/lib setup os core
check/fileops
check/order
check/cases check/fileops check/order check/lib setup os core
check check/cases check/fileops check/order check/lib setup os core
"
pairs="pairjoin pairfile pair"

# The folder of an included name.
folder() {
	case $1 in
	*/*) echo "${1%/*}" ;;
	pair*.h) echo pairs ;;
	fpfs_ioctl.h) echo ioctl ;;
	*) echo "?" ;;
	esac
}

included() {
	sed -n 's/^#include "\(.*\)"$/\1/p' bench/"$1"/*.[ch] | sort -u
}

# includes_fit LAYER BELOW...: it includes nothing but these, and itself
includes_fit() {
	included "$1" | while read -r h; do
		case " $* " in
		*" $(folder "$h") "*) ;;
		*) echo "# bench/$1 includes $h" ;;
		esac
	done >"$out"
	[ ! -s "$out" ] || { cat "$out"; return 1; }
}

objects() {
	for layer; do
		case $layer in
		ioctl) ;;
		pairs) for p in $pairs; do
			echo "$b/engines/pure/$p.o"; done ;;
		*) for c in bench/"$layer"/*.c; do
			case $c in */fpnaive.c) ;; *) echo "$b/${c%.c}.o" ;; esac
		   done ;;
		esac
	done
}

# links LAYER BELOW...: every object of them, so every symbol is accounted for
links() {
	# shellcheck disable=SC2046 # lists of files and flags
	${CC:-gcc} -nostartfiles -Wl,-e,0 -o "$out" $(objects "$@") \
		$(pkg-config --libs jansson gsl popt inih zlib liburing \
			libarchive libzstd) -lm \
		2>"$out.log" || {
		sed -n 's/.*undefined reference/# undefined reference/p' \
			"$out.log" | sort -u | head
		return 1
	}
}

# A module is NAME.c and NAME.h: "FROM TO" for each that includes another,
# or uses what another defines.
modules() {
	for f in "$1"/*.[ch]; do
		sed -n 's/^#include "\(.*\)"$/\1/p' "$f" | while read -r h; do
			to=$(basename "$h" .h)
			[ ! -e "$1/$to.h" ] ||
				echo "$(basename "${f%.*}") $to"
		done
	done | awk '$1 != $2'
	for c in "$1"/*.c; do
		[ ! -e "$b/${c%.c}.o" ] || nm "$b/${c%.c}.o" |
			sed "s|^|$(basename "${c%.c}") |"
	done | awk '
		NF == 4 && $3 ~ /[TDBRV]/ { at[$4] = $1 }
		NF == 3 && $2 == "U" { use[$1 " " $3] }
		END {
			for (u in use) {
				split(u, part, " ")
				to = at[part[2]]
				if (to && to != part[1])
					print part[1], to
			}
		}'
}

# no_circle FOLDER
no_circle() {
	modules "$1" >"$out"
	tsort "$out" >/dev/null 2>"$out.log" || {
		sed 's/^/# /' "$out.log"
		return 1
	}
}

list=$(mktemp)
echo "$layers" | grep . >"$list"
while read -r layer below; do
	# shellcheck disable=SC2086 # a list of words
	ok "$layer includes itself and what it stands on: ${below:-nothing}" \
		includes_fit "$layer" $below
	# shellcheck disable=SC2086
	ok "$layer links with that alone" links "$layer" $below
	ok "$layer: no circle among its modules" no_circle "bench/$layer"
done <"$list"
rm -f "$list" "$out.log"

# Each case stands on the libraries alone, not on other cases.
ok "check/cases: no case uses another" sh -c \
	'! grep -h "^#include \"check/cases/" bench/check/cases/*.[ch] |
		grep -vx "#include \"check/cases/cases.h\""'
modules bench/check/cases | grep -v ' cases$' >"$out"
ok "check/cases: nor links with it" test ! -s "$out"

for dir in daemon engines; do
	ok "$dir: no circle among its modules" no_circle $dir
done
ok "daemon and engines include nothing of bench" sh -c \
	'! grep -nE "#include \"(bench|cli|core|os|setup|agent|guest)/" \
		daemon/*.[ch] engines/*.[ch]'
every=$(find bench -name '*.c' -not -path 'bench/test/*' \
	-not -path 'bench/kernels/*' -not -path 'bench/plugin/*' -exec dirname {} + |
	sed 's,^bench/,,' | sort -u)
for d in $every; do
	ok "bench/$d is a layer" sh -c "echo '$layers' | grep -q '^$d\( \|\$\)'"
done
tap_end
